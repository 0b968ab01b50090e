#include "control/join/own.h"
#include "control/events/events.h"
#include "control/http/query.h"
#include "control/identity/caller.h"
#include "control/ivr/waiting.h"
#include "control/join/handlers.h"
#include "control/join/ice_links.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/personal.h"
#include "control/rooms/rest.h"
#include "control/rooms/windows.h"
#include "control/schema/body.h"
#include "mixer/room/roles.h"
#include <glib.h>
#include <string.h>

/* The participant, and their room. */
static json_t *own_json(struct ts_participant *participant)
{
	const struct ts_room_config *config = ts_room_config(ts_participant_room(participant));
	struct ts_participant_settings settings;
	json_t *json = ts_own_person_json(participant);
	ts_participant_settings(participant, &settings);
	if (json) json_object_set_new(json, "listen_db", json_real(settings.listen_db));
	ts_add_channels(json, participant, false);
	ts_add_personal(json, participant);
	if (json)
		json_object_set_new(json, "view",
			json_string(ts_room_view_config(ts_participant_view(participant))->id));
	if (json) json_object_set_new(json, "room", json_string(ts_room_id_told(config)));
	if (json) json_object_set_new(json, "waiting", json_boolean(*config->waits_for));
	return json;
}

static struct ts_member *find(struct ts_api *api, struct ts_request *request, const char *secret)
{
	struct ts_member *member = ts_registry_session(api->registry, secret);
	if (!member)
		ts_problem(request, 404, "no-such-session", NULL,
			"there is no such session; it may have ended");
	return member;
}

void ts_get_own(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_member *member = find(api, request, param[0]);
	if (!member) return;
	ts_json_make(request, 200, own_json(member->participant));
	/* for a restart of ICE: the account of the join may have ended */
	ts_ice_links_add(request, api->config);
	ts_reply_send(request);
}

void ts_get_own_participants(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_member *member = find(api, request, param[0]);
	if (!member) return;
	json_t *array = json_array();
	struct ts_room *room = ts_participant_room(member->participant);
	/* those who wait do not see each other */
	const bool waits = *ts_room_config(room)->waits_for;
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		if (!waits || p == member->participant)
			json_array_append_new(array, ts_own_person_json(p));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_own_events(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_events_scope scope = {.room = ""};
	struct ts_participant_info info;
	struct ts_member *member = find(api, request, param[0]);
	if (!member) return;
	ts_participant_info(member->participant, &info);
	const struct ts_room_config *room = ts_room_config(
		ts_participant_room(member->participant));
	g_strlcpy(scope.room, ts_room_id_told(room), sizeof(scope.room));
	scope.waits = *room->waits_for;
	g_strlcpy(scope.person, info.id, sizeof(scope.person));
	ts_events_open(api->events, request, &scope);
}

void ts_get_own_explain(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_member *member = find(api, request, param[0]);
	if (member) ts_reply_json(request, ts_explain_json(member->participant, true), NULL);
}

void ts_get_own_quality(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_member *member = find(api, request, param[0]);
	if (member) ts_reply_json(request, ts_quality_json(api, member->participant), NULL);
}

/* A mute of the API is not the participant's to lift. */
static bool read_mute(
	struct ts_request *request, struct ts_participant_settings *settings, const json_t *muted)
{
	if (!muted) return true;
	if (json_is_false(muted) && !(ts_role_rights(settings->role) & TS_MAY_SPEAK)) {
		ts_problem(request, 409, "role-forbids", "/muted",
			"your role is to watch: nobody hears you");
		return false;
	}
	if (settings->muted_by == TS_MUTED_API && json_is_true(muted)) return true;
	if (settings->muted_by != TS_MUTED_API) {
		settings->muted_by = json_is_true(muted) ? TS_MUTED_SELF : TS_MUTED_NOT;
		return true;
	}
	ts_problem(request, 409, "muted-by-api", "/muted", "you were muted by who runs the room");
	return false;
}

/* The last of a change: the others are theirs whoever they are. False: answered. */
static bool become_host(struct ts_api *api, struct ts_request *request,
	struct ts_participant *participant, const char *pin)
{
	struct ts_participant_settings settings;
	const char *id = ts_room_id_told(ts_room_config(ts_participant_room(participant)));
	const struct ts_room *room = ts_registry_find(api->registry, id);
	if (!room || !ts_admission_host(api->admission, request, room, pin)) return false;
	ts_participant_settings(participant, &settings);
	g_strlcpy(settings.role, TS_HOST, sizeof(settings.role));
	ts_participant_set(participant, &settings);
	ts_waiting_let_in(api->waiting, participant);
	return true;
}

/* False: refused, and nothing of it has changed. */
static bool read_view(struct ts_api *api, struct ts_request *request, struct ts_member *member,
	const json_t *patch)
{
	const json_t *view = json_object_get(patch, "view");
	const json_t *window = json_object_get(patch, "window");
	const int was[] = {member->window.width, member->window.height};
	int rc = 0;
	if (json_is_object(window)) {
		member->window.width = (int)json_integer_value(json_object_get(window, "width"));
		member->window.height = (int)json_integer_value(json_object_get(window, "height"));
	}
	if (view)
		rc = ts_api_choose_view(api, request, member->participant, view);
	else if (window) /* no step of it may fit the decoder: then it is the one before */
		ts_window_follow(api->registry, member->participant);
	if (!rc) return true;
	member->window.width = was[0];
	member->window.height = was[1];
	return false;
}

void ts_own_patch(struct ts_api *api, struct ts_request *request, struct ts_member *member)
{
	struct ts_participant_settings settings;
	struct ts_personal_change personal;
	json_t *patch = ts_body_read(request, &ts_shape_own, TS_USE_PATCH);
	if (!patch) return;
	const json_t *name = json_object_get(patch, "name");
	ts_participant_settings(member->participant, &settings);
	if (name && member->is_named) {
		ts_problem(request, 409, "name-fixed", "/name",
			"your name is the one of the token that you joined by");
		json_decref(patch);
		return;
	}
	if (name)
		g_strlcpy(settings.name, json_is_null(name) ? "" : json_string_value(name),
			sizeof(settings.name));
	if (json_object_get(patch, "listen_db"))
		settings.listen_db = json_number_value(json_object_get(patch, "listen_db"));
	const json_t *channel = json_object_get(patch, "channel");
	if (channel)
		g_strlcpy(settings.channel, json_is_null(channel) ? "" : json_string_value(channel),
			sizeof(settings.channel));
	ts_read_hand(&settings, json_object_get(patch, "hand"));
	const char *pin = json_string_value(json_object_get(patch, "pin"));
	if (ts_personal_read(api, request, member->participant, NULL, patch, &personal) &&
		read_mute(request, &settings, json_object_get(patch, "muted")) &&
		read_view(api, request, member, patch)) {
		ts_personal_use(member->participant, &personal);
		ts_participant_set(member->participant, &settings);
		if (!pin || become_host(api, request, member->participant, pin))
			ts_reply_json(request, own_json(member->participant), NULL);
	}
	json_decref(patch);
}

void ts_get_events(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_events_scope scope = {.room = ""};
	(void)param;
	scope.caller = ts_request_caller(request);
	if (ts_query_text(request, "room", scope.room, sizeof(scope.room)) ||
		(ts_request_query(request, "room") && !ts_room_id_ok(scope.room)))
		ts_problem(request, 400, "query", "/room",
			"a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -", TS_ROOM_ID_MAX);
	else if (*scope.room && !ts_caller_has_room(scope.caller, scope.room))
		ts_problem(request, 403, "other-room", "/room", "this token is for other rooms");
	else
		ts_events_open(api->events, request, &scope);
}
