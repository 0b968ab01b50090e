#include "control/sip/reliable.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void reads_rseq(void **state)
{
	static const struct {
		const char *value;
		uint32_t rseq; /* 0: refused */
	} rows[] = {{"1", 1}, {" 988789 ", 988789}, {"4294967295", UINT32_MAX}, {"4294967296", 0},
		{"0", 0}, {"", 0}, {"-1", 0}, {"1x", 0}, {"1 2", 0},
		{"99999999999999999999999999", 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t rseq = 0;
		bool ok = ts_sip_rseq_parse(&rseq, rows[i].value, strlen(rows[i].value));
		if (ok != (rows[i].rseq != 0) || (ok && rseq != rows[i].rseq))
			fail_msg("%s: %d %u", rows[i].value, ok, rseq);
	}
}

static void reads_rack(void **state)
{
	static const struct {
		const char *value;
		bool ok;
		uint32_t rseq, cseq;
		const char *method;
	} rows[] = {
		{"776656 1 INVITE", true, 776656, 1, "INVITE"},
		{" 1\t0\r\n INVITE ", true, 1, 0, "INVITE"},
		{"1 2 x-METHOD", true, 1, 2, "x-METHOD"}, {"", false, 0, 0, ""},
		{"1", false, 0, 0, ""}, {"1 2", false, 0, 0, ""}, {"1 2 ", false, 0, 0, ""},
		{"0 2 INVITE", false, 0, 0, ""}, {"1 4294967296 INVITE", false, 0, 0, ""},
		{"12INVITE", false, 0, 0, ""}, {"1 2INVITE", false, 0, 0, ""},
		{"1 2 INVITE x", false, 0, 0, ""},
		{"1 2 ABCDEFGHIJKLMNOP", false, 0, 0, ""}, /* too long for any method */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_rack rack;
		bool ok = ts_sip_rack_parse(&rack, rows[i].value, strlen(rows[i].value));
		if (ok != rows[i].ok) fail_msg("%s: %d", rows[i].value, ok);
		if (!ok) continue;
		assert_int_equal(rack.rseq, rows[i].rseq);
		assert_int_equal(rack.cseq, rows[i].cseq);
		assert_string_equal(rack.method, rows[i].method);
	}
}

static void keeps_the_order(void **state)
{
	(void)state;
	assert_int_equal(ts_sip_reliable_order(0, 988789), TS_SIP_RELIABLE_NEXT);
	assert_int_equal(ts_sip_reliable_order(7, 8), TS_SIP_RELIABLE_NEXT);
	assert_int_equal(ts_sip_reliable_order(7, 7), TS_SIP_RELIABLE_AGAIN);
	assert_int_equal(ts_sip_reliable_order(7, 1), TS_SIP_RELIABLE_AGAIN);
	assert_int_equal(ts_sip_reliable_order(7, 9), TS_SIP_RELIABLE_AHEAD);
	/* RSeq does not wrap: RFC 3262 3 */
	assert_int_equal(ts_sip_reliable_order(UINT32_MAX, 1), TS_SIP_RELIABLE_AGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_rseq),
		cmocka_unit_test(reads_rack), cmocka_unit_test(keeps_the_order)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
