/* stream - a SIP message of a WebSocket as bytes of a stream, which has no other bounds than
 * Content-Length. Pure.
 *
 * Over WebSocket the message is as long as it is, and its Content-Length may be left out or say
 * anything (RFC 7118 5): it is written anew, so that nothing of one message can be taken for
 * another.
 * Thread  any.   Source  RFC 7118 5, 3261 7.3 and 18.3.
 */
#ifndef TS_CONTROL_SIP_STREAM_H
#define TS_CONTROL_SIP_STREAM_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes more than the message's own. */
enum { TS_SIP_STREAM_MORE = 32 };

/* Line ends and nothing else: a keep-alive (RFC 5626 4.4.1). */
bool ts_sip_stream_is_keepalive(const char *message, size_t len);
/* How many bytes of out; 0: there is no end of its header, or it does not fit. */
size_t ts_sip_stream_from(char *out, size_t cap, const char *message, size_t len);

/* What a browser gets of a message of ours: where libre wrote the source that it saw (RFC 3261
 * 18.2.1), the browser's own address stands. How many bytes of out. */
size_t ts_sip_stream_to(char *out, size_t cap, const char *message, size_t len, const char *seen,
	const char *shown);

#endif
