/* rest - what handlers share that are about rooms: finding what a path names, the room's revision
 * as its entity tag.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_ROOMS_REST_H
#define TS_CONTROL_ROOMS_REST_H

#include "control/http/context.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/rooms/registry.h"

/* The room of a path; answers 404 and returns NULL when there is none. */
struct ts_room *ts_api_room(struct ts_api *api, struct ts_request *request, const char *room_id);
/* Answers 404 and returns NULL when there is none. */
struct ts_participant *ts_api_participant(struct ts_request *request, struct ts_room *room,
	const char *id);
/* If-Match and If-None-Match against the room's tag; room NULL: there is none yet. False: answered
 * 412. */
bool ts_api_precondition(struct ts_api *api, struct ts_request *request, struct ts_room *room);
/* The view that a body names as "view"; NULL: none was named, which is main. False: there is no
 * such one, and that was answered: 422. */
struct ts_room_view;
bool ts_api_named_view(struct ts_request *request, struct ts_room *room, const json_t *body,
	struct ts_room_view **out);
/* A view's id, or null for one by the window (windows.h). An error: answered, and nothing has
 * changed. */
int ts_api_choose_view(struct ts_api *api, struct ts_request *request,
	struct ts_participant *participant, const json_t *view);
/* [take] json; with the room's ETag. */
void ts_reply_of_room(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	json_t *json);
/* The server cannot do that now, for want of something: 503 with Retry-After. */
void ts_reply_later(struct ts_request *request, int err);

#endif
