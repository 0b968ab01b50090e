/* calls - /v1/rooms/{room}/calls: who called and whom we call. */
#include "control/api/calls.h"
#include "base/error.h"
#include "control/api/api.h"
#include "control/api/handlers.h"
#include "control/calls/call.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "control/sip/trace.h"
#include <string.h>

static void on_changed(void *arg, const struct ts_call *call)
{
	struct ts_api *api = arg;
	json_t *json = ts_call_json(call);
	if (!json || !api->events) {
		json_decref(json);
		return;
	}
	ts_events_emit(api->events, TS_EVENT_CALL_UPDATED, ts_call_info(call)->room,
		ts_call_info(call)->id, json);
}

void ts_call_events(struct ts_api *api)
{
	ts_calls_watch(api->calls, on_changed, api);
}

/* ---- handlers; the path names a room, or none: then it is any call */

static struct ts_call *find(
	struct ts_api *api, struct ts_request *request, const char *room, const char *id)
{
	struct ts_call *call = ts_calls_find(api->calls, room, id);
	if (!call && room)
		ts_problem(request, 404, "no-such-call", NULL,
			"room \"%.64s\" has no call \"%.64s\"", room, id);
	else if (!call)
		ts_problem(request, 404, "no-such-call", NULL, "there is no call \"%.64s\"", id);
	return call;
}

static void list(struct ts_api *api, struct ts_request *request, const char *room)
{
	json_t *array = json_array();
	const struct ts_call *call = NULL;
	while ((call = ts_calls_next(api->calls, room, call)))
		json_array_append_new(array, ts_call_json(call));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_calls(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	list(api, request, param[0]);
}

void ts_get_all_calls(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	list(api, request, NULL);
}

static void reply_call(struct ts_request *request, const struct ts_call *call)
{
	if (call) ts_reply_json(request, ts_call_json(call), NULL);
}

void ts_get_call(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	reply_call(request, find(api, request, param[0], param[1]));
}

void ts_get_any_call(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	reply_call(request, find(api, request, NULL, param[0]));
}

static void hang_up(struct ts_request *request, struct ts_call *call)
{
	if (!call) return;
	ts_call_hang_up(call);
	ts_reply_nothing(request);
}

void ts_delete_call(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	hang_up(request, find(api, request, param[0], param[1]));
}

void ts_delete_any_call(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	hang_up(request, find(api, request, NULL, param[0]));
}

static void reply_trace(struct ts_request *request, const struct ts_call *call)
{
	if (!call) return;
	json_t *array = json_array();
	for (const GList *link = ts_call_trace(call)->head; link; link = link->next) {
		const struct ts_sip_traced *m = link->data;
		json_array_append_new(array,
			json_pack("{s:b, s:I, s:s}", "sent", m->sent, "at_ms",
				(json_int_t)m->at_unix_ms, "text", m->text));
	}
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_call_trace(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	reply_trace(request, find(api, request, param[0], param[1]));
}

void ts_get_any_call_trace(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	reply_trace(request, find(api, request, NULL, param[0]));
}

static void read_wish(struct ts_dial *dial, const json_t *body)
{
	const char *name = json_string_value(json_object_get(body, "name"));
	const char *srtp = json_string_value(json_object_get(body, "srtp"));
	g_strlcpy(dial->to, json_string_value(json_object_get(body, "to")), sizeof(dial->to));
	g_strlcpy(dial->name, name ? name : "", sizeof(dial->name));
	dial->srtp = TS_DIAL_SRTP_DEFAULT;
	for (int i = 0; srtp && TS_SIP_SRTP_NAMES[i]; i++)
		if (!strcmp(srtp, TS_SIP_SRTP_NAMES[i])) dial->srtp = i;
	dial->browser = json_is_true(json_object_get(body, "browser"));
	dial->redial = json_is_true(json_object_get(body, "redial"));
	dial->no_video = json_is_false(json_object_get(body, "video"));
	dial->no_content = json_is_false(json_object_get(body, "content"));
}

/* The room may not be there yet: then it has no view but main. False: answered. */
static bool read_view(struct ts_dial *dial, struct ts_api *api, struct ts_request *request,
	const char *room_id, const json_t *body)
{
	const char *id = json_string_value(json_object_get(body, "view"));
	struct ts_room *room = ts_registry_find(api->registry, room_id);
	struct ts_room_view *view = NULL;
	if (!id) return true;
	g_strlcpy(dial->view, id, sizeof(dial->view));
	if (room) return ts_api_named_view(request, room, body, &view);
	if (!strcmp(id, "main")) return true;
	ts_problem(request, 422, "no-such-view", "/view", "there is no view \"%.64s\"", id);
	return false;
}

void ts_get_sip(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	if (!ts_calls_websocket(api->calls, request))
		ts_problem(request, 404, NULL, NULL,
			"there is no SIP over WebSocket here: sip.websocket is off");
}

static void refuse(struct ts_request *request, int err, bool user)
{
	if (err == TS_EINVAL)
		ts_problem(request, 422, "to", "/to",
			"this is no SIP URI that can be called from here");
	else if (err == TS_EAUTH)
		ts_problem(
			request, 422, "to", "/to", "sip.dial of this server lets no call go there");
	else if (err == TS_ENOTFOUND && user)
		ts_problem(request, 409, "not-registered", "/to",
			"no phone is registered as this user");
	else if (err == TS_ENOTFOUND)
		ts_problem(request, 409, "no-trunk", "/to",
			"no trunk takes this number, or none that does has found its server");
	else if (err == TS_EFULL)
		ts_problem(request, 409, "room-full", NULL, "the room is full");
	else if (err == TS_EAGAIN)
		ts_refuse_overloaded(request);
	else if (err == TS_ECLOSED)
		ts_problem(request, 409, "no-sip", NULL, "SIP is off on this server");
	else
		ts_reply_later(request, err);
}

void ts_post_calls(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_dial dial = {.redial = false};
	const struct ts_call *call;
	if (!ts_room_id_ok(param[0])) {
		ts_problem(request, 400, "room-id", "/room",
			"a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -", TS_ROOM_ID_MAX);
		return;
	}
	json_t *body = ts_body_read(request, &ts_shape_call, TS_USE_BODY);
	if (!body) return;
	if (!read_view(&dial, api, request, param[0], body)) {
		json_decref(body);
		return;
	}
	read_wish(&dial, body);
	json_decref(body);
	int rc = ts_calls_dial(api->calls, param[0], &dial, &call);
	if (rc) {
		refuse(request, rc, !strncmp(dial.to, "user:", 5));
		return;
	}
	char location[200];
	g_autofree char *text = NULL;
	json_t *json = ts_call_json(call);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	g_snprintf(location, sizeof(location), "/v1/rooms/%s/calls/%s", param[0],
		ts_call_info(call)->id);
	ts_reply(request, 202, "application/json", text ? text : "{}", text ? strlen(text) : 2,
		TS_BODY_COPY);
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}

static void transfer(struct ts_request *request, struct ts_call *call)
{
	json_t *body = call ? ts_body_read(request, &ts_shape_transfer, TS_USE_BODY) : NULL;
	if (!body) return;
	int rc = ts_call_transfer(call, json_string_value(json_object_get(body, "to")));
	json_decref(body);
	if (rc == TS_EAGAIN) {
		ts_problem(request, 409, "no-transfer", NULL,
			"the call is not up, or a transfer of it runs");
		return;
	}
	if (rc) {
		ts_reply_later(request, rc);
		return;
	}
	json_t *json = ts_call_transfer_json(ts_call_info(call));
	g_autofree char *text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	ts_reply(request, 202, "application/json", text ? text : "{}", text ? strlen(text) : 2,
		TS_BODY_COPY);
	ts_reply_send(request);
}

void ts_post_call_transfer(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	transfer(request, find(api, request, param[0], param[1]));
}

void ts_post_any_call_transfer(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	transfer(request, find(api, request, NULL, param[0]));
}
