#include "mixer/sink/segmenter.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/ring.h"
#include "base/strand.h"
#include "container/playlist.h"
#include "mixer/sink/keyframe.h"
#include "mixer/sink/queue.h"
#include "mixer/sink/tap.h"
#include <stdlib.h>
#include <string.h>

#define PERIOD_NS (50 * TS_NS_PER_MS)
#define QUEUE_NS (4 * TS_NS_PER_S)
#define KEYFRAME_NS (TS_PLAYLIST_TARGET_S * TS_NS_PER_S)
enum { QUEUE_BYTES = 8 * 1024 * 1024, PARTS = 64 };

struct ts_segmenter {
	struct ts_loop *control;
	struct ts_segmenter_events events;
	void *arg;
	struct ts_tap_keys keys;
	struct ts_unit_queue *queue;
	struct ts_strand *strand;
	struct ts_ring parts;
	struct ts_task parts_task, done_task; /* to control */
	uint32_t taps;                        /* control: of pictures, made so far */
	bool finished;                        /* control */

	/* strand */
	struct ts_timer timer;
	struct ts_cutter *cutter;
	uint32_t tap; /* whose pictures count: those of the last one that had a keyframe */
	struct ts_track track;
	int64_t came_ns;               /* when pictures were there last; 0: they are out */
	bool lost;                     /* a part: nothing goes out before the next segment */
	struct ts_cut_part *lost_init; /* the newest of those that were lost with one; no bytes */
};

/* ---- parts to control */

static void on_parts(struct ts_task *task)
{
	struct ts_segmenter *s = ts_container_of(task, struct ts_segmenter, parts_task);
	struct ts_cut_part *part;
	while ((part = ts_ring_pop(&s->parts))) {
		if (s->finished)
			ts_cut_part_free(part);
		else
			s->events.part(s->arg, part);
	}
}

static void lose(struct ts_segmenter *s, struct ts_cut_part *part)
{
	s->lost = true;
	ts_count(TS_C_HLS_LOST);
	if (!part->init) {
		ts_cut_part_free(part);
		return;
	}
	ts_cut_part_free(s->lost_init);
	ts_blob_unref(&part->bytes);
	s->lost_init = part;
}

/* The first part behind lost ones is told what they would have been. */
static void make_up(struct ts_segmenter *s, struct ts_cut_part *part)
{
	struct ts_cut_part *lost = s->lost_init;
	part->discontinuity |= s->lost;
	s->lost_init = NULL;
	if (lost && !part->init) {
		part->init = lost->init;
		lost->init = NULL;
		memcpy(part->video, lost->video, sizeof part->video);
		part->width = lost->width;
		part->height = lost->height;
		part->fps = lost->fps;
	}
	ts_cut_part_free(lost);
}

static void on_part(void *arg, struct ts_cut_part *part)
{
	struct ts_segmenter *s = arg;
	if (s->lost && !part->begins) {
		lose(s, part);
		return;
	}
	make_up(s, part);
	if (ts_ring_push(&s->parts, part)) {
		lose(s, part);
		return;
	}
	s->lost = false;
	ts_loop_post(s->control, &s->parts_task);
}

/* ---- units */

static void take(struct ts_segmenter *s, const struct ts_unit *unit)
{
	const struct ts_cut_unit cut = {.bytes = unit->packet->data,
		.len = (size_t)unit->packet->size,
		.key = unit->key,
		.time_ns = unit->time_ns,
		.duration_ns = unit->duration_ns};
	if (unit->kind == TS_UNIT_AUDIO) {
		ts_cutter_audio(s->cutter, &cut);
		return;
	}
	/* of an output that another one has followed, or before the first keyframe of that */
	if (unit->tap < s->tap || (unit->tap > s->tap && !unit->key)) return;
	if (unit->key && !ts_keyframe_track(unit, &s->track)) return;
	s->tap = unit->tap;
	ts_cutter_video(s->cutter, &cut, &s->track);
}

static void drain(struct ts_segmenter *s, int64_t now_ns)
{
	struct ts_unit *unit = ts_unit_queue_take(s->queue);
	while (unit) {
		struct ts_unit *next = unit->next;
		if (unit->kind == TS_UNIT_VIDEO) s->came_ns = now_ns;
		if (unit->packet) take(s, unit);
		ts_unit_queue_release(s->queue, unit);
		unit = next;
	}
	/* nothing came for so long: what there is goes out, and players know that it is all */
	if (!s->came_ns || now_ns - s->came_ns < ts_cutter_gap_ns(s->cutter)) return;
	ts_cutter_flush(s->cutter);
	s->came_ns = 0;
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_segmenter *s = ts_container_of(timer, struct ts_segmenter, timer);
	drain(s, now_ns);
	/* an empty room costs next to nothing */
	ts_strand_timer_set(s->strand, timer, now_ns + (s->came_ns ? 1 : 5) * PERIOD_NS);
}

/* ---- life */

static void on_done(struct ts_task *task)
{
	struct ts_segmenter *s = ts_container_of(task, struct ts_segmenter, done_task);
	on_parts(&s->parts_task);
	s->events.done(s->arg);
}

/* On a worker, behind the last turn of the strand. */
static void on_closed(void *arg)
{
	struct ts_segmenter *s = arg;
	ts_loop_post(s->control, &s->done_task);
}

static void release(struct ts_segmenter *s)
{
	struct ts_cut_part *part;
	while (s->parts.slots && (part = ts_ring_pop(&s->parts))) ts_cut_part_free(part);
	if (s->parts.slots) ts_ring_fini(&s->parts);
	ts_cutter_destroy(&s->cutter);
	ts_unit_queue_unref(&s->queue);
	ts_cut_part_free(s->lost_init);
	free(s);
}

int ts_segmenter_create(struct ts_segmenter **out, const struct ts_segmenter_config *config,
	const struct ts_segmenter_events *events, void *arg)
{
	static const struct ts_unit_limits limits = {QUEUE_BYTES, QUEUE_NS};
	struct ts_segmenter *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	s->control = config->control;
	s->keys = (struct ts_tap_keys){KEYFRAME_NS, config->grid_ns};
	s->events = *events;
	s->arg = arg;
	s->timer.fn = on_timer;
	s->parts_task.fn = on_parts;
	s->done_task.fn = on_done;
	int err = ts_ring_init(&s->parts, PARTS);
	if (!err) err = ts_cutter_create(&s->cutter, &s->keys, config->stereo, on_part, s);
	if (!err) err = ts_unit_queue_create(&s->queue, &limits);
	if (!err) err = ts_strand_create(&s->strand, config->pool, TS_CLASS_ENCODE);
	if (err) {
		release(s);
		return err;
	}
	ts_strand_timer_set(s->strand, &s->timer, ts_now_ns() + PERIOD_NS);
	*out = s;
	return 0;
}

struct ts_sink *ts_segmenter_video(struct ts_segmenter *s)
{
	struct ts_sink *sink;
	return ts_tap_create(&sink, s->queue, ++s->taps, &s->keys) ? NULL : sink;
}

struct ts_sink *ts_segmenter_audio(struct ts_segmenter *s)
{
	struct ts_sink *sink;
	return ts_tap_create(&sink, s->queue, 0, NULL) ? NULL : sink;
}

void ts_segmenter_set_idle(struct ts_segmenter *s, bool idle)
{
	ts_unit_queue_set_idle(s->queue, idle);
}

int64_t ts_segmenter_dropped(const struct ts_segmenter *s)
{
	return ts_unit_queue_dropped(s->queue);
}

void ts_segmenter_finish(struct ts_segmenter *s)
{
	s->finished = true;
	ts_unit_queue_set_idle(s->queue, true);
	ts_strand_close(s->strand, on_closed, s);
}

void ts_segmenter_destroy(struct ts_segmenter **segmenter)
{
	struct ts_segmenter *s = *segmenter;
	*segmenter = NULL;
	if (s) release(s);
}
