#include "codec/level.h"
#include "mixer/audio/mix.h"

#include "base/media.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME };

static void tone(int16_t *pcm, double hz, int amplitude, int frame)
{
	for (int i = 0; i < N; i++)
		pcm[i] = (int16_t)(amplitude *
			sin(2 * M_PI * hz * (frame * N + i) / TS_AUDIO_RATE_HZ));
}

static void order_does_not_matter(void **state)
{
	(void)state;
	int16_t voice[5][N], forth[N], back[N];
	int32_t sum[N] = {0};
	struct ts_limiter l;
	for (int k = 0; k < 5; k++) tone(voice[k], 200 + 133 * k, 15000, 0);
	for (int k = 0; k < 5; k++) ts_mix_add(sum, voice[k]);
	ts_limiter_init(&l);
	ts_mix_finish(forth, sum, NULL, &l);
	memset(sum, 0, sizeof sum);
	for (int k = 4; k >= 0; k--) ts_mix_add(sum, voice[k]);
	ts_limiter_init(&l);
	ts_mix_finish(back, sum, NULL, &l);
	assert_memory_equal(forth, back, sizeof forth);
}

static void minus_own_leaves_exactly_the_others(void **state)
{
	(void)state;
	int16_t a[N], b[N], out[N];
	int32_t sum[N] = {0};
	struct ts_limiter l;
	tone(a, 440, 20000, 0);
	tone(b, 700, 9000, 0);
	ts_mix_add(sum, a);
	ts_mix_add(sum, b);
	ts_limiter_init(&l);
	/* the sum alone would clip: what is left does not, and is not touched */
	ts_mix_finish(out, sum, a, &l);
	assert_memory_equal(out, b, sizeof out);
}

static void the_limiter_never_clips_for_long_and_recovers(void **state)
{
	(void)state;
	int16_t loud[N], out[N];
	struct ts_limiter l;
	ts_limiter_init(&l);
	for (int frame = 0; frame < 20; frame++) {
		int32_t sum[N] = {0};
		tone(loud, 300, 25000, frame);
		for (int k = 0; k < 4; k++) ts_mix_add(sum, loud);
		ts_mix_finish(out, sum, NULL, &l);
		int clipped = 0;
		for (int i = 0; i < N; i++) clipped += abs(out[i]) >= 32767;
		assert_true(frame == 0 ? clipped < N / 8 : clipped == 0);
	}
	assert_true(l.gain < 0.4f);
	for (int frame = 0; frame < 50; frame++) {
		int32_t sum[N] = {0};
		ts_mix_finish(out, sum, NULL, &l);
	}
	assert_true(l.gain == 1.0f);
}

static void levels(void **state)
{
	(void)state;
	int16_t pcm[N] = {0};
	assert_int_equal(ts_level_dbov(pcm, N), -127);
	assert_int_equal(ts_level_dbov(pcm, 0), -127);
	for (int i = 0; i < N; i++) pcm[i] = i & 1 ? INT16_MAX : INT16_MIN;
	assert_int_equal(ts_level_dbov(pcm, N), 0);
	tone(pcm, 1000, 3276, 0);
	assert_in_range(-ts_level_dbov(pcm, N), 22, 24); /* a sine of -20 dB peak is -23 dBov */
}

static void fades_have_no_step(void **state)
{
	(void)state;
	int16_t pcm[N];
	for (int i = 0; i < N; i++) pcm[i] = 10000;
	ts_mix_fade_in(pcm, 96);
	ts_mix_fade_out(pcm + N - 96, 96);
	assert_int_equal(pcm[0], 0);
	for (int i = 1; i < N; i++) assert_in_range(abs(pcm[i] - pcm[i - 1]), 0, 200);
	assert_in_range(pcm[N - 1], 0, 200);
}

static void gain_clamps(void **state)
{
	(void)state;
	int16_t pcm[N], out[N];
	for (int i = 0; i < N; i++) pcm[i] = (int16_t)(i * 60 - 28800);
	ts_mix_gain(out, pcm, 1.0f);
	assert_memory_equal(out, pcm, sizeof out);
	ts_mix_gain(out, pcm, 4.0f);
	assert_int_equal(out[0], INT16_MIN);
	assert_int_equal(out[N - 1], INT16_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(minus_own_leaves_exactly_the_others),
		cmocka_unit_test(the_limiter_never_clips_for_long_and_recovers),
		cmocka_unit_test(levels),
		cmocka_unit_test(fades_have_no_step),
		cmocka_unit_test(gain_clamps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
