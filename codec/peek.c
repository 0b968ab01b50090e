#include "codec/peek.h"

#include "base/bytes.h"
#include "codec/h264_sps.h"
#include "codec/vp8_descriptor.h"

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

bool ts_peek_size(enum ts_codec codec, const uint8_t *payload, size_t len, int *width, int *height)
{
	return codec == TS_CODEC_VP8     ? peek_vp8(payload, len, width, height)
		: codec == TS_CODEC_H264 ? peek_h264(payload, len, width, height)
					 : false;
}
