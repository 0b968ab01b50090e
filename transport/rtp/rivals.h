/* rivals - whether the queue on the way is kept by others, who do not give way as we do.
 *
 *   a queue that stands for 3 s, or that we drain --> for a second we send less
 *      it shrinks as much: it was ours     it stays: others keep it, until it was gone once
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
};

struct ts_rivals_input {
	int64_t queue_ns, rtt_ns;
	bool passes; /* what we send arrives as it was sent: it is not more than the link takes */
	bool drains; /* we send a fifth anyway */
};

/* At each feedback. */
void ts_rivals_update(
	struct ts_rivals *rivals, const struct ts_rivals_input *in, int64_t now_ns);
/* How much of the rate is to be sent, 0.7 while it is tested. */
double ts_rivals_share(const struct ts_rivals *rivals);

#endif
