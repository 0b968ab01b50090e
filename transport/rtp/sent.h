/* sent - what went out under transport-wide numbers, so that feedback about one says something.
 * Pure.
 *
 *   each packet --add--> [ ring of 2048 by number: when, how large, of which probe ]
 *   feedback: number, came or not --take--> the packet, each once
 *
 * Numbers are counted with 64 bits here and have 16 in packets; the peer's are read as the latest
 * that were given out.
 * Thread  the transport's net thread; reads no clock.
 * Source  draft-holmer-rmcat-transport-wide-cc-extensions-01, 2.
 * Full    the oldest is overwritten: of 2 Mbit/s there are 8 s. Feedback about it is passed over.
 */
#ifndef TS_TRANSPORT_RTP_SENT_H
#define TS_TRANSPORT_RTP_SENT_H

#include <stdbool.h>
#include <stdint.h>

enum { TS_SENT_RING = 2048 }; /* a power of two */

struct ts_sent_packet {
	int64_t sent_ns;
	uint16_t bytes; /* with headers */
	uint8_t probe;  /* cluster; 0: none */
	uint8_t told;   /* enum in sent.c: what feedback said of it so far */
	bool late;      /* it came, and was told as missing before */
};

struct ts_sent {
	int64_t next; /* the number of the packet that comes next; the first is 1 */
	struct ts_sent_packet ring[TS_SENT_RING];
};

void ts_sent_init(struct ts_sent *sent);
/* The number to be written into the packet that is added next. */
static inline uint16_t ts_sent_number(const struct ts_sent *sent)
{
	return (uint16_t)sent->next;
}
void ts_sent_add(struct ts_sent *sent, uint32_t bytes, uint8_t probe, int64_t now_ns);
/* What feedback says of a number. NULL: it was never given out, is too old, or is known to have
 * come; or it is told as missing once more. One that was missing may come all the same. */
const struct ts_sent_packet *ts_sent_take(struct ts_sent *sent, uint16_t number, bool came);

#endif
