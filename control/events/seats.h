/* seats - who may read events, and whose place they take. Pure.
 *
 *   one more of a participant who has 4 -> their oldest gives way, whose end may not have been
 *      noticed yet
 *   too many: in all, of participants, of one address among these -> refused, and nobody gives way
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_EVENTS_SEATS_H
#define TS_CONTROL_EVENTS_SEATS_H

#include <glib.h>
#include <stdbool.h>

/* Readers of one participant; of all together; of all participants, so that the API finds places;
 * of one address among them. */
enum {
	TS_EVENTS_PERSON_MAX = 4,
	TS_EVENTS_READERS_MAX = 500,
	TS_EVENTS_PERSONS_MAX = TS_EVENTS_READERS_MAX * 4 / 5,
	TS_EVENTS_ADDRESS_MAX = TS_EVENTS_PERSONS_MAX / 2
};

struct ts_event_seat {
	const char *person;  /* the participant; "": the API reads */
	const char *address; /* that reads */
	bool cut;            /* about to end */
	GList link;          /* data: the seat */
};

/* May newcomer read beside those of the queue, oldest first? *victim: who is to be cut then, or
 * NULL. */
bool ts_event_seats_admit(
	const GQueue *seats, const struct ts_event_seat *newcomer, struct ts_event_seat **victim);

#endif
