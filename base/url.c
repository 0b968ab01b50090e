#include "base/url.h"
#include <stdio.h>
#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* n bytes; false: they do not fit. */
static bool take(char *out, size_t cap, const char *from, size_t n)
{
	if (n >= cap) return false;
	memcpy(out, from, n);
	out[n] = '\0';
	return true;
}

static bool take_scheme(struct ts_url *out, const char *text, const char *end)
{
	if (!take(out->scheme, sizeof out->scheme, text, (size_t)(end - text))) return false;
	if (!is_letter(out->scheme[0])) return false;
	for (char *c = out->scheme; *c; c++) {
		if (!is_letter(*c) && !is_digit(*c)) return false;
		if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
	}
	return true;
}

static bool take_port(struct ts_url *out, const char *text, const char *end)
{
	unsigned port = 0;
	if (text == end) return false;
	for (; text < end; text++) {
		if (!is_digit(*text)) return false;
		port = port * 10 + (unsigned)(*text - '0');
		if (port > UINT16_MAX) return false;
	}
	out->port = (uint16_t)port;
	return port != 0;
}

static bool take_host(struct ts_url *out, const char *text, const char *end)
{
	const char *colon = memchr(text, ':', (size_t)(end - text));
	if (*text == '[') {
		const char *close = memchr(text, ']', (size_t)(end - text));
		if (!close || (close + 1 < end && close[1] != ':')) return false;
		if (!take(out->host, sizeof out->host, text + 1, (size_t)(close - text - 1)))
			return false;
		for (const char *c = out->host; *c; c++)
			if (!strchr("0123456789abcdefABCDEF:.", *c)) return false;
		out->v6 = true;
		return *out->host && (close + 1 == end || take_port(out, close + 2, end));
	}
	if (!take(out->host, sizeof out->host, text, (size_t)((colon ? colon : end) - text)))
		return false;
	for (const char *c = out->host; *c; c++)
		if (!is_letter(*c) && !is_digit(*c) && !strchr(".-_", *c)) return false;
	return *out->host && (!colon || take_port(out, colon + 1, end));
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\\\"<>`", *text)) return false;
	return true;
}

/* The part between "//" and the path; [user@]host[:port]. */
static bool take_authority(struct ts_url *out, const char *at, const char *end)
{
	const char *host = at;
	for (const char *c = at; c < end; c++)
		if (*c == '@') host = c + 1;
	if (host > at) {
		if (!take(out->user, sizeof out->user, at, (size_t)(host - at - 1))) return false;
		if (strchr(out->user, '@')) return false;
	}
	return host < end && take_host(out, host, end);
}

bool ts_url_parse(struct ts_url *out, const char *text)
{
	*out = (struct ts_url){.port = 0};
	const char *mark = strstr(text, "://");
	if (!mark || strlen(text) >= TS_URL_MAX || !is_plain(text)) return false;
	if (!take_scheme(out, text, mark)) return false;
	const char *at = mark + 3, *end = at + strcspn(at, "/?#");
	if (!take_authority(out, at, end)) return false;
	return take(out->rest, sizeof out->rest, end, strcspn(end, "#"));
}

static bool print(char *out, size_t cap, const struct ts_url *url, const char *user,
	const char *host, const char *rest)
{
	char port[8] = "";
	const bool v6 = strchr(host, ':') != NULL;
	if (url->port) snprintf(port, sizeof port, ":%u", url->port);
	const int n = snprintf(out, cap, "%s://%s%s%s%s%s%s%s", url->scheme, user, *user ? "@" : "",
		v6 ? "[" : "", host, v6 ? "]" : "", port, rest);
	return n >= 0 && (size_t)n < cap;
}

bool ts_url_to(char *out, size_t cap, const struct ts_url *url, const char *host)
{
	return print(out, cap, url, url->user, host, url->rest);
}

/* Where the secret part of a path begins; NULL: nowhere. RTMP: all behind the app, or what stands
 * in place of it. RTSP: recorders take user and password in the path, written in many ways. */
static char *key_in(struct ts_url *url)
{
	char *path = url->rest + strspn(url->rest, "/");
	if (!strncmp(url->scheme, "rtmp", 4)) {
		char *after = strchr(path, '/');
		if (after) after += strspn(after, "/");
		return after && *after ? after : *path ? path : NULL;
	}
	if (!strncmp(url->scheme, "rtsp", 4) && strpbrk(path, "=@%&;")) return path;
	return NULL;
}

void ts_url_masked(char *out, size_t cap, const char *text)
{
	struct ts_url url;
	if (!ts_url_parse(&url, text)) {
		const char *mark = strstr(text, "//");
		if (mark)
			snprintf(out, cap, "%.*s//***", (int)strcspn(text, "/"), text);
		else
			snprintf(out, cap, "%.*s", (int)strcspn(text, "@?"), text);
		return;
	}
	char *query = strchr(url.rest, '?');
	if (query) *query = '\0';
	char *key = key_in(&url);
	char rest[TS_URL_MAX + 8];
	if (key) *key = '\0';
	snprintf(rest, sizeof rest, "%s%s%s", url.rest, key ? "***" : "", query ? "?***" : "");
	print(out, cap, &url, *url.user ? "***" : "", url.host, rest);
}
