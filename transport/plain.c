#include "transport/plain.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/packet.h"
#include "base/random.h"
#include "transport/ice/agent.h"
#include "transport/net/dscp.h"
#include "transport/net/own_address.h"
#include "transport/rtp/rtp.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	READS = 16,       /* datagrams of one recvmmsg */
	READS_MAX = 4,    /* of one wake-up; then it is others' turn */
	OPEN_TRIES = 200, /* pairs of ports */
	SOCKET_BUFFER_BYTES = 1 << 20,
};

/* ---- in */

struct datagram {
	struct sockaddr_storage from;
	uint8_t bytes[TS_DATAGRAM_MAX];
};

static void give(struct ts_plain_side *side, const struct datagram *d, size_t len)
{
	const struct ts_plain_owner *owner = &side->plain->owner;
	if (len > sizeof(d->bytes))
		ts_count(TS_C_DROP_UNKNOWN);
	else
		owner->recv(owner->arg, side, &d->from, d->bytes, len);
}

/* False: nobody expects more now. */
static bool read_one(struct ts_plain_side *side)
{
	struct datagram d;
	socklen_t from_len = sizeof(d.from);
	ssize_t n = recvfrom(side->watch.fd, d.bytes, sizeof(d.bytes), MSG_DONTWAIT | MSG_TRUNC,
		(struct sockaddr *)&d.from, &from_len);
	if (n >= 0) give(side, &d, (size_t)n);
	return n >= TS_READ_ON_BYTES;
}

/* How many. */
static int read_some(struct ts_plain_side *side)
{
	struct datagram d[READS];
	struct iovec iov[READS];
	struct mmsghdr msg[READS];
	memset(msg, 0, sizeof(msg));
	for (int i = 0; i < READS; i++) {
		iov[i] = (struct iovec){d[i].bytes, sizeof(d[i].bytes)};
		msg[i].msg_hdr.msg_name = &d[i].from;
		msg[i].msg_hdr.msg_namelen = sizeof(d[i].from);
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	int n = recvmmsg(side->watch.fd, msg, READS, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < n; i++) give(side, &d[i], msg[i].msg_len);
	return n;
}

/* A packet of sound comes alone, and a look whether there is another costs half as much as the
 * packet; what is there, epoll tells again. Those of a picture come together. */
static void on_readable(struct ts_watch *watch, uint32_t events)
{
	struct ts_plain_side *side = ts_container_of(watch, struct ts_plain_side, watch);
	(void)events;
	if (read_one(side))
		for (int i = 0; i < READS_MAX && read_some(side) == READS; i++) {}
	side->plain->owner.flush(side->plain->owner.arg);
}

/* ---- sockets */

static void side_close(struct ts_plain_side *side)
{
	if (side->watch.fd < 0) return;
	ts_batch_flush(side->plain->owner.batch); /* it may hold our route */
	ts_loop_unwatch(side->plain->owner.loop, &side->watch);
	close(side->watch.fd);
	ts_own_address_remove(side->plain->own, &side->local);
	side->watch.fd = side->route.fd = -1;
	side->port = 0;
}

static int bound_socket(const struct sockaddr_storage *local)
{
	int fd = socket(local->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
	    size = SOCKET_BUFFER_BYTES;
	if (fd < 0) return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!bind(fd, (const void *)local, ts_address_len(local))) return fd;
	close(fd);
	return -1;
}

static int side_open(struct ts_plain_side *side, const char *local_address, uint16_t port)
{
	struct sockaddr_storage local;
	if (!ts_address_parse(&local, local_address, port)) return TS_EINVAL;
	int fd = bound_socket(&local);
	if (fd < 0) return TS_EIO;
	if (side->plain->owner.tos) ts_dscp_mark(fd, side->plain->owner.tos);
	side->watch.fd = fd;
	side->watch.fn = on_readable;
	side->port = port;
	side->local = local;
	ts_own_address_add(side->plain->own, &local);
	int err = ts_loop_watch(side->plain->owner.loop, &side->watch, EPOLLIN);
	if (err) side_close(side);
	return err;
}

static int open_pair(struct ts_plain *p, const char *local_address, uint16_t port, bool mux)
{
	int err = side_open(&p->rtp, local_address, port);
	if (!err && !mux) err = side_open(&p->rtcp, local_address, (uint16_t)(port + 1));
	if (err) side_close(&p->rtp);
	return err;
}

/* Even ports from a random one on, so that calls after one another do not meet the last one's
 * packets. */
static int open_any(
	struct ts_plain *p, const struct ts_ice_host *host, const char *local_address, bool mux)
{
	uint32_t first = (host->port_min + 1u) & ~1u;
	if (first + !mux > host->port_max) return TS_EIO;
	uint32_t n = (host->port_max - first - !mux) / 2 + 1, at = ts_random_u32() % n;
	int err = TS_EIO;
	for (uint32_t i = 0; i < n && i < OPEN_TRIES && err == TS_EIO; i++)
		err = open_pair(p, local_address, (uint16_t)(first + (at + i) % n * 2), mux);
	if (err)
		ts_warn("no UDP port", "address=%s error=%s", TS_LOG_STR(local_address),
			ts_strerror(err));
	return err;
}

int ts_plain_open(struct ts_plain **out, const struct ts_plain_owner *owner,
	const struct ts_ice_host *host, const char *local_address, bool mux)
{
	*out = NULL;
	struct ts_plain *p = calloc(1, sizeof(*p));
	if (!p) return TS_ENOMEM;
	p->owner = *owner;
	p->own = host->own;
	p->rtp.plain = p->rtcp.plain = p;
	p->rtp.watch.fd = p->rtcp.watch.fd = p->rtp.route.fd = p->rtcp.route.fd = -1;
	int err = open_any(p, host, local_address, mux);
	if (err)
		free(p);
	else
		*out = p;
	return err;
}

void ts_plain_close(struct ts_plain **plain)
{
	if (!*plain) return;
	side_close(&(*plain)->rtp);
	side_close(&(*plain)->rtcp);
	free(*plain);
	*plain = NULL;
}

/* ---- who and whither */

static void follow(struct ts_plain_side *side)
{
	const struct sockaddr_storage *to = ts_latch_to(&side->latch);
	/* what waits there goes to where it was meant for */
	ts_batch_flush(side->plain->owner.batch);
	side->route.fd = to ? side->watch.fd : -1;
	if (!to) return;
	side->route.to = *to;
	side->route.to_len = ts_address_len(to);
}

static void side_tell(struct ts_plain_side *side, const struct ts_plain_config *config,
	const char *address, uint16_t port)
{
	struct sockaddr_storage told = {0};
	if (side->watch.fd < 0) return;
	if (port && ts_address_parse(&told, address, port)) {
		/* signalling refuses the others; here is the last place to be sure of it */
		enum ts_address_kind kind = ts_address_kind(&told);
		if (kind == TS_ADDRESS_NOBODY || kind == TS_ADDRESS_NEVER ||
			ts_own_address(side->plain->own, &told))
			told.ss_family = AF_UNSPEC;
	}
	struct ts_latch *latch = &side->latch;
	ts_address_parse(&latch->signal, config->signal_host, 0);
	latch->proves = config->keys.profile != 0 || config->dtls;
	latch->same_host = told.ss_family && ts_address_same_host(&told, &latch->signal);
	if (told.ss_family != latch->told.ss_family ||
		(told.ss_family && !ts_address_same(&told, &latch->told)))
		side->opener = (struct ts_opener){0};
	ts_latch_set_told(latch, &told);
	follow(side);
}

static bool is_muxed(const struct ts_plain *p)
{
	return p->rtcp.watch.fd < 0;
}

int ts_plain_remux(struct ts_plain *p, const char *local_address, bool mux)
{
	if (mux) side_close(&p->rtcp);
	return mux || !is_muxed(p)
		? TS_OK
		: side_open(&p->rtcp, local_address, (uint16_t)(p->rtp.port + 1));
}

void ts_plain_tell(struct ts_plain *p, const struct ts_plain_config *config)
{
	uint16_t rtcp_port = config->rtcp_port;
	if (!rtcp_port && config->port && config->port < UINT16_MAX)
		rtcp_port = (uint16_t)(config->port + 1);
	side_tell(&p->rtp, config, config->address, config->port);
	side_tell(&p->rtcp, config,
		config->rtcp_address[0] ? config->rtcp_address : config->address, rtcp_port);
}

struct ts_plain_side *ts_plain_rtcp(struct ts_plain *p)
{
	return is_muxed(p) ? &p->rtp : &p->rtcp;
}

static struct ts_latch_packet peek(const uint8_t *data, size_t len)
{
	struct ts_rd r = ts_rd(data, len);
	struct ts_latch_packet p = {0};
	bool rtcp = ts_rtp_is_rtcp(data, len);
	ts_rd_bytes(&r, 2);
	p.seq = ts_rd_u16(&r);
	if (!rtcp) ts_rd_u32(&r);
	p.ssrc = ts_rd_u32(&r);
	if (rtcp) p.seq = 0;
	return p;
}

/* RTCP is silent for longer than a latch holds: in the clear it comes from the host that RTP comes
 * from, and moves along with it. */
static bool allows_rtcp(struct ts_plain *p, const struct sockaddr_storage *from,
	const struct ts_latch_packet *packet, int64_t now_ns)
{
	struct ts_latch *latch = &p->rtcp.latch;
	const struct sockaddr_storage *rtp = ts_latch_to(&p->rtp.latch), *to = ts_latch_to(latch);
	if (latch->proves || !rtp) return ts_latch_allows(latch, from, packet, now_ns);
	if (ts_address_same_host(from, rtp)) {
		bool along = to && !ts_address_same_host(to, rtp) && p->rtp.latch.peer.ss_family;
		return along || ts_latch_allows(latch, from, packet, now_ns);
	}
	return ts_address_same_host(from, &latch->told) &&
		ts_latch_allows(latch, from, packet, now_ns);
}

bool ts_plain_allows(struct ts_plain_side *side, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len, int64_t now_ns)
{
	const struct ts_latch_packet packet = peek(data, len);
	/* two calls that name each other's ports would go on for ever */
	if (!ts_address_same(from, &side->latch.peer) && ts_own_address(side->plain->own, from))
		return false;
	if (side == &side->plain->rtcp) return allows_rtcp(side->plain, from, &packet, now_ns);
	if (ts_rtp_is_rtcp(data, len)) return ts_latch_allows_rtcp(&side->latch, from);
	return ts_latch_allows(&side->latch, from, &packet, now_ns);
}

bool ts_plain_heard(struct ts_plain_side *side, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len, int64_t now_ns)
{
	const struct ts_latch_packet packet = peek(data, len);
	bool known = side->latch.peer.ss_family;
	if (ts_rtp_is_rtcp(data, len)) ts_latch_alive(&side->plain->rtp.latch, packet.ssrc, now_ns);
	if (side == &side->plain->rtp && ts_rtp_is_rtcp(data, len))
		return false; /* reports say nothing about who sends */
	if (!ts_latch_heard(&side->latch, from, &packet, now_ns)) return false;
	follow(side);
	return known;
}

void ts_plain_met(struct ts_plain_side *side, const struct sockaddr_storage *from, int64_t now_ns)
{
	if (ts_latch_heard(&side->latch, from, &(const struct ts_latch_packet){0}, now_ns))
		follow(side);
}
