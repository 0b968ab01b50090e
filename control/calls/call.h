/* call - SIP calls as people in rooms: who calls is let in, whom we call is brought in, and what
 * became of each.
 *
 *   INCOMING -> which room, admitted? -> answer planned -> room joined -> [ our ports ] -> 200
 *               \-> the lobby, or a PIN is needed: a room of their own, where they are asked
 *                   (control/ivr), and the call belongs to no room until they are in one
 *   dial     -> offer planned -> room joined -> [ our ports ] -> INVITE -> 200 -> answer taken
 *   ends either way: BYE <-> participant left
 *
 * Which view they receive: the one that the wish of a call of ours names, else by the shape of
 * pictures that the description tells (control/offer/sip.h), as control/rooms/windows.h has it.
 * A call that ended is kept for a while, so that its outcome and its trace can be read.
 * Thread  control.
 * Full    a trace: the oldest messages are dropped (control/sip/trace.h).
 *         sip.max_calls; TS_CALLS_ENDED_MAX ended ones, the oldest are forgotten, as all are after
 *         10 minutes.
 */
#ifndef TS_CONTROL_CALLS_CALL_H
#define TS_CONTROL_CALLS_CALL_H

#include "base/random.h"
#include "control/rooms/summary.h"
#include "control/sip/reason.h"
#include "control/sip/ua.h"
#include "mixer/room/room.h"
#include <glib.h>

struct ts_call;
struct ts_calls;
struct ts_contents;
struct ts_guesses;
struct ts_registry;
struct ts_ivr;
struct ts_loop;
struct ts_registrations;
struct ts_trunks;
struct ts_waiting;

enum { TS_CALLS_ENDED_MAX = 500, TS_CALL_REPLACES_MAX = 800 };

/* Of a transfer that we asked the peer for. */
enum ts_call_transfer {
	TS_CALL_TRANSFER_NONE,
	TS_CALL_TRANSFER_ASKED,
	TS_CALL_TRANSFER_TRYING, /* accepted; code: what became of it so far */
	TS_CALL_TRANSFER_DONE,   /* the peer is there, or gone, and its call here over */
	TS_CALL_TRANSFER_FAILED
};

enum ts_call_state {
	TS_CALL_DIALLING,
	TS_CALL_RINGING,
	TS_CALL_ANSWERED,
	TS_CALL_HELD,
	TS_CALL_ENDED
};
const char *ts_call_state_name(enum ts_call_state state);

struct ts_call_info {
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1], participant[TS_ULID_LEN + 1];
	bool dialled;                  /* by us */
	/* signalled over TLS; of a call of ours: known when it is answered */
	bool secure;
	char peer[TS_SIP_TEXT_MAX];    /* whom we called, or who called */
	char name[TS_NAME_MAX + 1], agent[TS_SIP_TEXT_MAX];
	enum ts_call_state state;
	/* NULL: it goes on; "completed", "busy", "declined", "no-answer", "timeout", "cancelled",
	 * "failed", "not-admitted" */
	const char *outcome;
	int code;                      /* SIP; 0: none */
	char reason[TS_SIP_TEXT_MAX];
	/* the peer's Reason at the end; 0 and "": none */
	int sip_cause, q850_cause;
	char cause_text[TS_SIP_REASON_MAX];
	char address[TS_SIP_ADDR_MAX]; /* the peer signals from; "": not known yet */
	struct {
		enum ts_call_transfer state;
		char to[TS_SIP_TEXT_MAX];
		int code;
	} transfer;
	bool referred;                 /* somebody else's REFER asked for it */
	bool has_media;                /* media of when its participant left is known */
	struct ts_summary media;
	int64_t began_unix_ms, answered_unix_ms, ended_unix_ms; /* 0: not yet */
	int redials;
	char trunk[TS_TRUNK_NAME_MAX + 1]; /* by which it goes; "": none */
	char attributes[2 * TS_SIP_TEXT_MAX]; /* "name=value" lines that the trunk told */
};

enum { TS_DIAL_SRTP_DEFAULT = -1 }; /* the trunk's, else sip.srtp */
struct ts_dial {
	char to[TS_SIP_TEXT_MAX], name[TS_NAME_MAX + 1];
	int srtp;    /* enum ts_sip_srtp, or TS_DIAL_SRTP_DEFAULT */
	bool redial; /* again when the connection breaks off */
	bool no_video, no_content;
	bool browser; /* what is called is one */
	char view[TS_VIEW_ID_MAX + 1]; /* whatever they say of pictures; "": by that */
	char replaces[TS_CALL_REPLACES_MAX]; /* of REFER: whose call is taken over; "": none */
};

/* TS_EIO: SIP cannot listen (logged); TS_EINVAL: a key of [sip] that makes no sense (logged). */
int ts_calls_create(struct ts_calls **out, struct ts_loop *loop, const struct ts_config *config,
	struct ts_registry *registry,
	struct ts_guesses *guesses /* of PINs and tokens; must stay */,
	const char *fingerprint /* ts_nets_fingerprint(); must stay */,
	struct ts_ivr *ivr /* NULL: nobody is asked for a PIN; must stay */,
	struct ts_waiting *waiting /* must stay */);
struct ts_texts;
/* Calls may have real-time text from now on; once, before the first. */
void ts_calls_use_texts(struct ts_calls *calls, struct ts_texts *texts);
/* Something of a call that a reader of the API would see changed. */
void ts_calls_watch(struct ts_calls *calls, void (*changed)(void *arg, const struct ts_call *call),
	void *arg);
/* before the rooms close */
void ts_calls_close(struct ts_calls *calls, void (*done)(void *arg), void *arg);
void ts_calls_destroy(struct ts_calls **calls); /* when the rooms are gone */

/* SIP over WebSocket asks to be let in. False: there is none, and nothing is answered. */
struct ts_request;
bool ts_calls_websocket(struct ts_calls *calls, struct ts_request *request);
/* All live as long as the calls. */
struct ts_contents *ts_calls_contents(struct ts_calls *calls); /* NULL: no calls */
struct ts_trunks *ts_calls_trunks(struct ts_calls *calls);
struct ts_registrations *ts_calls_registrations(struct ts_calls *calls);

/* dial->to: a sip: or sips: URI, a number or tel: URI that a trunk takes, or user:NAME.
 * TS_ENOTFOUND: no trunk takes that number, or nobody is registered as NAME.
 * TS_EINVAL: no URI that we can call; TS_EAUTH: sip.dial does not let it go there; TS_ELIMIT: too
 * many calls; TS_EAGAIN: the server is overloaded; else as ts_registry_join. */
int ts_calls_dial(struct ts_calls *calls, const char *room_id, const struct ts_dial *dial,
	const struct ts_call **out);
/* room_id NULL: of all rooms, and of none; after NULL: the first */
const struct ts_call *ts_calls_next(struct ts_calls *calls, const char *room_id,
	const struct ts_call *after);
struct ts_call *ts_calls_find(struct ts_calls *calls, const char *room_id, const char *id);
void ts_call_hang_up(struct ts_call *call);
/* Asks the peer to call `to` and to leave. TS_EAGAIN: the call is not up, or it was asked already;
 * TS_EINVAL: no SIP URI. */
int ts_call_transfer(struct ts_call *call, const char *to);
const struct ts_call_info *ts_call_info(const struct ts_call *call);
/* How its media go, or went; false: nothing is known of that. */
bool ts_call_media(const struct ts_call *call, struct ts_summary *out);
/* Who is called, or calls, without what a URI may hide. */
void ts_call_peer_shown(const struct ts_call_info *info, char out[TS_SIP_TEXT_MAX]);
/* That participant leaves now: their call, which keeps how its media went; NULL: they came
 * otherwise. */
const struct ts_call_info *ts_calls_left(struct ts_calls *calls, const char *participant_id,
	const struct ts_summary *media);
/* Told of each call that was answered, asked who it is (control/ivr), and ended without a room; in
 * no list, for it never belonged to one. One watches; NULL: nobody. */
void ts_calls_watch_not_admitted(struct ts_calls *calls,
	void (*fn)(void *arg, const struct ts_call_info *info), void *arg);
const GQueue *ts_call_trace(const struct ts_call *call); /* of struct ts_sip_traced */
/* User-Agent of who came by a call; "" for others. */
const char *ts_calls_agent(struct ts_calls *calls, const char *participant_id);

#endif
