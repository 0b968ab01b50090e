#include "container/stream_url.h"

#include "base/url.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint16_t port; /* 0: must be said */
	bool hides_path;
} protocols[TS_STREAM_PROTOCOLS] = {
	[TS_STREAM_RTMP] = {"rtmp", 1935, true},
	[TS_STREAM_RTMPS] = {"rtmps", 443, true},
	[TS_STREAM_SRT] = {"srt", 0, true},
	[TS_STREAM_RTSP] = {"rtsp", 554, true},
	[TS_STREAM_UDP] = {"udp", 0, true},
	[TS_STREAM_RTP] = {"rtp", 0, true},
	[TS_STREAM_ICECAST] = {"icecast", 8000, false},
};

const char *ts_stream_protocol_name(enum ts_stream_protocol p)
{
	return protocols[p].name;
}

static bool protocol_named(enum ts_stream_protocol *out, const char *name, size_t len)
{
	for (int i = 0; i < TS_STREAM_PROTOCOLS; i++) {
		const char *known = protocols[i].name;
		if (strlen(known) != len || strncasecmp(known, name, len) != 0) continue;
		*out = (enum ts_stream_protocol)i;
		return true;
	}
	return false;
}

/* What ts_url_cut takes, less what no stream has. */
static bool cut_up(struct ts_url_parts *c, const char *text)
{
	return strlen(text) <= TS_STREAM_URL_MAX && !strpbrk(text, "^{|}#") && ts_url_cut(c, text);
}

/* ---- reading the parts */

static bool read_number(int64_t *out, struct ts_url_part p, int64_t min, int64_t max)
{
	int64_t n = 0;
	if (!p.len || p.len > 12) return false;
	for (size_t i = 0; i < p.len; i++) {
		if (p.at[i] < '0' || p.at[i] > '9') return false;
		n = n * 10 + (p.at[i] - '0');
	}
	*out = n;
	return n >= min && n <= max;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %XX; what comes out is visible ASCII, or space. */
static bool unescape(char *out, size_t cap, struct ts_url_part p)
{
	size_t n = 0;
	for (size_t i = 0; i < p.len; i++) {
		int c = (unsigned char)p.at[i];
		if (c == '%') {
			if (i + 2 >= p.len || hex(p.at[i + 1]) < 0 || hex(p.at[i + 2]) < 0)
				return false;
			c = hex(p.at[i + 1]) << 4 | hex(p.at[i + 2]);
			i += 2;
		}
		if (c < ' ' || c >= 0x7f || n + 1 >= cap) return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

/* ---- the query */

/* The next NAME=VALUE. False: no more. */
static bool next_pair(
	struct ts_url_part *query, struct ts_url_part *name, struct ts_url_part *value)
{
	if (!query->len) return false;
	const char *amp = memchr(query->at, '&', query->len);
	const size_t len = amp ? (size_t)(amp - query->at) : query->len;
	const char *is = memchr(query->at, '=', len);
	*name = (struct ts_url_part){query->at, is ? (size_t)(is - query->at) : len};
	*value = (struct ts_url_part){
		is ? is + 1 : query->at + len, is ? len - (size_t)(is - query->at) - 1 : 0};
	query->at += len + (amp ? 1 : 0);
	query->len -= len + (amp ? 1 : 0);
	return true;
}

static bool is(struct ts_url_part p, const char *text)
{
	return p.len == strlen(text) && !memcmp(p.at, text, p.len);
}

static const char *read_srt(
	struct ts_stream_url *u, struct ts_url_part name, struct ts_url_part value)
{
	int64_t n;
	if (is(name, "mode")) {
		u->listen = is(value, "listener");
		return u->listen || is(value, "caller") ? NULL : "mode is caller or listener";
	}
	if (is(name, "streamid"))
		return unescape(u->streamid, sizeof u->streamid, value) ? NULL : "streamid is bad";
	if (is(name, "passphrase"))
		return unescape(u->passphrase, sizeof u->passphrase, value) &&
				strlen(u->passphrase) >= 10
			? NULL
			: "passphrase needs 10 to 79 characters";
	if (is(name, "latency"))
		return read_number(&u->latency_us, value, 0, 10000000)
			? NULL
			: "latency is up to 10000000 microseconds";
	if (is(name, "pbkeylen")) {
		if (!read_number(&n, value, 16, 32) || n % 8) return "pbkeylen is 16, 24 or 32";
		u->pbkeylen = (int)n;
		return NULL;
	}
	if (is(name, "transtype") && is(value, "live")) return NULL;
	if (is(name, "pkt_size") && is(value, "1316")) return NULL;
	return "the query has a name that is not known here";
}

static const char *read_datagram(
	struct ts_stream_url *u, struct ts_url_part name, struct ts_url_part value)
{
	int64_t n;
	if (is(name, "pkt_size") && is(value, "1316")) return NULL;
	if (!is(name, "ttl") || !read_number(&n, value, 1, 255))
		return "the query may have ttl, of 1 to 255";
	u->ttl = (int)n;
	return NULL;
}

static const char *read_query(struct ts_stream_url *u, struct ts_url_part query)
{
	struct ts_url_part name, value;
	const char *wrong = NULL;
	while (!wrong && next_pair(&query, &name, &value)) {
		if (!name.len && !value.len) continue;
		switch (u->protocol) {
		case TS_STREAM_SRT: wrong = read_srt(u, name, value); break;
		case TS_STREAM_UDP:
		case TS_STREAM_RTP: wrong = read_datagram(u, name, value); break;
		case TS_STREAM_ICECAST: return "Icecast takes no query";
		default: return NULL; /* the server's affair, which read_path has kept */
		}
	}
	return wrong;
}

/* ---- the path */

/* The key may have a query with slashes in it. */
static const char *read_rtmp(struct ts_stream_url *u, const struct ts_url_parts *c)
{
	static const char needs[] = "RTMP needs a path with two parts: /APP/KEY";
	const char *slash = NULL;
	for (size_t i = 0; i < c->path.len; i++)
		if (c->path.at[i] == '/') slash = c->path.at + i;
	if (!slash || slash == c->path.at) return needs;
	const struct ts_url_part app = {c->path.at, (size_t)(slash - c->path.at)};
	if (!slash[1] || slash[1] == '?') return needs;
	if (!ts_url_copy(u->path, sizeof u->path, app)) return needs;
	return ts_url_copy(
		       u->key, sizeof u->key, (struct ts_url_part){slash + 1, strlen(slash + 1)})
		? NULL
		: needs;
}

static const char *read_path(struct ts_stream_url *u, const struct ts_url_parts *c)
{
	switch (u->protocol) {
	case TS_STREAM_RTMP:
	case TS_STREAM_RTMPS: return read_rtmp(u, c);
	case TS_STREAM_RTSP: {
		/* with the query: the server's affair */
		const struct ts_url_part all = {c->path.at, c->has_path ? strlen(c->path.at) : 0};
		return ts_url_copy(u->path, sizeof u->path, all) && all.len ? NULL
									    : "RTSP needs a path";
	}
	case TS_STREAM_ICECAST:
		return ts_url_copy(u->path, sizeof u->path, c->path) && c->path.len
			? NULL
			: "Icecast needs a mount: /NAME";
	default: return c->path.len ? "this protocol has no path" : NULL;
	}
}

static const char *read_user(struct ts_stream_url *u, const struct ts_url_parts *c)
{
	if (!c->has_user) return NULL;
	if (u->protocol == TS_STREAM_SRT || u->protocol == TS_STREAM_UDP ||
		u->protocol == TS_STREAM_RTP)
		return "this protocol has no user";
	return ts_url_copy(u->user, sizeof u->user, c->user) &&
			ts_url_copy(u->password, sizeof u->password, c->password)
		? NULL
		: "user or password is too long";
}

const char *ts_stream_url_parse(struct ts_stream_url *u, const char *text)
{
	struct ts_url_parts c;
	*u = (struct ts_stream_url){.latency_us = -1};
	if (!cut_up(&c, text)) return "not a URL: SCHEME://HOST..., of visible ASCII characters";
	if (!protocol_named(&u->protocol, c.scheme.at, c.scheme.len))
		return "the scheme is rtmp, rtmps, srt, rtsp, udp, rtp or icecast";
	const char *wrong = read_user(u, &c);
	if (!wrong) wrong = read_path(u, &c);
	if (!wrong) wrong = read_query(u, c.query);
	if (wrong) return wrong;
	/* libsrt lets in whoever comes, whatever they say */
	if (u->listen && *u->streamid)
		return "a listener checks no streamid: passphrase is what keeps others out";
	if (!ts_url_copy(u->host, sizeof u->host, c.host) ||
		!(ts_url_is_host(c.host, c.v6) || (u->listen && !c.v6 && !c.host.len)))
		return "the host is bad";
	u->port = protocols[u->protocol].port;
	if (c.has_port && !ts_url_port(&u->port, c.port)) return "the port is bad";
	if (!u->port) return "this protocol needs a port";
	if (u->protocol == TS_STREAM_RTP && u->port == UINT16_MAX)
		return "RTP needs the port behind its own, for RTCP";
	return NULL;
}

/* ---- masking */

struct text {
	char *at;
	size_t left;
};

static void put(struct text *t, const char *from, size_t len)
{
	if (len > t->left) len = t->left;
	memcpy(t->at, from, len);
	t->at += len;
	t->left -= len;
	*t->at = '\0';
}

static void put_text(struct text *t, const char *from)
{
	put(t, from, strlen(from));
}

static bool is_harmless(struct ts_url_part name)
{
	static const char *const names[] = {
		"mode", "latency", "pbkeylen", "ttl", "pkt_size", "transtype"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is(name, names[i])) return true;
	return false;
}

/* Up to the last part that is not empty, which is masked with all behind it; and so is each part
 * that looks as if it had a name, an account or something escaped in it. */
static void put_path(struct text *t, struct ts_url_part path)
{
	while (path.len && path.at[path.len - 1] == '/') path.len--;
	const char *at = path.at, *end = path.at + path.len;
	for (;;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		if (!slash) break;
		bool odd = false;
		for (const char *c = at; c < slash; c++) odd |= strchr("=@%;:&", *c) != NULL;
		if (odd)
			put_text(t, "***");
		else
			put(t, at, (size_t)(slash - at));
		put_text(t, "/");
		at = slash + 1;
	}
	put_text(t, "***");
}

static void put_query(struct text *t, struct ts_url_part query)
{
	struct ts_url_part name, value;
	const char *sign = "?";
	while (next_pair(&query, &name, &value)) {
		put_text(t, sign);
		sign = "&";
		/* a name alone is a value, for all we know */
		if (!value.len || name.at + name.len + 1 != value.at) {
			put_text(t, "***");
			continue;
		}
		put(t, name.at, name.len);
		put_text(t, "=");
		if (is_harmless(name))
			put(t, value.at, value.len);
		else
			put_text(t, "***");
	}
}

void ts_stream_url_mask(char *out, const char *text)
{
	struct ts_stream_url *u = malloc(sizeof *u);
	struct text t = {out, TS_STREAM_URL_MAX};
	struct ts_url_parts c;
	*out = '\0';
	if (!u || ts_stream_url_parse(u, text) || !cut_up(&c, text)) {
		put_text(&t, "***");
		free(u);
		return;
	}
	put_text(&t, ts_stream_protocol_name(u->protocol));
	put_text(&t, "://");
	if (c.has_user) put_text(&t, "***@");
	if (c.v6) put_text(&t, "[");
	put_text(&t, u->host);
	if (c.v6) put_text(&t, "]");
	if (c.has_port) {
		put_text(&t, ":");
		put(&t, c.port.at, c.port.len);
	}
	if (c.has_path) put_text(&t, "/");
	if (c.path.len && protocols[u->protocol].hides_path) {
		put_path(&t, c.path);
	} else {
		put(&t, c.path.at ? c.path.at : "", c.path.len);
	}
	/* of RTMP all behind the path belongs to the key */
	if (c.has_query && u->protocol != TS_STREAM_RTMP && u->protocol != TS_STREAM_RTMPS)
		put_query(&t, c.query);
	explicit_bzero(u, sizeof *u);
	free(u);
}
