#include "control/sip/replaces.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void reads_values(void **state)
{
	static const struct {
		const char *value;
		bool ok;
		const char *call_id, *to_tag, *from_tag;
		bool early;
	} rows[] = {
		/* RFC 3891 6.1 */
		{"98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff", true,
			"98732@sip.example.com", "ff87ff", "r33th4x0r", false},
		{"12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", true, "12adf2f34456gs5",
			"12345", "54321", true},
		{" a ; To-Tag = 1 ;\r\n FROM-TAG=2;x=y;z ", true, "a", "1", "2", false},
		{"a;to-tag=1;from-tag=0", true, "a", "1", "0", false},
		{"", false, "", "", "", false},
		{"a", false, "", "", "", false},
		{"a;to-tag=1", false, "", "", "", false},
		{"a;from-tag=1", false, "", "", "", false},
		{";to-tag=1;from-tag=2", false, "", "", "", false},
		{"a;to-tag=;from-tag=2", false, "", "", "", false},
		{"a;to-tag=1;from-tag=2;to-tag=3", false, "", "", "", false},
		{"a b;to-tag=1;from-tag=2", false, "", "", "", false},
		{"a;to-tag=1\r\nX: y;from-tag=2", false, "", "", "", false},
		{"a;to-tag=1;from-tag=2,b;to-tag=1;from-tag=2", false, "", "", "", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_replaces r;
		bool ok = ts_sip_replaces_parse(&r, rows[i].value, strlen(rows[i].value));
		if (ok != rows[i].ok) fail_msg("%s: %d", rows[i].value, ok);
		if (!ok) continue;
		assert_string_equal(r.call_id, rows[i].call_id);
		assert_string_equal(r.to_tag, rows[i].to_tag);
		assert_string_equal(r.from_tag, rows[i].from_tag);
		assert_int_equal(r.early_only, rows[i].early);
	}
}

static void bounds_lengths(void **state)
{
	char text[600];
	struct ts_sip_replaces r;
	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 255, ";to-tag=1;from-tag=2", 20);
	assert_true(ts_sip_replaces_parse(&r, text, 275));
	assert_int_equal(strlen(r.call_id), 255);
	memset(text, 'a', sizeof(text));
	memcpy(text + 256, ";to-tag=1;from-tag=2", 20);
	assert_false(ts_sip_replaces_parse(&r, text, 276));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values), cmocka_unit_test(bounds_lengths)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
