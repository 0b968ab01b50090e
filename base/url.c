#include "base/url.h"
#include <arpa/inet.h>
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

/* ---- where the parts are */

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\\\"<>`", *text)) return false;
	return true;
}

/* Up to the first of any of `ends`, which is left; or all. */
static struct ts_url_part until(const char **at, const char *ends)
{
	const struct ts_url_part p = {*at, strcspn(*at, ends)};
	*at += p.len;
	return p;
}

static void cut_user(struct ts_url_parts *out, const char **at)
{
	const size_t len = strcspn(*at, "/?#");
	const char *sign = NULL;
	for (size_t i = 0; i < len; i++)
		if ((*at)[i] == '@') sign = *at + i;
	if (!sign) return;
	const char *colon = memchr(*at, ':', (size_t)(sign - *at));
	out->has_user = true;
	out->user = (struct ts_url_part){*at, (size_t)((colon ? colon : sign) - *at)};
	out->has_password = colon;
	if (colon) out->password = (struct ts_url_part){colon + 1, (size_t)(sign - colon - 1)};
	*at = sign + 1;
}

static bool cut_host(struct ts_url_parts *out, const char **at)
{
	if (**at == '[') {
		++*at;
		out->v6 = true;
		out->host = until(at, "]/?#");
		if (**at != ']') return false;
		++*at;
	} else {
		out->host = until(at, ":/?#");
	}
	out->has_port = **at == ':';
	if (!out->has_port) return !**at || strchr("/?#", **at);
	++*at;
	out->port = until(at, "/?#");
	return true;
}

bool ts_url_cut(struct ts_url_parts *out, const char *text)
{
	*out = (struct ts_url_parts){.has_user = false};
	const char *at = strstr(text, "://");
	if (!at || !is_plain(text)) return false;
	out->scheme = (struct ts_url_part){text, (size_t)(at - text)};
	at += 3;
	cut_user(out, &at);
	if (!cut_host(out, &at)) return false;
	out->has_path = *at == '/';
	if (out->has_path) {
		at++;
		out->path = until(&at, "?#");
	}
	out->has_query = *at == '?';
	if (out->has_query) {
		at++;
		out->query = until(&at, "#");
	}
	out->has_fragment = *at == '#';
	if (out->has_fragment) out->fragment = (struct ts_url_part){at + 1, strlen(at + 1)};
	return true;
}

bool ts_url_copy(char *out, size_t cap, struct ts_url_part part)
{
	if (part.len >= cap) return false;
	if (part.len) memcpy(out, part.at, part.len);
	out[part.len] = '\0';
	return true;
}

bool ts_url_is_host(struct ts_url_part host, bool v6)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	if (v6) return ts_url_copy(text, sizeof text, host) && inet_pton(AF_INET6, text, &six) == 1;
	for (size_t i = 0; i < host.len; i++)
		if (!is_letter(host.at[i]) && !is_digit(host.at[i]) && !strchr(".-_", host.at[i]))
			return false;
	return host.len > 0;
}

bool ts_url_port(uint16_t *out, struct ts_url_part part)
{
	unsigned port = 0;
	for (size_t i = 0; i < part.len; i++) {
		if (!is_digit(part.at[i])) return false;
		port = port * 10 + (unsigned)(part.at[i] - '0');
		if (port > UINT16_MAX) return false;
	}
	*out = (uint16_t)port;
	return port != 0;
}

/* ---- as a whole */

static bool take_scheme(struct ts_url *out, struct ts_url_part scheme)
{
	if (!ts_url_copy(out->scheme, sizeof out->scheme, scheme)) return false;
	if (!is_letter(out->scheme[0])) return false;
	for (char *c = out->scheme; *c; c++) {
		if (!is_letter(*c) && !is_digit(*c)) return false;
		if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
	}
	return true;
}

/* As written: user and password with what stands between them. */
static bool take_user(struct ts_url *out, const struct ts_url_parts *parts)
{
	struct ts_url_part all = parts->user;
	if (parts->has_password) all.len += 1 + parts->password.len;
	return ts_url_copy(out->user, sizeof out->user, all) && !strchr(out->user, '@');
}

bool ts_url_parse(struct ts_url *out, const char *text)
{
	struct ts_url_parts parts;
	*out = (struct ts_url){.port = 0};
	if (strlen(text) >= TS_URL_MAX || !ts_url_cut(&parts, text)) return false;
	out->v6 = parts.v6;
	if (!take_scheme(out, parts.scheme) || !take_user(out, &parts) ||
		!ts_url_is_host(parts.host, parts.v6) ||
		!ts_url_copy(out->host, sizeof out->host, parts.host))
		return false;
	if (parts.has_port && !ts_url_port(&out->port, parts.port)) return false;
	const char *rest = text + strcspn(text, ":") + 3;
	rest += strcspn(rest, "/?#");
	const struct ts_url_part whole = {rest, strcspn(rest, "#")};
	return ts_url_copy(out->rest, sizeof out->rest, whole);
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
