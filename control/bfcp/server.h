/* server - the floor control server: users who speak BFCP, the floor of each room, and what is
 * answered and notified. Bytes in, bytes out; sockets are port.h's.
 *
 *   user's bytes --> message --> floor (floor.h) --> answer to the user
 *                                  \--> FloorRequestStatus to whose request changed
 *                                  \--> FloorStatus to all who were heard
 *
 * A user is one BFCP association of a call, with a conference id of its own, so that a call can go
 * to another room. Who presents without BFCP is a user too, who is never heard. There is no chair.
 * Thread  control; reads no clock.
 * Life    users leave their room before it is freed.
 * Source  RFC 8855 10 to 13 (4582 likewise), 8.
 */
#ifndef TS_CONTROL_BFCP_SERVER_H
#define TS_CONTROL_BFCP_SERVER_H

#include "control/bfcp/floor.h"
#include "control/bfcp/transaction.h"
#include <glib.h>

struct ts_bfcp_user;
struct ts_bfcp_room;

struct ts_bfcp_ops {
	/* Bytes for a user who was heard. Must not come back into the server. */
	void (*send)(void *arg, struct ts_bfcp_user *user, const void *bytes, size_t n);
	/* Another holds the floor, or nobody: everybody is told by now. May come back. */
	void (*held)(void *arg, struct ts_bfcp_room *room);
};

struct ts_bfcp_room *ts_bfcp_room_new(enum ts_floor_rule rule, const struct ts_bfcp_ops *ops,
	void *arg);
void ts_bfcp_room_free(struct ts_bfcp_room *room);
/* Who presents; NULL: nobody. */
struct ts_bfcp_user *ts_bfcp_room_holder(const struct ts_bfcp_room *room);
/* Repeats what was not acknowledged. Returns when to call it again; INT64_MAX: not before something
 * is sent. */
int64_t ts_bfcp_room_run(struct ts_bfcp_room *room, int64_t now_ns);
int64_t ts_bfcp_room_due_ns(const struct ts_bfcp_room *room);

struct ts_bfcp_user_config {
	uint32_t conference;
	uint16_t id;        /* of no other user: it is told to all */
	uint16_t floor_id;  /* as it knows the floor; 0: it never speaks */
	bool reliable;      /* TCP */
	uint8_t version;    /* it speaks before it was heard: 1 or 2 */
	const char *name;   /* told to others; cut */
	void *arg;
};
/* In no room yet. */
struct ts_bfcp_user *ts_bfcp_user_new(const struct ts_bfcp_user_config *config);
void ts_bfcp_user_free(struct ts_bfcp_user *user, int64_t now_ns); /* leaves its room */
/* NULL: none. What it had in the one before is over. */
void ts_bfcp_user_enter(struct ts_bfcp_user *user, struct ts_bfcp_room *room, int64_t now_ns);
void *ts_bfcp_user_arg(const struct ts_bfcp_user *user);
uint32_t ts_bfcp_user_conference(const struct ts_bfcp_user *user);
uint16_t ts_bfcp_user_id(const struct ts_bfcp_user *user);
/* A valid message of theirs came, and no Goodbye since; 0: not heard, else the version. */
uint8_t ts_bfcp_user_heard(const struct ts_bfcp_user *user);
/* 0: nothing, else TS_BFCP_GRANTED or TS_BFCP_ACCEPTED (waits). */
int ts_bfcp_user_floor(const struct ts_bfcp_user *user);
int64_t ts_bfcp_user_since_ns(const struct ts_bfcp_user *user); /* granted; 0: it is not */

/* A whole message whose ids are those of the user. True: it makes sense: a request that can be
 * read, or an acknowledgement of what was sent. In no room everything is dropped. */
bool ts_bfcp_user_receive(struct ts_bfcp_user *user, const void *bytes, size_t n, int64_t now_ns);
/* The connection is gone: it holds nothing and is told nothing until it is heard again. */
void ts_bfcp_user_lost(struct ts_bfcp_user *user, int64_t now_ns);
/* They hold the floor but present nothing: it is taken from them. */
void ts_bfcp_user_revoke(struct ts_bfcp_user *user, int64_t now_ns);
/* They present without having asked. False: somebody else holds the floor. */
bool ts_bfcp_user_seize(struct ts_bfcp_user *user, int64_t now_ns);

#endif
