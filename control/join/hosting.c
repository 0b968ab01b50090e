#include "control/join/hosting.h"
#include "base/log.h"
#include "control/http/context.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/ivr/waiting.h"
#include "control/join/handlers.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/schema/body.h"

void ts_reply_waiting(struct ts_api *api, struct ts_request *request, struct ts_room *room)
{
	struct ts_room *hidden = ts_waiting_room(api->waiting, room);
	json_t *array = json_array();
	for (struct ts_participant *p = hidden ? ts_room_first(hidden) : NULL; p;
		p = ts_room_next(p))
		json_array_append_new(array, ts_waiting_json(p));
	ts_reply_json(request, ts_items_json(array), NULL);
}

static struct ts_participant *find(
	struct ts_api *api, struct ts_request *request, struct ts_room *room, const char *id)
{
	struct ts_participant *p = ts_waiting_find(api->waiting, room, id);
	if (!p)
		ts_problem(request, 404, "not-waiting", NULL,
			"nobody of the id \"%.64s\" waits for this room", id);
	return p;
}

void ts_change_waiting(
	struct ts_api *api, struct ts_request *request, struct ts_room *room, const char *id)
{
	struct ts_participant *p = find(api, request, room, id);
	json_t *patch = p ? ts_body_read(request, &ts_shape_waiting, TS_USE_PATCH) : NULL;
	if (!patch) return;
	if (json_is_false(json_object_get(patch, "waiting"))) ts_waiting_let_in(api->waiting, p);
	json_decref(patch);
	ts_reply_json(request, ts_waiting_json(p), NULL);
}

void ts_refuse_waiting(
	struct ts_api *api, struct ts_request *request, struct ts_room *room, const char *id)
{
	struct ts_participant *p = find(api, request, room, id);
	if (!p) return;
	ts_participant_leave(p, "refused");
	ts_reply_nothing(request);
}

/* ---- hosts themselves */

/* The room of one who may; NULL: answered. */
static struct ts_room *hosted(struct ts_api *api, struct ts_request *request, const char *secret)
{
	const struct ts_member *member = ts_registry_session(api->registry, secret);
	struct ts_participant_settings settings;
	if (!member) {
		ts_problem(request, 404, "no-such-session", NULL,
			"there is no such session; it may have ended");
		return NULL;
	}
	struct ts_room *room = ts_participant_room(member->participant);
	ts_participant_settings(member->participant, &settings);
	if (ts_role_is_host(settings.role) && !ts_registry_is_hidden(api->registry, room))
		return room;
	ts_problem(request, 403, "not-host", NULL, "only hosts may see who waits");
	return NULL;
}

void ts_get_own_waiting(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = hosted(api, request, param[0]);
	if (room) ts_reply_waiting(api, request, room);
}

void ts_patch_own_waiting(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = hosted(api, request, param[0]);
	if (room) ts_change_waiting(api, request, room, param[1]);
}

void ts_delete_own_waiting(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = hosted(api, request, param[0]);
	if (room) ts_refuse_waiting(api, request, room, param[1]);
}
