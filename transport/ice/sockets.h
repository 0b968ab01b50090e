/* sockets - the UDP sockets of one port number: one for each local address, as these come and go.
 * Internal to transport/ice/ (port.h).
 *
 * Thread  open, fini: control, while the loop calls nothing of it; the rest: the loop's.
 * Full    TS_ICE_ADDRESSES sockets at most, those of addresses that are gone and still used
 *         included.
 */
#ifndef TS_TRANSPORT_ICE_SOCKETS_H
#define TS_TRANSPORT_ICE_SOCKETS_H

#include "base/loop.h"
#include "transport/ice/host.h"

/* Zeroed but for the first four. */
struct ts_ice_sockets {
	struct ts_loop *loop;
	const struct ts_ice_host *host;
	uint16_t number;
	void (*readable)(struct ts_watch *watch, uint32_t events); /* of a ts_ice_socket */
	struct ts_ice_socket {
		struct ts_watch watch;
		struct ts_ice_sockets *all;
		struct sockaddr_storage address; /* family 0: it is closed */
		unsigned users;
		uint32_t dropped; /* by the kernel, as it counts */
	} socket[TS_ICE_ADDRESSES];
};

/* Opens them, and watches nothing yet. TS_EIO: somebody else has the port at one of the addresses,
 * or it is not allowed; others that cannot be had now are left for later (logged). */
int ts_ice_sockets_open(struct ts_ice_sockets *all);
void ts_ice_sockets_fini(struct ts_ice_sockets *all);
/* Opens those that are missing, closes those whose address is gone and that nobody uses, watches
 * them. out: the addresses of now that have one, each with the port, and as it is advertised. */
size_t ts_ice_sockets_refresh(
	struct ts_ice_sockets *all, struct sockaddr_storage out[TS_ICE_ADDRESSES]);
/* It stays open until as many have said that they no longer need it; fd < 0: none. */
void ts_ice_sockets_use(struct ts_ice_sockets *all, int fd);
void ts_ice_sockets_unuse(struct ts_ice_sockets *all, int fd);

#endif
