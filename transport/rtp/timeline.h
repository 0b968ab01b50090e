/* timeline - when what a stream carries was captured, on our clock.
 *
 *   RTP time --[ts_timeline: a stream's]--> the peer's wall clock --[ts_peer_clock]--> ours
 *
 * Stream  A sender report ties one RTP time to the wall clock of its sender, and so does a packet
 *         with abs-capture-time, which is believed before reports. Between and after them time goes
 *         by the RTP clock. Small contradictions are averaged, 200 ms or more are believed when
 *         they come twice. Nothing is known before the first pair, of an SSRC that is new, and five
 *         minutes after the last pair.
 * Clock   One for all streams of a peer, or sound and picture could not be compared: the least of
 *         (arrival - time written) over the last 20 to 40 s, less half of the least round trip.
 *         Drift is seen between one window and the next. A clock that jumps by more than a second
 *         is followed when it says so three times running.
 * Lies    A stream whose reports come later than the clock allows, all of them, has another clock
 *         than the others; one whose packets seem captured over 5 s ago, or in the future, has none
 *         that is of use. Both have no capture time: who asks goes by arrival.
 * Thread  the transport's net thread; plain structs, zeroed to begin with; no clock is read.
 * Source  RFC 3550 6.4.1; webrtc.org abs-capture-time.
 */
#ifndef TS_TRANSPORT_RTP_TIMELINE_H
#define TS_TRANSPORT_RTP_TIMELINE_H

#include "base/clock.h"
#include <stdbool.h>
#include <stdint.h>

struct ts_peer_clock {
	bool known;
	/* ours less theirs: the least of this window and of the one before, and when */
	int64_t offset_ns, offset_at_ns, before_ns, before_at_ns, window_ns;
	double drift;   /* of the offset, ns a ns */
	int odd;        /* times running that it seems to have jumped */
	int64_t rtt_ns; /* the least, nearly; 0: not known */
};

enum { TS_TIMELINE_LAGS = 4 };

struct ts_timeline {
	bool known;
	uint32_t clock_hz;
	/* a pair; wall: ns since 1900 by the peer's clock */
	uint32_t rtp;
	int64_t wall_ns;
	int64_t at_ns; /* when the last one came */
	bool odd;      /* the last one contradicted, by: */
	int64_t odd_ns;
	int64_t captured_ns; /* when abs-capture-time came last; 0: never */
	/* how much later than the clock says the last reports came */
	int64_t lag_ns[TS_TIMELINE_LAGS];
	unsigned n_lags;
};

/* ns since 1900 */
static inline int64_t ts_wall_ns_from_ntp(uint64_t ntp)
{
	return (int64_t)(ntp >> 32) * TS_NS_PER_S +
		(int64_t)((ntp & 0xffffffff) * (uint64_t)TS_NS_PER_S >> 32);
}

void ts_peer_clock_rtt(struct ts_peer_clock *clock, int64_t rtt_ns);

/* A new SSRC, or another clock rate. */
void ts_timeline_restart(struct ts_timeline *timeline);
/* A sender report about the stream. clock_hz: that of its packets now; 0: none came. */
void ts_timeline_report(struct ts_timeline *timeline, struct ts_peer_clock *clock, uint64_t ntp,
	uint32_t rtp, uint32_t clock_hz, int64_t now_ns);
/* A packet with abs-capture-time, by the clock of the peer's reports. */
void ts_timeline_captured(struct ts_timeline *timeline, uint64_t ntp, uint32_t rtp,
	uint32_t clock_hz, int64_t now_ns);
/* Of a packet; TS_CAPTURE_UNKNOWN (base/packet.h). */
int64_t ts_timeline_capture_ns(const struct ts_timeline *timeline,
	const struct ts_peer_clock *clock, uint32_t rtp, int64_t arrival_ns);

#endif
