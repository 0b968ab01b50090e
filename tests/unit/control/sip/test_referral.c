#include "control/sip/referral.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

enum { OK = TS_SIP_REFERRAL_OK, BAD = TS_SIP_REFERRAL_BAD, FOREIGN = TS_SIP_REFERRAL_FOREIGN };

static void reads_refer_to(void **state)
{
	static const struct {
		const char *value;
		int verdict;
		const char *uri, *replaces;
	} rows[] = {
		{"<sip:a@h>", OK, "sip:a@h", ""},
		{"sip:a@h", OK, "sip:a@h", ""},
		{"sip:a@h;x=y", OK, "sip:a@h", ""}, /* a parameter of the header: RFC 3261 20 */
		{"\"A <b>, \\\"c\\\"\" <sips:a@h:5061;transport=tls>;p=1", OK,
			"sips:a@h:5061;transport=tls", ""},
		{" <sip:room@[2001:db8::1]:5060> ", OK, "sip:room@[2001:db8::1]:5060", ""},
		{"<sip:a@h;method=INVITE;user=phone>", OK, "sip:a@h;user=phone", ""},
		{"<sip:a@h;method=invite>", OK, "sip:a@h", ""},
		{"<sip:a@h;method=BYE>", FOREIGN, "", ""},
		{"<sip:a@h;method=>", FOREIGN, "", ""},
		{"<sip:+49;ext=7@h;method=INVITE>", OK, "sip:+49;ext=7@h", ""},
		{"<http://h/x>", FOREIGN, "", ""},
		{"<tel:+4930>", FOREIGN, "", ""},
		{"<sip:a@h?Subject=x&Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db&X=y>", OK,
			"sip:a@h", "1@h;to-tag=a;from-tag=b"},
		{"<sip:a@h?replaces=1;to-tag=a;from-tag=b>", OK, "sip:a@h",
			"1;to-tag=a;from-tag=b"},
		{"<sip:a@h?Replaces=x>", BAD, "", ""},
		{"<sip:a@h?Replaces=>", BAD, "", ""},
		{"<sip:a@h?Replaces=1%0d%0aX: y;to-tag=a;from-tag=b>", BAD, "", ""},
		{"<sip:a@h?Replaces=1%4>", BAD, "", ""},
		{"<sip:a@h?Replaces=1%3Bto-tag%3Da%3Bfrom-tag%3Db&Replaces=1;to-tag=a;from-tag=b>",
			BAD, "", ""},
		{"", BAD, "", ""},
		{"<>", BAD, "", ""},
		{"<sip:a@h", BAD, "", ""},
		{"nonsense", BAD, "", ""},
		{"<sip:a b@h>", BAD, "", ""},
		{"<sip:a\"b@h>", BAD, "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_referral r;
		int verdict = ts_sip_referral_parse(&r, rows[i].value, strlen(rows[i].value));
		if (verdict != rows[i].verdict) fail_msg("%s: %d", rows[i].value, verdict);
		if (verdict != OK) continue;
		assert_string_equal(r.uri, rows[i].uri);
		assert_string_equal(r.replaces, rows[i].replaces);
	}
}

static void reads_sipfrag(void **state)
{
	static const struct {
		const char *body;
		int code;
	} rows[] = {{"SIP/2.0 200 OK\r\n", 200}, {"SIP/2.0 603", 603}, {"sip/2.0 100 Trying", 100},
		{"SIP/2.0 180\r\nTo: x\r\n", 180}, {"", 0}, {"SIP/2.0 ", 0}, {"SIP/2.0 20", 0},
		{"SIP/2.0 2000", 0}, {"SIP/2.0 099 X", 0}, {"SIP/2.0 700 X", 0},
		{"SIP/2.0 2x0 X", 0}, {"INVITE sip:a@h SIP/2.0\r\n", 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_sip_sipfrag_code(rows[i].body, strlen(rows[i].body)) != rows[i].code)
			fail_msg("%s", rows[i].body);
}

static void knows_what_is_over(void **state)
{
	static const struct {
		const char *value;
		bool over;
	} rows[] = {{"active;expires=60", false}, {"ACTIVE", false}, {" pending ;x", false},
		{"terminated;reason=noresource", true}, {"terminated", true}, {"", true},
		{"activex", true}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ts_sip_subscription_over(rows[i].value, strlen(rows[i].value)) != rows[i].over)
			fail_msg("%s", rows[i].value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_refer_to),
		cmocka_unit_test(reads_sipfrag), cmocka_unit_test(knows_what_is_over)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
