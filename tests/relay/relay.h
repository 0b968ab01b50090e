/* relay - a bad network on loopback: forwards UDP between clients and one server and impairs each
 * direction.
 *
 *   client A --> 127.0.0.1:PORT  [ up: impair ]   --> socket a --> server
 *   client B -->      (listen)   [ down: impair ] <-- socket b <--
 *
 * Each client (source address) gets a socket of its own towards the server, as a NAT would give it
 * one, so that the server sees the same peer for as long as the relay lives. Both directions are
 * one link each, shared by all clients.
 *
 * For ICE, write PORT in place of the server's port in the candidates of the answer, and give the
 * server no candidate of the client's own, or it finds the way around the relay.
 *
 * Thread  the relay runs on one of its own; the functions here: any, one at a time.
 * Full    8192 datagrams on their way and 64 clients; more are dropped and counted (no_room).
 */
#ifndef TS_TESTS_RELAY_RELAY_H
#define TS_TESTS_RELAY_RELAY_H

#include "tests/relay/impair.h"
#include <netinet/in.h>

enum ts_relay_direction { TS_RELAY_UP, TS_RELAY_DOWN }; /* client to server, server to client */

struct ts_relay_config {
	struct sockaddr_in listen;         /* zero: 127.0.0.1, any port */
	struct sockaddr_in target;         /* the server */
	struct ts_impair_config dir[2];    /* by enum ts_relay_direction */
	uint64_t seed;
};

struct ts_relay_stats {
	struct ts_impair_stats dir[2];
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
uint16_t ts_relay_port(const struct ts_relay *relay);
/* Another network from now on. */
void ts_relay_set(struct ts_relay *relay, enum ts_relay_direction direction,
	const struct ts_impair_config *config);
void ts_relay_get_stats(struct ts_relay *relay, struct ts_relay_stats *stats);

/* "127.0.0.1:5000"; TS_EINVAL. */
int ts_relay_parse_address(struct sockaddr_in *out, const char *text);

#endif
