#include "codec/plc.h"
#include <math.h>
#include <string.h>

/* All lengths are of the plc's rate. */
static int ms(const struct ts_plc *p, int n)
{
	return p->rate_hz / 1000 * n;
}

static size_t past_len(const struct ts_plc *p)
{
	return (size_t)p->rate_hz / 20;
}

void ts_plc_init(struct ts_plc *p, int rate_hz)
{
	memset(p, 0, sizeof(*p));
	p->rate_hz = rate_hz;
}

static void remember(struct ts_plc *p, const int16_t *pcm, size_t n)
{
	const size_t len = past_len(p);
	if (n >= len) {
		memcpy(p->past, pcm + n - len, len * sizeof(pcm[0]));
		return;
	}
	memmove(p->past, p->past + n, (len - n) * sizeof(pcm[0]));
	memcpy(p->past + len - n, pcm, n * sizeof(pcm[0]));
}

/* How like the last 20 ms are to those `lag` samples before: their correlation over the energy of
 * the earlier ones. */
static double likeness(const struct ts_plc *p, int lag)
{
	const int n = ms(p, 20);
	const int16_t *a = p->past + past_len(p) - n, *b = a - lag;
	double cross = 0, energy = 1;
	for (int i = 0; i < n; i++) {
		cross += (double)a[i] * b[i];
		energy += (double)b[i] * b[i];
	}
	return cross / sqrt(energy);
}

/* 5 to 15 ms: voices of 66 to 200 Hz; of higher ones a multiple is found, which does as well. */
static int find_period(const struct ts_plc *p)
{
	int best = ms(p, 5);
	double most = -INFINITY;
	for (int lag = ms(p, 5); lag <= ms(p, 15); lag++) {
		double like = likeness(p, lag);
		if (like > most) {
			most = like;
			best = lag;
		}
	}
	return best;
}

/* The last period; its last quarter turns into what stands before its beginning, so that it may
 * follow itself. */
static void begin(struct ts_plc *p)
{
	p->period = find_period(p);
	p->at = 0;
	const int16_t *end = p->past + past_len(p), *last = end - p->period;
	const int quarter = p->period / 4;
	memcpy(p->cycle, last, (size_t)p->period * sizeof(p->cycle[0]));
	for (int i = 0; i < quarter; i++) {
		float w = (float)(i + 1) / (float)(quarter + 1);
		int16_t *to = &p->cycle[p->period - quarter + i];
		*to = (int16_t)lrintf((float)*to * (1 - w) + (float)last[i - quarter] * w);
	}
	p->step = (float)end[-1] - (float)last[-1];
}

static float volume(const struct ts_plc *p, int made)
{
	int full = ms(p, 10), none = ms(p, 60);
	return made <= full ? 1 : made >= none ? 0 : (float)(none - made) / (float)(none - full);
}

static int16_t next(struct ts_plc *p)
{
	float x = p->cycle[p->at];
	const int quarter = p->period / 4;
	if (p->made < quarter) x += p->step * (float)(quarter - p->made) / (float)quarter;
	x *= volume(p, p->made);
	p->at = (p->at + 1) % p->period;
	if (p->made < ms(p, 1000)) p->made++;
	return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : lrintf(x));
}

void ts_plc_lost(struct ts_plc *p, int16_t *pcm, size_t n)
{
	if (!p->made) begin(p);
	for (size_t i = 0; i < n; i++) pcm[i] = next(p);
	remember(p, pcm, n);
}

void ts_plc_good(struct ts_plc *p, int16_t *pcm, size_t n)
{
	if (p->made) {
		size_t blend = (size_t)ms(p, 5);
		if (blend > n) blend = n;
		for (size_t i = 0; i < blend; i++) {
			float w = (float)(i + 1) / (float)(blend + 1);
			pcm[i] = (int16_t)lrintf((float)next(p) * (1 - w) + (float)pcm[i] * w);
		}
		p->made = 0;
	}
	remember(p, pcm, n);
}
