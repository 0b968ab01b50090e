/* twcc - tells the peer when each of its packets arrived, so that it can find out how much the way
 * carries. Pure.
 *
 *   packet (transport-wide number, arrival) --> [ ring of 1024 ] --every 100 ms, 50 at first-->
 *      feedback: a status for every number since the last one, and 250 us steps between those that
 *      came
 *
 * A number that comes after it was reported as missing is reported again, with all after it.
 * Thread  the transport's net thread; reads no clock.
 * Source  draft-holmer-rmcat-transport-wide-cc-extensions-01.
 * Full    what is older than the ring is forgotten; a jump of the numbers beyond it begins anew.
 */
#ifndef TS_TRANSPORT_RTP_TWCC_H
#define TS_TRANSPORT_RTP_TWCC_H

#include "base/bytes.h"

enum {
	TS_TWCC_RING = 1024,
	TS_TWCC_STATUSES_MAX = 400, /* in one feedback */
	TS_TWCC_BYTES_MAX = 20 + 2 * (TS_TWCC_STATUSES_MAX / 7 + 1) + 2 * TS_TWCC_STATUSES_MAX + 2,
};

struct ts_twcc {
	int64_t first_ns; /* arrival of the first packet; 0: none came */
	/* extended numbers: the first one not reported yet, the highest that came */
	int64_t next, high;
	int64_t due_ns;   /* of the next feedback; INT64_MAX: there is nothing to tell */
	uint8_t count;    /* of feedbacks */
	struct {
		int64_t seq, arrival_ns; /* a slot of another number knows nothing */
	} slot[TS_TWCC_RING];
};

/* Zeroed is empty, but for due_ns. */
static inline void ts_twcc_init(struct ts_twcc *twcc)
{
	twcc->first_ns = 0;
	twcc->due_ns = INT64_MAX;
}
void ts_twcc_packet(struct ts_twcc *twcc, uint16_t seq, int64_t arrival_ns);
/* One feedback packet, of TS_TWCC_BYTES_MAX at most, if there is anything to tell; due_ns says when
 * to ask again: at once when not all could be told. */
void ts_twcc_write(struct ts_twcc *twcc, struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
	int64_t now_ns);

#endif
