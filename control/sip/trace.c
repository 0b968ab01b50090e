#include "control/sip/trace.h"
#include "control/sip/trunk_config.h"
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

/* "Name: ..." or its short form "n: ..." (RFC 3261 7.3.3). */
static bool is_header(const char *line, size_t len, const char *name, char brief)
{
	size_t at = begins(line, len, name)        ? strlen(name)
		: len && (line[0] | 0x20) == brief ? 1
						   : len;
	while (at < len && (line[at] == ' ' || line[at] == '\t')) at++;
	return at < len && line[at] == ':';
}

static bool has_word(const char *line, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++)
		if (begins(line + i, len - i, word)) return true;
	return false;
}

/* On a line of Content-Type: application/dtmf, application/dtmf-relay,
 * application/vnd.nortelnetworks.digits, application/kpml-response+xml. One key may be of a PIN. */
static bool says_keys(const char *line, size_t len)
{
	return has_word(line, len, "dtmf") || has_word(line, len, "digits") ||
		has_word(line, len, "kpml");
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

/* ";pin=", also where a URI is a header of another (RFC 3261 19.1.1): how long it is; 0: none. */
static size_t pin_at(const char *p, size_t n)
{
	size_t at = n && strchr(";?&", *p) && *p                                    ? 1
		: begins(p, n, "%3b") || begins(p, n, "%3f") || begins(p, n, "%26") ? 3
										    : 0;
	if (!at || !begins(p + at, n - at, "pin")) return 0;
	at += 3;
	if (at < n && p[at] == '=') return at + 1;
	return begins(p + at, n - at, "%3d") ? at + 3 : 0;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* "HEX@", a user part as trunks have theirs from us: who knows it calls as the trunk. */
static bool is_token(const char *p, size_t n)
{
	size_t i = 0;
	while (i < n && is_hex(p[i])) i++;
	return i == TS_TRUNK_TOKEN_HEX && i < n && (p[i] == '@' || p[i] == ':' || p[i] == ';');
}

/* Without the values of URI and header parameters named pin, and without tokens of trunks. */
static void put_line(struct text *t, const char *line, size_t len)
{
	size_t from = 0;
	for (size_t i = 0; i < len; i++) {
		const size_t pin = pin_at(line + i, len - i);
		if (!pin && (line[i] != ':' || !is_token(line + i + 1, len - i - 1))) continue;
		const size_t secret = i + (pin ? pin : 1);
		put_hidden(t, line + from, secret - from);
		from = secret + (pin ? 0 : TS_TRUNK_TOKEN_HEX);
		while (pin && from < len && !strchr(";&> \t\"", line[from])) from++;
		i = from - 1;
	}
	put(t, line + from, len - from);
}

size_t ts_sip_trace_text(char *out, size_t cap, const char *message, size_t len)
{
	struct text t = {out, cap, 0};
	bool secret = false; /* a folded line goes on as the one before */
	/* its headers are over; of a part of it that is not to be read */
	bool body = false, encoded = false;
	bool type = false; /* a line of Content-Type */
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
		type = folded ? type : is_header(line, n, "Content-Type", 'c');
		body |= encoded && !n;
		encoded |= says_encoded(line, n) || (type && says_keys(line, n));
		if (folded && secret) continue;
		secret = true;
		if (begins(line, n, "Authorization") || begins(line, n, "Proxy-Authorization") ||
			is_attribute(line, n, "ice-pwd") || is_attribute(line, n, "key-mgmt")) {
			put_hidden(&t, line, after_colon(line, n));
		} else if (is_attribute(line, n, "crypto")) {
			put_hidden(&t, line, before_key(line, n));
		} else if (begins(line, n, "k=")) {
			put_hidden(&t, line, 2);
		} else if (begins(line, n, "Signal")) { /* a key, whatever the type */
			put_hidden(&t, line, 6);
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
