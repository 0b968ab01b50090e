/* rest - what the handlers of /v1 share, and the layout of now. */
#include "control/rest.h"
#include "base/error.h"
#include "control/handlers.h"
#include <glib.h>
#include <string.h>

enum { RETRY_AFTER_S = 10, TAGS_MAX = 16 };

json_t *ts_items_json(json_t *array)
{
	return json_pack("{s:o}", "items", array);
}

struct ts_participant *ts_api_participant(struct ts_request *request, struct ts_room *room, const char *id)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (!strcmp(info.id, id)) return p;
	}
	ts_problem(request, 404, "no-such-participant", NULL, "room \"%s\" has no participant \"%.64s\"",
		ts_room_config(room)->id, id);
	return NULL;
}

/* ---- entity tags */

/* One of a list of tags, or "*"; a weak tag of the same value never matches. */
static bool names(const char *list, const char *etag)
{
	g_auto(GStrv) tags = g_strsplit(list, ",", TAGS_MAX);
	for (char **tag = tags; *tag; tag++) {
		const char *one = g_strstrip(*tag);
		if (*etag && (!strcmp(one, "*") || !strcmp(one, etag))) return true;
	}
	return false;
}

bool ts_api_precondition(struct ts_api *api, struct ts_request *request, struct ts_room *room)
{
	const char *match = ts_request_header(request, "If-Match");
	const char *none = ts_request_header(request, "If-None-Match");
	char etag[TS_ETAG_MAX] = "";
	if (room) ts_registry_etag(api->registry, room, etag);
	if ((!match || names(match, etag)) && (!none || !names(none, etag))) return true;
	ts_problem_make(request, 412, "changed", NULL, "%s", room ? "the room is not what it was when you looked at it" : "there is no such room yet");
	if (room) ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
	return false;
}

/* ---- replies */

void ts_reply_of_room(struct ts_api *api, struct ts_request *request, struct ts_room *room, json_t *json)
{
	char etag[TS_ETAG_MAX];
	ts_registry_etag(api->registry, room, etag);
	ts_reply_json(request, json, etag);
}

void ts_reply_nothing(struct ts_request *request)
{
	ts_reply(request, 204, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_send(request);
}

void ts_reply_later(struct ts_request *request, int err)
{
	char seconds[16];
	g_snprintf(seconds, sizeof(seconds), "%d", RETRY_AFTER_S);
	if (err == TS_ELIMIT)
		ts_problem_make(request, 503, "too-many-rooms", NULL, "the server has as many rooms as it may have");
	else
		ts_problem_make(request, 503, ts_strerror(err), NULL, "the server cannot do that now");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

/* ---- layout */

/* The id of who is in a region, NULL when nobody is or he left a moment ago. */
static const char *occupant_id(struct ts_room *room, const struct ts_region *region, struct ts_participant_info *info)
{
	struct ts_participant *participant = region->occupant ? ts_room_by_key(room, region->occupant) : NULL;
	if (!participant) return NULL;
	ts_participant_info(participant, info);
	return info->id;
}

static json_t *regions_json(struct ts_room *room, const struct ts_layout *layout)
{
	json_t *array = json_array();
	for (size_t i = 0; i < layout->n; i++) {
		const struct ts_region *region = &layout->region[i];
		const struct ts_rect *rect = &region->rect;
		struct ts_participant_info info;
		const char *id = occupant_id(room, region, &info);
		json_array_append_new(array,
			json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s?, s:s?}", "x", rect->x, "y", rect->y, "w",
				rect->w, "h", rect->h, "z", region->z, "show", "next", "participant", id, "source",
				id ? "camera" : NULL));
	}
	return array;
}

/* Who is connected and could be shown, but has no region. */
static json_t *hidden_json(struct ts_room *room)
{
	json_t *array = json_array();
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (info.kind == TS_KIND_WHEP || info.region >= 0 || info.state == TS_P_CONNECTING) continue;
		json_array_append_new(array, json_string(info.id));
	}
	return array;
}

json_t *ts_layout_json(struct ts_room *room)
{
	const struct ts_layout *layout = ts_room_layout(room);
	return json_pack("{s:s, s:{s:i, s:i}, s:o, s:o}", "name", "grid", "canvas", "width", layout->canvas_w, "height",
		layout->canvas_h, "regions", regions_json(room, layout), "hidden", hidden_json(room));
}

void ts_get_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_of_room(api, request, room, ts_layout_json(room));
}
