#include "control/sip/name.h"
#include "control/sip/number.h"
#include <glib.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

struct text {
	const char *p;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct text trimmed(struct text t)
{
	while (t.n && is_blank(*t.p)) t.p++, t.n--;
	while (t.n && is_blank(t.p[t.n - 1])) t.n--;
	return t;
}

/* Up to the first of `ends`, or all. */
static struct text until(struct text t, const char *ends)
{
	size_t i = 0;
	while (i < t.n && (!t.p[i] || !strchr(ends, t.p[i]))) i++;
	return (struct text){t.p, i};
}

static struct text behind(struct text t, size_t n)
{
	return n < t.n ? (struct text){t.p + n, t.n - n} : (struct text){t.p + t.n, 0};
}

static bool begins(struct text t, const char *word)
{
	size_t n = strlen(word);
	return t.n >= n && !g_ascii_strncasecmp(t.p, word, n);
}

/* ---- URIs */

struct uri {
	bool tel;
	/* rest: with the user, for people; params: from the first ';' */
	struct text user, rest, params;
};

/* '@' cannot stand unescaped in a user part or headers (RFC 3261 25.1); the last one before '?'
 * counts for those who write it so. */
static size_t find_at(struct text t)
{
	size_t at = t.n, n = until(t, "?").n;
	for (size_t i = 0; i < n; i++)
		if (t.p[i] == '@') at = i;
	return at < t.n ? at : until(t, "@").n;
}

static struct uri split(struct text t)
{
	struct uri uri = {.tel = begins(t, "tel:")};
	t = behind(t, uri.tel || begins(t, "sip:") ? 4 : begins(t, "sips:") ? 5 : 0);
	size_t at = uri.tel ? t.n : find_at(t);
	bool has_user = at < t.n;
	struct text host = uri.tel || !has_user ? t : behind(t, at + 1);
	if (has_user) uri.user = (struct text){t.p, at};
	if (uri.tel) uri.user = t;
	uri.user = until(uri.user, ":;");
	size_t n_host = until(host, ";?").n;
	uri.rest = (struct text){t.p, (size_t)(host.p - t.p) + n_host};
	uri.params = behind(host, n_host);
	uri.params = until(uri.params, "?");
	return uri;
}

/* False: a control byte, or too long. */
static bool unescape(char *out, size_t cap, struct text t)
{
	size_t n = 0;
	for (size_t i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.p[i];
		if (c == '%' && i + 2 < t.n && g_ascii_isxdigit(t.p[i + 1]) &&
			g_ascii_isxdigit(t.p[i + 2])) {
			c = (unsigned char)(g_ascii_xdigit_value(t.p[i + 1]) << 4 |
				g_ascii_xdigit_value(t.p[i + 2]));
			i += 2;
		}
		if (c < ' ' || c == 0x7f || n + 1 >= cap) {
			*out = '\0';
			return false;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

static bool find_param(struct text params, const char *name, struct text *value)
{
	while (params.n) {
		params = behind(params, *params.p == ';');
		struct text one = until(params, ";"), key = until(one, "=");
		params = behind(params, one.n);
		if (key.n != strlen(name) || !begins(key, name)) continue;
		*value = behind(one, key.n + 1);
		return true;
	}
	return false;
}

bool ts_sip_uri_without(char *out, size_t cap, const char *text, size_t n, const char *name)
{
	struct text t = trimmed((struct text){text, n}), params = split(t).params;
	size_t len = (size_t)(params.p - t.p); /* a user may hold a '?', so it is not looked for */
	if (len >= cap) return false;
	memcpy(out, t.p, len);
	while (params.n) {
		params = behind(params, *params.p == ';');
		struct text one = until(params, ";"), key = until(one, "=");
		params = behind(params, one.n);
		if (!one.n || (key.n == strlen(name) && begins(key, name))) continue;
		if (len + 1 + one.n >= cap) return false;
		out[len++] = ';';
		memcpy(out + len, one.p, one.n);
		len += one.n;
	}
	out[len] = '\0';
	return true;
}

bool ts_sip_uri_param(char *out, size_t cap, const char *text, size_t n, const char *name)
{
	struct text value;
	*out = '\0';
	struct uri uri = split(trimmed((struct text){text, n}));
	return !find_param(uri.params, name, &value) || unescape(out, cap, value);
}

static bool is_phone(const struct uri *uri)
{
	struct text value;
	return uri->tel ||
		(find_param(uri->params, "user", &value) && value.n == 5 && begins(value, "phone"));
}

bool ts_sip_called(char *out, size_t cap, const char *text, size_t n)
{
	struct uri uri = split(trimmed((struct text){text, n}));
	char *number;
	*out = '\0';
	if (!unescape(out, cap, uri.user)) return false;
	if (!is_phone(&uri)) return true;
	number = g_malloc(cap);
	if (ts_sip_number_strip(number, cap, out)) g_strlcpy(out, number, cap);
	g_free(number);
	return true;
}

/* ---- names */

/* The quoted string at t, its pairs resolved (25.1). How much of t it took. */
static size_t unquote(char *out, size_t cap, struct text t)
{
	size_t i = 1, n = 0;
	for (; i < t.n && t.p[i] != '"'; i++) {
		if (t.p[i] == '\\' && i + 1 < t.n) i++;
		if (n + 1 < cap) out[n++] = t.p[i];
	}
	out[n] = '\0';
	return i < t.n ? i + 1 : t.n;
}

/* Tokens with one blank between them. */
static void join_tokens(char *out, size_t cap, struct text t)
{
	size_t n = 0;
	t = trimmed(t);
	for (size_t i = 0; i < t.n && n + 1 < cap; i++) {
		if (!is_blank(t.p[i]))
			out[n++] = t.p[i];
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

static void print_uri(char *out, size_t cap, struct text t)
{
	struct uri uri = split(trimmed(t));
	char number[TEXT_MAX];
	if (is_phone(&uri) && unescape(out, cap, uri.user) &&
		ts_sip_number_strip(number, sizeof(number), out))
		g_strlcpy(out, number, cap);
	else if (!unescape(out, cap, uri.rest))
		*out = '\0';
	char *at = strrchr(out, '@'), *colon = strchr(out, ':');
	if (at && colon && colon < at) memmove(colon, at, strlen(at) + 1); /* a password */
}

/* Fit to be shown: valid, without control bytes, trimmed, cut between letters. */
static void clean(char *out, size_t cap, const char *raw)
{
	g_autofree char *valid = g_utf8_make_valid(raw, -1);
	size_t n = 0;
	for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
		size_t len = (size_t)(g_utf8_next_char(c) - c);
		if (g_unichar_iscntrl(g_utf8_get_char(c)) || (!n && *c == ' ')) continue;
		if (n + len + 1 > cap) break;
		memcpy(out + n, c, len);
		n += len;
	}
	while (n && out[n - 1] == ' ') n--;
	out[n] = '\0';
}

void ts_sip_caller(char *out, size_t cap, const char *from, size_t n)
{
	struct text t = trimmed((struct text){from, n});
	char raw[TEXT_MAX] = "";
	if (t.n && *t.p == '"')
		t = trimmed(behind(t, unquote(raw, sizeof(raw), t)));
	else if (until(t, "<").n < t.n)
		join_tokens(raw, sizeof(raw), until(t, "<"));
	clean(out, cap, raw);
	if (*out) return;
	size_t open = until(t, "<").n;
	struct text uri = open < t.n ? until(behind(t, open + 1), ">")
				     : until(t, ";"); /* without brackets ';' is the header's */
	print_uri(raw, sizeof(raw), uri);
	clean(out, cap, raw);
}

void ts_sip_uri_shown(char *out, size_t cap, const char *uri)
{
	const char *user = strchr(uri, ':'), *at = user ? strchr(user, '@') : NULL;
	size_t n = at ? (size_t)(at - uri) : 0;
	const char *password = at ? memchr(user + 1, ':', (size_t)(at - user - 1)) : NULL;
	if (password) n = (size_t)(password - uri);
	g_snprintf(out, cap, "%.*s%.*s", (int)n, uri, (int)strcspn(at ? at : uri, ";?>"),
		at ? at : uri);
}
