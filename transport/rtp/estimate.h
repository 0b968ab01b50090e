/* estimate - how much the way to a peer carries, found on the sending side. Pure.
 *
 *   feedback --> bursts --> trendline --usage--> aimd --+
 *      |------> rate (acknowledged) -------------^      |-- the least --> target
 *      |------> queueing (standing queue) -------^      |
 *      |------> lossrate --cap--------------------------+
 *      '------> probing --what a probe has shown--^     |
 *   sent -----> budget (application-limited) -----^     |
 *   limit (REMB, TMMBR) --------------------------------'
 *
 * Delay    decides first: a queue that grows takes the target to 0.85 of what is acknowledged.
 * Loss     decides where no queue shows (policers), and where there is only a receiver report.
 *          What is lost at any rate (radio) is told apart and costs nothing: lossrate.h.
 * Little to send: a target of which less than 0.65 is used does not rise, and one overuse takes
 *          0.15 of it, not all that was not sent. What lies above is found by probes alone.
 * Jitter   is no overuse: a slope counts where the quickest packet of a feedback waits 8 ms or
 *          more, or where it is steep.
 * Start    is a guess, until a probe that may go out before any feedback has shown what passes.
 * Probes   are clusters of packets at twice the target, or more, asked for while somebody wants
 *          more: at the start, 5 s after the last, and each one that passed at once by the next.
 * Silence  from a peer that gave feedback: after 2 s the target sinks by a fifth each second.
 * No feedback at all: receiver reports, and the peer's own limit where it tells one.
 *
 * Thread   one per transport, on its net thread; takes no lock, reads no clock.
 * Source   draft-ietf-rmcat-gcc-02; Carlucci, De Cicco, Holmer, Mascolo: Analysis and design of
 *          the Google congestion control for web real-time communication (MMSys 2016); the
 *          published behaviour of libwebrtc (probing, acknowledged rate, application limits).
 * Full     all state has a fixed size. Times that cannot be (sent in the future or a minute ago)
 *          are left out; arrivals may jump, drift, go back or stand still.
 */
#ifndef TS_TRANSPORT_RTP_ESTIMATE_H
#define TS_TRANSPORT_RTP_ESTIMATE_H

#include "transport/rtp/probing.h"
#include <stddef.h>

struct ts_estimate;

struct ts_estimate_config {
	uint32_t start_bps, min_bps, max_bps; /* 0 < min <= start <= max */
};

#define TS_ESTIMATE_LOST INT64_MIN

struct ts_estimate_packet {
	int64_t sent_ns;
	int64_t arrived_ns; /* by the peer's clock, unwrapped; TS_ESTIMATE_LOST */
	uint32_t bytes;     /* with headers, as in ts_estimate_sent */
	uint8_t probe;      /* the cluster that it belonged to; 0: none */
	bool late;          /* it arrived, and was told lost before */
};

int ts_estimate_create(struct ts_estimate **out, const struct ts_estimate_config *config);
void ts_estimate_destroy(struct ts_estimate **estimate);

/* Each packet that leaves, padding too. Cheap. */
void ts_estimate_sent(struct ts_estimate *estimate, uint32_t bytes, int64_t now_ns);
/* One transport-cc message, in order of numbers. A packet that was told as arrived is not to be
 * told again (the record of what was sent forgets it); one told as lost may still arrive. */
void ts_estimate_feedback(struct ts_estimate *estimate, const struct ts_estimate_packet *packet,
	size_t n, int64_t now_ns);
/* A report block of the peer. Its loss counts only while there is no feedback; rtt_ns 0: not
 * known. */
void ts_estimate_report(struct ts_estimate *estimate, uint16_t loss_permille, int64_t rtt_ns,
	int64_t now_ns);
/* What the peer takes at most (TMMBR, REMB); 0: it says so no more. The target never exceeds it,
 * so a REMB, which hardly exceeds 1.5 times what arrives, is not to be given while there is
 * feedback. Without feedback the target follows it up as well. */
void ts_estimate_limit(struct ts_estimate *estimate, uint32_t peer_bps, int64_t now_ns);

/* The target: of all that is sent, headers included. */
uint32_t ts_estimate_bps(const struct ts_estimate *estimate);
/* How fast it may leave: 2.5 times the target, but hardly faster than that into a queue of ours,
 * which would never be gone. */
uint32_t ts_estimate_pace_bps(const struct ts_estimate *estimate);
/* How long packets wait in queues on the way, ours or those of others. */
int64_t ts_estimate_queue_ns(const struct ts_estimate *estimate);
/* Much less is sent than the target: it says what is known to pass, not all that would. */
bool ts_estimate_app_limited(const struct ts_estimate *estimate);

/* Is what it begins with more than a guess: has feedback come, of the first probe where one was
 * asked for? */
bool ts_estimate_known(const struct ts_estimate *estimate);
/* The first probe has filled the way: it carries no more than the target, for now, although little
 * is sent. */
bool ts_estimate_filled(const struct ts_estimate *estimate, int64_t now_ns);

/* A probe to send now, in at least five packets, media included; false: none. wanted_bps: what
 * there is a use for; while the target reaches that, none is asked for. Asked before each round
 * of sending; cheap. */
bool ts_estimate_probe(struct ts_estimate *estimate, struct ts_probe *out, uint32_t wanted_bps,
	int64_t now_ns);

#endif
