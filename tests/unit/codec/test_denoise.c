#include "codec/denoise.h"

#include "base/media.h"
#include "tests/unit/common/speech.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME, SECONDS = 10, FRAMES = SECONDS * TS_AUDIO_RATE_HZ / N, LEARN = 50 };

/* Air of an office: low-passed noise of that level. */
static void add_noise(int16_t *pcm, double dbov)
{
	double low = 0, power = 0;
	double *noise = calloc((size_t)FRAMES * N, sizeof *noise);
	for (int i = 0; i < FRAMES * N; i++) {
		low += ((double)rand() / RAND_MAX - 0.5 - low) * 0.2;
		noise[i] = low;
		power += low * low;
	}
	const double gain = 32768 * pow(10, dbov / 20) / sqrt(power / (FRAMES * N));
	for (int i = 0; i < FRAMES * N; i++) pcm[i] = (int16_t)lrint(pcm[i] + gain * noise[i]);
	free(noise);
}

static double power_of(const int16_t *pcm)
{
	double sum = 0;
	for (int i = 0; i < N; i++) sum += (double)pcm[i] * pcm[i];
	return sum / N;
}

/* Mean power, in dB, of the frames in which the clean voice is above (speech) or below (pause)
 * these levels; what was denoised is half a frame late. */
static void measure(
	const int16_t *clean, const int16_t *heard, int late, double *speech, double *pause)
{
	double sums[2] = {0};
	int n[2] = {0};
	for (int f = LEARN; f < FRAMES - 1; f++) {
		const double level = 10 * log10(power_of(clean + f * N) / 32768 / 32768 + 1e-12);
		if (level < -35 && level > -60) continue;
		const int is_pause = level <= -60;
		sums[is_pause] += power_of(heard + f * N + late);
		n[is_pause]++;
	}
	assert_true(n[0] > 50 && n[1] > 20);
	*speech = 10 * log10(sums[0] / n[0]);
	*pause = 10 * log10(sums[1] / n[1]);
}

static void run(int16_t *pcm)
{
	struct ts_denoise *denoise;
	assert_int_equal(ts_denoise_create(&denoise), 0);
	for (int f = 0; f < FRAMES; f++) ts_denoise_run(denoise, pcm + f * N);
	ts_denoise_destroy(&denoise);
	assert_null(denoise);
}

static int16_t *speech_with_pauses(unsigned who)
{
	int16_t *pcm = ts_speech_make(who, TS_AUDIO_RATE_HZ, SECONDS, -22);
	/* pauses of half a second in each two and a half */
	for (int f = 0; f < FRAMES; f++)
		if (f % 125 >= 100) memset(pcm + f * N, 0, N * sizeof *pcm);
	return pcm;
}

static void noise_goes_and_speech_stays(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 4; who++) {
		double speech[2], pause[2];
		int16_t *clean = speech_with_pauses(who),
			*noisy = malloc((size_t)FRAMES * N * sizeof *noisy);
		memcpy(noisy, clean, (size_t)FRAMES * N * sizeof *noisy);
		add_noise(noisy, -45);
		measure(clean, noisy, 0, &speech[0], &pause[0]);
		run(noisy);
		measure(clean, noisy, TS_DENOISE_DELAY, &speech[1], &pause[1]);
		const double better = (speech[1] - pause[1]) - (speech[0] - pause[0]);
		if (better < 8) fail_msg("%u: only %.1f dB better", who, better);
		if (fabs(speech[1] - speech[0]) > 1.5)
			fail_msg("%u: speech from %.1f to %.1f dB", who, speech[0], speech[1]);
		free(clean);
		free(noisy);
	}
}

static void what_is_clean_is_hardly_touched(void **state)
{
	(void)state;
	double error = 0, power = 0;
	int16_t *clean = speech_with_pauses(2), *heard = malloc((size_t)FRAMES * N * sizeof *heard);
	memcpy(heard, clean, (size_t)FRAMES * N * sizeof *heard);
	run(heard);
	for (int i = LEARN * N; i < (FRAMES - 1) * N; i++) {
		const double e = heard[i + TS_DENOISE_DELAY] - clean[i];
		error += e * e;
		power += (double)clean[i] * clean[i];
	}
	assert_true(10 * log10(power / error) > 10);
	free(clean);
	free(heard);
}

static void silence_and_full_scale_are_borne(void **state)
{
	(void)state;
	int16_t *pcm = calloc((size_t)FRAMES * N, sizeof *pcm);
	run(pcm);
	for (int i = 0; i < FRAMES * N; i++) assert_in_range(pcm[i] + 2, 0, 4);
	for (int i = 0; i < FRAMES * N; i++) pcm[i] = i / 50 % 2 ? INT16_MAX : INT16_MIN;
	run(pcm);
	struct ts_denoise *none = NULL;
	ts_denoise_destroy(&none);
	free(pcm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_goes_and_speech_stays),
		cmocka_unit_test(what_is_clean_is_hardly_touched),
		cmocka_unit_test(silence_and_full_scale_are_borne),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
