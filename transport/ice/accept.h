/* accept - which TCP connections of others an ICE agent keeps, and which of them libnice gets to
 * read.
 *
 *   listening socket --accept--> [ 4 of an agent; a quarter of the descriptors in all, half of it
 *                                  for one address ]
 *                                   |  not a whole frame in 5 s: cut
 *                                   |  a first frame that is no check of the peer's: cut
 *                                   +--> the first frame is a STUN request that our password
 *                                        proves: libnice reads it, and what follows
 *
 * libnice accepts whatever comes to the port of a passive candidate and keeps it as long as the
 * other end likes; and it reads the frames of all of an agent's connections into one buffer, so
 * that half a frame of a stranger garbles the peer's media. Nothing of its interface lets one look
 * at a connection before. But it accepts by g_socket_accept of libgio: accept.c has a function of
 * that name, which the dynamic linker takes for libgio's as well, and which calls libgio's. And it
 * reads what its GMainContext says is readable, which a poll function of ours decides: a connection
 * that has proved nothing is not, one that is cut has been hung up. tools/lint knows of the
 * function.
 *
 * Thread  the one that owns the context.
 * Source  RFC 6544 (ICE over TCP), 4571 (framing: a length of two bytes), 8445 7.3.
 * Full    the oldest of the newcomer's own address that has proved nothing gives way; else, unless
 *         that address has its half, the oldest of another; else one that has been silent for 30 s,
 *         as none is that consent checks keep (RFC 7675); else the newcomer is refused. Counts
 *         tessera_ice_tcp_connections_cut_total.
 */
#ifndef TS_TRANSPORT_ICE_ACCEPT_H
#define TS_TRANSPORT_ICE_ACCEPT_H

#include "base/clock.h"
#include <gio/gio.h>
#include <stdbool.h>

/* Places: one more, as who gives way is closed later than the newcomer is let in. */
enum { TS_ICE_ACCEPT_MAX = 4, TS_ICE_ACCEPT_PLACES = TS_ICE_ACCEPT_MAX + 1 };
#define TS_ICE_ACCEPT_PATIENCE_NS (5 * TS_NS_PER_S)

enum ts_ice_accepted_state {
	TS_ICE_ACCEPTED_NONE,
	TS_ICE_ACCEPTED_WAITING,
	TS_ICE_ACCEPTED_PROVED,
	TS_ICE_ACCEPTED_CUT
};

struct ts_ice_accepted {
	struct ts_ice_accept *of;
	int fd;
	GSocket *socket; /* libnice's; not counted, watched by a weak reference */
	enum ts_ice_accepted_state state;
	size_t address; /* index of a count by address */
	bool replaced;  /* a newcomer counts in its stead */
	int64_t opened_ns, heard_ns;
};

struct ts_ice_accept {
	GMainContext *context;
	const char *our_pwd;
	int64_t now_ns; /* of this turn */
	/* libnice has closed it; set after init, NULL: nobody watches it */
	void (*gone)(struct ts_ice_accept *accept, int fd);
	struct ts_ice_accepted accepted[TS_ICE_ACCEPT_PLACES];
};

/* For the agent that context belongs to. our_pwd stays the caller's, who may change it; "" proves
 * nothing. */
void ts_ice_accept_init(struct ts_ice_accept *accept, GMainContext *context, const char *our_pwd);
/* After the agent has gone. */
void ts_ice_accept_fini(struct ts_ice_accept *accept);
/* One turn of the context, without waiting. */
void ts_ice_accept_turn(struct ts_ice_accept *accept, int64_t now_ns);
/* When the next turn must be, at the latest, if nothing comes; INT64_MAX: never. */
int64_t ts_ice_accept_due_ns(const struct ts_ice_accept *accept);

#endif
