#include "control/sip/reason.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void reads_values(void **state)
{
	static const struct {
		const char *value;
		int sip, q850;
		const char *text;
	} rows[] = {
		/* RFC 3326 2 */
		{"SIP ;cause=200 ;text=\"Call completed elsewhere\"", 200, 0,
			"Call completed elsewhere"},
		{"Q.850 ;cause=16 ;text=\"Terminated\"", 0, 16, "Terminated"},
		{"SIP;cause=600;text=\"Busy Everywhere\", q.850;cause=17", 600, 17,
			"Busy Everywhere"},
		{"Q.850;text=\"a \\\"b\\\"; c, d\";cause=31", 0, 31, "a \"b\"; c, d"},
		{"Q.850;cause=16,Q.850;cause=17", 0, 16, ""}, /* the first counts */
		{"Q.850;cause=16;text=plain", 0, 16, "plain"},
		{"preemption;cause=1;text=\"UA Preemption\"", 0, 0, "UA Preemption"},
		{"Q.850;cause=99999999999", 0, 0, ""},
		{"Q.850;cause=-1", 0, 0, ""},
		{"Q.850;cause", 0, 0, ""},
		{"Q.850;cause=16;text=\"open", 0, 16, "open"},
		{"Q.850;cause=16;text=\"a\tb\"", 0, 16, "ab"},
		{"", 0, 0, ""},
		{",;=\",", 0, 0, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_reason r;
		ts_sip_reason_parse(&r, rows[i].value, strlen(rows[i].value));
		if (r.sip != rows[i].sip || r.q850 != rows[i].q850 ||
			strcmp(r.text, rows[i].text) != 0)
			fail_msg("%s: %d %d %s", rows[i].value, r.sip, r.q850, r.text);
	}
}

static void cuts_a_long_text(void **state)
{
	char value[400] = "SIP;cause=1;text=\"";
	struct ts_sip_reason r;
	(void)state;
	memset(value + 18, 'x', 300);
	memcpy(value + 318, "\",Q.850;cause=5", 15);
	ts_sip_reason_parse(&r, value, 333);
	assert_int_equal(strlen(r.text), TS_SIP_REASON_MAX - 1);
	assert_int_equal(r.q850, 5);
}

static void reads_its_own(void **state)
{
	static const struct {
		const char *why;
		int sip, q850;
	} rows[] = {{"hangup", 0, 16}, {"session-expired", 408, 0}, {"rtp-timeout", 0, 41},
		{"transferred", 200, 0}, {"anything", 0, 16}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *line = ts_sip_reason_line(rows[i].why);
		struct ts_sip_reason r;
		assert_memory_equal(line, "Reason: ", 8);
		assert_string_equal(line + strlen(line) - 2, "\r\n");
		ts_sip_reason_parse(&r, line + 8, strlen(line) - 10);
		assert_int_equal(r.sip, rows[i].sip);
		assert_int_equal(r.q850, rows[i].q850);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_values),
		cmocka_unit_test(cuts_a_long_text), cmocka_unit_test(reads_its_own)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
