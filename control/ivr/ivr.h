/* ivr - callers who must be asked something: they are answered, see and hear what, enter digits,
 * and are moved into the room.
 *
 *   INVITE to a room with a PIN, or to the lobby
 *        --> a hidden room (control/rooms/registry.h): a card is its picture, prompts its sound
 *        --keys--> menu --> number: which room? PIN: admitted, and as what? --> waiting.h
 *                   \--> three wrong, 60 s over, too many wrong ones lately: a word, then BYE
 *
 * A PIN is judged as over HTTP (control/rooms/admit.h); a number that means no room is a wrong
 * guess of a kind of its own.
 * Thread  control.
 * Full    TS_HIDDEN_MAX callers; each is half-open (control/rooms/half_open.h) until the ACK, then
 *         so many of one address.
 */
#ifndef TS_CONTROL_IVR_IVR_H
#define TS_CONTROL_IVR_IVR_H

#include "control/rooms/registry.h"

struct ts_config;
struct ts_guesses;
struct ts_ivr;
struct ts_keypad;
struct ts_waiting;

struct ts_ivr_config {
	struct ts_loop *loop;
	const struct ts_config *config; /* all of these must stay */
	struct ts_registry *registry;
	struct ts_guesses *guesses;
	struct ts_keypad *keypad;
	struct ts_waiting *waiting; /* has the prompts, and takes who is admitted */
};

void ts_ivr_create(struct ts_ivr **out, const struct ts_ivr_config *config);
void ts_ivr_destroy(struct ts_ivr **ivr); /* when the rooms are gone; also of NULL */

/* Is that the lobby? *language: its own, else as it was. */
bool ts_ivr_is_lobby(const struct ts_ivr *ivr, const char *user, int *language);

struct ts_ivr_caller {
	const char *room;    /* whose PIN they must know; "": they are asked for the number */
	const char *address; /* as in guess.h */
	bool forgeable;
	int language;        /* enum ts_language, until a room has another; -1: as config has it */
};
/* Joins a room of their own, where they are asked from ts_ivr_answered on. Errors as of
 * ts_registry_join_hidden. */
int ts_ivr_join(struct ts_ivr *ivr, const struct ts_ivr_caller *caller, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out);
/* They hear us. Nothing happens to one who is not asked here. */
void ts_ivr_answered(struct ts_ivr *ivr, struct ts_participant *participant);
bool ts_ivr_has(const struct ts_ivr *ivr, struct ts_participant *participant);

#endif
