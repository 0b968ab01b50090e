/* hdrext - RTP header extensions in the one- and the two-byte form: all that we understand read in
 * one pass; ours written as a template made once per stream.
 *
 *   one-byte  0xBEDE:  | id:4 len-1:4 | data ... | 0 = padding | id 15 = stop
 *   two-byte  0x100X:  | id:8 | len:8 | data ... | 0 = padding
 *
 * Thread  none: plain functions.
 * Source  RFC 8285 4; elements: RFC 9143 (mid), 8852 (rid), 6464 (level), 3GPP TS
 *         26.114 7.4.5 (orientation), webrtc.org abs-send-time and
 *         abs-capture-time,
 *         draft-holmer-rmcat-transport-wide-cc-extensions-01.
 */
#ifndef TS_TRANSPORT_RTP_HDREXT_H
#define TS_TRANSPORT_RTP_HDREXT_H

#include "base/bytes.h"
#include "base/packet.h"
#include "transport/rtp/media_config.h"

struct ts_hdrext {
	bool has_level, has_abs_send_time, has_twcc, has_orientation;
	/* abs-capture-time by the clock of the sender's reports; 0: none */
	uint64_t capture_ntp;
	const char *mid, *rid, *repaired_rid; /* [.._len], in place, no NUL; NULL: absent */
	uint8_t mid_len, rid_len, repaired_rid_len;
	uint8_t level; /* -dBov, 0..127 */
	bool vad;
	uint32_t abs_send_time; /* 24 bits, 6.18 fixed point seconds */
	uint16_t twcc;          /* transport-wide sequence number */
	/* 0..3: the picture is to be turned clockwise by n x 90 degrees before it is shown */
	uint8_t orientation;
	bool flip;
};

/* Fills out from the elements (ts_rtp_ext) by the negotiated ids. Unknown ids and elements of a
 * wrong length are skipped; a malformed block gives what came before the flaw. */
void ts_hdrext_parse(struct ts_hdrext *out, struct ts_rd elements, uint16_t profile,
	const struct ts_ext_ids *ids);
/* What others need of them: level, vad, turns, capture_ntp. */
void ts_hdrext_apply(const struct ts_hdrext *ext, struct ts_packet *p);

enum { TS_HDREXT_MAX = 48 };

/* An extension block ready to be copied behind the fixed header. */
struct ts_hdrext_out {
	uint8_t bytes[TS_HDREXT_MAX]; /* with profile and length */
	uint8_t len;                  /* a multiple of 4; 0: no block, the X bit stays 0 */
	/* offsets in bytes of 24 and 16 bits, to be patched per packet; 0: not in it */
	uint8_t abs_send_time_at, twcc_at;
	uint8_t capture_at; /* of the 64 bits of abs-capture-time; 0: not in it */
};

/* The block for our packets: mid unless NULL (or its id is 0), abs-send-time and a transport-wide
 * number when negotiated, and room for abs-capture-time, where mid leaves any. Two-byte form only
 * where needed. */
void ts_hdrext_make(struct ts_hdrext_out *out, const struct ts_ext_ids *ids, const char *mid);

/* Writes when the packet was captured, by the clock of our reports. */
void ts_hdrext_stamp(struct ts_hdrext_out *out, uint64_t ntp);

/* The 24 bits of abs-send-time for a monotonic instant. */
uint32_t ts_abs_send_time(int64_t now_ns);

#endif
