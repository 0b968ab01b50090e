/* sound - a piece of sound that is known whole: a chime, music for those who wait, what was read of
 * a file. Many play it at one time (play.h).
 *
 * Thread  made and filled on one; read on any once it is shared. Counted.
 * Shapes  int16 mono at 48 kHz. At most TS_SOUND_SECONDS_MAX, 29 MB.
 */
#ifndef TS_MIXER_AUDIO_SOUND_H
#define TS_MIXER_AUDIO_SOUND_H

#include "base/media.h"
#include "base/ref.h"
#include <stddef.h>
#include <stdint.h>

enum { TS_SOUND_SECONDS_MAX = 300, TS_SOUND_SAMPLES_MAX = TS_SOUND_SECONDS_MAX * TS_AUDIO_RATE_HZ };

struct ts_sound {
	struct ts_ref refs;
	size_t n;
	int16_t pcm[];
};

/* n samples of silence, to be written by who made it. NULL: no memory, or too long. */
struct ts_sound *ts_sound_create(size_t n);
struct ts_sound *ts_sound_ref(struct ts_sound *sound);
void ts_sound_unref(struct ts_sound **sound); /* also of NULL */

/* One tone of a tune: two notes, 0: none; level of both together. */
struct ts_tone { float hz[2]; int ms; float dbov; };
/* Tones one after the other, each with soft edges. NULL: no memory. */
struct ts_sound *ts_sound_tones(const struct ts_tone *tones, size_t n);

#endif
