/* queueing - how long packets wait in queues on the way, beyond the least that was seen.
 *
 *   way of a packet = arrival (peer's clock) - sending (ours) --> the least of 15 to 30 s is the base
 *
 * The two clocks need not agree, only go on alike: 500 ppm are 15 ms in half a minute.
 * Afresh  when the peer's clock jumps by more than 3 s.
 * Thread  of its owner; a plain struct, zeroed to begin with.
 */
#ifndef TS_TRANSPORT_RTP_QUEUEING_H
#define TS_TRANSPORT_RTP_QUEUEING_H

#include <stdbool.h>
#include <stdint.h>

struct ts_queueing {
	int64_t base_ns, base_before_ns, window_ns; /* the least of two windows; when the later began */
	int64_t way_ns;                             /* the least of the last feedback */
	bool started;
};

/* The quickest packet of one feedback. */
void ts_queueing_way(struct ts_queueing *queueing, int64_t way_ns, int64_t now_ns);
int64_t ts_queueing_ns(const struct ts_queueing *queueing);

#endif
