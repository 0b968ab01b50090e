/* written - what the API and participants share of messages: posting one, reading them, refusals.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_JOIN_WRITTEN_H
#define TS_CONTROL_JOIN_WRITTEN_H

#include "control/http/context.h"
#include <jansson.h>
#include <stdint.h>

struct ts_participant;
struct ts_request;
struct ts_room;

/* Of a checked body with text and perhaps to; from NULL: the API, perhaps by a name. Answered:
 * 201. */
void ts_post_message(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	struct ts_participant *from, const json_t *body);
/* reader NULL: all of them. */
void ts_reply_messages(struct ts_api *api, struct ts_request *request, const char *room_id,
	const char *reader);
/* What ts_texts_send and ts_texts_caption answered. */
void ts_refuse_text(struct ts_request *request, int err, int64_t wait_ns);

#endif
