#include "control/sip/door.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/ring.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/http/websocket.h"
#include "control/sip/frame.h"
#include "control/sip/stream.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ANNOUNCED_MAX = 256,
	WAITING_MAX = 64 * 1024, /* of a browser's bytes that libre has not read: it is paused */
	QUEUE_MAX = 128 * 1024,  /* to a browser that does not read */
	READ_BYTES = 16384,
	READS = 4,
};

struct ts_sip_door {
	struct ts_loop *loop;
	uint16_t port;
	GQueue guests; /* of struct guest */
	struct ts_ring announced;
};

/* One browser: its WebSocket, and the connection to libre. */
struct guest {
	struct ts_sip_door *door;
	struct ts_websocket *ws;   /* NULL: it has closed */
	struct ts_watch watch;     /* of the other half; fd -1: none */
	GByteArray *waiting;       /* for libre */
	struct ts_sip_frame frame; /* of what libre says */
	char address[TS_SIP_ADDR_MAX];
	bool secure, over;
	GList link;
};

/* ---- the end */

static void close_half(struct guest *g)
{
	if (g->watch.fd < 0) return;
	ts_loop_unwatch(g->door->loop, &g->watch);
	close(g->watch.fd);
	g->watch.fd = -1;
	ts_descriptors_give(TS_FD_SIP);
}

static void free_guest(struct guest *g)
{
	close_half(g);
	g_queue_unlink(&g->door->guests, &g->link);
	ts_sip_frame_fini(&g->frame);
	g_byte_array_unref(g->waiting);
	g_free(g);
}

/* The browser is told; `closed` follows. */
static void finish(struct guest *g, unsigned code, const char *reason)
{
	if (g->over) return;
	g->over = true;
	close_half(g);
	ts_websocket_close(g->ws, code, reason);
}

/* ---- to libre */

static void set_watch(struct guest *g)
{
	if (g->watch.fd < 0) return;
	if (ts_loop_watch(g->door->loop, &g->watch, EPOLLIN | (g->waiting->len ? EPOLLOUT : 0)))
		finish(g, TS_CLOSE_LATER, "");
}

static void flush(struct guest *g)
{
	while (g->waiting->len) {
		ssize_t n = send(g->watch.fd, g->waiting->data, g->waiting->len,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0 && (errno == EAGAIN || errno == EINPROGRESS || errno == ENOTCONN)) break;
		if (n < 0) {
			finish(g, TS_CLOSE_LATER, "");
			return;
		}
		g_byte_array_remove_range(g->waiting, 0, (guint)n);
	}
	ts_websocket_pause(g->ws, g->waiting->len >= WAITING_MAX);
	set_watch(g);
}

static void on_message(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	struct guest *g = arg;
	(void)kind; /* RFC 7118 4.2: either */
	if (g->over) return;
	if (ts_sip_stream_is_keepalive((const char *)data, len)) {
		if (len >= 4) ts_websocket_send(g->ws, TS_FRAMES_TEXT, (const uint8_t *)"\r\n", 2);
		return;
	}
	const guint before = g->waiting->len;
	g_byte_array_set_size(g->waiting, before + (guint)len + TS_SIP_STREAM_MORE);
	size_t n = ts_sip_stream_from((char *)g->waiting->data + before, len + TS_SIP_STREAM_MORE,
		(const char *)data, len);
	g_byte_array_set_size(g->waiting, before + (guint)n);
	if (n)
		flush(g);
	else
		finish(g, TS_CLOSE_POLICY, "no SIP message");
}

/* ---- from libre */

static void send_message(struct guest *g, const uint8_t *data, size_t len)
{
	const size_t cap = len + sizeof(g->address);
	char *shown = g_malloc(cap);
	size_t n = ts_sip_stream_to(
		shown, cap, (const char *)data, len, TS_SIP_INNER_ADDRESS, g->address);
	const bool text = g_utf8_validate(shown, (gssize)n, NULL);
	if (ts_websocket_send(
		    g->ws, text ? TS_FRAMES_TEXT : TS_FRAMES_BINARY, (const uint8_t *)shown, n))
		finish(g, TS_CLOSE_POLICY, "too slow");
	g_free(shown);
}

static void read_bytes(struct guest *g, const uint8_t *data, size_t len)
{
	while (len && !g->over) {
		enum ts_sip_frame_result result = ts_sip_frame_push(&g->frame, &data, &len);
		if (result == TS_FRAME_MESSAGE) send_message(g, g->frame.buf, g->frame.len);
		if (result == TS_FRAME_BAD) finish(g, TS_CLOSE_LATER, "");
		if (result == TS_FRAME_MESSAGE) ts_sip_frame_let_go(&g->frame);
	}
}

static void on_half(struct ts_watch *watch, uint32_t epoll_events)
{
	struct guest *g = ts_container_of(watch, struct guest, watch);
	uint8_t buf[READ_BYTES];
	if (epoll_events & EPOLLOUT) flush(g);
	for (int i = 0; i < READS && !g->over; i++) {
		ssize_t n = recv(g->watch.fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
		if (n > 0)
			read_bytes(g, buf, (size_t)n);
		else
			finish(g, TS_CLOSE_LATER, "");
		if (n < (ssize_t)sizeof(buf)) break;
	}
}

/* ---- its beginning */

/* Bound before it is announced, announced before it connects: who accepts it knows whose it is. */
static int connect_half(struct guest *g)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	inet_pton(AF_INET, TS_SIP_INNER_ADDRESS, &at.sin_addr);
	if (!ts_descriptors_take(TS_FD_SIP)) return TS_EFULL;
	g->watch.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (g->watch.fd < 0) {
		ts_descriptors_give(TS_FD_SIP);
		return TS_EIO;
	}
	if (bind(g->watch.fd, (const struct sockaddr *)&at, len) ||
		getsockname(g->watch.fd, (struct sockaddr *)&at, &len))
		return TS_EIO;
	struct ts_sip_guest *told = g_new0(struct ts_sip_guest, 1);
	told->port = ntohs(at.sin_port);
	told->secure = g->secure;
	g_strlcpy(told->address, g->address, sizeof(told->address));
	if (ts_ring_push(&g->door->announced, told)) {
		g_free(told);
		return TS_EFULL;
	}
	inet_pton(AF_INET, TS_SIP_INNER_LISTENS, &at.sin_addr);
	at.sin_port = htons(g->door->port);
	return !connect(g->watch.fd, (const struct sockaddr *)&at, sizeof(at)) ||
			errno == EINPROGRESS
		? TS_OK
		: TS_EIO;
}

static void on_opened(void *arg)
{
	struct guest *g = arg;
	int err = connect_half(g);
	if (!err) {
		set_watch(g);
		return;
	}
	ts_log_limited(TS_LOG_WARN, "sip websocket refused", "address=%s error=%s", g->address,
		ts_strerror(err));
	finish(g, TS_CLOSE_LATER, "");
}

static void on_closed(void *arg)
{
	free_guest(arg);
}

void ts_sip_door_open(struct ts_sip_door *door, struct ts_request *request)
{
	static const struct ts_websocket_events events = {on_opened, on_message, on_closed};
	struct guest *g = g_new0(struct guest, 1);
	const struct ts_websocket_config config = {.protocol = "sip",
		.message_max = TS_SIP_FRAME_MAX - TS_SIP_STREAM_MORE,
		.queue_max = QUEUE_MAX,
		.events = &events,
		.arg = g};
	g->door = door;
	g->watch.fd = -1;
	g->watch.fn = on_half;
	g->waiting = g_byte_array_new();
	g->secure = ts_request_is_tls(request);
	g_strlcpy(g->address, ts_request_address(request), sizeof(g->address));
	g->link.data = g;
	g_queue_push_tail_link(&door->guests, &g->link);
	g->ws = ts_websocket_accept(request, &config);
	if (!g->ws) free_guest(g);
}

/* ---- the door */

struct ts_sip_door *ts_sip_door_new(struct ts_loop *control)
{
	struct ts_sip_door *door = g_new0(struct ts_sip_door, 1);
	door->loop = control;
	g_queue_init(&door->guests);
	if (!ts_ring_init(&door->announced, ANNOUNCED_MAX)) return door;
	g_free(door);
	return NULL;
}

void ts_sip_door_free(struct ts_sip_door *door)
{
	void *told;
	if (!door) return;
	while (door->guests.head) {
		struct guest *g = door->guests.head->data;
		ts_websocket_drop(g->ws);
		free_guest(g);
	}
	while ((told = ts_ring_pop(&door->announced))) g_free(told);
	ts_ring_fini(&door->announced);
	g_free(door);
}

void ts_sip_door_set_port(struct ts_sip_door *door, uint16_t port)
{
	door->port = port;
}

struct ts_sip_guest *ts_sip_door_take(struct ts_sip_door *door)
{
	return ts_ring_pop(&door->announced);
}
