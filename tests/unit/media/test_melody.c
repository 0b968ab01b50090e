#include "tests/media/melody.h"

#include "tests/media/tone.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 1500, DELAY = 37 };

/* What a perfect listener hears of two people, 37 frames after the first of them was sent. */
static void listen(uint64_t *present)
{
	for (int i = 0; i < N; i++) {
		present[i] = i < DELAY ? 0
				       : 1ULL << ts_melody_tone(0, i - DELAY) |
				1ULL << ts_melody_tone(1, i - DELAY + 700);
	}
}

static struct ts_melody_heard judge(unsigned who, const uint64_t *present)
{
	struct ts_melody_heard heard;
	ts_melody_judge(&heard, who, present, N);
	return heard;
}

static void a_tone_never_follows_itself_and_is_his_own(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 3; who++) {
		uint64_t seen = 0;
		for (int i = 0; i < TS_MELODY_FRAMES; i += TS_MELODY_SLOT_FRAMES) {
			assert_int_equal(ts_melody_tone(who, i) % 3, who);
			assert_int_equal(ts_melody_tone(who, i),
				ts_melody_tone(who, i + TS_MELODY_SLOT_FRAMES - 1));
			assert_int_not_equal(ts_melody_tone(who, i),
				ts_melody_tone(who, i + TS_MELODY_SLOT_FRAMES));
			seen |= 1ULL << ts_melody_tone(who, i);
		}
		assert_int_equal(__builtin_popcountll(seen), 8);
	}
}

static void what_is_filled_is_what_is_detected(void **state)
{
	(void)state;
	double phase = 0;
	for (int i = 0; i < 200; i++) {
		int16_t pcm[TS_AUDIO_FRAME];
		struct ts_tones tones;
		ts_melody_fill(2, i, &phase, pcm);
		ts_tones_detect(&tones, pcm);
		assert_true(tones.present == 1ULL << ts_melody_tone(2, i));
	}
}

static void all_is_right_whatever_the_delay(void **state)
{
	(void)state;
	uint64_t present[N];
	listen(present);
	for (unsigned who = 0; who < 2; who++) {
		const struct ts_melody_heard heard = judge(who, present);
		assert_true(heard.frames >= N - 50 - 50);
		assert_int_equal(heard.right, heard.frames);
		assert_int_equal(heard.moves, 0);
	}
	assert_int_equal(judge(2, present).frames, 0);
}

static void wrong_and_missing_tones_are_counted(void **state)
{
	(void)state;
	uint64_t present[N];
	listen(present);
	for (int i = 200; i < 1200; i += 20) present[i] = 0;
	for (int i = 210; i < 1210; i += 20) present[i] |= 0xffffff;
	const struct ts_melody_heard heard = judge(0, present);
	assert_int_equal(heard.frames - heard.right, 100);
}

/* A listener whose delay jumps by two frames loses no more than what was misaligned. */
static void a_moving_delay_is_followed(void **state)
{
	(void)state;
	uint64_t present[N];
	listen(present);
	for (int i = 620; i < N; i++) present[i] = 1ULL << ts_melody_tone(0, i - DELAY - 2);
	const struct ts_melody_heard heard = judge(0, present);
	assert_in_range(heard.moves, 1, 2);
	assert_in_range(heard.frames - heard.right, 1, 20);
}

static void another_melody_is_not_his(void **state)
{
	(void)state;
	uint64_t present[N];
	for (int i = 0; i < N; i++) present[i] = 1ULL << ts_melody_tone(0, i);
	for (int i = 500; i < N; i++) present[i] = 1ULL << (ts_melody_tone(0, N - i) / 3 * 3);
	const struct ts_melody_heard heard = judge(0, present);
	assert_true(heard.right < heard.frames * 3 / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_never_follows_itself_and_is_his_own),
		cmocka_unit_test(what_is_filled_is_what_is_detected),
		cmocka_unit_test(all_is_right_whatever_the_delay),
		cmocka_unit_test(wrong_and_missing_tones_are_counted),
		cmocka_unit_test(a_moving_delay_is_followed),
		cmocka_unit_test(another_melody_is_not_his),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
