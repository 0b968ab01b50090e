#include "codec/peek.h"

#include "base/bytes.h"
#include "codec/av1_obu.h"
#include "codec/h264_sps.h"
#include "codec/h265.h"
#include "codec/vp8_descriptor.h"
#include "codec/vp9_header.h"

enum {
	VP8_INTER_FRAME = 0x01,
	VP8_START_CODE = 0x9d012a,
	VP8_SIZE_MASK = 0x3fff, /* the two bits above scale, which nobody does */
	NAL_TYPE_MASK = 0x1f,
	NAL_SPS = 7,
	NAL_STAP_A = 24,
};

static uint32_t read_u16_le(struct ts_rd *r)
{
	uint32_t low = ts_rd_u8(r);
	return low | (uint32_t)ts_rd_u8(r) << 8;
}

static bool peek_vp8(const uint8_t *payload, size_t len, int *width, int *height)
{
	struct ts_rd r = ts_rd(payload, len);
	if (!ts_vp8_starts_frame(ts_vp8_read_descriptor(&r))) return false;
	uint8_t tag = ts_rd_u8(&r);
	if (r.bad || tag & VP8_INTER_FRAME) return false;
	ts_rd_u16(&r);
	uint32_t code = ts_rd_u24(&r);
	uint32_t w = read_u16_le(&r) & VP8_SIZE_MASK, h = read_u16_le(&r) & VP8_SIZE_MASK;
	if (r.bad || code != VP8_START_CODE || !w || !h) return false;
	*width = (int)w;
	*height = (int)h;
	return true;
}

static bool peek_sps(const uint8_t *nal, size_t len, int *width, int *height)
{
	struct ts_h264_sps sps;
	if (!len || (nal[0] & NAL_TYPE_MASK) != NAL_SPS || ts_h264_sps_parse(&sps, nal, len))
		return false;
	*width = sps.width;
	*height = sps.height;
	return true;
}

static bool peek_h264(const uint8_t *payload, size_t len, int *width, int *height)
{
	if (!len || (payload[0] & NAL_TYPE_MASK) != NAL_STAP_A)
		return peek_sps(payload, len, width, height);
	struct ts_rd r = ts_rd(payload + 1, len - 1);
	while (ts_rd_left(&r)) {
		size_t n = ts_rd_u16(&r);
		const uint8_t *nal = ts_rd_bytes(&r, n);
		if (!nal) return false;
		if (peek_sps(nal, n, width, height)) return true;
	}
	return false;
}

/* Of the highest spatial layer, where there are several. */
static bool peek_vp9(const uint8_t *payload, size_t len, int *width, int *height)
{
	struct ts_rd r = ts_rd(payload, len);
	struct ts_vp9_descriptor d;
	struct ts_vp9_header h;
	if (ts_vp9_read_descriptor(&d, &r) || !d.begins || (d.has_layer && d.spatial) ||
		ts_vp9_read_header(&h, r.p, ts_rd_left(&r)) || !h.key)
		return false;
	*width = d.width && d.height ? d.width : h.width;
	*height = d.width && d.height ? d.height : h.height;
	return true;
}

static bool peek_av1(const uint8_t *payload, size_t len, int *width, int *height)
{
	enum { CONTINUES = 0x80, COUNT_SHIFT = 4, COUNT = 3 };
	struct ts_rd r = ts_rd(payload, len);
	const uint8_t head = ts_rd_u8(&r);
	const unsigned count = head >> COUNT_SHIFT & COUNT;
	for (unsigned i = 1; !(head & CONTINUES) && ts_rd_left(&r); i++) {
		struct ts_rd element = ts_rd_sub(
			&r, i == count ? ts_rd_left(&r) : ts_rd_leb128(&r));
		struct ts_obu obu;
		struct ts_av1_sequence s;
		if (element.bad) return false;
		if (!ts_obu_next(&obu, &element) || obu.type != TS_OBU_SEQUENCE_HEADER ||
			ts_av1_read_sequence(&s, obu.payload, obu.len))
			continue;
		*width = s.width;
		*height = s.height;
		return true;
	}
	return false;
}

static bool peek_h265_sps(const uint8_t *nal, size_t len, int *width, int *height)
{
	struct ts_h265_sps sps;
	if (len <= TS_H265_HEADER_BYTES || ts_h265_type(nal[0]) != TS_H265_SPS ||
		ts_h265_is_enhancement(nal) || ts_h265_sps_parse(&sps, nal, len))
		return false;
	*width = sps.width;
	*height = sps.height;
	return true;
}

static bool peek_h265(const uint8_t *payload, size_t len, int *width, int *height)
{
	if (len <= TS_H265_HEADER_BYTES || ts_h265_type(payload[0]) != TS_H265_AP)
		return peek_h265_sps(payload, len, width, height);
	struct ts_rd r = ts_rd(payload + TS_H265_HEADER_BYTES, len - TS_H265_HEADER_BYTES);
	while (ts_rd_left(&r)) {
		const size_t n = ts_rd_u16(&r);
		const uint8_t *nal = ts_rd_bytes(&r, n);
		if (!nal) return false;
		if (peek_h265_sps(nal, n, width, height)) return true;
	}
	return false;
}

bool ts_peek_size(enum ts_codec codec, const uint8_t *payload, size_t len, int *width, int *height)
{
	switch (codec) {
	case TS_CODEC_VP8: return peek_vp8(payload, len, width, height);
	case TS_CODEC_H264: return peek_h264(payload, len, width, height);
	case TS_CODEC_VP9: return peek_vp9(payload, len, width, height);
	case TS_CODEC_AV1: return peek_av1(payload, len, width, height);
	case TS_CODEC_H265: return peek_h265(payload, len, width, height);
	default: return false;
	}
}
