/* agc - automatic gain of one voice: a quiet telephone and a loud headset are heard alike.
 *
 *   frames of speech --> mean power of the last 3 s of it --> gain towards -22 dBov, +-12 dB
 *
 * Only speech counts and moves it (mixer/audio/activity.h), without its gaps: tones, music on hold
 * and noise stay as they are. The first 3 s of speech bring it near, by 8 dB a second; after that
 * it follows slowly, so that nobody hears it move, and who raises their voice stays louder. Down it
 * is twice as quick. It lifts no noise above -45 dBov.
 * Thread  none: plain functions on one struct.
 * Source  the idea of ITU-T P.56, level of what is active, with the gate of activity.h and 10 dB
 *         for its threshold: some 3 dB above P.56's.
 */
#ifndef TS_MIXER_AUDIO_AGC_H
#define TS_MIXER_AUDIO_AGC_H

#include <stdint.h>

enum {
	TS_AGC_TARGET_DBOV = -22, /* of the louder parts of speech */
	TS_AGC_MOST_DB = 12,
	TS_AGC_NOISE_DBOV = -45,
};

struct ts_agc {
	float gain_db;
	float power;  /* mean of what counted, of full scale */
	int frames;   /* of speech so far, 3 s at most */
};

void ts_agc_init(struct ts_agc *agc);
/* A frame of speech, int16[TS_AUDIO_FRAME] as it came; noise_dbov: what is behind it. */
void ts_agc_speech(struct ts_agc *agc, const int16_t *pcm, float noise_dbov);

#endif
