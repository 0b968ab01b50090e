#include "control/http/frames.h"
#include "base/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct ts_frames {
	struct ts_frames_config config;
	wslay_event_context_ptr wslay;
	const uint8_t *in; /* being read */
	size_t in_len;
	uint8_t *out; /* being written */
	size_t out_len, out_cap;
	unsigned fragments; /* of the message that is being received */
	unsigned pings;     /* since all was sent that waited */
	bool broken;        /* nothing is read any more */
	/* our close, until what was queued before it has gone; code 0: none */
	struct {
		unsigned code;
		char reason[64];
	} close;
	bool closing; /* no message more is taken */
};

/* ---- what wslay asks for */

static ssize_t on_read(
	wslay_event_context_ptr wslay, uint8_t *buf, size_t cap, int flags, void *arg)
{
	struct ts_frames *f = arg;
	size_t n = f->in_len < cap ? f->in_len : cap;
	(void)flags;
	if (!n) {
		wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(buf, f->in, n);
	f->in += n;
	f->in_len -= n;
	return (ssize_t)n;
}

static ssize_t on_write(
	wslay_event_context_ptr wslay, const uint8_t *data, size_t len, int flags, void *arg)
{
	struct ts_frames *f = arg;
	size_t room = f->out_cap - f->out_len, n = len < room ? len : room;
	(void)flags;
	if (!n) {
		wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(f->out + f->out_len, data, n);
	f->out_len += n;
	return (ssize_t)n;
}

static void close_now(struct ts_frames *f, unsigned code, const char *reason)
{
	f->closing = true;
	f->close.code = 0;
	wslay_event_queue_close(f->wslay, (uint16_t)code, (const uint8_t *)reason, strlen(reason));
}

static void fail(struct ts_frames *f, unsigned code, const char *reason)
{
	f->broken = true;
	close_now(f, code, reason);
	wslay_event_shutdown_read(f->wslay);
}

/* wslay sends a close before any message that waits. */
static void close_when_sent(struct ts_frames *f)
{
	if (f->close.code && !wslay_event_get_queued_msg_count(f->wslay))
		close_now(f, f->close.code, f->close.reason);
}

static void on_frame(wslay_event_context_ptr wslay,
	const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
	struct ts_frames *f = arg;
	(void)wslay;
	if (wslay_is_ctrl_frame(frame->opcode)) {
		/* each ping queues an answer, which a peer that does not read lets stand */
		if (frame->opcode == WSLAY_PING && ++f->pings > TS_FRAMES_PONGS)
			fail(f, TS_CLOSE_POLICY, "too many pings");
		return;
	}
	if (++f->fragments > TS_FRAMES_FRAGMENTS) fail(f, TS_CLOSE_TOO_BIG, "too many fragments");
}

static void on_message(
	wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *message, void *arg)
{
	struct ts_frames *f = arg;
	(void)wslay;
	if (wslay_is_ctrl_frame(message->opcode)) return;
	f->fragments = 0;
	if (f->broken) return;
	f->config.message(f->config.arg,
		message->opcode == WSLAY_TEXT_FRAME ? TS_FRAMES_TEXT : TS_FRAMES_BINARY,
		message->msg, message->msg_length);
}

/* ---- its life */

struct ts_frames *ts_frames_new(const struct ts_frames_config *config)
{
	static const struct wslay_event_callbacks callbacks = {.recv_callback = on_read,
		.send_callback = on_write,
		.on_frame_recv_start_callback = on_frame,
		.on_msg_recv_callback = on_message};
	struct ts_frames *f = calloc(1, sizeof(*f));
	if (!f) return NULL;
	f->config = *config;
	if (wslay_event_context_server_init(&f->wslay, &callbacks, f)) {
		free(f);
		return NULL;
	}
	wslay_event_config_set_max_recv_msg_length(f->wslay, config->message_max);
	return f;
}

void ts_frames_free(struct ts_frames *f)
{
	if (!f) return;
	wslay_event_context_free(f->wslay);
	free(f);
}

/* ---- in and out */

int ts_frames_read(struct ts_frames *f, const uint8_t *data, size_t len)
{
	f->in = data;
	f->in_len = len;
	while (f->in_len && !f->broken && wslay_event_want_read(f->wslay))
		if (wslay_event_recv(f->wslay)) fail(f, TS_CLOSE_PROTOCOL, "");
	f->in = NULL;
	f->in_len = 0;
	return f->broken || !wslay_event_want_read(f->wslay) ? TS_ECLOSED : TS_OK;
}

size_t ts_frames_write(struct ts_frames *f, uint8_t *out, size_t cap)
{
	f->out = out;
	f->out_cap = cap;
	f->out_len = 0;
	for (size_t before = cap; f->out_len < cap && f->out_len != before;) {
		before = f->out_len;
		close_when_sent(f);
		if (wslay_event_want_write(f->wslay) && wslay_event_send(f->wslay)) break;
	}
	if (!wslay_event_want_write(f->wslay)) f->pings = 0;
	f->out = NULL;
	f->out_cap = 0;
	return f->out_len;
}

static int queue(struct ts_frames *f, uint8_t opcode, const uint8_t *data, size_t len)
{
	const struct wslay_event_msg message = {opcode, data, len};
	if (f->closing) return TS_ECLOSED;
	switch (wslay_event_queue_msg(f->wslay, &message)) {
	case 0: return TS_OK;
	case WSLAY_ERR_NO_MORE_MSG: return TS_ECLOSED;
	default: return TS_ENOMEM;
	}
}

int ts_frames_queue(struct ts_frames *f, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	size_t waits = wslay_event_get_queued_msg_length(f->wslay);
	if (waits && waits + len > f->config.queue_max) return TS_EFULL;
	return queue(f, kind == TS_FRAMES_TEXT ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, data, len);
}

size_t ts_frames_waiting(struct ts_frames *f)
{
	return wslay_event_get_queued_msg_length(f->wslay);
}

int ts_frames_ping(struct ts_frames *f)
{
	return queue(f, WSLAY_PING, NULL, 0);
}

void ts_frames_close(struct ts_frames *f, unsigned code, const char *reason)
{
	if (f->closing) return;
	f->closing = true;
	f->close.code = code;
	snprintf(f->close.reason, sizeof(f->close.reason), "%s", reason);
}

bool ts_frames_is_over(const struct ts_frames *f)
{
	if (f->close.code || wslay_event_want_write(f->wslay)) return false;
	return f->broken || !wslay_event_want_read(f->wslay) ||
		wslay_event_get_close_received(f->wslay);
}
