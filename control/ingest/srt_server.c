#include "control/ingest/srt_server.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pipe.h"
#include "base/ring.h"
#include "base/thread.h"
#include "config/config.h"
#include "control/ingest/limit.h"
#include "control/ingest/push.h"
#include "control/ingest/srt_sieve.h"
#include <errno.h>
#include <glib.h>
#include <malloc.h>
#include <poll.h>
#include <srt/access_control.h>
#include <srt/srt.h>
#include <string.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

enum {
	BACKLOG = 32,
	TURN_MS = 100, /* the longest that the thread waits: then it looks who is over */
	EVENTS = 32,
	MESSAGES = 64, /* of one session in a turn */
	MESSAGE_BYTES = 1500,
	SLOTS_MAX = 1024,       /* of ingest.max_connections; a power of two for the ring */
	PEER_VERSION = 0x010300 /* stream ids came with it */
};
#define ANSWER_NS (50 * TS_NS_PER_MS)
#define REST_NS TS_NS_PER_S         /* after an answer that was late: control is not asked */
#define ACCEPT_NS (3 * TS_NS_PER_S) /* from the answer: then the handshake has failed */
#define PROVE_NS (5 * TS_NS_PER_S)  /* from then to the first message */

/* One who was admitted. FREE, CLAIMED by libsrt's thread, and FREE again by ours */
struct session {
	struct ts_push push; /* first; its pipe is made when they enter */
	struct ts_srt_server *server;
	atomic_bool claimed;
	atomic_bool over;   /* by control, which touches it no more */
	SRTSOCKET expected; /* by libsrt's thread, before ours */
	/* of our thread */
	bool entered;   /* a message came: the handshake is over, their key is right */
	SRTSOCKET sock; /* SRT_INVALID_SOCK: not accepted yet, or closed */
	int64_t heard_ns;
	struct ts_ingest_limit limit;
};

struct ts_srt_server {
	struct ts_ingest *ingest;
	const struct ts_config *config;
	SRTSOCKET listener;
	struct ts_srt_sieve sieve;
	int epoll, answered; /* epoll of libsrt; eventfd */
	bool started, thread_started;
	pthread_t thread;
	atomic_bool stop;
	/* of libsrt's thread: the one who asks, who has no slot yet */
	struct ts_push asked;
	atomic_bool asking;   /* until control touches it no more */
	int64_t rest_ns;      /* until then all are refused */
	struct ts_ring fresh; /* struct session, from libsrt's thread to ours */
	GPtrArray *sessions;  /* of our thread */
	size_t n_slots;
	struct session slots[];
};

/* ---- control */

static void on_answered(struct ts_push *push)
{
	const uint64_t one = 1;
	struct ts_srt_server *server = ts_container_of(push, struct ts_srt_server, asked);
	atomic_store_explicit(&server->asking, false, memory_order_release);
	if (write(server->answered, &one, sizeof(one)) != (ssize_t)sizeof(one)) return;
}

static void on_over(struct ts_push *push)
{
	struct session *s = (struct session *)push;
	atomic_store_explicit(&s->over, true, memory_order_release);
}

/* ---- libsrt's thread */

/* NULL: there is none, for them. None but this thread takes one. */
static struct session *free_slot(struct ts_srt_server *server, const char *address)
{
	struct session *found = NULL;
	int of_address = 0;
	for (size_t i = 0; i < server->n_slots; i++) {
		struct session *s = &server->slots[i];
		if (!atomic_load_explicit(&s->claimed, memory_order_acquire))
			found = s;
		else
			of_address += !strcmp(s->push.address, address);
	}
	return of_address < server->config->ingest.max_per_address ? found : NULL;
}

static void claim(struct session *s, struct ts_srt_server *server, SRTSOCKET sock)
{
	const struct ts_push *asked = &server->asked;
	*s = (struct session){.server = server,
		.expected = sock,
		.sock = SRT_INVALID_SOCK,
		.push = {.ingest = asked->ingest,
			.protocol = asked->protocol,
			.forgeable = asked->forgeable,
			.target = asked->target,
			.over = on_over}};
	memcpy(s->push.address, asked->address, sizeof(s->push.address));
	atomic_store_explicit(&s->claimed, true, memory_order_release);
	/* never full: it has as many places as there are slots */
	ts_ring_push(&server->fresh, s);
}

static int code_of(enum ts_push_verdict verdict)
{
	switch (verdict) {
	case TS_PUSH_NEEDED:
	case TS_PUSH_WRONG: return SRT_REJX_UNAUTHORIZED;
	case TS_PUSH_LOCKED: return SRT_REJX_LOCKED;
	default: return SRT_REJX_OVERLOAD;
	}
}

/* WAITS: control has not answered in time, and will be told that nobody waits. */
static enum ts_push_verdict wait_for(struct ts_srt_server *server)
{
	struct pollfd wait = {.fd = server->answered, .events = POLLIN};
	const int64_t until_ns = ts_now_ns() + ANSWER_NS;
	int waits = TS_PUSH_WAITS;
	uint64_t count;
	while (atomic_load_explicit(&server->asking, memory_order_acquire)) {
		const int64_t left_ns = until_ns - ts_now_ns();
		if (left_ns <= 0) {
			atomic_compare_exchange_strong(
				&server->asked.verdict, &waits, TS_PUSH_GIVEN_UP);
			server->rest_ns = ts_now_ns() + REST_NS;
			return TS_PUSH_WAITS;
		}
		/* an answer that was late may wake us too */
		if (poll(&wait, 1, (int)(left_ns / TS_NS_PER_MS) + 1) == 1 &&
			read(wait.fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return TS_PUSH_WAITS;
	}
	return atomic_load_explicit(&server->asked.verdict, memory_order_acquire);
}

/* 0: asked; else a code of refusal. */
static int ask(struct ts_srt_server *server, const struct in6_addr *from, const char *stream_id)
{
	struct ts_push *asked = &server->asked;
	/* one who is late is control's still */
	if (atomic_load_explicit(&server->asking, memory_order_acquire) ||
		ts_now_ns() < server->rest_ns)
		return SRT_REJX_OVERLOAD;
	*asked = (struct ts_push){.ingest = server->ingest,
		.protocol = TS_PUSH_SRT,
		.forgeable = true,
		.answered = on_answered};
	ts_address_print(asked->address, from);
	const int err = ts_target_of_streamid(&asked->target, stream_id);
	if (err) return err == TS_EUNSUPPORTED ? SRT_REJX_BAD_MODE : SRT_REJX_BAD_REQUEST;
	atomic_store_explicit(&server->asking, true, memory_order_release);
	if (!ts_ingest_ask(asked)) return 0;
	explicit_bzero(&asked->target, sizeof(asked->target));
	atomic_store_explicit(&server->asking, false, memory_order_release);
	return SRT_REJX_DOWN;
}

/* 0: it may go on; else the code by which it is refused. */
static int judge(struct ts_srt_server *server, SRTSOCKET sock, const struct sockaddr *from,
	const char *stream_id)
{
	struct in6_addr six;
	char address[INET6_ADDRSTRLEN];
	if (!ts_address_read(&six, from)) return SRT_REJX_BAD_REQUEST;
	ts_address_print(address, &six);
	struct session *s = free_slot(server, address);
	if (!s) return SRT_REJX_OVERLOAD;
	const int code = ask(server, &six, stream_id);
	if (code) return code;
	const enum ts_push_verdict verdict = wait_for(server);
	if (verdict != TS_PUSH_ADMITTED) return code_of(verdict);
	claim(s, server, sock);
	return 0;
}

static int on_handshake(
	void *arg, SRTSOCKET sock, int version, const struct sockaddr *from, const char *stream_id)
{
	struct ts_srt_server *server = arg;
	(void)version;
	ts_srt_sieve_note(&server->sieve, ts_now_ns());
	const int code = judge(server, sock, from, stream_id ? stream_id : "");
	if (!code) return 0;
	if (code == SRT_REJX_BAD_REQUEST || code == SRT_REJX_BAD_MODE)
		ts_count(TS_C_PUSHES_REFUSED);
	if (code == SRT_REJX_OVERLOAD) ts_count(TS_C_PUSH_CUT_LIMIT);
	srt_setrejectreason(sock, code);
	return -1;
}

/* ---- our thread */

static void close_sock(struct session *s)
{
	if (s->entered) ts_pipe_end(s->push.pipe);
	s->expected = SRT_INVALID_SOCK;
	if (s->sock == SRT_INVALID_SOCK) return;
	srt_epoll_remove_usock(s->server->epoll, s->sock);
	srt_close(s->sock);
	s->sock = SRT_INVALID_SOCK;
	ts_count_add(TS_C_PUSH_SRT, -1);
}

static void cut(struct session *s, enum ts_counter why)
{
	ts_count(why);
	ts_log_limited(TS_LOG_INFO, "srt cut", "client=%s why=%s", s->push.address,
		ts_ingest_cut_name(why));
	close_sock(s);
}

static void take_fresh(struct ts_srt_server *server, int64_t now_ns)
{
	struct session *s;
	while ((s = ts_ring_pop(&server->fresh))) {
		s->heard_ns = now_ns;
		g_ptr_array_add(server->sessions, s);
	}
}

static void accept_all(struct ts_srt_server *server, int64_t now_ns)
{
	SRTSOCKET sock;
	while ((sock = srt_accept(server->listener, NULL, NULL)) != SRT_INVALID_SOCK) {
		const int events = SRT_EPOLL_IN | SRT_EPOLL_ERR;
		struct session *s = NULL;
		take_fresh(server, now_ns);
		for (guint i = 0; i < server->sessions->len && !s; i++) {
			struct session *one = server->sessions->pdata[i];
			if (one->expected == sock) s = one;
		}
		if (!s || srt_epoll_add_usock(server->epoll, sock, &events)) {
			srt_close(sock);
			continue;
		}
		s->sock = sock;
		s->expected = SRT_INVALID_SOCK;
		s->heard_ns = now_ns;
		ts_count(TS_C_PUSH_SRT);
	}
}

/* A message came, so somebody has the answer to the handshake, and the key where one is needed:
 * not before they are in the room. */
static bool enter(struct session *s)
{
	if (s->entered) return true;
	if (ts_pipe_create(&s->push.pipe, TS_INGEST_PIPE_BYTES)) return false;
	s->entered = !ts_ingest_enter(&s->push);
	if (!s->entered) ts_pipe_unref(&s->push.pipe);
	return s->entered;
}

static void receive(struct session *s, int64_t now_ns)
{
	char bytes[MESSAGE_BYTES];
	for (int i = 0; i < MESSAGES; i++) {
		const int n = srt_recvmsg(s->sock, bytes, sizeof(bytes));
		if (n <= 0) {
			if (n == 0 || srt_getlasterror(NULL) != SRT_EASYNCRCV) close_sock(s);
			return;
		}
		if (!enter(s)) {
			close_sock(s);
			return;
		}
		s->heard_ns = now_ns;
		ts_count_add(TS_C_PUSH_BYTES, n);
		atomic_fetch_add_explicit(&s->push.counts.bytes, (uint64_t)n, memory_order_relaxed);
		if (!ts_ingest_limit_pass(
			    &s->limit, (size_t)n, s->server->config->ingest.max_kbps, now_ns)) {
			cut(s, TS_C_PUSH_CUT_RATE);
			return;
		}
		const int err = ts_pipe_write(s->push.pipe, bytes, (size_t)n);
		if (err) {
			if (err == TS_EFULL)
				cut(s, TS_C_PUSH_CUT_SLOW);
			else
				close_sock(s);
			return;
		}
	}
}

static void on_event(struct ts_srt_server *server, SRTSOCKET sock, int64_t now_ns)
{
	if (sock == server->listener) {
		accept_all(server, now_ns);
		return;
	}
	for (guint i = 0; i < server->sessions->len; i++) {
		struct session *s = server->sessions->pdata[i];
		if (s->sock != sock) continue;
		receive(s, now_ns);
		return;
	}
}

static void note_numbers(struct session *s)
{
	SRT_TRACEBSTATS stats;
	if (srt_bstats(s->sock, &stats, 0)) return;
	atomic_store_explicit(
		&s->push.counts.lost, (uint64_t)stats.pktRcvDropTotal, memory_order_relaxed);
	atomic_store_explicit(
		&s->push.counts.rtt_us, (uint32_t)(stats.msRTT * 1000), memory_order_relaxed);
}

/* Control does not have it: not yet, or not any more. */
static bool is_ours(const struct session *s)
{
	return !s->entered || atomic_load_explicit(&s->over, memory_order_acquire);
}

/* True: it is over, and its slot free. */
static bool look_after(struct session *s, int64_t now_ns)
{
	const bool waits = s->expected != SRT_INVALID_SOCK;
	const int64_t silence_ns = waits ? ACCEPT_NS : s->entered ? TS_INGEST_SILENCE_NS : PROVE_NS;
	if (s->entered && is_ours(s))
		close_sock(s);
	else if (s->sock != SRT_INVALID_SOCK && now_ns - s->heard_ns > silence_ns)
		cut(s, TS_C_PUSH_CUT_SILENT);
	else if (s->sock != SRT_INVALID_SOCK)
		note_numbers(s);
	else if (!waits || now_ns - s->heard_ns > silence_ns)
		close_sock(s); /* gone, or its handshake failed */
	if (s->sock != SRT_INVALID_SOCK || s->expected != SRT_INVALID_SOCK || !is_ours(s))
		return false;
	if (s->entered) ts_pipe_unref(&s->push.pipe);
	atomic_store_explicit(&s->claimed, false, memory_order_release);
	return true;
}

static void *run(void *arg)
{
	struct ts_srt_server *server = arg;
	SRT_EPOLL_EVENT events[EVENTS];
	int64_t looked_ns = 0;
	while (!atomic_load_explicit(&server->stop, memory_order_relaxed)) {
		const int n = srt_epoll_uwait(server->epoll, events, EVENTS, TURN_MS);
		const int64_t now_ns = ts_now_ns();
		take_fresh(server, now_ns);
		for (int i = 0; i < n && i < EVENTS; i++) on_event(server, events[i].fd, now_ns);
		if (now_ns - looked_ns < TURN_MS * TS_NS_PER_MS) continue;
		looked_ns = now_ns;
		/* what libsrt took for its sockets */
		if (ts_srt_sieve_calm(&server->sieve, now_ns)) malloc_trim(0);
		for (guint i = server->sessions->len; i-- > 0;)
			if (look_after(server->sessions->pdata[i], now_ns))
				g_ptr_array_remove_index_fast(server->sessions, i);
	}
	for (guint i = 0; i < server->sessions->len; i++) close_sock(server->sessions->pdata[i]);
	return NULL;
}

/* ---- life */

static bool set(SRTSOCKET sock, SRT_SOCKOPT option, int value)
{
	return srt_setsockflag(sock, option, &value, sizeof(value)) != SRT_ERROR;
}

static bool set_options(SRTSOCKET sock, const struct ts_config *config)
{
	const char *passphrase = config->ingest.srt_passphrase;
	const bool no = false;
	return srt_setsockflag(sock, SRTO_RCVSYN, &no, sizeof(no)) != SRT_ERROR &&
		set(sock, SRTO_MINVERSION, PEER_VERSION) &&
		set(sock, SRTO_RCVLATENCY, config->ingest.srt_latency_ms) &&
		(!*passphrase ||
			srt_setsockflag(sock, SRTO_PASSPHRASE, passphrase,
				(int)strlen(passphrase)) != SRT_ERROR);
}

/* NULL: it listens. */
static const char *start_listening(struct ts_srt_server *server)
{
	const struct ts_endpoint *at = &server->config->ingest.srt_listen;
	const int events = SRT_EPOLL_IN | SRT_EPOLL_ERR;
	struct sockaddr_storage address;
	if (!ts_address_parse(&address, at->addr, at->port)) return "no address";
	const int fd = ts_srt_sieve_open(&server->sieve, &address);
	if (fd < 0) return strerror(errno);
	server->listener = srt_create_socket();
	server->epoll = srt_epoll_create();
	if (server->listener == SRT_INVALID_SOCK || server->epoll < 0 ||
		!set_options(server->listener, server->config) ||
		(address.ss_family == AF_INET6 && !set(server->listener, SRTO_IPV6ONLY, 0)) ||
		srt_bind_acquire(server->listener, fd) == SRT_ERROR ||
		srt_listen_callback(server->listener, on_handshake, server) == SRT_ERROR ||
		srt_epoll_add_usock(server->epoll, server->listener, &events) == SRT_ERROR ||
		srt_listen(server->listener, BACKLOG) == SRT_ERROR)
		return srt_getlasterror_str();
	return NULL;
}

static int start(struct ts_srt_server *server)
{
	const struct ts_endpoint *at = &server->config->ingest.srt_listen;
	if (srt_startup() < 0) return TS_EIO;
	server->started = true;
	srt_setloglevel(LOG_CRIT);
	const char *why = start_listening(server);
	if (why) {
		ts_error("cannot listen", "key=ingest.srt_listen address=%s port=%u error=%s",
			at->addr, at->port, TS_LOG_STR(why));
		return TS_EINVAL;
	}
	const int rc = ts_thread_start(&server->thread, "srt", run, server);
	server->thread_started = !rc;
	if (!rc) ts_info("srt", "listen=%s port=%u", at->addr, at->port);
	return rc;
}

int ts_srt_server_create(
	struct ts_srt_server **out, struct ts_ingest *ingest, const struct ts_config *config)
{
	const size_t n = (size_t)config->ingest.max_connections;
	struct ts_srt_server *server = g_malloc0(sizeof(*server) + n * sizeof(*server->slots));
	server->ingest = ingest;
	server->config = config;
	server->listener = SRT_INVALID_SOCK;
	server->epoll = -1;
	server->sieve.fd = -1;
	server->n_slots = n;
	server->sessions = g_ptr_array_new();
	server->answered = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int rc = server->answered < 0 ? TS_EIO : ts_ring_init(&server->fresh, SLOTS_MAX);
	if (!rc) rc = start(server);
	*out = server;
	if (rc) ts_srt_server_destroy(out);
	return rc;
}

void ts_srt_server_destroy(struct ts_srt_server **out)
{
	struct ts_srt_server *server = *out;
	struct session *s;
	*out = NULL;
	if (!server) return;
	atomic_store_explicit(&server->stop, true, memory_order_relaxed);
	if (server->thread_started) pthread_join(server->thread, NULL);
	/* no handshake begins any more when it has returned */
	if (server->listener != SRT_INVALID_SOCK) srt_close(server->listener);
	if (server->epoll >= 0) srt_epoll_release(server->epoll);
	if (server->started) srt_cleanup();
	ts_srt_sieve_fini(&server->sieve);
	while (server->fresh.slots && (s = ts_ring_pop(&server->fresh)))
		g_ptr_array_add(server->sessions, s);
	for (guint i = 0; i < server->sessions->len; i++) {
		s = server->sessions->pdata[i];
		if (s->entered) ts_pipe_unref(&s->push.pipe);
	}
	g_ptr_array_unref(server->sessions);
	if (server->fresh.slots) ts_ring_fini(&server->fresh);
	if (server->answered >= 0) close(server->answered);
	g_free(server);
}
