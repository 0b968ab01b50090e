/* act - what a sequence of keys does to a participant and their room, and how it is said to them.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_KEYPAD_ACT_H
#define TS_CONTROL_KEYPAD_ACT_H

#include "config/keypad.h"
#include "control/keypad/keypad.h"

enum ts_key_outcome {
	TS_KEYS_DONE,
	TS_KEYS_REFUSED, /* they are no host or only sound like one, or a moderator muted them */
	TS_KEYS_FAILED,  /* not possible now: the louder end, no such layout, no disk */
	TS_KEYS_NONE     /* there is no such sequence */
};
const char *ts_key_outcome_name(enum ts_key_outcome outcome);

struct ts_key_actor {
	const struct ts_keypad_config *config;
	const struct ts_keys *table; /* for help */
	bool by_tone;                /* a key of it was, which may be another's sound */
};

/* notice: in words, for their tile. They may have left afterwards, and the room be closed. */
enum ts_key_outcome ts_key_act(const struct ts_key_actor *actor, struct ts_participant *participant,
	const struct ts_key_entry *entry, char notice[TS_NOTICE_MAX + 1]);

#endif
