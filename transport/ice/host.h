/* host - where the ICE agents of this process listen, and what they say about it.
 *
 * Thread  constant once made.
 */
#ifndef TS_TRANSPORT_ICE_HOST_H
#define TS_TRANSPORT_ICE_HOST_H

#include "transport/ice/server.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct ts_own_addresses;

struct ts_ice_host_config {
	uint16_t port_min, port_max;   /* UDP ports of host candidates, inclusive */
	uint16_t port;                 /* for all, and the next for further threads; 0: none */
	/* local addresses to gather on; n_addresses 0: loopback and every other address */
	const char *const *addresses;
	size_t n_addresses;
	/* written into host candidates instead of the local address (1:1 NAT); may be none */
	const char *const *advertise;
	size_t n_advertise;
	bool tcp;                      /* TCP candidates as well, passive ones */
	bool dscp;                     /* packets are marked by what they carry (net/dscp.h) */
	/* asked for candidates of ours; NULL: none. Copied, but for the strings of turn_account. */
	const struct ts_ice_server *stun, *turn;
	struct ts_turn_account turn_account;
};

struct ts_ice_host {
	char **address; /* [n_address] numeric */
	size_t n_address;
	char **advertise; /* [n_advertise] what candidates say instead: ts_ice_advertise */
	size_t n_advertise;
	uint16_t port_min, port_max, port;
	bool tcp, dscp;
	struct ts_ice_server stun, turn; /* port 0: none */
	struct ts_turn_account turn_account;
	struct ts_own_addresses *own; /* sockets of agents and of plain RTP */
};

/* TS_EINVAL, TS_ENOMEM */
int ts_ice_host_init(struct ts_ice_host *host, const struct ts_ice_host_config *config);
void ts_ice_host_fini(struct ts_ice_host *host);

enum { TS_ICE_ADDRESSES = 16 };
struct ts_ice_address { char text[46]; };

/* The configured addresses; without any, those of the machine as they are now, and loopback. At
 * least one. */
size_t ts_ice_addresses(const struct ts_ice_host *host,
	struct ts_ice_address out[TS_ICE_ADDRESSES]);
/* Puts in place of the nth (from 0) non-loopback local address of its family the nth advertised
 * address of that family, or the last; the port stays. No change when there is none, and to
 * loopback addresses. */
void ts_ice_advertise(const struct ts_ice_host *host, struct sockaddr_storage *address, size_t nth);
#endif
