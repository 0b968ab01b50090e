/* agent - one ICE agent with one component: finds a way to the peer, keeps it alive, carries
 * datagrams. Of two kinds (kind.h): libnice's with sockets of its own, or, where there is a port
 * for all (port.h) and the peer controls, a lite one on that. Of libnice's:
 *
 *   in   epoll --> first in the socket is the selected peer's media or DTLS
 *             |          --> read past libnice, recv
 *             \--> STUN, another address, a timer --> one turn of the agent's own GMainContext
 *                        --> recv, state
 *   out  ts_ice_route --> batch: straight to the socket of the selected pair; through libnice only
 *                                by a relay
 *
 * Each agent has a GMainContext to itself that no main loop runs; the loop's epoll watches what
 * that context would poll, so that a wake-up costs the same however many agents there are
 * (tests/bench/bench_ice_loop.c). Datagrams are handed on only from addresses that passed a
 * connectivity check; strangers get no further than libnice's STUN parser, over TCP not even there
 * (accept.h).
 * Thread  the loop's. recv, state and flush are called from within a watch, a timer or
 *         ts_ice_set_remote; none of them may close the agent: post that.
 * Source  RFC 8445, 7675 (consent), 8839 (candidates in SDP), 8421. Of the peer's candidates TCP
 *         ones (it connects to ours, where ice.tcp is on) and .local names are skipped.
 */
#ifndef TS_TRANSPORT_ICE_AGENT_H
#define TS_TRANSPORT_ICE_AGENT_H

#include "base/loop.h"
#include "transport/ice/description.h"
#include "transport/ice/host.h"
#include "transport/net/batch.h"

struct ts_ice_port;

enum ts_ice_state {
	TS_ICE_CONNECTING,
	TS_ICE_CONNECTED, /* a pair works; a better one may still follow */
	/* before CONNECTED: no pair works, though the peer may still find us; after: consent is
	 * gone */
	TS_ICE_FAILED,
};

struct ts_ice_config {
	struct ts_loop *loop;
	struct ts_ice_port *port; /* of this thread; NULL: there is none */
	const struct ts_ice_host *host;
	bool controlling;
	void (*recv)(void *arg, const uint8_t *data, size_t len);
	void (*state)(void *arg, enum ts_ice_state state);
	/* after ts_ice_gather said TS_EAGAIN */
	void (*gathered)(void *arg, const struct ts_ice_description *local);
	void (*flush)(void *arg); /* after the recv and state calls of one wake-up */
	void *arg;
};

struct ts_ice;

/* TS_EIO: too few descriptors are left; TS_ENOMEM. */
int ts_ice_create(struct ts_ice **out, const struct ts_ice_config *config);
/* Opens the sockets and fills local. TS_EAGAIN: servers are asked first, for 500 ms at most;
 * `gathered` follows. TS_EIO: no port or address to be had. */
int ts_ice_gather(struct ts_ice *ice, struct ts_ice_description *local);
/* Starts the checks, or adds to them (trickle). Candidates that we cannot use or may not check
 * (candidates.h) are skipped: none left is no error, the peer may know how to reach us. TS_EINVAL:
 * such credentials no peer may have. */
int ts_ice_set_remote(struct ts_ice *ice, const struct ts_ice_description *remote);
/* New local credentials (RFC 8445 9), which local tells with the candidates; ts_ice_set_remote
 * brings the peer's. The route stays until a new pair is selected, and a failure of all pairs is
 * not told before that. TS_EIO. */
int ts_ice_restart(struct ts_ice *ice, struct ts_ice_description *local);
/* What the sockets carry, for net/dscp.h. */
void ts_ice_mark(struct ts_ice *ice, bool audio, bool video);
struct ts_route *ts_ice_route(struct ts_ice *ice);
/* when STUN of the peer last came, to half a second; 0: never. Strangers do not count */
int64_t ts_ice_heard_ns(const struct ts_ice *ice);
/* [take] ice; done(arg) when the last of it is gone, from a callback of the loop, not from within
 * this call. */
void ts_ice_close(struct ts_ice *ice, void (*done)(void *arg), void *arg);

#endif
