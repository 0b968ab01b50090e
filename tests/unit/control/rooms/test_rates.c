#include "base/clock.h"
#include "control/rooms/rates.h"
#include "tests/unit/base/cmocka_all.h"

static struct ts_rates_sample at(int64_t ms, uint64_t bytes, uint64_t packets, uint64_t lost)
{
	return (struct ts_rates_sample){ms * TS_NS_PER_MS, bytes, 2 * bytes, packets, lost, {0}};
}

static struct ts_rates_view look(struct ts_rates *rates, struct ts_rates_sample sample)
{
	struct ts_rates_view view;
	ts_rates_read(rates, &sample, &view);
	return view;
}

static void first_look_is_since_joining(void **state)
{
	struct ts_rates rates;
	(void)state;
	ts_rates_init(&rates, 1000 * TS_NS_PER_MS);
	struct ts_rates_view v = look(&rates, at(1000, 500, 1, 0));
	assert_int_equal(v.kbps_in, 0); /* no time has passed */
	v = look(&rates, at(1500, 62500, 90, 10));
	assert_int_equal(v.kbps_in, 1000);
	assert_int_equal(v.kbps_out, 2000);
	assert_float_equal(v.loss, 0.1, 1e-9);
}

static void follows_changes_within_two_seconds(void **state)
{
	struct ts_rates rates;
	struct ts_rates_view v = {0};
	(void)state;
	ts_rates_init(&rates, 0);
	for (int ms = 100; ms <= 5000; ms += 100)
		v = look(&rates, at(ms, (uint64_t)ms * 125, (uint64_t)ms, 0));
	assert_int_equal(v.kbps_in, 1000);
	for (int ms = 5100; ms <= 7100; ms += 100) v = look(&rates, at(ms, 5000 * 125, 5000, 0));
	assert_int_equal(v.kbps_in, 0);
}

static void survives_counters_that_go_back(void **state)
{
	struct ts_rates rates;
	(void)state;
	ts_rates_init(&rates, 0);
	look(&rates, at(2000, 1000000, 500, 5));
	look(&rates, at(4000, 2000000, 900, 5));
	struct ts_rates_view v = look(&rates, at(6000, 10, 1, 0));
	assert_int_equal(v.kbps_in, 0);
	assert_float_equal(v.loss, 0, 0);
}

/* Pictures, of which more packets come and which are repaired, do not thin out the loss of
 * sound. */
static void sound_has_a_loss_of_its_own(void **state)
{
	struct ts_rates rates;
	(void)state;
	ts_rates_init(&rates, 0);
	struct ts_rates_sample now = at(1000, 0, 1000, 10);
	now.audio.packets_in = 90;
	now.audio.lost = 4;
	now.audio.restored = 6;
	struct ts_rates_view v = look(&rates, now);
	assert_float_equal(v.loss, 10.0 / 1010, 1e-9);
	assert_float_equal(v.audio_loss, 0.1, 1e-9);
	assert_float_equal(v.audio_loss_after, 0.04, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_look_is_since_joining),
		cmocka_unit_test(follows_changes_within_two_seconds),
		cmocka_unit_test(sound_has_a_loss_of_its_own),
		cmocka_unit_test(survives_counters_that_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
