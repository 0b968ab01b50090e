#include "codec/extradata.h"

#include "codec/h264.h"
#include <string.h>

size_t ts_extradata(enum ts_codec codec, const uint8_t *unit, size_t len, uint8_t *out, size_t cap)
{
	static const uint8_t start[] = {0, 0, 0, 1};
	const uint8_t *at = unit, *end = unit + len;
	struct ts_nal nal;
	size_t n = 0;
	if (codec != TS_CODEC_H264) return 0;
	while (ts_nal_next(&nal, &at, end)) {
		const int type = nal.len ? nal.p[0] & TS_NAL_TYPE : 0;
		if (type != TS_NAL_SPS && type != TS_NAL_PPS) continue;
		if (n + sizeof start + nal.len > cap) return 0;
		memcpy(out + n, start, sizeof start);
		memcpy(out + n + sizeof start, nal.p, nal.len);
		n += sizeof start + nal.len;
	}
	return n;
}
