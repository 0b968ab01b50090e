/* rest - what the handlers of /v1 share: resources as JSON, finding them, entity tags.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_REST_H
#define TS_CONTROL_REST_H

#include "control/api.h"
#include "control/problem.h"

struct ts_shape;

/* [give]; NULL: out of memory. */
json_t *ts_room_json(const struct ts_room *room);
json_t *ts_participant_json(struct ts_api *api, struct ts_participant *participant);
json_t *ts_layout_json(struct ts_room *room);
const char *ts_muted_by_name(enum ts_muted_by by); /* NULL: not muted */
json_t *ts_items_json(json_t *array /* [take] */); /* {"items": array} */

/* Answers 404 and returns NULL when there is none. */
struct ts_participant *ts_api_participant(struct ts_request *request, struct ts_room *room, const char *id);
/* If-Match and If-None-Match against the room's tag; room NULL: there is none yet. False: answered 412. RFC 9110 13.1. */
bool ts_api_precondition(struct ts_api *api, struct ts_request *request, struct ts_room *room);
/* The same against any tag, "" for something that is not there yet. */
bool ts_precondition(struct ts_request *request, const char *etag, const char *why);
/* [take] json; with the room's ETag. */
void ts_reply_of_room(struct ts_api *api, struct ts_request *request, struct ts_room *room, json_t *json);
void ts_reply_nothing(struct ts_request *request); /* 204 */
/* The server cannot do that now, for want of something: 503 with Retry-After. */
void ts_reply_later(struct ts_request *request, int err);

/* A query parameter as the row of that name says, which the OpenAPI document shows too; *out stays when it is not there. False: answered. */
bool ts_ask_int(struct ts_request *request, const struct ts_shape *query, const char *name, int *out);
/* true, 1, false or 0; false when it is not there. */
bool ts_ask_flag(struct ts_request *request, const char *name, bool *out);

#endif
