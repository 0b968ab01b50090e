/* ua - the SIP user agent: calls over UDP, TCP and TLS, on a thread of its own. What a call means
 * is control/calls/call.c's, what its descriptions mean control/offer/sip.c's; here are messages,
 * dialogs and their timers.
 *
 *   control loop --ts_sip_ua_command--> [ring] --mqueue--> sip thread: libre's sockets,
 *                <---- handler ----- [ring] <---task---             transactions, dialogs
 *
 *   INVITE:  INCOMING -> RING* -> ACCEPT(sdp) | REJECT         no sdp in it: ACCEPT brings our
 *            ESTABLISHED: that was acknowledged                offer, ANSWER the peer's
 *   DIAL:    PROGRESS* -> ANSWER(sdp) | ENDED                  HANGUP cancels it
 *   in a call, from either side: OFFER(sdp or none) -> ACCEPT | REJECT; KEYFRAME; DIGIT
 *            theirs: REFER -> REFERRED, NOTIFY*      ours: DO_REFER -> TRANSFER*
 *   ENDED is the last event of each call
 *
 * Thread  ts_sip_ua_*: control. The handler is called there.
 * Source  RFC 3261, 3262 (PRACK), 3264, 3311 (UPDATE), 3326 (Reason), 3515 and 4488 (REFER), 3891
 *         (Replaces), 4028 (session timers), 5168 (picture_fast_update), 6026 (2xx and
 *         transactions).
 * Full    max_calls, calls and INVITEs per address: 503 with Retry-After. Outside a call nothing is
 *         kept of a request. Messages beyond an address's rate are dropped, connections beyond its
 *         share cut (front.c, conn.h). Messages of a trace are dropped when the control loop is
 *         behind; a call's events wait on the sip thread.
 */
#ifndef TS_CONTROL_SIP_UA_H
#define TS_CONTROL_SIP_UA_H

#include "config/config.h"
#include "control/sip/target.h"
#include "control/sip/timer.h"
#include "control/sip/trunk_config.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_sip_ua;
struct ts_loop;

enum { TS_SIP_ADDR_MAX = 46, TS_SIP_TEXT_MAX = 256, TS_SIP_LISTEN_MAX = 16 };

struct ts_sip_listen {
	enum ts_sip_protocol protocol;
	char address[TS_SIP_ADDR_MAX]; /* of one interface, never 0.0.0.0 */
	uint16_t port;
};

struct ts_sip_config {
	struct ts_sip_listen listen[TS_SIP_LISTEN_MAX];
	size_t n_listen;
	/* in Contact and Via instead of the local address; "": none */
	const char *advertise;
	const char *cert, *key, *ca;      /* PEM files for TLS; ca "": the system's authorities */
	bool verify_servers;              /* those we call over TLS */
	const char *const *users;         /* "NAME:PASSWORD"; none: callers need not authenticate */
	size_t n_users;
	enum ts_sip_digest digest;
	const char *const *allow;         /* networks "192.0.2.0/24" that may call; none: all */
	size_t n_allow;
	const char *proxy;                /* URI through which we call; "": directly */
	/* realm "": its host, or the first that it names */
	const char *proxy_user, *proxy_password, *proxy_realm;
	struct ts_sip_target_policy target; /* where calls may go */
	bool follow_redirects;
	const char *realm;                /* of our challenges */
	const char *const *dns;           /* "ADDR:PORT" of name servers; none: the system's */
	size_t n_dns;
	bool registrar;                   /* phones may register, as `users` */
	int min_expires_s, max_expires_s; /* of those */
	int max_calls, max_calls_per_address, invites_per_second; /* invites: of one address */
	int max_connections;              /* over TCP and TLS, that others opened */
	struct ts_sip_timer_policy timer;
	bool no_transfers;                /* REFER is declined */
	const char *software;             /* User-Agent and Server */
	/* SIP over WebSocket (door.h): in Contact and Via, as browsers know us */
	struct { bool on, secure; char host[TS_SIP_TEXT_MAX / 2]; } websocket;
};

/* ---- events: valid only while the handler runs; texts are "" where there is nothing to tell */

enum ts_sip_event_type {
	TS_SIP_INCOMING,
	TS_SIP_OFFER,
	TS_SIP_ANSWER,
	TS_SIP_EARLY,    /* a 18x to a call of ours holds a description */
	TS_SIP_REFER,    /* the peer wants to be transferred: REFERRED answers */
	TS_SIP_TRANSFER, /* what became of a REFER of ours: code */
	TS_SIP_PROGRESS,
	TS_SIP_ESTABLISHED, /* our 2xx to an INVITE has its ACK: once */
	TS_SIP_KEYFRAME,
	TS_SIP_DIGIT,       /* a key was pressed, says an INFO: digit */
	TS_SIP_MESSAGE, /* for the trace; sdp holds the text */
	TS_SIP_ENDED,
	TS_SIP_TRUNK,   /* what became of a registration: trunk.h */
	TS_SIP_BINDING, /* a phone registered, anew or no more: registrar.h */
};

struct ts_sip_event {
	enum ts_sip_event_type type;
	uint64_t call;
	int code;                       /* of PROGRESS and ENDED; 0: it ended otherwise */
	char digit;                     /* DIGIT: "0123456789*#ABCD" */
	bool sent, by_peer;             /* MESSAGE: by us. ENDED: by the peer */
	int64_t at_ns;
	/* phrase of a response, or "bye", "cancelled", "no-ack", "session-expired", ... */
	char reason[TS_SIP_TEXT_MAX];
	/* INCOMING; local also with ANSWER */
	char user[TS_SIP_TEXT_MAX];     /* of the request's URI, unescaped */
	char pin[TS_SIP_TEXT_MAX];      /* parameter of that URI */
	char from[TS_SIP_TEXT_MAX];     /* the caller's name, else its URI */
	char agent[TS_SIP_TEXT_MAX];    /* User-Agent or Server */
	char address[TS_SIP_ADDR_MAX];  /* the peer calls from */
	char local[TS_SIP_ADDR_MAX];    /* our address towards the peer */
	bool secure;                    /* INCOMING, ANSWER: it came over TLS */
	/* INCOMING: over UDP, without a digest or a cookie, so that address may be anybody's */
	bool forgeable;
	bool first;                     /* ANSWER: to the INVITE that makes the call */
	/* INCOMING: the trunk that it came by, the number that was called there, and what headers
	 * say for attributes, "name=value" lines. TRUNK: its name */
	char trunk[TS_TRUNK_NAME_MAX + 1];
	char called[TS_SIP_TEXT_MAX], attributes[2 * TS_SIP_TEXT_MAX];
	/* INCOMING by a trunk: the caller's number, as a trusted one asserts it, else as From says;
	 * "": not told */
	char caller[TS_SIP_TEXT_MAX];
	/* TRUNK: agent is the server, "udp 192.0.2.1:5060". ping: -1 not known, 0 down, 1 up */
	int trunk_state /* enum ts_trunk_state */, ping;
	uint32_t wait_ms, expires_s; /* until the next try or refresh; granted. BINDING: 0: gone */
	/* BINDING: user, from (Contact's URI), called (its hop), agent; q in thousandths is code */

	/* EARLY, OFFER before the 2xx, the first ANSWER: of which fork, 1, 2 ...; 0: not known */
	int fork;
	/* EARLY: acknowledged, so it is the answer. ANSWER: sdp was that of such an EARLY */
	bool settled;
	bool reliable;                  /* INCOMING: 18x shall be acknowledged */
	uint64_t replaces;              /* INCOMING: the place of that call is wanted; 0: none */
	bool authenticated;             /* INCOMING: by a digest, so no trunk */
	/* TRANSFER: nothing more will be told. ENDED: code and text of the peer's Reason */
	bool over;
	int sip_cause, q850_cause;      /* 0: none */
	char cause_text[128];
	/* REFER; sdp is the value of Replaces for that call, NULL: none */
	char to[TS_SIP_TEXT_MAX];
	/* INCOMING, OFFER, ANSWER; NULL: none */
	const char *sdp;
	size_t sdp_len;
};

typedef void (*ts_sip_handler)(void *arg, const struct ts_sip_event *event);

/* TS_EIO: cannot listen there, or a certificate that cannot be read (logged). TS_ENOMEM. */
int ts_sip_ua_create(struct ts_sip_ua **out, struct ts_loop *control,
	const struct ts_sip_config *config, ts_sip_handler handler, void *arg);
/* BYE, CANCEL or 503 to all calls; done on the control loop when all is said, or after 2 s. */
void ts_sip_ua_close(struct ts_sip_ua *ua, void (*done)(void *arg), void *arg);
void ts_sip_ua_destroy(struct ts_sip_ua **ua); /* joins the thread */

/* ---- commands */

enum ts_sip_command_type {
	TS_SIP_DO_RING,     /* 180 */
	TS_SIP_DO_ACCEPT,   /* sdp: the answer; to an INVITE without one, our offer */
	/* code, text, retry_after_s; 302: to call once more with a proof of their address
	 * (cookie.h), or 503 where the URI cannot carry it */
	TS_SIP_DO_REJECT,
	/* text: the URI, name: ours, sdp: our offer, headers: further lines or NULL */
	TS_SIP_DO_DIAL,
	TS_SIP_DO_KEYFRAME, /* INFO picture_fast_update */
	TS_SIP_DO_HANGUP,   /* BYE or CANCEL; of an INVITE that is not answered yet 480 */
	TS_SIP_DO_TRUNK,    /* trunk: in place of the one of that name */
	TS_SIP_DO_TRUNK_REMOVE, /* name */
	TS_SIP_DO_REFER,    /* text: the URI; TRANSFER tells */
	TS_SIP_DO_REFERRED, /* code, text: of the answer to REFER */
	TS_SIP_DO_NOTIFY,   /* code, text: what became of it; 200 and above is the last */
};

struct ts_sip_command {
	enum ts_sip_command_type type;
	uint64_t call;
	int code, retry_after_s;
	/* DIAL, copied: by the trunk of that name; to that hop alone ("udp 192.0.2.1:5060"); NULL:
	 * as the URI says */
	const char *by_trunk, *hop;
	/* DIAL, copied: to all of these, a line each, "Q udp 192.0.2.1:5060 URI", Q in thousandths:
	 * those of the highest ring first (RFC 3261 16.6); NULL: to one */
	const char *phones;
	struct ts_trunk_config *trunk; /* referenced while the command is on its way */
	const char *text, *name, *headers; /* copied */
	const char *sdp;
	size_t sdp_len;
};

/* A command to a call that has just ended does nothing. TS_EFULL, TS_ENOMEM. */
int ts_sip_ua_command(struct ts_sip_ua *ua, const struct ts_sip_command *command);
/* The key of a call to be dialled. */
uint64_t ts_sip_ua_new_call(struct ts_sip_ua *ua);
/* Our address towards where that URI leads: what the description of a call to be dialled says.
 * TS_EINVAL: no sip: or sips: URI. TS_EAUTH: a numeric address where sip.dial does not let calls
 * go. */
int ts_sip_ua_local(struct ts_sip_ua *ua, const char *uri, char out[TS_SIP_ADDR_MAX]);

/* The same towards a hop, "udp 192.0.2.1:5060". TS_EINVAL: malformed. */
int ts_sip_ua_local_hop(struct ts_sip_ua *ua, const char *hop, char out[TS_SIP_ADDR_MAX]);
/* 1 or 0: does the URI name this server, an address that we listen on or advertise, and a port of
 * ours? Its user, unescaped, into user. */
int ts_sip_ua_is_here(const struct ts_sip_ua *ua, const char *uri, char user[TS_SIP_TEXT_MAX]);

/* What an INVITE to that URI would go out over. */
enum ts_sip_protocol ts_sip_ua_protocol(const struct ts_sip_ua *ua, const char *uri);

/* Does that hop, "tcp 127.0.0.1:1234", lead to a browser by its WebSocket? */
int ts_sip_ua_is_websocket(const char *hop);
/* A request for a WebSocket; answered by 101 or a problem: 1. 0: there are none, and it is not
 * answered. */
struct ts_request;
int ts_sip_ua_websocket(struct ts_sip_ua *ua, struct ts_request *request);

#endif
