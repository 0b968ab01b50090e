#include "mixer/audio/limiter.h"
#include "mixer/audio/mix.h"

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

/* From one gain to the other; |in| x either is within 16 bits. Of each `stride` of out one is
 * written. */
static void scale(int16_t *out, int stride, const int32_t *in, struct ts_mix_gain gain)
{
	if (gain.from >= 1.0f && gain.to >= 1.0f) {
		for (int i = 0; i < AHEAD; i++) out[i * stride] = (int16_t)in[i];
		return;
	}
	const float step = (gain.to - gain.from) / AHEAD;
	for (int i = 0; i < AHEAD; i++)
		out[i * stride] = (int16_t)lrintf((float)in[i] * (gain.from + step * (float)i));
}

/* in: of each channel. */
static bool run(struct ts_limiter *l, int16_t *out, const int32_t *const *in, int channels)
{
	const int32_t *block[2] = {l->tail[0], l->tail[1]};
	bool sounded = false;
	for (int b = 0; b < BLOCKS; b++) {
		int32_t peak = 0;
		for (int c = 0; c < channels; c++) {
			const int32_t its = peak_of(in[c] + b * AHEAD);
			peak = its > peak ? its : peak;
		}
		const float allows = (float)peak > CEILING ? CEILING / (float)peak : 1.0f;
		float to = l->gain + RELEASE;
		if (to > l->allowed) to = l->allowed;
		if (to > allows) to = allows;
		for (int c = 0; c < channels; c++) {
			scale(out + b * AHEAD * channels + c, channels, block[c],
				(struct ts_mix_gain){l->gain, to});
			block[c] = in[c] + b * AHEAD;
		}
		sounded |= l->sounds;
		l->gain = to;
		l->allowed = allows;
		l->sounds = peak > 0;
	}
	for (int c = 0; c < channels; c++)
		memcpy(l->tail[c], in[c] + TS_AUDIO_FRAME - AHEAD, sizeof l->tail[c]);
	return sounded;
}

bool ts_limiter_run(struct ts_limiter *l, int16_t *out, const int32_t *in)
{
	return run(l, out, (const int32_t *[]){in}, 1);
}

bool ts_limiter_run_stereo(
	struct ts_limiter *l, int16_t *out, const int32_t *left, const int32_t *right)
{
	return run(l, out, (const int32_t *[]){left, right}, 2);
}
