#include "mixer/audio/resample.h"

#include <math.h>
#include <pthread.h>

enum { PHASE_BITS = 8, PHASES = 1 << PHASE_BITS, SIDE = TS_RESAMPLE_SIDE, TAPS = 2 * SIDE };
#define BETA 8.0

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* [phase][tap], 1.0 is 2^14: the taps of one phase may sum up to a little more than 1 */
static _Alignas(64) int16_t table[PHASES + 1][TAPS];
#define ONE 16384.0

static double bessel_i0(double x)
{
	double sum = 1, term = 1;
	for (int k = 1; k < 40; k++) {
		term *= x * x / (4.0 * k * k);
		sum += term;
	}
	return sum;
}

static double tap_at(double x)
{
	double of_side = x / SIDE;
	if (of_side <= -1 || of_side >= 1) return 0;
	double sinc = x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
	return sinc * bessel_i0(BETA * sqrt(1 - of_side * of_side)) / bessel_i0(BETA);
}

static void make_table(void)
{
	for (int p = 0; p <= PHASES; p++)
		for (int t = 0; t < TAPS; t++)
			table[p][t] = (int16_t)lrint(
				ONE * tap_at(t - (SIDE - 1) - (double)p / PHASES));
}

void ts_resample_prepare(void)
{
	pthread_once(&once, make_table);
}

int ts_resample_consumes(uint32_t phase, uint64_t ratio, int n)
{
	return (int)((phase + ratio * (uint64_t)n) >> 32);
}

static int32_t dot(const int16_t *restrict in, const int16_t *restrict taps)
{
	int32_t sum = 0;
	for (int t = 0; t < TAPS; t++) sum += in[t] * taps[t];
	return sum;
}

static int16_t sample_at(const int16_t *in, uint32_t phase)
{
	const int16_t *taps = table[phase >> (32 - PHASE_BITS)];
	int64_t part = phase << PHASE_BITS >> 16; /* of the way to the next phase, of 2^16 */
	int64_t a = dot(in, taps), b = dot(in, taps + TAPS);
	int64_t y = (a * 65536 + (b - a) * part + (1LL << 29)) >> 30;
	return (int16_t)(y > INT16_MAX ? INT16_MAX : y < INT16_MIN ? INT16_MIN : y);
}

int ts_resample_run(uint32_t *phase, uint64_t ratio, const int16_t *in, int16_t *out, int n)
{
	uint64_t at = *phase;
	for (int i = 0; i < n; i++, at += ratio)
		out[i] = sample_at(in + (at >> 32) - (SIDE - 1), (uint32_t)at);
	*phase = (uint32_t)at;
	return (int)(at >> 32);
}
