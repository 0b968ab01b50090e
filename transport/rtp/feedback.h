/* feedback - reads what the peer says of transport-wide numbers: which came, and when. Pure; twcc.h
 * writes the same.
 *
 *   | base number | count of statuses | reference time: 24 bits x 64 ms | feedback count |
 *   | chunks: runs of one status, or 7 or 14 statuses | steps of 250 us between those that came |
 *
 * ts_feedback_begin looks through the chunks once, so that what is malformed is refused whole;
 * ts_feedback_next then goes through chunks and steps side by side.
 * Thread  none: plain functions, values on the stack.
 * Source  draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1.
 * Full    more than TS_FEEDBACK_STATUSES_MAX statuses (4 s of 10 Mbit/s) are refused.
 */
#ifndef TS_TRANSPORT_RTP_FEEDBACK_H
#define TS_TRANSPORT_RTP_FEEDBACK_H

#include "base/bytes.h"

enum { TS_FEEDBACK_STATUSES_MAX = 4096 };

struct ts_feedback {
	uint16_t number;    /* of the next status */
	uint16_t left;      /* statuses to come */
	uint32_t reference; /* 24 bits, 64 ms each; unwrapped by ts_feedback_start_ns */
	struct ts_rd chunks, steps;
	uint16_t chunk;     /* the present one; what of it was read is shifted out */
	uint16_t in_chunk;  /* statuses of it to come */
	int64_t at_ns;      /* sum of the steps so far */
};

struct ts_feedback_status {
	uint16_t number;
	bool came;
	int64_t at_ns; /* since the reference time; came: when */
};

/* fci: the body behind both SSRCs, without RTCP padding. TS_EBADMSG: statuses or steps are not all
 * there, a reserved status, too many. */
int ts_feedback_begin(struct ts_feedback *out, struct ts_rd fci);
bool ts_feedback_next(struct ts_feedback *feedback, struct ts_feedback_status *out);

/* The peer's clock, as far as its reference times tell it. Zeroed: nothing told yet. */
struct ts_feedback_clock {
	bool begun;
	int64_t reference; /* unwrapped */
};
/* When the feedback's steps begin, on the peer's clock: to be compared with others of it only. */
int64_t ts_feedback_start_ns(struct ts_feedback_clock *clock, const struct ts_feedback *feedback);

#endif
