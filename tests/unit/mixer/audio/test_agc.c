#include "mixer/audio/agc.h"

#include "base/media.h"
#include "tests/unit/common/speech.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME, FRAMES = 50 };
#define QUIET_NOISE (-75.0f)

static struct ts_agc agc;

/* Seconds of one who speaks at that level, beginning `from` s in; how loud that is heard. */
static double speak(unsigned who, double level_dbov, int from, int seconds, float noise_dbov)
{
	int16_t *pcm = ts_speech_make(who, TS_AUDIO_RATE_HZ, from + seconds, level_dbov);
	for (int f = from * FRAMES; f < (from + seconds) * FRAMES; f++)
		ts_agc_speech(&agc, pcm + f * N, noise_dbov);
	const double level = ts_speech_level_dbov(
		pcm + from * TS_AUDIO_RATE_HZ, (size_t)seconds * TS_AUDIO_RATE_HZ, N);
	free(pcm);
	return level + agc.gain_db;
}

static int setup(void **state)
{
	(void)state;
	ts_agc_init(&agc);
	return 0;
}

static void a_phone_and_a_headset_are_heard_alike_after_3_s(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 4; who++) {
		ts_agc_init(&agc);
		const double phone = speak(who, -35, 0, 3, QUIET_NOISE);
		ts_agc_init(&agc);
		const double headset = speak(who + 1, -12, 0, 3, QUIET_NOISE);
		if (fabs(phone - headset) > 4)
			fail_msg("%u: phone at %.1f, headset at %.1f dBov", who, phone, headset);
		if (fabs(headset - TS_AGC_TARGET_DBOV) > 3)
			fail_msg("%u: headset at %.1f dBov", who, headset);
	}
}

static void it_lifts_and_lowers_by_12_db_at_most(void **state)
{
	(void)state;
	speak(1, -50, 0, 10, QUIET_NOISE);
	assert_true(agc.gain_db <= 12 && agc.gain_db > 11);
	ts_agc_init(&agc);
	speak(1, -3, 0, 10, QUIET_NOISE);
	assert_true(agc.gain_db >= -12 && agc.gain_db < -10);
}

static void who_is_right_stays_as_they_are(void **state)
{
	(void)state;
	for (int s = 0; s < 10; s++) {
		speak(2, -22, s, 1, QUIET_NOISE);
		assert_true(fabsf(agc.gain_db) < 3.5f);
	}
}

/* After the first seconds nobody hears it move. */
static void later_it_is_slow(void **state)
{
	(void)state;
	speak(3, -22, 0, 4, QUIET_NOISE);
	float before = agc.gain_db;
	speak(3, -34, 4, 2, QUIET_NOISE);
	assert_true(agc.gain_db - before < 3.1f);
	speak(3, -34, 6, 6, QUIET_NOISE);
	speak(3, -34, 0, 12, QUIET_NOISE);
	assert_true(agc.gain_db > before + 8); /* and comes there */
}

static void noise_is_not_lifted_over_minus_45(void **state)
{
	(void)state;
	speak(4, -38, 0, 10, -50);
	assert_true(agc.gain_db <= 5);
	ts_agc_init(&agc);
	speak(4, -38, 0, 10, -30);
	assert_true(agc.gain_db <= 0.01f && agc.gain_db > -0.01f);
}

/* Silence, and what lies between words, moves nothing. */
static void gaps_do_not_count(void **state)
{
	(void)state;
	int16_t silence[N] = {0}, hum[N];
	speak(5, -30, 0, 6, QUIET_NOISE);
	const float before = agc.gain_db;
	for (int f = 0; f < 500; f++) ts_agc_speech(&agc, silence, QUIET_NOISE);
	for (int i = 0; i < N; i++) hum[i] = i & 1 ? 40 : -40; /* -58 dBov */
	for (int f = 0; f < 100; f++) ts_agc_speech(&agc, hum, -60);
	assert_true(agc.gain_db == before);
	assert_true(isfinite(agc.power));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_phone_and_a_headset_are_heard_alike_after_3_s, setup),
		cmocka_unit_test_setup(it_lifts_and_lowers_by_12_db_at_most, setup),
		cmocka_unit_test_setup(who_is_right_stays_as_they_are, setup),
		cmocka_unit_test_setup(later_it_is_slow, setup),
		cmocka_unit_test_setup(noise_is_not_lifted_over_minus_45, setup),
		cmocka_unit_test_setup(gaps_do_not_count, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
