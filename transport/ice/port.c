#include "transport/ice/port.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/packet.h"
#include "base/siphash.h"
#include "transport/ice/sockets.h"
#include <stdlib.h>
#include <string.h>

enum {
	NAMES = 1024, /* buckets */
	PEERS = 4096,
	CHECKS = 1024,
	READ = 64,     /* datagrams of one call */
	CALLS_MAX = 4, /* of one wake-up; then it is others' turn */
};

struct ts_ice_port {
	struct ts_ice_sockets sockets;
	struct ts_port_name *name[NAMES];
	struct ts_port_peer *peer[PEERS];
	struct ts_port_check *check[CHECKS];
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
	if (peer->session->selected == peer) peer->session->selected = NULL;
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

/* Checks may be sent again by somebody who saw them, from any address: what media go by stays. */
static struct ts_port_peer *unheard_for_longest(struct ts_port_session *session)
{
	struct ts_port_peer *oldest = NULL;
	for (int i = 0; i < TS_PORT_PEERS; i++) {
		struct ts_port_peer *p = &session->peer[i];
		if (p->address.ss_family == AF_UNSPEC) return p;
		if (p != session->selected && (!oldest || p->heard_ns < oldest->heard_ns))
			oldest = p;
	}
	return oldest;
}

static struct ts_port_check **checks_of(struct ts_ice_port *port, const uint8_t id[TS_CHECK_ID])
{
	return &port->check[ts_siphash_own(id, TS_CHECK_ID) % CHECKS];
}

static struct ts_port_check *find_check(struct ts_ice_port *port, const uint8_t id[TS_CHECK_ID])
{
	struct ts_port_check *c = *checks_of(port, id);
	while (c && memcmp(c->id, id, TS_CHECK_ID) != 0) c = c->next;
	return c;
}

void ts_ice_port_await(struct ts_ice_port *port, struct ts_port_session *session, int i,
	const uint8_t id[TS_CHECK_ID])
{
	struct ts_port_check *c = &session->check[i];
	if (c->session) {
		struct ts_port_check **p = checks_of(port, c->id);
		while (*p != c) p = &(*p)->next;
		*p = c->next;
	}
	*c = (struct ts_port_check){0};
	if (!id) return;
	memcpy(c->id, id, TS_CHECK_ID);
	c->session = session;
	struct ts_port_check **bucket = checks_of(port, id);
	c->next = *bucket;
	*bucket = c;
}

void ts_ice_port_learn(struct ts_ice_port *port, struct ts_port_session *session,
	const struct sockaddr_storage *from, int64_t now_ns)
{
	struct ts_port_peer *p = find_peer(port, from);
	if (p && p->session != session) return;
	if (!p) {
		p = unheard_for_longest(session);
		drop_peer(port, p);
		struct ts_port_peer **bucket = peers_of(port, from);
		*p = (struct ts_port_peer){.address = *from, .session = session, .next = *bucket};
		*bucket = p;
	}
	p->heard_ns = now_ns;
}

void ts_ice_port_select(struct ts_ice_port *port, struct ts_port_session *session,
	const struct sockaddr_storage *to, int64_t now_ns)
{
	struct ts_port_peer *p = find_peer(port, to);
	if (p && p->session != session) {
		struct ts_port_session *other = p->session;
		const bool lost = p == other->selected;
		drop_peer(port, p);
		if (lost) other->ops->lost(other);
	}
	ts_ice_port_learn(port, session, to, now_ns);
	session->selected = find_peer(port, to);
}

void ts_ice_port_leave(struct ts_ice_port *port, struct ts_port_session *session)
{
	for (int i = 0; i < TS_PORT_NAMES; i++) ts_ice_port_name(port, session, i, "");
	for (int i = 0; i < TS_PORT_PEERS; i++) drop_peer(port, &session->peer[i]);
	for (int i = 0; i < TS_PORT_CHECKS; i++) ts_ice_port_await(port, session, i, NULL);
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
	struct ts_port_check *c;
	if (d->len && d->data[0] < 4) { /* RFC 7983 */
		switch (ts_check_read(name, d->data, d->len)) {
		case TS_CHECK_REQUEST:
			if (!(n = find_name(port, name))) break;
			session = n->session;
			session->ops->check(session, (int)(n - session->name), d);
			break;
		case TS_CHECK_REPLY:
			if (!(c = find_check(port, d->data + TS_CHECK_ID_AT))) break;
			session = c->session;
			session->ops->reply(session, (int)(c - session->check), d);
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
static void count_dropped(struct ts_ice_socket *s, struct msghdr *h)
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
	struct ts_ice_socket *s = ts_container_of(watch, struct ts_ice_socket, watch);
	struct ts_ice_port *port = ts_container_of(s->all, struct ts_ice_port, sockets);
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
			if (port->message[i].msg_hdr.msg_flags & MSG_TRUNC)
				ts_count(TS_C_DROP_UNKNOWN); /* longer than anything of ours */
			else
				handle(port, &d);
		}
		if (n > 0) count_dropped(s, &port->message[n - 1].msg_hdr);
	}
	flush(port);
}

size_t ts_ice_port_addresses(
	struct ts_ice_port *port, struct sockaddr_storage out[TS_ICE_ADDRESSES])
{
	return ts_ice_sockets_refresh(&port->sockets, out);
}

void ts_ice_port_use(struct ts_ice_port *port, int fd)
{
	ts_ice_sockets_use(&port->sockets, fd);
}

void ts_ice_port_unuse(struct ts_ice_port *port, int fd)
{
	ts_ice_sockets_unuse(&port->sockets, fd);
}

/* ---- life */

int ts_ice_port_create(struct ts_ice_port **out, struct ts_loop *loop,
	const struct ts_ice_host *host, uint16_t number)
{
	struct ts_ice_port *port = calloc(1, sizeof *port);
	*out = port;
	if (!port) return TS_ENOMEM;
	port->sockets.loop = loop;
	port->sockets.host = host;
	port->sockets.number = number;
	port->sockets.readable = on_readable;
	for (int i = 0; i < READ; i++) {
		port->iov[i] = (struct iovec){port->bytes[i], TS_DATAGRAM_MAX};
		port->message[i].msg_hdr = (struct msghdr){.msg_name = &port->from[i],
			.msg_iov = &port->iov[i],
			.msg_iovlen = 1,
			.msg_control = &port->control[i]};
	}
	const int err = ts_ice_sockets_open(&port->sockets);
	if (err) ts_ice_port_destroy(out);
	return err;
}

void ts_ice_port_destroy(struct ts_ice_port **port)
{
	struct ts_ice_port *p = *port;
	*port = NULL;
	if (p) ts_ice_sockets_fini(&p->sockets);
	free(p);
}
