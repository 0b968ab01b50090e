/* outputs - /v1/rooms/{room}/outputs: where a room is streamed to. */
#include "control/api/outputs.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/outputs/outlets.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "layout/name.h"
#include <glib.h>

static void on_changed(void *arg, const struct ts_outlet *o, bool gone)
{
	struct ts_api *api = arg;
	if (!api->events) return;
	if (gone)
		ts_events_emit(api->events, TS_EVENT_OUTPUT_REMOVED, o->room, o->id,
			json_pack("{s:s, s:s}", "room", o->room, "id", o->id));
	else
		ts_events_emit(
			api->events, TS_EVENT_OUTPUT_UPDATED, o->room, o->id, ts_output_json(o));
}

void ts_output_events(struct ts_api *api)
{
	ts_outlets_watch(api->outlets, on_changed, api);
}

/* ---- handlers */

static const struct ts_outlet *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_outlet *o = ts_outlets_find(api->outlets, param[0], param[1]);
	if (!o)
		ts_problem(request, 404, "no-such-output", NULL,
			"room \"%.64s\" has no output \"%.64s\"", param[0], param[1]);
	return o;
}

void ts_get_outputs(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_outlet *o;
	size_t at = 0;
	while ((o = ts_outlets_next(api->outlets, param[0], &at)))
		json_array_append_new(array, ts_output_json(o));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_output(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_outlet *o = find(api, request, param);
	if (o) ts_reply_json(request, ts_output_json(o), NULL);
}

static void refuse(struct ts_request *request, const struct ts_outlet_wish *wish, int err)
{
	if (err == TS_ENOTFOUND)
		ts_problem(request, 409, "nobody-here", NULL,
			"an output lasts while somebody is in the room, and nobody is");
	else if (err == TS_EINVAL)
		ts_problem(request, 422, "url", "/url", "%s",
			wish->problem ? wish->problem : "it cannot be used");
	else if (err == TS_EAUTH)
		ts_problem(request, 422, "not-allowed", "/url", "%s",
			wish->problem ? wish->problem : "it may not go there");
	else if (err == TS_EEXIST)
		ts_problem(
			request, 409, "output-exists", NULL, "the room is sent that way already");
	else if (err == TS_ELIMIT)
		ts_problem(request, 409, "too-many-outputs", NULL, "as many streams run as may");
	else
		ts_reply_later(request, err);
}

void ts_post_outputs(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	char name[TS_NAME_MAX + 1] = "", location[200];
	struct ts_outlet_wish wish = {.type = "url", .name = name};
	const struct ts_outlet *o;
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_output_start, TS_USE_BODY) : NULL;
	if (!body) return;
	if (!ts_api_named_view(request, room, body, &wish.view)) {
		json_decref(body);
		return;
	}
	const char *type = json_string_value(json_object_get(body, "type"));
	const char *given = json_string_value(json_object_get(body, "name"));
	if (type) wish.type = type;
	if (given) ts_name_clean(name, given);
	wish.url = json_string_value(json_object_get(body, "url"));
	wish.audio_only = json_is_true(json_object_get(body, "audio_only"));
	const int err = ts_outlets_start(api->outlets, room, &wish, &o);
	json_decref(body);
	if (err) {
		refuse(request, &wish, err);
		return;
	}
	g_snprintf(location, sizeof(location), "/v1/rooms/%s/outputs/%s", o->room, o->id);
	ts_json_make(request, 201, ts_output_json(o));
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}

void ts_delete_output(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_outlet *o = find(api, request, param);
	if (!o) return;
	ts_outlets_remove(api->outlets, o);
	ts_reply_nothing(request);
}
