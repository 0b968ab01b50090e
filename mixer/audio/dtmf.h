/* dtmf - keys that a telephone sends as tones in its sound. Pure.
 *
 *   int16 at 48 kHz --push--> [ halves of 6.4 ms: energy at 8 frequencies ] -> blocks of 12.8 ms
 *                             -> a pair? four overlapping blocks alike: a key, once
 *
 * A last resort for who has no telephone-event. A key is told once it has lasted for 40 ms, and
 * again only after 20 ms without it. A pair of tones may differ by 8 dB (the high one louder) or
 * 6 dB, may be 1.5 % off, and must hold most of the block's energy: speech rarely does for 32 ms.
 * Thread  none; one for each voice.
 * Source  ITU-T Q.23 (frequencies), Q.24 (what a receiver must accept and reject).
 */
#ifndef TS_MIXER_AUDIO_DTMF_H
#define TS_MIXER_AUDIO_DTMF_H

#include <stdbool.h>

enum { TS_DTMF_TONES = 8, TS_DTMF_HALF = 306 /* samples */ };

struct ts_dtmf_half {
	float re[TS_DTMF_TONES], im[TS_DTMF_TONES], energy;
};

struct ts_dtmf {
	float s1[TS_DTMF_TONES], s2[TS_DTMF_TONES], energy;
	int count;                /* samples of the half that is being read */
	struct ts_dtmf_half half; /* the one before */
	char seen;                /* in the last blocks; 0: nothing */
	int hits, misses;         /* blocks in a row */
	char on;                  /* the key that is pressed; 0: none */
};

void ts_dtmf_init(struct ts_dtmf *dtmf);
/* pcm: int16[n] mono, 48 kHz; NULL: silence. The key that was pressed in it ("0123456789*#ABCD");
 * 0: none. Of two in one push the later one. */
char ts_dtmf_push(struct ts_dtmf *dtmf, const short *pcm, int n);
/* The last block has the tones of a key. */
static inline bool ts_dtmf_sounds(const struct ts_dtmf *dtmf)
{
	return dtmf->seen != 0;
}

#endif
