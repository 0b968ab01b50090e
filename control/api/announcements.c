/* announcements - /v1/rooms/{room}/announcements: sounds that are played into a room. */
#include "control/announcements/announcements.h"
#include "base/error.h"
#include "control/api/announcements.h"
#include "control/api/handlers.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <glib.h>
#include <string.h>

static void on_changed(void *arg, const struct ts_announcement *a, bool gone)
{
	struct ts_api *api = arg;
	if (!api->events) return;
	if (gone)
		ts_events_emit(api->events, TS_EVENT_ANNOUNCEMENT_REMOVED, a->room, a->id,
			json_pack("{s:s, s:s, s:s?}", "room", a->room, "id", a->id, "reason",
				ts_text_or_null(a->why)));
	else
		ts_events_emit(api->events, TS_EVENT_ANNOUNCEMENT_UPDATED, a->room, a->id,
			ts_announcement_json(a));
}

void ts_announcement_events(struct ts_api *api)
{
	ts_announcements_watch(api->announcements, on_changed, api);
}

/* ---- handlers */

static const struct ts_announcement *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_announcement *a = ts_announcements_find(
		api->announcements, param[0], param[1]);
	if (!a)
		ts_problem(request, 404, "no-such-announcement", NULL,
			"no announcement \"%.64s\" is played in room \"%.64s\"", param[1],
			param[0]);
	return a;
}

void ts_get_announcements(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_announcement *a;
	size_t at = 0;
	while ((a = ts_announcements_next(api->announcements, param[0], &at)))
		json_array_append_new(array, ts_announcement_json(a));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_announcement(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_announcement *a = find(api, request, param);
	if (a) ts_reply_json(request, ts_announcement_json(a), NULL);
}

static void refuse(struct ts_request *request, const struct ts_announcement_wish *wish, int err)
{
	if (err == TS_ENOTFOUND)
		ts_problem(request, 409, "nobody-here", NULL,
			"a sound is played while somebody is in the room, and nobody is");
	else if (err == TS_EINVAL)
		ts_problem(request, 422, "no-such-sound", "/file",
			"inputs.media_dir of this server has no such file, or is not set");
	else if (err == TS_EAUTH)
		ts_problem(request, 422, "not-allowed", "/url", "%s", wish->problem);
	else if (err == TS_EAGAIN)
		ts_problem(request, 409, "hears-nothing", "/to",
			"that participant is not connected yet, or is sent no sound");
	else if (err == TS_ELIMIT)
		ts_problem(request, 409, "too-many-announcements", NULL,
			"as many sounds are played as may");
	else
		ts_reply_later(request, err);
}

enum { DUCK_DB = 12 };

/* False: answered. */
static bool read_wish(struct ts_request *request, struct ts_room *room, const json_t *body,
	struct ts_announcement_wish *out)
{
	const char *sound = json_string_value(json_object_get(body, "sound"));
	const char *to = json_string_value(json_object_get(body, "to"));
	if (sound) ts_tune_named(&out->tune, sound);
	out->file = json_string_value(json_object_get(body, "file"));
	out->url = json_string_value(json_object_get(body, "url"));
	out->gain_db = json_number_value(json_object_get(body, "gain_db"));
	out->loop = json_is_true(json_object_get(body, "loop"));
	const json_t *duck = json_object_get(body, "duck_db");
	const bool speaks = (out->file || out->url) && !out->loop;
	out->duck_db = duck ? json_number_value(duck) : speaks ? DUCK_DB : 0;
	if (to && strcmp(to, "all")) out->to = ts_api_participant(request, room, to);
	return !to || !strcmp(to, "all") || out->to;
}

void ts_post_announcements(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	char location[200];
	struct ts_announcement_wish wish = {.tune = TS_TUNE_CHIME};
	const struct ts_announcement *a;
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_announcement_start, TS_USE_BODY)
			    : NULL;
	if (!body) return;
	const bool good = read_wish(request, room, body, &wish);
	const int err = good ? ts_announcements_start(api->announcements, room, &wish, &a) : 0;
	if (good && err) refuse(request, &wish, err);
	json_decref(body);
	if (!good || err) return;
	g_snprintf(location, sizeof(location), "/v1/rooms/%s/announcements/%s", a->room, a->id);
	ts_json_make(request, 201, ts_announcement_json(a));
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}

void ts_delete_announcement(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_announcement *a = find(api, request, param);
	if (!a) return;
	ts_announcements_stop(api->announcements, a);
	ts_reply_nothing(request);
}
