/* keypad - the keys that participants press: whom they are for, and what they do in a call.
 *
 *   room: a digit --> [ claimed? ] --yes--> who claimed the participant: a menu that asks for a PIN
 *                          |
 *                          no --> [ sequence, by the table of room and server ] --> an action
 *                                     --> their tile and a tone say it, `pressed` tells it
 *
 * Whichever way a key comes (RFC 4733, SIP INFO, tones) it is one digit here, once
 * (mixer/room/digits.h). What is for hosts asks for their role, and for keys that are no tones,
 * which may be somebody else's sound. Digits that belong to no sequence are told to nobody: they
 * may be of a PIN.
 * Thread  control.
 * Life    what is kept of a participant goes when they leave.
 */
#ifndef TS_CONTROL_KEYPAD_KEYPAD_H
#define TS_CONTROL_KEYPAD_KEYPAD_H

#include "base/random.h"
#include "config/keypad.h"
#include "control/rooms/registry.h"

struct ts_announcements;
struct ts_config;
struct ts_keypad;
struct ts_layout_store;
struct ts_loop;
struct ts_recordings;

struct ts_keypad_config {
	struct ts_loop *loop;
	const struct ts_config *config; /* which must stay, as must the others */
	struct ts_registry *registry;
	struct ts_layout_store *layouts;
	struct ts_recordings *recordings;
	struct ts_announcements *announcements;
};

/* A sequence that has ended. */
struct ts_keypad_pressed {
	char room[TS_ROOM_ID_MAX + 1], participant[TS_ULID_LEN + 1];
	const char *keys;
	const char *action; /* as a table has it; "": there is no such sequence */
	const char *outcome;
};
typedef void (*ts_keypad_watcher)(void *arg, const struct ts_keypad_pressed *pressed);

void ts_keypad_create(struct ts_keypad **out, const struct ts_keypad_config *config);
void ts_keypad_watch(struct ts_keypad *keypad, ts_keypad_watcher fn, void *arg);
void ts_keypad_destroy(struct ts_keypad **keypad); /* also of NULL; before the announcements */

/* digit: "0123456789*#ABCD". The participant may be made to leave, and the claim be released. */
typedef void (*ts_keypad_claimed)(void *arg, struct ts_participant *participant, char digit);

/* What they press from now on goes to fn alone. Ends by release, and without a word when they
 * leave. TS_EEXIST: somebody else has them. */
int ts_keypad_claim(struct ts_keypad *keypad, struct ts_participant *participant,
	ts_keypad_claimed fn, void *arg);
void ts_keypad_release(struct ts_keypad *keypad, struct ts_participant *participant);

#endif
