#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/queueing.h"

#define S TS_NS_PER_S
#define RTT (900 * TS_MS)

static void beyond_the_least(void **state)
{
	struct ts_queueing q = {0};
	int64_t now = 10 * S, way = -3000 * S; /* clocks need not agree */
	(void)state;
	assert_int_equal(ts_queueing_ns(&q), 0);
	ts_queueing_way(&q, way + 90 * TS_MS, RTT, now);
	assert_int_equal(ts_queueing_ns(&q), 0);
	ts_queueing_way(&q, way + 40 * TS_MS, RTT, now);
	assert_int_equal(ts_queueing_ns(&q), 0);
	ts_queueing_way(&q, way + 240 * TS_MS, RTT, now);
	assert_int_equal(ts_queueing_ns(&q), 200 * TS_MS);
}

static void base_is_forgotten(void **state)
{
	struct ts_queueing q = {0};
	int64_t now = 10 * S;
	(void)state;
	ts_queueing_way(&q, 0, RTT, now);
	for (int i = 0; i < 740; i++, now += 100 * TS_MS) ts_queueing_way(&q, 50 * TS_MS, RTT, now);
	assert_in_range(ts_queueing_ns(&q), 31 * TS_MS, 32 * TS_MS);
	for (int i = 0; i < 780; i++, now += 100 * TS_MS) ts_queueing_way(&q, 50 * TS_MS, RTT, now);
	assert_int_equal(ts_queueing_ns(&q), 0);
}

static void clocks_apart(void **state)
{
	struct ts_queueing q = {0};
	int64_t now = 10 * S, drift = 0;
	(void)state;
	for (int i = 0; i < 6000; i++, now += 100 * TS_MS, drift += 50 * TS_NS_PER_US) {
		ts_queueing_way(&q, drift, RTT, now);
		assert_true(ts_queueing_ns(&q) <= 38 * TS_MS);
	}
	ts_queueing_way(&q, drift + 10 * S, RTT, now); /* a jump is no queue */
	assert_int_equal(ts_queueing_ns(&q), 0);
	ts_queueing_way(&q, drift - 10 * S, RTT, now);
	assert_int_equal(ts_queueing_ns(&q), 0);
	ts_queueing_way(&q, drift - 9 * S, RTT, now); /* nor is what would be longer than the way */
	assert_int_equal(ts_queueing_ns(&q), 0);
	ts_queueing_way(&q, drift - 9 * S + 800 * TS_MS, RTT, now);
	assert_int_equal(ts_queueing_ns(&q), 800 * TS_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_the_least),
		cmocka_unit_test(base_is_forgotten),
		cmocka_unit_test(clocks_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
