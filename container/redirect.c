#include "container/redirect.h"

#include "base/error.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WAIT_US "10000000"

/* ---- the request */

static int read_head(AVIOContext *pb, char head[TS_REDIRECT_HEAD_MAX])
{
	int n = 0;
	while (n < TS_REDIRECT_HEAD_MAX - 1) {
		const int got = avio_read_partial(
			pb, (unsigned char *)head + n, TS_REDIRECT_HEAD_MAX - 1 - n);
		if (got <= 0) return TS_ENOTFOUND;
		n += got;
		head[n] = '\0';
		if (memchr(head, '\0', (size_t)n)) return TS_ENOTFOUND;
		if (strstr(head, "\r\n\r\n")) return 0;
	}
	return TS_ENOTFOUND;
}

static int open_way(AVIOContext **pb, const struct ts_demuxer_way *way, const struct ts_url *url,
	const AVIOInterruptCB *interrupt)
{
	const bool secure = !strcmp(way->scheme, "https");
	AVDictionary *options = NULL;
	char to[TS_URL_MAX + 64];
	snprintf(to, sizeof to, "%s://%s%s%s:%u", secure ? "tls" : "tcp", url->v6 ? "[" : "",
		url->host, url->v6 ? "]" : "",
		url->port        ? url->port
			: secure ? 443
				 : 80);
	av_dict_set(&options, "protocol_whitelist", secure ? "tls,tcp" : "tcp", 0);
	av_dict_set(&options, "rw_timeout", WAIT_US, 0);
	if (secure) av_dict_set(&options, "tls_verify", "1", 0);
	const int err = avio_open2(pb, to, AVIO_FLAG_READ_WRITE, interrupt, &options);
	av_dict_free(&options);
	return err;
}

int ts_redirect_query(const struct ts_demuxer_way *way, const AVIOInterruptCB *interrupt,
	char location[TS_URL_MAX])
{
	char head[TS_REDIRECT_HEAD_MAX];
	struct ts_url url;
	AVIOContext *pb;
	if (!ts_url_parse(&url, way->url) || open_way(&pb, way, &url, interrupt) < 0)
		return TS_ENOTFOUND;
	const char *path = url.rest;
	const int len = snprintf(head, sizeof head,
		"GET %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Lavf\r\nAccept: */*\r\n"
		"Range: bytes=0-\r\nConnection: close\r\n\r\n",
		*path == '/' ? "" : "/", path, way->host);
	avio_write(pb, (const unsigned char *)head, len);
	avio_flush(pb);
	int err = pb->error < 0 ? TS_ENOTFOUND : read_head(pb, head);
	if (!err) err = ts_redirect_answer(head, location);
	avio_close(pb);
	return err;
}

/* ---- where it leads */

static bool is_absolute(const char *location)
{
	const size_t n = strcspn(location, ":/?#");
	return n && location[n] == ':';
}

/* "a/./b/../c": of a path without its query (RFC 3986 5.2.4). */
static void remove_dots(char *path)
{
	char *out = path;
	const char *in = path;
	while (*in == '/') {
		const size_t n = 1 + strcspn(in + 1, "/");
		const bool here = n == 2 && in[1] == '.';
		const bool up = n == 3 && in[1] == '.' && in[2] == '.';
		if (up)
			while (out > path && *--out != '/') {}
		if (!here && !up) {
			memmove(out, in, n);
			out += n;
		} else if (!in[n]) {
			*out++ = '/';
		}
		in += n;
	}
	*out = '\0';
}

/* Both begin with a slash, or are empty. */
static bool join_paths(char out[TS_URL_MAX], const char *base, const char *location)
{
	const size_t query = strcspn(location, "?#"), fragment = strcspn(location, "#");
	const size_t path = strcspn(base, "?");
	size_t kept = 0; /* of the base */
	if (!query)
		kept = path;
	else if (*location != '/')
		for (size_t i = 0; i < path; i++)
			if (base[i] == '/') kept = i + 1;
	const char *slash = !kept && *location != '/' ? "/" : "";
	int n = snprintf(
		out, TS_URL_MAX, "%.*s%s%.*s", (int)kept, base, slash, (int)query, location);
	if (n < 0 || n >= TS_URL_MAX) return false;
	remove_dots(out);
	const size_t len = strlen(out);
	n = snprintf(
		out + len, TS_URL_MAX - len, "%.*s", (int)(fragment - query), location + query);
	return n >= 0 && (size_t)n < TS_URL_MAX - len;
}

static uint16_t port_of(const struct ts_url *url)
{
	return url->port ? url->port : !strcmp(url->scheme, "https") ? 443 : 80;
}

static bool is_same_origin(const struct ts_url *a, const struct ts_url *b)
{
	return !strcmp(a->scheme, b->scheme) && !strcasecmp(a->host, b->host) &&
		port_of(a) == port_of(b);
}

const char *ts_redirect_to(char out[TS_URL_MAX], const char *from, const char *location)
{
	static const char none[] = "it leads to what is no URL that can be opened";
	struct ts_url base, to;
	char text[TS_URL_MAX + 16];
	if (!ts_url_parse(&base, from) ||
		(strcmp(base.scheme, "http") != 0 && strcmp(base.scheme, "https") != 0))
		return none;
	if (is_absolute(location) && strncasecmp(location, "http:", 5) != 0 &&
		strncasecmp(location, "https:", 6) != 0)
		return "it leads to a URL that is none of HTTP, which is not followed";
	if (is_absolute(location) || !strncmp(location, "//", 2)) {
		const bool whole = is_absolute(location);
		snprintf(text, sizeof text, "%s%s%s", whole ? "" : base.scheme, whole ? "" : ":",
			location);
		if (strlen(text) >= TS_URL_MAX || !ts_url_parse(&to, text)) return none;
	} else {
		to = base;
		if (!join_paths(to.rest, base.rest, location)) return none;
	}
	if (!strcmp(base.scheme, "https") && strcmp(to.scheme, "https") != 0)
		return "it leads from https to http, which is not followed";
	if (is_same_origin(&base, &to))
		memcpy(to.user, base.user, sizeof to.user);
	else
		to.user[0] = '\0';
	return ts_url_to(out, TS_URL_MAX, &to, to.host) && ts_url_parse(&to, out) ? NULL : none;
}
