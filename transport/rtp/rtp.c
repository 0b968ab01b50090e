#include "transport/rtp/rtp.h"

#include "base/error.h"

/* How many bytes at the end of body are padding; -1 when its count makes no sense (RFC 3550 5.1: it
 * counts itself). */
static int padding_len(const struct ts_rd *body)
{
	size_t left = ts_rd_left(body);
	if (left == 0) return -1;
	uint8_t n = body->end[-1];
	return n == 0 || n > left ? -1 : n;
}

int ts_rtp_parse(struct ts_packet *p)
{
	struct ts_rd r = ts_rd(p->data, p->len);
	uint8_t b0 = ts_rd_u8(&r), b1 = ts_rd_u8(&r);
	p->seq = ts_rd_u16(&r);
	p->timestamp_rtp = ts_rd_u32(&r);
	p->ssrc = ts_rd_u32(&r);
	ts_rd_bytes(&r, (size_t)(b0 & 0x0f) * 4);
	if (b0 & 0x10) {
		ts_rd_u16(&r);
		ts_rd_sub(&r, (size_t)ts_rd_u16(&r) * 4);
	}
	if (r.bad || b0 >> 6 != 2) return TS_EBADMSG;
	int padding = b0 & 0x20 ? padding_len(&r) : 0;
	if (padding < 0) return TS_EBADMSG;

	p->marker = b1 >> 7;
	p->pt = b1 & 0x7f;
	p->ext_seq = p->seq;
	p->payload = p->data + (r.p - p->data);
	p->payload_len = (uint32_t)ts_rd_left(&r) - (uint32_t)padding;
	p->codec = 0;
	p->level = 255;
	p->turns = 255;
	p->vad = 0;
	p->gap = 0;
	p->capture_ntp = 0;
	p->capture_ns = TS_CAPTURE_UNKNOWN;
	return 0;
}

struct ts_rd ts_rtp_ext(const struct ts_packet *p, uint16_t *profile)
{
	*profile = 0;
	if (p->len < TS_RTP_HEADER_LEN || !(p->data[0] & 0x10)) return ts_rd(p->data, 0);
	struct ts_rd r = ts_rd(p->data, p->len);
	ts_rd_bytes(&r, TS_RTP_HEADER_LEN + (size_t)(p->data[0] & 0x0f) * 4);
	*profile = ts_rd_u16(&r);
	return ts_rd_sub(&r, (size_t)ts_rd_u16(&r) * 4);
}

void ts_rtp_write(uint8_t *dst, const struct ts_rtp_header *h, bool extended)
{
	struct ts_wr w = ts_wr(dst, TS_RTP_HEADER_LEN);
	ts_wr_u8(&w, extended ? 0x90 : 0x80);
	ts_wr_u8(&w, (uint8_t)(h->marker << 7 | h->pt));
	ts_wr_u16(&w, h->seq);
	ts_wr_u32(&w, h->timestamp_rtp);
	ts_wr_u32(&w, h->ssrc);
}
