#include "tests/media/tone.h"

#include <math.h>
#include <opus/opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ts_tone steady(unsigned who)
{
	return (struct ts_tone){ts_tone_hz(who), 6000, 1, 1, 0};
}

static void one_tone_is_heard_as_one(void **state)
{
	(void)state;
	for (unsigned who = 0; who < TS_TONE_PEOPLE; who++) {
		int16_t pcm[TS_AUDIO_FRAME];
		struct ts_tones heard;
		const struct ts_tone tone = steady(who);
		ts_tone_fill(&tone, 12345, pcm, TS_AUDIO_FRAME);
		ts_tones_detect(&heard, pcm);
		assert_true(heard.present == 1ULL << who);
		assert_in_range((int)lrintf(heard.amplitude[who]), 5900, 6100);
	}
}

static void a_chord_is_told_apart(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 200; round++) {
		int16_t sum[TS_AUDIO_FRAME] = {0}, pcm[TS_AUDIO_FRAME];
		uint64_t sent = 0;
		for (int i = 0; i < 5; i++) {
			const unsigned who = (unsigned)rand() % TS_TONE_PEOPLE;
			if (sent >> who & 1) continue;
			sent |= 1ULL << who;
			const struct ts_tone tone = steady(who);
			ts_tone_fill(&tone, rand(), pcm, TS_AUDIO_FRAME);
			for (int k = 0; k < TS_AUDIO_FRAME; k++)
				sum[k] = (int16_t)(sum[k] + pcm[k] + rand() % 200 - 100);
		}
		struct ts_tones heard;
		ts_tones_detect(&heard, sum);
		assert_true(heard.present == sent);
	}
}

/* A tone that is cut off within the frame spills over its neighbours; that is not to be taken for
 * them. */
static void a_loud_tone_that_ends_is_still_one(void **state)
{
	(void)state;
	for (int cut = 460; cut <= 900; cut += 20) {
		int16_t pcm[TS_AUDIO_FRAME];
		struct ts_tones heard;
		ts_tone_fill(
			&(struct ts_tone){ts_tone_hz(5), 14000, 1, 1, 0}, 777, pcm, TS_AUDIO_FRAME);
		memset(pcm + cut, 0, (size_t)(TS_AUDIO_FRAME - cut) * sizeof(pcm[0]));
		ts_tones_detect(&heard, pcm);
		assert_true(heard.present == 1ULL << 5);
	}
}

static void silence_and_noise_hold_no_tone(void **state)
{
	(void)state;
	int16_t pcm[TS_AUDIO_FRAME] = {0};
	struct ts_tones heard;
	ts_tones_detect(&heard, pcm);
	assert_true(heard.present == 0);
	srand(3);
	for (int i = 0; i < TS_AUDIO_FRAME; i++) pcm[i] = (int16_t)(rand() % 1000 - 500);
	ts_tones_detect(&heard, pcm);
	assert_true(heard.present == 0);
}

static void pulses_are_on_and_off_in_time(void **state)
{
	(void)state;
	const struct ts_tone tone = {1000, 6000, 300, 1000, 200};
	int16_t pcm[480];
	for (int ms = 0; ms < 3000; ms += 10) {
		ts_tone_fill(&tone, ms * 48, pcm, 480);
		int peak = 0;
		for (int i = 0; i < 480; i++) peak = abs(pcm[i]) > peak ? abs(pcm[i]) : peak;
		const int into = (ms + 800) % 1000;
		if (into >= 300)
			assert_int_equal(peak, 0);
		else if (into >= 10 && into < 290)
			assert_int_equal(peak, 6000);
		else
			assert_in_range(peak, 1, 6000);
	}
}

static void play_frame(
	OpusDecoder *dec, const struct ts_tone_clip *clip, int frame, int16_t pcm[TS_AUDIO_FRAME])
{
	struct ts_au *au = ts_tone_clip_unit(clip, frame, frame * TS_AUDIO_FRAME, 0);
	assert_int_equal(au->n, 1);
	assert_int_equal(au->media_time, frame * TS_AUDIO_FRAME);
	assert_int_equal(
		opus_decode(dec, ts_au_bytes(au, 0), au->pay[0].len, pcm, TS_AUDIO_FRAME, 0),
		TS_AUDIO_FRAME);
	ts_au_unref(&au);
}

static void play(OpusDecoder *dec, const struct ts_tone_clip *clip, int frames,
	struct ts_click *click, uint64_t *present)
{
	for (int i = 0; i < frames; i++) {
		int16_t pcm[TS_AUDIO_FRAME];
		play_frame(dec, clip, i, pcm);
		struct ts_tones heard;
		ts_tones_detect(&heard, pcm);
		if (present) present[i] = heard.present;
		if (click) ts_click_feed(click, pcm, TS_AUDIO_FRAME);
	}
}

static void a_clip_sounds_as_it_should(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 12; who++) {
		const struct ts_tone tone = ts_tone_of(who);
		struct ts_tone_clip *clip;
		uint64_t present[200];
		int err, on = 0;
		assert_int_equal(ts_tone_clip_create(&clip, &tone, 100, 32000), 0);
		OpusDecoder *dec = opus_decoder_create(TS_AUDIO_RATE_HZ, 1, &err);
		play(dec, clip, 200, NULL, present);
		for (int i = 0; i < 200; i++) {
			assert_true((present[i] & ~(1ULL << who)) == 0);
			on += present[i] != 0;
			const int into_ms = ((i * 20 - tone.phase_ms) % 1000 + 1000) % 1000;
			if (into_ms >= 40 && into_ms <= 360) assert_true(present[i] == 1ULL << who);
			if (into_ms >= 440 && into_ms <= 960) assert_true(present[i] == 0);
		}
		assert_in_range(on, 76, 92);
		opus_decoder_destroy(dec);
		ts_tone_clip_destroy(&clip);
	}
}

static void levels_and_talk_starts(void **state)
{
	(void)state;
	const struct ts_tone tone = {1000, 6000, 500, 1000, 200};
	struct ts_tone_clip *clip;
	assert_int_equal(ts_tone_clip_create(&clip, &tone, 50, 32000), 0);
	for (int i = 0; i < 150; i++) {
		const int into_ms = (i * 20 + 800) % 1000;
		const uint8_t level = ts_tone_clip_level(clip, i);
		if (into_ms >= 500) assert_int_equal(level, 127);
		/* 6000 peak: -17.8 dBov RMS */
		if (into_ms >= 20 && into_ms < 480) assert_int_equal(level, 18);
		struct ts_au *au = ts_tone_clip_unit(clip, i, 0, 0);
		assert_int_equal(au->talk_start, into_ms == 0);
		ts_au_unref(&au);
	}
	ts_tone_clip_destroy(&clip);
}

/* What a soft pulse leaves behind Opus, and what cuts and jumps do, before and behind it. */
static void clicks_are_heard_and_soft_edges_are_not(void **state)
{
	(void)state;
	const struct ts_tone tone = ts_tone_of(0);
	static int16_t pcm[TS_AUDIO_RATE_HZ];
	struct ts_click click;
	int err;

	struct ts_tone_clip *clip;
	assert_int_equal(ts_tone_clip_create(&clip, &tone, 50, 32000), 0);
	OpusDecoder *dec = opus_decoder_create(TS_AUDIO_RATE_HZ, 1, &err);
	ts_click_init(&click, 2 * tone.hz);
	play(dec, clip, 200, &click, NULL);
	print_message("soft pulses behind Opus: %.1f dBFS\n", click.loudest_dbfs);
	assert_true(click.loudest_dbfs < -57);
	opus_decoder_destroy(dec);
	ts_tone_clip_destroy(&clip);

	ts_tone_fill(&tone, 0, pcm, TS_AUDIO_RATE_HZ);
	ts_click_init(&click, 2 * tone.hz);
	ts_click_feed(&click, pcm, TS_AUDIO_RATE_HZ);
	print_message("soft pulses: %.1f dBFS\n", click.loudest_dbfs);
	assert_true(click.loudest_dbfs < -60);

	/* in mid-tone another decoder takes over that does not know the past */
	int16_t frame_pcm[TS_AUDIO_FRAME];
	dec = opus_decoder_create(TS_AUDIO_RATE_HZ, 1, &err);
	assert_int_equal(ts_tone_clip_create(&clip, &tone, 50, 32000), 0);
	ts_click_init(&click, 2 * tone.hz);
	for (int i = 0; i < 50; i++) {
		if (i == 12) opus_decoder_ctl(dec, OPUS_RESET_STATE);
		play_frame(dec, clip, i, frame_pcm);
		ts_click_feed(&click, frame_pcm, TS_AUDIO_FRAME);
	}
	print_message("decoder reset: %.1f dBFS at %d ms\n", click.loudest_dbfs,
		(int)(click.at_sample / 48));
	assert_true(click.loudest_dbfs > -45);
	assert_in_range(click.at_sample / 48, 236, 264);
	opus_decoder_destroy(dec);
	ts_tone_clip_destroy(&clip);

	/* the sound itself cut off */
	ts_tone_fill(&tone, 0, pcm, TS_AUDIO_RATE_HZ);
	memset(pcm + 12050, 0, 3000 * sizeof(pcm[0]));
	ts_click_init(&click, 2 * tone.hz);
	ts_click_feed(&click, pcm, TS_AUDIO_RATE_HZ);
	print_message("cut off: %.1f dBFS at %d\n", click.loudest_dbfs, (int)click.at_sample);
	assert_true(click.loudest_dbfs > -40);
	assert_in_range(click.at_sample, 11930, 12170);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_tone_is_heard_as_one),
		cmocka_unit_test(a_chord_is_told_apart),
		cmocka_unit_test(a_loud_tone_that_ends_is_still_one),
		cmocka_unit_test(silence_and_noise_hold_no_tone),
		cmocka_unit_test(pulses_are_on_and_off_in_time),
		cmocka_unit_test(a_clip_sounds_as_it_should),
		cmocka_unit_test(levels_and_talk_starts),
		cmocka_unit_test(clicks_are_heard_and_soft_edges_are_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
