/* rivals - whether the queue on the way is kept by others, who do not give way as we do.
 *
 *   a queue that stands for 3 s, or that we drain --> for a second we send 0.7 of what we did
 *      it shrinks as much: it was ours     it stays: others keep it, until it was gone once
 *   the application sends little anyway, and that arrives --> it is not ours as it is
 *
 * Delay says "too much" to everybody in such a queue, and TCP does not listen: who does sinks to
 * nothing. With rivals the rate has to go by loss, as theirs does (aimd.h, lossrate.h). The test is
 * made again each 20 s, for the rivals may be gone, and their queue be ours.
 * Thread  of its owner; a plain struct, zeroed to begin with.
 * Source  the idea: Copa (Arun, Balakrishnan, NSDI 2018), section 4, which looks for an empty queue
 *         each five round trips; the test is our own.
 */
#ifndef TS_TRANSPORT_RTP_RIVALS_H
#define TS_TRANSPORT_RTP_RIVALS_H

#include <stdbool.h>
#include <stdint.h>

struct ts_rivals {
	bool present;
	int64_t empty_ns;          /* when the queue was gone last */
	int64_t began_ns, next_ns; /* a test; 0: none; not before */
	int64_t before_ns;         /* the queue, once the test can be seen in it; 0: not yet */
	double before_bps;         /* what was sent before; 0: so little that it stays so */
	bool ours;                 /* the last test said so, just now */
};

struct ts_rivals_input {
	int64_t queue_ns, rtt_ns;
	double sent_bps; /* over the last second */
	bool app_limited; /* much less is sent than the target */
	bool passes;      /* what we send arrives as it was sent: no more than the link takes */
	bool drains;      /* we send a fifth anyway */
};

/* At each feedback. */
void ts_rivals_update(struct ts_rivals *rivals, const struct ts_rivals_input *in, int64_t now_ns);
/* No more than that is to be sent: 0.7 of what was, during a test. */
double ts_rivals_cap_bps(const struct ts_rivals *rivals);

#endif
