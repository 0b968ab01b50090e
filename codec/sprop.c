#include "codec/sprop.h"
#include "base/bytes.h"
#include "codec/h264_sps.h"
#include <libavutil/base64.h>
#include <string.h>
#include <strings.h>

enum { NAL_SPS = 7, NAL_PPS = 8, NAL_TYPE = 0x1f, FORBIDDEN = 0x80, NAL_MIN = 2, LENGTH = 2 };

/* One value of the list. */
static void add(struct ts_parameter_sets *out, const char *value, size_t len)
{
	char text[4 * TS_PARAMETER_SETS_MAX / 3 + 8];
	uint8_t nal[TS_PARAMETER_SETS_MAX];
	if (!len || len >= sizeof text - 4) return;
	memcpy(text, value, len);
	while (len % 4) text[len++] = '='; /* some leave the padding out */
	text[len] = '\0';
	int n = av_base64_decode(nal, text, (int)sizeof nal);
	if (n < NAL_MIN || nal[0] & FORBIDDEN ||
		((nal[0] & NAL_TYPE) != NAL_SPS && (nal[0] & NAL_TYPE) != NAL_PPS))
		return;
	struct ts_wr w = ts_wr(out->bytes + out->len, sizeof out->bytes - out->len);
	ts_wr_u16(&w, (uint16_t)n);
	ts_wr_bytes(&w, nal, (size_t)n);
	if (!w.bad) out->len = (uint16_t)(out->len + LENGTH + n);
}

static void add_list(struct ts_parameter_sets *out, const char *list, size_t len)
{
	const char *end = list + len;
	for (const char *at = list; at < end;) {
		size_t n = strcspn(at, ", \t;\"");
		if (n > (size_t)(end - at)) n = (size_t)(end - at);
		add(out, at, n);
		at += n + 1;
	}
}

void ts_sprop_read(struct ts_parameter_sets *out, const char *fmtp)
{
	static const char name[] = "sprop-parameter-sets";
	const size_t name_len = sizeof name - 1;
	for (const char *at = fmtp; at && *at;) {
		at += strspn(at, " \t;");
		size_t len = strcspn(at, ";\r\n");
		if (!strncasecmp(at, name, name_len)) {
			const char *value = at + name_len;
			value += strspn(value, " \t");
			if (*value == '=') {
				value++;
				value += strspn(value, " \t");
				if (value < at + len)
					add_list(out, value, (size_t)(at + len - value));
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
