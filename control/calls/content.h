/* content - what is presented in rooms, as far as calls are concerned: who holds the floor, and the
 * BFCP of each call.
 *
 *   call's description --m=application--> link (port), user --enters--> the floor of its room
 *   participant with slides and no BFCP --begins to present--> takes the floor
 *   floor's holder --> whose slides are shown (ts_participant_allow_slides), REST, events
 *
 * A room that has BFCP presents only with the floor; one whose BFCP was never heard but whose
 * slides come for 3 s presents as a browser does, until it is heard.
 *
 * A floor is there while somebody of its room has BFCP or presents. It is taken from a room that
 * presents nothing for 30 s, from one whose connection ended or that does not answer any more, and
 * from whoever leaves.
 * Thread  control.
 * Source  RFC 8855; 8856.
 */
#ifndef TS_CONTROL_CALLS_CONTENT_H
#define TS_CONTROL_CALLS_CONTENT_H

#include "config/config.h"
#include "control/offer/sip.h"
#include "mixer/room/room.h"

struct ts_contents; /* of all calls */
struct ts_content;  /* of one */
struct ts_loop;
struct ts_registry;

struct ts_contents *ts_contents_new(struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config);
void ts_contents_free(struct ts_contents *contents); /* no call is open */
/* Told whenever another participant holds the floor of a room, or nobody does. One watches. */
typedef void (*ts_contents_changed)(void *arg, struct ts_room *room);
void ts_contents_watch(struct ts_contents *contents, ts_contents_changed changed, void *arg);

/* Who presents in the room, and since when; NULL: nobody. */
struct ts_participant *ts_contents_presenter(struct ts_contents *contents, struct ts_room *room,
	int64_t *since_ns);

/* How the floor control of somebody's call goes. */
struct ts_content_info {
	bool reliable;      /* TCP */
	bool secure;        /* with TLS */
	uint8_t version;    /* they speak; 0: nothing was heard */
	int floor;          /* 0: nothing, TS_BFCP_GRANTED, TS_BFCP_ACCEPTED (waits) */
	char from[64];      /* where it comes from; "" */
};
/* False: they have none. */
bool ts_contents_info(struct ts_contents *contents, struct ts_participant *participant,
	struct ts_content_info *out);

/* ---- for calls */

/* Of our certificate of BFCP over TLS; "": there is none. */
const char *ts_contents_fingerprint(const struct ts_contents *contents);

/* Makes of *content what the description of now says: none, or BFCP with a port of ours, which is
 * noted in session->bfcp. Where there can be no port the line is refused. */
void ts_content_update(struct ts_content **content, struct ts_contents *contents,
	struct ts_sip_session *session, const char *name);
/* The signalling was proved to come from there: messages from that host count, and from the one
 * that the description names. */
void ts_content_set_hosts(struct ts_content *content, const char *told, const char *signals);
/* They are in that room now; NULL: in none. */
void ts_content_enter(struct ts_content *content, struct ts_participant *participant);
void ts_content_close(struct ts_content **content);

#endif
