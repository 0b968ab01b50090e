#include "control/sip/stream.h"
#include <glib.h>
#include <string.h>

bool ts_sip_stream_is_keepalive(const char *message, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (message[i] != '\r' && message[i] != '\n') return false;
	return len > 0;
}

/* Behind the line; the end where none is. */
static const char *next_line(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));
	return lf ? lf + 1 : end;
}

/* Nothing but CR before its LF: as libre reads it (frame.h). */
static bool is_empty(const char *line, const char *next)
{
	if (next == line || next[-1] != '\n') return false;
	for (const char *c = line; c < next - 1; c++)
		if (*c != '\r') return false;
	return true;
}

static bool is_name(const char *line, const char *next, const char *name)
{
	const size_t n = strlen(name);
	if ((size_t)(next - line) <= n || g_ascii_strncasecmp(line, name, n) != 0) return false;
	const char *c = line + n;
	while (c < next && (*c == ' ' || *c == '\t')) c++;
	return c < next && *c == ':';
}

static bool is_length(const char *line, const char *next)
{
	return is_name(line, next, "content-length") || is_name(line, next, "l");
}

static bool is_folded(const char *line)
{
	return *line == ' ' || *line == '\t';
}

size_t ts_sip_stream_from(char *out, size_t cap, const char *message, size_t len)
{
	const char *end = message + len, *line = message;
	size_t n = 0;
	bool drop = false;
	if (cap < len + TS_SIP_STREAM_MORE) return 0;
	while (line < end && (*line == '\r' || *line == '\n')) line++;
	for (const char *next; line < end; line = next) {
		next = next_line(line, end);
		if (is_empty(line, next)) {
			const size_t body = (size_t)(end - next);
			n += (size_t)g_snprintf(
				out + n, cap - n, "Content-Length: %zu\r\n\r\n", body);
			memcpy(out + n, next, body);
			return n + body;
		}
		drop = is_folded(line) ? drop : is_length(line, next);
		if (drop && !n) return 0; /* where the request or status line should be */
		if (drop) continue;
		memcpy(out + n, line, (size_t)(next - line));
		n += (size_t)(next - line);
	}
	return 0;
}

size_t ts_sip_stream_to(
	char *out, size_t cap, const char *message, size_t len, const char *seen, const char *shown)
{
	char mark[64];
	const size_t n_mark = (size_t)g_snprintf(mark, sizeof(mark), ";received=%s", seen),
		     n_shown = strlen(shown);
	const char *blank = memmem(message, len, "\r\n\r\n", 4);
	const char *at = blank ? memmem(message, (size_t)(blank - message), mark, n_mark) : NULL;
	if (!at || len + n_shown > cap) {
		const size_t n = MIN(len, cap);
		memcpy(out, message, n);
		return n;
	}
	const size_t before = (size_t)(at - message) + strlen(";received=");
	const size_t rest = (size_t)(at - message) + n_mark;
	memcpy(out, message, before);
	memcpy(out + before, shown, n_shown);
	memcpy(out + before + n_shown, message + rest, len - rest);
	return before + n_shown + len - rest;
}
