#include "control/text/vtt.h"

/* RFC 8216 3.5: of 33 bits, as in a transport stream. */
#define TICKS_MASK ((INT64_C(1) << 33) - 1)

static void write_time(GString *out, int64_t ms)
{
	if (ms < 0) ms = 0;
	g_string_append_printf(out, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000),
		(int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

void ts_vtt_begin(GString *out, int64_t ticks, int64_t local_ms)
{
	g_string_append(out, "WEBVTT\n");
	if (ticks >= 0) {
		g_string_append_printf(
			out, "X-TIMESTAMP-MAP=MPEGTS:%lld,LOCAL:", (long long)(ticks & TICKS_MASK));
		write_time(out, local_ms);
		g_string_append_c(out, '\n');
	}
	g_string_append_c(out, '\n');
}

/* "-->" cannot stand in it, as > is escaped. */
static void escape(GString *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '&')
			g_string_append(out, "&amp;");
		else if (*p == '<')
			g_string_append(out, "&lt;");
		else if (*p == '>')
			g_string_append(out, "&gt;");
		else
			g_string_append_c(out, *p == '\n' ? ' ' : *p);
	}
}

void ts_vtt_cue(GString *out, int64_t from_ms, int64_t until_ms, const char *who, const char *text)
{
	write_time(out, from_ms);
	g_string_append(out, " --> ");
	write_time(out, until_ms > from_ms ? until_ms : from_ms + 1);
	g_string_append_c(out, '\n');
	if (*who) {
		g_string_append(out, "<v ");
		escape(out, who);
		g_string_append_c(out, '>');
	}
	escape(out, text);
	g_string_append(out, "\n\n");
}
