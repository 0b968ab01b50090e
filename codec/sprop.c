#include "codec/sprop.h"
#include "base/bytes.h"
#include "codec/h264_sps.h"
#include "codec/h265.h"
#include <libavutil/base64.h>
#include <string.h>
#include <strings.h>

enum { NAL_SPS = 7, NAL_PPS = 8, NAL_TYPE = 0x1f, FORBIDDEN = 0x80, NAL_MIN = 2, LENGTH = 2 };

static bool is_set(enum ts_codec codec, const uint8_t *nal)
{
	const uint8_t h264 = nal[0] & NAL_TYPE, h265 = ts_h265_type(nal[0]);
	if (nal[0] & FORBIDDEN) return false;
	return codec == TS_CODEC_H264 ? h264 == NAL_SPS || h264 == NAL_PPS
				      : h265 >= TS_H265_VPS && h265 <= TS_H265_PPS;
}

/* One value of the list. */
static void add(struct ts_parameter_sets *out, enum ts_codec codec, const char *value, size_t len)
{
	char text[4 * TS_PARAMETER_SETS_MAX / 3 + 8];
	uint8_t nal[TS_PARAMETER_SETS_MAX];
	if (!len || len >= sizeof text - 4) return;
	memcpy(text, value, len);
	while (len % 4) text[len++] = '='; /* some leave the padding out */
	text[len] = '\0';
	int n = av_base64_decode(nal, text, (int)sizeof nal);
	if (n < NAL_MIN || !is_set(codec, nal)) return;
	struct ts_wr w = ts_wr(out->bytes + out->len, sizeof out->bytes - out->len);
	ts_wr_u16(&w, (uint16_t)n);
	ts_wr_bytes(&w, nal, (size_t)n);
	if (!w.bad) out->len = (uint16_t)(out->len + LENGTH + n);
}

static void add_list(
	struct ts_parameter_sets *out, enum ts_codec codec, const char *list, size_t len)
{
	const char *end = list + len;
	for (const char *at = list; at < end;) {
		size_t n = strcspn(at, ", \t;\"");
		if (n > (size_t)(end - at)) n = (size_t)(end - at);
		add(out, codec, at, n);
		at += n + 1;
	}
}

/* Length of the name that the parameter has; 0: none that brings parameter sets. */
static size_t name_of(enum ts_codec codec, const char *parameter)
{
	static const char *const names[] = {
		"sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps"};
	const bool h264 = codec == TS_CODEC_H264;
	for (size_t i = h264 ? 0 : 1; i < (h264 ? 1 : sizeof names / sizeof *names); i++)
		if (!strncasecmp(parameter, names[i], strlen(names[i]))) return strlen(names[i]);
	return 0;
}

void ts_sprop_read(struct ts_parameter_sets *out, enum ts_codec codec, const char *fmtp)
{
	if (codec != TS_CODEC_H264 && codec != TS_CODEC_H265) return;
	for (const char *at = fmtp; at && *at;) {
		at += strspn(at, " \t;");
		size_t len = strcspn(at, ";\r\n");
		const size_t name_len = name_of(codec, at);
		if (name_len) {
			const char *value = at + name_len;
			value += strspn(value, " \t");
			if (*value == '=') {
				value++;
				value += strspn(value, " \t");
				if (value < at + len)
					add_list(out, codec, value, (size_t)(at + len - value));
			}
		}
		at += len;
		at += strspn(at, "\r\n");
	}
}

bool ts_sprop_size(const struct ts_parameter_sets *sets, int *width, int *height)
{
	struct ts_rd r = ts_rd(sets->bytes, sets->len);
	while (ts_rd_left(&r)) {
		const size_t len = ts_rd_u16(&r);
		const uint8_t *nal = ts_rd_bytes(&r, len);
		struct ts_h264_sps sps;
		if (!nal || !len) return false;
		if ((nal[0] & NAL_TYPE) != NAL_SPS || ts_h264_sps_parse(&sps, nal, len)) continue;
		*width = sps.width;
		*height = sps.height;
		return true;
	}
	return false;
}
