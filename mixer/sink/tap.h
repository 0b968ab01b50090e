/* tap - the sink that puts what it gets into a queue: pictures of one output, or a room's sound.
 *
 *   output or audio --packet--> tap --> queue (queue.h)
 *
 * Of pictures it requests a keyframe where the queue needs one, and whenever the last is too old,
 * as what is made of them can be sought in, or joined, at keyframes alone; the output's budget
 * decides (mixer/output/keybudget.h). On a grid each period begins with one, so that taps of
 * several outputs of a view get keyframes of the same pictures; shortly before, the budget is
 * spared for it.
 * Thread  create: control; the rest as of mixer/output/sink.h.
 * Full    as of the queue: never an error to the output.
 */
#ifndef TS_MIXER_SINK_TAP_H
#define TS_MIXER_SINK_TAP_H

#include "mixer/sink/queue.h"

/* When pictures are to be keyframes: as soon as the last is `every_ns` old, or, with a grid, the
 * first picture of each period of that length since grid_ns. */
struct ts_tap_keys {
	int64_t every_ns, grid_ns; /* 0: no grid */
};
/* The period of a picture of that time: a millisecond before its border counts as after it, as
 * times are rounded. */
int64_t ts_tap_period(const struct ts_tap_keys *keys, int64_t capture_ns);

/* number: higher than that of each tap before it on this queue; 0: sound. keys: NULL: of sound. The
 * tap holds the queue. */
int ts_tap_create(struct ts_sink **out, struct ts_unit_queue *queue, uint32_t number,
	const struct ts_tap_keys *keys);

#endif
