/* enhance - what is done to a voice before it is mixed: noise suppression (codec/denoise.h) and
 * automatic gain (mixer/audio/agc.h), each if it is wished.
 *
 *   frame --> [ denoise: 10 ms later ] --> frame        its gain is not in the frame: the mix,
 *                         +-- speech --> agc --> gain   which takes out what it put in, has it
 *
 * Thread  set, gain_db: any; the rest: the strand that has the voice.
 * Life    part of a voice. The suppressor is there from the first frame for which it is wished on;
 *         where there is no memory for it, the frame stays as it is.
 */
#ifndef TS_MIXER_AUDIO_ENHANCE_H
#define TS_MIXER_AUDIO_ENHANCE_H

#include "mixer/audio/agc.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ts_denoise;

struct ts_enhance {
	atomic_bool wants_gain, wants_denoise;
	atomic_int told_gain; /* tenths of a dB */
	struct ts_denoise *denoise;
	bool waits; /* sound is in the suppressor */
	struct ts_agc agc;
};

void ts_enhance_init(struct ts_enhance *enhance);
void ts_enhance_fini(struct ts_enhance *enhance);
void ts_enhance_set(struct ts_enhance *enhance, bool gain, bool denoise);
/* frame: int16[TS_AUDIO_FRAME], not read where it is silence (sounds false). Returns whether there
 * is sound in it now: what waited may come out after the last that sounds. */
bool ts_enhance_frame(struct ts_enhance *enhance, int16_t *frame, bool sounds);
/* The noise that is left of what is behind the voice. */
float ts_enhance_noise_dbov(const struct ts_enhance *enhance, float noise_dbov);
/* A frame of their speech, and the noise behind it. */
void ts_enhance_speech(struct ts_enhance *enhance, const int16_t *frame, float noise_dbov);
/* 0 where none is wished. */
float ts_enhance_gain_db(const struct ts_enhance *enhance);

#endif
