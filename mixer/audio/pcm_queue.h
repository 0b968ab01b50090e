/* pcm_queue - decoded samples of one voice that wait to be played, taken out by frames: as they
 * are, or a little faster or slower. Pure.
 *
 *   decoder writes at the end --> [ past: 31 | quiet: not written | samples .. ] --take-->
 *   int16[960]
 *
 * Most people are silent most of the time: silence at the beginning is a number alone, not written
 * and not read. What was taken is still looked at: sound is played 16 samples later than it leaves,
 * so that the resampler (resample.h) need not look ahead. It begins to bend where its output is its
 * input, at phase 0, and ends where nothing is heard: so neither makes a seam. Then packets begin
 * with ticks again: what is between goes.
 * A second plane, where there is one, goes with the first in all: what is written into the first
 * (ts_pcm_queue_at) is written into it as well (ts_pcm_queue_side_at).
 * Shapes  int16, one channel a plane. Thread  the voice's strand. Zeroed to begin with.
 * Full    silence is shortened; who decodes into it looks at ts_pcm_queue_room.
 */
#ifndef TS_MIXER_AUDIO_PCM_QUEUE_H
#define TS_MIXER_AUDIO_PCM_QUEUE_H

#include "base/media.h"
#include "codec/audio.h"
#include "mixer/audio/resample.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	TS_PCM_QUEUE_PAST = 2 * TS_RESAMPLE_SIDE - 1,
	TS_PCM_QUEUE_MAX = TS_AUDIO_PACKET_MAX_SAMPLES + 2 * TS_AUDIO_FRAME,
	TS_PCM_QUEUE_SEAM = 240, /* 5 ms, over which what was skipped turns into what follows */
};

/* The other channel of what is in a queue. */
struct ts_pcm_side {
	int16_t past_and_pcm[TS_PCM_QUEUE_PAST + TS_PCM_QUEUE_MAX];
	int16_t seam[TS_PCM_QUEUE_SEAM];
};

struct ts_pcm_queue {
	struct ts_pcm_side *side; /* the owner's; NULL: one channel */
	int16_t past_and_pcm[TS_PCM_QUEUE_PAST + TS_PCM_QUEUE_MAX];
	int count;
	int quiet;      /* so many of the first are silence, and not written */
	bool tail;      /* there is sound in the past */
	bool bent;      /* it is played by the resampler, from this phase, at this ratio: */
	uint32_t phase;
	uint64_t ratio;
	/* the beginning of what was skipped, which would have fitted what is before it */
	int16_t seam[TS_PCM_QUEUE_SEAM];
	int seam_count; /* 0: what follows is joined to nothing */
};

static inline int16_t *ts_pcm_queue_at(struct ts_pcm_queue *queue, int at)
{
	return queue->past_and_pcm + TS_PCM_QUEUE_PAST + at;
}
static inline int16_t *ts_pcm_queue_side_at(struct ts_pcm_queue *queue, int at)
{
	return queue->side->past_and_pcm + TS_PCM_QUEUE_PAST + at;
}
static inline int ts_pcm_queue_room(const struct ts_pcm_queue *queue)
{
	return TS_PCM_QUEUE_MAX - queue->count;
}

/* n samples of silence behind all. */
void ts_pcm_queue_silence(struct ts_pcm_queue *queue, int n);
/* Takes back what was appended behind the first `count`. */
void ts_pcm_queue_cut(struct ts_pcm_queue *queue, int count);
/* The same, and keeps its beginning for the seam: */
void ts_pcm_queue_skip(struct ts_pcm_queue *queue, int count);
/* what lies behind the first `count` begins as what was skipped did. */
void ts_pcm_queue_join(struct ts_pcm_queue *queue, int count);
/* From now on frames take so many samples for one, as ts_resample_run wants it. */
void ts_pcm_queue_bend(struct ts_pcm_queue *queue, uint64_t ratio);
/* Not any more; where nothing is heard of it. */
void ts_pcm_queue_straighten(struct ts_pcm_queue *queue);
/* How many samples the next frame looks at: before it is taken, so many have to be there. */
int ts_pcm_queue_needs(const struct ts_pcm_queue *queue);
/* frame: int16[TS_AUDIO_FRAME]; side: likewise, written where there is a second plane. False:
 * it is silence, and was left alone; what was bent is straight then. */
bool ts_pcm_queue_take(struct ts_pcm_queue *queue, int16_t *frame, int16_t *side);

#endif
