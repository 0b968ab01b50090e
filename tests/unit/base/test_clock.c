#include "base/clock.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <time.h>

#define NTP_UNIX_S 2208988800LL

static void now_does_not_go_back(void **state)
{
	(void)state;
	int64_t last = ts_now_ns();
	for (int i = 0; i < 1000; i++) {
		int64_t now = ts_now_ns();
		assert_true(now >= last);
		last = now;
	}
}

static void wall_time_is_the_systems(void **state)
{
	(void)state;
	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	int64_t now = ts_now_ns();
	assert_true(llabs(ts_unix_ms_from_ns(now) -
			    ((int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000)) < 2000);
	assert_true(llabs((int64_t)(ts_ntp_from_ns(now) >> 32) - NTP_UNIX_S - wall.tv_sec) < 3);
}

/* The fraction is in units of 2^-32 s, and a second later is exactly one more in the upper half. */
static void ntp_keeps_distances(void **state)
{
	(void)state;
	int64_t now = ts_now_ns();
	uint64_t a = ts_ntp_from_ns(now);
	assert_true(ts_ntp_from_ns(now + 7 * TS_NS_PER_S) - a == 7ULL << 32);
	int64_t half = (int64_t)(ts_ntp_from_ns(now + TS_NS_PER_S / 2) - a);
	assert_true(llabs(half - (1LL << 31)) <= 1);
	for (int64_t ns = 0; ns < 3 * TS_NS_PER_S; ns += 7654321) {
		int64_t back_ns = (int64_t)((double)(ts_ntp_from_ns(now + ns) - a) / 4294967296.0 *
			1e9);
		assert_true(llabs(back_ns - ns) <= 2);
	}
}

static void ntp_and_unix_agree(void **state)
{
	(void)state;
	int64_t now = ts_now_ns();
	uint64_t ntp = ts_ntp_from_ns(now);
	int64_t ms = ((int64_t)(ntp >> 32) - NTP_UNIX_S) * 1000 +
		(int64_t)(((ntp & 0xffffffff) * 1000) >> 32);
	assert_true(llabs(ms - ts_unix_ms_from_ns(now)) <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_does_not_go_back),
		cmocka_unit_test(wall_time_is_the_systems),
		cmocka_unit_test(ntp_keeps_distances),
		cmocka_unit_test(ntp_and_unix_agree),
	};
	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
