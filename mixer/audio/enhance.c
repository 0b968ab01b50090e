#include "mixer/audio/enhance.h"

#include "base/log.h"
#include "base/media.h"
#include "codec/denoise.h"
#include <math.h>
#include <string.h>

#define DENOISED_DB 12.0f /* at least so much of the noise is gone */

void ts_enhance_init(struct ts_enhance *e)
{
	atomic_init(&e->wants_gain, false);
	atomic_init(&e->wants_denoise, false);
	atomic_init(&e->told_gain, 0);
	e->denoise = NULL;
	e->waits = false;
	ts_agc_init(&e->agc);
}

void ts_enhance_fini(struct ts_enhance *e)
{
	ts_denoise_destroy(&e->denoise);
}

void ts_enhance_set(struct ts_enhance *e, bool gain, bool denoise)
{
	atomic_store_explicit(&e->wants_gain, gain, memory_order_relaxed);
	atomic_store_explicit(&e->wants_denoise, denoise, memory_order_relaxed);
}

static bool has_denoise(struct ts_enhance *e)
{
	if (!atomic_load_explicit(&e->wants_denoise, memory_order_relaxed)) {
		ts_denoise_destroy(&e->denoise);
		e->waits = false;
		return false;
	}
	if (!e->denoise && ts_denoise_create(&e->denoise))
		ts_log_limited(TS_LOG_ERROR, "noise not suppressed", "error=no-memory");
	return e->denoise != NULL;
}

bool ts_enhance_frame(struct ts_enhance *e, int16_t *frame, bool sounds)
{
	if (!has_denoise(e)) return sounds;
	if (!sounds && !e->waits) return false;
	if (!sounds) memset(frame, 0, TS_AUDIO_FRAME * sizeof *frame);
	ts_denoise_run(e->denoise, frame);
	e->waits = sounds;
	return true;
}

float ts_enhance_noise_dbov(const struct ts_enhance *e, float noise_dbov)
{
	return e->denoise ? noise_dbov - DENOISED_DB : noise_dbov;
}

void ts_enhance_speech(struct ts_enhance *e, const int16_t *frame, float noise_dbov)
{
	const bool gain = atomic_load_explicit(&e->wants_gain, memory_order_relaxed);
	if (gain)
		ts_agc_speech(&e->agc, frame, ts_enhance_noise_dbov(e, noise_dbov));
	else if (e->agc.frames)
		ts_agc_init(&e->agc);
	atomic_store_explicit(
		&e->told_gain, (int)lrintf(10 * e->agc.gain_db), memory_order_relaxed);
}

float ts_enhance_gain_db(const struct ts_enhance *e)
{
	const bool gain = atomic_load_explicit(&e->wants_gain, memory_order_relaxed);
	return gain ? (float)atomic_load_explicit(&e->told_gain, memory_order_relaxed) / 10 : 0;
}
