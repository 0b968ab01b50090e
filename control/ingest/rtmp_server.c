#include "control/ingest/rtmp_server.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pipe.h"
#include "config/config.h"
#include "control/ingest/limit.h"
#include "control/ingest/push.h"
#include "control/ingest/rtmp.h"
#include "control/rooms/throttle.h"
#include "transport/secure/tls_server.h"
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, OUT_BYTES = 8 * 1024, BACKLOG = 64, ACCEPTS = 16 };
#define PUBLISH_NS (5 * TS_NS_PER_S) /* from the connection to publish */
#define LINGER_NS TS_NS_PER_S        /* for the refusal to be read */

struct ts_rtmp_server {
	struct ts_ingest *ingest;
	const struct ts_config *config;
	struct ts_loop *loop;
	struct ts_watch listener;
	struct ts_task stop_task;
	struct ts_tls_server *tls;                /* NULL: in the clear */
	_Atomic(struct ts_tls_server *) next_tls; /* by control; NULL: none */
	struct ts_throttle *shakes;               /* of each address */
	struct ts_bucket all_shakes;
	GQueue conns; /* the oldest first */
	uint8_t bytes[READ_BYTES], plain[READ_BYTES];
};

struct conn {
	struct ts_rtmp_server *server;
	GList link;
	struct ts_watch watch;
	struct ts_timer timer;
	struct ts_tls_session *tls; /* NULL: in the clear */
	bool shakes;                /* it has begun to, which it was let */
	struct ts_rtmp rtmp;
	struct rtmp_push *push; /* NULL: nothing was asked yet, or it is over */
	char address[INET6_ADDRSTRLEN];
	int64_t opened_ns, heard_ns;
	int64_t close_ns; /* it was refused: until then; 0: it was not */
	struct ts_ingest_limit limit;
	bool pipe_full;
	size_t n_out;
	uint8_t out[OUT_BYTES];
};

struct rtmp_push {
	struct ts_push push; /* first */
	struct ts_rtmp_server *server;
	struct conn *conn; /* NULL: it is gone */
	struct ts_task answer_task, over_task;
};

/* ---- connections */

static enum ts_push_protocol protocol_of(const struct ts_rtmp_server *server)
{
	return server->shakes ? TS_PUSH_RTMPS : TS_PUSH_RTMP;
}

static void count_conns(const struct ts_rtmp_server *server, int by)
{
	ts_count_add(server->shakes ? TS_C_PUSH_RTMPS : TS_C_PUSH_RTMP, by);
}

static void close_conn(struct conn *c)
{
	struct ts_rtmp_server *server = c->server;
	if (c->push) {
		ts_pipe_end(c->push->push.pipe);
		c->push->conn = NULL;
	}
	ts_loop_unwatch(server->loop, &c->watch);
	ts_loop_timer_cancel(server->loop, &c->timer);
	close(c->watch.fd);
	g_queue_unlink(&server->conns, &c->link);
	ts_tls_session_destroy(&c->tls);
	ts_rtmp_fini(&c->rtmp);
	count_conns(server, -1);
	g_free(c);
}

static void cut(struct conn *c, enum ts_counter why)
{
	ts_count(why);
	ts_log_limited(
		TS_LOG_INFO, "rtmp cut", "client=%s why=%s", c->address, ts_ingest_cut_name(why));
	close_conn(c);
}

/* What TLS has for the peer goes behind the rest, as far as there is room. */
static void take_of_tls(struct conn *c)
{
	if (c->tls)
		c->n_out += ts_tls_session_take(c->tls, c->out + c->n_out, OUT_BYTES - c->n_out);
}

/* False: the connection broke. */
static bool flush(struct conn *c)
{
	for (take_of_tls(c); c->n_out; take_of_tls(c)) {
		const ssize_t n = send(c->watch.fd, c->out, c->n_out, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return errno == EAGAIN;
		c->n_out -= (size_t)n;
		memmove(c->out, c->out + n, c->n_out);
	}
	return true;
}

static bool update(struct conn *c)
{
	return flush(c) &&
		!ts_loop_watch(c->server->loop, &c->watch, EPOLLIN | (c->n_out ? EPOLLOUT : 0));
}

/* Nothing more is said; what was is sent first. */
static bool begin_close(struct conn *c)
{
	if (c->tls) ts_tls_session_close(c->tls);
	c->close_ns = ts_now_ns() + LINGER_NS;
	ts_loop_timer_set(c->server->loop, &c->timer, c->close_ns);
	return flush(c) && !shutdown(c->watch.fd, SHUT_WR);
}

/* ---- what the protocol asks for */

static bool on_send(void *arg, const uint8_t *bytes, size_t n)
{
	struct conn *c = arg;
	if (n > sizeof(c->out) - c->n_out) return false;
	if (c->tls) /* full: the peer reads nothing */
		return !ts_tls_session_write(c->tls, bytes, n) && flush(c) && c->n_out < OUT_BYTES;
	memcpy(c->out + c->n_out, bytes, n);
	c->n_out += n;
	return true;
}

static bool on_media(void *arg, const uint8_t *bytes, size_t n)
{
	struct conn *c = arg;
	if (!c->push) return false;
	c->pipe_full = ts_pipe_write(c->push->push.pipe, bytes, n) == TS_EFULL;
	return !c->pipe_full;
}

static void free_push(struct rtmp_push *push)
{
	ts_pipe_unref(&push->push.pipe);
	explicit_bzero(&push->push.target, sizeof(push->push.target));
	g_free(push);
}

/* Control has answered. */
static void on_answer_task(struct ts_task *task)
{
	struct rtmp_push *push = ts_container_of(task, struct rtmp_push, answer_task);
	struct conn *c = push->conn;
	if (!c) return;
	const bool admitted = atomic_load_explicit(&push->push.verdict, memory_order_acquire) ==
		TS_PUSH_ADMITTED;
	c->heard_ns = ts_now_ns();
	const bool sent = !ts_rtmp_answer(&c->rtmp, admitted);
	if (!sent || !(admitted ? update(c) : begin_close(c))) close_conn(c);
}

static void on_over_task(struct ts_task *task)
{
	struct rtmp_push *push = ts_container_of(task, struct rtmp_push, over_task);
	struct conn *c = push->conn;
	if (c) {
		c->push = NULL;
		if (!c->close_ns) close_conn(c);
	}
	free_push(push);
}

static void on_answered(struct ts_push *push)
{
	struct rtmp_push *p = (struct rtmp_push *)push;
	ts_loop_post(p->server->loop, &p->answer_task);
}

static void on_over(struct ts_push *push)
{
	struct rtmp_push *p = (struct rtmp_push *)push;
	ts_loop_post(p->server->loop, &p->over_task);
}

static void on_publish(void *arg, const char *app, const char *key)
{
	struct conn *c = arg;
	struct rtmp_push *push = g_new0(struct rtmp_push, 1);
	struct ts_push *p = &push->push;
	p->ingest = c->server->ingest;
	p->protocol = protocol_of(c->server);
	p->answered = on_answered;
	p->over = on_over;
	g_strlcpy(p->address, c->address, sizeof(p->address));
	push->server = c->server;
	push->conn = c;
	push->answer_task.fn = on_answer_task;
	push->over_task.fn = on_over_task;
	if (ts_target_of_rtmp(&p->target, app, key)) {
		ts_count(TS_C_PUSHES_REFUSED);
	} else if (!ts_pipe_create(&p->pipe, TS_INGEST_PIPE_BYTES)) {
		c->push = push;
		if (!ts_ingest_push(p)) return;
		c->push = NULL;
	}
	free_push(push);
	ts_rtmp_answer(&c->rtmp, false);
}

static const struct ts_rtmp_events rtmp_events = {
	.send = on_send, .on_publish = on_publish, .on_media = on_media};

/* ---- bytes and time */

/* What RTMP is made of, which TLS has decrypted where it is there. Then c may be gone: false. */
static bool take_rtmp(struct conn *c, const uint8_t *bytes, size_t n)
{
	const int err = ts_rtmp_feed(&c->rtmp, bytes, n);
	if (!err ? update(c) : err == TS_ECLOSED && begin_close(c)) {
		if (err && c->push) ts_pipe_end(c->push->push.pipe);
		return true;
	}
	if (err && err != TS_ECLOSED)
		cut(c, c->pipe_full ? TS_C_PUSH_CUT_SLOW : TS_C_PUSH_CUT_BAD);
	else
		close_conn(c);
	return false;
}

/* A handshake costs as much as a second of a stream; a connection that says nothing costs none. */
static bool may_shake(struct conn *c, int64_t now_ns)
{
	static const struct ts_throttle_config all = {TS_NS_PER_S / 20, 100, 0};
	struct ts_rtmp_server *server = c->server;
	c->shakes = c->shakes ||
		(!ts_throttle_take(server->shakes, c->address, now_ns) &&
			!ts_bucket_take(&server->all_shakes, &all, now_ns));
	return c->shakes;
}

static void take_tls(struct conn *c, const uint8_t *bytes, size_t n)
{
	uint8_t *plain = c->server->plain;
	int got = ts_tls_session_feed(c->tls, bytes, n);
	while (!got && (got = ts_tls_session_read(c->tls, plain, READ_BYTES)) > 0) {
		if (!take_rtmp(c, plain, (size_t)got)) return;
		if (c->close_ns) return;
		got = 0;
	}
	if (got == TS_ECLOSED || (!got && !update(c)))
		close_conn(c);
	else if (!got && c->n_out == OUT_BYTES) /* answers TLS itself gives: the peer reads none */
		cut(c, TS_C_PUSH_CUT_SLOW);
	else if (got)
		cut(c, TS_C_PUSH_CUT_BAD);
}

static void take_bytes(struct conn *c, size_t n, int64_t now_ns)
{
	const uint8_t *bytes = c->server->bytes;
	ts_count_add(TS_C_PUSH_BYTES, (int64_t)n);
	if (c->close_ns) return;
	c->heard_ns = now_ns;
	if (c->push)
		atomic_fetch_add_explicit(&c->push->push.counts.bytes, n, memory_order_relaxed);
	if (!ts_ingest_limit_pass(&c->limit, n, c->server->config->ingest.max_kbps, now_ns)) {
		cut(c, TS_C_PUSH_CUT_RATE);
		return;
	}
	if (c->tls && !may_shake(c, now_ns))
		cut(c, TS_C_PUSH_CUT_LIMIT);
	else if (c->tls)
		take_tls(c, bytes, n);
	else
		take_rtmp(c, bytes, n);
}

static void on_conn(struct ts_watch *watch, uint32_t events)
{
	struct conn *c = ts_container_of(watch, struct conn, watch);
	if (events & EPOLLOUT && !update(c)) {
		close_conn(c);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
	const ssize_t n = recv(c->watch.fd, c->server->bytes, READ_BYTES, MSG_DONTWAIT);
	if (n > 0)
		take_bytes(c, (size_t)n, ts_now_ns());
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_conn(c);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct conn *c = ts_container_of(timer, struct conn, timer);
	const int64_t until_ns = c->close_ns    ? c->close_ns
		: c->rtmp.state < TS_RTMP_ASKED ? c->opened_ns + PUBLISH_NS
						: c->heard_ns + TS_INGEST_SILENCE_NS;
	if (until_ns > now_ns)
		ts_loop_timer_set(c->server->loop, timer, until_ns);
	else if (c->close_ns)
		close_conn(c);
	else
		cut(c, TS_C_PUSH_CUT_SILENT);
}

/* ---- accepting */

static bool gives_way(const struct conn *c)
{
	return !c->push;
}

static bool has_place(struct ts_rtmp_server *server, const char *address)
{
	struct conn *oldest = NULL;
	unsigned of_address = 0;
	for (GList *at = server->conns.head; at; at = at->next) {
		struct conn *c = at->data;
		of_address += !strcmp(c->address, address);
		if (!oldest && gives_way(c)) oldest = c;
	}
	if (of_address >= (unsigned)server->config->ingest.max_per_address) return false;
	if (server->conns.length < (unsigned)server->config->ingest.max_connections) return true;
	if (!oldest) return false;
	cut(oldest, TS_C_PUSH_CUT_LIMIT);
	return true;
}

static int begin_tls(struct conn *c)
{
	struct ts_rtmp_server *server = c->server;
	struct ts_tls_server *next = atomic_exchange(&server->next_tls, NULL);
	if (next) {
		ts_tls_server_destroy(&server->tls);
		server->tls = next;
	}
	return server->tls ? ts_tls_session_create(&c->tls, server->tls) : 0;
}

static void add_conn(struct ts_rtmp_server *server, int fd, const char *address)
{
	struct conn *c = g_new0(struct conn, 1);
	c->server = server;
	c->link.data = c;
	c->watch.fn = on_conn;
	c->watch.fd = fd;
	c->timer.fn = on_timer;
	c->opened_ns = c->heard_ns = ts_now_ns();
	g_strlcpy(c->address, address, sizeof(c->address));
	ts_rtmp_init(&c->rtmp, &rtmp_events, c);
	if (begin_tls(c) || ts_loop_watch(server->loop, &c->watch, EPOLLIN)) {
		close(fd);
		ts_tls_session_destroy(&c->tls);
		ts_rtmp_fini(&c->rtmp);
		g_free(c);
		return;
	}
	count_conns(server, 1);
	g_queue_push_tail_link(&server->conns, &c->link);
	ts_loop_timer_set(server->loop, &c->timer, c->opened_ns + PUBLISH_NS);
}

static void on_listener(struct ts_watch *watch, uint32_t events)
{
	struct ts_rtmp_server *server = ts_container_of(watch, struct ts_rtmp_server, listener);
	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		struct in6_addr six;
		char address[INET6_ADDRSTRLEN];
		const int fd = accept4(
			watch->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if ((errno == EMFILE || errno == ENFILE) &&
				ts_descriptors_refuse(watch->fd))
				ts_count(TS_C_PUSH_CUT_LIMIT);
			return;
		}
		if (!ts_address_read(&six, (struct sockaddr *)&from)) {
			close(fd);
			continue;
		}
		ts_address_print(address, &six);
		if (has_place(server, address)) {
			add_conn(server, fd, address);
		} else {
			ts_count(TS_C_PUSH_CUT_LIMIT);
			close(fd);
		}
	}
}

static int listen_on(const struct ts_endpoint *at)
{
	struct sockaddr_storage address;
	const int on = 1;
	if (!ts_address_parse(&address, at->addr, at->port)) return -1;
	const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, (struct sockaddr *)&address, ts_address_len(&address)) &&
		!listen(fd, BACKLOG))
		return fd;
	close(fd);
	return -1;
}

/* ---- life */

static void on_stop_task(struct ts_task *task)
{
	struct ts_rtmp_server *server = ts_container_of(task, struct ts_rtmp_server, stop_task);
	while (server->conns.head) close_conn(server->conns.head->data);
	ts_loop_unwatch(server->loop, &server->listener);
}

int ts_rtmp_server_create(struct ts_rtmp_server **out, const struct ts_rtmp_server_config *with)
{
	static const struct ts_throttle_config shakes = {TS_NS_PER_S, 10, 4096};
	const char *name = with->tls ? "rtmps" : "rtmp";
	const struct ts_endpoint *at = with->tls ? &with->config->ingest.rtmps_listen
						 : &with->config->ingest.rtmp_listen;
	struct ts_rtmp_server *server = g_new0(struct ts_rtmp_server, 1);
	server->ingest = with->ingest;
	server->config = with->config;
	server->tls = with->tls;
	if (with->tls) server->shakes = ts_throttle_new(&shakes);
	server->stop_task.fn = on_stop_task;
	server->listener.fn = on_listener;
	server->listener.fd = listen_on(at);
	int rc = 0;
	if (server->listener.fd < 0) {
		ts_error("cannot listen", "key=ingest.%s_listen address=%s port=%u error=%s", name,
			at->addr, at->port, strerror(errno));
		rc = TS_EINVAL;
	}
	if (!rc) rc = ts_loop_create(&server->loop, name);
	if (!rc) rc = ts_loop_watch(server->loop, &server->listener, EPOLLIN);
	if (!rc) rc = ts_loop_start(server->loop);
	*out = server;
	if (rc)
		ts_rtmp_server_destroy(out);
	else
		ts_info(name, "listen=%s port=%u", at->addr, at->port);
	return rc;
}

void ts_rtmp_server_set_tls(struct ts_rtmp_server *server, struct ts_tls_server *tls)
{
	struct ts_tls_server *before = atomic_exchange(&server->next_tls, tls);
	ts_tls_server_destroy(&before);
}

void ts_rtmp_server_destroy(struct ts_rtmp_server **out)
{
	struct ts_rtmp_server *server = *out;
	*out = NULL;
	if (!server) return;
	if (server->loop) {
		ts_loop_post(server->loop, &server->stop_task);
		ts_loop_destroy(&server->loop);
	}
	if (server->listener.fd >= 0) close(server->listener.fd);
	ts_rtmp_server_set_tls(server, NULL);
	ts_tls_server_destroy(&server->tls);
	ts_throttle_free(server->shakes);
	g_free(server);
}
