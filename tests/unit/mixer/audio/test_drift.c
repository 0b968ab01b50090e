#include "mixer/audio/drift.h"

#include "base/clock.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS
#define TICK_NS (20 * TS_NS_PER_MS)

static double speed_ppm(const struct ts_drift *d)
{
	return ((double)ts_drift_ratio(d) / 4294967296.0 - 1) * 1e6;
}

/* A loop with a clock that is off: the delay grows by what it is off and sinks by what is played
 * faster. Returns the worst delay over the target after `from_s`. */
static double worst_ms(double ppm, double over_ms, int seconds, int from_s)
{
	struct ts_drift d = {0};
	double worst = 0;
	for (int64_t now = TICK_NS; now < seconds * TS_NS_PER_S; now += TICK_NS) {
		ts_drift_update(&d, (int64_t)(over_ms * 1e6), now);
		over_ms += (ppm - speed_ppm(&d)) * 1e-6 * 20;
		if (now > from_s * TS_NS_PER_S && fabs(over_ms) > worst) worst = fabs(over_ms);
	}
	return worst;
}

static void clocks_are_followed(void **state)
{
	static const double ppms[] = {0, 50, -50, 200, -200, 1000};
	(void)state;
	for (int i = 0; i < 6; i++) {
		double worst = worst_ms(ppms[i], 0, 3600, 0);
		print_message("  %+5.0f ppm for an hour: at most %.1f ms off\n", ppms[i], worst);
		assert_true(worst < 0.1 + fabs(ppms[i]) * 0.0125);
	}
}

static void a_delay_sinks_without_swinging(void **state)
{
	(void)state;
	assert_true(worst_ms(0, 20, 120, 15) < 8);
	assert_true(worst_ms(0, 20, 120, 40) < 1);
	assert_true(worst_ms(0, -60, 300, 60) < 2);
}

static void it_is_never_heard(void **state)
{
	static const int64_t overs[] = {INT64_MAX / 4, INT64_MIN / 4, 500 * MS, -500 * MS};
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct ts_drift d = {0};
		ts_drift_update(&d, overs[i], TS_NS_PER_S);
		assert_true(fabs(speed_ppm(&d)) <= 5001);
		assert_true(ts_drift_is_large(&d));
		ts_drift_forget(&d);
		assert_false(ts_drift_is_large(&d));
		assert_true(ts_drift_ratio(&d) == 1ULL << 32);
	}
	struct ts_drift d = {0};
	/* wherever the jitter buffer begins */
	for (int64_t over_ns = -10 * MS; over_ns <= 13 * MS; over_ns += MS) {
		ts_drift_forget(&d);
		ts_drift_update(&d, over_ns, TS_NS_PER_S);
		assert_false(ts_drift_is_large(&d));
	}
	ts_drift_update(&d, 14 * MS, 100 * TS_NS_PER_S); /* after a pause: anew */
	assert_true(ts_drift_is_large(&d));
	ts_drift_update(&d, -11 * MS, 200 * TS_NS_PER_S);
	assert_true(ts_drift_is_large(&d));
	ts_drift_update(&d, 0, 99 * TS_NS_PER_S); /* time went back */
	assert_false(ts_drift_is_large(&d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_are_followed),
		cmocka_unit_test(a_delay_sinks_without_swinging),
		cmocka_unit_test(it_is_never_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
