/* rest - what the handlers of /v1 share. */
#include "control/rooms/rest.h"
#include "base/error.h"
#include "control/http/etag.h"
#include "control/http/problem.h"
#include "control/rooms/windows.h"
#include <glib.h>
#include <string.h>

enum { RETRY_AFTER_S = 10 };

struct ts_room *ts_api_room(struct ts_api *api, struct ts_request *request, const char *room_id)
{
	struct ts_room *room = ts_registry_find(api->registry, room_id);
	if (!room)
		ts_problem(
			request, 404, "no-such-room", NULL, "there is no room \"%.64s\"", room_id);
	return room;
}

struct ts_participant *ts_api_participant(
	struct ts_request *request, struct ts_room *room, const char *id)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (!strcmp(info.id, id)) return p;
	}
	ts_problem(request, 404, "no-such-participant", NULL,
		"room \"%s\" has no participant \"%.64s\"", ts_room_config(room)->id, id);
	return NULL;
}

bool ts_api_precondition(struct ts_api *api, struct ts_request *request, struct ts_room *room)
{
	char etag[TS_ETAG_MAX] = "";
	if (room) ts_registry_etag(api->registry, room, etag);
	return ts_precondition(request, etag,
		room ? "the room is not what it was when you looked at it"
		     : "there is no such room yet");
}

bool ts_api_named_view(struct ts_request *request, struct ts_room *room, const json_t *body,
	struct ts_room_view **out)
{
	const char *id = json_string_value(json_object_get(body, "view"));
	*out = id ? ts_room_find_view(room, id) : NULL;
	if (!id || *out) return true;
	ts_problem(request, 422, "no-such-view", "/view", "there is no view \"%.64s\"", id);
	return false;
}

int ts_api_choose_view(struct ts_api *api, struct ts_request *request,
	struct ts_participant *participant, const json_t *json)
{
	struct ts_room *room = ts_participant_room(participant);
	const char *id = json_string_value(json);
	struct ts_room_view *view = id ? ts_room_find_view(room, id) : NULL;
	if (id && !view) {
		ts_problem(request, 422, "no-such-view", "/view", "there is no view \"%.64s\"", id);
		return TS_ENOTFOUND;
	}
	const int err = ts_window_choose(api->registry, participant, view);
	if (err == TS_EUNSUPPORTED)
		ts_problem(request, 409, "view-too-large", "/view",
			"no step of that view fits their decoder");
	else if (err)
		ts_reply_later(request, err);
	return err;
}

/* ---- replies */

void ts_reply_of_room(
	struct ts_api *api, struct ts_request *request, struct ts_room *room, json_t *json)
{
	char etag[TS_ETAG_MAX];
	ts_registry_etag(api->registry, room, etag);
	ts_reply_json(request, json, etag);
}

void ts_reply_later(struct ts_request *request, int err)
{
	char seconds[16];
	g_snprintf(seconds, sizeof(seconds), "%d", RETRY_AFTER_S);
	if (err == TS_ELIMIT)
		ts_problem_make(request, 503, "too-many-rooms", NULL,
			"the server has as many rooms as it may have");
	else
		ts_problem_make(
			request, 503, ts_strerror(err), NULL, "the server cannot do that now");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}
