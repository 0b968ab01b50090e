#include "mixer/sink/queue.h"

#include "base/counter.h"
#include "base/error.h"
#include <stdatomic.h>
#include <stdlib.h>

/* A list that any thread may put something in front of, and one takes whole: its reverse is the
 * order of arrival. */
struct ts_unit_queue {
	struct ts_ref refs;
	struct ts_unit_limits limits;
	_Atomic(struct ts_unit *) newest;
	atomic_size_t bytes, n;       /* not released yet */
	atomic_int_fast64_t taken_ns; /* time of the newest unit that was taken, or came first */
	atomic_bool needs_keyframe, asks_keyframe, is_idle;
	atomic_int_fast64_t dropped;
};

/* Sound, which is little, may use this much more. */
enum { SOUND_EXTRA_BYTES = 256 * 1024 };

int ts_unit_queue_create(struct ts_unit_queue **out, const struct ts_unit_limits *limits)
{
	struct ts_unit_queue *q = calloc(1, sizeof *q);
	if (!q) return TS_ENOMEM;
	ts_ref_init(&q->refs, 1);
	q->limits = *limits;
	*out = q;
	return 0;
}

struct ts_unit_queue *ts_unit_queue_ref(struct ts_unit_queue *q)
{
	ts_ref_get(&q->refs);
	return q;
}

static void unit_free(struct ts_unit *unit)
{
	av_packet_free(&unit->packet);
	free(unit);
}

void ts_unit_queue_unref(struct ts_unit_queue **queue)
{
	struct ts_unit_queue *q = *queue;
	*queue = NULL;
	if (!q || !ts_ref_put(&q->refs)) return;
	struct ts_unit *unit = atomic_load(&q->newest);
	while (unit) {
		struct ts_unit *next = unit->next;
		unit_free(unit);
		unit = next;
	}
	free(q);
}

/* ---- pushing */

static size_t size_of(const struct ts_unit *unit)
{
	return sizeof *unit + (unit->packet ? (size_t)unit->packet->size : 0);
}

static void put(struct ts_unit_queue *q, struct ts_unit *unit)
{
	atomic_fetch_add_explicit(&q->bytes, size_of(unit), memory_order_relaxed);
	/* the first after a while begins a new count of time */
	if (!atomic_fetch_add_explicit(&q->n, 1, memory_order_relaxed))
		atomic_store_explicit(&q->taken_ns, unit->time_ns, memory_order_relaxed);
	struct ts_unit *before = atomic_load_explicit(&q->newest, memory_order_relaxed);
	do unit->next = before;
	while (!atomic_compare_exchange_weak_explicit(
		&q->newest, &before, unit, memory_order_release, memory_order_relaxed));
}

static bool is_behind(const struct ts_unit_queue *q, int64_t now_ns)
{
	return atomic_load_explicit(&q->n, memory_order_relaxed) &&
		now_ns - atomic_load_explicit(&q->taken_ns, memory_order_relaxed) > q->limits.ns;
}

static bool has_room(const struct ts_unit_queue *q, const struct ts_unit *unit)
{
	const size_t extra = unit->kind == TS_UNIT_AUDIO ? SOUND_EXTRA_BYTES : 0;
	const size_t bytes = atomic_load_explicit(&q->bytes, memory_order_relaxed);
	if (bytes + size_of(unit) > q->limits.bytes + extra) return false;
	if (unit->kind == TS_UNIT_AUDIO) return true;
	return !is_behind(q, unit->time_ns);
}

static bool drop(struct ts_unit_queue *q, const struct ts_unit *unit)
{
	ts_count(TS_C_SINK_DROPPED);
	atomic_fetch_add_explicit(&q->dropped, 1, memory_order_relaxed);
	if (unit->kind == TS_UNIT_VIDEO)
		atomic_store_explicit(&q->needs_keyframe, true, memory_order_relaxed);
	return false;
}

bool ts_unit_queue_push(struct ts_unit_queue *q, const struct ts_unit *unit)
{
	if (ts_unit_queue_is_idle(q)) return false;
	if (unit->kind == TS_UNIT_VIDEO && !unit->key &&
		atomic_load_explicit(&q->needs_keyframe, memory_order_relaxed))
		return drop(q, unit);
	if (!has_room(q, unit)) return drop(q, unit);
	struct ts_unit *copy = malloc(sizeof *copy);
	AVPacket *packet = copy ? av_packet_clone(unit->packet) : NULL;
	if (!packet) {
		free(copy);
		return drop(q, unit);
	}
	*copy = *unit;
	copy->packet = packet;
	if (unit->kind == TS_UNIT_VIDEO)
		atomic_store_explicit(&q->needs_keyframe, false, memory_order_relaxed);
	if (unit->kind == TS_UNIT_VIDEO && unit->key)
		atomic_store_explicit(&q->asks_keyframe, false, memory_order_relaxed);
	put(q, copy);
	return true;
}

bool ts_unit_queue_command(struct ts_unit_queue *q, enum ts_unit_kind kind, int64_t now_ns)
{
	struct ts_unit *unit = calloc(1, sizeof *unit);
	if (!unit) return false;
	unit->kind = kind;
	unit->time_ns = now_ns;
	put(q, unit);
	return true;
}

bool ts_unit_queue_has_room(const struct ts_unit_queue *q, int64_t now_ns)
{
	return atomic_load_explicit(&q->bytes, memory_order_relaxed) <
		q->limits.bytes - q->limits.bytes / 4 &&
		!is_behind(q, now_ns);
}

bool ts_unit_queue_needs_keyframe(const struct ts_unit_queue *q, int64_t now_ns)
{
	return (atomic_load_explicit(&q->needs_keyframe, memory_order_relaxed) ||
		       atomic_load_explicit(&q->asks_keyframe, memory_order_relaxed)) &&
		ts_unit_queue_has_room(q, now_ns);
}

void ts_unit_queue_request_keyframe(struct ts_unit_queue *q)
{
	atomic_store_explicit(&q->asks_keyframe, true, memory_order_relaxed);
}

bool ts_unit_queue_is_idle(const struct ts_unit_queue *q)
{
	return atomic_load_explicit(&q->is_idle, memory_order_relaxed);
}

void ts_unit_queue_set_idle(struct ts_unit_queue *q, bool idle)
{
	atomic_store_explicit(&q->is_idle, idle, memory_order_relaxed);
}

/* ---- taking */

struct ts_unit *ts_unit_queue_take(struct ts_unit_queue *q)
{
	struct ts_unit *unit = atomic_exchange_explicit(&q->newest, NULL, memory_order_acquire);
	struct ts_unit *oldest = NULL;
	if (unit) atomic_store_explicit(&q->taken_ns, unit->time_ns, memory_order_relaxed);
	while (unit) {
		struct ts_unit *next = unit->next;
		unit->next = oldest;
		oldest = unit;
		unit = next;
	}
	return oldest;
}

void ts_unit_queue_release(struct ts_unit_queue *q, struct ts_unit *unit)
{
	atomic_fetch_sub_explicit(&q->bytes, size_of(unit), memory_order_relaxed);
	atomic_fetch_sub_explicit(&q->n, 1, memory_order_relaxed);
	unit_free(unit);
}

int64_t ts_unit_queue_dropped(const struct ts_unit_queue *q)
{
	return atomic_load_explicit(&q->dropped, memory_order_relaxed);
}
