#include "mixer/audio/limiter.h"

#include "mixer/audio/mix.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = TS_AUDIO_FRAME, AHEAD = TS_LIMITER_AHEAD };

static struct ts_limiter limiter;
static int32_t in[N];
static int16_t out[N];

static int setup(void **state)
{
	(void)state;
	ts_limiter_init(&limiter);
	memset(in, 0, sizeof in);
	return 0;
}

static void what_is_not_too_loud_is_2_ms_late_and_the_same(void **state)
{
	(void)state;
	int32_t before[N] = {0};
	for (int frame = 0; frame < 5; frame++) {
		for (int i = 0; i < N; i++) in[i] = rand() % 60000 - 30000;
		assert_true(ts_limiter_run(&limiter, out, in));
		for (int i = 0; i < N; i++)
			assert_int_equal(out[i], i < AHEAD ? before[N - AHEAD + i] : in[i - AHEAD]);
		memcpy(before, in, sizeof before);
	}
}

static void silence_is_silence_once_all_is_out(void **state)
{
	(void)state;
	assert_false(ts_limiter_run(&limiter, out, in));
	in[N - 1] = 5;
	assert_false(ts_limiter_run(&limiter, out, in));
	in[N - 1] = 0;
	assert_true(ts_limiter_run(&limiter, out, in));
	assert_int_equal(out[AHEAD - 1], 5);
	assert_false(ts_limiter_run(&limiter, out, in));
}

/* A sudden peak anywhere, of any length and height: never clamped, and the gain has no step. */
static void no_attack_is_clamped(void **state)
{
	(void)state;
	for (int at = 0; at < N; at += 17) {
		ts_limiter_init(&limiter);
		for (int i = 0; i < N; i++) in[i] = 10000;
		ts_limiter_run(&limiter, out, in);
		int length = 1 + at % 300, before = out[N - 1];
		for (int i = at; i < N && i < at + length; i++) in[i] = 400000;
		for (int frame = 0; frame < 3; frame++) {
			ts_limiter_run(&limiter, out, in);
			for (int i = 0; i < N; i++) {
				assert_true(out[i] > 0 && out[i] <= 32001);
				const int z = frame * N + i - AHEAD;
				/* but where the peak begins or ends */
				if (z != at && z != at + length && frame == 0)
					assert_in_range(abs(out[i] - before), 0, 450);
				before = out[i];
			}
			for (int i = 0; i < N; i++) in[i] = 10000;
		}
	}
}

static void it_recovers_within_half_a_second(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++) in[i] = i & 1 ? 100000 : -100000;
	for (int frame = 0; frame < 20; frame++) ts_limiter_run(&limiter, out, in);
	assert_true(fabsf(limiter.gain - 0.32f) < 0.001f);
	memset(in, 0, sizeof in);
	for (int frame = 0; frame < 26; frame++) ts_limiter_run(&limiter, out, in);
	assert_true(limiter.gain == 1.0f);
}

/* Ten who talk at once. */
static void talkers_are_summed_without_clamping(void **state)
{
	(void)state;
	int clamped = 0;
	for (int frame = 0; frame < 200; frame++) {
		memset(in, 0, sizeof in);
		for (int k = 0; k < 10; k++) {
			int16_t pcm[N];
			for (int i = 0; i < N; i++)
				pcm[i] = (int16_t)(32000 *
					sin((frame * N + i) * (0.01 + 0.013 * k)));
			if ((frame + k) % 7) ts_mix_add(in, pcm, ts_mix_unity());
		}
		ts_limiter_run(&limiter, out, in);
		for (int i = 0; i < N; i++) clamped += abs(out[i]) > 32001;
	}
	assert_int_equal(clamped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_not_too_loud_is_2_ms_late_and_the_same, setup),
		cmocka_unit_test_setup(silence_is_silence_once_all_is_out, setup),
		cmocka_unit_test_setup(no_attack_is_clamped, setup),
		cmocka_unit_test_setup(it_recovers_within_half_a_second, setup),
		cmocka_unit_test_setup(talkers_are_summed_without_clamping, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
