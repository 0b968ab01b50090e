#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/budget.h"

/* So much of a target of 1 Mbit/s, in a packet each 10 ms. */
static bool sends(struct ts_budget *b, double share, int64_t from_ms, int64_t for_ms)
{
	for (int64_t ms = from_ms; ms < from_ms + for_ms; ms += 10)
		ts_budget_sent(b, (uint32_t)(1250 * share), 1e6, TS_NS_PER_S + ms * TS_MS);
	return b->limited;
}

static void by_share(void **state)
{
	static const struct {
		double share;
		bool limited;
	} rows[] = {{0, true}, {0.05, true}, {0.5, true}, {0.6, true}, {0.7, false}, {1, false},
		{2, false}};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_budget b = {0};
		if (sends(&b, rows[i].share, 0, 10000) != rows[i].limited)
			fail_msg("at %.2f of the target", rows[i].share);
	}
}

static void comes_and_goes(void **state)
{
	struct ts_budget b = {0};
	(void)state;
	assert_false(sends(&b, 1, 0, 2000));
	assert_false(sends(&b, 0.1, 2000, 500)); /* a short rest is none */
	assert_true(sends(&b, 0.1, 2500, 2000));
	assert_true(sends(&b, 1, 4500, 100));
	assert_false(sends(&b, 1, 4600, 1000));
}

static void time_may_stand_still(void **state)
{
	struct ts_budget b = {0};
	(void)state;
	for (int i = 0; i < 1000; i++) ts_budget_sent(&b, 1200, 1e6, TS_NS_PER_S);
	assert_false(b.limited);
	assert_true(b.bits >= -1e6);
	ts_budget_sent(&b, 0, 1e6, TS_NS_PER_S - 500 * TS_MS);
	assert_false(b.limited);
	ts_budget_sent(&b, 0, 1e6, INT64_MAX / 2);
	assert_true(b.limited);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_share),
		cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(time_may_stand_still),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
