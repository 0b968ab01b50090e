#include "transport/rtp/rtcp.h"

#include "base/clock.h"
#include "base/error.h"

enum { PT_SR = 200, PT_RR = 201, PT_SDES = 202, PT_BYE = 203, PT_RTPFB = 205, PT_PSFB = 206 };
enum { FMT_NACK = 1, FMT_TMMBR = 3, FMT_TMMBN = 4, FMT_TWCC = 15 }; /* of RTPFB */
enum { FMT_PLI = 1, FMT_FIR = 4, FMT_AFB = 15 };                    /* of PSFB */
enum { TMMB_MANTISSA_BITS = 17, TMMB_OVERHEAD_BITS = 9 };
enum { SDES_END = 0, SDES_CNAME = 1 };
enum { REPORT_LEN = 24, SR_LEN = 20, REMB = 0x52454d42 /* "REMB" */ };

/* ---- reading ---- */

/* Cuts the next packet out of r: header fields, and the body without padding. */
static bool cut(struct ts_rd *r, uint8_t *pt, uint8_t *count, bool *padded, struct ts_rd *body)
{
	uint8_t b0 = ts_rd_u8(r);
	*pt = ts_rd_u8(r);
	*count = b0 & 0x1f;
	*padded = b0 & 0x20;
	*body = ts_rd_sub(r, (size_t)ts_rd_u16(r) * 4);
	if (r->bad || b0 >> 6 != 2) return false;
	if (*padded) {
		size_t n = ts_rd_left(body) ? body->end[-1] : 0;
		if (n == 0 || n % 4 || n > ts_rd_left(body)) return false;
		body->end -= n;
	}
	return true;
}

int ts_rtcp_begin(struct ts_rtcp_iter *it, const uint8_t *data, size_t len)
{
	*it = (struct ts_rtcp_iter){.rest = ts_rd(data, len)};
	struct ts_rd r = it->rest, body;
	uint8_t pt, count;
	bool padded = false;
	do {
		/* only the last packet of a compound may be padded (RFC 3550 A.2) */
		if (padded || !cut(&r, &pt, &count, &padded, &body)) {
			it->rest = ts_rd(data, 0);
			return TS_EBADMSG;
		}
	} while (ts_rd_left(&r));
	return 0;
}

static void open_packet(struct ts_rtcp_iter *it)
{
	bool padded;
	it->done = 0;
	/* cannot fail: ts_rtcp_begin did it before */
	cut(&it->rest, &it->pt, &it->count, &padded, &it->body);
	bool feedback = it->pt == PT_RTPFB || it->pt == PT_PSFB;
	it->sender_ssrc = feedback || it->pt == PT_SR || it->pt == PT_RR ? ts_rd_u32(&it->body) : 0;
	it->media_ssrc = feedback ? ts_rd_u32(&it->body) : 0;
}

static bool next_report(struct ts_rtcp_iter *it, struct ts_rtcp_item *item, uint8_t done)
{
	if (done >= it->count) return false;
	struct ts_rd r = ts_rd_sub(&it->body, REPORT_LEN);
	struct ts_rtcp_report *b = &item->report;
	item->type = TS_RTCP_REPORT;
	b->ssrc = item->media_ssrc = ts_rd_u32(&r);
	b->fraction_lost = ts_rd_u8(&r);
	uint32_t lost = ts_rd_u24(&r);
	b->lost = (int32_t)(lost ^ 0x800000) - 0x800000;
	b->ext_seq = ts_rd_u32(&r);
	b->jitter_rtp = ts_rd_u32(&r);
	b->lsr = ts_rd_u32(&r);
	b->dlsr = ts_rd_u32(&r);
	return true;
}

static bool next_of_sr(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	if (it->done > 0) return next_report(it, item, it->done - 1);
	struct ts_rtcp_sr *sr = &item->sr;
	item->type = TS_RTCP_SR;
	item->media_ssrc = it->sender_ssrc;
	sr->ntp = (uint64_t)ts_rd_u32(&it->body) << 32;
	sr->ntp |= ts_rd_u32(&it->body);
	sr->timestamp_rtp = ts_rd_u32(&it->body);
	sr->packets = ts_rd_u32(&it->body);
	sr->bytes = ts_rd_u32(&it->body);
	return true;
}

/* Reads a chunk, which ends with a zero byte and is padded to 32 bits; true when it held a CNAME.
 * The body of an SDES is a multiple of 4 long, so what is left of it tells the alignment. */
static bool read_chunk(struct ts_rd *body, struct ts_rtcp_item *item)
{
	bool found = false;
	item->media_ssrc = ts_rd_u32(body);
	for (uint8_t type; (type = ts_rd_u8(body)) != SDES_END;) {
		uint8_t len = ts_rd_u8(body);
		const char *text = (const char *)ts_rd_bytes(body, len);
		if (!text || type != SDES_CNAME || found) continue;
		item->type = TS_RTCP_CNAME;
		item->cname.text = text;
		item->cname.len = len;
		found = true;
	}
	ts_rd_bytes(body, ts_rd_left(body) % 4);
	return found;
}

static bool next_of_sdes(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	for (; it->done < it->count && !it->body.bad; it->done++)
		if (read_chunk(&it->body, item)) return true;
	return false;
}

static bool next_of_bye(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	if (it->done >= it->count) return false;
	item->type = TS_RTCP_BYE;
	item->sender_ssrc = item->media_ssrc = ts_rd_u32(&it->body);
	return true;
}

/* A bitrate of so many mantissa bits. */
static uint64_t scale(uint32_t mantissa, unsigned exponent)
{
	return mantissa == 0 ? 0 : exponent > 46 ? UINT64_MAX : (uint64_t)mantissa << exponent;
}

static void read_nack(struct ts_rd *body, struct ts_rtcp_item *item)
{
	item->type = TS_RTCP_NACK;
	item->nack.pid = ts_rd_u16(body);
	item->nack.blp = ts_rd_u16(body);
}

static void read_tmmb(struct ts_rd *body, struct ts_rtcp_item *item, enum ts_rtcp_type type)
{
	item->type = type;
	item->media_ssrc = ts_rd_u32(body);
	uint32_t word = ts_rd_u32(body);
	uint32_t mantissa = word >> TMMB_OVERHEAD_BITS & ((1u << TMMB_MANTISSA_BITS) - 1);
	item->tmmb.bitrate_bps = scale(mantissa, word >> 26);
	item->tmmb.overhead = word & ((1u << TMMB_OVERHEAD_BITS) - 1);
}

static bool next_of_rtpfb(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	if (!ts_rd_left(&it->body)) return false;
	switch (it->count) {
	case FMT_NACK: read_nack(&it->body, item); return true;
	case FMT_TMMBR: read_tmmb(&it->body, item, TS_RTCP_TMMBR); return true;
	case FMT_TMMBN: read_tmmb(&it->body, item, TS_RTCP_TMMBN); return true;
	case FMT_TWCC:
		item->type = TS_RTCP_FEEDBACK;
		item->fci = ts_rd_sub(&it->body, ts_rd_left(&it->body));
		return true;
	default: return false;
	}
}

static bool read_remb(struct ts_rd *body, struct ts_rtcp_item *item)
{
	if (ts_rd_u32(body) != REMB) return false;
	uint8_t n = ts_rd_u8(body);
	uint32_t word = ts_rd_u24(body);
	ts_rd_bytes(body, (size_t)n * 4);
	item->type = TS_RTCP_REMB;
	item->bitrate_bps = scale(word & 0x3ffff, word >> 18);
	return true;
}

static bool next_of_psfb(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	if (it->count == FMT_PLI && it->done == 0) {
		item->type = TS_RTCP_PLI;
		return true;
	}
	if (it->count == FMT_FIR && ts_rd_left(&it->body)) {
		item->type = TS_RTCP_FIR;
		item->media_ssrc = ts_rd_u32(&it->body);
		item->fir_seq = ts_rd_u8(&it->body);
		ts_rd_u24(&it->body);
		return true;
	}
	return it->count == FMT_AFB && it->done == 0 && read_remb(&it->body, item);
}

static bool next_of_packet(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	switch (it->pt) {
	case PT_SR: return next_of_sr(it, item);
	case PT_RR: return next_report(it, item, it->done);
	case PT_SDES: return next_of_sdes(it, item);
	case PT_BYE: return next_of_bye(it, item);
	case PT_RTPFB: return next_of_rtpfb(it, item);
	case PT_PSFB: return next_of_psfb(it, item);
	default: return false;
	}
}

bool ts_rtcp_next(struct ts_rtcp_iter *it, struct ts_rtcp_item *item)
{
	for (;;) {
		if (it->pt && !it->body.bad) {
			*item = (struct ts_rtcp_item){
				.sender_ssrc = it->sender_ssrc, .media_ssrc = it->media_ssrc};
			if (next_of_packet(it, item) && !it->body.bad) {
				it->done++;
				return true;
			}
		}
		it->bad |= it->body.bad;
		if (!ts_rd_left(&it->rest)) {
			it->pt = 0;
			return false;
		}
		open_packet(it);
	}
}

int64_t ts_rtcp_rtt_ns(const struct ts_rtcp_report *report, uint64_t ntp_now)
{
	if (report->lsr == 0) return -1;
	int32_t units = (int32_t)((uint32_t)(ntp_now >> 16) - report->lsr - report->dlsr);
	/* Rounding on either side may make a short way look negative; a whole second of that, or a
	 * minute, is a wrong report. */
	if (units < -65536 || units > 60 * 65536) return -1;
	return (int64_t)(units < 1 ? 1 : units) * TS_NS_PER_S / 65536;
}

/* ---- writing ---- */

/* Reserves a whole packet and writes its header; the writer it returns is over the body. */
static struct ts_wr begin(struct ts_wr *w, uint8_t pt, size_t count, size_t body_len)
{
	uint8_t *at = ts_wr_skip(w, 4 + body_len);
	if (!at) return (struct ts_wr){.bad = true};
	struct ts_wr p = ts_wr(at, 4 + body_len);
	ts_wr_u8(&p, (uint8_t)(0x80 | (count & 0x1f)));
	ts_wr_u8(&p, pt);
	ts_wr_u16(&p, (uint16_t)(body_len / 4));
	return p;
}

static struct ts_wr begin_feedback(struct ts_wr *w, uint8_t pt, size_t fmt, uint32_t sender_ssrc,
	uint32_t media_ssrc, size_t fci_len)
{
	struct ts_wr p = begin(w, pt, fmt, 8 + fci_len);
	ts_wr_u32(&p, sender_ssrc);
	ts_wr_u32(&p, media_ssrc);
	return p;
}

static void write_reports(struct ts_wr *p, const struct ts_rtcp_report *reports, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ts_rtcp_report *b = &reports[i];
		int32_t lost = b->lost > 0x7fffff ? 0x7fffff
			: b->lost < -0x800000     ? -0x800000
						  : b->lost;
		ts_wr_u32(p, b->ssrc);
		ts_wr_u8(p, b->fraction_lost);
		ts_wr_u24(p, (uint32_t)lost & 0xffffff);
		ts_wr_u32(p, b->ext_seq);
		ts_wr_u32(p, b->jitter_rtp);
		ts_wr_u32(p, b->lsr);
		ts_wr_u32(p, b->dlsr);
	}
}

void ts_rtcp_write_sr(struct ts_wr *w, uint32_t ssrc, const struct ts_rtcp_sr *sr,
	const struct ts_rtcp_report *reports, size_t n)
{
	if (n > TS_RTCP_REPORTS_MAX) n = TS_RTCP_REPORTS_MAX;
	struct ts_wr p = begin(w, PT_SR, n, 4 + SR_LEN + n * REPORT_LEN);
	ts_wr_u32(&p, ssrc);
	ts_wr_u32(&p, (uint32_t)(sr->ntp >> 32));
	ts_wr_u32(&p, (uint32_t)sr->ntp);
	ts_wr_u32(&p, sr->timestamp_rtp);
	ts_wr_u32(&p, sr->packets);
	ts_wr_u32(&p, sr->bytes);
	write_reports(&p, reports, n);
}

void ts_rtcp_write_rr(
	struct ts_wr *w, uint32_t ssrc, const struct ts_rtcp_report *reports, size_t n)
{
	if (n > TS_RTCP_REPORTS_MAX) n = TS_RTCP_REPORTS_MAX;
	struct ts_wr p = begin(w, PT_RR, n, 4 + n * REPORT_LEN);
	ts_wr_u32(&p, ssrc);
	write_reports(&p, reports, n);
}

void ts_rtcp_write_sdes(struct ts_wr *w, uint32_t ssrc, const char *cname)
{
	size_t len = strnlen(cname, 255);
	/* at least one zero byte ends the chunk */
	size_t used = 4 + 2 + len, body = (used + 4) & ~(size_t)3;
	struct ts_wr p = begin(w, PT_SDES, 1, body);
	ts_wr_u32(&p, ssrc);
	ts_wr_u8(&p, SDES_CNAME);
	ts_wr_u8(&p, (uint8_t)len);
	ts_wr_bytes(&p, cname, len);
	for (; used < body; used++) ts_wr_u8(&p, 0);
}

void ts_rtcp_write_bye(struct ts_wr *w, const uint32_t *ssrcs, size_t n)
{
	if (n > TS_RTCP_REPORTS_MAX) n = TS_RTCP_REPORTS_MAX;
	struct ts_wr p = begin(w, PT_BYE, n, n * 4);
	for (size_t i = 0; i < n; i++) ts_wr_u32(&p, ssrcs[i]);
}

/* One FCI entry from seqs[*at]: its number and those of the 16 that follow it; moves *at behind
 * them. */
static uint16_t nack_mask(const uint16_t *seqs, size_t n, size_t *at)
{
	uint16_t pid = seqs[*at], blp = 0;
	for (++*at; *at < n; ++*at) {
		uint16_t ahead = (uint16_t)(seqs[*at] - pid);
		if (ahead == 0) continue;
		if (ahead > 16) break;
		blp |= (uint16_t)(1u << (ahead - 1));
	}
	return blp;
}

void ts_rtcp_write_nack(
	struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *seqs, size_t n)
{
	size_t entries = 0;
	for (size_t at = 0; at < n; entries++) nack_mask(seqs, n, &at);
	struct ts_wr p = begin_feedback(
		w, PT_RTPFB, FMT_NACK, sender_ssrc, media_ssrc, entries * 4);
	for (size_t at = 0; at < n;) {
		ts_wr_u16(&p, seqs[at]);
		ts_wr_u16(&p, nack_mask(seqs, n, &at));
	}
}

void ts_rtcp_write_pli(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc)
{
	begin_feedback(w, PT_PSFB, FMT_PLI, sender_ssrc, media_ssrc, 0);
}

void ts_rtcp_write_fir(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t fir_seq)
{
	struct ts_wr p = begin_feedback(w, PT_PSFB, FMT_FIR, sender_ssrc, 0, 8);
	ts_wr_u32(&p, media_ssrc);
	ts_wr_u8(&p, fir_seq);
	ts_wr_u24(&p, 0);
}

void ts_rtcp_write_remb(struct ts_wr *w, uint32_t sender_ssrc, uint64_t bitrate_bps,
	const uint32_t *ssrcs, size_t n)
{
	if (n > 255) n = 255;
	unsigned exponent = 0;
	while (bitrate_bps >> exponent > 0x3ffff) exponent++;
	struct ts_wr p = begin_feedback(w, PT_PSFB, FMT_AFB, sender_ssrc, 0, 8 + n * 4);
	ts_wr_u32(&p, REMB);
	ts_wr_u8(&p, (uint8_t)n);
	ts_wr_u24(&p, (uint32_t)(exponent << 18 | (uint32_t)(bitrate_bps >> exponent)));
	for (size_t i = 0; i < n; i++) ts_wr_u32(&p, ssrcs[i]);
}

static void write_tmmb(struct ts_wr *w, size_t fmt, uint32_t sender_ssrc, uint32_t ssrc,
	uint64_t bitrate_bps, uint16_t overhead)
{
	unsigned exponent = 0;
	while (bitrate_bps >> exponent >> TMMB_MANTISSA_BITS) exponent++;
	struct ts_wr p = begin_feedback(w, PT_RTPFB, fmt, sender_ssrc, 0, 8);
	ts_wr_u32(&p, ssrc);
	ts_wr_u32(&p,
		exponent << 26 | (uint32_t)(bitrate_bps >> exponent) << TMMB_OVERHEAD_BITS |
			(overhead & ((1u << TMMB_OVERHEAD_BITS) - 1)));
}

void ts_rtcp_write_tmmbr(struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
	uint64_t bitrate_bps, uint16_t overhead)
{
	write_tmmb(w, FMT_TMMBR, sender_ssrc, media_ssrc, bitrate_bps, overhead);
}

void ts_rtcp_write_tmmbn(struct ts_wr *w, uint32_t sender_ssrc, uint32_t owner_ssrc,
	uint64_t bitrate_bps, uint16_t overhead)
{
	write_tmmb(w, FMT_TMMBN, sender_ssrc, owner_ssrc, bitrate_bps, overhead);
}
