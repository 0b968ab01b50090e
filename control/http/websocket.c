#include "control/http/websocket.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "control/http/core.h"
#include "control/http/problem.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
	READ_BYTES = 16384,
	READS = 4, /* of one wake-up; then it is others' turn */
	OUT_BYTES = 16384,
	KEY_LEN = 24,    /* base64 of 16 bytes */
	ANSWER_LEN = 28, /* of 20 */
};
#define PING_NS (30 * TS_NS_PER_S)
#define SILENT_NS (75 * TS_NS_PER_S)
#define CLOSE_NS (5 * TS_NS_PER_S)

/*   ASKED --101 is out--> OPEN --close of either side--> CLOSING --> freed */
enum state { ASKED, OPEN, CLOSING };

struct ts_websocket {
	struct ts_http *http;
	struct ts_websocket_config config;
	const struct ts_websocket_events *events; /* NULL: the owner is gone */
	enum state state;
	struct ts_frames *frames;
	struct MHD_UpgradeResponseHandle *handle; /* NULL: MHD has the connection */
	struct ts_watch watch;
	struct ts_timer timer;
	int64_t heard_ns, pinged_ns, close_by_ns;
	uint8_t out[OUT_BYTES];
	size_t out_at, out_len;
	bool paused, hurt, request_open, freed, reading;
	GList link; /* in http->websockets, once it is open */
};

/* ---- the end */

/* Of what two hold: the request, until MHD says that it is over, and the connection. */
static void free_when_alone(struct ts_websocket *ws)
{
	if (ws->request_open || !ws->freed || ws->reading) return;
	ts_frames_free(ws->frames);
	g_free(ws);
}

static void end(struct ts_websocket *ws)
{
	const struct ts_websocket_events *events = ws->events;
	if (ws->freed) return;
	ws->freed = true;
	ws->events = NULL;
	ts_loop_timer_cancel(ws->http->loop, &ws->timer);
	if (ws->handle) {
		ts_loop_unwatch(ws->http->loop, &ws->watch);
		g_queue_unlink(&ws->http->websockets, &ws->link);
		ts_count_add(TS_C_WEBSOCKETS, -1);
		MHD_upgrade_action(ws->handle, MHD_UPGRADE_ACTION_CLOSE);
		ws->handle = NULL;
		/* MHD frees the connection in its next run, which nobody else asks for */
		ts_loop_timer_set(ws->http->loop, &ws->http->timer, ts_now_ns());
	}
	if (events) events->closed(ws->config.arg);
	free_when_alone(ws);
}

void ts_websocket_end(void *arg)
{
	end(arg);
}

/* ---- what is sent */

/* False: the connection is broken. */
static bool flush(struct ts_websocket *ws)
{
	for (;;) {
		if (ws->out_at == ws->out_len) {
			ws->out_at = 0;
			ws->out_len = ts_frames_write(ws->frames, ws->out, sizeof(ws->out));
			if (!ws->out_len) return true;
		}
		ssize_t n = send(ws->watch.fd, ws->out + ws->out_at, ws->out_len - ws->out_at,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
		ws->out_at += (size_t)n;
	}
}

static void set_watch(struct ts_websocket *ws)
{
	uint32_t events = ws->paused ? EPOLLRDHUP : EPOLLIN;
	if (ws->out_at < ws->out_len) events |= EPOLLOUT;
	if (ts_loop_watch(ws->http->loop, &ws->watch, events)) ws->hurt = true;
}

static void set_timer(struct ts_websocket *ws)
{
	int64_t due_ns = ws->hurt      ? ts_now_ns()
		: ws->state == CLOSING ? ws->close_by_ns
				       : MAX(ws->heard_ns, ws->pinged_ns) + PING_NS;
	ts_loop_timer_set(ws->http->loop, &ws->timer, due_ns);
}

/* Never ends it: whoever called may still look at it. */
static void settle(struct ts_websocket *ws)
{
	if (ws->state == ASKED || ws->freed) return;
	if (!flush(ws)) ws->hurt = true;
	if (ws->state == CLOSING && ws->out_at == ws->out_len && ts_frames_is_over(ws->frames))
		ws->hurt = true;
	if (!ws->hurt) set_watch(ws);
	set_timer(ws);
}

int ts_websocket_send(
	struct ts_websocket *ws, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	if (ws->state == CLOSING) return TS_ECLOSED;
	int rc = ts_frames_queue(ws->frames, kind, data, len);
	if (!rc && !ws->reading) settle(ws);
	return rc;
}

size_t ts_websocket_waiting(const struct ts_websocket *ws)
{
	return ts_frames_waiting(ws->frames) + (ws->out_len - ws->out_at);
}

void ts_websocket_pause(struct ts_websocket *ws, bool paused)
{
	if (ws->paused == paused) return;
	ws->paused = paused;
	if (!ws->reading) settle(ws);
}

static void begin_closing(struct ts_websocket *ws)
{
	if (ws->state == CLOSING) return;
	if (ws->state == ASKED) ws->hurt = true; /* as soon as it is open */
	ws->state = ws->state == ASKED ? ASKED : CLOSING;
	ws->paused = false;
	ws->close_by_ns = ts_now_ns() + CLOSE_NS;
}

void ts_websocket_close(struct ts_websocket *ws, unsigned code, const char *reason)
{
	if (ws->state == CLOSING) return;
	ts_frames_close(ws->frames, code, reason);
	begin_closing(ws);
	if (!ws->reading) settle(ws);
}

void ts_websocket_drop(struct ts_websocket *ws)
{
	ws->events = NULL;
	if (ws->handle)
		end(ws);
	else
		ws->hurt = true; /* before it is open: on_open or on_request_end ends it */
}

/* ---- what comes */

static void on_message(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	struct ts_websocket *ws = arg;
	if (ws->state != OPEN || !ws->events) return;
	ts_count(TS_C_WEBSOCKET_MESSAGES);
	ws->events->message(ws->config.arg, kind, data, len);
}

/* False: nothing more now. */
static bool read_some(struct ts_websocket *ws)
{
	uint8_t buf[READ_BYTES];
	ssize_t n = recv(ws->watch.fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != EWOULDBLOCK) ws->hurt = true;
		return false;
	}
	if (!n) ws->hurt = true;
	if (n <= 0) return false;
	ws->heard_ns = ts_now_ns();
	if (ts_frames_read(ws->frames, buf, (size_t)n)) begin_closing(ws);
	return !ws->freed && !ws->hurt && !ws->paused && (size_t)n == sizeof(buf);
}

static void on_socket(struct ts_watch *watch, uint32_t epoll_events)
{
	struct ts_websocket *ws = ts_container_of(watch, struct ts_websocket, watch);
	ws->reading = true;
	if (epoll_events & EPOLLIN && !ws->paused)
		for (int i = 0; i < READS && read_some(ws); i++) {}
	else if (epoll_events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		ws->hurt = true;
	ws->reading = false;
	if (ws->freed) {
		free_when_alone(ws);
		return;
	}
	settle(ws);
	if (ws->hurt) end(ws);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_websocket *ws = ts_container_of(timer, struct ts_websocket, timer);
	const bool silent = now_ns - ws->heard_ns >= SILENT_NS,
		   late = ws->state == CLOSING && now_ns >= ws->close_by_ns;
	if (ws->hurt || silent || late) {
		end(ws);
		return;
	}
	if (ws->state == OPEN && now_ns >= MAX(ws->heard_ns, ws->pinged_ns) + PING_NS) {
		ws->pinged_ns = now_ns;
		ts_frames_ping(ws->frames);
	}
	settle(ws);
	if (ws->hurt) end(ws);
}

/* ---- its beginning */

/* By MHD, within its run: the connection is ours from now on. */
static void on_open(void *cls, struct MHD_Connection *connection, void *con_cls, const char *early,
	size_t n_early, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
	struct ts_websocket *ws = cls;
	(void)connection, (void)con_cls;
	int flags = fcntl(fd, F_GETFL);
	if (flags >= 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	if (ws->config.send_buffer_bytes)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &ws->config.send_buffer_bytes, sizeof(int));
	ws->handle = handle;
	ws->watch.fd = fd;
	ws->watch.fn = on_socket;
	ws->state = OPEN;
	ws->heard_ns = ts_now_ns();
	g_queue_push_tail_link(&ws->http->websockets, &ws->link);
	ts_count(TS_C_WEBSOCKETS);
	ws->reading = true;
	if (ws->events && !ws->hurt) ws->events->opened(ws->config.arg);
	if (n_early && !ws->hurt && ts_frames_read(ws->frames, (const uint8_t *)early, n_early))
		begin_closing(ws);
	ws->reading = false;
	settle(ws);
}

static void on_request_end(void *arg, bool delivered)
{
	struct ts_websocket *ws = arg;
	(void)delivered;
	ws->request_open = false;
	if (!ws->handle && !ws->freed)
		end(ws); /* the 101 never went */
	else
		free_when_alone(ws);
}

/* RFC 6455 4.2.2. */
static void answer_key(const char *key, char out[ANSWER_LEN + 1])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	GChecksum *sha1 = g_checksum_new(G_CHECKSUM_SHA1);
	guint8 digest[20];
	gsize n = sizeof(digest);
	g_checksum_update(sha1, (const guchar *)key, -1);
	g_checksum_update(sha1, (const guchar *)guid, -1);
	g_checksum_get_digest(sha1, digest, &n);
	g_checksum_free(sha1);
	g_autofree char *text = g_base64_encode(digest, n);
	g_strlcpy(out, text, ANSWER_LEN + 1);
}

/* Among those of a header, without case. */
static bool has_token(const char *header, const char *token)
{
	const size_t len = strlen(token);
	for (const char *at = header ? header : ""; *at;) {
		at += strspn(at, ", \t");
		size_t n = strcspn(at, ", \t");
		if (n == len && !g_ascii_strncasecmp(at, token, n)) return true;
		at += n;
	}
	return false;
}

static bool offers(const struct ts_request *request, const char *protocol)
{
	return has_token(ts_request_header(request, "Sec-WebSocket-Protocol"), protocol);
}

static bool is_key(const char *key)
{
	if (!key || strlen(key) != KEY_LEN || strcmp(key + KEY_LEN - 2, "==") != 0) return false;
	for (int i = 0; i < KEY_LEN - 2; i++)
		if (!g_ascii_isalnum(key[i]) && key[i] != '+' && key[i] != '/') return false;
	return true;
}

/* True: answered. RFC 6455 4.2.1. */
static bool refuse(struct ts_request *request, const struct ts_websocket_config *config)
{
	const char *version = ts_request_header(request, "Sec-WebSocket-Version");
	const char *upgrade = ts_request_header(request, "Upgrade"),
		   *connection = ts_request_header(request, "Connection");
	if (!has_token(upgrade, "websocket") || !has_token(connection, "upgrade") || !version ||
		strcmp(version, "13") != 0) {
		ts_problem_make(request, 426, "websocket", NULL,
			"this path is a WebSocket, version 13 (RFC 6455)");
		ts_reply_header(request, "Upgrade", "websocket");
		ts_reply_header(request, "Connection", "Upgrade");
		ts_reply_header(request, "Sec-WebSocket-Version", "13");
		ts_reply_send(request);
		return true;
	}
	if (!is_key(ts_request_header(request, "Sec-WebSocket-Key")))
		ts_problem(request, 400, "malformed", NULL,
			"Sec-WebSocket-Key is not 16 bytes in base64");
	else if (!config->protocol_optional && !offers(request, config->protocol))
		ts_problem(request, 400, "websocket", NULL, "the subprotocol here is %s",
			config->protocol);
	else
		return false;
	return true;
}

bool ts_websocket_check(struct ts_request *request, const struct ts_websocket_config *config)
{
	return !refuse(request, config);
}

struct ts_websocket *ts_websocket_accept(
	struct ts_request *request, const struct ts_websocket_config *config)
{
	char key[ANSWER_LEN + 1];
	if (refuse(request, config)) return NULL;
	struct ts_websocket *ws = g_new0(struct ts_websocket, 1);
	ws->http = ts_request_http(request);
	ws->config = *config;
	ws->events = config->events;
	ws->timer.fn = on_timer;
	ws->link.data = ws;
	ws->frames = ts_frames_new(
		&(struct ts_frames_config){config->message_max, config->queue_max, on_message, ws});
	struct MHD_Response *response = ws->frames ? MHD_create_response_for_upgrade(on_open, ws)
						   : NULL;
	if (!response) {
		ts_frames_free(ws->frames);
		g_free(ws);
		ts_problem(request, 503, NULL, NULL, "no memory is left");
		return NULL;
	}
	ws->request_open = true;
	answer_key(ts_request_header(request, "Sec-WebSocket-Key"), key);
	ts_reply_upgrade(request, response);
	ts_reply_header(request, "Upgrade", "websocket");
	ts_reply_header(request, "Sec-WebSocket-Accept", key);
	if (offers(request, config->protocol))
		ts_reply_header(request, "Sec-WebSocket-Protocol", config->protocol);
	ts_request_on_end(request, on_request_end, ws);
	ts_reply_send(request);
	return ws;
}
