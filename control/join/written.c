#include "control/join/written.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/join/handlers.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "control/text/texts.h"
#include "mixer/room/roles.h"
#include <glib.h>
#include <string.h>

void ts_refuse_text(struct ts_request *request, int err, int64_t wait_ns)
{
	char seconds[24];
	if (err != TS_EAGAIN) {
		ts_problem(request, 422, "nothing-to-read", "/text",
			"/text has nothing that could be read, or too much");
		return;
	}
	g_snprintf(seconds, sizeof(seconds), "%lld", (long long)(wait_ns / TS_NS_PER_S + 1));
	ts_problem_make(
		request, 429, "too-much-text", NULL, "too much is written, by one or in this room");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

void ts_reply_messages(
	struct ts_api *api, struct ts_request *request, const char *room_id, const char *reader)
{
	json_t *array = json_array();
	const struct ts_message *m;
	size_t at = 0;
	while ((m = ts_texts_next(api->texts, room_id, reader, &at)))
		json_array_append_new(array, ts_message_json(m));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_post_message(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	struct ts_participant *from, const json_t *body)
{
	const struct ts_message *m;
	int64_t wait_ns;
	const char *to = json_string_value(json_object_get(body, "to"));
	const bool to_one = to && strcmp(to, "all") != 0;
	const struct ts_message_wish wish = {.from = from,
		.name = from ? NULL : json_string_value(json_object_get(body, "name")),
		.to = to_one ? ts_api_participant(request, room, to) : NULL,
		.way = from ? TS_SENT_BY_PAGE : TS_SENT_BY_API,
		.text = json_string_value(json_object_get(body, "text"))};
	if (to_one && !wish.to) return;
	const int err = ts_texts_send(api->texts, room, &wish, ts_now_ns(), &m, &wait_ns);
	if (err) {
		ts_refuse_text(request, err, wait_ns);
		return;
	}
	ts_json_make(request, 201, ts_message_json(m));
	ts_reply_send(request);
}

/* ---- participants themselves */

/* Who waits for a host is not in the room. NULL: answered. */
static struct ts_participant *reader_of(
	struct ts_api *api, struct ts_request *request, const char *secret)
{
	const struct ts_member *member = ts_registry_session(api->registry, secret);
	if (!member) {
		ts_problem(request, 404, "no-such-session", NULL,
			"there is no such session; it may have ended");
		return NULL;
	}
	if (!ts_registry_is_hidden(api->registry, ts_participant_room(member->participant)))
		return member->participant;
	ts_problem(request, 409, "waits", NULL, "you are not in the room yet");
	return NULL;
}

void ts_get_own_messages(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant *p = reader_of(api, request, param[0]);
	if (p)
		ts_reply_messages(api, request, ts_room_config(ts_participant_room(p))->id,
			ts_participant_id(p));
}

void ts_post_own_messages(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant *p = reader_of(api, request, param[0]);
	if (!p) return;
	if (!ts_texts_may_write(p)) {
		ts_problem(request, 409, "role-forbids", NULL, "you watch only: nobody reads you");
		return;
	}
	json_t *body = ts_body_read(request, &ts_shape_own_message_new, TS_USE_BODY);
	if (!body) return;
	ts_post_message(api, request, ts_participant_room(p), p, body);
	json_decref(body);
}
