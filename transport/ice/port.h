/* port - one UDP port of a net thread for the ICE sessions of all (media.port): told apart by the
 * name that a check is for, and after that by the address that it came from.
 *
 *   socket --recvmmsg--> STUN request --USERNAME--> session: check proves the address
 *   (one an address)     STUN reply, DTLS, SRTP --(address, port)--> session
 *                        anything else: dropped and counted, nothing allocated, nothing answered
 *
 * Thread n of the server has the n-th port, so that a flow stays on its thread whoever sends it.
 * Addresses that come up later get their socket with the next session.
 * Thread  create, destroy: control, while the loop calls nothing of it; the rest: the loop's.
 * Full    an address that is a session's cannot become another's within 10 s of its last check;
 *         each session has TS_PORT_PEERS at most, the one unheard for longest makes room.
 */
#ifndef TS_TRANSPORT_ICE_PORT_H
#define TS_TRANSPORT_ICE_PORT_H

#include "base/loop.h"
#include "transport/ice/check.h"
#include "transport/ice/host.h"

struct ts_ice_port;
struct ts_port_session;

enum { TS_PORT_PEERS = 8, TS_PORT_NAMES = 2 };

struct ts_port_datagram {
	int fd; /* that it came by: what is answered goes by it too */
	const struct sockaddr_storage *from;
	const uint8_t *data;
	size_t len;
};

/* On the loop; neither may leave the port, nor close anything. */
struct ts_port_session_ops {
	/* A Binding request for name i, or (i < 0) a reply from one of its addresses. */
	void (*check)(struct ts_port_session *session, int i, const struct ts_port_datagram *d);
	void (*data)(struct ts_port_session *session, const uint8_t *data, size_t len);
	void (*flush)(struct ts_port_session *session); /* after those of one wake-up */
};

/* Embedded in its owner, zeroed but for ops. */
struct ts_port_session {
	const struct ts_port_session_ops *ops;
	struct ts_port_name {
		char text[TS_CHECK_NAME + 1]; /* "": none */
		struct ts_port_session *session;
		struct ts_port_name *next;
	} name[TS_PORT_NAMES];
	struct ts_port_peer {
		struct sockaddr_storage address; /* family 0: none */
		int64_t heard_ns;
		struct ts_port_session *session;
		struct ts_port_peer *next;
	} peer[TS_PORT_PEERS];
	bool touched;
	struct ts_port_session *next_touched;
};

/* TS_EIO: the port is taken at one of the addresses; TS_ENOMEM. */
int ts_ice_port_create(struct ts_ice_port **out, struct ts_loop *loop,
	const struct ts_ice_host *host, uint16_t number);
void ts_ice_port_destroy(struct ts_ice_port **port); /* also of NULL */

/* Where it is reached, each with the port. */
size_t ts_ice_port_addresses(struct ts_ice_port *port,
	struct sockaddr_storage out[TS_ICE_ADDRESSES]);
bool ts_ice_port_has_name(const struct ts_ice_port *port, const char *name);
/* "": none from now on. */
void ts_ice_port_name(struct ts_ice_port *port, struct ts_port_session *session, int i,
	const char *name);
/* A proved check came from there: what else comes from there is theirs. False: it is another's. */
bool ts_ice_port_learn(struct ts_ice_port *port, struct ts_port_session *session,
	const struct sockaddr_storage *from, int64_t now_ns);
void ts_ice_port_leave(struct ts_ice_port *port, struct ts_port_session *session);

#endif
