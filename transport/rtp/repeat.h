/* repeat - the last packets of a stream as they went out, for receivers that ask again (NACK) but
 * know no RTX.
 *
 *   keep --> [ 256 slots (sound: 64) by sequence number, of 1536 bytes ]
 *       --find--> the same bytes once more
 *
 * What is kept is protected already: a sequence number that was protected a second time would
 * repeat a nonce of AES-GCM should one byte differ, and the same bytes are what the receiver's
 * replay window takes for the first that was lost.
 * Thread  the stream's.   Source  RFC 4585 6.2.1; 3711 3.3.2.
 * Full    the oldest is overwritten; of 2 Mbit/s there is a second.
 */
#ifndef TS_TRANSPORT_RTP_REPEAT_H
#define TS_TRANSPORT_RTP_REPEAT_H

#include "base/media.h"
#include <stddef.h>
#include <stdint.h>

struct ts_rtp_repeat;

int ts_rtp_repeat_create(struct ts_rtp_repeat **out, enum ts_media kind); /* TS_ENOMEM */
void ts_rtp_repeat_destroy(struct ts_rtp_repeat **repeat);                /* NULL is left alone */
void ts_rtp_repeat_keep(struct ts_rtp_repeat *repeat, uint16_t seq, const uint8_t *data, size_t len,
	int64_t now_ns);
/* What was kept before is of no use any more. */
void ts_rtp_repeat_forget(struct ts_rtp_repeat *repeat, int64_t now_ns);
/* NULL: never kept, overwritten, forgotten, or over 2 s old. Valid until the next keep. */
const uint8_t *ts_rtp_repeat_find(const struct ts_rtp_repeat *repeat, uint16_t seq, int64_t now_ns,
	size_t *len);

#endif
