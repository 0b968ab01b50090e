/* participants - /v1/rooms/{room}/participants: who is in a room, and what is set of them. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/media.h"
#include "control/api/branding.h"
#include "control/api/handlers.h"
#include "control/calls/call.h"
#include "control/http/http.h"
#include "control/identity/caller.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "mixer/room/views.h"
#include <glib.h>
#include <string.h>

void ts_get_participants(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room) return;
	json_t *array = json_array();
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		json_array_append_new(array, ts_participant_json(api, p));
	ts_reply_of_room(api, request, room, ts_items_json(array));
}

/* Both of a path; NULL: there is none, and that was answered. */
static struct ts_participant *find(struct ts_api *api, struct ts_request *request,
	const char *const *param, struct ts_room **room)
{
	*room = ts_api_room(api, request, param[0]);
	return *room ? ts_api_participant(request, *room, param[1]) : NULL;
}

void ts_get_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (participant)
		ts_reply_of_room(api, request, room, ts_participant_json(api, participant));
}

/* null, as everywhere in a merge patch, is the default. */
static void take(struct ts_participant_settings *settings, json_t *patch)
{
	const char *key;
	json_t *value;
	json_object_foreach(patch, key, value)
	{
		const char *text = json_string_value(value);
		if (!strcmp(key, "name"))
			g_strlcpy(settings->name, text ? text : "", sizeof(settings->name));
		else if (!strcmp(key, "role"))
			g_strlcpy(settings->role, text ? text : "", sizeof(settings->role));
		else if (!strcmp(key, "avatar"))
			g_strlcpy(settings->avatar, text ? text : "", sizeof(settings->avatar));
		else if (!strcmp(key, "muted"))
			settings->muted_by = json_is_true(value) ? TS_MUTED_API : TS_MUTED_NOT;
		else if (!strcmp(key, "video_muted"))
			settings->video_muted = json_is_true(value);
		else if (!strcmp(key, "gain_db"))
			settings->gain_db = json_number_value(value);
		else if (!strcmp(key, "listen_db"))
			settings->listen_db = json_number_value(value);
		else if (!strcmp(key, "hand"))
			ts_read_hand(settings, value);
	}
}

/* Who runs the server needs no PIN for it. True: they are there; else it was answered. */
static bool move(struct ts_api *api, struct ts_request *request, struct ts_participant *participant,
	const char *room_id)
{
	const struct ts_room *to = ts_registry_find(api->registry, room_id);
	int rc;
	if (to == ts_participant_room(participant)) return true;
	if (to && ts_room_config(to)->locked) {
		ts_refuse_locked(request);
		return false;
	}
	switch (rc = ts_registry_move(api->registry, participant, room_id)) {
	case TS_OK: return true;
	case TS_EFULL: ts_problem(request, 409, "room-full", NULL, "the room is full"); break;
	case TS_EAGAIN:
		ts_problem(request, 409, "not-movable", "/room",
			"their connection is being negotiated; ask again in a moment");
		break;
	default: ts_reply_later(request, rc);
	}
	return false;
}

/* Who is bound to some rooms moves nobody out of them. False: answered. */
static bool may_move(struct ts_request *request, const char *room_id)
{
	if (ts_caller_has_room(ts_request_caller(request), room_id)) return true;
	ts_count(TS_C_CREDENTIALS_ROOM);
	ts_problem(request, 403, "other-room", "/room", "this token is for other rooms");
	return false;
}

/* The view of the room that they are to move to: asked for before they do. False: answered. */
static bool has_view(
	struct ts_api *api, struct ts_request *request, const char *room_id, const json_t *view)
{
	const char *id = json_string_value(view);
	struct ts_room *room = ts_registry_find(api->registry, room_id);
	if (!id || (room ? ts_room_find_view(room, id) != NULL : !strcmp(id, "main"))) return true;
	ts_problem(request, 422, "no-such-view", "/view", "room \"%.64s\" has no view \"%.64s\"",
		room_id, id);
	return false;
}

void ts_patch_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant_settings settings;
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (!participant || !ts_api_precondition(api, request, room)) return;
	json_t *patch = ts_body_read(request, &ts_shape_participant, TS_USE_PATCH);
	if (!patch) return;
	const char *to = json_string_value(json_object_get(patch, "room"));
	const json_t *view = json_object_get(patch, "view");
	const char *avatar = json_string_value(json_object_get(patch, "avatar"));
	if ((!avatar || ts_has_image(api, request, avatar, "/avatar")) &&
		(!to ||
			(may_move(request, to) && has_view(api, request, to, view) &&
				move(api, request, participant, to))) &&
		(!view || !ts_api_choose_view(api, request, participant, view))) {
		ts_participant_settings(participant, &settings);
		take(&settings, patch);
		ts_participant_set(participant, &settings);
		ts_reply_of_room(api, request, ts_participant_room(participant),
			ts_participant_json(api, participant));
	}
	json_decref(patch);
}

void ts_delete_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (!participant || !ts_api_precondition(api, request, room)) return;
	ts_participant_leave(participant, "kicked");
	ts_reply_nothing(request);
}
