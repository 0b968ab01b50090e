#include "mixer/audio/limiter.h"

#include <math.h>
#include <string.h>

enum {
	AHEAD = TS_LIMITER_AHEAD,
	BLOCKS = TS_AUDIO_FRAME / AHEAD,
};
_Static_assert(TS_AUDIO_FRAME % AHEAD == 0, "a frame is whole blocks");

#define CEILING 32000.0f
#define RELEASE 0.004f /* a block: from nothing to all within half a second */

void ts_limiter_init(struct ts_limiter *l)
{
	memset(l, 0, sizeof *l);
	l->gain = l->allowed = 1.0f;
}

static int32_t peak_of(const int32_t *block)
{
	int32_t most = 0, least = 0;
	for (int i = 0; i < AHEAD; i++) {
		most = block[i] > most ? block[i] : most;
		least = block[i] < least ? block[i] : least;
	}
	return most > -least ? most : -least;
}

/* From one gain to the other; |in| x either is within 16 bits. */
static void scale(int16_t *out, const int32_t *in, float from, float to)
{
	if (from >= 1.0f && to >= 1.0f) {
		for (int i = 0; i < AHEAD; i++) out[i] = (int16_t)in[i];
		return;
	}
	const float step = (to - from) / AHEAD;
	for (int i = 0; i < AHEAD; i++)
		out[i] = (int16_t)lrintf((float)in[i] * (from + step * (float)i));
}

bool ts_limiter_run(struct ts_limiter *l, int16_t *out, const int32_t *in)
{
	const int32_t *block = l->tail;
	bool sounded = false;
	for (int b = 0; b < BLOCKS; b++) {
		const int32_t *next = in + b * AHEAD, peak = peak_of(next);
		const float allows = (float)peak > CEILING ? CEILING / (float)peak : 1.0f;
		float to = l->gain + RELEASE;
		if (to > l->allowed) to = l->allowed;
		if (to > allows) to = allows;
		scale(out + b * AHEAD, block, l->gain, to);
		sounded |= l->sounds;
		l->gain = to;
		l->allowed = allows;
		l->sounds = peak > 0;
		block = next;
	}
	memcpy(l->tail, in + TS_AUDIO_FRAME - AHEAD, sizeof l->tail);
	return sounded;
}
