#include "control/events/seats.h"
#include <string.h>

static struct ts_event_seat *find_victim(const GQueue *seats, const struct ts_event_seat *newcomer)
{
	struct ts_event_seat *oldest = NULL;
	size_t n = 0;
	for (const GList *link = seats->head; link; link = link->next) {
		struct ts_event_seat *seat = link->data;
		if (seat->cut || strcmp(seat->person, newcomer->person) != 0) continue;
		if (!n++) oldest = seat;
	}
	return n < TS_EVENTS_PERSON_MAX ? NULL : oldest;
}

bool ts_event_seats_admit(
	const GQueue *seats, const struct ts_event_seat *newcomer, struct ts_event_seat **victim)
{
	unsigned persons = 0, neighbours = 0;
	*victim = *newcomer->person ? find_victim(seats, newcomer) : NULL;
	/* those that are cut are there until they have ended */
	if (seats->length - (*victim != NULL) >= TS_EVENTS_READERS_MAX) return false;
	if (!*newcomer->person) return true;
	for (const GList *link = seats->head; link; link = link->next) {
		const struct ts_event_seat *seat = link->data;
		if (!*seat->person || seat->cut || seat == *victim) continue;
		persons++;
		neighbours += !strcmp(seat->address, newcomer->address);
	}
	return persons < TS_EVENTS_PERSONS_MAX && neighbours < TS_EVENTS_ADDRESS_MAX;
}
