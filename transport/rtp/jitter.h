/* jitter - adaptive jitter buffer of one audio stream: puts packets in order and says, once per 20
 * ms, what to play.
 *
 *   push(packet) --> [ ring by sequence number: <= 128 packets, <= 2 s ] --pop(now)--> decoder
 *
 * Delay   of a packet: when it is played, less the earliest that it could have come (its RTP time
 *         on the fastest way seen in the last 5 to 10 s, so clock drift is followed). The target
 *         follows a high percentile of what arrivals exceed that by: 20 ms on a clean path, 500 ms
 *         at most; it rises at once on a late packet and sinks slowly. Of Opus a lost packet counts
 *         as four that came with its successor, whose FEC data repair it: on a way that loses many
 *         the target is a frame higher. A frame that came with a later packet (RED) counts so too.
 * Moves   only where it hurts least. Too long (a burst after a stall, a sender's faster clock):
 *         SKIP of a packet at silence, at the latest when 60 ms over target (and over what is
 *         left of an extra, which sinks by 5 ms/s). Too short (a slower
 *         clock, a risen target): WAIT at silence, after a pause, or instead of giving up a late
 *         packet.
 * Silence is what the playout calls so (ts_jitter_set_quiet): a packet of known level (RFC 6464, or
 *         read out of G.711) by that, one of unknown level while nothing of the stream is heard
 *         anyway; for WAIT also behind one that turned out to be silence when it was decoded.
 *         Untold: -60 dBov.
 * Pauses  DTX (RFC 7587) leaves timestamp gaps without sequence gaps: those are WAIT, not LOST. An
 *         empty buffer is WAIT as well; what it concealed is not concealed again when packets turn
 *         out to be lost.
 * Afresh  on a new SSRC, a jump of sequence numbers over the ring, or of timestamps against the
 *         clock by more than 1 s or backward by more than 100 ms. While timestamps stand still,
 *         time goes by sequence numbers.
 * Full    the oldest packets go, counted (jitter_buffer_full). Late ones and duplicates are counted
 *         as such.
 * Thread  the audio strand of the room; takes no lock, reads no clock. Pure: looks only at header
 *         fields.
 */
#ifndef TS_TRANSPORT_RTP_JITTER_H
#define TS_TRANSPORT_RTP_JITTER_H

#include "base/packet.h"
#include <stdbool.h>

struct ts_jitter;

enum ts_jitter_verdict {
	TS_JITTER_PLAY, /* *packet [give] is next: decode it */
	/* the next one is missing and its time has come: conceal; *packet [give] is the one after
	 * it, for its FEC data, or NULL; that packet is still delivered by a later pop */
	TS_JITTER_LOST,
	/* *packet [give]: feed the decoder if it must stay in step, play nothing of it, pop
	 * again */
	TS_JITTER_SKIP,
	TS_JITTER_WAIT, /* nothing to play now: silence, or concealment if speech just broke off */
};

int ts_jitter_create(struct ts_jitter **out, uint32_t clock_hz);
void ts_jitter_destroy(struct ts_jitter **jitter);
/* Forgets everything; the stream goes on with another clock rate (a codec of another one). */
void ts_jitter_restart(struct ts_jitter *jitter, uint32_t clock_hz);
/* ext_seq set and never going down over restarts (recv.h), arrival_ns set. A packet without payload
 * only fills its number; its timestamp is not looked at (all packets of a telephone-event bear that
 * of its beginning). */
void ts_jitter_push(struct ts_jitter *jitter, struct ts_packet *packet /* [take] */);
/* Called when the playout needs more samples (20 ms = 960 at 48 kHz); a packet may hold more or
 * less: the caller keeps the surplus and pops again while it lacks samples. play_ns: when what it
 * gives will be heard first: the tick's deadline (not the time read late) and what the caller has
 * still to play. After WAIT it fills up what lacks and pops again at the next tick. */
enum ts_jitter_verdict ts_jitter_pop(struct ts_jitter *jitter, struct ts_packet **packet,
	int64_t play_ns);
/* From now on a packet at or below quiet_dbov is silence; closed: one that does not say its level,
 * too; still: what was played last is silence, whatever comes. Kept over restarts. */
void ts_jitter_set_quiet(struct ts_jitter *jitter, int quiet_dbov, bool closed, bool still);
/* From now on the delay is to be so much longer than the target: it gets there in silence and after
 * pauses, or by the speed at which the playout plays (up to 0.5 %), both ways. Nothing of speech is
 * waited for or skipped for its sake. Kept over restarts. */
void ts_jitter_set_extra(struct ts_jitter *jitter, int64_t extra_ns);
/* of the last packet that was given to PLAY */
int64_t ts_jitter_delay_ns(const struct ts_jitter *jitter);
/* How much later than the earliest nearly all packets come: a delay below that lacks some. */
int64_t ts_jitter_needed_ns(const struct ts_jitter *jitter);
/* without what is extra */
int64_t ts_jitter_target_ns(const struct ts_jitter *jitter);
/* of media buffered and not yet popped */
int64_t ts_jitter_depth_ns(const struct ts_jitter *jitter);

#endif
