/* stream_url - where a stream goes, out of the text that somebody gave: parts that can be used
 * apart, and a form without secrets for everybody to see.
 *
 *   rtmp[s]://HOST[:PORT]/APP/KEY      srt://HOST:PORT?streamid=&passphrase=&latency=
 *                                      srt://[HOST]:PORT?mode=listener&passphrase=&latency=
 *   rtsp://USER:PASS@HOST/PATH         udp://HOST:PORT, rtp://HOST:PORT   MPEG-TS
 *   icecast://USER:PASS@HOST:PORT/MOUNT   sound alone
 *
 * What could be secret is shown as ***: user and password, the last part of a path that is not
 * empty (but an Icecast mount) and parts with `=`, `@` or escapes in them, each value of a query
 * that is not known to be harmless.
 * Thread  any: plain functions. What is given is hostile.
 */
#ifndef TS_CONTAINER_STREAM_URL_H
#define TS_CONTAINER_STREAM_URL_H

#include <stdbool.h>
#include <stdint.h>

enum { TS_STREAM_URL_MAX = 1024, TS_STREAM_HOST_MAX = 253, TS_STREAM_VALUE_MAX = 512 };

enum ts_stream_protocol {
	TS_STREAM_RTMP,
	TS_STREAM_RTMPS,
	TS_STREAM_SRT,
	TS_STREAM_RTSP,
	TS_STREAM_UDP,
	TS_STREAM_RTP,
	TS_STREAM_ICECAST,
	TS_STREAM_PROTOCOLS
};

struct ts_stream_url {
	enum ts_stream_protocol protocol;
	bool listen;                       /* SRT: we wait for the peer, at this address of ours */
	char host[TS_STREAM_HOST_MAX + 1]; /* without brackets; listen: "" is every address */
	uint16_t port;
	/* as they stood in the URL, escapes and all; "": none */
	char user[TS_STREAM_VALUE_MAX + 1], password[TS_STREAM_VALUE_MAX + 1];
	char path[TS_STREAM_URL_MAX + 1]; /* without the slash in front: of RTMP the app */
	char key[TS_STREAM_URL_MAX + 1];  /* RTMP: the last part, and all behind it */
	/* SRT, escapes undone */
	char streamid[TS_STREAM_VALUE_MAX + 1], passphrase[80];
	int64_t latency_us; /* -1: not said */
	int pbkeylen;       /* 0: not said */
	int ttl;            /* UDP, RTP, of multicast; 0: not said */
};

const char *ts_stream_protocol_name(enum ts_stream_protocol protocol); /* "rtmp" */

/* NULL: it is one; else what is wrong with it, in words that do not repeat it. */
const char *ts_stream_url_parse(struct ts_stream_url *out, const char *text);
/* out[TS_STREAM_URL_MAX + 1]: of a text that ts_stream_url_parse takes; "***" of any other. */
void ts_stream_url_mask(char *out, const char *text);

#endif
