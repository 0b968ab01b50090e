/* room_scopes - who may set which field of a room: most are of `moderate`, which the route asks
 * for; what records or sends the room somewhere needs the scope of its own routes as well.
 * Thread  control. */
#ifndef TS_CONTROL_API_ROOM_SCOPES_H
#define TS_CONTROL_API_ROOM_SCOPES_H

#include <stdbool.h>

struct ts_request;
struct ts_room_config;

/* before: as the room is, or as one is made by default. False: answered 403. */
bool ts_may_set_room(struct ts_request *request, const struct ts_room_config *before,
	const struct ts_room_config *after);
/* 403 insufficient-scope, whose header names the scopes. pointer: of the field of the body; NULL:
 * of the route. */
void ts_refuse_scope(struct ts_request *request, unsigned needs, const char *pointer);

#endif
