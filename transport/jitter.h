/* jitter - adaptive jitter buffer of one audio stream: puts packets in order and says, once per 20 ms, what to play.
 *
 *   push(packet) --> [ ring by sequence number: <= 128 packets, <= 2 s ] --pop(now)--> decoder
 *
 * The target delay follows a high percentile of the arrival jitter, min 20 ms beyond the packet time, max 500 ms; it rises at once on late
 * packets and sinks slowly. Too much is in the buffer (a burst after a stall, a sender's faster clock): pop says SKIP for a
 * packet that is at silence, or at the latest when 60 ms over target. Too little (slower clock): WAIT once in a pause.
 * A new SSRC or a large jump of timestamps starts afresh. DTX (RFC 7587) leaves timestamp gaps without sequence gaps: those are WAIT, not LOST.
 * Thread  the audio strand of the room; takes no lock, reads no clock. Pure: packets are only looked at by header fields.
 */
#ifndef TS_TRANSPORT_JITTER_H
#define TS_TRANSPORT_JITTER_H

#include "base/packet.h"

struct ts_jitter;

enum ts_jitter_verdict {
	TS_JITTER_PLAY,  /* *packet [give] is next: decode it */
	TS_JITTER_LOST,  /* the next one is missing and its time has come: conceal; *packet [give] is the packet after it, for its FEC data, or NULL;
	                  * that packet is still delivered by a later pop */
	TS_JITTER_SKIP,  /* *packet [give]: feed the decoder if it must stay in step, play nothing of it, pop again */
	TS_JITTER_WAIT,  /* nothing to play now: silence, or concealment if speech just broke off */
};

int ts_jitter_create(struct ts_jitter **out, uint32_t clock_hz);
void ts_jitter_destroy(struct ts_jitter **jitter);
void ts_jitter_push(struct ts_jitter *jitter, struct ts_packet *packet /* [take] */, int64_t now_ns);
/* Called when the playout needs `want_samples` more at clock_hz (20 ms = 960); a packet may hold more or less: the caller keeps
 * the surplus and pops again while it lacks samples. */
enum ts_jitter_verdict ts_jitter_pop(struct ts_jitter *jitter, struct ts_packet **packet, int64_t now_ns);
int64_t ts_jitter_target_ns(const struct ts_jitter *jitter);
int64_t ts_jitter_depth_ns(const struct ts_jitter *jitter);

#endif
