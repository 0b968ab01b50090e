#include "transport/ice/port.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "base/siphash.h"
#include "transport/net/dscp.h"
#include "transport/net/own_address.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	NAMES = 1024, /* buckets */
	PEERS = 4096,
	READ = 64,     /* datagrams of one call */
	CALLS_MAX = 4, /* of one wake-up; then it is others' turn */
	BUFFER_BYTES = 8 << 20,
	BUFFER_LEAST = 1 << 20, /* under that a burst of a large room is lost */
};
#define OTHERS_NS (10 * TS_NS_PER_S) /* an address stays whose it was */

struct socket {
	struct ts_watch watch;
	struct ts_ice_port *port;
	struct sockaddr_storage address;
	uint32_t dropped; /* by the kernel, as it counts */
};

struct ts_ice_port {
	struct ts_loop *loop;
	const struct ts_ice_host *host;
	uint16_t number;
	struct socket socket[TS_ICE_ADDRESSES];
	size_t n_sockets;
	struct ts_port_name *name[NAMES];
	struct ts_port_peer *peer[PEERS];
	struct ts_port_session *touched;
	struct mmsghdr message[READ];
	struct iovec iov[READ];
	struct sockaddr_storage from[READ];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control[READ];
	uint8_t bytes[READ][TS_DATAGRAM_MAX];
};

/* ---- who is where */

static struct ts_port_name **names_of(struct ts_ice_port *port, const char *name)
{
	return &port->name[ts_siphash_own(name, strlen(name)) % NAMES];
}

static struct ts_port_peer **peers_of(
	struct ts_ice_port *port, const struct sockaddr_storage *address)
{
	struct {
		struct in6_addr host;
		uint16_t port;
	} key = {.port = ts_address_port(address)};
	ts_address_read(&key.host, (const struct sockaddr *)address);
	return &port->peer[ts_siphash_own(&key, sizeof key.host + sizeof key.port) % PEERS];
}

static struct ts_port_name *find_name(const struct ts_ice_port *port, const char *name)
{
	struct ts_port_name *n = *names_of((struct ts_ice_port *)(uintptr_t)port, name);
	while (n && strcmp(n->text, name) != 0) n = n->next;
	return n;
}

static struct ts_port_peer *find_peer(
	struct ts_ice_port *port, const struct sockaddr_storage *address)
{
	struct ts_port_peer *p = *peers_of(port, address);
	while (p && !ts_address_same(&p->address, address)) p = p->next;
	return p;
}

static void drop_peer(struct ts_ice_port *port, struct ts_port_peer *peer)
{
	if (peer->address.ss_family == AF_UNSPEC) return;
	struct ts_port_peer **p = peers_of(port, &peer->address);
	while (*p != peer) p = &(*p)->next;
	*p = peer->next;
	*peer = (struct ts_port_peer){0};
}

bool ts_ice_port_has_name(const struct ts_ice_port *port, const char *name)
{
	return find_name(port, name) != NULL;
}

void ts_ice_port_name(
	struct ts_ice_port *port, struct ts_port_session *session, int i, const char *name)
{
	struct ts_port_name *n = &session->name[i];
	if (*n->text) {
		struct ts_port_name **p = names_of(port, n->text);
		while (*p != n) p = &(*p)->next;
		*p = n->next;
	}
	*n = (struct ts_port_name){.session = session};
	if (!*name) return;
	strncpy(n->text, name, TS_CHECK_NAME);
	struct ts_port_name **bucket = names_of(port, n->text);
	n->next = *bucket;
	*bucket = n;
}

static struct ts_port_peer *unheard_for_longest(struct ts_port_session *session)
{
	struct ts_port_peer *oldest = &session->peer[0];
	for (int i = 0; i < TS_PORT_PEERS; i++) {
		struct ts_port_peer *p = &session->peer[i];
		if (p->address.ss_family == AF_UNSPEC) return p;
		if (p->heard_ns < oldest->heard_ns) oldest = p;
	}
	return oldest;
}

bool ts_ice_port_learn(struct ts_ice_port *port, struct ts_port_session *session,
	const struct sockaddr_storage *from, int64_t now_ns)
{
	struct ts_port_peer *p = find_peer(port, from);
	if (p && p->session != session) {
		/* who says that they are where somebody else is shall not take what is theirs */
		if (now_ns - p->heard_ns < OTHERS_NS) return false;
		drop_peer(port, p);
		p = NULL;
	}
	if (!p) {
		p = unheard_for_longest(session);
		drop_peer(port, p);
		struct ts_port_peer **bucket = peers_of(port, from);
		*p = (struct ts_port_peer){.address = *from, .session = session, .next = *bucket};
		*bucket = p;
	}
	p->heard_ns = now_ns;
	return true;
}

void ts_ice_port_leave(struct ts_ice_port *port, struct ts_port_session *session)
{
	for (int i = 0; i < TS_PORT_NAMES; i++) ts_ice_port_name(port, session, i, "");
	for (int i = 0; i < TS_PORT_PEERS; i++) drop_peer(port, &session->peer[i]);
}

/* ---- what comes */

static void touch(struct ts_ice_port *port, struct ts_port_session *session)
{
	if (session->touched) return;
	session->touched = true;
	session->next_touched = port->touched;
	port->touched = session;
}

static void flush(struct ts_ice_port *port)
{
	while (port->touched) {
		struct ts_port_session *session = port->touched;
		port->touched = session->next_touched;
		session->touched = false;
		session->ops->flush(session);
	}
}

static void handle(struct ts_ice_port *port, const struct ts_port_datagram *d)
{
	char name[TS_CHECK_NAME + 1];
	struct ts_port_session *session = NULL;
	struct ts_port_name *n;
	struct ts_port_peer *p;
	if (d->len && d->data[0] < 4) { /* RFC 7983 */
		switch (ts_check_read(name, d->data, d->len)) {
		case TS_CHECK_REQUEST:
			if (!(n = find_name(port, name))) break;
			session = n->session;
			session->ops->check(session, (int)(n - session->name), d);
			break;
		case TS_CHECK_REPLY:
			if (!(p = find_peer(port, d->from))) break;
			session = p->session;
			session->ops->check(session, -1, d);
			break;
		case TS_CHECK_NONE: break;
		}
	} else if ((p = find_peer(port, d->from))) {
		session = p->session;
		session->ops->data(session, d->data, d->len);
	}
	if (session)
		touch(port, session);
	else
		ts_count(TS_C_DROP_SOURCE);
}

/* How many the kernel dropped for want of room, of all that came so far. */
static void count_dropped(struct socket *s, struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		uint32_t dropped;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL) continue;
		memcpy(&dropped, CMSG_DATA(c), sizeof dropped);
		if (dropped != s->dropped)
			ts_count_add(
				TS_C_DROP_SOCKET_FULL, (int64_t)(uint32_t)(dropped - s->dropped));
		s->dropped = dropped;
	}
}

static void on_readable(struct ts_watch *watch, uint32_t events)
{
	struct socket *s = ts_container_of(watch, struct socket, watch);
	struct ts_ice_port *port = s->port;
	int n = READ;
	(void)events;
	for (int call = 0; call < CALLS_MAX && n == READ; call++) {
		for (int i = 0; i < READ; i++) {
			struct msghdr *h = &port->message[i].msg_hdr;
			h->msg_namelen = sizeof port->from[0];
			h->msg_controllen = sizeof port->control[0];
		}
		n = recvmmsg(watch->fd, port->message, READ, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++) {
			const struct ts_port_datagram d = {.fd = watch->fd,
				.from = &port->from[i],
				.data = port->bytes[i],
				.len = port->message[i].msg_len};
			if (!(port->message[i].msg_hdr.msg_flags & MSG_TRUNC)) handle(port, &d);
		}
		if (n > 0) count_dropped(s, &port->message[n - 1].msg_hdr);
	}
	flush(port);
}

/* ---- sockets */

/* As large as may be: SO_RCVBUF goes no further than net.core.rmem_max. */
static void enlarge(int fd, int what, int forced)
{
	const int want = BUFFER_BYTES;
	if (setsockopt(fd, SOL_SOCKET, forced, &want, sizeof want))
		setsockopt(fd, SOL_SOCKET, what, &want, sizeof want);
}

static void warn_if_small(int fd)
{
	int bytes = 0;
	socklen_t len = sizeof bytes;
	if (!getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len) && bytes < BUFFER_LEAST)
		ts_warn("media port has a small buffer",
			"bytes=%d least=%d mend=\"sysctl net.core.rmem_max=%d\"", bytes,
			BUFFER_LEAST, BUFFER_BYTES);
}

static int open_socket(const struct sockaddr_storage *address)
{
	const int on = 1;
	int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return -1;
	if (address->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)address, ts_address_len(address))) {
		const int err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	enlarge(fd, SO_RCVBUF, SO_RCVBUFFORCE);
	enlarge(fd, SO_SNDBUF, SO_SNDBUFFORCE);
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
	return fd;
}

static bool has_socket(const struct ts_ice_port *port, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < port->n_sockets; i++)
		if (ts_address_same(&port->socket[i].address, address)) return true;
	return false;
}

/* For each address that has none; the first error. */
static int open_sockets(struct ts_ice_port *port)
{
	struct ts_ice_address addresses[TS_ICE_ADDRESSES];
	const size_t n = ts_ice_addresses(port->host, addresses);
	int rc = 0;
	for (size_t i = 0; i < n && port->n_sockets < TS_ICE_ADDRESSES; i++) {
		struct socket *s = &port->socket[port->n_sockets];
		if (!ts_address_parse(&s->address, addresses[i].text, port->number) ||
			has_socket(port, &s->address))
			continue;
		s->watch.fd = open_socket(&s->address);
		if (s->watch.fd < 0) {
			ts_error("media port not opened", "address=%s port=%u error=\"%s\"",
				TS_LOG_STR(addresses[i].text), port->number, strerror(errno));
			rc = TS_EIO;
			continue;
		}
		/* what carries pictures, and sound with them */
		const int tos = ts_dscp_tos(port->host->dscp, true, true);
		if (tos) ts_dscp_mark(s->watch.fd, tos);
		warn_if_small(s->watch.fd);
		ts_own_address_add(port->host->own, &s->address);
		s->port = port;
		s->watch.fn = on_readable;
		port->n_sockets++;
	}
	return rc;
}

size_t ts_ice_port_addresses(
	struct ts_ice_port *port, struct sockaddr_storage out[TS_ICE_ADDRESSES])
{
	open_sockets(port);
	for (size_t i = 0; i < port->n_sockets; i++) {
		struct socket *s = &port->socket[i];
		if (!s->watch.active && ts_loop_watch(port->loop, &s->watch, EPOLLIN))
			ts_error("media port not watched", "port=%u", port->number);
		out[i] = s->address;
	}
	return port->n_sockets;
}

/* ---- life */

int ts_ice_port_create(struct ts_ice_port **out, struct ts_loop *loop,
	const struct ts_ice_host *host, uint16_t number)
{
	struct ts_ice_port *port = calloc(1, sizeof *port);
	*out = port;
	if (!port) return TS_ENOMEM;
	port->loop = loop;
	port->host = host;
	port->number = number;
	for (int i = 0; i < READ; i++) {
		port->iov[i] = (struct iovec){port->bytes[i], TS_DATAGRAM_MAX};
		port->message[i].msg_hdr = (struct msghdr){.msg_name = &port->from[i],
			.msg_iov = &port->iov[i],
			.msg_iovlen = 1,
			.msg_control = &port->control[i]};
	}
	const int err = open_sockets(port);
	if (err) ts_ice_port_destroy(out);
	return err;
}

void ts_ice_port_destroy(struct ts_ice_port **port)
{
	struct ts_ice_port *p = *port;
	*port = NULL;
	for (size_t i = 0; p && i < p->n_sockets; i++) {
		ts_own_address_remove(p->host->own, &p->socket[i].address);
		close(p->socket[i].watch.fd);
	}
	free(p);
}
