#include "base/clock.h"
#include "control/rooms/throttle.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>

static void takes_a_burst_then_the_rate(void **state)
{
	const struct ts_throttle_config config = {
		.period_ns = TS_NS_PER_S, .burst = 3, .max_addresses = 10};
	struct ts_throttle *t = ts_throttle_new(&config);
	int64_t now = 1000 * TS_NS_PER_S;
	(void)state;
	for (int i = 0; i < 3; i++) assert_int_equal(ts_throttle_take(t, "a", now), 0);
	assert_int_equal(ts_throttle_peek(t, "a", now), TS_NS_PER_S);
	assert_int_equal(ts_throttle_take(t, "a", now), TS_NS_PER_S);
	assert_int_equal(ts_throttle_take(t, "a", now + TS_NS_PER_S / 4),
		TS_NS_PER_S * 3 / 4); /* asking costs nothing */
	assert_int_equal(ts_throttle_take(t, "b", now), 0);
	now += TS_NS_PER_S;
	assert_int_equal(ts_throttle_peek(t, "a", now), 0);
	assert_int_equal(ts_throttle_take(t, "a", now), 0);
	assert_true(ts_throttle_take(t, "a", now) > 0);
	now += 100 * TS_NS_PER_S; /* never more than the burst */
	for (int i = 0; i < 3; i++) assert_int_equal(ts_throttle_take(t, "a", now), 0);
	assert_true(ts_throttle_take(t, "a", now) > 0);
	ts_throttle_free(t);
}

static void remembers_so_many_addresses(void **state)
{
	const struct ts_throttle_config config = {
		.period_ns = TS_NS_PER_S, .burst = 1, .max_addresses = 100};
	struct ts_throttle *t = ts_throttle_new(&config);
	char address[20];
	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		assert_int_equal(ts_throttle_take(t, address, i), 0);
		ts_throttle_take(t, "10.0.0.0", i); /* who keeps asking is not forgotten */
	}
	assert_true(ts_throttle_take(t, address, 100000) > 0);
	assert_true(ts_throttle_take(t, "10.0.0.0", 100000) > 0);
	ts_throttle_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_burst_then_the_rate),
		cmocka_unit_test(remembers_so_many_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
