/* rtcp - RTCP compound packets: a checked, flat iterator over what we act on, and a writer.
 *
 *   datagram --ts_rtcp_begin: RFC 3550 A.2--> iterator
 *       --ts_rtcp_next--> SR, REPORT, REPORT, CNAME, NACK, PLI, ...
 *
 * A compound need not begin with SR or RR (reduced size, RFC 5506). Packet types and feedback we
 * know nothing of are passed over.
 * Thread  none: plain functions, values on the stack.
 * Source  RFC 3550 6.4-6.6, A.2; RFC 4585 6.2.1, 6.3.1; RFC 5104 4.2, 4.3.1;
 *         draft-alvestrand-rmcat-remb-03, draft-holmer-rmcat-transport-wide-cc-extensions-01.
 */
#ifndef TS_TRANSPORT_RTP_RTCP_H
#define TS_TRANSPORT_RTP_RTCP_H

#include "base/bytes.h"

/* A report block (RFC 3550 6.4.1). */
struct ts_rtcp_report {
	uint32_t ssrc;         /* of the stream reported on */
	uint8_t fraction_lost; /* of 256, since the last report */
	int32_t lost;          /* since the start; 24 bits, signed */
	uint32_t ext_seq;      /* highest received, extended */
	uint32_t jitter_rtp;
	uint32_t lsr;  /* middle 32 bits of the last SR's NTP time; 0: none */
	uint32_t dlsr; /* 1/65536 s since that SR came */
};

struct ts_rtcp_sr {
	uint64_t ntp;
	uint32_t timestamp_rtp, packets, bytes;
};

enum ts_rtcp_type {
	TS_RTCP_SR,     /* sr */
	TS_RTCP_REPORT, /* report: one for each block of an SR or RR */
	TS_RTCP_CNAME,  /* cname, of media_ssrc */
	TS_RTCP_BYE,    /* media_ssrc leaves; one for each */
	TS_RTCP_NACK,   /* pid, blp: one for each FCI entry */
	TS_RTCP_PLI,    /* of media_ssrc */
	TS_RTCP_FIR,    /* of media_ssrc, fir_seq: one for each entry */
	/* bitrate_bps; the SSRCs it lists are passed over: one REMB is about all the peer
	 * receives */
	TS_RTCP_REMB,
	TS_RTCP_TMMBR, /* tmmb, what media_ssrc may send: one for each entry */
	TS_RTCP_TMMBN, /* tmmb, by whose wish (media_ssrc) sender_ssrc is limited: likewise */
	TS_RTCP_FEEDBACK, /* fci: transport-cc, to be read by feedback.h */
};

struct ts_rtcp_item {
	enum ts_rtcp_type type;
	uint32_t sender_ssrc;
	uint32_t media_ssrc;
	union {
		struct ts_rtcp_sr sr;
		struct ts_rtcp_report report;
		struct {
			const char *text;
			uint8_t len;
		} cname; /* in place, no NUL */
		struct {
			uint16_t pid, blp;
		} nack;
		uint8_t fir_seq;
		uint64_t bitrate_bps;
		struct {
			uint64_t bitrate_bps;
			uint16_t overhead; /* bytes of each packet that count beside its payload */
		} tmmb;
		struct ts_rd fci; /* in place */
	};
};

struct ts_rtcp_iter {
	struct ts_rd rest, body; /* packets still to come; what is left of the present one */
	uint32_t sender_ssrc, media_ssrc;
	uint8_t pt, count; /* of the present packet (pt 0: none is open); count: RC or FMT */
	uint8_t done;      /* items of it read so far */
	/* the inside of some packet was malformed; the rest of that packet was passed over */
	bool bad;
};

/* Checks lengths, versions and padding of the whole compound; data[len] must outlive the iterator.
 * TS_EBADMSG. */
int ts_rtcp_begin(struct ts_rtcp_iter *it, const uint8_t *data, size_t len);
bool ts_rtcp_next(struct ts_rtcp_iter *it, struct ts_rtcp_item *item);

/* Each appends one whole RTCP packet; when it does not fit, w is bad and what stands before it
 * remains whole. */
enum { TS_RTCP_REPORTS_MAX = 31, TS_RTCP_HEADER_LEN = 8 };
void ts_rtcp_write_sr(struct ts_wr *w, uint32_t ssrc, const struct ts_rtcp_sr *sr,
	const struct ts_rtcp_report *reports, size_t n);
void ts_rtcp_write_rr(struct ts_wr *w, uint32_t ssrc, const struct ts_rtcp_report *reports,
	size_t n);
void ts_rtcp_write_sdes(struct ts_wr *w, uint32_t ssrc, const char *cname);
void ts_rtcp_write_bye(struct ts_wr *w, const uint32_t *ssrcs, size_t n); /* n <= 31 */
/* seqs [n] ascending modulo 2^16, n >= 1. */
void ts_rtcp_write_nack(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
	const uint16_t *seqs, size_t n);
void ts_rtcp_write_pli(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc);
/* fir_seq grows by one with each new request, and stays when one is repeated. */
void ts_rtcp_write_fir(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t fir_seq);
void ts_rtcp_write_remb(struct ts_wr *w, uint32_t sender_ssrc, uint64_t bitrate_bps,
	const uint32_t *ssrcs, size_t n);

void ts_rtcp_write_tmmbr(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
	uint64_t bitrate_bps, uint16_t overhead);
/* owner_ssrc: who wished for it */
void ts_rtcp_write_tmmbn(struct ts_wr *w, uint32_t sender_ssrc, uint32_t owner_ssrc,
	uint64_t bitrate_bps, uint16_t overhead);

/* Round trip by a report block about us that arrived at ntp_now (RFC 3550 6.4.1), in ns; -1 when it
 * does not say. */
int64_t ts_rtcp_rtt_ns(const struct ts_rtcp_report *report, uint64_t ntp_now);

#endif
