/* letters - the dead letters of one hook: batches that were given up, each a file that an operator
 * can read, with the reason; the oldest make way.
 *
 *   FOLDER/ID.json   {"letter": {id, died_ms, tries, status, reason, n}, "events": [ ... ]}
 *
 * Thread  one; it waits for the disk.
 * Full    beyond max the oldest is removed. One that the disk does not take is lost (logged).
 */
#ifndef TS_CONTROL_WEBHOOKS_LETTERS_H
#define TS_CONTROL_WEBHOOKS_LETTERS_H

#include "base/random.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_LETTER_REASON_MAX = 96 };

struct ts_letter {
	char id[TS_ULID_LEN + 1];
	int64_t died_ms;
	unsigned tries, n; /* n: events */
	int status;        /* of the last answer; 0: there was none */
	char reason[TS_LETTER_REASON_MAX];
};

struct ts_letters;

/* [give] Reads the list of those that are there. */
struct ts_letters *ts_letters_open(const char *folder, size_t max);
void ts_letters_close(struct ts_letters *letters);

/* Gives it an id. events: JSON, with commas between. TS_EIO: it is lost. */
int ts_letters_add(
	struct ts_letters *letters, struct ts_letter *letter, const char *events);
/* The oldest first; NULL: no more. */
const struct ts_letter *ts_letters_at(const struct ts_letters *letters, size_t i);
/* The events of the oldest go to take, one after the other; if it took all of them (0), the letter
 * is removed. TS_ENOTFOUND: there is none; what take said. */
int ts_letters_take(struct ts_letters *letters,
	int (*take)(void *arg, const char *event, size_t len), void *arg);
void ts_letters_clear(struct ts_letters *letters);

#endif
