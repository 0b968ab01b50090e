#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/rate.h"

static void near(double is, double should, double share)
{
	if (is < should * (1 - share) || is > should * (1 + share))
		fail_msg("%.0f, not %.0f", is, should);
}

static void rates(void **state)
{
	static const struct {
		const char *name;
		int64_t begin_ns, every_ns;
		uint32_t bytes;
		double bps;
	} rows[] = {
		{"1 Mbit/s", 100 * TS_NS_PER_S, 10 * TS_MS, 1250, 1e6},
		{"before zero", -100 * TS_NS_PER_S + 1, 10 * TS_MS, 1250, 1e6},
		{"50 packets a second", 100 * TS_NS_PER_S, 20 * TS_MS, 100, 40e3},
		{"10 Mbit/s", 100 * TS_NS_PER_S, TS_MS, 1250, 10e6},
		{"nothing in them", 100 * TS_NS_PER_S, TS_MS, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_rate r = {0};
		for (int64_t t = 0; t < 3 * TS_NS_PER_S; t += rows[i].every_ns)
			ts_rate_packet(&r, rows[i].begin_ns + t, rows[i].bytes);
		near(ts_rate_bps(&r, 500 * TS_MS), rows[i].bps, 0.05);
		near(ts_rate_bps(&r, 160 * TS_MS), rows[i].bps, 0.15);
	}
}

static void window_and_start(void **state)
{
	struct ts_rate r = {0};
	(void)state;
	assert_true(ts_rate_bps(&r, TS_NS_PER_S) == 0);
	for (int i = 0; i < 9; i++) ts_rate_packet(&r, TS_NS_PER_S + i * 10 * TS_MS, 1250);
	assert_true(ts_rate_bps(&r, TS_NS_PER_S) == 0); /* too short a time */
	for (int i = 9; i < 100; i++) ts_rate_packet(&r, TS_NS_PER_S + i * 10 * TS_MS, 1250);
	for (int i = 100; i < 150; i++) ts_rate_packet(&r, TS_NS_PER_S + i * 10 * TS_MS, 125);
	near(ts_rate_bps(&r, 400 * TS_MS), 1e5, 0.05);
	near(ts_rate_bps(&r, 1000 * TS_MS), 5.5e5, 0.05);
}

static void late_ones_and_jumps(void **state)
{
	struct ts_rate r = {0};
	(void)state;
	for (int i = 0; i < 100; i++) /* pairs that overtake each other */
		ts_rate_packet(&r, TS_NS_PER_S + (i ^ 7) * 10 * TS_MS, 1250);
	near(ts_rate_bps(&r, 500 * TS_MS), 1e6, 0.05);
	static const int64_t jumps[] = {1000 * TS_NS_PER_S, -2000 * TS_NS_PER_S, (int64_t)1 << 59};
	for (size_t k = 0; k < TS_ARRAY_LEN(jumps); k++) {
		ts_rate_packet(&r, jumps[k], 1250);
		assert_true(ts_rate_bps(&r, 500 * TS_MS) == 0);
		for (int i = 1; i < 100; i++) ts_rate_packet(&r, jumps[k] + i * 10 * TS_MS, 1250);
		near(ts_rate_bps(&r, 500 * TS_MS), 1e6, 0.05);
	}
	for (int i = 0; i < 1000; i++) ts_rate_packet(&r, (int64_t)1 << 59, UINT32_MAX);
	assert_true(ts_rate_bps(&r, 0) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates),
		cmocka_unit_test(window_and_start),
		cmocka_unit_test(late_ones_and_jumps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
