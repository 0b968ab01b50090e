#include "mixer/audio/sound.h"
#include <math.h>
#include <stdlib.h>

enum { EDGE = TS_AUDIO_RATE_HZ / 100 }; /* 10 ms: no click */

struct ts_sound *ts_sound_create(size_t n)
{
	if (n > TS_SOUND_SAMPLES_MAX) return NULL;
	struct ts_sound *sound = calloc(1, sizeof *sound + n * sizeof *sound->pcm);
	if (!sound) return NULL;
	ts_ref_init(&sound->refs, 1);
	sound->n = n;
	return sound;
}

struct ts_sound *ts_sound_ref(struct ts_sound *sound)
{
	ts_ref_get(&sound->refs);
	return sound;
}

void ts_sound_unref(struct ts_sound **sound)
{
	if (*sound && ts_ref_put(&(*sound)->refs)) free(*sound);
	*sound = NULL;
}

static size_t samples_of(const struct ts_tone *tone)
{
	return (size_t)tone->ms * TS_AUDIO_RATE_HZ / 1000;
}

static float envelope(size_t i, size_t n)
{
	const size_t end = n - 1 - i, near = i < end ? i : end;
	return near >= EDGE ? 1.0f : 0.5f - 0.5f * cosf((float)M_PI * (float)near / EDGE);
}

static void draw(int16_t *out, const struct ts_tone *tone)
{
	const size_t n = samples_of(tone);
	const int notes = (tone->hz[0] > 0) + (tone->hz[1] > 0);
	/* RMS of a full-scale sine is 3 dB below that of a square, which is 0 dBov */
	const float each = 32767.0f * powf(10.0f, tone->dbov / 20.0f) *
		sqrtf(2.0f / (float)(notes ? notes : 1));
	for (size_t i = 0; i < n; i++) {
		float v = 0;
		for (int k = 0; k < 2; k++)
			if (tone->hz[k] > 0)
				v += sinf(2.0f * (float)M_PI * tone->hz[k] * (float)i /
					TS_AUDIO_RATE_HZ);
		out[i] = (int16_t)lrintf(v * each * envelope(i, n));
	}
}

struct ts_sound *ts_sound_tones(const struct ts_tone *tones, size_t n)
{
	size_t samples = 0, at = 0;
	for (size_t i = 0; i < n; i++) samples += samples_of(&tones[i]);
	struct ts_sound *sound = ts_sound_create(samples);
	for (size_t i = 0; sound && i < n; i++) {
		draw(sound->pcm + at, &tones[i]);
		at += samples_of(&tones[i]);
	}
	return sound;
}
