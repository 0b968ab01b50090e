/* aimd - the rate by delay: up while no queue grows, down to what arrives when one does.
 *
 *            normal                      over
 *   hold ------------> up    any -----------------> bps = 0.85 x acknowledged, then hold
 *        <------------          (a way that became much thinner: less for as long as it drains)
 *            under
 *
 * Up       8 % a second; near the rate at which overuse came before, and while others keep a
 *          queue, a packet each round trip. Never above 1.5 times what is acknowledged, and not at
 *          all while limited by the application.
 * Drain    where what arrives is far below the rate, we have filled a queue ourselves: a fifth of
 *          what arrives, until the queue is gone, at most for 3 s. No flow can starve us by that.
 * Rivals   beside whom delay says nothing: what arrives is no less for it. Then only loss lowers
 *          the rate (lossrate.h), and it grows by packets.
 * Thread   of its owner; a plain struct, by ts_aimd_init.
 * Source   draft-ietf-rmcat-gcc-02 5.5; libwebrtc for the estimate of the link's capacity.
 */
#ifndef TS_TRANSPORT_RTP_AIMD_H
#define TS_TRANSPORT_RTP_AIMD_H

#include "transport/rtp/trendline.h"

struct ts_aimd {
	double bps, min_bps, max_bps;
	/* acknowledged at overuse, and squared error by it; 0: none */
	double capacity_bps, deviation;
	int64_t updated_ns, decreased_ns; /* 0: never */
	int64_t drain_until_ns;           /* 0: nothing to drain */
	double drain_bps;
	bool hold;
};

struct ts_aimd_input {
	enum ts_usage usage;
	double acked_bps, acked_lately_bps, sent_bps; /* 0: not known */
	int64_t rtt_ns, queue_ns;
	bool app_limited;
	bool rivals; /* others keep the queue (rivals.h) */
	bool tested; /* less is sent, to see whether they do */
	bool ours;   /* they do not: it was ours, whatever its slope said */
};

void ts_aimd_init(struct ts_aimd *aimd, double start_bps, double min_bps, double max_bps);
/* At each feedback. */
void ts_aimd_update(struct ts_aimd *aimd, const struct ts_aimd_input *in, int64_t now_ns);
/* Something else is known: a probe passed, or the peer is silent. */
void ts_aimd_set(struct ts_aimd *aimd, double bps);
double ts_aimd_bps(const struct ts_aimd *aimd);

#endif
