#include "transport/net/batch.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	GSO_SEGMENTS_MAX = 64,
	GSO_BYTES_MAX = 65000, /* an IPv4 datagram less its headers, rounded down */
};

#define WAIT_APART_NS (50 * TS_NS_PER_MS)

union gso_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

struct ts_batch {
	size_t n;
	int64_t waited_ns; /* when it last waited for room in a socket */
	struct {
		struct ts_route *route;
		size_t len;
	} slot[TS_BATCH_SLOTS];
	/* what sendmmsg is given: iov[i] is slot i, a message covers one or, with GSO, several */
	struct mmsghdr msg[TS_BATCH_SLOTS];
	struct iovec iov[TS_BATCH_SLOTS];
	union gso_control control[TS_BATCH_SLOTS];
	uint8_t bytes[TS_BATCH_SLOTS][TS_BATCH_SLOT_BYTES];
};

int ts_batch_create(struct ts_batch **out)
{
	struct ts_batch *batch = malloc(sizeof(*batch));
	*out = batch;
	if (!batch) return TS_ENOMEM;
	batch->n = 0;
	batch->waited_ns = 0;
	for (size_t i = 0; i < TS_BATCH_SLOTS; i++) batch->iov[i].iov_base = batch->bytes[i];
	return TS_OK;
}

void ts_batch_destroy(struct ts_batch **batch)
{
	free(*batch);
	*batch = NULL;
}

uint8_t *ts_batch_reserve(struct ts_batch *batch, struct ts_route *route, size_t cap)
{
	if (cap > TS_BATCH_SLOT_BYTES || !ts_route_open(route)) return NULL;
	if (batch->n == TS_BATCH_SLOTS) ts_batch_flush(batch);
	return batch->bytes[batch->n];
}

void ts_batch_commit(struct ts_batch *batch, struct ts_route *route, size_t len)
{
	assert(batch->n < TS_BATCH_SLOTS && len <= TS_BATCH_SLOT_BYTES);
	batch->slot[batch->n].route = route;
	batch->slot[batch->n].len = len;
	batch->iov[batch->n].iov_len = len;
	batch->n++;
}

/* How many datagrams from `at` may share one message: one route, equal lengths, only the last
 * shorter. */
static size_t gso_run(const struct ts_batch *batch, size_t at, size_t end)
{
	const struct ts_route *route = batch->slot[at].route;
	size_t len = batch->slot[at].len, bytes = len, n = 1;
	while (!route->no_gso && at + n < end && n < GSO_SEGMENTS_MAX) {
		size_t next = batch->slot[at + n].len;
		if (batch->slot[at + n].route != route || next > len ||
			bytes + next > GSO_BYTES_MAX)
			break;
		bytes += next;
		n++;
		if (next < len) break;
	}
	return n;
}

static void message_make(struct ts_batch *batch, size_t m, size_t at, size_t n)
{
	struct ts_route *route = batch->slot[at].route;
	struct msghdr *h = &batch->msg[m].msg_hdr;
	memset(h, 0, sizeof(*h));
	h->msg_name = &route->to;
	h->msg_namelen = route->to_len;
	h->msg_iov = &batch->iov[at];
	h->msg_iovlen = n;
	if (n == 1) return;
	union gso_control *control = &batch->control[m];
	h->msg_control = control;
	h->msg_controllen = sizeof(*control);
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
	uint16_t segment = (uint16_t)batch->slot[at].len;
	memcpy(CMSG_DATA(c), &segment, sizeof(segment));
}

static void count_sent(const struct ts_batch *batch, size_t at, size_t n)
{
	int64_t bytes = 0;
	for (size_t i = at; i < at + n; i++) bytes += (int64_t)batch->slot[i].len;
	ts_count_add(TS_C_TX_PACKETS, (int64_t)n);
	ts_count_add(TS_C_TX_BYTES, bytes);
}

static bool refuses_gso(int err)
{
	return err == EINVAL || err == EIO || err == ENOPROTOOPT || err == EOPNOTSUPP ||
		err == EMSGSIZE;
}

/* For 1 ms, and not again for 50: others wait meanwhile. False: there is none, or it did lately. */
static bool wait_for_room(struct ts_batch *batch, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	const int64_t now_ns = ts_now_ns();
	if (now_ns - batch->waited_ns < WAIT_APART_NS) return false;
	batch->waited_ns = now_ns;
	const bool room = poll(&p, 1, 1) == 1;
	errno = EAGAIN;
	return room;
}

static size_t send_one(const struct ts_batch *batch, size_t at)
{
	const struct ts_route *route = batch->slot[at].route;
	ssize_t sent = sendto(route->fd, batch->bytes[at], batch->slot[at].len,
		MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&route->to, route->to_len);
	if (sent < 0 && errno == EINTR) return at;
	if (sent < 0)
		ts_count(TS_C_DROP_SEND);
	else
		count_sent(batch, at, 1);
	return at + 1;
}

/* Sends the datagrams at .. end, which are of one socket, as many as one call takes; returns where
 * to go on. A lone one, as sound is, goes by sendto, which has a message header less to copy and to
 * check. */
static size_t send_some(struct ts_batch *batch, size_t at, size_t end)
{
	struct ts_route *route = batch->slot[at].route;
	if (end - at == 1) return send_one(batch, at);
	unsigned n_msg = 0;
	for (size_t i = at; i < end; i += batch->msg[n_msg++].msg_hdr.msg_iovlen)
		message_make(batch, n_msg, i, gso_run(batch, i, end));

	int sent = sendmmsg(route->fd, batch->msg, n_msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent > 0) {
		size_t done = 0;
		for (int m = 0; m < sent; m++) done += batch->msg[m].msg_hdr.msg_iovlen;
		count_sent(batch, at, done);
		return at + done;
	}
	if (errno == EINTR) return at;
	size_t first = batch->msg[0].msg_hdr.msg_iovlen;
	if (first > 1 && refuses_gso(errno)) {
		route->no_gso = true;
		return at;
	}
	if (errno == EAGAIN && batch->slot[end - 1].route != route &&
		wait_for_room(batch, route->fd))
		return at;
	size_t lost = errno == EAGAIN || errno == ENOBUFS ? end - at : first;
	ts_count_add(TS_C_DROP_SEND, (int64_t)lost);
	return at + lost;
}

static void send_by_function(struct ts_batch *batch, struct ts_route *route, size_t at, size_t end)
{
	for (; at < end; at++) {
		if (route->send && route->send(route, batch->bytes[at], batch->slot[at].len))
			count_sent(batch, at, 1);
		else
			ts_count(TS_C_DROP_SEND);
	}
}

/* By the same call: of one socket, which many routes have where there is one for all. */
static bool goes_along(const struct ts_route *route, const struct ts_route *next)
{
	return next == route || (route->fd >= 0 && next->fd == route->fd);
}

void ts_batch_flush(struct ts_batch *batch)
{
	size_t at = 0, n = batch->n;
	int64_t began_ns = n ? ts_now_ns() : 0;
	while (at < n) {
		struct ts_route *route = batch->slot[at].route;
		size_t end = at + 1;
		while (end < n && goes_along(route, batch->slot[end].route)) end++;
		if (route->fd < 0) {
			send_by_function(batch, route, at, end);
			at = end;
		}
		while (at < end) at = send_some(batch, at, end);
	}
	if (n) ts_observe(TS_STAGE_SEND, ts_now_ns() - began_ns);
	batch->n = 0;
}
