/* lossrate - the rate by loss: what is lost because too much is sent, and what is lost anyway.
 *
 *   packets --> [ window: half a second and 50 packets, at most 3 s ] --share, less the inherent-->
 *      under 2 %: up 8 % a second   2 to 10 %: hold, beside a queue down   over 10 %: test
 *                                   for 5 s without a queue: test
 *
 * Test     down to 0.85 of what arrives, for a second. Loss of a queue or a policer is then gone,
 *          and the rate stays. Loss that stays is inherent (radio): it is no longer counted, and
 *          the rate goes back to where it was. A plain loss controller would sink to nothing there.
 * A queue  beside the loss (queueing.h) says that the way is full, by us or by TCP: from 1 % on the
 *          rate gives way by 0.92 a window, and nothing of it becomes inherent.
 * Inherent is 0.35 at most; sinks as soon as less is lost.
 * Thread   of its owner; a plain struct, by ts_lossrate_init.
 * Source   draft-ietf-rmcat-gcc-02 6 (the marks of 2 and 10 %); the test is our own.
 */
#ifndef TS_TRANSPORT_RTP_LOSSRATE_H
#define TS_TRANSPORT_RTP_LOSSRATE_H

#include <stdbool.h>
#include <stdint.h>

#define TS_LOSSRATE_FREE 1e12 /* a cap that is none */

struct ts_lossrate {
	double cap_bps;
	double inherent; /* share */
	unsigned told, lost;
	int64_t window_ns; /* began; 0: none did */
	int64_t from_ns;   /* packets sent before do not count */
	int64_t grown_ns, held_ns; /* since when it holds; 0: it does not */
	bool testing;
	double before, before_bps; /* share and rate that led to the test */
};

struct ts_lossrate_input {
	double target_bps, acked_bps; /* 0: not known */
	bool queue;                   /* packets wait on the way, 50 ms or more */
	bool rivals;                  /* others keep that queue (rivals.h) */
};

void ts_lossrate_init(struct ts_lossrate *loss);
void ts_lossrate_packet(struct ts_lossrate *loss, int64_t sent_ns, bool lost);
/* One that was given as lost has arrived after all. */
void ts_lossrate_found(struct ts_lossrate *loss, int64_t sent_ns);
/* After the packets of a feedback: judges the window if it is full. */
void ts_lossrate_update(struct ts_lossrate *loss, const struct ts_lossrate_input *in,
	int64_t now_ns);
/* A window that somebody else measured: a report block. */
void ts_lossrate_report(struct ts_lossrate *loss, double share,
	const struct ts_lossrate_input *in, int64_t now_ns);
/* So much was shown to pass. */
void ts_lossrate_passed(struct ts_lossrate *loss, double bps);

#endif
