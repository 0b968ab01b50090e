/* port - one UDP port of a net thread for the ICE sessions of all (media.port): told apart by the
 * name that a check is for, and after that by the address that it came from.
 *
 *   socket --recvmmsg--> STUN request --USERNAME--> session: a check of the peer
 *   (one an address)     STUN reply --transaction--> session: to a check of ours
 *                        DTLS, SRTP --(address, port)--> session
 *                        anything else: dropped and counted, nothing allocated, nothing answered
 *
 * Thread n of the server has the n-th port, so that a flow stays on its thread whoever sends it.
 * Addresses that come up later, or could not be bound yet (IPv6 while it looks for duplicates), get
 * their socket with the next session. Those that are gone are told no more, and their sockets
 * closed when nobody uses them.
 * Whose an address is: of the session that a proved check came for from there, while it is nobody
 * else's; and of the last one whose own check was answered from there, whoever had it before. So
 * naming an address takes nothing from those who are there, and whoever is there can come again at
 * once. Two sessions of one address and port at a time cannot be told apart: the later one has it.
 * Thread  create, destroy: control, while the loop calls nothing of it; the rest: the loop's.
 * Full    each session has TS_PORT_PEERS addresses at most, the one unheard for longest makes room;
 *         never the selected one.
 */
#ifndef TS_TRANSPORT_ICE_PORT_H
#define TS_TRANSPORT_ICE_PORT_H

#include "base/loop.h"
#include "transport/ice/check.h"
#include "transport/ice/host.h"

struct ts_ice_port;
struct ts_port_session;

enum { TS_PORT_PEERS = 8, TS_PORT_NAMES = 2, TS_PORT_CHECKS = 2 };

struct ts_port_datagram {
	int fd; /* that it came by: what is answered goes by it too */
	const struct sockaddr_storage *from;
	const uint8_t *data;
	size_t len;
};

/* On the loop; neither may leave the port, nor close anything. */
struct ts_port_session_ops {
	/* A Binding request for name i. */
	void (*check)(struct ts_port_session *session, int i, const struct ts_port_datagram *d);
	/* One with the transaction of check i, from anywhere. */
	void (*reply)(struct ts_port_session *session, int i, const struct ts_port_datagram *d);
	/* The selected address answered another session. */
	void (*lost)(struct ts_port_session *session);
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
	struct ts_port_peer *selected; /* stays, whoever else is heard; NULL: none */
	struct ts_port_check {
		uint8_t id[TS_CHECK_ID];
		struct ts_port_session *session; /* NULL: none is awaited */
		struct ts_port_check *next;
	} check[TS_PORT_CHECKS];
	bool touched;
	struct ts_port_session *next_touched;
};

/* TS_EIO: the port is taken at one of the addresses, or not allowed; TS_ENOMEM. */
int ts_ice_port_create(struct ts_ice_port **out, struct ts_loop *loop,
	const struct ts_ice_host *host, uint16_t number);
void ts_ice_port_destroy(struct ts_ice_port **port); /* also of NULL */

/* Where it is reached now, each with the port, and as it is advertised (host.h). */
size_t ts_ice_port_addresses(struct ts_ice_port *port,
	struct sockaddr_storage out[TS_ICE_ADDRESSES]);
/* That socket stays open until as many have said that they no longer need it; fd < 0: none. */
void ts_ice_port_use(struct ts_ice_port *port, int fd);
void ts_ice_port_unuse(struct ts_ice_port *port, int fd);
bool ts_ice_port_has_name(const struct ts_ice_port *port, const char *name);
/* "": none from now on. */
void ts_ice_port_name(struct ts_ice_port *port, struct ts_port_session *session, int i,
	const char *name);
/* Replies to that transaction are for check i; NULL: to none from now on. */
void ts_ice_port_await(struct ts_ice_port *port, struct ts_port_session *session, int i,
	const uint8_t id[TS_CHECK_ID]);
/* A proved check came from there: what else comes from there is theirs, unless it is another's. */
void ts_ice_port_learn(struct ts_ice_port *port, struct ts_port_session *session,
	const struct sockaddr_storage *from, int64_t now_ns);
/* A check of ours was answered from there, and media go there from now on. */
void ts_ice_port_select(struct ts_ice_port *port, struct ts_port_session *session,
	const struct sockaddr_storage *to, int64_t now_ns);
void ts_ice_port_leave(struct ts_ice_port *port, struct ts_port_session *session);

#endif
