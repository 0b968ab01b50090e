/* queue - coded units on their way from media strands to the thread that writes them.
 *
 *   output's strand --push--+
 *   audio strand ----push---+--> [ at most so many bytes and seconds ] --take--> writer's strand
 *   control --------command-+
 *
 * Nobody who pushes ever waits, allocates more than the unit, or takes a lock. What order units of
 * different threads have is for their times to say.
 * Thread  push, wants: any; take, release: one consumer; closing: control.
 * Life    counted: the writer and each tap hold it.
 * Full    pictures are dropped up to the next keyframe for which there is room, which wants() asks
 *         for; sound goes on a little longer. Both are counted (tessera_sink_units_dropped_total,
 *         and here).
 */
#ifndef TS_MIXER_SINK_QUEUE_H
#define TS_MIXER_SINK_QUEUE_H

#include "mixer/output/sink.h"
#include <stdbool.h>
#include <stddef.h>

enum ts_unit_kind { TS_UNIT_VIDEO, TS_UNIT_AUDIO, TS_UNIT_PAUSE, TS_UNIT_RESUME };

struct ts_unit {
	struct ts_unit *next;     /* while it is on its way */
	enum ts_unit_kind kind;
	AVPacket *packet;         /* NULL: a command */
	bool key;
	/* of pictures: which tap pushed it; later ones have higher numbers */
	uint32_t tap;
	struct ts_stream_params params; /* of pictures */
	/* of its capture, on the process's clock; of a command: now */
	int64_t time_ns, duration_ns;
};

struct ts_unit_limits {
	size_t bytes;
	int64_t ns; /* by which the newest unit may be ahead of what was taken last */
};

struct ts_unit_queue;

int ts_unit_queue_create(struct ts_unit_queue **out, const struct ts_unit_limits *limits);
struct ts_unit_queue *ts_unit_queue_ref(struct ts_unit_queue *queue);
void ts_unit_queue_unref(struct ts_unit_queue **queue);

/* A copy of `unit`, whose packet is referred to, or copied where it is not counted. False: it was
 * dropped. */
bool ts_unit_queue_push(struct ts_unit_queue *queue, const struct ts_unit *unit);
/* False: out of memory. */
bool ts_unit_queue_command(struct ts_unit_queue *queue, enum ts_unit_kind kind, int64_t now_ns);
/* For a keyframe. */
bool ts_unit_queue_has_room(const struct ts_unit_queue *queue, int64_t now_ns);
/* Nothing goes on before a keyframe, and there is room for one: while nobody takes anything out,
 * the encoder, which others share, makes none in vain. */
bool ts_unit_queue_needs_keyframe(const struct ts_unit_queue *queue, int64_t now_ns);
/* Whoever takes has no use for what comes before another keyframe. */
void ts_unit_queue_request_keyframe(struct ts_unit_queue *queue);
/* Whoever pushes wants nothing for now: between pause and resume, and after close. */
bool ts_unit_queue_is_idle(const struct ts_unit_queue *queue);
void ts_unit_queue_set_idle(struct ts_unit_queue *queue, bool idle);

/* All that is there, in order of arrival, as a list by `next`; NULL: nothing. Units stay counted
 * until they are released. */
struct ts_unit *ts_unit_queue_take(struct ts_unit_queue *queue);
void ts_unit_queue_release(struct ts_unit_queue *queue, struct ts_unit *unit /* [take] */);
int64_t ts_unit_queue_dropped(const struct ts_unit_queue *queue); /* units so far; any thread */

#endif
