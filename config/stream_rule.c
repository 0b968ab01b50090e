#include "config/stream_rule.h"

#include <glib.h>
#include <string.h>

bool ts_stream_rule_parse(struct ts_stream_rule *out, const char *text)
{
	static const char *const schemes[] = {
		"rtmp", "rtmps", "srt", "rtsp", "udp", "rtp", "icecast", NULL};
	const char *sign = strstr(text, "://");
	out->scheme[0] = '\0';
	if (!sign) return ts_dial_rule_parse(&out->to, text);
	if ((size_t)(sign - text) >= sizeof(out->scheme)) return false;
	memcpy(out->scheme, text, (size_t)(sign - text));
	out->scheme[sign - text] = '\0';
	return g_strv_contains(schemes, out->scheme) && ts_dial_rule_parse(&out->to, sign + 3);
}
