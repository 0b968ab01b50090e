#include "transport/ice/sockets.h"

#include "base/address.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/net/dscp.h"
#include "transport/net/own_address.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 8 << 20,
	BUFFER_LEAST = 1 << 20, /* under that a burst of a large room is lost */
};

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
		ts_log_limited(TS_LOG_WARN, "media port has a small buffer",
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

static struct ts_ice_socket *find_socket(
	struct ts_ice_sockets *all, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < TS_ICE_ADDRESSES; i++)
		if (ts_address_same(&all->socket[i].address, address)) return &all->socket[i];
	return NULL;
}

static struct ts_ice_socket *free_socket(struct ts_ice_sockets *all)
{
	for (size_t i = 0; i < TS_ICE_ADDRESSES; i++)
		if (all->socket[i].address.ss_family == AF_UNSPEC) return &all->socket[i];
	return NULL;
}

static struct ts_ice_socket *socket_of(struct ts_ice_sockets *all, int fd)
{
	for (size_t i = 0; i < TS_ICE_ADDRESSES; i++) {
		struct ts_ice_socket *s = &all->socket[i];
		if (s->address.ss_family != AF_UNSPEC && s->watch.fd == fd) return s;
	}
	return NULL;
}

static void close_socket(struct ts_ice_sockets *all, struct ts_ice_socket *s)
{
	ts_own_address_remove(all->host->own, &s->address);
	close(s->watch.fd);
	*s = (struct ts_ice_socket){.watch.fd = -1};
}

/* Of an address without one. errno */
static bool add_socket(struct ts_ice_sockets *all, const struct sockaddr_storage *address)
{
	struct ts_ice_socket *s = free_socket(all);
	errno = EMFILE;
	if (!s) return false;
	const int fd = open_socket(address);
	if (fd < 0) return false;
	*s = (struct ts_ice_socket){.watch.fn = all->readable, .watch.fd = fd};
	s->all = all;
	s->address = *address;
	/* what carries pictures, and sound with them */
	const int tos = ts_dscp_tos(all->host->dscp, true, true);
	if (tos) ts_dscp_mark(fd, tos);
	warn_if_small(fd);
	ts_own_address_add(all->host->own, address);
	return true;
}

/* That somebody else has the port, or that we may not, an operator has to mend. Other errors pass:
 * an address that is being made, or was listed a moment ago. */
static bool is_fatal(int err)
{
	return err == EADDRINUSE || err == EACCES;
}

/* A socket for each address that has none; TS_EIO: one is refused for good. */
static int open_sockets(
	struct ts_ice_sockets *all, const struct sockaddr_storage *address, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n; i++) {
		char text[INET6_ADDRSTRLEN];
		if (find_socket(all, &address[i]) || add_socket(all, &address[i])) continue;
		const int err = errno;
		ts_address_text(text, &address[i]);
		if (is_fatal(err)) {
			ts_log_limited(TS_LOG_ERROR, "media port not opened",
				"address=%s port=%u error=\"%s\"", text, all->number,
				strerror(err));
			rc = TS_EIO;
		} else {
			ts_log_limited(TS_LOG_WARN, "media port not opened yet",
				"address=%s port=%u error=\"%s\"", text, all->number,
				strerror(err));
		}
	}
	return rc;
}

static bool is_among(
	const struct sockaddr_storage *one, const struct sockaddr_storage *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ts_address_same(one, &of[i])) return true;
	return false;
}

static void close_gone(struct ts_ice_sockets *all, const struct sockaddr_storage *address, size_t n)
{
	for (size_t i = 0; i < TS_ICE_ADDRESSES; i++) {
		struct ts_ice_socket *s = &all->socket[i];
		if (s->address.ss_family == AF_UNSPEC || s->users ||
			is_among(&s->address, address, n))
			continue;
		ts_loop_unwatch(all->loop, &s->watch);
		close_socket(all, s);
	}
}

static size_t addresses_now(
	const struct ts_ice_sockets *all, struct sockaddr_storage out[TS_ICE_ADDRESSES])
{
	struct ts_ice_address text[TS_ICE_ADDRESSES];
	const size_t n = ts_ice_addresses(all->host, text);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		k += ts_address_parse(&out[k], text[i].text, all->number) &&
			!is_among(&out[k], out, k);
	return k;
}

int ts_ice_sockets_open(struct ts_ice_sockets *all)
{
	struct sockaddr_storage now[TS_ICE_ADDRESSES];
	const size_t n = addresses_now(all, now);
	return open_sockets(all, now, n);
}

size_t ts_ice_sockets_refresh(
	struct ts_ice_sockets *all, struct sockaddr_storage out[TS_ICE_ADDRESSES])
{
	struct sockaddr_storage now[TS_ICE_ADDRESSES];
	const size_t n = addresses_now(all, now);
	size_t k = 0, nth[2] = {0, 0};
	close_gone(all, now, n);
	open_sockets(all, now, n);
	for (size_t i = 0; i < n; i++) {
		struct ts_ice_socket *s = find_socket(all, &now[i]);
		size_t *at = &nth[now[i].ss_family == AF_INET6];
		const size_t place = *at;
		*at += ts_address_kind(&now[i]) != TS_ADDRESS_LOOPBACK;
		if (!s) continue;
		if (!s->watch.active && ts_loop_watch(all->loop, &s->watch, EPOLLIN)) {
			ts_log_limited(
				TS_LOG_ERROR, "media port not watched", "port=%u", all->number);
			continue;
		}
		ts_ice_advertise(all->host, &now[i], place);
		out[k++] = now[i];
	}
	return k;
}

void ts_ice_sockets_use(struct ts_ice_sockets *all, int fd)
{
	struct ts_ice_socket *s = socket_of(all, fd);
	if (s) s->users++;
}

void ts_ice_sockets_unuse(struct ts_ice_sockets *all, int fd)
{
	struct ts_ice_socket *s = socket_of(all, fd);
	if (s) s->users--;
}

void ts_ice_sockets_fini(struct ts_ice_sockets *all)
{
	for (size_t i = 0; i < TS_ICE_ADDRESSES; i++)
		if (all->socket[i].address.ss_family != AF_UNSPEC)
			close_socket(all, &all->socket[i]);
}
