#include "transport/rtp/hdrext.h"

#include "base/clock.h"

enum {
	ONE_BYTE = 0xbede,
	TWO_BYTE = 0x1000,
	TWO_BYTE_MASK = 0xfff0,
	ONE_BYTE_ID_MAX = 14,
	ONE_BYTE_LEN_MAX = 16,
	CAPTURE_LEN = 8,
	CAPTURE_LONG_LEN = 16,
};

static void text(const char **out, uint8_t *out_len, const uint8_t *data, size_t len)
{
	if (len == 0 || len > TS_MID_MAX) return;
	*out = (const char *)data;
	*out_len = (uint8_t)len;
}

/* In the longer form the clock that was captured by is not that of the sender's reports, but off by
 * what follows. */
static uint64_t capture_ntp(const uint8_t *d, size_t len)
{
	struct ts_rd r = ts_rd(d, len);
	uint64_t ntp = (uint64_t)ts_rd_u32(&r) << 32;
	ntp |= ts_rd_u32(&r);
	if (len < CAPTURE_LONG_LEN) return ntp;
	uint64_t off_by = (uint64_t)ts_rd_u32(&r) << 32;
	return ntp + (off_by | ts_rd_u32(&r));
}

static void element(struct ts_hdrext *out, unsigned id, const uint8_t *d, size_t len,
	const struct ts_ext_ids *ids)
{
	if (id == ids->mid) {
		text(&out->mid, &out->mid_len, d, len);
	} else if (id == ids->rid) {
		text(&out->rid, &out->rid_len, d, len);
	} else if (id == ids->repaired_rid) {
		text(&out->repaired_rid, &out->repaired_rid_len, d, len);
	} else if (id == ids->audio_level && len >= 1) {
		out->has_level = true;
		out->vad = d[0] >> 7;
		out->level = d[0] & 0x7f;
	} else if (id == ids->abs_send_time && len == 3) {
		out->has_abs_send_time = true;
		out->abs_send_time = (uint32_t)d[0] << 16 | (uint32_t)d[1] << 8 | d[2];
	} else if (id == ids->abs_capture_time && len >= CAPTURE_LEN) {
		out->capture_ntp = capture_ntp(d, len);
	} else if (id == ids->twcc && len >= 2) {
		out->has_twcc = true;
		out->twcc = (uint16_t)(d[0] << 8 | d[1]);
	} else if (id == ids->video_orientation && len == 1) {
		out->has_orientation = true;
		out->orientation = d[0] & 3;
		out->flip = d[0] >> 2 & 1;
	}
}

static void parse_one_byte(struct ts_hdrext *out, struct ts_rd *r, const struct ts_ext_ids *ids)
{
	while (ts_rd_left(r)) {
		uint8_t b = ts_rd_u8(r);
		if (b == 0) continue;
		/* 15 is reserved, and 0 with a length is malformed: both end the reading (RFC 8285
		 * 4.2) */
		if (b >> 4 == 0 || b >> 4 == 15) return;
		size_t len = (size_t)(b & 0x0f) + 1;
		const uint8_t *d = ts_rd_bytes(r, len);
		if (!d) return;
		element(out, b >> 4, d, len, ids);
	}
}

static void parse_two_byte(struct ts_hdrext *out, struct ts_rd *r, const struct ts_ext_ids *ids)
{
	while (ts_rd_left(r)) {
		uint8_t id = ts_rd_u8(r);
		if (id == 0) continue;
		size_t len = ts_rd_u8(r);
		const uint8_t *d = ts_rd_bytes(r, len);
		if (!d) return;
		element(out, id, d, len, ids);
	}
}

void ts_hdrext_parse(struct ts_hdrext *out, struct ts_rd elements, uint16_t profile,
	const struct ts_ext_ids *ids)
{
	*out = (struct ts_hdrext){0};
	if (profile == ONE_BYTE)
		parse_one_byte(out, &elements, ids);
	else if ((profile & TWO_BYTE_MASK) == TWO_BYTE)
		parse_two_byte(out, &elements, ids);
}

void ts_hdrext_apply(const struct ts_hdrext *ext, struct ts_packet *p)
{
	if (ext->has_level) {
		p->level = ext->level;
		p->vad = ext->vad;
	}
	if (ext->has_orientation) p->turns = ext->orientation;
	p->capture_ntp = ext->capture_ntp;
}

static uint8_t *put(struct ts_wr *w, bool two_byte, uint8_t id, size_t len)
{
	if (two_byte) {
		ts_wr_u8(w, id);
		ts_wr_u8(w, (uint8_t)len);
	} else {
		ts_wr_u8(w, (uint8_t)(id << 4 | (len - 1)));
	}
	return ts_wr_skip(w, len);
}

void ts_hdrext_make(struct ts_hdrext_out *out, const struct ts_ext_ids *ids, const char *mid)
{
	*out = (struct ts_hdrext_out){0};
	size_t mid_len = mid && ids->mid ? strnlen(mid, TS_MID_MAX) : 0;
	bool capture = ids->abs_capture_time && !mid_len;
	if (mid_len == 0 && !ids->abs_send_time && !ids->twcc && !capture) return;

	bool two_byte = mid_len > ONE_BYTE_LEN_MAX || (mid_len && ids->mid > ONE_BYTE_ID_MAX) ||
		ids->abs_send_time > ONE_BYTE_ID_MAX || ids->twcc > ONE_BYTE_ID_MAX ||
		(capture && ids->abs_capture_time > ONE_BYTE_ID_MAX);
	struct ts_wr w = ts_wr(out->bytes, sizeof(out->bytes));
	ts_wr_u16(&w, two_byte ? TWO_BYTE : ONE_BYTE);
	uint8_t *words = ts_wr_skip(&w, 2);
	if (mid_len) memcpy(put(&w, two_byte, ids->mid, mid_len), mid, mid_len);
	if (ids->abs_send_time)
		out->abs_send_time_at = (uint8_t)(put(&w, two_byte, ids->abs_send_time, 3) -
			out->bytes);
	if (ids->twcc) out->twcc_at = (uint8_t)(put(&w, two_byte, ids->twcc, 2) - out->bytes);
	if (capture) { /* the longer form: our clock is that of our reports, off by nothing */
		uint8_t *at = put(&w, two_byte, ids->abs_capture_time, CAPTURE_LONG_LEN);
		memset(at, 0, CAPTURE_LONG_LEN);
		out->capture_at = (uint8_t)(at - out->bytes);
	}
	while (ts_wr_len(&w) % 4) ts_wr_u8(&w, 0);
	out->len = (uint8_t)ts_wr_len(&w);
	words[1] = (uint8_t)(out->len / 4 - 1);
}

void ts_hdrext_stamp(struct ts_hdrext_out *out, uint64_t ntp)
{
	struct ts_wr w = ts_wr(out->bytes + out->capture_at, CAPTURE_LEN);
	ts_wr_u32(&w, (uint32_t)(ntp >> 32));
	ts_wr_u32(&w, (uint32_t)ntp);
}

uint32_t ts_abs_send_time(int64_t now_ns)
{
	/* 6 bits of seconds: the remainder first, so that the shift cannot overflow */
	int64_t in_64_s = now_ns % (64 * TS_NS_PER_S);
	return (uint32_t)((in_64_s << 18) / TS_NS_PER_S) & 0xffffff;
}
