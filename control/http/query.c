#include "control/http/query.h"
#include "base/error.h"
#include "control/http/http.h"
#include <glib.h>
#include <string.h>

int ts_url_decode(char *out, size_t cap, const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '%') {
			if (len - i < 3 || !g_ascii_isxdigit(text[i + 1]) ||
				!g_ascii_isxdigit(text[i + 2]))
				return TS_EBADMSG;
			c = (char)(g_ascii_xdigit_value(text[i + 1]) << 4 |
				g_ascii_xdigit_value(text[i + 2]));
			i += 2;
		}
		if (!c) return TS_EBADMSG;
		if (n + 1 >= cap) return TS_ELIMIT;
		out[n++] = c;
	}
	out[n] = '\0';
	return 0;
}

static int decode_query(const struct ts_request *request, const char *name, char *out, size_t cap)
{
	const char *raw = ts_request_query(request, name);
	return ts_url_decode(out, cap, raw ? raw : "", raw ? strlen(raw) : 0);
}

int ts_query_text(const struct ts_request *request, const char *name, char *out, size_t cap)
{
	int rc = decode_query(request, name, out, cap);
	if (rc) return rc;
	if (!g_utf8_validate(out, -1, NULL)) return TS_EBADMSG;
	for (const char *p = out; *p; p = g_utf8_next_char(p))
		if (g_unichar_iscntrl(g_utf8_get_char(p))) return TS_EBADMSG;
	return 0;
}

int ts_query_int(const struct ts_request *request, const char *name, int min, int max, int *out)
{
	char text[16];
	guint64 value;
	if (!ts_request_query(request, name)) return 0;
	if (decode_query(request, name, text, sizeof(text))) return TS_EINVAL;
	if (!g_ascii_string_to_unsigned(text, 10, (guint64)min, (guint64)max, &value, NULL))
		return TS_EINVAL;
	*out = (int)value;
	return 0;
}
