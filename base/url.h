/* url - a URL in its parts, and the form of it that may be shown.
 *
 *   scheme://user:password@host:port/path?query#fragment --cut--> where each part is in the text
 *       --parse--> scheme, user, host, port, rest
 *       --masked--> the same with *** for user and query
 *
 * Strict where parsers differ, as what one takes for the host must be so for all: visible ASCII,
 * no backslash, a host of letters, digits, '.', '-' and '_' or an IPv6 address in brackets.
 * container/stream_url.h reads the parts by rules of its protocols.
 * Pure. Thread  any.
 * Source  RFC 3986 3.2.
 */
#ifndef TS_BASE_URL_H
#define TS_BASE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_URL_MAX = 1024 };

/* ---- where the parts are */

struct ts_url_part {
	const char *at;
	size_t len;
};

/* As written, of a text that goes on to be there. The path begins behind its slash. */
struct ts_url_parts {
	struct ts_url_part scheme, user, password, host, port, path, query, fragment;
	bool has_user, has_password, has_port, has_path, has_query, has_fragment;
	bool v6; /* the host stood in brackets */
};

/* False: no URL, or characters that none has. The parts are not looked at any further: an account
 * goes up to the last '@', the host may be empty. */
bool ts_url_cut(struct ts_url_parts *out, const char *text);
/* Is it what may stand there? Not if it is empty. */
bool ts_url_is_host(struct ts_url_part host, bool v6);
/* 1 to 65535. */
bool ts_url_port(uint16_t *out, struct ts_url_part port);
/* With a zero behind it; false: it does not fit. */
bool ts_url_copy(char *out, size_t cap, struct ts_url_part part);

/* ---- as a whole */

struct ts_url {
	char scheme[16];     /* in small letters */
	char user[256];      /* user:password, as written; "": none */
	char host[254];      /* without brackets */
	bool v6;             /* it stood in brackets */
	uint16_t port;       /* 0: none is named */
	char rest[TS_URL_MAX]; /* "/path?query", without a fragment; may be "" */
};

/* False: it is none, or one that readers might understand in different ways. */
bool ts_url_parse(struct ts_url *out, const char *text);
/* The same URL to another host, which is put in brackets if it has a colon. False: it does not
 * fit. */
bool ts_url_to(char *out, size_t cap, const struct ts_url *url, const char *host);
/* Without what may be a secret: user and password, the query, of RTMP all of the path behind the
 * app, and of RTSP a path that looks like parameters (user=admin_password=...). Of what is no URL
 * little more than the scheme. */
void ts_url_masked(char *out, size_t cap, const char *text);

#endif
