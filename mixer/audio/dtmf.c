#include "mixer/audio/dtmf.h"

#include "base/media.h"
#include <math.h>
#include <string.h>

enum {
	ROWS = 4,
	HITS = 4,   /* blocks that overlap by half: 32 ms in all, which 40 ms always hold */
	MISSES = 3, /* 20 ms */
};

static const float tones_hz[TS_DTMF_TONES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char keys[] = "123A456B789C*0#D";

#define BLOCK (2 * TS_DTMF_HALF)
#define FULL_SCALE 32768.0f
#define LEAST_DBOV -36.0f
#define SHARE_LEAST 0.63f /* of the block's energy, in the two */
#define NEXT_LESS 4.0f    /* the next tone of the same group has so much less */
#define HIGH_LOUDER 10.0f /* 8 dB, and what one tone disturbs the other's measure */
#define LOW_LOUDER 5.5f   /* 6 dB, likewise */

static float radians(int tone)
{
	return 2 * (float)M_PI * tones_hz[tone] / TS_AUDIO_RATE_HZ;
}

void ts_dtmf_init(struct ts_dtmf *d)
{
	memset(d, 0, sizeof *d);
}

/* Goertzel's sum becomes the transform of the half, but for a factor that all halves have. */
static void finish_half(const struct ts_dtmf *d, struct ts_dtmf_half *out)
{
	for (int t = 0; t < TS_DTMF_TONES; t++) {
		out->re[t] = d->s1[t] - d->s2[t] * cosf(radians(t));
		out->im[t] = d->s2[t] * sinf(radians(t));
	}
	out->energy = d->energy;
}

static int loudest(const float *power, int from)
{
	int best = from;
	for (int t = from + 1; t < from + ROWS; t++)
		if (power[t] > power[best]) best = t;
	return best;
}

static bool stands_out(const float *power, int from, int best)
{
	for (int t = from; t < from + ROWS; t++)
		if (t != best && power[t] * NEXT_LESS > power[best]) return false;
	return true;
}

/* The key whose pair of tones is all that this block holds, or 0. */
static char judge(const struct ts_dtmf_half *a, const struct ts_dtmf_half *b)
{
	const float energy = a->energy + b->energy;
	float power[TS_DTMF_TONES];
	if (energy < BLOCK * FULL_SCALE * FULL_SCALE * powf(10, LEAST_DBOV / 10)) return 0;
	for (int t = 0; t < TS_DTMF_TONES; t++) {
		/* the second half begins later: a is turned to where b is */
		const float turn = radians(t) * TS_DTMF_HALF, c = cosf(turn), s = sinf(turn);
		const float re = a->re[t] * c - a->im[t] * s + b->re[t],
			    im = a->re[t] * s + a->im[t] * c + b->im[t];
		power[t] = re * re + im * im;
	}
	const int row = loudest(power, 0), column = loudest(power, ROWS);
	if (power[row] + power[column] < SHARE_LEAST * energy * BLOCK / 2) return 0;
	if (power[column] > HIGH_LOUDER * power[row]) return 0;
	if (power[row] > LOW_LOUDER * power[column]) return 0;
	if (!stands_out(power, 0, row) || !stands_out(power, ROWS, column)) return 0;
	return keys[row * ROWS + column - ROWS];
}

static char follow(struct ts_dtmf *d, char key)
{
	d->hits = key && key == d->seen ? d->hits + 1 : key != 0;
	d->misses = key && key == d->on ? 0 : d->misses + 1;
	d->seen = key;
	if (d->misses >= MISSES) d->on = 0;
	if (d->hits < HITS || d->on == key) return 0;
	d->on = key;
	d->misses = 0;
	return key;
}

static char end_half(struct ts_dtmf *d)
{
	struct ts_dtmf_half half;
	finish_half(d, &half);
	const char key = follow(d, judge(&d->half, &half));
	d->half = half;
	memset(d->s1, 0, sizeof d->s1);
	memset(d->s2, 0, sizeof d->s2);
	d->energy = 0;
	d->count = 0;
	return key;
}

char ts_dtmf_push(struct ts_dtmf *d, const short *pcm, int n)
{
	float coefficient[TS_DTMF_TONES];
	char key = 0;
	for (int t = 0; t < TS_DTMF_TONES; t++) coefficient[t] = 2 * cosf(radians(t));
	for (int i = 0; i < n; i++) {
		const float x = pcm ? pcm[i] : 0;
		for (int t = 0; t < TS_DTMF_TONES; t++) {
			const float s = x + coefficient[t] * d->s1[t] - d->s2[t];
			d->s2[t] = d->s1[t];
			d->s1[t] = s;
		}
		d->energy += x * x;
		if (++d->count < TS_DTMF_HALF) continue;
		const char ended = end_half(d);
		if (ended) key = ended;
	}
	return key;
}
