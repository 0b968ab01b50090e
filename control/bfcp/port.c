#include "control/bfcp/port.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "control/rooms/throttle.h"
#include <errno.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PORTS_MAX = 16,
	OPEN_TRIES = 200,
	READS = 32, /* at one wake-up */
	BACKLOG = 64,
	/* that named no call yet: those that did are bounded by the calls */
	NAMELESS_MAX = 256,
	NAMELESS_OF_ADDRESS = 8,
	ADDRESSES = 4096,
	KEEP_IDLE_S = 30,
	KEEP_EVERY_S = 10,
	KEEP_TRIES = 3
};
#define NAMELESS_NS (5 * TS_NS_PER_S)
#define SWEEP_NS TS_NS_PER_S

static const struct ts_throttle_config rate = {
	.period_ns = TS_NS_PER_S / 20, .burst = 60, .max_addresses = ADDRESSES};

/* One address of ours, for as long as a link uses it. */
struct port {
	struct ts_bfcp_ports *ports;
	char address[INET6_ADDRSTRLEN];
	uint16_t number;
	struct ts_watch udp, tcp;
	unsigned links;
	GList at;
};

struct connection {
	struct ts_bfcp_ports *ports;
	struct port *port;
	struct ts_bfcp_link *link; /* NULL: it named none yet */
	struct ts_watch watch;
	struct sockaddr_storage from;
	int64_t opened_ns;
	bool dead;
	GList at;
	size_t n;
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
};

struct ts_bfcp_link {
	struct ts_bfcp_ports *ports;
	struct port *port;
	struct ts_bfcp_link_config config;
	uint64_t key;
	struct sockaddr_storage told, signals, from; /* family 0: none */
	struct connection *connection;               /* NULL: none, or UDP */
	struct ts_bucket messages;
};

struct ts_bfcp_ports {
	struct ts_loop *loop;
	uint16_t first, last;
	GQueue ports, connections;
	GHashTable *links;            /* by key */
	struct ts_throttle *throttle; /* of those who are nobody's */
	struct ts_timer sweep;        /* runs while there are connections */
};

/* ---- messages */

static uint64_t key_of(uint32_t conference, uint16_t user)
{
	return (uint64_t)conference << 16 | user;
}

static bool may_speak(const struct ts_bfcp_link *l, const struct sockaddr_storage *from)
{
	return (l->told.ss_family && ts_address_same_host(from, &l->told)) ||
		(l->signals.ss_family && ts_address_same_host(from, &l->signals));
}

/* Whose message it is; NULL: nobody's that may speak from there. */
static struct ts_bfcp_link *find_link(struct ts_bfcp_ports *ports, const struct port *port,
	const struct ts_bfcp_head *head, bool reliable, const struct sockaddr_storage *from)
{
	const uint64_t key = key_of(head->conference, head->user);
	struct ts_bfcp_link *l = g_hash_table_lookup(ports->links, &key);
	return l && l->port == port && l->config.reliable == reliable && may_speak(l, from) ? l
											    : NULL;
}

static bool is_too_often(
	struct ts_bfcp_ports *ports, const struct sockaddr_storage *from, int64_t now_ns)
{
	struct in6_addr host;
	char text[INET6_ADDRSTRLEN];
	if (!ts_address_read(&host, (const struct sockaddr *)from)) return true;
	ts_address_print(text, &host);
	return ts_throttle_take(ports->throttle, text, now_ns) != 0;
}

static void count_stranger(
	struct ts_bfcp_ports *ports, const struct sockaddr_storage *from, int64_t now_ns)
{
	ts_count(is_too_often(ports, from, now_ns) ? TS_C_BFCP_REFUSED_RATE
						   : TS_C_BFCP_REFUSED_STRANGER);
}

/* Of each call apart: what others send under its address takes nothing from it. */
static bool may_say_more(struct ts_bfcp_link *l, int64_t now_ns)
{
	if (!ts_bucket_take(&l->messages, &rate, now_ns)) return true;
	ts_count(TS_C_BFCP_REFUSED_RATE);
	return false;
}

/* ---- UDP */

static void take_datagram(struct port *port, const struct sockaddr_storage *from,
	const uint8_t *bytes, size_t n, int64_t now_ns)
{
	struct ts_bfcp_head head;
	if (n > TS_BFCP_MESSAGE_MAX || !ts_bfcp_read_head(&head, bytes, n)) {
		ts_count(TS_C_BFCP_REFUSED_MALFORMED);
		return;
	}
	struct ts_bfcp_link *l = find_link(port->ports, port, &head, false, from);
	if (!l)
		count_stranger(port->ports, from, now_ns);
	else if (may_say_more(l, now_ns)) {
		l->from = *from;
		l->config.received(l->config.arg, bytes, n, now_ns);
	}
}

/* A call may end by what a message says, and the port with it: one message a wake-up where that is
 * so, and what is left wakes us again. */
static void on_datagrams(struct ts_watch *watch, uint32_t events)
{
	struct port *port = ts_container_of(watch, struct port, udp);
	struct ts_bfcp_ports *ports = port->ports;
	const int64_t now_ns = ts_now_ns();
	(void)events;
	for (int i = 0; i < READS; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		uint8_t bytes[TS_BFCP_MESSAGE_MAX + 1];
		const ssize_t n = recvfrom(watch->fd, bytes, sizeof bytes, MSG_DONTWAIT,
			(struct sockaddr *)&from, &len);
		if (n < 0) return;
		take_datagram(port, &from, bytes, (size_t)n, now_ns);
		if (!g_queue_find(&ports->ports, port)) return;
	}
}

/* ---- TCP */

static void end_connection(struct connection *c)
{
	struct ts_bfcp_ports *ports = c->ports;
	if (c->link) c->link->connection = NULL;
	ts_loop_unwatch(ports->loop, &c->watch);
	close(c->watch.fd);
	ts_descriptors_give(TS_FD_SIP);
	ts_count_add(TS_C_BFCP_CONNECTIONS, -1);
	g_queue_unlink(&ports->connections, &c->at);
	g_free(c);
}

static void lose_connection(struct connection *c, int64_t now_ns)
{
	struct ts_bfcp_link *l = c->link;
	end_connection(c);
	if (l) l->config.lost(l->config.arg, now_ns);
}

/* The first message names the call. A new connection of it takes the place of the old one. */
static bool name_call(struct connection *c, const struct ts_bfcp_head *head, int64_t now_ns)
{
	if (!c->link) {
		struct ts_bfcp_link *l = find_link(c->ports, c->port, head, true, &c->from);
		if (!l) {
			count_stranger(c->ports, &c->from, now_ns);
			return false;
		}
		if (l->connection) end_connection(l->connection);
		l->connection = c;
		l->from = c->from;
		c->link = l;
	}
	return c->link->key == key_of(head->conference, head->user);
}

/* False: the connection is to be closed. *gone: it is closed already. */
static bool take_messages(struct connection *c, bool *gone, int64_t now_ns)
{
	struct ts_bfcp_ports *ports = c->ports;
	struct ts_bfcp_head head;
	size_t at = 0, size;
	for (; ts_bfcp_read_head(&head, c->bytes + at, c->n - at); at += size) {
		size = TS_BFCP_HEADER_BYTES + 4u * head.words;
		/* what cannot be framed has no answer */
		if (head.fragment || size > sizeof c->bytes) {
			ts_count(TS_C_BFCP_REFUSED_MALFORMED);
			return false;
		}
		if (c->n - at < size) break;
		if (!name_call(c, &head, now_ns)) return false;
		if (!may_say_more(c->link, now_ns)) continue;
		c->link->config.received(c->link->config.arg, c->bytes + at, size, now_ns);
		*gone = !g_queue_find(&ports->connections, c);
		if (*gone) return true;
	}
	c->n -= at;
	memmove(c->bytes, c->bytes + at, c->n);
	return true;
}

static void on_bytes(struct ts_watch *watch, uint32_t events)
{
	struct connection *c = ts_container_of(watch, struct connection, watch);
	const int64_t now_ns = ts_now_ns();
	bool gone = false;
	(void)events;
	const ssize_t n = recv(watch->fd, c->bytes + c->n, sizeof c->bytes - c->n, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && !c->dead) return;
	if (n > 0) c->n += (size_t)n;
	if (n > 0 && !c->dead && (take_messages(c, &gone, now_ns) || gone)) return;
	lose_connection(c, now_ns);
}

/* Of an address, by its first 64 bits where it is IPv6; NULL: of any. */
static struct connection *oldest_nameless(
	const struct ts_bfcp_ports *ports, const struct in6_addr *host, unsigned *n)
{
	struct connection *oldest = NULL;
	char wanted[INET6_ADDRSTRLEN] = "", text[INET6_ADDRSTRLEN];
	if (host) ts_address_print(wanted, host);
	*n = 0;
	for (const GList *l = ports->connections.head; l; l = l->next) {
		struct connection *c = l->data;
		struct in6_addr its;
		if (c->link || !ts_address_read(&its, (const struct sockaddr *)&c->from)) continue;
		ts_address_print(text, &its);
		if (host && strcmp(text, wanted) != 0) continue;
		if (!oldest) oldest = c; /* they stand in the order of their coming */
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
	struct connection *oldest = oldest_nameless(ports, &host, &n);
	if (n < NAMELESS_OF_ADDRESS) {
		oldest = oldest_nameless(ports, NULL, &n);
		if (n < NAMELESS_MAX) return;
	}
	ts_count(TS_C_BFCP_REFUSED_FULL);
	end_connection(oldest);
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

static void take_connection(struct port *port, int fd, const struct sockaddr_storage *from)
{
	struct ts_bfcp_ports *ports = port->ports;
	make_room_for(ports, from);
	if (!ts_descriptors_take(TS_FD_SIP)) {
		ts_count(TS_C_BFCP_REFUSED_FULL);
		close(fd);
		return;
	}
	struct connection *c = g_new0(struct connection, 1);
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
		end_connection(c);
	else
		ts_loop_timer_set(ports->loop, &ports->sweep, c->opened_ns + SWEEP_NS);
}

static void on_connections(struct ts_watch *watch, uint32_t events)
{
	struct port *port = ts_container_of(watch, struct port, tcp);
	(void)events;
	for (int i = 0; i < READS; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		const int fd = accept4(
			watch->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			take_connection(port, fd, &from);
		else if ((errno != EMFILE && errno != ENFILE) || !ts_descriptors_refuse(watch->fd))
			return;
	}
}

/* Those that named no call. */
static void on_sweep(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_bfcp_ports *ports = ts_container_of(timer, struct ts_bfcp_ports, sweep);
	bool any = false;
	for (GList *l = ports->connections.head, *next; l; l = next) {
		struct connection *c = l->data;
		next = l->next;
		if (c->link) continue;
		if (now_ns - c->opened_ns >= NAMELESS_NS) {
			ts_count(TS_C_BFCP_REFUSED_SLOW);
			end_connection(c);
		} else {
			any = true;
		}
	}
	if (any) ts_loop_timer_set(ports->loop, timer, now_ns + SWEEP_NS);
}

/* ---- ports */

static int bound(const char *address, uint16_t number, int type)
{
	const int on = 1;
	struct sockaddr_storage at;
	if (!ts_address_parse(&at, address, number)) return -1;
	const int fd = socket(at.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) return -1;
	if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (!bind(fd, (const void *)&at, ts_address_len(&at)) &&
		(type == SOCK_DGRAM || !listen(fd, BACKLOG)))
		return fd;
	close(fd);
	return -1;
}

static void close_fd(struct ts_loop *loop, struct ts_watch *watch)
{
	if (watch->active) ts_loop_unwatch(loop, watch);
	if (watch->fd >= 0) close(watch->fd);
	watch->fd = -1;
}

/* Both of the same number. */
static bool open_both(struct port *port, uint16_t number)
{
	struct ts_loop *loop = port->ports->loop;
	port->udp = (struct ts_watch){
		.fn = on_datagrams, .fd = bound(port->address, number, SOCK_DGRAM)};
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	if (port->udp.fd >= 0 && !getsockname(port->udp.fd, (struct sockaddr *)&at, &len))
		number = ts_address_port(&at);
	port->tcp = (struct ts_watch){.fn = on_connections,
		.fd = port->udp.fd < 0 ? -1 : bound(port->address, number, SOCK_STREAM)};
	port->number = number;
	if (port->tcp.fd >= 0 && !ts_loop_watch(loop, &port->udp, EPOLLIN) &&
		!ts_loop_watch(loop, &port->tcp, EPOLLIN))
		return true;
	close_fd(loop, &port->udp);
	close_fd(loop, &port->tcp);
	return false;
}

static int open_any(struct port *port)
{
	const struct ts_bfcp_ports *ports = port->ports;
	const uint32_t n = (uint32_t)(ports->last - ports->first) + 1, from = ts_random_u32() % n;
	for (uint32_t i = 0; i < OPEN_TRIES && (i < n || !ports->first); i++)
		if (open_both(port, ports->first ? (uint16_t)(ports->first + (from + i) % n) : 0))
			return 0;
	ts_warn("no BFCP port", "address=%s", TS_LOG_STR(port->address));
	return TS_EIO;
}

static void release_port(struct port *port)
{
	struct ts_bfcp_ports *ports = port->ports;
	if (--port->links) return;
	for (GList *l = ports->connections.head, *next; l; l = next) {
		struct connection *c = l->data;
		next = l->next;
		if (c->port == port) end_connection(c);
	}
	close_fd(ports->loop, &port->udp);
	close_fd(ports->loop, &port->tcp);
	g_queue_unlink(&ports->ports, &port->at);
	g_free(port);
}

/* With a share of it for a link. */
static int use_port(struct ts_bfcp_ports *ports, const char *address, struct port **out)
{
	struct sockaddr_storage check;
	for (GList *l = ports->ports.head; l; l = l->next) {
		*out = l->data;
		if (strcmp((*out)->address, address) != 0) continue;
		(*out)->links++;
		return 0;
	}
	if (!ts_address_parse(&check, address, 0)) return TS_EINVAL;
	if (ports->ports.length == PORTS_MAX) return TS_ELIMIT;
	struct port *port = *out = g_new0(struct port, 1);
	port->ports = ports;
	port->at.data = port;
	port->links = 1;
	g_strlcpy(port->address, address, sizeof port->address);
	const int err = open_any(port);
	if (err)
		g_free(port);
	else
		g_queue_push_tail_link(&ports->ports, &port->at);
	return err;
}

/* ---- links */

int ts_bfcp_link_open(struct ts_bfcp_link **out, struct ts_bfcp_ports *ports,
	const struct ts_bfcp_link_config *config)
{
	struct port *port;
	const int err = use_port(ports, config->local, &port);
	if (err) return err;
	struct ts_bfcp_link *l = *out = g_new0(struct ts_bfcp_link, 1);
	l->ports = ports;
	l->port = port;
	l->config = *config;
	l->config.local = NULL;
	l->key = key_of(config->conference, config->user);
	g_hash_table_insert(ports->links, &l->key, l);
	ts_count(TS_C_BFCP_USERS);
	return 0;
}

void ts_bfcp_link_close(struct ts_bfcp_link **link)
{
	struct ts_bfcp_link *l = *link;
	*link = NULL;
	if (!l) return;
	if (l->connection) end_connection(l->connection);
	g_hash_table_remove(l->ports->links, &l->key);
	release_port(l->port);
	ts_count_add(TS_C_BFCP_USERS, -1);
	g_free(l);
}

uint16_t ts_bfcp_link_port(const struct ts_bfcp_link *l)
{
	return l->port->number;
}

void ts_bfcp_link_set_hosts(struct ts_bfcp_link *l, const char *told, const char *signals)
{
	ts_address_parse(&l->told, told, 0);
	ts_address_parse(&l->signals, signals, 0);
}

bool ts_bfcp_link_from(const struct ts_bfcp_link *l, char *out, size_t cap)
{
	char host[INET6_ADDRSTRLEN];
	if (!ts_address_text(host, &l->from)) return false;
	g_snprintf(out, cap, l->from.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
		ts_address_port(&l->from));
	return true;
}

void ts_bfcp_link_send(struct ts_bfcp_link *l, const void *bytes, size_t n)
{
	struct connection *c = l->connection;
	if (!l->config.reliable && l->from.ss_family) {
		/* what the network does not take is repeated */
		sendto(l->port->udp.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&l->from, ts_address_len(&l->from));
	} else if (c && !c->dead &&
		send(c->watch.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n) {
		c->dead = true;
		shutdown(c->watch.fd, SHUT_RDWR); /* which wakes on_bytes */
	}
}

/* ---- life */

struct ts_bfcp_ports *ts_bfcp_ports_new(struct ts_loop *loop, uint16_t first, uint16_t last)
{
	struct ts_bfcp_ports *ports = g_new0(struct ts_bfcp_ports, 1);
	ports->loop = loop;
	ports->first = first;
	ports->last = last;
	g_queue_init(&ports->ports);
	g_queue_init(&ports->connections);
	ports->links = g_hash_table_new(g_int64_hash, g_int64_equal);
	ports->throttle = ts_throttle_new(&rate);
	ports->sweep.fn = on_sweep;
	return ports;
}

void ts_bfcp_ports_free(struct ts_bfcp_ports *ports)
{
	if (!ports) return;
	g_assert(!ports->ports.length);
	ts_loop_timer_cancel(ports->loop, &ports->sweep);
	ts_throttle_free(ports->throttle);
	g_hash_table_unref(ports->links);
	g_free(ports);
}
