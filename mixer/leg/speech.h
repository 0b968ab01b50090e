/* speech - what a program has sent to be spoken and was not yet: frames of 20 ms, and marks between
 * them.
 *
 *   control: bytes --push--> [ cut to frames ] --> [ queue ] --take, each 20 ms--> audio strand
 *            mark ------------------------------------^         frame, or mark that was reached
 *            clear: what waits is not spoken, its marks come at once, as cleared
 *
 * A frame that is not whole waits for its rest; a mark ends it with silence.
 * Thread  push, mark, clear, waiting: control; take: the strand that speaks, one at a time; create
 *         and destroy: any, when neither of them is at work.
 * Full    TS_SPEECH_FRAMES wait, TS_SPEECH_MARKS: what is more is not taken.
 */
#ifndef TS_MIXER_LEG_SPEECH_H
#define TS_MIXER_LEG_SPEECH_H

#include "base/media.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_SPEECH_FRAMES = 1500, /* 30 s */
	TS_SPEECH_MARKS = 256,
	TS_SPEECH_NAME = 128,
	TS_SPEECH_FRAME_BYTES = TS_AUDIO_FRAME * 2, /* the longest */
};

struct ts_speech;

struct ts_speech_item {
	bool is_mark, cleared; /* cleared: of a mark */
	uint32_t epoch;        /* private */
	uint16_t len;
	uint8_t data[];        /* [len], of a mark its name and a NUL behind */
};

/* frame_bytes: of 20 ms, what a frame is cut to; 0: what is pushed is a frame each. silence: the
 * byte that stands for it. TS_ENOMEM. */
int ts_speech_create(struct ts_speech **out, size_t frame_bytes, uint8_t silence);
void ts_speech_destroy(struct ts_speech **speech);

/* What does not fit is left out: returns how many frames, or TS_ENOMEM. */
int ts_speech_push(struct ts_speech *speech, const uint8_t *data, size_t len);
/* TS_EFULL, TS_ENOMEM; name: up to TS_SPEECH_NAME bytes, the rest is cut off. */
int ts_speech_mark(struct ts_speech *speech, const char *name);
void ts_speech_clear(struct ts_speech *speech);
/* Frames. */
size_t ts_speech_waiting(struct ts_speech *speech);

/* [give] The next one, of malloc; NULL: nothing waits. */
struct ts_speech_item *ts_speech_take(struct ts_speech *speech);

#endif
