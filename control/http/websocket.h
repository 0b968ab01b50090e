/* websocket - a WebSocket of the HTTP server: a request that asks for one becomes one.
 *
 *   GET ... Upgrade: websocket --ts_websocket_accept--> 101 --> message* --> closed
 *                                ts_websocket_send, _close --^
 *
 * Which page may open it is the router's matter, as of any request (origin.h). A ping goes out
 * whenever the peer was silent for PING_NS; one who answers none is gone. The connection counts
 * among those of the server, and no more against request_ms.
 * Thread  the loop's, and so are the events.
 * Life    ts_websocket_accept makes it; `closed` is its last event, never from within a call of the
 *         owner's; then its memory is gone.
 * Source  RFC 6455 4.2 (handshake), 7.1 (closing); frames.h.
 * Full    message_max, queue_max: frames.h. An owner that cannot take more pauses it: then the
 *         kernel's buffers fill, and the peer waits.
 */
#ifndef TS_CONTROL_HTTP_WEBSOCKET_H
#define TS_CONTROL_HTTP_WEBSOCKET_H

#include "control/http/frames.h"

struct ts_request;
struct ts_websocket;

struct ts_websocket_events {
	void (*opened)(void *arg); /* the 101 went out */
	void (*message)(
		void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len);
	void (*closed)(void *arg);
};

struct ts_websocket_config {
	const char *protocol; /* the subprotocol, a constant: who does not offer it is refused */
	size_t message_max, queue_max;
	const struct ts_websocket_events *events;
	void *arg;
	bool protocol_optional; /* who offers none, or others, has none */
	/* What the kernel may hold of it, so that what waits here shows who does not read; 0: as it
	 * likes. */
	int send_buffer_bytes;
};

/* False: the request asks for no WebSocket, or for one of another kind, and was answered. */
bool ts_websocket_check(struct ts_request *request, const struct ts_websocket_config *config);
/* Answers the request: 101, or the problem that says why not, and then NULL is returned. */
struct ts_websocket *ts_websocket_accept(
	struct ts_request *request, const struct ts_websocket_config *config);
/* TS_EFULL, TS_ECLOSED, TS_ENOMEM: frames.h. */
int ts_websocket_send(struct ts_websocket *ws, enum ts_frames_kind kind, const uint8_t *data,
	size_t len);
/* Bytes that wait to be sent, but for those that the kernel has. */
size_t ts_websocket_waiting(const struct ts_websocket *ws);
/* Nothing is read while it is paused. */
void ts_websocket_pause(struct ts_websocket *ws, bool paused);
/* What waits goes out, then a close with that code; the peer has CLOSE_NS to answer. No message
 * comes any more. */
void ts_websocket_close(struct ts_websocket *ws, unsigned code, const char *reason);
/* At once, without `closed`: the owner is going. */
void ts_websocket_drop(struct ts_websocket *ws);

#endif
