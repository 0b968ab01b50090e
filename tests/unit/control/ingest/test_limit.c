#include "control/ingest/limit.h"
#include "tests/unit/base/cmocka_all.h"

#define T0 (1000 * TS_NS_PER_S)

static void five_seconds_count(void **state)
{
	struct ts_ingest_limit l = {0};
	(void)state;
	/* 1000 kbit/s are 625 000 bytes in 5 s */
	assert_true(ts_ingest_limit_pass(&l, 600000, 1000, T0));
	assert_true(ts_ingest_limit_pass(&l, 25000, 1000, T0 + TS_NS_PER_S));
	assert_false(ts_ingest_limit_pass(&l, 1, 1000, T0 + 4 * TS_NS_PER_S));
	assert_true(ts_ingest_limit_pass(&l, 1, 1000, T0 + 5 * TS_NS_PER_S));
	assert_true(ts_ingest_limit_pass(&l, 624999, 1000, T0 + 9 * TS_NS_PER_S));
	assert_false(ts_ingest_limit_pass(&l, 1, 1000, T0 + 9 * TS_NS_PER_S));
}

static void each_reason_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(ts_ingest_cut_name(TS_C_PUSH_CUT_LIMIT), "limit");
	assert_string_equal(ts_ingest_cut_name(TS_C_PUSH_CUT_SILENT), "silent");
	assert_string_equal(ts_ingest_cut_name(TS_C_PUSH_CUT_BAD), "bad");
	assert_string_equal(ts_ingest_cut_name(TS_C_PUSH_CUT_RATE), "rate");
	assert_string_equal(ts_ingest_cut_name(TS_C_PUSH_CUT_SLOW), "slow");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_seconds_count),
		cmocka_unit_test(each_reason_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
