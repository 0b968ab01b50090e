/* reader - sequences out of single keys. Pure, and time is a parameter.
 *
 *   key, time --ts_key_reader_push--> [ pressed so far ] --> nothing yet | an entry | unknown
 *   time -----ts_key_reader_expire-->
 *
 * The longest entry counts: where one is the beginning of another, it counts by itself once
 * nothing followed in time, or what followed is not the other. Keys that begin no entry are nothing
 * at all: they may be of a PIN that came late, and nobody is told of them. In a sequence that
 * leads nowhere its last key may begin another.
 * Thread  none; one for each participant.
 */
#ifndef TS_CONTROL_KEYPAD_READER_H
#define TS_CONTROL_KEYPAD_READER_H

#include "config/keypad.h"
#include <stdint.h>

struct ts_key_reader {
	char text[TS_KEYS_LEN + 2]; /* "": nothing is under way */
	int64_t due_ns;             /* when it ends by itself */
};

enum ts_key_verdict {
	TS_KEYS_WAIT,    /* there is nothing to do, yet or at all */
	TS_KEYS_FOUND,
	TS_KEYS_UNKNOWN, /* a sequence that began well is none */
};

struct ts_key_read {
	enum ts_key_verdict verdict;
	const struct ts_key_entry *entry; /* FOUND: in the table */
	char keys[TS_KEYS_LEN + 2];       /* UNKNOWN: what was pressed */
	char rest;                        /* FOUND: a key behind it, to be pushed; 0: none */
};

void ts_key_reader_push(struct ts_key_reader *reader, const struct ts_keys *table, char key,
	int64_t due_ns, struct ts_key_read *out);
/* due_ns of the reader has passed. */
void ts_key_reader_expire(struct ts_key_reader *reader, const struct ts_keys *table,
	struct ts_key_read *out);

#endif
