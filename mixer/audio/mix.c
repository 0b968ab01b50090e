#include "mixer/audio/mix.h"

#include "base/media.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

static int16_t clamp16(int32_t v)
{
	return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

static bool is_unity(struct ts_mix_gain gain)
{
	return gain.from == 1.0f && gain.to == 1.0f;
}

/* The sample i of a frame, with its gain. */
static int32_t gained(int16_t sample, struct ts_mix_gain gain, int i)
{
	const float step = (gain.to - gain.from) / TS_AUDIO_FRAME;
	return (int32_t)lrintf((float)sample * (gain.from + step * (float)i));
}

void ts_mix_add(int32_t *sum, const int16_t *pcm, struct ts_mix_gain gain)
{
	if (is_unity(gain))
		for (int i = 0; i < TS_AUDIO_FRAME; i++) sum[i] += pcm[i];
	else
		for (int i = 0; i < TS_AUDIO_FRAME; i++) sum[i] += gained(pcm[i], gain, i);
}

void ts_mix_scale(int32_t *sum, struct ts_mix_gain gain)
{
	const float step = (gain.to - gain.from) / TS_AUDIO_FRAME;
	if (is_unity(gain)) return;
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		sum[i] = (int32_t)lrintf((float)sum[i] * (gain.from + step * (float)i));
}

void ts_mix_amplify(int16_t *pcm, float gain)
{
	if (gain == 1.0f) return;
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		pcm[i] = clamp16((int32_t)lrintf((float)pcm[i] * gain));
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
