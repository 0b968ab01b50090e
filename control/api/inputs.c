/* inputs - /v1/rooms/{room}/inputs: what was brought in. */
#include "control/inputs/inputs.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/api/inputs.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "layout/name.h"
#include <glib.h>
#include <string.h>

static void on_changed(void *arg, const struct ts_input *input, bool gone)
{
	struct ts_api *api = arg;
	if (!api->events) return;
	if (gone)
		ts_events_emit(api->events, TS_EVENT_INPUT_REMOVED, input->room, input->id,
			json_pack("{s:s, s:s}", "room", input->room, "id", input->id));
	else
		ts_events_emit(api->events, TS_EVENT_INPUT_UPDATED, input->room, input->id,
			ts_input_json(input));
}

void ts_input_events(struct ts_api *api)
{
	ts_inputs_watch(api->inputs, on_changed, api);
}

/* ---- handlers */

static const struct ts_input *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_input *input = ts_inputs_find(api->inputs, param[0], param[1]);
	if (!input)
		ts_problem(request, 404, "no-such-input", NULL,
			"room \"%.64s\" has no input \"%.64s\"", param[0], param[1]);
	return input;
}

void ts_get_inputs(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_input *input;
	size_t at = 0;
	while ((input = ts_inputs_next(api->inputs, param[0], &at)))
		json_array_append_new(array, ts_input_json(input));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_input(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_input *input = find(api, request, param);
	if (input) ts_reply_json(request, ts_input_json(input), NULL);
}

void ts_delete_input(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_input *input = find(api, request, param);
	if (!input) return;
	ts_inputs_remove(api->inputs, input);
	ts_reply_nothing(request);
}

static void refuse(struct ts_request *request, int err, const char *why)
{
	if (err == TS_EINVAL)
		ts_problem(request, 400, "room-id", "/room",
			"a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -", TS_ROOM_ID_MAX);
	else if (err == TS_EAUTH)
		ts_problem(request, 422, "url", "/url", "%s", why);
	else if (err == TS_ELIMIT)
		ts_problem(request, 409, "too-many-inputs", NULL,
			"there are as many inputs as may be, in this room or in all");
	else if (err == TS_EFULL)
		ts_problem(request, 409, "room-full", NULL, "the room is full");
	else if (err == TS_EAGAIN)
		ts_refuse_overloaded(request);
	else
		ts_reply_later(request, err);
}

static bool flag(const json_t *body, const char *name, bool otherwise)
{
	const json_t *value = json_object_get(body, name);
	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

void ts_post_inputs(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	char name[TS_NAME_MAX + 1] = "", location[200];
	const struct ts_input *input;
	const char *why = NULL;
	json_t *body = ts_body_read(request, &ts_shape_input_start, TS_USE_BODY);
	if (!body) return;
	const char *given = json_string_value(json_object_get(body, "name"));
	const char *transport = json_string_value(json_object_get(body, "transport"));
	if (given) ts_name_clean(name, given);
	const struct ts_input_wish wish = {.url = json_string_value(json_object_get(body, "url")),
		.name = name,
		.loop = flag(body, "loop", false),
		.audio = flag(body, "audio", true),
		.video = flag(body, "video", true),
		.datagrams = transport && !strcmp(transport, "udp")};
	const int err = wish.audio || wish.video
		? ts_inputs_add(api->inputs, param[0], &wish, &input, &why)
		: TS_EAUTH;
	json_decref(body);
	if (err) {
		refuse(request, err,
			why ? why : "without audio and video there is nothing to bring in");
		return;
	}
	g_snprintf(location, sizeof(location), "/v1/rooms/%s/inputs/%s", input->room, input->id);
	ts_json_make(request, 201, ts_input_json(input));
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}
