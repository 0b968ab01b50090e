/* texts - /v1/rooms/{room}/messages and captions: what is written in a room. */
#include "control/text/texts.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/api/texts.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/join/written.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <string.h>

/* ---- events */

static json_t *about(const char *room, const char *what, json_t *json)
{
	return json_pack("{s:s, s:o}", "room", room, what, json);
}

static void on_message(void *arg, const struct ts_message *m)
{
	struct ts_api *api = arg;
	struct ts_event_once once = {.kind = TS_EVENT_MESSAGE, .room = m->room};
	if (!api->events) return;
	if (*m->to) once.only[0] = m->to, once.only[1] = *m->from ? m->from : m->to;
	json_t *json = about(m->room, "message", ts_message_json(m));
	ts_events_emit_once(api->events, &once, json, json_incref(json));
}

static void on_caption(void *arg, const struct ts_caption *c)
{
	struct ts_api *api = arg;
	const struct ts_event_once once = {
		.kind = c->final ? TS_EVENT_CAPTION : TS_EVENT_CAPTION_INTERIM,
		.room = c->room,
		.passing = !c->final};
	if (!api->events) return;
	json_t *json = about(c->room, "caption", ts_caption_json(c));
	ts_events_emit_once(api->events, &once, json, json_incref(json));
}

void ts_text_events(struct ts_api *api)
{
	static const struct ts_texts_watcher watcher = {on_message, on_caption};
	ts_texts_watch(api->texts, &watcher, api);
}

/* ---- messages */

void ts_get_messages(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	if (ts_api_room(api, request, param[0])) ts_reply_messages(api, request, param[0], NULL);
}

void ts_post_messages(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_message_new, TS_USE_BODY) : NULL;
	if (!body) return;
	ts_post_message(api, request, room, NULL, body);
	json_decref(body);
}

/* ---- captions */

void ts_get_captions(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_caption *c;
	size_t at = 0;
	if (!ts_api_room(api, request, param[0])) return;
	json_t *array = json_array();
	while ((c = ts_texts_next_caption(api->texts, param[0], &at)))
		json_array_append_new(array, ts_caption_json(c));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_post_captions(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_caption *c;
	int64_t wait_ns;
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_caption_new, TS_USE_BODY) : NULL;
	if (!body) return;
	const char *whose = json_string_value(json_object_get(body, "participant"));
	const struct ts_caption_wish wish = {
		.participant = whose ? ts_api_participant(request, room, whose) : NULL,
		.text = json_string_value(json_object_get(body, "text")),
		.lang = json_string_value(json_object_get(body, "lang")),
		.final = !json_is_false(json_object_get(body, "final"))};
	if (whose && !wish.participant) {
		json_decref(body);
		return;
	}
	const int err = ts_texts_caption(api->texts, room, &wish, ts_now_ns(), &c, &wait_ns);
	if (!err) {
		ts_json_make(request, 201, ts_caption_json(c));
		ts_reply_send(request);
	} else {
		ts_refuse_text(request, err, wait_ns);
	}
	json_decref(body);
}
