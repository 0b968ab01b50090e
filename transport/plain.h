/* plain - the UDP sockets of one m-line without ICE: RTP on an even port and RTCP on the next, or
 * both on one (RFC 5761).
 *
 *   in   epoll --recvfrom; recvmmsg behind a long one--> recv(side, from, datagram)
 *        --valid?--> ts_plain_heard: answers go to its source (net/latch.h)
 *   out  side.route --> batch
 *
 * Thread  the net thread's. recv and flush are called from within the watch and must not close it.
 * Source  RFC 3550 11 (ports), 3605 (a=rtcp), 4961 (symmetric).
 */
#ifndef TS_TRANSPORT_PLAIN_H
#define TS_TRANSPORT_PLAIN_H

#include "base/loop.h"
#include "transport/net/batch.h"
#include "transport/net/latch.h"
#include "transport/net/own_address.h"
#include "transport/net/proof.h"
#include "transport/transport.h"

struct ts_plain;

struct ts_plain_side {
	struct ts_plain *plain;
	struct ts_watch watch;  /* fd -1: not open */
	struct ts_route route;  /* fd -1: nowhere to send to yet */
	struct sockaddr_storage local;
	struct ts_latch latch;
	struct ts_opener opener; /* to where answers go */
	uint16_t port;          /* ours */
};

struct ts_plain_owner {
	struct ts_loop *loop;
	struct ts_batch *batch;
	void (*recv)(void *arg, struct ts_plain_side *side, const struct sockaddr_storage *from,
		const uint8_t *data, size_t len);
	int tos;                  /* of what is sent (net/dscp.h) */
	void (*flush)(void *arg); /* after the recv calls of one wake-up */
	void *arg;
};

struct ts_plain {
	struct ts_plain_owner owner;
	struct ts_own_addresses *own;
	struct ts_plain_side rtp, rtcp; /* muxed: rtcp is not open, and RTCP goes by rtp */
};

struct ts_ice_host;
/* Binds to a numeric local address, a port within the host's range. mux: one socket. TS_EINVAL: no
 * address; TS_EIO: no port is free; TS_ENOMEM. */
int ts_plain_open(struct ts_plain **out, const struct ts_plain_owner *owner,
	const struct ts_ice_host *host, const char *local_address, bool mux);
void ts_plain_close(struct ts_plain **plain);
/* RTCP shares the socket of RTP from now on, or has its own. TS_EIO: its port is not free. */
int ts_plain_remux(struct ts_plain *plain, const char *local_address, bool mux);
/* What the description says now about the peer. Addresses that nobody may be sent to are taken for
 * none. */
void ts_plain_tell(struct ts_plain *plain, const struct ts_plain_config *config);
/* The side by which RTCP goes. */
struct ts_plain_side *ts_plain_rtcp(struct ts_plain *plain);

/* May this packet (first byte 128..191) from there be looked at? */
bool ts_plain_allows(struct ts_plain_side *side, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len, int64_t now_ns);
/* It is allowed, and valid. true: answers go elsewhere than to the peer that was heard until
 * now. */
bool ts_plain_heard(struct ts_plain_side *side, const struct sockaddr_storage *from,
	const uint8_t *data, size_t len, int64_t now_ns);
/* DTLS has proved who is there: answers go to it. */
void ts_plain_met(struct ts_plain_side *side, const struct sockaddr_storage *from, int64_t now_ns);

#endif
