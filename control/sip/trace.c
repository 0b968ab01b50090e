#include "control/sip/trace.h"
#include <string.h>
#include <strings.h>

struct text {
	char *out;
	size_t cap, len;
};

static void put(struct text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n && t->len + 1 < t->cap; i++) {
		unsigned char c = (unsigned char)s[i];
		bool shown = (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
		t->out[t->len++] = shown ? (char)c : '.';
	}
}

static bool begins(const char *line, size_t len, const char *with)
{
	size_t n = strlen(with);
	return len >= n && !strncasecmp(line, with, n);
}

/* "a=NAME:..." as the parser takes it, blanks about the name left out. */
static bool is_attribute(const char *line, size_t len, const char *name)
{
	size_t at = 2, n = strlen(name);
	if (!begins(line, len, "a=")) return false;
	while (at < len && (line[at] == ' ' || line[at] == '\t')) at++;
	if (len - at < n || strncasecmp(line + at, name, n) != 0) return false;
	for (at += n; at < len && (line[at] == ' ' || line[at] == '\t');) at++;
	return at < len && line[at] == ':';
}

static size_t after_colon(const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	return colon ? (size_t)(colon - line) + 1 : len;
}

/* A header that says that what follows can be read by who decodes it: whole message or one of its
 * parts (RFC 2045 6.1). */
static bool says_encoded(const char *line, size_t len)
{
	if (!begins(line, len, "Content-Transfer-Encoding")) return false;
	size_t at = after_colon(line, len);
	while (at < len && (line[at] == ' ' || line[at] == '\t')) at++;
	/* none on this line: it is folded */
	return !begins(line + at, len - at, "7bit") && !begins(line + at, len - at, "8bit") &&
		!begins(line + at, len - at, "binary");
}

static void put_hidden(struct text *t, const char *line, size_t shown)
{
	put(t, line, shown);
	put(t, "(hidden)", 8);
}

/* "a=crypto:1 SUITE inline:KEY|..." up to the key. */
static size_t before_key(const char *line, size_t len)
{
	for (size_t i = 0; i + 7 <= len; i++)
		if (!strncasecmp(line + i, "inline:", 7)) return i + 7;
	return after_colon(line, len);
}

/* Values of URI and header parameters named pin. */
static void put_line(struct text *t, const char *line, size_t len)
{
	size_t from = 0;
	for (size_t i = 0; i + 4 < len; i++) {
		if ((line[i] != ';' && line[i] != '?' && line[i] != '&') ||
			strncasecmp(line + i + 1, "pin=", 4) != 0)
			continue;
		put_hidden(t, line + from, i + 5 - from);
		from = i + 5;
		while (from < len && !strchr(";&> \t\"", line[from])) from++;
		i = from ? from - 1 : 0;
	}
	put(t, line + from, len - from);
}

size_t ts_sip_trace_text(char *out, size_t cap, const char *message, size_t len)
{
	struct text t = {out, cap, 0};
	bool secret = false;                /* a folded line goes on as the one before */
	bool encoded = false, body = false; /* that was announced; its headers are over */
	for (size_t at = 0; at < len;) {
		const char *line = message + at, *lf = memchr(line, '\n', len - at);
		size_t whole = lf ? (size_t)(lf - line) + 1 : len - at, n = whole;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) n--;
		bool folded = n && (*line == ' ' || *line == '\t');
		at += whole;
		/* the next part */
		if (encoded && body && n && begins(line, n, "--")) encoded = body = false;
		if (encoded && body && n) {
			put_hidden(&t, line, 0);
			put(&t, line + n, whole - n);
			continue;
		}
		body |= encoded && !n;
		encoded |= says_encoded(line, n);
		if (folded && secret) continue;
		secret = true;
		if (begins(line, n, "Authorization") || begins(line, n, "Proxy-Authorization") ||
			is_attribute(line, n, "ice-pwd") || is_attribute(line, n, "key-mgmt")) {
			put_hidden(&t, line, after_colon(line, n));
		} else if (is_attribute(line, n, "crypto")) {
			put_hidden(&t, line, before_key(line, n));
		} else if (begins(line, n, "k=")) {
			put_hidden(&t, line, 2);
		} else {
			secret = false;
			put_line(&t, line, n);
		}
		put(&t, line + n, whole - n);
	}
	out[t.len] = '\0';
	return t.len;
}

/* ---- the last messages of a call */

void ts_sip_trace_init(struct ts_sip_trace *trace)
{
	g_queue_init(&trace->messages);
	trace->bytes = 0;
}

void ts_sip_trace_fini(struct ts_sip_trace *trace)
{
	g_queue_clear_full(&trace->messages, g_free);
}

static void drop_first(struct ts_sip_trace *trace)
{
	struct ts_sip_traced *first = g_queue_pop_head(&trace->messages);
	trace->bytes -= first->len;
	g_free(first);
}

void ts_sip_trace_add(
	struct ts_sip_trace *trace, bool sent, int64_t at_unix_ms, const char *text, size_t len)
{
	struct ts_sip_traced *message = g_malloc(sizeof(*message) + len + 1);
	message->sent = sent;
	message->at_unix_ms = at_unix_ms;
	message->len = len;
	memcpy(message->text, text, len);
	message->text[len] = '\0';
	g_queue_push_tail(&trace->messages, message);
	trace->bytes += len;
	while (trace->messages.length > TS_SIP_TRACE_MESSAGES ||
		trace->bytes > TS_SIP_TRACE_ALL_BYTES)
		drop_first(trace);
}
