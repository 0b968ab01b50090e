/* digits - keys that a participant presses: whichever way they come, each press counts once. Pure.
 *
 *   telephone-event, SIP INFO, tones --ts_digits_accept--> a press | the same again, or a flood
 *
 * Some phones send one press in two ways. The second is the same press when it comes by another way
 * than the first within TS_DIGITS_SAME_NS: so "11" by two ways is two presses, in whatever order.
 * Thread  none; one for each participant.
 * Full    TS_DIGITS_PER_S in a second, more are dropped: nobody presses faster.
 */
#ifndef TS_MIXER_ROOM_DIGITS_H
#define TS_MIXER_ROOM_DIGITS_H

#include "base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_digit_way { TS_DIGIT_EVENT, TS_DIGIT_INFO, TS_DIGIT_TONE };
const char *ts_digit_way_name(enum ts_digit_way way);

enum { TS_DIGITS_RECENT = 32, TS_DIGITS_PER_S = 20 };
#define TS_DIGITS_SAME_NS (1500 * TS_NS_PER_MS)

struct ts_digits {
	struct { char digit; uint8_t ways; int64_t at_ns; } recent[TS_DIGITS_RECENT];
	size_t n; /* all that were counted; recent is a ring of the last ones */
	bool ways[3]; /* by which some have come */
};

/* "0123456789*#ABCD" */
bool ts_digit_ok(char digit);
/* True: a new press. */
bool ts_digits_accept(struct ts_digits *digits, char digit, enum ts_digit_way way, int64_t now_ns);

#endif
