/* relay - a bad network on loopback: forwards UDP between clients and servers and impairs each
 * direction.
 *
 *   client A --> 127.0.0.1:PORT  [ up: impair, bottleneck ]   --> socket a --> server
 *   client B -->      (listen)   [ down: impair, bottleneck ] <-- socket b <--
 *   client C --> 127.0.0.1:PORT2    the same two links        --> socket c --> another server
 *
 * Each client (source address) gets a socket of its own towards the server, as a NAT would give it
 * one, so that the server sees the same peer for as long as the relay lives. Both directions are
 * one link each, shared by all clients and all ports: so several flows meet in one bottleneck, and
 * so do the sound, the picture and the reports of a SIP call, each of which has a port.
 *
 * For ICE, write PORT in place of the server's port in the candidates of the answer, and give the
 * server no candidate of the client's own, or it finds the way around the relay. For plain RTP,
 * write it into the m= line of what the server says of itself.
 *
 * Thread  the relay runs on one of its own; the functions here: any, one at a time.
 * Full    8192 datagrams on their way, 64 clients, 16 ports; more are dropped and counted
 * (no_room).
 */
#ifndef TS_TESTS_RELAY_RELAY_H
#define TS_TESTS_RELAY_RELAY_H

#include "tests/relay/impair.h"
#include <netinet/in.h>

enum ts_relay_direction { TS_RELAY_UP, TS_RELAY_DOWN }; /* client to server, server to client */

struct ts_relay_config {
	struct sockaddr_in listen;         /* of the first target; zero: 127.0.0.1, any port */
	struct sockaddr_in target;         /* the server; without a port: none yet */
	struct ts_impair_config dir[2];    /* by enum ts_relay_direction */
	uint64_t seed;
};

/* What went through the link of one direction, from the beginning or ts_relay_forget on. */
struct ts_relay_way {
	uint64_t sent, bytes_sent;         /* with headers of IP and UDP */
	int64_t waited_p50_ns, waited_p95_ns, waited_max_ns; /* in the bottleneck's queue */
};

struct ts_relay_stats {
	struct ts_impair_stats dir[2];
	struct ts_relay_way way[2];
	uint64_t forwarded[2];
	uint64_t no_room;                  /* a limit above, or the kernel would not take it */
	unsigned clients;
	/* by how much a datagram left after its time, at worst: this machine's doing */
	int64_t latest_ns;
};

struct ts_relay;

/* TS_EIO, TS_ENOMEM */
int ts_relay_create(struct ts_relay **out, const struct ts_relay_config *config);
/* What is still on its way is lost. */
void ts_relay_destroy(struct ts_relay **relay);
/* Of the first target; 0: there is none. */
uint16_t ts_relay_port(const struct ts_relay *relay);
/* One more, on a port of 127.0.0.1 that *port names. TS_EIO, TS_EFULL. */
int ts_relay_add(struct ts_relay *relay, const struct sockaddr_in *target, uint16_t *port);
/* Another network from now on. */
void ts_relay_set(struct ts_relay *relay, enum ts_relay_direction direction,
	const struct ts_impair_config *config);
void ts_relay_get_stats(struct ts_relay *relay, struct ts_relay_stats *stats);
/* All counts begin anew. */
void ts_relay_forget(struct ts_relay *relay);

/* "127.0.0.1:5000"; TS_EINVAL. */
int ts_relay_parse_address(struct sockaddr_in *out, const char *text);
/* As ts_impair_option: "loss" for both directions, "up-loss" and "down-loss" for one. */
int ts_relay_option(struct ts_impair_config dir[2], const char *name, const char *value);

#endif
