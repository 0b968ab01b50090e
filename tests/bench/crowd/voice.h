/* voice - what a light participant's microphone gives: a loop of coded frames of 20 ms, made once
 * for all who sound alike.
 *
 *   TALK    speech with pauses out of the file that TS_SPEECH names, as bench/floor has its
 *           talkers; without it an amplitude-modulated tone with noise
 *   SILENT  digital silence, level 127
 *   NOISY   a quiet room: noise at -60 dBov
 *   PULSE   a tone for 400 ms of every second, its beginnings timed, for delays
 * Thread  get, forget_all: one; a voice is immutable. ts_voice_began and ts_voice_last_began: any.
 */
#ifndef TS_TESTS_BENCH_VOICE_H
#define TS_TESTS_BENCH_VOICE_H

#include "base/media.h"
#include "codec/audio.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_voice_kind { TS_VOICE_TALK, TS_VOICE_SILENT, TS_VOICE_NOISY, TS_VOICE_PULSE };

struct ts_voice_frame {
	uint8_t bytes[400];
	uint16_t len;
	uint8_t level;      /* RFC 6464 */
	/* PULSE: sample of the decoded frame at which the tone begins; -1: at none */
	int16_t began;
};

struct ts_voice;

int ts_voice_get(const struct ts_voice **out, enum ts_voice_kind kind, enum ts_codec codec);
void ts_voice_forget_all(void);
/* counts on for ever, the loop repeats */
const struct ts_voice_frame *ts_voice_frame(const struct ts_voice *voice, int64_t n);

/* Finds where a tone begins in PCM that is decoded frame by frame. Zeroed is ready. */
struct ts_onset {
	double power;
	int64_t quiet_samples;
	bool armed; /* it was quiet for a while */
};
/* pcm: int16[TS_AUDIO_FRAME]; the sample, or -1. */
int ts_onset_find(struct ts_onset *onset, const int16_t *pcm);

/* The instant at which the beginning that was sent last would be heard if it were played as its
 * packet left, for the whole process. */
void ts_voice_began(int64_t at_ns);
int64_t ts_voice_last_began(void);

#endif
