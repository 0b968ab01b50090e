/* keypad - the keys that participants press, and whom they are for.
 *
 *   room: a digit --> [ claimed? ] --yes--> who claimed the participant (a menu that asks for a PIN)
 *
 * Whichever way a key comes (RFC 4733, SIP INFO, tones) it is one digit here, once (mixer/room/
 * digits.h).
 * Thread  control.
 */
#ifndef TS_CONTROL_KEYPAD_KEYPAD_H
#define TS_CONTROL_KEYPAD_KEYPAD_H

#include "control/rooms/registry.h"

struct ts_keypad;

/* digit: "0123456789*#ABCD". The participant may be made to leave, and the claim be released. */
typedef void (*ts_keypad_claimed)(void *arg, struct ts_participant *participant, char digit);

void ts_keypad_create(struct ts_keypad **out, struct ts_registry *registry);
void ts_keypad_destroy(struct ts_keypad **keypad); /* also of NULL */

/* What they press from now on goes to fn alone. Ends by release, and without a word when they
 * leave. TS_EEXIST: somebody else has them. */
int ts_keypad_claim(struct ts_keypad *keypad, struct ts_participant *participant,
	ts_keypad_claimed fn, void *arg);
void ts_keypad_release(struct ts_keypad *keypad, struct ts_participant *participant);
/* As if they had pressed it; once for each call. */
void ts_keypad_digit(struct ts_keypad *keypad, struct ts_participant *participant, char digit);

#endif
