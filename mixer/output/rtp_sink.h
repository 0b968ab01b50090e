/* rtp_sink - an output's RTP receivers: cuts each unit into payloads once and hands it to the
 * fan-out.
 *
 *   packet --> payloads (struct ts_au) --> fan-out of those who had their keyframe --> net threads
 *                 |
 *                 +-- units since the last keyframe, for who joins within TS_KEY_SPACING_NS of it
 *
 * A new receiver starts with a keyframe: replayed to it alone when the last one is recent enough,
 * otherwise with the next for all. One who comes from another output has seen the pictures of a
 * replay already: they always wait for the next, and are sent the old output until then
 * (transport/handover.h).
 * Thread  create, publish: control; the rest is the sink's (sink.h).
 * Full    more than 64 units since the keyframe: newcomers wait for the next. Out of memory: those
 *         who receive go on as they are.
 */
#ifndef TS_MIXER_OUTPUT_RTP_SINK_H
#define TS_MIXER_OUTPUT_RTP_SINK_H

#include "mixer/output/receivers.h"
#include "mixer/output/sink.h"
#include "transport/transport.h"

int ts_rtp_sink_create(struct ts_sink **out); /* TS_ENOMEM */
/* The full list of who receives, from the sink's next turn on. References are taken. TS_ENOMEM
 * leaves it as it was. */
int ts_rtp_sink_publish(struct ts_sink *sink, const struct ts_receiving *list, size_t n);

#endif
