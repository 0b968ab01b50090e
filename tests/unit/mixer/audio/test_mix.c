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
	int16_t voice[5][N];
	int32_t forth[N] = {0}, back[N] = {0};
	for (int k = 0; k < 5; k++) tone(voice[k], 200 + 133 * k, 15000, 0);
	for (int k = 0; k < 5; k++) ts_mix_add(forth, voice[k], ts_mix_unity());
	for (int k = 4; k >= 0; k--) ts_mix_add(back, voice[k], ts_mix_unity());
	assert_memory_equal(forth, back, sizeof forth);
}

static void a_gain_is_a_straight_line(void **state)
{
	(void)state;
	int16_t pcm[N];
	int32_t sum[N] = {0};
	for (int i = 0; i < N; i++) pcm[i] = 10000;
	ts_mix_add(sum, pcm, (struct ts_mix_gain){0.5f, 1.5f});
	assert_int_equal(sum[0], 5000);
	assert_in_range(sum[N - 1], 14980, 15000);
	for (int i = 1; i < N; i++) assert_in_range(sum[i] - sum[i - 1], 9, 12);
	ts_mix_scale(sum, (struct ts_mix_gain){2, 2});
	assert_int_equal(sum[0], 10000);
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
	int16_t pcm[N], before[N];
	for (int i = 0; i < N; i++) pcm[i] = (int16_t)(i * 60 - 28800);
	memcpy(before, pcm, sizeof before);
	ts_mix_amplify(pcm, 1.0f);
	assert_memory_equal(before, pcm, sizeof pcm);
	ts_mix_amplify(pcm, 4.0f);
	assert_int_equal(pcm[0], INT16_MIN);
	assert_int_equal(pcm[N - 1], INT16_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(a_gain_is_a_straight_line),
		cmocka_unit_test(levels),
		cmocka_unit_test(fades_have_no_step),
		cmocka_unit_test(gain_clamps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
