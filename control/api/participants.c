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
#include "control/rooms/personal.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/rooms/windows.h"
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

static enum ts_as as_of(const json_t *value)
{
	return json_is_null(value) ? TS_AS_ROOM : json_is_true(value) ? TS_AS_ON : TS_AS_OFF;
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
		else if (!strcmp(key, "mute"))
			settings->muted_by = ts_muted_as(ts_mute_named(text));
		else if (!strcmp(key, "video_muted"))
			settings->video_muted = json_is_true(value);
		else if (!strcmp(key, "gain_db"))
			settings->gain_db = json_number_value(value);
		else if (!strcmp(key, "listen_db"))
			settings->listen_db = json_number_value(value);
		else if (!strcmp(key, "agc"))
			settings->agc = as_of(value);
		else if (!strcmp(key, "denoise"))
			settings->denoise = as_of(value);
		else if (!strcmp(key, "channel"))
			g_strlcpy(settings->channel, text ? text : "", sizeof(settings->channel));
		else if (!strcmp(key, "interprets"))
			g_strlcpy(settings->interprets, text ? text : "",
				sizeof(settings->interprets));
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

/* What a patch changes besides the settings, judged whole before any of it happens. */
struct change {
	const char *room;         /* to which they move; NULL: none */
	const json_t *view;       /* NULL: not named */
	struct ts_room_view *now; /* which they will be in; NULL: not known before they are */
	struct ts_personal_change personal;
};

static bool refuse_view(struct ts_request *request, const char *room_id, const char *id)
{
	ts_problem(request, 422, "no-such-view", "/view", "room \"%.64s\" has no view \"%.64s\"",
		room_id, id);
	return false;
}

/* The view of the room that they stay in or are to move to. False: answered. */
static bool read_view(struct ts_api *api, struct ts_request *request,
	struct ts_participant *participant, struct change *c)
{
	const struct ts_member *member = ts_registry_member(api->registry, participant);
	const char *id = json_string_value(c->view);
	struct ts_room *now = ts_participant_room(participant);
	struct ts_room *to = c->room ? ts_registry_find(api->registry, c->room) : now;
	if (to == now && !c->view) c->now = ts_participant_view(participant);
	if (!id && !c->view) return true;
	if (!id) /* null: by their window */
		id = member ? ts_window_view(to, member->window.width, member->window.height)
			    : "main";
	if (to) c->now = ts_room_find_view(to, id);
	if (c->now && ts_room_view_config(c->now)->hidden) c->now = NULL;
	if (!c->now && (to || strcmp(id, "main") != 0))
		return refuse_view(request, c->room ? c->room : ts_room_config(now)->id, id);
	if (!c->now || ts_participant_fits_view(participant, c->now)) return true;
	ts_problem(
		request, 409, "view-too-large", "/view", "no step of that view fits their decoder");
	return false;
}

/* False: answered, and nothing has changed. */
static bool read_change(struct ts_api *api, struct ts_request *request,
	struct ts_participant *participant, const json_t *patch, struct change *c)
{
	*c = (struct change){.room = json_string_value(json_object_get(patch, "room")),
		.view = json_object_get(patch, "view")};
	if (c->room && !may_move(request, c->room)) return false;
	if (!read_view(api, request, participant, c) ||
		!ts_personal_read(api, request, participant, c->now, patch, &c->personal))
		return false;
	const struct ts_room_config *now = ts_room_config(ts_participant_room(participant));
	if (!c->personal.volumes_named || !c->room || !strcmp(c->room, now->id)) return true;
	ts_problem(request, 422, "field", "/volumes",
		"/volumes are of those in their room: move them first");
	return false;
}

void ts_patch_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant_settings settings;
	struct change change;
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (!participant || !ts_api_precondition(api, request, room)) return;
	json_t *patch = ts_body_read(request, &ts_shape_participant, TS_USE_PATCH);
	if (!patch) return;
	const char *avatar = json_string_value(json_object_get(patch, "avatar"));
	if ((!avatar || ts_has_image(api, request, avatar, "/avatar")) &&
		read_change(api, request, participant, patch, &change) &&
		(!change.room || move(api, request, participant, change.room)) &&
		(!change.view || !ts_api_choose_view(api, request, participant, change.view))) {
		ts_personal_use(participant, &change.personal);
		ts_participant_settings(participant, &settings);
		take(&settings, patch);
		ts_participant_set(participant, &settings);
		ts_reply_of_room(api, request, ts_participant_room(participant),
			ts_participant_json(api, participant));
	}
	json_decref(patch);
}

/* Who is muted already more strictly stays so by a soft one; off lifts what the API did. */
static bool mute_one(struct ts_participant *p, enum ts_mute_entry mute)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	const enum ts_muted_by before = s.muted_by;
	if (mute == TS_ENTRY_OPEN && before != TS_MUTED_API) return false;
	if (mute == TS_ENTRY_SOFT && before != TS_MUTED_NOT) return false;
	s.muted_by = ts_muted_as(mute);
	ts_participant_set(p, &s);
	return s.muted_by != before;
}

static bool is_of_all(struct ts_participant *p, bool hosts, GHashTable *except)
{
	struct ts_participant_settings s;
	if (ts_participant_kind(p) == TS_KIND_WHEP) return false;
	ts_participant_settings(p, &s);
	return (hosts || !ts_role_is_host(s.role)) &&
		!g_hash_table_contains(except, ts_participant_id(p));
}

void ts_post_mute(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_mute_all, TS_USE_BODY) : NULL;
	if (!body) return;
	const enum ts_mute_entry mute = ts_mute_named(
		json_string_value(json_object_get(body, "mute")));
	const bool hosts = json_is_true(json_object_get(body, "hosts"));
	g_autoptr(GHashTable) except = g_hash_table_new(g_str_hash, g_str_equal);
	const json_t *id;
	size_t i, n = 0;
	json_array_foreach(json_object_get(body, "except"), i, id)
	{
		g_hash_table_add(except, (char *)(uintptr_t)json_string_value(id));
	}
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		n += is_of_all(p, hosts, except) && mute_one(p, mute);
	json_decref(body);
	ts_reply_json(request, json_pack("{s:I}", "changed", (json_int_t)n), NULL);
}

void ts_delete_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (!participant || !ts_api_precondition(api, request, room)) return;
	ts_participant_leave(participant, "kicked");
	ts_reply_nothing(request);
}
