/* queueing - how long packets wait in queues on the way, beyond the least that was seen.
 *
 *   way = arrival (peer's clock) - sending (ours) --> the least of 75 to 150 s is the base
 *
 * The two clocks need not agree, only go on nearly alike: the base rises by 250 ppm, so 500 ppm are
 * 37 ms at most. TCP may keep a queue for minutes: a base that is forgotten sooner calls it none.
 * Afresh  when the peer's clock jumps: by more than 3 s, or so that packets seem to have waited for
 *         longer than there and back took.
 * Thread  of its owner; a plain struct, zeroed to begin with.
 */
#ifndef TS_TRANSPORT_RTP_QUEUEING_H
#define TS_TRANSPORT_RTP_QUEUEING_H

#include <stdbool.h>
#include <stdint.h>

struct ts_queueing {
	/* the least of two windows; when the later began */
	int64_t base_ns, base_before_ns, window_ns;
	int64_t way_ns, now_ns; /* the least of the last feedback, and when */
	bool started;
};

/* The quickest packet of one feedback, and how long the newest one of it took there and back. */
void ts_queueing_way(
	struct ts_queueing *queueing, int64_t way_ns, int64_t rtt_ns, int64_t now_ns);
int64_t ts_queueing_ns(const struct ts_queueing *queueing);

#endif
