/* own - what one who is in a room may know and change, under /s/{secret}: himself, and who else is there.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_JOIN_OWN_H
#define TS_CONTROL_JOIN_OWN_H

#include "control/rooms/registry.h"
#include <jansson.h>

struct ts_api;
struct ts_request;

/* [give]; NULL: out of memory. */
json_t *ts_own_room_json(const struct ts_room *room);
json_t *ts_own_person_json(struct ts_participant *participant);

/* PATCH of his own name and mute, a merge patch. */
void ts_own_patch(struct ts_api *api, struct ts_request *request, struct ts_member *member);

#endif
