#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/trendline.h"

/* n bursts, sent every sent_us, each later by later_us than the one before, with so much jitter. */
static void bursts(
	struct ts_trendline *t, int n, int64_t sent_us, int64_t later_us, int64_t jitter_us)
{
	static uint32_t random = 5;
	int64_t before_us = 0;
	for (int i = 0; i < n; i++) {
		int64_t off_us = jitter_us ? (int64_t)(ts_test_random(&random) % (2 * jitter_us))
					   : 0;
		struct ts_bursts_step step = {.sent_ns = sent_us * TS_NS_PER_US,
			.arrived_ns = (sent_us + later_us + off_us - before_us) * TS_NS_PER_US};
		before_us = off_us;
		ts_trendline_step(t, &step);
	}
}

static void one_usage(void **state)
{
	static const struct {
		const char *name;
		int n;
		int64_t sent_us, later_us;
		enum ts_usage usage;
	} rows[] = {
		{"level", 100, 10000, 0, TS_USAGE_NORMAL},
		{"too few to say", 19, 10000, 5000, TS_USAGE_NORMAL},
		{"a tenth too much", 60, 10000, 1000, TS_USAGE_OVER},
		{"ten times too much", 24, 5000, 45000, TS_USAGE_OVER},
		{"a queue that empties", 60, 10000, -1000, TS_USAGE_UNDER},
		{"a clock off by 500 ppm", 1000, 10000, 5, TS_USAGE_NORMAL},
		{"the other way", 1000, 10000, -5, TS_USAGE_NORMAL},
		{"time stands still", 100, 0, 0, TS_USAGE_NORMAL},
		{"all left at one time, and came one by one", 100, 0, 5000, TS_USAGE_NORMAL},
	};
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		struct ts_trendline t = {0};
		ts_trendline_init(&t);
		bursts(&t, rows[i].n, rows[i].sent_us, rows[i].later_us, 0);
		if (t.usage != rows[i].usage) fail_msg("%s: %d", rows[i].name, t.usage);
	}
}

/* It takes a few steps after a level way, not a second. */
static void soon_after_level(void **state)
{
	struct ts_trendline t = {0};
	int n = 0;
	(void)state;
	ts_trendline_init(&t);
	bursts(&t, 200, 10000, 0, 0);
	for (; t.usage != TS_USAGE_OVER && n < 100; n++) bursts(&t, 1, 10000, 30000, 0);
	assert_in_range(n, 2, 5);
	bursts(&t, 40, 10000, 0, 0);
	assert_int_equal(t.usage, TS_USAGE_NORMAL);
}

/* Beside a flow that fills the queue again and again the threshold rises, and falls when it has
 * gone. A spike does not move it. */
static void threshold_follows(void **state)
{
	struct ts_trendline t = {0};
	(void)state;
	ts_trendline_init(&t);
	double begin_ms = t.threshold_ms;
	bursts(&t, 600, 10000, 700, 0); /* 0.07 x 60 x 4 = 16.8 */
	assert_true(t.threshold_ms > 16 && t.threshold_ms < 17);
	double high_ms = t.threshold_ms;
	bursts(&t, 3, 10000, 200000, 0);
	assert_true(t.threshold_ms <= high_ms + 0.5);
	ts_trendline_init(&t);
	assert_true(t.threshold_ms > begin_ms); /* it belongs to the way */
	bursts(&t, 400, 10000, 0, 0);
	assert_true(t.threshold_ms < 6.1);
}

static void jitter_is_no_overuse(void **state)
{
	struct ts_trendline t = {0};
	int over = 0;
	(void)state;
	ts_trendline_init(&t);
	bursts(&t, 500, 10000, 0, 10000);
	for (int i = 0; i < 3000; i++) {
		bursts(&t, 1, 10000, 0, 0);
		bursts(&t, 1, 10000, 0, 10000);
		over += t.usage == TS_USAGE_OVER;
	}
	assert_in_range(over, 0, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_usage),
		cmocka_unit_test(soon_after_level),
		cmocka_unit_test(threshold_follows),
		cmocka_unit_test(jitter_is_no_overuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
