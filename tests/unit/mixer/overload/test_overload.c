#include "mixer/overload/overload.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LOOK_NS (250 * TS_NS_PER_MS)
#define FIRST_NS (3600 * TS_NS_PER_S)

static struct ts_overload o;
static int64_t now_ns;

static int setup(void **state)
{
	(void)state;
	ts_overload_init(&o, TS_OVERLOAD_NO_JOINS);
	now_ns = FIRST_NS;
	return 0;
}

/* Looks of that pressure until the level changes, `most` at most. How many it took; 0: none did. */
static int until_change(int pressure, int most)
{
	for (int i = 1; i <= most; i++) {
		now_ns += LOOK_NS;
		if (ts_overload_feed(&o, pressure, now_ns)) return i;
	}
	return 0;
}

static void up_quickly_and_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(until_change(1000, 100), 3);
	assert_int_equal(o.level, 1);
	for (int level = 2; level <= TS_OVERLOAD_NO_JOINS; level++) {
		assert_int_equal(until_change(5000, 100), 4); /* 1 s for the last step to show */
		assert_int_equal(o.level, level);
	}
	assert_int_equal(until_change(100000, 1000), 0);
	assert_int_equal(o.level, TS_OVERLOAD_NO_JOINS);
}

static void what_is_severe_is_sooner(void **state)
{
	(void)state;
	assert_int_equal(until_change(2000, 100), 2);
}

static void a_hiccup_is_no_overload(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(until_change(i % 3 ? 300 : 100000, 1), 0);
		assert_int_equal(o.level, 0);
	}
}

static void down_slowly_and_one_by_one(void **state)
{
	(void)state;
	while (o.level < TS_OVERLOAD_NO_JOINS) until_change(1500, 100);
	for (int level = TS_OVERLOAD_NO_JOINS - 1; level >= 0; level--) {
		assert_int_equal(until_change(699, 1000), 20); /* 5 s */
		assert_int_equal(o.level, level);
	}
	assert_int_equal(until_change(0, 1000), 0);
}

static void quiet_is_half_as_long(void **state)
{
	(void)state;
	until_change(1500, 100);
	assert_int_equal(until_change(0, 1000), 10);
}

/* Between calm and too much may be the load that the machine is for: one step down is tried in a
 * minute, up to the first that is too much. */
static void what_is_bearable_is_tried(void **state)
{
	(void)state;
	while (o.level < TS_OVERLOAD_NO_JOINS) until_change(1500, 100);
	for (int level = TS_OVERLOAD_NO_JOINS - 1; level >= 0; level--) {
		assert_int_equal(until_change(level % 2 ? 999 : 700, 1000), 4 * 60);
		assert_int_equal(o.level, level);
	}
}

static void what_is_bearable_with_peaks_is_tried_later(void **state)
{
	(void)state;
	until_change(1500, 100);
	int looks = 0;
	while (o.level && looks++ < 4000) until_change(looks % 10 ? 900 : 1100, 1);
	assert_in_range(looks, 4 * 90, 4 * 180);
	until_change(1500, 100);
	for (looks = 0; looks < 4000; looks++) until_change(looks % 4 ? 900 : 1100, 1);
	assert_int_equal(o.level, 1); /* a quarter of it is too much */
}

/* A trial that fails makes the next one later, up to 160 s and a minute. */
static void what_is_bearable_does_not_flap(void **state)
{
	(void)state;
	int changes = 0;
	until_change(1500, 100);
	until_change(1500, 100);
	for (int i = 0; i < 4 * 3600; i++)
		changes += until_change(o.level < 2 ? 1100 : 900, 1) != 0;
	assert_in_range(changes, 30, 50);
	assert_true(o.level >= 1);
}

/* Trials have failed, so that the next one would be minutes away; then the load is gone. */
static void an_idle_machine_is_back_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		while (o.level < TS_OVERLOAD_NO_JOINS) until_change(2000, 100);
		while (o.level == TS_OVERLOAD_NO_JOINS) until_change(600, 1000);
	}
	while (o.level < TS_OVERLOAD_NO_JOINS) until_change(2000, 100);
	assert_true(o.hold_ns[TS_OVERLOAD_NO_JOINS] > 100 * TS_NS_PER_S);
	assert_in_range(until_change(100, 1000), 10, 20);
	int looks = 0;
	while (o.level) looks += until_change(100, 1000);
	assert_in_range(looks, 5 * 10, 5 * 20);
}

/* A machine that is never quite quiet comes back all the same, if later. */
static void some_noise_does_not_keep_it_up(void **state)
{
	(void)state;
	until_change(1500, 100);
	int looks = 0;
	while (o.level && looks++ < 200) until_change(looks % 5 ? 500 : 800, 1);
	assert_in_range(looks, 21, 100);
}

/* The level changes the load: what is left of it at each level, in thousandths of the demand. */
static const int left[TS_OVERLOAD_COUNT] = {1000, 900, 600, 580, 350, 340, 330};

static int utilised(int demand)
{
	const int share = demand * left[o.level] / 1000;
	return share > 1050 ? 1050 : share;
}

/* Ten minutes of a load that one level down is too much and here is calm: trials become rare. */
static void it_does_not_flap(void **state)
{
	(void)state;
	int changes = 0, at[TS_OVERLOAD_COUNT] = {0};
	for (int i = 0; i < 4 * 600; i++) {
		changes += until_change(utilised(1150), 1) != 0;
		if (i > 4 * 10) at[o.level]++;
	}
	/* at level 1 1035 is too much, at 2 690 is calm: trials at 5, 10, 20, 40, 80, 160 s */
	assert_in_range(changes, 4, 20);
	assert_true(at[2] > 4 * 560);
	assert_int_equal(at[3] + at[4] + at[5] + at[6], 0);
}

/* Whatever the demand, ten minutes settle. */
static void no_demand_makes_it_flap(void **state)
{
	(void)state;
	for (int demand = 0; demand <= 6000; demand += 10) {
		int changes = 0;
		setup(NULL);
		for (int i = 0; i < 4 * 600; i++) changes += until_change(utilised(demand), 1) != 0;
		if (changes > 6 + 22) fail_msg("demand %d: %d changes", demand, changes);
	}
}

static void all_comes_back_when_the_load_goes(void **state)
{
	(void)state;
	for (int i = 0; i < 4 * 300; i++) until_change(utilised(3200), 1);
	assert_int_equal(o.level, TS_OVERLOAD_NO_JOINS);
	int looks = 0;
	while (o.level) looks += until_change(50, 1000);
	assert_in_range(looks, 6 * 10, 4 * 100);
	/* and the next time it is as it was at first */
	assert_int_equal(until_change(100, 4 * 21), 0);
	assert_int_equal(until_change(1000, 100), 3);
	assert_int_equal(until_change(500, 100), 20);
}

static void it_goes_no_further_than_it_may(void **state)
{
	(void)state;
	ts_overload_init(&o, TS_OVERLOAD_HALF_RATE);
	while (until_change(100000, 100)) continue;
	assert_int_equal(o.level, TS_OVERLOAD_HALF_RATE);
	ts_overload_init(&o, TS_OVERLOAD_NONE);
	assert_int_equal(until_change(100000, 1000), 0);
}

/* A look that comes late, or a clock that stood still, is not an hour of calm. */
static void odd_times_count_for_little(void **state)
{
	(void)state;
	until_change(1500, 100);
	now_ns += 3600 * TS_NS_PER_S;
	assert_false(ts_overload_feed(&o, 600, now_ns));
	for (int i = 0; i < 1000; i++) assert_false(ts_overload_feed(&o, 600, now_ns));
	assert_false(ts_overload_feed(&o, 600, now_ns - TS_NS_PER_S));
	assert_int_equal(o.level, 1);
}

static void not_all_come_back_at_once(void **state)
{
	(void)state;
	bool told[64] = {false};
	for (uint32_t any = UINT32_MAX - 100; any != 100; any++) {
		const int seconds = ts_overload_retry_s(any);
		assert_in_range(seconds, 20, 40);
		told[seconds] = true;
	}
	for (int s = 20; s <= 40; s++) assert_true(told[s]);
}

static void every_level_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < TS_OVERLOAD_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(ts_overload_name((enum ts_overload_level)a),
				ts_overload_name((enum ts_overload_level)b));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(up_quickly_and_one_by_one),
		TEST(what_is_severe_is_sooner),
		TEST(a_hiccup_is_no_overload),
		TEST(down_slowly_and_one_by_one),
		TEST(quiet_is_half_as_long),
		TEST(what_is_bearable_is_tried),
		TEST(what_is_bearable_with_peaks_is_tried_later),
		TEST(what_is_bearable_does_not_flap),
		TEST(an_idle_machine_is_back_at_once),
		TEST(not_all_come_back_at_once),
		TEST(some_noise_does_not_keep_it_up),
		TEST(it_does_not_flap),
		TEST(no_demand_makes_it_flap),
		TEST(all_comes_back_when_the_load_goes),
		TEST(it_goes_no_further_than_it_may),
		TEST(odd_times_count_for_little),
		TEST(every_level_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
