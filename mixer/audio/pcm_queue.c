#include "mixer/audio/pcm_queue.h"

#include "mixer/audio/mix.h"
#include <assert.h>
#include <string.h>

enum { PAST = TS_PCM_QUEUE_PAST };

static void clear(struct ts_pcm_queue *q, int at, int n)
{
	memset(ts_pcm_queue_at(q, at), 0, (size_t)n * sizeof(int16_t));
	if (q->side) memset(ts_pcm_queue_side_at(q, at), 0, (size_t)n * sizeof(int16_t));
}

void ts_pcm_queue_silence(struct ts_pcm_queue *q, int n)
{
	if (n > ts_pcm_queue_room(q)) n = ts_pcm_queue_room(q);
	if (q->quiet == q->count)
		q->quiet += n;
	else
		clear(q, q->count, n);
	q->count += n;
}

void ts_pcm_queue_cut(struct ts_pcm_queue *q, int count)
{
	q->count = count;
	if (q->quiet > count) q->quiet = count;
}

void ts_pcm_queue_skip(struct ts_pcm_queue *q, int count)
{
	if (!q->seam_count && q->quiet <= count) {
		const int n = q->count - count;
		q->seam_count = n < TS_PCM_QUEUE_SEAM ? n : TS_PCM_QUEUE_SEAM;
		memcpy(q->seam, ts_pcm_queue_at(q, count),
			(size_t)q->seam_count * sizeof q->seam[0]);
		if (q->side)
			memcpy(q->side->seam, ts_pcm_queue_side_at(q, count),
				(size_t)q->seam_count * sizeof q->seam[0]);
	}
	ts_pcm_queue_cut(q, count);
}

void ts_pcm_queue_join(struct ts_pcm_queue *q, int count)
{
	const int n = q->count - count, seam = n < q->seam_count ? n : q->seam_count;
	if (q->quiet <= count) ts_mix_cross(ts_pcm_queue_at(q, count), q->seam, seam);
	if (q->quiet <= count && q->side)
		ts_mix_cross(ts_pcm_queue_side_at(q, count), q->side->seam, seam);
	q->seam_count = 0;
}

/* Takes n samples away from the beginning. The last of them stay behind it as long as sound
 * follows. */
static void consume(struct ts_pcm_queue *q, int n)
{
	assert(n >= 0 && n <= q->count);
	int quiet = q->quiet < n ? q->quiet : n;
	q->count -= n;
	if (quiet == n && q->quiet - n >= q->count) { /* nothing is written there at all */
		q->quiet -= n;
		clear(q, -PAST, PAST);
		return;
	}
	clear(q, 0, q->quiet);
	q->quiet -= quiet;
	const size_t left = (size_t)(PAST + q->count) * sizeof(int16_t);
	memmove(q->past_and_pcm, q->past_and_pcm + n, left);
	if (q->side) memmove(q->side->past_and_pcm, q->side->past_and_pcm + n, left);
}

void ts_pcm_queue_bend(struct ts_pcm_queue *q, uint64_t ratio)
{
	q->bent = true;
	q->ratio = ratio;
}

void ts_pcm_queue_straighten(struct ts_pcm_queue *q)
{
	if (!q->bent) return;
	q->bent = false;
	q->phase = 0;
	consume(q, q->count % TS_AUDIO_FRAME);
}

int ts_pcm_queue_needs(const struct ts_pcm_queue *q)
{
	if (!q->bent) return TS_AUDIO_FRAME;
	return ts_resample_consumes(q->phase, q->ratio, TS_AUDIO_FRAME) + 1;
}

/* A frame of silence. A bent one may need fewer samples than it is long: what lacks then is silence
 * as well. */
static void take_silence(struct ts_pcm_queue *q)
{
	if (q->bent && q->count >= TS_AUDIO_FRAME) ts_pcm_queue_straighten(q);
	q->bent = false;
	q->phase = 0;
	consume(q, q->quiet < TS_AUDIO_FRAME ? q->quiet : TS_AUDIO_FRAME);
}

static void take_side(struct ts_pcm_queue *q, int16_t *frame)
{
	const int16_t *from = ts_pcm_queue_side_at(q, -TS_RESAMPLE_SIDE);
	uint32_t phase = q->phase;
	if (q->bent)
		ts_resample_run(&phase, q->ratio, from, frame, TS_AUDIO_FRAME);
	else
		memcpy(frame, from, TS_AUDIO_FRAME * sizeof(int16_t));
}

bool ts_pcm_queue_take(struct ts_pcm_queue *q, int16_t *frame, int16_t *side)
{
	int n = TS_AUDIO_FRAME;
	bool sounds = q->quiet < ts_pcm_queue_needs(q);
	if (!sounds && !q->tail) {
		take_silence(q);
		return false;
	}
	clear(q, 0, q->quiet);
	if (q->side) take_side(q, side);
	const int16_t *from = ts_pcm_queue_at(q, -TS_RESAMPLE_SIDE);
	if (q->bent)
		n = ts_resample_run(&q->phase, q->ratio, from, frame, TS_AUDIO_FRAME);
	else
		memcpy(frame, from, TS_AUDIO_FRAME * sizeof(int16_t));
	consume(q, n);
	q->tail = sounds;
	return true;
}
