/* core - the inside of calls, shared by call.c (their life), incoming.c (who calls), dial.c (whom
 * we call), media.c (their descriptions), transfer.c and look.c (what others see). */
#ifndef TS_CONTROL_CALLS_CORE_H
#define TS_CONTROL_CALLS_CORE_H

#include "base/loop.h"
#include "control/calls/call.h"
#include "control/calls/content.h"
#include "control/offer/sip.h"
#include "control/rtt/rtt.h"
#include "control/rooms/guess.h"
#include "control/rooms/registry.h"
#include "control/sip/trace.h"
#include "control/trunks/registrations.h"
#include "control/trunks/trunks.h"

#define TS_CALL_FORGET_NS (600 * TS_NS_PER_S) /* after its end */

struct ts_calls {
	const struct ts_config *config;
	struct ts_registry *registry;
	struct ts_guesses *guesses;
	struct ts_ivr *ivr;   /* NULL: nobody is asked */
	struct ts_waiting *waiting;
	struct ts_loop *loop;
	const char *fingerprint; /* of our certificate */
	struct ts_sip_ua *ua; /* NULL: no SIP */
	struct ts_trunks *trunks;
	struct ts_registrations *registrations;
	struct ts_contents *contents;
	struct ts_rtt *rtt; /* NULL: no call has text */
	struct ts_sip_config ua_config;
	GQueue list;          /* of struct ts_call, oldest first */
	GHashTable *by_key;   /* those that go on */
	size_t n_ended;
	bool closing;
	void (*changed)(void *arg, const struct ts_call *call);
	void *changed_arg;
	void (*not_admitted)(void *arg, const struct ts_call_info *info);
	void *not_admitted_arg;
};

enum ts_call_doing {
	TS_CALL_NOTHING,
	TS_CALL_ANSWERING, /* the INVITE */
	TS_CALL_INVITING,
	TS_CALL_REANSWERING
};

enum { TS_CALL_PHONES = 4, TS_CALL_PHONES_MAX = TS_CALL_PHONES * (TS_SIP_TEXT_MAX + 96) };

/* trunk "", hop "": as the URI says. */
struct ts_call_route {
	char uri[TS_SIP_TEXT_MAX], trunk[TS_TRUNK_NAME_MAX + 1], hop[80];
	char phones[TS_CALL_PHONES_MAX]; /* as of ts_sip_command; "": one, by hop */
};

struct ts_call {
	int refs;             /* the list, each callback that is still to come */
	struct ts_calls *calls;
	GList link;
	struct ts_call_info info;
	uint64_t key;         /* of the user agent */
	bool alive;           /* the user agent knows it */
	struct ts_dial dial;
	struct ts_call_route route; /* of a call of ours: where dial.to led this time */
	struct ts_timer timer; /* ringing too long, or to be dialled again */
	struct ts_participant *participant; /* NULL: not yet, or left */
	struct ts_sip_session *session;     /* NULL: ended */
	struct ts_transport_local *local;   /* our ports; NULL: not known yet, or ended */
	struct ts_content *content;         /* BFCP; NULL: none */
	struct ts_rtt_member *text;         /* real-time text; NULL: none */
	bool no_answer;
	/* an ACK proved that the signalling comes from `address` */
	bool proven;
	/* they came over UDP without a password: their address may be anybody's until proven */
	bool forgeable;
	enum ts_call_doing doing;
	char address[TS_SIP_ADDR_MAX];      /* the peer signals from */
	char caller[TS_GUESS_ADDRESS_MAX];  /* who comes by a trunk, as limits count them; "" */
	struct ts_sip_trace trace;
	/* before an answer of a 18x was taken, for that of another fork; NULL: none was */
	struct ts_sip_session *offered;
	int early_fork;                     /* whose */
	bool early_applied;                 /* media goes by it */
	uint64_t referrer;                  /* the call that asked for this one; 0: none waits */
	uint64_t referred_by;               /* as referrer, for good */
	uint64_t replaces;                  /* the call that ends once this is proven; 0: none */
	bool inherits;                      /* that one's place, role and mute */
	const char *role;                   /* as which they were admitted; constant */
};

/* ---- transfer.c */
void ts_call_on_refer(struct ts_call *call, const struct ts_sip_event *event);
void ts_call_on_transfer(struct ts_call *call, const struct ts_sip_event *event);
/* Tells who asked for the call what became of it. */
void ts_call_report(struct ts_call *call, int code, const char *reason);
void ts_call_transfer_ended(struct ts_call *call);
/* Hangs up whom this one had called, where nobody answered yet. */
void ts_call_end_referred(struct ts_call *call);
/* The call whose place is wanted, by who may have it without a PIN or must_enter: then as anybody
 * does, and inherits nothing. NULL: it is gone, or in no room. */
struct ts_call *ts_call_to_replace(struct ts_calls *calls, const struct ts_sip_event *event,
	bool *must_enter);
/* Who took its place is there. */
void ts_call_replaced(struct ts_call *call);

/* ---- call.c */
void ts_call_changed(struct ts_call *call);
void ts_call_command(struct ts_call *call, enum ts_sip_command_type type, int code,
	const char *text);
void ts_call_unref(struct ts_call *call);
/* In the list; room_id "": they are asked for it. */
struct ts_call *ts_call_new(struct ts_calls *calls, const char *room_id, uint64_t key);
void ts_call_forget(struct ts_call *call);
void ts_call_on_ended(struct ts_call *call, const struct ts_sip_event *event);

/* ---- incoming.c */
void ts_call_incoming(struct ts_calls *calls, const struct ts_sip_event *event);
void ts_call_refuse(struct ts_calls *calls, uint64_t key, int code);
bool ts_calls_overloaded(const struct ts_calls *calls);
/* By the rules of the trunk that a call came by, else ("") by sip.numbers. */
bool ts_call_find_room(struct ts_calls *calls, const char *trunk, const char *called,
	char room_id[TS_ROOM_ID_MAX + 1]);

/* ---- dial.c */
void ts_call_dial_again(struct ts_call *call);

/* ---- route.c */
/* Where dial->to leads, and our address towards it. Errors as ts_calls_dial. */
int ts_call_find_route(struct ts_call_route *out, struct ts_calls *calls, const char *to,
	char local[TS_SIP_ADDR_MAX]);

/* ---- media.c */
/* What was agreed of floor control is in force from now on. */
void ts_call_follow_content(struct ts_call *call);

/* ---- text.c: likewise of real-time text */
void ts_call_follow_text(struct ts_call *call, bool proven);
/* Plans the answer or our offer and joins the room, or, where `asked` is given, one where they are
 * asked. 0, or the SIP status that refuses it. */
struct ts_ivr_caller;
int ts_call_join(struct ts_call *call, const char *sdp, size_t len, const char *local_address,
	const struct ts_ivr_caller *asked);
/* Within the call. 0: answered, or it will be; else the status that refuses it. */
int ts_call_offered(struct ts_call *call, const char *sdp, size_t len);
/* The answer to an offer of ours. 0, or TS_E... when the call is no good. */
int ts_call_answered(struct ts_call *call, const char *sdp, size_t len);
/* A 18x of a fork says what its answer will be, or is, when it is settled. */
void ts_call_early(struct ts_call *call, const struct ts_sip_event *event);
/* The 2xx: what a 18x said is used, or of another fork put aside. */
int ts_call_first_answer(struct ts_call *call, const struct ts_sip_event *event);

#endif
