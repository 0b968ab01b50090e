#include "mixer/audio/resample.h"

#include "base/clock.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FS = 48000, FRAME = 960, SECONDS = 2, N = FS * SECONDS, IN = N + N / 100 + 64 };
#define AS_IT_IS (1ULL << 32)

static int16_t in_and_past[TS_RESAMPLE_SIDE + IN], out[N];
static int16_t *const in = in_and_past + TS_RESAMPLE_SIDE;

static uint64_t ratio_of(double percent)
{
	return (uint64_t)((1 + percent / 100) * 4294967296.0);
}

static int resample(uint64_t ratio)
{
	uint32_t phase = 0;
	int at = 0;
	for (int i = 0; i + FRAME <= N; i += FRAME) {
		int wanted = ts_resample_consumes(phase, ratio, FRAME);
		int got = ts_resample_run(&phase, ratio, in + at, out + i, FRAME);
		assert_int_equal(got, wanted);
		at += got;
	}
	return at;
}

static int setup(void **state)
{
	(void)state;
	ts_resample_prepare();
	return 0;
}

static void at_phase_0_it_is_the_input(void **state)
{
	uint32_t rng = 1;
	(void)state;
	for (int i = -TS_RESAMPLE_SIDE; i < IN; i++)
		in[i] = (int16_t)((rng = rng * 1664525u + 1013904223u) >> 16);
	assert_int_equal(resample(AS_IT_IS), N);
	assert_memory_equal(out, in, sizeof out);
}

/* What is left when the sine that it should be is taken away, against that sine. */
static double snr_db(double hz, double percent)
{
	double w = 2 * M_PI * hz / FS, of = 1 + percent / 100, signal = 0, noise = 0;
	for (int i = -TS_RESAMPLE_SIDE; i < IN; i++) in[i] = (int16_t)lrint(20000 * sin(w * i));
	resample(ratio_of(percent));
	for (int i = 0; i < N; i++) {
		double wanted = 20000 * sin(w * of * i), off = out[i] - wanted;
		signal += wanted * wanted;
		noise += off * off;
	}
	return 10 * log10(signal / noise);
}

static void sines_stay_sines(void **state)
{
	static const struct {
		double hz, least_db;
	} rows[] = {
		{100, 75}, {440, 75}, {1000, 75}, {3400, 74}, {8000, 70}, {14000, 65}, {18000, 50}};
	static const double percents[] = {0.02, 0.5, -0.5, -0.0123};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double worst = 999;
		for (int k = 0; k < 4; k++) {
			double db = snr_db(rows[i].hz, percents[k]);
			if (db < worst) worst = db;
		}
		print_message("  %5.0f Hz: %.1f dB\n", rows[i].hz, worst);
		assert_true(worst >= rows[i].least_db);
	}
}

static void full_scale_does_not_wrap(void **state)
{
	(void)state;
	for (int i = -TS_RESAMPLE_SIDE; i < IN; i++) in[i] = i / 50 % 2 ? INT16_MAX : INT16_MIN;
	resample(ratio_of(0.37));
	int turns = 0;
	for (int i = 1; i < N; i++) turns += (out[i] < 0) != (out[i - 1] < 0);
	assert_in_range(turns, N / 50 - 5, N / 50 + 15);
	for (int i = -TS_RESAMPLE_SIDE; i < IN; i++) in[i] = i % 2 ? INT16_MAX : INT16_MIN;
	resample(ratio_of(-0.5)); /* the worst there is: no overflow (sanitizers look) */
}

static void what_it_costs(void **state)
{
	(void)state;
	int64_t began_ns = ts_cpu_ns();
	for (int k = 0; k < 10; k++) resample(ratio_of(0.02));
	print_message("  %.2f us a frame of 20 ms\n",
		(double)(ts_cpu_ns() - began_ns) / 1e3 / (10.0 * N / FRAME));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_phase_0_it_is_the_input),
		cmocka_unit_test(sines_stay_sines),
		cmocka_unit_test(full_scale_does_not_wrap),
		cmocka_unit_test(what_it_costs),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
