/* The room's noise between sentences: as loud as what it stands for, no step, no noise for ever. */
#include "base/clock.h"
#include "base/media.h"
#include "codec/level.h"
#include "mixer/audio/comfort.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME };

struct room {
	struct ts_comfort comfort;
	int64_t now_ns;
	int level; /* of the last frame */
};

static bool run(struct room *r, int ticks, float present_dbov)
{
	bool made = false;
	while (ticks-- > 0) {
		int32_t sum[N] = {0};
		int16_t pcm[N];
		ts_comfort_tick(&r->comfort, present_dbov, r->now_ns += 20 * TS_NS_PER_MS);
		made = ts_comfort_add(&r->comfort, sum);
		for (int i = 0; i < N; i++) pcm[i] = (int16_t)sum[i];
		r->level = ts_level_dbov(pcm, N);
	}
	return made;
}

static void it_takes_the_place_of_what_was_heard(void **state)
{
	static const struct {
		float floor_dbov;
		int level; /* -127: none */
	} rows[] = {
		{-50, -50},
		{-60, -60},
		{-70, -70},
		{-43, -45},
		{-75, -127}, /* nobody hears it */
		{-41, -127},
		{-20, -127}, /* no background: a tone, music */
		{-127, -127},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct room r = {.now_ns = TS_NS_PER_S};
		ts_comfort_init(&r.comfort);
		run(&r, 50, rows[i].floor_dbov);
		assert_int_equal(r.level, -127); /* it is in the sum already */
		run(&r, 2, TS_COMFORT_NONE);
		assert_true(abs(r.level - rows[i].level) <= 1);
		run(&r, 140, TS_COMFORT_NONE);
		assert_true(abs(r.level - rows[i].level) <= 1);
		run(&r, 4, rows[i].floor_dbov); /* they speak again */
		assert_int_equal(r.level, -127);
	}
}

static void it_fades_and_ends(void **state)
{
	struct room r = {.now_ns = TS_NS_PER_S};
	(void)state;
	ts_comfort_init(&r.comfort);
	run(&r, 10, -50);
	int before = 0;
	for (int t = 0; t < 400; t++) {
		run(&r, 1, TS_COMFORT_NONE);
		if (t > 2)
			assert_true(
				r.level <= before + 1 && (r.level >= before - 2 || r.level < -70));
		before = r.level;
	}
	assert_int_equal(r.level, -127);
	assert_false(run(&r, 1, TS_COMFORT_NONE));
}

static void a_quieter_voice_is_filled_up(void **state)
{
	struct room r = {.now_ns = TS_NS_PER_S};
	(void)state;
	ts_comfort_init(&r.comfort);
	run(&r, 10, -50);
	run(&r, 10, -53); /* half the power is there */
	assert_true(abs(r.level - -53) <= 1);
	run(&r, 1000, -60); /* it has become the quieter room */
	assert_int_equal(r.level, -127);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_takes_the_place_of_what_was_heard),
		cmocka_unit_test(it_fades_and_ends),
		cmocka_unit_test(a_quieter_voice_is_filled_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
