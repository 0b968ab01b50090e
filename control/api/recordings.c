/* recordings - /v1/rooms/{room}/recordings: what runs, what is kept. */
#include "control/recordings/recordings.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/api/recordings.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "control/schema/params.h"
#include "layout/name.h"
#include <string.h>

static void on_changed(void *arg, const struct ts_recording *r, bool gone)
{
	struct ts_api *api = arg;
	if (!api->events) return;
	if (gone)
		ts_events_emit(api->events, TS_EVENT_RECORDING_REMOVED, r->room, r->id,
			json_pack("{s:s, s:s}", "room", r->room, "id", r->id));
	else
		ts_events_emit(api->events, TS_EVENT_RECORDING_UPDATED, r->room, r->id,
			ts_recording_json(r));
}

void ts_recording_events(struct ts_api *api)
{
	ts_recordings_watch(api->recordings, on_changed, api);
}

/* ---- handlers */

static const struct ts_recording *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_recording *r = ts_recordings_find(api->recordings, param[0], param[1]);
	if (!r)
		ts_problem(request, 404, "no-such-recording", NULL,
			"room \"%.64s\" has no recording \"%.64s\"", param[0], param[1]);
	return r;
}

void ts_get_recordings(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_recording *r;
	size_t at = 0;
	while ((r = ts_recordings_next(api->recordings, param[0], &at)))
		json_array_append_new(array, ts_recording_json(r));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_recording(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_recording *r = find(api, request, param);
	if (r) ts_reply_json(request, ts_recording_json(r), NULL);
}

static void refuse(struct ts_request *request, int err)
{
	if (err == TS_ENOTFOUND)
		ts_problem(request, 409, "nobody-here", NULL,
			"a recording lasts while somebody is in the room, and nobody is");
	else if (err == TS_EFULL || err == TS_EIO)
		ts_problem(request, 507, "disk-full", NULL,
			"there is no room for another recording on the disk of this server");
	else if (err == TS_EEXIST)
		ts_problem(request, 409, "tracks-taken", NULL,
			"the streams of this room's participants are recorded already");
	else if (err == TS_ELIMIT)
		ts_problem(
			request, 409, "too-many-recordings", NULL, "as many recordings run as may");
	else
		ts_reply_later(request, err);
}

void ts_post_recordings(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	char name[TS_NAME_MAX + 1] = "", location[200];
	struct ts_recording_wish wish = {.container = TS_CONTAINER_MP4, .name = name};
	const struct ts_recording *r;
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_recording_start, TS_USE_BODY) : NULL;
	if (!body) return;
	if (!ts_api_named_view(request, room, body, &wish.view)) {
		json_decref(body);
		return;
	}
	const char *format = json_string_value(json_object_get(body, "format"));
	const char *given = json_string_value(json_object_get(body, "name"));
	const char *tracks = json_string_value(json_object_get(body, "tracks"));
	const json_t *most = json_object_get(body, "max_duration_s");
	if (format) ts_container_named(&wish.container, format);
	if (given) ts_name_clean(name, given);
	if (json_is_number(most)) wish.max_duration_s = (int)json_number_value(most);
	wish.with_tracks = tracks && !strcmp(tracks, "mix+participants");
	json_decref(body);
	const int err = ts_recordings_start(api->recordings, room, &wish, &r);
	if (err) {
		refuse(request, err);
		return;
	}
	g_snprintf(location, sizeof(location), "/v1/rooms/%s/recordings/%s", r->room, r->id);
	ts_json_make(request, 201, ts_recording_json(r));
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}

void ts_patch_recording(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_recording *r = find(api, request, param);
	json_t *patch = r ? ts_body_read(request, &ts_shape_recording_change, TS_USE_PATCH) : NULL;
	if (!patch) return;
	const json_t *paused = json_object_get(patch, "paused");
	/* null: back to the default */
	const int err = paused ? ts_recordings_pause(api->recordings, r, json_is_true(paused)) : 0;
	json_decref(patch);
	if (err == TS_EINVAL)
		ts_problem(request, 409, "not-running", NULL, "the recording has ended");
	else if (err)
		ts_reply_later(request, err);
	else
		ts_reply_json(request, ts_recording_json(r), NULL);
}

void ts_delete_recording(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	bool and_file = false;
	const struct ts_recording *r = find(api, request, param);
	if (!r || !ts_ask_flag(request, "delete_file", &and_file)) return;
	ts_recordings_stop(api->recordings, r, and_file || !ts_recording_is_running(r));
	ts_reply_nothing(request);
}
