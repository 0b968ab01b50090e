/* conn_core - the inside of connections of SIP, shared by conn.c (their coming and end) and
 * conn_bytes.c (what is read and sent). Private to those.
 * Thread  the sip thread's.
 */
#ifndef TS_CONTROL_SIP_CONN_CORE_H
#define TS_CONTROL_SIP_CONN_CORE_H

#include "base/counter.h"
#include "control/sip/frame.h"
#include "control/sip/guests.h"
#include "control/sip/re.h"
#include "control/sip/ua.h"
#include <glib.h>

struct ts_sip_conns;

struct ts_sip_listener {
	struct ts_sip_conns *conns;
	int fd;
	fd_h *accept;
	void *object;
	bool door; /* its connections come by WebSocket (door.h) */
};

struct ts_sip_of_address {
	guint n; /* connections that count */
	size_t buffered;
};

struct ts_sip_conn {
	uint64_t id;
	struct ts_sip_conns *conns;
	/* [owned] a reference: when it is the last, libre has done with the connection */
	struct tcp_conn *tc;
	struct ts_sip_frame frame;
	size_t buffered; /* of frame, as counted in the sums */
	/* at the other end of the connection; who that is, by WebSocket somebody else */
	struct sa half, peer;
	char address[TS_SIP_ADDR_MAX];
	/* 0: no message is begun, none was good, no last answer */
	int64_t opened_ns, begun_ns, good_ns, ended_ns;
	/* one who is cut counts no more; in the budget of descriptors */
	bool call, cut, counted;
	/* bytes were there before anything was read; its host proved itself */
	bool waits, known;
	/* by WebSocket, and over TLS; one who was not announced */
	bool door, secure, stranger;
	struct ts_sip_of_address *of_address; /* all of its address; there until it is cut */
	GList link;                    /* in conns->all */
};

struct ts_sip_conns {
	struct ts_sip_ua *ua;
	struct ts_sip_listener listeners[TS_SIP_LISTEN_MAX];
	size_t n_listeners, n, buffered;
	GQueue all;                      /* in order of opening */
	GHashTable *by_id, *per_address; /* per_address: to a struct ts_sip_of_address of its own */
	struct ts_throttle *known;       /* used as a memory of hosts that proved themselves */
	uint64_t last_id;
	struct ts_sip_conn *fresh; /* that libre is just making */
	const struct ts_sip_listener *listener; /* by which it comes */
	struct ts_sip_guests *guests; /* who were announced, and have not come yet */
	GHashTable *by_half;       /* port -> connection by WebSocket */
	struct tmr tick;
};

/* ---- conn.c */
/* For good: libre finds the socket closed and does the rest. It counts no more. */
void ts_sip_conn_cut(struct ts_sip_conn *conn, enum ts_counter why);

/* ---- conn_bytes.c */
/* From here on all that is read and sent passes by. errno's codes. */
int ts_sip_conn_watch(struct ts_sip_conn *conn, struct tcp_conn *object);
/* The bytes of its frame, as they are now. */
void ts_sip_conn_count_buffered(struct ts_sip_conn *conn);

#endif
