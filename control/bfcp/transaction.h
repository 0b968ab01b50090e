/* transaction - requests of a peer that come twice, and messages of ours that are sent again until
 * they are acknowledged: BFCP over UDP, for one peer. Pure.
 *
 *   ours    send --T1 0.5 s, 1 s, 2 s--> again --ack--> done
 *                                          \--4 s more--> failed
 *   theirs  seen before within 10 s: the same answer again, and nothing happens anew
 *
 * Of ours one of each kind is out at a time: what changed meanwhile makes another message with a
 * number of its own, and the old one is not repeated any more.
 * Thread  one; reads no clock.
 * Source  RFC 8855 8.3 (T1, T2), 8.2 (numbers).
 */
#ifndef TS_CONTROL_BFCP_TRANSACTION_H
#define TS_CONTROL_BFCP_TRANSACTION_H

#include "control/bfcp/message.h"

#define TS_BFCP_T1_NS INT64_C(500000000)
#define TS_BFCP_T2_NS INT64_C(10000000000)

enum {
	TS_BFCP_SENDS = 4,     /* of one message, the first included */
	TS_BFCP_ANSWERS = 4,   /* remembered */
};

/* What is repeated: the status of a request, the status of the floor. */
enum ts_bfcp_kind { TS_BFCP_OF_REQUEST, TS_BFCP_OF_FLOOR, TS_BFCP_KINDS };

struct ts_bfcp_transactions {
	uint16_t next;
	struct ts_bfcp_out {
		size_t len;            /* 0: none is out */
		uint16_t transaction;
		unsigned sends;
		int64_t due_ns;
		uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	} out[TS_BFCP_KINDS];
	struct ts_bfcp_answer {
		size_t len;            /* 0: none */
		uint16_t transaction;
		uint8_t primitive;
		int64_t until_ns;
		uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	} answer[TS_BFCP_ANSWERS];
	size_t next_answer;
};

/* The number of the next message of ours, never 0. */
uint16_t ts_bfcp_next_number(struct ts_bfcp_transactions *t);
/* It was sent now. */
void ts_bfcp_sent(struct ts_bfcp_transactions *t, enum ts_bfcp_kind kind, uint16_t number,
	const void *bytes, size_t len, int64_t now_ns);
/* An acknowledgement with that number; false: of nothing that is out. */
bool ts_bfcp_acked(struct ts_bfcp_transactions *t, uint16_t number);
/* The next of ours that is to be sent again, or, with *failed, that never will be; NULL: none. */
const struct ts_bfcp_out *ts_bfcp_due(struct ts_bfcp_transactions *t, int64_t now_ns, bool *failed);
/* When that is to be asked next; INT64_MAX: nothing is out. */
int64_t ts_bfcp_due_ns(const struct ts_bfcp_transactions *t);

/* The answer to that request, where it was given before; NULL: it is new. */
const struct ts_bfcp_answer *ts_bfcp_repeated(const struct ts_bfcp_transactions *t,
	uint16_t number, uint8_t primitive, int64_t now_ns);
void ts_bfcp_answered(struct ts_bfcp_transactions *t, uint16_t number, uint8_t primitive,
	const void *bytes, size_t len, int64_t now_ns);

#endif
