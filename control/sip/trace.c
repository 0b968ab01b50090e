#include "control/sip/trace.h"
#include <stdbool.h>
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
	return strlen("a=crypto:");
}

/* Values of URI and header parameters named pin. */
static void put_line(struct text *t, const char *line, size_t len)
{
	size_t from = 0;
	for (size_t i = 0; i + 4 < len; i++) {
		if ((line[i] != ';' && line[i] != '?' && line[i] != '&') || strncasecmp(line + i + 1, "pin=", 4) != 0)
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
	bool secret = false; /* a folded line goes on as the one before */
	for (size_t at = 0; at < len;) {
		const char *line = message + at, *lf = memchr(line, '\n', len - at);
		size_t whole = lf ? (size_t)(lf - line) + 1 : len - at, n = whole;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) n--;
		bool folded = n && (*line == ' ' || *line == '\t');
		at += whole;
		if (folded && secret) continue;
		secret = true;
		if (begins(line, n, "Authorization") || begins(line, n, "Proxy-Authorization")) {
			const char *colon = memchr(line, ':', n);
			put_hidden(&t, line, colon ? (size_t)(colon - line) + 1 : n);
		} else if (begins(line, n, "a=crypto:")) {
			put_hidden(&t, line, before_key(line, n));
		} else if (begins(line, n, "a=ice-pwd:")) {
			put_hidden(&t, line, strlen("a=ice-pwd:"));
		} else if (begins(line, n, "a=key-mgmt:")) {
			put_hidden(&t, line, strlen("a=key-mgmt:"));
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
