#include "mixer/sink/tagger.h"

#include "base/clock.h"
#include "base/error.h"
#include "container/flv.h"
#include "mixer/sink/aac.h"
#include "mixer/sink/keyframe.h"
#include "mixer/sink/queue.h"
#include "mixer/sink/tap.h"
#include <stdlib.h>

#define QUEUE_NS (4 * TS_NS_PER_S)
#define KEYFRAME_NS (2 * TS_NS_PER_S)
enum { QUEUE_BYTES = 8 * 1024 * 1024 };

struct ts_tagger {
	struct ts_unit_queue *queue;
	uint32_t taps; /* of pictures, made so far */
	uint32_t tap;  /* whose pictures count: those of the last one that had a keyframe */
	struct ts_track track;
	struct ts_blob *opening; /* NULL: no keyframe came yet */
	bool stereo;             /* its sound */
	bool awaits_keyframe;    /* pictures are left out up to that */
	int64_t zero_ns;         /* of the clock, where tags are counted from */
};

int ts_tagger_create(struct ts_tagger **out, bool stereo)
{
	static const struct ts_unit_limits limits = {QUEUE_BYTES, QUEUE_NS};
	struct ts_tagger *t = calloc(1, sizeof *t);
	if (!t) return TS_ENOMEM;
	const int err = ts_unit_queue_create(&t->queue, &limits);
	if (err) {
		free(t);
		return err;
	}
	t->awaits_keyframe = true;
	t->stereo = stereo;
	*out = t;
	return 0;
}

struct ts_sink *ts_tagger_video(struct ts_tagger *t)
{
	struct ts_sink *sink;
	return ts_tap_create(
		       &sink, t->queue, ++t->taps, &(struct ts_tap_keys){.every_ns = KEYFRAME_NS})
		? NULL
		: sink;
}

struct ts_sink *ts_tagger_audio(struct ts_tagger *t)
{
	struct ts_sink *sink;
	return ts_tap_create(&sink, t->queue, 0, NULL) ? NULL : sink;
}

void ts_tagger_set_idle(struct ts_tagger *t, bool idle)
{
	ts_unit_queue_set_idle(t->queue, idle);
	if (idle) t->awaits_keyframe = true;
}

int64_t ts_tagger_dropped(const struct ts_tagger *t)
{
	return ts_unit_queue_dropped(t->queue);
}

/* ---- tags */

static uint32_t ms_of(const struct ts_tagger *t, int64_t ns)
{
	return (uint32_t)((ns - t->zero_ns) / TS_NS_PER_MS);
}

/* False: it cannot be begun with. */
static bool open_with(struct ts_tagger *t, const struct ts_unit *unit)
{
	struct ts_track track, aac;
	if (!ts_keyframe_track(unit, &track)) return false;
	if (t->opening && ts_keyframe_same(&track, &t->track)) return true;
	if (!t->opening) t->zero_ns = unit->time_ns;
	ts_aac_track(&aac, t->stereo);
	const struct ts_flv_tracks tracks = {.width = track.width,
		.height = track.height,
		.fps = track.fps,
		.sets = track.extradata,
		.sets_len = track.extradata_len,
		.aac = aac.extradata,
		.aac_len = aac.extradata_len};
	struct ts_blob *opening = ts_flv_opening(&tracks, ms_of(t, unit->time_ns));
	if (!opening) return false;
	ts_blob_unref(&t->opening);
	t->opening = opening;
	t->track = track;
	return true;
}

static void take_video(struct ts_tagger *t, const struct ts_unit *unit, struct ts_tag *tag)
{
	/* of an output that another one has followed, or before the first keyframe of that */
	if (unit->tap < t->tap || (!unit->key && (unit->tap > t->tap || t->awaits_keyframe)))
		return;
	if (unit->key && !open_with(t, unit)) return;
	t->tap = unit->tap;
	tag->video = true;
	tag->key = unit->key;
	tag->bytes = ts_flv_video(
		unit->packet->data, (size_t)unit->packet->size, unit->key, ms_of(t, unit->time_ns));
	t->awaits_keyframe = !tag->bytes;
}

static void take(struct ts_tagger *t, const struct ts_unit *unit,
	void (*emit)(void *arg, const struct ts_tag *tag), void *arg)
{
	struct ts_tag tag = {0};
	if (unit->kind == TS_UNIT_VIDEO)
		take_video(t, unit, &tag);
	else if (t->opening && unit->time_ns >= t->zero_ns)
		tag.bytes = ts_flv_audio(
			unit->packet->data, (size_t)unit->packet->size, ms_of(t, unit->time_ns));
	if (!tag.bytes) return;
	tag.opening = t->opening;
	tag.ms = ms_of(t, unit->time_ns);
	emit(arg, &tag);
}

void ts_tagger_take(
	struct ts_tagger *t, void (*emit)(void *arg, const struct ts_tag *tag), void *arg)
{
	struct ts_unit *unit = ts_unit_queue_take(t->queue);
	while (unit) {
		struct ts_unit *next = unit->next;
		if (unit->packet) take(t, unit, emit, arg);
		ts_unit_queue_release(t->queue, unit);
		unit = next;
	}
}

void ts_tagger_destroy(struct ts_tagger **tagger)
{
	struct ts_tagger *t = *tagger;
	*tagger = NULL;
	if (!t) return;
	ts_unit_queue_set_idle(t->queue, true);
	ts_unit_queue_unref(&t->queue);
	ts_blob_unref(&t->opening);
	free(t);
}
