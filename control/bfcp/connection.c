/* Connections of BFCP over TCP, with TLS or without, as their first byte says: which call's they
 * are, their framing, their end. */
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "control/bfcp/port_core.h"
#include "control/bfcp/stream.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPTS = 32, /* at one wake-up */
	/* without a link: those that have one are bounded by the calls */
	LINKLESS_MAX = 256,
	LINKLESS_OF_ADDRESS = 8,
	KEEP_IDLE_S = 30,
	KEEP_EVERY_S = 10,
	KEEP_TRIES = 3,
	TLS_HANDSHAKE =
		22, /* first byte of a ClientHello; BFCP begins with its version, 32 or more */
	RECORDS = 2048
};
#define NAMELESS_NS (5 * TS_NS_PER_S)
#define WAITING_NS (32 * TS_NS_PER_S) /* 64 T1 of SIP: by then there is an ACK, or no call */
#define SWEEP_NS TS_NS_PER_S

struct ts_bfcp_connection {
	struct ts_bfcp_ports *ports;
	struct ts_bfcp_port *port;
	struct ts_bfcp_link *link; /* NULL: it named none yet, or one that waits for its hosts */
	uint64_t awaited;          /* key of that; 0: none */
	struct ts_watch watch;
	struct sockaddr_storage from;
	int64_t opened_ns;
	bool dead;
	bool begun;                 /* its first byte was seen */
	struct ts_tls_session *tls; /* NULL: in the clear */
	GList at;
	struct ts_bfcp_stream stream;
};

/* ---- the end */

/* What TLS has for the peer. False: it does not take it. */
static bool flush(struct ts_bfcp_connection *c)
{
	uint8_t bytes[RECORDS];
	size_t n;
	bool all = true;
	while ((n = ts_tls_session_take(c->tls, bytes, sizeof bytes)))
		all = all && send(c->watch.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n;
	return all;
}

void ts_bfcp_connection_end(struct ts_bfcp_connection *c)
{
	struct ts_bfcp_ports *ports = c->ports;
	if (c->tls && !c->dead) {
		ts_tls_session_close(c->tls);
		flush(c);
	}
	ts_tls_session_destroy(&c->tls);
	if (c->link) c->link->connection = NULL;
	ts_loop_unwatch(ports->loop, &c->watch);
	close(c->watch.fd);
	ts_descriptors_give(TS_FD_SIP);
	ts_count_add(TS_C_BFCP_CONNECTIONS, -1);
	g_queue_unlink(&ports->connections, &c->at);
	g_free(c);
}

static void lose(struct ts_bfcp_connection *c, int64_t now_ns)
{
	struct ts_bfcp_link *l = c->link;
	ts_bfcp_connection_end(c);
	if (l) l->config.lost(l->config.arg, now_ns);
}

void ts_bfcp_connections_end(struct ts_bfcp_port *port)
{
	for (GList *l = port->ports->connections.head, *next; l; l = next) {
		struct ts_bfcp_connection *c = l->data;
		next = l->next;
		if (c->port == port) ts_bfcp_connection_end(c);
	}
}

/* Those that have no link. */
void ts_bfcp_connections_sweep(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_bfcp_ports *ports = ts_container_of(timer, struct ts_bfcp_ports, sweep);
	bool any = false;
	for (GList *l = ports->connections.head, *next; l; l = next) {
		struct ts_bfcp_connection *c = l->data;
		next = l->next;
		if (c->link) continue;
		if (now_ns - c->opened_ns >= (c->awaited ? WAITING_NS : NAMELESS_NS)) {
			ts_count(TS_C_BFCP_REFUSED_SLOW);
			ts_bfcp_connection_end(c);
		} else {
			any = true;
		}
	}
	if (any) ts_loop_timer_set(ports->loop, timer, now_ns + SWEEP_NS);
}

/* ---- messages */

/* A new connection of a call takes the place of the old one. */
static void give_to(struct ts_bfcp_connection *c, struct ts_bfcp_link *l)
{
	if (l->connection) ts_bfcp_connection_end(l->connection);
	l->connection = c;
	l->from = c->from;
	c->link = l;
}

/* Is it encrypted as the call has it, and by whom the call says? */
static bool is_as_agreed(const struct ts_bfcp_connection *c, const struct ts_bfcp_link *l)
{
	if (!l->config.fingerprint) return !c->tls;
	return c->tls && ts_tls_session_is_peer(c->tls, l->config.fingerprint);
}

/* The first message names the call, which may wait for its hosts. */
static enum ts_bfcp_may may_speak(
	struct ts_bfcp_connection *c, const struct ts_bfcp_head *head, int64_t now_ns)
{
	if (c->link)
		return c->link->key == ts_bfcp_link_key(head) ? TS_BFCP_MAY_SPEAK : TS_BFCP_MAY_NOT;
	struct ts_bfcp_link *l = ts_bfcp_link_find(c->port, head, true);
	const enum ts_bfcp_may may = l && is_as_agreed(c, l) ? ts_bfcp_link_may(l, &c->from)
							     : TS_BFCP_MAY_NOT;
	if (may == TS_BFCP_MAY_SPEAK)
		give_to(c, l);
	else if (may == TS_BFCP_MAY_NOT)
		ts_bfcp_count_stranger(c->ports, &c->from, now_ns);
	return may;
}

/* What more it says is the kernel's to keep, and to slow down. */
static bool wait_for(struct ts_bfcp_connection *c, const struct ts_bfcp_head *head)
{
	c->awaited = ts_bfcp_link_key(head);
	return !ts_loop_watch(c->ports->loop, &c->watch, 0);
}

/* False: the connection is to be closed. *gone: it is closed already. */
static bool take_messages(struct ts_bfcp_connection *c, bool *gone, int64_t now_ns)
{
	struct ts_bfcp_ports *ports = c->ports;
	struct ts_bfcp_head head;
	enum ts_bfcp_framed framed;
	size_t size;
	while ((framed = ts_bfcp_stream_next(&c->stream, &head, &size)) == TS_BFCP_FRAMED_MESSAGE) {
		const enum ts_bfcp_may may = may_speak(c, &head, now_ns);
		if (may == TS_BFCP_MAY_LATER) return wait_for(c, &head);
		if (may == TS_BFCP_MAY_NOT) return false;
		ts_bfcp_link_take(c->link, &c->from, c->stream.bytes, size, now_ns);
		*gone = !g_queue_find(&ports->connections, c);
		if (*gone) return true;
		ts_bfcp_stream_drop(&c->stream, size);
	}
	/* what cannot be framed has no answer */
	if (framed == TS_BFCP_FRAMED_BROKEN) ts_count(TS_C_BFCP_REFUSED_MALFORMED);
	return framed != TS_BFCP_FRAMED_BROKEN;
}

/* ---- bytes */

/* Messages, and what TLS still has of them. As take_messages. */
static bool take_all(struct ts_bfcp_connection *c, bool *gone, int64_t now_ns)
{
	for (;;) {
		if (!take_messages(c, gone, now_ns)) return false;
		if (*gone || c->awaited || !c->tls) return true;
		size_t cap;
		uint8_t *room = ts_bfcp_stream_room(&c->stream, &cap);
		const int n = ts_tls_session_read(c->tls, room, cap);
		if (!flush(c) || n < 0) return false;
		if (!n) return true;
		ts_bfcp_stream_added(&c->stream, (size_t)n);
	}
}

/* By its first byte. False: it is to be closed. */
static bool begin(struct ts_bfcp_connection *c, int64_t now_ns)
{
	uint8_t first;
	if (recv(c->watch.fd, &first, 1, MSG_DONTWAIT | MSG_PEEK) != 1) return true;
	c->begun = true;
	if (first != TLS_HANDSHAKE) return true;
	return ts_bfcp_may_begin_tls(c->port, &c->from, now_ns) &&
		!ts_tls_session_create(&c->tls, c->ports->tls);
}

/* What is there, into the stream or into TLS; as recv. */
static ssize_t receive(struct ts_bfcp_connection *c)
{
	uint8_t bytes[RECORDS];
	size_t cap;
	uint8_t *room = ts_bfcp_stream_room(&c->stream, &cap);
	if (!c->tls) {
		const ssize_t n = recv(c->watch.fd, room, cap, MSG_DONTWAIT);
		if (n > 0) ts_bfcp_stream_added(&c->stream, (size_t)n);
		return n;
	}
	const ssize_t n = recv(c->watch.fd, bytes, sizeof bytes, MSG_DONTWAIT);
	return n > 0 && ts_tls_session_feed(c->tls, bytes, (size_t)n) ? 0 : n;
}

static void on_bytes(struct ts_watch *watch, uint32_t events)
{
	struct ts_bfcp_connection *c = ts_container_of(watch, struct ts_bfcp_connection, watch);
	const int64_t now_ns = ts_now_ns();
	bool gone = false;
	(void)events;
	if (!c->begun && !begin(c, now_ns)) {
		lose(c, now_ns);
		return;
	}
	/* only its end wakes one that waits */
	const ssize_t n = c->awaited ? 0 : receive(c);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && !c->dead) return;
	if (n > 0 && !c->dead && (take_all(c, &gone, now_ns) || gone)) return;
	lose(c, now_ns);
}

static struct ts_bfcp_connection *find_waiting(const struct ts_bfcp_ports *ports, uint64_t key)
{
	for (const GList *l = ports->connections.head; l; l = l->next) {
		struct ts_bfcp_connection *c = l->data;
		if (c->awaited == key) return c;
	}
	return NULL;
}

void ts_bfcp_connections_wake(struct ts_bfcp_ports *ports, uint64_t key, int64_t now_ns)
{
	struct ts_bfcp_connection *c;
	while ((c = find_waiting(ports, key))) {
		bool gone = false;
		c->awaited = 0;
		if (ts_loop_watch(ports->loop, &c->watch, EPOLLIN) ||
			(!take_all(c, &gone, now_ns) && !gone))
			lose(c, now_ns);
	}
}

void ts_bfcp_connection_send(struct ts_bfcp_connection *c, const void *bytes, size_t n)
{
	if (c->dead) return;
	if (c->tls ? !ts_tls_session_write(c->tls, bytes, n) && flush(c)
		   : send(c->watch.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return;
	c->dead = true;
	shutdown(c->watch.fd, SHUT_RDWR); /* which wakes on_bytes */
}

/* ---- coming */

/* Of an address, by its first 64 bits where it is IPv6; NULL: of any. */
static struct ts_bfcp_connection *oldest_linkless(
	const struct ts_bfcp_ports *ports, const struct in6_addr *host, unsigned *n)
{
	struct ts_bfcp_connection *oldest = NULL;
	char wanted[INET6_ADDRSTRLEN] = "", text[INET6_ADDRSTRLEN];
	if (host) ts_address_print(wanted, host);
	*n = 0;
	for (const GList *l = ports->connections.head; l; l = l->next) {
		struct ts_bfcp_connection *c = l->data;
		struct in6_addr its;
		if (c->link || !ts_address_read(&its, (const struct sockaddr *)&c->from)) continue;
		ts_address_print(text, &its);
		if (host && strcmp(text, wanted) != 0) continue;
		/* they stand in the order of their coming; one that named a call goes last */
		if (!oldest || (oldest->awaited && !c->awaited)) oldest = c;
		++*n;
	}
	return oldest;
}

/* The oldest goes for a newcomer: who has a call names it at once. */
static void make_room_for(struct ts_bfcp_ports *ports, const struct sockaddr_storage *from)
{
	struct in6_addr host;
	unsigned n;
	if (!ts_address_read(&host, (const struct sockaddr *)from)) return;
	struct ts_bfcp_connection *oldest = oldest_linkless(ports, &host, &n);
	if (n < LINKLESS_OF_ADDRESS) {
		oldest = oldest_linkless(ports, NULL, &n);
		if (n < LINKLESS_MAX) return;
	}
	ts_count(TS_C_BFCP_REFUSED_FULL);
	ts_bfcp_connection_end(oldest);
}

static void keep_alive(int fd)
{
	const int on = 1, idle = KEEP_IDLE_S, every = KEEP_EVERY_S, tries = KEEP_TRIES;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void take_connection(struct ts_bfcp_port *port, int fd, const struct sockaddr_storage *from)
{
	struct ts_bfcp_ports *ports = port->ports;
	make_room_for(ports, from);
	if (!ts_descriptors_take(TS_FD_SIP)) {
		ts_count(TS_C_BFCP_REFUSED_FULL);
		close(fd);
		return;
	}
	struct ts_bfcp_connection *c = g_new0(struct ts_bfcp_connection, 1);
	c->ports = ports;
	c->port = port;
	c->watch = (struct ts_watch){.fn = on_bytes, .fd = fd};
	c->from = *from;
	c->opened_ns = ts_now_ns();
	c->at.data = c;
	keep_alive(fd);
	g_queue_push_tail_link(&ports->connections, &c->at);
	ts_count(TS_C_BFCP_CONNECTIONS);
	if (ts_loop_watch(ports->loop, &c->watch, EPOLLIN))
		ts_bfcp_connection_end(c);
	else
		ts_loop_timer_set(ports->loop, &ports->sweep, c->opened_ns + SWEEP_NS);
}

void ts_bfcp_connections_accept(struct ts_bfcp_port *port)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		const int fd = accept4(
			port->tcp.fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			take_connection(port, fd, &from);
		else if ((errno != EMFILE && errno != ENFILE) ||
			!ts_descriptors_refuse(port->tcp.fd))
			return;
	}
}
