/* sinks - all that takes the packets of one output, as one sink: RTP receivers first, then
 * recordings and the like, which come and go.
 *
 *   output --packet--> sinks --+--> RTP receivers     (always there)
 *                              +--> a recording       (from its first keyframe on)
 *
 * Each wants for itself, and is started by the next keyframe; one that wants nothing for a while is
 * stopped, and begins anew at a keyframe. What one of those that come and go makes of a packet is
 * its own affair; only the first may refuse one, which then nobody's references hold.
 * Thread  ts_sinks_publish: control; the rest as of sink.h.
 * Full    TS_ENOMEM from publish leaves the list as it was.
 */
#ifndef TS_MIXER_OUTPUT_SINKS_H
#define TS_MIXER_OUTPUT_SINKS_H

#include "mixer/output/sink.h"
#include <stddef.h>

/* Takes a reference to `first`. */
int ts_sinks_create(struct ts_sink **out, struct ts_sink *first);
/* The full list of the others, from the next turn on. References are taken. */
int ts_sinks_publish(struct ts_sink *sinks, struct ts_sink *const *list, size_t n);

#endif
