/* views - /v1/rooms/{room}/views: further pictures of a room, each with a canvas and layout of its
 * own. */
#include "base/error.h"
#include "control/api/branding.h"
#include "control/api/handlers.h"
#include "control/http/etag.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/rest.h"
#include "control/rooms/windows.h"
#include "control/schema/body.h"
#include <glib.h>
#include <string.h>

/* Both of a path; NULL: there is none, and that was answered. */
static struct ts_room_view *find(struct ts_api *api, struct ts_request *request,
	const char *const *param, struct ts_room **room)
{
	*room = ts_api_room(api, request, param[0]);
	struct ts_room_view *view = *room ? ts_room_find_view(*room, param[1]) : NULL;
	if (view && ts_room_view_config(view)->hidden) view = NULL;
	if (*room && !view)
		ts_problem(request, 404, "no-such-view", NULL, "room \"%s\" has no view \"%.64s\"",
			ts_room_config(*room)->id, param[1]);
	return view;
}

void ts_get_views(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_of_room(api, request, room, ts_items_json(ts_views_json(room)));
}

void ts_get_view(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_room_view *view = find(api, request, param, &room);
	if (view) ts_reply_of_room(api, request, room, ts_view_json(room, view));
}

/* ---- bodies */

/* What a checked body says, over the canvas of the room. view: that is changed; NULL: it is made.
 * False: answered. */
static bool read_config(struct ts_api *api, struct ts_request *request, const struct ts_room *room,
	const struct ts_room_view *view, const json_t *body, struct ts_room_view_config *out)
{
	struct ts_room_config c = *ts_room_config(room);
	const json_t *when = json_object_get(body, "when");
	const json_t *video = json_object_get(body, "video");
	/* of another size than the room's: by that, unless it is said */
	if (json_object_get(video, "width") || json_object_get(video, "height")) c.bitrate_kbps = 0;
	if (!ts_read_video(request, video, &c)) return false;
	*out = (struct ts_room_view_config){.width = c.width,
		.height = c.height,
		.fps = c.fps,
		.bitrate_kbps = c.bitrate_kbps,
		.ladder = c.ladder,
		.no_labels = json_is_false(json_object_get(body, "labels")),
		.aspect_min = json_number_value(json_object_get(when, "aspect_min")),
		.aspect_max = json_number_value(json_object_get(when, "aspect_max"))};
	if (!ts_read_branding(api, request, body,
		    view ? &ts_room_view_config(view)->branding : NULL, &out->branding))
		return false;
	if (out->aspect_max <= 0 || out->aspect_min <= out->aspect_max) return true;
	ts_problem(request, 422, "field", "/when/aspect_min",
		"/when/aspect_min is more than /when/aspect_max: no window is such");
	return false;
}

static bool same_canvas(const struct ts_room_view_config *a, const struct ts_room_view_config *b)
{
	return a->width == b->width && a->height == b->height;
}

/* Of the layout that the body names, NULL: none. It, or the one that stays, must do something with
 * that canvas. was: as the view is until now; NULL: it is new. False: answered. */
static bool read_layout(struct ts_api *api, struct ts_request *request, const json_t *body,
	struct ts_room *room, struct ts_room_view *was, const struct ts_room_view_config *config,
	struct ts_layout_doc **out)
{
	const struct ts_layout_doc *stays = ts_room_view_layout_doc(
		was ? was : ts_room_main_view(room));
	const char *name = json_string_value(json_object_get(body, "layout"));
	struct ts_layout_error err;
	*out = name ? ts_layout_store_find(api->layouts, name) : NULL;
	if (name && !*out) {
		ts_problem(request, 422, "no-such-layout", "/layout",
			"there is no layout \"%.64s\"", name);
		return false;
	}
	if (was && (!*out || *out == stays) && same_canvas(ts_room_view_config(was), config))
		return true;
	if (!ts_layout_check(*out ? *out : stays, config->width, config->height, &err)) return true;
	ts_problem(request, 422, "layout", "/layout", "%s%s%s", err.pointer,
		*err.pointer ? ": " : "", err.reason);
	return false;
}

static void refuse(struct ts_request *request, const char *id, int err)
{
	if (err == TS_EEXIST)
		ts_problem(
			request, 409, "view-exists", "/id", "there is a view \"%s\" already", id);
	else if (err == TS_ELIMIT)
		ts_problem(request, 409, "too-many-views", NULL,
			"a room has at most %d views, and those removed last may not have ended",
			TS_ROOM_VIEWS_MAX);
	else
		ts_reply_later(request, err);
}

static void make(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	const char *id, const json_t *body)
{
	struct ts_room_view_config config;
	struct ts_layout_doc *doc;
	struct ts_room_view *view;
	char etag[TS_ETAG_MAX];
	if (!read_config(api, request, room, NULL, body, &config) ||
		!read_layout(api, request, body, room, NULL, &config, &doc))
		return;
	g_strlcpy(config.id, id, sizeof(config.id));
	const int err = ts_room_add_view(room, &config, doc, &view);
	if (err) {
		refuse(request, id, err);
		return;
	}
	ts_window_follow_all(api->registry, room);
	g_autofree char *location = g_strdup_printf(
		"/v1/rooms/%s/views/%s", ts_room_config(room)->id, id);
	json_t *json = ts_view_json(room, view);
	ts_registry_etag(api->registry, room, etag);
	ts_json_make(request, 201, json);
	ts_reply_header(request, "Location", location);
	ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
}

void ts_post_views(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_view, TS_USE_BODY) : NULL;
	if (!body) return;
	const char *id = json_string_value(json_object_get(body, "id"));
	if (id)
		make(api, request, room, id, body);
	else
		ts_problem(request, 422, "field", "/id", "/id is needed");
	json_decref(body);
}

static bool id_stays(struct ts_request *request, const json_t *body, const char *id)
{
	const json_t *given = json_object_get(body, "id");
	if (!given || (json_is_string(given) && !strcmp(json_string_value(given), id))) return true;
	ts_problem(request, 422, "field", "/id", "/id is \"%s\" and never changes", id);
	return false;
}

/* The room's own settings are main's: two ways to the same would differ. */
static bool is_further(struct ts_request *request, const struct ts_room_view *view)
{
	if (!view || !ts_room_view_is_main(view)) return true;
	ts_problem(request, 409, "main-view", NULL,
		"main is always there: it changes with the room and its layout");
	return false;
}

static void change(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	struct ts_room_view *view, const json_t *body)
{
	struct ts_room_view_config config;
	struct ts_layout_doc *doc;
	if (!read_config(api, request, room, view, body, &config) ||
		!read_layout(api, request, body, room, view, &config, &doc))
		return;
	const int err = ts_room_change_view(view, &config);
	if (err) {
		refuse(request, ts_room_view_config(view)->id, err);
		return;
	}
	if (doc && doc != ts_room_view_layout_doc(view)) ts_room_view_set_layout(view, doc);
	ts_window_follow_all(api->registry, room);
	ts_reply_of_room(api, request, room, ts_view_json(room, view));
}

static bool may_change(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	const struct ts_room_view *view)
{
	char etag[TS_ETAG_MAX] = "";
	if (!is_further(request, view)) return false;
	if (view) ts_registry_etag(api->registry, room, etag);
	return ts_precondition(request, etag,
		view ? "the room is not what it was when you looked at it"
		     : "there is no such view yet");
}

void ts_put_view(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room && !ts_view_id_ok(param[1])) {
		ts_problem(request, 404, "view-id", NULL,
			"a view id is 1 to %d of A-Z a-z 0-9 . _ ~ -, not beginning with a dot",
			TS_VIEW_ID_MAX);
		return;
	}
	struct ts_room_view *view = room ? ts_room_find_view(room, param[1]) : NULL;
	if (!room || !may_change(api, request, room, view)) return;
	json_t *body = ts_body_read(request, &ts_shape_view, TS_USE_BODY);
	if (!body) return;
	if (!id_stays(request, body, param[1])) {
		json_decref(body);
		return;
	}
	if (view)
		change(api, request, room, view, body);
	else
		make(api, request, room, param[1], body);
	json_decref(body);
}

void ts_patch_view(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_room_view *view = find(api, request, param, &room);
	if (!view || !may_change(api, request, room, view)) return;
	json_t *patch = ts_body_read(request, &ts_shape_view, TS_USE_PATCH);
	if (!patch) return;
	json_t *whole = ts_view_settings_json(view);
	/* as it was set, not as it is in effect: 0 goes on following size and rate */
	if (whole)
		json_object_set_new(json_object_get(whole, "video"), "bitrate_kbps",
			json_integer(ts_room_view_config(view)->bitrate_kbps));
	if (!whole || ts_body_merge(whole, patch))
		ts_reply_later(request, TS_ENOMEM);
	else if (id_stays(request, patch, param[1]))
		change(api, request, room, view, whole);
	json_decref(whole);
	json_decref(patch);
}

void ts_delete_view(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_room_view *view = find(api, request, param, &room);
	if (!view || !may_change(api, request, room, view)) return;
	ts_room_remove_view(view);
	ts_window_follow_all(api->registry, room);
	ts_reply_nothing(request);
}
