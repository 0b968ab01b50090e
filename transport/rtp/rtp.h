/* rtp - the fixed RTP header: reading it in place, writing it, arithmetic on 16-bit sequence
 * numbers.
 *
 *    0                   1                   2                   3
 *   |V=2|P|X|  CC   |M|     PT      |        sequence number        |
 *   |                           timestamp                           |
 *   |                             SSRC                              |
 *   |  CSRC x CC ... | X: profile, length, extension (hdrext.h) ... |
 *   |  payload ...   | P: padding, count                            |
 *
 * Thread  none: plain functions.   Source  RFC 3550 5.1, 5.3.1, A.1; RFC 5761 4.
 */
#ifndef TS_TRANSPORT_RTP_RTP_H
#define TS_TRANSPORT_RTP_RTP_H

#include "base/bytes.h"
#include "base/packet.h"

enum {
	TS_RTP_HEADER_LEN = 12,
	TS_RTP_OVERHEAD_MAX = TS_RTP_HEADER_LEN + 48 +
		2, /* of what we send: header, extensions, RTX's original number */
};

/* Of a datagram that RFC 7983 says is RTP or RTCP (first byte 128..191): is it RTCP? Packet types
 * 192..223 are. */
static inline bool ts_rtp_is_rtcp(const uint8_t *data, size_t len)
{
	return len >= 2 && data[1] >= 192 && data[1] <= 223;
}

/* Reads p->data[len], a plain RTP packet, in place: fills seq (ext_seq = seq until a receiver
 * extends it), timestamp_rtp, ssrc, pt, marker, payload (padding removed; payload_len may be 0),
 * level = 255, vad = 0, gap = 0. TS_EBADMSG: not version 2, or CSRCs, extension or padding do not
 * fit. Nothing of p is to be used then. */
int ts_rtp_parse(struct ts_packet *p);

/* The header extension of a packet that ts_rtp_parse took: its elements, with *profile the 16 bits
 * before the length (0 and an empty reader when it has none). */
struct ts_rd ts_rtp_ext(const struct ts_packet *p, uint16_t *profile);

struct ts_rtp_header {
	uint8_t pt;
	uint8_t marker;
	uint16_t seq;
	uint32_t timestamp_rtp, ssrc;
};
/* Twelve bytes at dst; `extended` says that an extension block follows. */
void ts_rtp_write(uint8_t *dst, const struct ts_rtp_header *h, bool extended);

/* How far b is ahead of a, modulo 2^16: -32768..32767. */
static inline int ts_seq_diff(uint16_t b, uint16_t a)
{
	return (int16_t)(uint16_t)(b - a);
}
/* The number with the low 16 bits of seq that is nearest to `near`. */
static inline int64_t ts_seq_extend(int64_t near, uint16_t seq)
{
	return near + ts_seq_diff(seq, (uint16_t)near);
}

#endif
