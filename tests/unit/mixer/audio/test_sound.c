/* Sounds and plays of them, without a mix. */
#include "base/error.h"
#include "base/loop.h"
#include "mixer/audio/play.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include <math.h>
#include <stdlib.h>

static struct ts_loop *control;

static void on_ended(void *arg)
{
	++*(int *)arg;
}

static struct ts_sound *ramp(size_t n)
{
	struct ts_sound *sound = ts_sound_create(n);
	for (size_t i = 0; i < n; i++) sound->pcm[i] = (int16_t)(i % 10000);
	return sound;
}

static struct ts_play *play_of(struct ts_sound *sound, bool loop, float gain, int *ended)
{
	struct ts_play *play;
	assert_int_equal(ts_play_create(&play,
				 &(const struct ts_play_config){
					 control, sound, loop, gain, on_ended, ended}),
		0);
	return play;
}

static int setup(void **state)
{
	(void)state;
	return ts_loop_create(&control, "control");
}

static int teardown(void **state)
{
	(void)state;
	ts_loop_destroy(&control);
	return 0;
}

static double rms_dbov(const int16_t *pcm, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) sum += (double)pcm[i] * pcm[i];
	return 10 * log10(sum / (double)n / (32767.0 * 32767.0));
}

static void tones_have_their_level_and_soft_edges(void **state)
{
	static const struct ts_tone tones[] = {
		{{440, 0}, 500, -20}, {{0, 0}, 100, 0}, {{660, 880}, 500, -30}};
	struct ts_sound *sound = ts_sound_tones(tones, 3);
	(void)state;
	assert_non_null(sound);
	assert_int_equal(sound->n, 1100 * 48);
	assert_true(fabs(rms_dbov(sound->pcm + 4800, 9600) + 20) < 0.2);
	for (size_t i = 24000; i < 28800; i++) assert_int_equal(sound->pcm[i], 0);
	assert_true(fabs(rms_dbov(sound->pcm + 28800 + 4800, 14400) + 30) < 0.3);
	for (size_t i = 1; i < sound->n; i++) /* no step that a 2 kHz tone would not make */
		assert_true(abs(sound->pcm[i] - sound->pcm[i - 1]) < 1200);
	ts_sound_unref(&sound);
	assert_null(ts_sound_create(TS_SOUND_SAMPLES_MAX + 1));
}

static void a_play_goes_through_once_and_ends(void **state)
{
	int ended = 0;
	struct ts_sound *sound = ramp(2 * TS_AUDIO_FRAME + 10);
	struct ts_play *play = play_of(sound, false, 1, &ended);
	(void)state;
	ts_sound_unref(&sound); /* the play has its own */
	for (int k = 0; k < 2; k++) assert_int_equal(ts_play_tick(play)[7], k * TS_AUDIO_FRAME + 7);
	const int16_t *last = ts_play_tick(play);
	assert_int_equal(last[9], 2 * TS_AUDIO_FRAME + 9);
	assert_int_equal(last[10], 0);
	assert_null(ts_play_tick(play));
	ts_fake_time_after(0);
	assert_int_equal(ended, 1);
	ts_play_unref(&play);
}

static void a_loop_has_no_gap_and_ends_when_it_is_stopped(void **state)
{
	int ended = 0;
	struct ts_sound *sound = ramp(TS_AUDIO_FRAME / 2 + 1); /* more than once a frame */
	struct ts_play *play = play_of(sound, true, 2, &ended);
	int at = 0;
	(void)state;
	for (int k = 0; k < 50; k++) {
		const int16_t *pcm = ts_play_tick(play);
		for (int i = 0; i < TS_AUDIO_FRAME; i++, at++)
			assert_int_equal(pcm[i], 2 * (at % (TS_AUDIO_FRAME / 2 + 1)));
	}
	ts_play_stop(play);
	const int16_t *pcm = ts_play_tick(play); /* fades out */
	assert_true(pcm[TS_AUDIO_FRAME - 2] < 4);
	assert_null(ts_play_tick(play));
	ts_fake_time_after(0);
	assert_int_equal(ended, 1);
	ts_play_unref(&play);
	ts_sound_unref(&sound);
}

static void one_that_is_stopped_before_it_began_is_not_heard(void **state)
{
	int ended = 0;
	struct ts_sound *sound = ramp(TS_AUDIO_FRAME), *none = ts_sound_create(0);
	struct ts_play *play = play_of(sound, false, 1, &ended), *never;
	(void)state;
	ts_play_stop(play);
	assert_null(ts_play_tick(play));
	ts_play_forget(play); /* its owner is gone before control heard of it */
	ts_play_unref(&play);
	ts_fake_time_after(0);
	assert_int_equal(ended, 0);
	assert_int_equal(
		ts_play_create(&never, &(const struct ts_play_config){.sound = none}), TS_EINVAL);
	ts_sound_unref(&sound);
	ts_sound_unref(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tones_have_their_level_and_soft_edges),
		cmocka_unit_test(a_play_goes_through_once_and_ends),
		cmocka_unit_test(a_loop_has_no_gap_and_ends_when_it_is_stopped),
		cmocka_unit_test(one_that_is_stopped_before_it_began_is_not_heard),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
