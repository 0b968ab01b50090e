/* core - the inside of the SIP user agent, shared by ua.c (thread), rings.c (to and from control),
 * listen.c (sockets, resolver), in.c (requests from outside), incoming.c (a call that begins),
 * call.c (dialogs), orders.c (what control wants), dial.c, branches.c and refresh.c (INVITEs of
 * ours,
 * session timers), send.c (what every message of ours says), auth.c (callers' passwords), socket.c
 * (what
 * libre cannot read). Private to those.
 *
 *   NEW --accepted--> UP --bye--> gone      a call is freed by drop_call alone, which tells ENDED
 *   DIALLING --2xx--> UP
 *
 * Thread  the sip thread's, but for rings, `wake`, config.
 */
#ifndef TS_CONTROL_SIP_CORE_H
#define TS_CONTROL_SIP_CORE_H

#include "base/ring.h"
#include "base/task.h"
#include "control/rooms/throttle.h"
#include "control/sip/body.h"
#include "control/sip/conn.h"
#include "control/sip/dialog.h"
#include "control/sip/digest.h"
#include "control/sip/forks.h"
#include "control/sip/head.h"
#include "control/sip/inner.h"
#include "control/sip/re.h"
#include "control/sip/trunk.h"
#include "control/sip/reason.h"
#include "control/sip/ua.h"
#include "transport/secure/tls_verify.h"
#include <glib.h>
#include <pthread.h>

enum {
	TS_SIP_EVENTS = 4096,
	TS_SIP_COMMANDS = 16384,
	TS_SIP_RETRY_AFTER_S = 5,
	TS_SIP_BODY_MAX = 65535,
	TS_SIP_RINGS_A_TURN = 64, /* of events and of commands; then others have their turn */
};

/* An address as the key of what it may do: what a datagram says of its source must not use up what
 * that host may do over a connection or once it proved itself. */
enum { TS_SIP_KEY_MAX = TS_SIP_ADDR_MAX + 4 };
enum ts_sip_proof { TS_SIP_UNPROVEN, TS_SIP_PROVEN };

enum ts_sip_call_state { TS_SIP_C_NEW, TS_SIP_C_DIALLING, TS_SIP_C_UP };

/* Our 18x that is to be acknowledged: prack.c. */
struct ts_sip_reliable {
	bool required;     /* the peer takes no other */
	struct mbuf *sent; /* NULL: none waits */
	struct tmr timer;
	uint32_t rseq, ms;
	bool held;         /* our 200 waits for the PRACK, with answer */
	char *answer;      /* [owned] */
};

/* Transfers within a call: refer.c. */
struct ts_sip_refer {
	/* a REFER of theirs that waits for our answer */
	struct sip_strans *server;
	struct sip_msg *request;
	uint32_t cseq;   /* of it, or of the last */
	int seen;        /* how many there were */
	bool silent;     /* they want no NOTIFY */
	bool notifying;
	/* ours */
	struct sip_request *ours;
	uint32_t our_cseq;
	bool followed;   /* NOTIFYs are to come */
	char *to;        /* [owned] */
	struct tmr timer;
};

struct ts_sip_call {
	struct ts_sip_ua *ua;
	uint64_t key;
	enum ts_sip_call_state state;
	struct le he; /* in ua->by_id */
	struct ts_sip_dialog *dialog;
	/* [owned] whom we dialled, or the proxy: whose certificate is good; NULL: they called */
	char *host;
	/* who called; whose 2xx it was, of whom we call; "": none yet */
	char address[TS_SIP_ADDR_MAX];
	/* both: as what it is counted in ua->per_address or ua->dialled */
	enum ts_sip_proof proof;

	/* a request of the peer that waits for our answer: INVITE or UPDATE */
	struct sip_strans *server;
	struct sip_msg *request;
	struct tmr trying_timer;
	bool confirmed; /* the first INVITE has its ACK */

	/* our 2xx to an INVITE, until its ACK */
	struct mbuf *reply;
	struct sip_msg *replied;
	struct tmr reply_timer;
	uint32_t reply_ms, reply_cseq;
	/* UDP without a digest: until the ACK the source may be anybody's */
	bool forgeable;
	size_t heard_bytes, said_bytes; /* of the INVITE; of our answers to it */
	bool offered;                   /* it held our offer: the ACK brings the answer */

	struct ts_sip_reliable reliable;
	struct ts_sip_refer refer;
	struct ts_sip_reason reason; /* theirs, of the end */

	/* a request of ours */
	struct sip_request *invite;
	char *headers; /* [owned] further ones of the first INVITE; NULL: none */
	char *offer; /* [owned] its description, or the last one we said */
	bool cancelled, redirected, no_credentials;
	char *why;                 /* [owned] it is cancelled; NULL: hung up */
	int progress;              /* the last 18x that was told */
	bool to_proxy;             /* the INVITE goes to sip.proxy, and to nobody else */
	struct ts_sip_way *way;    /* [owned] or along these hops; NULL: as the URI says */
	struct ts_sip_branches *branches; /* [owned] or to all phones of a user; NULL */
	struct tmr way_timer;      /* the hop is silent */
	struct ts_sip_hop sent_to; /* the last one */
	uint32_t min_se_s, ack_cseq;
	struct ts_sip_forks forks; /* ended */
	int64_t answered_ns;       /* by the first 2xx to an INVITE of ours; 0: not */
	GQueue early;     /* of struct ts_sip_early: early.c */
	int n_forks;      /* that early has had */
	struct sip_request *info;

	/* the proxy's challenge, answered in all that goes to where it came from */
	bool challenged, challenge_by_proxy; /* by_proxy: Proxy-Authorization */
	struct ts_digest_challenge challenge;
	struct ts_sip_hop challenger;
	uint32_t nc;
	int challenges; /* answered in a row */

	/* next_timer: as `request` asks for, in effect once our 2xx has gone */
	struct ts_sip_timer timer, next_timer;
	struct tmr refresh_timer, expire_timer, retry_timer;
	bool peer_updates; /* Allow has UPDATE */
	uint64_t conn;     /* the connection over which the last request came; 0: none */
	int64_t full_ns;   /* when the peer may send requests as if it had sent none: in.c */
	/* messages that come although their address sent too many: front.c */
	struct ts_bucket beyond, ends_beyond;
};

/* What 18x of a fork said, for a 2xx that says nothing (RFC 3261 13.2.1). */
struct ts_sip_early {
	char *tag, *sdp;
	size_t len;
	int fork;                     /* 1, 2 ... */
	uint32_t rseq;                /* of the last reliable one; 0: none */
	struct ts_sip_dialog *dialog; /* [owned] of a fork that sent one; NULL */
	bool settled;                 /* one held sdp: that is the answer (RFC 6337 2.2) */
};

struct ts_sip_auth;
struct ts_sip_registrar;

/* Transactions that have their final answer: refuse.c. */
struct ts_sip_kept {
	GQueue queue;
	size_t bytes;     /* about */
	GHashTable *held; /* hash of a Call-ID -> its bytes of these; NULL: none */
	struct tmr timer;
};

struct ts_sip_ua {
	/* constant */
	const struct ts_sip_config *config;
	struct ts_loop *control;
	ts_sip_handler handler;
	void *arg;
	pthread_t thread;
	bool started;

	/* between the threads */
	struct ts_ring events, orders;
	struct ts_task events_task;
	struct mqueue *wake;
	atomic_bool woken, closing;
	atomic_uint_fast64_t next_key;
	atomic_bool closed; /* all calls have ended */
	void (*done)(void *arg);
	void *done_arg;

	/* the sip thread's */
	struct sip *sip;
	struct dnsc *dns;
	struct tls *tls;
	struct ts_tls_clients *tls_clients; /* NULL: no TLS */
	struct ts_sip_target_policy target_policy;
	/* [owned] the first that the proxy named, where the configuration names none */
	char *proxy_realm;
	struct sip_lsnr *requests, *responses;
	struct hash *by_id;      /* Call-ID -> call */
	GHashTable *by_key;      /* key -> call */
	GHashTable *per_address; /* key of an address -> number of calls */
	/* the same, of calls of ours that were answered: sip.allow is not for them */
	GHashTable *dialled;
	struct ts_throttle *throttle; /* of new calls, by key */
	struct ts_sip_auth *auth;
	struct ts_sip_trunks *trunks;
	struct ts_sip_registrar *registrar; /* NULL: off */
	GQueue late;     /* calls of ours that have ended: late.c */
	GQueue overflow; /* events that found the ring full */
	struct tmr overflow_timer, close_timer;
	struct udp_helper *sockets[TS_SIP_LISTEN_MAX];
	size_t n_sockets;
	/* by key: from an address; to one, when what it sent is malformed or not allowed */
	struct ts_throttle *messages, *answers;
	struct ts_sip_conns *conns;
	struct ts_sip_door *door; /* NULL: no WebSockets */
	/* that was read from last; 0: UDP. ts_sip_conns_of knows whether the message came over
	 * it */
	uint64_t conn;
	struct ts_sip_kept refused, answered;
	struct ts_throttle *inner; /* requests within calls, by key */
	char *last; /* [owned] the message being received, for the trace of the call it makes */
	size_t last_len;
};

/* ---- ua.c */
void ts_sip_trace_last(struct ts_sip_call *call);
void ts_sip_maybe_closed(struct ts_sip_ua *ua);

/* ---- rings.c */
/* Goes to the control loop; sdp is copied. */
void ts_sip_emit(struct ts_sip_ua *ua, struct ts_sip_event *event);
/* So much work waits on the control loop that no new call should come. */
bool ts_sip_is_behind(struct ts_sip_ua *ua);
void ts_sip_handle_events(struct ts_task *task); /* on the control loop */
void ts_sip_free_order(struct ts_sip_command *order);
void ts_sip_free_rings(struct ts_sip_ua *ua);

/* ---- listen.c */
int ts_sip_add_listener(struct ts_sip_ua *ua, const struct ts_sip_listen *listen);
/* Without name servers only numeric addresses can be called. */
void ts_sip_open_dns(struct ts_sip_ua *ua);

/* Libre's TCP listener that the WebSockets come in by: door.h. */
int ts_sip_open_door(struct ts_sip_ua *ua);

/* ---- local.c */
/* The source address that the system would choose towards `to`. */
bool ts_sip_route_to(const struct sa *to, char out[TS_SIP_ADDR_MAX]);

/* Whose message it is, for all that is counted or allowed by address: conn.h. */
static inline const struct sa *ts_sip_source(const struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	return ts_sip_conns_source(ua->conns, msg);
}

/* ---- in.c */
bool ts_sip_on_request(const struct sip_msg *msg, void *ua);
bool ts_sip_on_response(const struct sip_msg *msg, void *ua); /* that belongs to no transaction */

struct ts_throttle *ts_sip_in_requests(const struct ts_sip_config *config);

/* Of IPv6 the first 64 bits, which one customer has. */
void ts_sip_print_address(const struct sa *src, char out[TS_SIP_ADDR_MAX]);
void ts_sip_print_key(const char *address, enum ts_sip_proof proof, char out[TS_SIP_KEY_MAX]);
/* Calls of theirs. */
unsigned ts_sip_calls_of(const struct ts_sip_ua *ua, const char *address, enum ts_sip_proof proof);
bool ts_sip_may_call(const struct ts_sip_config *config, const struct sa *src); /* sip.allow */
/* Is msg a call of a trunk, which needs neither a password of ours nor sip.allow? False: it is as
 * any other, whatever its source. */
bool ts_sip_is_by_trunk(
	const struct ts_sip_ua *ua, const struct sip_msg *msg, struct ts_sip_from_trunk *from);

/* ---- front.c */
struct ts_throttle *ts_sip_front_messages(void);
struct ts_throttle *ts_sip_front_answers(void);
/* May libre read the message? It may be changed to what libre can read. If not, *out is [give] the
 * answer or NULL; *flood: the address sends too many. stream: it came over a connection. */
bool ts_sip_front_accepts(struct ts_sip_ua *ua, const struct sa *src, bool stream, struct mbuf *mb,
	struct mbuf **out, bool *flood);

/* ---- socket.c */
int ts_sip_watch_socket(struct ts_sip_ua *ua, struct udp_sock *sock); /* TS_EFULL, TS_ENOMEM */
void ts_sip_unwatch_sockets(struct ts_sip_ua *ua);

/* ---- from_trunk.c */
void ts_sip_from_trunk(struct ts_sip_event *event, const struct ts_sip_from_trunk *from,
	const struct sip_msg *msg);

/* ---- debug.c */
void ts_sip_capture_debug(void); /* once, before libre does anything */

/* ---- refuse.c */
/* transaction has just sent a final answer of 300 or more to msg, an INVITE: it is said once more
 * at most. */
void ts_sip_refused(
	struct ts_sip_ua *ua, struct sip_strans *transaction, const struct sip_msg *msg);
/* transaction has just sent a final answer to msg within a call, and libre keeps it, with nothing
 * but time to end that. */
void ts_sip_answered(
	struct ts_sip_ua *ua, struct sip_strans *transaction, const struct sip_msg *msg);
void ts_sip_kept_forget(struct ts_sip_ua *ua); /* before libre's own */

/* ---- incoming.c */
/* replaces: the key of a call, 0: of none */
void ts_sip_call_incoming(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address,
	uint64_t replaces);
/* A request waits for control's answer. 0 or TS_ENOMEM. */
int ts_sip_hold_request(struct ts_sip_call *call, const struct sip_msg *msg);
/* The timer that a request asks for. False: refused with 422. */
bool ts_sip_accept_timer(struct ts_sip_call *call, const struct sip_msg *msg);
void ts_sip_note_allow(struct ts_sip_call *call, const struct sip_msg *msg);

/* ---- orders.c */
void ts_sip_call_order(struct ts_sip_ua *ua, const struct ts_sip_command *command);
void ts_sip_accept(struct ts_sip_call *call, const char *sdp);

/* ---- call.c */
/* within the dialog */
void ts_sip_call_request(struct ts_sip_call *call, const struct sip_msg *msg);
void ts_sip_call_ack(struct ts_sip_call *call, const struct sip_msg *msg);
/* Our 2xx to an INVITE has gone: it is said again until its ACK. */
void ts_sip_await_ack(struct ts_sip_call *call);
/* In ua->per_address, or ua->dialled. */
void ts_sip_count_address(struct ts_sip_call *call, int by);
void ts_sip_call_drop(struct ts_sip_call *call, int code, const char *reason, bool by_peer);
void ts_sip_call_bye(struct ts_sip_call *call, const char *reason); /* and drop */
/* Whose 2xx it was: a call of ours is theirs, too. */
void ts_sip_call_note_peer(struct ts_sip_call *call, const struct sa *src);
/* [take] dialog; in both tables. */
struct ts_sip_call *ts_sip_call_new(
	struct ts_sip_ua *ua, uint64_t key, struct ts_sip_dialog *dialog);
struct ts_sip_call *ts_sip_call_find(struct ts_sip_ua *ua, const struct sip_msg *msg);
/* By its Call-ID alone; NULL. */
struct ts_sip_call *ts_sip_call_with_id(const struct ts_sip_ua *ua, const struct ts_sip_span *id);
/* Has the INVITE come another way already (RFC 3261 8.2.2.2)? */
bool ts_sip_is_merged(struct ts_sip_ua *ua, const struct sip_msg *msg);

/* May len more bytes go to who may have forged the INVITE? */
bool ts_sip_may_repeat(const struct ts_sip_call *call, size_t len);
bool ts_sip_has_sdp(const struct sip_msg *msg);
/* TS_SIP_OFFER, ANSWER ... with the description of msg. */
void ts_sip_emit_sdp(struct ts_sip_call *call, enum ts_sip_event_type type, int fork,
	const struct sip_msg *msg);
/* The Reason of theirs, told when the call ends. */
void ts_sip_note_reason(struct ts_sip_call *call, const struct sip_msg *msg);

/* ---- prack.c: our 18x that are acknowledged (RFC 3262) */
bool ts_sip_requires_reliable(const struct sip_msg *invite);
void ts_sip_ring(struct ts_sip_call *call);
void ts_sip_on_prack(struct ts_sip_call *call, const struct sip_msg *msg);
void ts_sip_reliable_fini(struct ts_sip_reliable *reliable);

/* ---- early.c: what comes before the 2xx to an INVITE of ours */
/* A 18x. False: nothing new, or out of order. */
bool ts_sip_early_take(struct ts_sip_call *call, const struct sip_msg *msg);
/* Of the fork that msg comes from, a response or a request; NULL. */
struct ts_sip_early *ts_sip_early_of(const struct ts_sip_call *call, const struct sip_msg *msg);
/* Has who signals from there sent a reliable 18x? */
bool ts_sip_early_is_from(const struct ts_sip_call *call, const char *address);
/* A request in an early dialog. */
void ts_sip_early_request(
	struct ts_sip_call *call, struct ts_sip_early *early, const struct sip_msg *msg);
void ts_sip_early_free(void *early);

/* ---- refer.c: transfers (RFC 3515) */
void ts_sip_on_refer(struct ts_sip_call *call, const struct sip_msg *msg);
void ts_sip_on_notify(struct ts_sip_call *call, const struct sip_msg *msg);
void ts_sip_refer(struct ts_sip_call *call, const char *to);
void ts_sip_referred(struct ts_sip_call *call, int code, const char *reason);
void ts_sip_notify(struct ts_sip_call *call, int code, const char *reason);
void ts_sip_refer_fini(struct ts_sip_refer *refer);

/* ---- takeover.c: INVITEs with Replaces (RFC 3891) */
/* The key of the call that is to be replaced, 0: none. False: refused. */
bool ts_sip_takeover(struct ts_sip_ua *ua, const struct sip_msg *msg, uint64_t *key);

/* ---- dial.c: INVITEs of ours */
void ts_sip_dial(struct ts_sip_ua *ua, const struct ts_sip_command *command);
int ts_sip_send_invite(struct ts_sip_call *call);
/* [give] An INVITE of ours from Allow on, with its description. */
char *ts_sip_invite_rest(const struct ts_sip_call *call);
void ts_sip_dial_provisional(struct ts_sip_call *call, const struct sip_msg *msg);
/* A 2xx; the call may be gone then. */
void ts_sip_dial_answered(struct ts_sip_call *call, const struct sip_msg *msg);
void ts_sip_ack(struct ts_sip_call *call, uint32_t cseq);

/* ---- branches.c: a call to all phones of a user */
enum { TS_SIP_BRANCHES_MAX = 4 };
/* phones: as ts_sip_command has them; none that can be read: the first send fails. */
struct ts_sip_branches *ts_sip_branches_new(struct ts_sip_call *call, const char *phones);
void ts_sip_branches_free(struct ts_sip_branches *branches);
/* To those of the next q. TS_EIO: nobody could be sent to, and there is nobody else. */
int ts_sip_branches_send(struct ts_sip_branches *branches);
/* Nobody else is called; the call ends with the last response, or goes on where it is up. */
void ts_sip_branches_cancel(struct ts_sip_branches *branches);
/* Those that are pending are those of another call from now on, which is up. */
void ts_sip_branches_outlive(struct ts_sip_branches *branches, struct ts_sip_call *call);
const char *ts_sip_branches_why(const struct ts_sip_branches *branches); /* reason.h */

/* ---- cancel.c */
/* The Reason of a CANCEL of ours, which libre is about to send. */
void ts_sip_explain_cancel(struct ts_sip_ua *ua, struct mbuf *mb);

/* ---- refresh.c: session timers */
void ts_sip_read_timer(struct ts_sip_timer_fields *out, const struct sip_msg *msg);
void ts_sip_timer_start(struct ts_sip_call *call, bool we_are_uac);

/* ---- out.c: requests of ours */
#define TS_SIP_NO_BODY "Content-Length: 0\r\n\r\n"
/* rest: further headers, the empty line, the body. req NULL: nobody waits for an answer, and the
 * call may go. TS_EINVAL, TS_EIO. */
int ts_sip_request(struct ts_sip_call *call, struct sip_request **req, const char *method,
	sip_resp_h *on_response, const char *rest);
/* The same elsewhere than the dialog says. */
struct ts_sip_aim {
	struct ts_sip_hop hop;
	const char *uri;
	uint32_t cseq;
	sip_send_h *sender;
	sip_resp_h *handler;
	void *arg; /* of both */
};
int ts_sip_request_at(struct ts_sip_call *call, struct sip_request **req, const char *method,
	const struct ts_sip_aim *aim, const char *rest);
/* A 401 or 407. True: it is our proxy's, and the next request that goes there will answer it. */
bool ts_sip_challenged(struct ts_sip_call *call, const struct sip_msg *msg);
/* A 2xx that is not the call's, to what went to that hop. */
void ts_sip_end_fork(struct ts_sip_call *call, const struct ts_sip_hop *hop,
	const struct sip_msg *msg);

/* ---- late.c: 2xx that come after the end of the call that they answer */
/* Takes of a call that ends what such a one needs, where one may come. */
void ts_sip_late_keep(struct ts_sip_call *call);
/* A 2xx to an INVITE; false: of none that is known. */
bool ts_sip_late_take(struct ts_sip_ua *ua, const struct sip_msg *msg);
void ts_sip_late_free(struct ts_sip_ua *ua);

/* ---- send.c */
#define TS_SIP_SDP "application/sdp"
#define TS_SIP_ALLOW \
	"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK, REFER, NOTIFY\r\n"
#define TS_SIP_SUPPORTED "Supported: timer, 100rel, replaces, norefersub\r\n"
/* UPDATE and REFER must answer with where we are reached. */
void ts_sip_reply_target(struct ts_sip_ua *ua, const struct sip_msg *msg, int code,
	const char *reason, const char *headers);
/* "Contact: ...\r\n" of an answer to msg. */
void ts_sip_print_answer_contact(
	const struct ts_sip_ua *ua, const struct sip_msg *msg, char *out, size_t cap);
/* Via and, where it tells where we are reached, Contact of a request whose first lines are in mb.
 * errno's codes. */
int ts_sip_print_ours(const struct ts_sip_ua *ua, enum sip_transp tp, const struct sa *src,
	const struct sa *dst, struct mbuf *mb);
/* "Contact: <sip:USER@HOST:PORT>\r\n" */
void ts_sip_print_contact(const struct ts_sip_ua *ua, enum sip_transp tp, const struct sa *local,
	const struct sa *peer, const char *user, char *out, size_t cap);
int ts_sip_reply_call(struct ts_sip_call *call, int code, const char *reason, const char *sdp,
	const char *headers);
/* Within a call, by a transaction; outside, as below. */
void ts_sip_reply_plain(struct ts_sip_ua *ua, const struct sip_msg *msg, int code,
	const char *reason, const char *headers);
/* Nothing is kept of it and it is said once for each request (RFC 3261 8.2.7); one said again gets
 * the same tag. */
void ts_sip_reply_stateless(struct ts_sip_ua *ua, const struct sip_msg *msg, int code,
	const char *reason, const char *headers);
/* Text of a pointer-length of libre, control bytes left out. */
void ts_sip_text(char *out, size_t cap, const struct pl *pl);

/* ---- content.c */
/* The part of the message's body that is `wanted`. ts_sip_body_fini. */
void ts_sip_content(struct ts_sip_body *out, const struct sip_msg *msg, const char *wanted);
/* True: it has a body that we cannot take and must; the request was answered with 415 or 400. */
bool ts_sip_refuse_content(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *wanted);
/* The same for several types, of which the first that the body has is taken: out (ts_sip_body_fini)
 * and *which. True, and out->verdict NONE: it has no body that must be understood. False: the
 * request was answered with 415 or 400. */
bool ts_sip_choose_content(struct ts_sip_ua *ua, const struct sip_msg *msg,
	const char *const *wanted, size_t n, size_t *which, struct ts_sip_body *out);

/* ---- auth.c */
struct ts_sip_auth *ts_sip_auth_new(const struct ts_sip_config *config);
void ts_sip_auth_free(struct ts_sip_auth *auth);
/* True: go on. False: answered with 401, or 403 after too many wrong passwords from that
 * address. */
bool ts_sip_auth_check(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address);
/* The same, with whose password it was. */
bool ts_sip_auth_user(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address,
	char user[TS_DIGEST_TEXT_MAX]);
/* Has it a nonce that was sent to its source, for as long as a registration may last? Whoever only
 * says that they are there has none. */
bool ts_sip_auth_heard_us(struct ts_sip_ua *ua, const struct sip_msg *msg);

#endif
