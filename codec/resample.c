#include "codec/resample.h"
#include "base/media.h"
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

enum { TAPS = TS_RESAMPLE_TAPS, FACTOR_MAX = 6, CHUNK = 160 /* of the low rate, while going up */ };
#define KAISER_BETA 5.65 /* 60 dB */

typedef float v4 __attribute__((vector_size(16)));

/* Of each factor: the low-pass, and its phases in the order in which samples stand in memory. */
struct filter {
	float down[TAPS];
	float up[FACTOR_MAX][TAPS];
};
static struct filter filters[3]; /* 3, 6, 2 */

static double bessel_i0(double x)
{
	double sum = 1, term = 1;
	for (int k = 1; k < 40; k++) {
		term *= x / (2 * k) * (x / (2 * k));
		sum += term;
	}
	return sum;
}

static void make_filter(struct filter *f, int factor, double cutoff_hz)
{
	double h[TAPS], sum = 0;
	for (int i = 0; i < TAPS; i++) {
		double t = i - (TAPS - 1) / 2.0, x = 2 * t / TAPS,
		       w = 2 * M_PI * cutoff_hz / TS_AUDIO_RATE_HZ;
		h[i] = sin(w * t) / t *
			/* t is never 0: an even number of taps */
			bessel_i0(KAISER_BETA * sqrt(1 - x * x));
		sum += h[i];
	}
	for (int i = 0; i < TAPS; i++) f->down[i] = (float)(h[i] / sum);
	const int n = TAPS / factor;
	for (int phase = 0; phase < factor; phase++)
		for (int k = 0; k < n; k++)
			f->up[phase][n - 1 - k] = (float)(h[k * factor + phase] / sum * factor);
}

static void make_filters(void)
{
	make_filter(&filters[0], 3, 7450);
	make_filter(&filters[1], 6, 3850);
	make_filter(&filters[2], 2, 11500);
}

static const struct filter *filter_of(const struct ts_resample *r)
{
	return &filters[r->factor == 2 ? 2 : r->factor == 6];
}

void ts_resample_init(struct ts_resample *r, int factor)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	assert(factor == 2 || factor == 3 || factor == 6);
	pthread_once(&once, make_filters);
	memset(r, 0, sizeof(*r));
	r->factor = factor;
}

/* n is a multiple of 16. */
static float dot(const float *a, const float *b, int n)
{
	v4 sum[4] = {{0}};
	for (int i = 0; i < n; i += 16)
		for (int k = 0; k < 4; k++) {
			v4 x, y;
			memcpy(&x, a + i + 4 * k, sizeof(x));
			memcpy(&y, b + i + 4 * k, sizeof(y));
			sum[k] += x * y;
		}
	v4 all = sum[0] + sum[1] + sum[2] + sum[3];
	return all[0] + all[1] + all[2] + all[3];
}

static int16_t to_int16(float x)
{
	return (int16_t)(x >= INT16_MAX ? INT16_MAX : x <= INT16_MIN ? INT16_MIN : lrintf(x));
}

void ts_resample_down(struct ts_resample *r, const int16_t *in, int16_t *out, size_t n)
{
	float line[TAPS + TS_AUDIO_FRAME];
	const size_t n_in = n * (size_t)r->factor;
	assert(n_in <= TS_AUDIO_FRAME);
	memcpy(line, r->past, sizeof(r->past));
	for (size_t i = 0; i < n_in; i++) line[TAPS + i] = in[i];
	for (size_t i = 0; i < n; i++)
		out[i] = to_int16(
			dot(line + (i + 1) * (size_t)r->factor, filter_of(r)->down, TAPS));
	memcpy(r->past, line + n_in, sizeof(r->past));
}

static void up_chunk(struct ts_resample *r, const int16_t *in, int16_t *out, size_t n)
{
	float line[TAPS / 2 + CHUNK];
	const size_t taps = TAPS / (size_t)r->factor;
	memcpy(line, r->past, taps * sizeof(line[0]));
	for (size_t i = 0; i < n; i++) line[taps + i] = in[i];
	for (size_t i = 0; i < n; i++)
		for (int phase = 0; phase < r->factor; phase++)
			*out++ = to_int16(dot(line + i + 1, filter_of(r)->up[phase], (int)taps));
	memcpy(r->past, line + n, taps * sizeof(line[0]));
}

void ts_resample_up(struct ts_resample *r, const int16_t *in, int16_t *out, size_t n)
{
	while (n) {
		const size_t some = n < CHUNK ? n : CHUNK;
		up_chunk(r, in, out, some);
		in += some;
		out += some * (size_t)r->factor;
		n -= some;
	}
}
