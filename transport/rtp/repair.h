/* repair - how long a packet that is missing is waited for, and when it is asked for (again):
 * what round trips, answers to requests and reordering have told. Pure.
 *
 *   noticed --reorder--> asked --1.25 rtt--> asked again ... --patience--> given up
 *
 * Patience is 5 rtt, 300 ms at least and 1 s at most; where rtt is 300 ms or more half of that, as
 * what was asked for is there by then; 20 ms where nobody may be asked. Where answers take longer
 * than the rtt that reports told, which is a queue on the way, their time counts for asking again.
 * Thread  that of the receiver who owns it.
 * Source  RFC 4585 3.5.3, 6.2.1; RFC 4588 6.3.
 */
#ifndef TS_TRANSPORT_RTP_REPAIR_H
#define TS_TRANSPORT_RTP_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing is known yet. */
struct ts_repair {
	int64_t rtt_ns; /* 0: not known */
	bool is_told;   /* by a report, which is exact, and may be of long ago */
	int64_t answer_ns;
	int64_t reorder_ns; /* what is missing for less may only be late */
};

/* For one packet that is missing. */
struct ts_request {
	int64_t since_ns, asked_ns; /* noticed; last asked for */
	bool asked, asked_again;
};

/* 0: not known; a second at most, whatever the peer says. */
int64_t ts_repair_rtt_ns(const struct ts_repair *repair);
/* Is there time for two requests only, so that a keyframe goes beside the second? */
bool ts_repair_is_short(const struct ts_repair *repair);
/* asks: requests are sent at all. */
int64_t ts_repair_patience_ns(const struct ts_repair *repair, bool asks);
/* When it wants attention next: to be asked for, or to be given up. */
int64_t ts_repair_due_ns(const struct ts_repair *repair, const struct ts_request *request,
	bool asks);

/* A report told the round trip; others than positive ones are nothing. */
void ts_repair_told(struct ts_repair *repair, int64_t rtt_ns);
/* What was asked for came again, perhaps too late. true: rtt is another one now. */
bool ts_repair_answered(struct ts_repair *repair, const struct ts_request *request,
	int64_t now_ns);
/* One that had been missing came because it was asked for: it was lost, not late. */
void ts_repair_in_order(struct ts_repair *repair);
/* It came by itself: had it been asked for, the network reorders, and the next is asked for
 * later. */
void ts_repair_late(struct ts_repair *repair, const struct ts_request *request,
	int64_t now_ns);

#endif
