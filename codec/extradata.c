#include "codec/extradata.h"

#include "codec/av1_obu.h"
#include "codec/h264.h"
#include "codec/h265.h"
#include <string.h>

static bool is_set(enum ts_codec codec, const struct ts_nal *nal)
{
	if (!nal->len) return false;
	const int h264 = nal->p[0] & TS_NAL_TYPE, h265 = ts_h265_type(nal->p[0]);
	return codec == TS_CODEC_H264 ? h264 == TS_NAL_SPS || h264 == TS_NAL_PPS
				      : h265 >= TS_H265_VPS && h265 <= TS_H265_PPS;
}

static size_t parameter_sets(
	enum ts_codec codec, const uint8_t *unit, size_t len, uint8_t *out, size_t cap)
{
	static const uint8_t start[] = {0, 0, 0, 1};
	const uint8_t *at = unit, *end = unit + len;
	struct ts_nal nal;
	size_t n = 0;
	while (ts_nal_next(&nal, &at, end)) {
		if (!is_set(codec, &nal)) continue;
		if (n + sizeof start + nal.len > cap) return 0;
		memcpy(out + n, start, sizeof start);
		memcpy(out + n + sizeof start, nal.p, nal.len);
		n += sizeof start + nal.len;
	}
	return n;
}

/* With its header and size. */
static size_t sequence_header(const uint8_t *unit, size_t len, uint8_t *out, size_t cap)
{
	struct ts_rd r = ts_rd(unit, len);
	const uint8_t *at = unit;
	for (struct ts_obu obu; ts_obu_next(&obu, &r); at = r.p) {
		if (obu.type != TS_OBU_SEQUENCE_HEADER) continue;
		const size_t n = (size_t)(r.p - at);
		if (n > cap) return 0;
		memcpy(out, at, n);
		return n;
	}
	return 0;
}

bool ts_needs_extradata(enum ts_codec codec)
{
	return codec == TS_CODEC_H264 || codec == TS_CODEC_H265 || codec == TS_CODEC_AV1;
}

size_t ts_extradata(enum ts_codec codec, const uint8_t *unit, size_t len, uint8_t *out, size_t cap)
{
	if (!ts_needs_extradata(codec)) return 0;
	return codec == TS_CODEC_AV1 ? sequence_header(unit, len, out, cap)
				     : parameter_sets(codec, unit, len, out, cap);
}
