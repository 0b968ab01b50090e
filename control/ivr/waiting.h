/* waiting - guests who come before the host: where they wait, what they see and hear there, who
 * lets them in.
 *
 *   a guest --> [ is the room open to guests? hosts.h ] --yes--> in
 *                  \--no--> the room's waiting room (hidden, control/rooms/registry.h): a card is
 *                           its picture, music its sound, coded once for all who wait; they do not
 *                           hear each other
 *                             --a host comes, or lets them in--> in
 *                             --their PIN, entered with keys, is the host's--> in, as a host
 *                             --too long, refused, the room is gone--> they leave
 *
 * Hosts never wait, and neither do those whom the API brings in. A WebRTC participant, a call and a
 * WHIP sender that is connected and has a host's role counts as one (ts_role_is_host).
 * Thread  control.
 * Full    ivr.waiting_max in a room, TS_HIDDEN_MAX waiting rooms; each for ivr.waiting_minutes.
 */
#ifndef TS_CONTROL_IVR_WAITING_H
#define TS_CONTROL_IVR_WAITING_H

#include "control/rooms/registry.h"

struct ts_config;
struct ts_guesses;
struct ts_keypad;
struct ts_loop;
struct ts_prompts;
struct ts_waiting;

struct ts_waiting_config {
	struct ts_loop *loop;
	const struct ts_config *config; /* all of these must stay */
	struct ts_registry *registry;
	struct ts_guesses *guesses;
	struct ts_keypad *keypad;
};

void ts_waiting_create(struct ts_waiting **out, const struct ts_waiting_config *config);
void ts_waiting_destroy(struct ts_waiting **waiting); /* when the rooms are gone; also of NULL */
struct ts_prompts *ts_waiting_prompts(struct ts_waiting *waiting);

/* Joins the room as join->role, or waits for it; who comes back does so where they were. Errors
 * as of ts_registry_join; TS_EFULL also: too many wait. */
int ts_waiting_join(struct ts_waiting *waiting, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out);
/* As ts_registry_move_anew: into the room, or to wait for it. */
int ts_waiting_move(struct ts_waiting *waiting, struct ts_participant *participant,
	const char *room_id, const char *role);

/* Is there no place left to wait for that room, which knows its hosts by a PIN? Who comes as a
 * guest then is asked for it where they can be: a host must be able to begin. room NULL: no. */
bool ts_waiting_asks(struct ts_waiting *waiting, const struct ts_room *room);

/* Where people wait for that room; NULL: nobody does. */
struct ts_room *ts_waiting_room(struct ts_waiting *waiting, const struct ts_room *room);
/* Of that id; NULL. */
struct ts_participant *ts_waiting_find(struct ts_waiting *waiting, const struct ts_room *room,
	const char *id);
/* They are let in, at once or as soon as they are connected and there is a place. */
void ts_waiting_let_in(struct ts_waiting *waiting, struct ts_participant *participant);

#endif
