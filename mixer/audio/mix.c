#include "mixer/audio/mix.h"

#include "base/media.h"
#include <math.h>
#include <stdlib.h>

static int16_t clamp16(int32_t v)
{
	return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

void ts_mix_add(int32_t *sum, const int16_t *pcm)
{
	for (int i = 0; i < TS_AUDIO_FRAME; i++) sum[i] += pcm[i];
}

void ts_mix_gain(int16_t *out, const int16_t *pcm, float gain)
{
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		out[i] = clamp16((int32_t)lrintf((float)pcm[i] * gain));
}

static int32_t peak_of(const int32_t *sum, const int16_t *own)
{
	int32_t peak = 0;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		int32_t v = abs(own ? sum[i] - own[i] : sum[i]);
		if (v > peak) peak = v;
	}
	return peak;
}

bool ts_mix_finish(int16_t *out, const int32_t *sum, const int16_t *own, struct ts_limiter *limiter)
{
	const float ceiling = 32000.0f, release = 0.04f; /* full gain again within half a second */
	int32_t peak = peak_of(sum, own);
	float allowed = (float)peak > ceiling ? ceiling / (float)peak : 1.0f;
	float from = limiter->gain, to = from + release;
	if (to > 1.0f) to = 1.0f;
	if (to > allowed) to = allowed;
	limiter->gain = to;
	if (from >= 1.0f && to >= 1.0f) {
		for (int i = 0; i < TS_AUDIO_FRAME; i++)
			out[i] = clamp16(own ? sum[i] - own[i] : sum[i]);
		return peak > 0;
	}
	/* Down within 2.5 ms, up over the whole frame: a slow descent would let the attack clip. */
	const int ramp = to < from ? TS_AUDIO_FRAME / 8 : TS_AUDIO_FRAME;
	const float step = (to - from) / (float)ramp;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		float gain = i < ramp ? from + step * (float)i : to;
		out[i] = clamp16((int32_t)lrintf((float)(own ? sum[i] - own[i] : sum[i]) * gain));
	}
	return peak > 0;
}

void ts_mix_fade_in(int16_t *pcm, int n)
{
	for (int i = 0; i < n; i++) pcm[i] = (int16_t)(pcm[i] * i / n);
}

void ts_mix_fade_out(int16_t *pcm, int n)
{
	for (int i = 0; i < n; i++) pcm[i] = (int16_t)(pcm[i] * (n - i) / n);
}

void ts_mix_cross(int16_t *to, const int16_t *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = (int16_t)((to[i] * (i + 1) + from[i] * (n - i)) / (n + 1));
}
