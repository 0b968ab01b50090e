#include "mixer/audio/bus.h"
#include "mixer/audio/limiter.h"
#include "tests/unit/base/cmocka_all.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = TS_AUDIO_FRAME };
static struct ts_bus bus, other;
static int16_t mid[N], side[N];
static const struct ts_mix_gain once = {1, 1}, out = {-1, -1};

static int setup(void **state)
{
	(void)state;
	memset(&bus, 0, sizeof bus);
	memset(&other, 0, sizeof other);
	srand(7);
	for (int i = 0; i < N; i++) {
		mid[i] = (int16_t)(rand() % 20000 - 10000);
		side[i] = (int16_t)(rand() % 8000 - 4000);
	}
	return 0;
}

static void places_are_of_equal_power_and_mono_is_as_it_came(void **state)
{
	static const struct {
		const char *name;
		float at;
		double left, right;
	} row[] = {
		{"left", -1, M_SQRT2, 0},
		{"between", -0.5f, 1.3066, 0.5412},
		{"middle", 0, 1, 1},
		{"right", 1, 0, M_SQRT2},
	};
	(void)state;
	for (size_t r = 0; r < sizeof row / sizeof row[0]; r++) {
		const struct ts_bus_part part = {
			.mid = mid, .gain = once, .place = ts_bus_place(row[r].at, row[r].at)};
		print_message("%s\n", row[r].name);
		ts_bus_clear(&bus, TS_BUS_ONE | TS_BUS_TWO);
		ts_bus_add(&bus, TS_BUS_ONE | TS_BUS_TWO, &part, once);
		for (int i = 0; i < N; i++) {
			assert_int_equal(bus.plane[TS_BUS_MONO][i], mid[i]);
			assert_true(fabs(bus.plane[TS_BUS_LEFT][i] - mid[i] * row[r].left) < 2);
			assert_true(fabs(bus.plane[TS_BUS_RIGHT][i] - mid[i] * row[r].right) < 2);
		}
	}
}

static void both_channels_of_music_are_as_they_came(void **state)
{
	const struct ts_bus_part part = {
		.mid = mid, .side = side, .gain = once, .place = ts_bus_middle()};
	(void)state;
	ts_bus_add(&bus, TS_BUS_ONE | TS_BUS_TWO, &part, once);
	for (int i = 0; i < N; i++) {
		assert_int_equal(bus.plane[TS_BUS_MONO][i], mid[i]);
		assert_int_equal(bus.plane[TS_BUS_LEFT][i], mid[i] + side[i]);
		assert_int_equal(bus.plane[TS_BUS_RIGHT][i], mid[i] - side[i]);
	}
}

/* Mix-minus: nothing is left of who is taken out, wherever they go meanwhile. */
static void what_is_taken_out_is_what_was_added(void **state)
{
	const struct ts_bus_part moving = {
		.mid = mid, .side = side, .gain = {0.3f, 1.7f}, .place = ts_bus_place(-0.7f, 0.2f)};
	(void)state;
	for (int i = 0; i < N; i++) bus.plane[TS_BUS_LEFT][i] = bus.plane[TS_BUS_MONO][i] = i;
	ts_bus_copy(&other, &bus, TS_BUS_ONE | TS_BUS_TWO);
	ts_bus_add(&bus, TS_BUS_ONE | TS_BUS_TWO, &moving, once);
	assert_memory_not_equal(&bus, &other, sizeof bus);
	ts_bus_add(&bus, TS_BUS_ONE | TS_BUS_TWO, &moving, out);
	assert_memory_equal(&bus, &other, sizeof bus);
}

/* From one place to the next there is no larger step than the tone has by itself. */
static void a_voice_glides(void **state)
{
	enum { STEP = 640 }; /* of 440 Hz at 8000 x sqrt 2, from sample to sample */
	int32_t last = 0;
	(void)state;
	for (int frame = 0; frame < 10; frame++) {
		for (int i = 0; i < N; i++)
			mid[i] = (int16_t)(8000 * sin(2 * M_PI * 440 * (frame * N + i) / 48000));
		const struct ts_bus_part part = {.mid = mid,
			.gain = once,
			.place = ts_bus_place(
				-0.5f + 0.1f * (float)frame, -0.4f + 0.1f * (float)frame)};
		ts_bus_clear(&bus, TS_BUS_TWO);
		ts_bus_add(&bus, TS_BUS_TWO, &part, once);
		for (int i = 0; i < N; i++) {
			assert_true(abs(bus.plane[TS_BUS_RIGHT][i] - last) <= STEP);
			last = bus.plane[TS_BUS_RIGHT][i];
		}
	}
}

/* One gain for both, or the middle would go to and fro. */
static void a_loud_channel_turns_both_down(void **state)
{
	struct ts_limiter limiter;
	int16_t pcm[2 * N];
	(void)state;
	ts_limiter_init(&limiter);
	for (int i = 0; i < N; i++) {
		bus.plane[TS_BUS_LEFT][i] = 64000;
		bus.plane[TS_BUS_RIGHT][i] = -16000;
	}
	for (int k = 0; k < 3; k++)
		assert_true(ts_limiter_run_stereo(
			&limiter, pcm, bus.plane[TS_BUS_LEFT], bus.plane[TS_BUS_RIGHT]));
	for (int i = 0; i < N; i++) {
		assert_in_range(pcm[2 * i], 31900, 32000);
		assert_in_range(-pcm[2 * i + 1], 7970, 8001);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(places_are_of_equal_power_and_mono_is_as_it_came, setup),
		cmocka_unit_test_setup(both_channels_of_music_are_as_they_came, setup),
		cmocka_unit_test_setup(what_is_taken_out_is_what_was_added, setup),
		cmocka_unit_test_setup(a_voice_glides, setup),
		cmocka_unit_test_setup(a_loud_channel_turns_both_down, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
