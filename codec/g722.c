#include "codec/g722.h"
#include <string.h>

/* ---- tables of the recommendation */

static const int16_t qmf_taps[12] = {3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11};

static const int16_t inverse_2[4] = {-7408, -1616, 7408, 1616};
static const int16_t inverse_4[16] = {0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456,
	12896, 8968, 6288, 4240, 2584, 1200, 0};
static const int16_t inverse_6[64] = {-136, -136, -136, -136, -24808, -21904, -19008, -16704,
	-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856, -7192, -6576, -6000, -5456,
	-4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, 24808,
	21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000,
	5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432,
	-136};
/* decision levels of the low band */
static const int16_t levels_6[30] = {0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530,
	587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557,
	2919};

/* how the logarithm of the step size moves, by the magnitude of the code */
static const int16_t log_low[16] = {
	-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60};
static const int16_t log_high[4] = {798, -214, 798, -214};
static const int16_t exp_table[32] = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489,
	2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444,
	3520, 3597, 3676, 3756, 3838, 3922, 4008};

/* ---- arithmetic */

static int16_t sat(int32_t x)
{
	return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

static int32_t clamp(int32_t x, int32_t low, int32_t high)
{
	return x < low ? low : x > high ? high : x;
}

/* Product of two fractions of 15 bits. */
static int32_t mul(int32_t a, int32_t b)
{
	return a * b >> 15;
}

/* ---- one band: quantizer step and predictor adapt to each difference */

static void adapt_step(struct ts_g722_band *band, int32_t log_step, int32_t log_max, int shift)
{
	band->nb = (int16_t)clamp((band->nb * 127 >> 7) + log_step, 0, log_max);
	int32_t mantissa = exp_table[band->nb >> 6 & 31], down = shift - (band->nb >> 11);
	band->det = (int16_t)((down < 0 ? mantissa << -down : mantissa >> down) << 2);
}

/* UPPOL2, UPPOL1 */
static void adapt_poles(struct ts_g722_band *band)
{
	const int16_t *p = band->p;
	int same1 = (p[0] ^ p[1]) >= 0, same2 = (p[0] ^ p[2]) >= 0;
	int32_t wd = sat(band->a[1] * 4);
	wd = clamp(same1 ? -wd : wd, INT16_MIN, INT16_MAX) >> 7;
	int32_t a2 = clamp(wd + (same2 ? 128 : -128) + mul(band->a[2], 32512), -12288, 12288);
	int32_t a1 = sat((same1 ? 192 : -192) + mul(band->a[1], 32640)), most = sat(15360 - a2);
	band->a[1] = (int16_t)clamp(a1, -most, most);
	band->a[2] = (int16_t)a2;
}

/* UPZERO, and DELAYA of the differences */
static void adapt_zeros(struct ts_g722_band *band)
{
	const int16_t d = band->d[0];
	for (int i = 6; i > 0; i--) {
		int32_t step = d == 0 ? 0 : (band->d[i] ^ d) >= 0 ? 128 : -128;
		band->b[i] = sat(step + mul(band->b[i], 32640));
		if (i < 6) band->d[i + 1] = band->d[i];
	}
	band->d[1] = d;
}

/* RECONS, PARREC, the adaptation, FILTEP, FILTEZ, PREDIC: takes one quantized difference. */
static void adapt(struct ts_g722_band *band, int16_t d)
{
	band->d[0] = d;
	band->r[0] = sat(band->s + d);
	band->p[0] = sat(band->sz + d);
	adapt_poles(band);
	for (int i = 2; i > 0; i--) {
		band->r[i] = band->r[i - 1];
		band->p[i] = band->p[i - 1];
	}
	adapt_zeros(band);

	int32_t sp = sat(mul(band->a[1], sat(2 * band->r[1])) +
			mul(band->a[2], sat(2 * band->r[2]))),
		sz = 0;
	for (int i = 6; i > 0; i--) sz += mul(band->b[i], sat(2 * band->d[i]));
	band->sz = sat(sz);
	band->s = sat(sp + band->sz);
}

static void take_low(struct ts_g722_band *low, int code)
{
	int32_t d = mul(low->det, inverse_4[code >> 2]);
	adapt_step(low, log_low[code >> 2], 18432, 8);
	adapt(low, (int16_t)d);
}

static void take_high(struct ts_g722_band *high, int code)
{
	int32_t d = mul(high->det, inverse_2[code]);
	adapt_step(high, log_high[code], 22528, 10);
	adapt(high, (int16_t)d);
}

/* ---- encoder */

static int quantize_low(const struct ts_g722_band *low, int32_t x)
{
	int32_t e = sat(x - low->s), magnitude = e >= 0 ? e : ~e;
	int i = 1;
	while (i < 30 && magnitude >= levels_6[i] * low->det >> 12) i++;
	/* the codes count down from the largest magnitude; two small negative ones stand at the
	 * end */
	if (e >= 0) return 62 - i;
	return i < 3 ? 64 - i : 34 - i;
}

static int quantize_high(const struct ts_g722_band *high, int32_t x)
{
	int32_t e = sat(x - high->s), magnitude = e >= 0 ? e : ~e;
	int large = magnitude >= 564 * high->det >> 12;
	return e < 0 ? !large : 3 - large;
}

/* Two more samples into the QMF's delay line; its sums over those of odd and of even age. */
static void filter(int16_t line[24], int32_t a, int32_t b, int32_t sums[2])
{
	memmove(line, line + 2, 22 * sizeof(line[0]));
	line[22] = (int16_t)a;
	line[23] = (int16_t)b;
	sums[0] = sums[1] = 0;
	for (int i = 0; i < 12; i++) {
		sums[0] += line[2 * i] * qmf_taps[i];
		sums[1] += line[2 * i + 1] * qmf_taps[11 - i];
	}
}

static uint8_t encode_pair(struct ts_g722 *g, const int16_t pcm[2])
{
	int32_t sums[2];
	filter(g->qmf, pcm[0], pcm[1], sums);
	int low = quantize_low(&g->low, (sums[1] + sums[0]) >> 14),
	    high = quantize_high(&g->high, (sums[1] - sums[0]) >> 14);
	take_low(&g->low, low);
	take_high(&g->high, high);
	return (uint8_t)(high << 6 | low);
}

void ts_g722_encode(struct ts_g722 *g, const int16_t *pcm, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) out[i] = encode_pair(g, pcm + 2 * i);
}

/* ---- decoder */

static void decode_byte(struct ts_g722 *g, uint8_t byte, int16_t pcm[2])
{
	int32_t sums[2];
	int32_t low = clamp(g->low.s + mul(g->low.det, inverse_6[byte & 63]), -16384, 16383);
	int32_t high = clamp(g->high.s + mul(g->high.det, inverse_2[byte >> 6]), -16384, 16383);
	take_low(&g->low, byte & 63);
	take_high(&g->high, byte >> 6);
	filter(g->qmf, low + high, low - high, sums);
	pcm[0] = sat(sums[1] >> 11);
	pcm[1] = sat(sums[0] >> 11);
}

void ts_g722_decode(struct ts_g722 *g, const uint8_t *data, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) decode_byte(g, data[i], pcm + 2 * i);
}

/* The bands of an encoder are those of the decoder that listens to it. */
void ts_g722_follow(struct ts_g722 *g, const int16_t *pcm, size_t n)
{
	struct ts_g722 encoder = {.low = g->low, .high = g->high};
	memcpy(encoder.qmf, pcm, sizeof(encoder.qmf));
	for (size_t i = 0; i < n; i++) {
		int16_t unheard[2];
		decode_byte(g, encode_pair(&encoder, pcm + TS_G722_BEFORE + TS_G722_AHEAD + 2 * i),
			unheard);
	}
}

void ts_g722_init(struct ts_g722 *g)
{
	memset(g, 0, sizeof(*g));
	g->low.det = 32;
	g->high.det = 8;
}
