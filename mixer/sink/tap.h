/* tap - the sink that puts what it gets into a queue: pictures of one output, or a room's sound.
 *
 *   output or audio --packet--> tap --> queue (queue.h)
 *
 * Of pictures it requests a keyframe where the queue needs one, and whenever the last is too old,
 * as what is made of them can be sought in, or joined, at keyframes alone; the output's budget
 * decides (mixer/output/keybudget.h).
 * Thread  create: control; the rest as of mixer/output/sink.h.
 * Full    as of the queue: never an error to the output.
 */
#ifndef TS_MIXER_SINK_TAP_H
#define TS_MIXER_SINK_TAP_H

#include "mixer/sink/queue.h"

/* number: higher than that of each tap before it on this queue; 0: sound. keyframe_ns: how old a
 * keyframe may become. The tap holds the queue. */
int ts_tap_create(struct ts_sink **out, struct ts_unit_queue *queue, uint32_t number,
	int64_t keyframe_ns);

#endif
