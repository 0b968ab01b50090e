/* rest - /v1: rooms, participants and layout as JSON, in the shapes of the API's contract. */
#include "base/clock.h"
#include "base/media.h"
#include "control/api.h"
#include "control/handlers.h"
#include "control/problem.h"
#include <string.h>

static void reply_with_etag(struct ts_api *api, struct ts_request *request, struct ts_room *room, json_t *json)
{
	char etag[TS_ETAG_MAX];
	ts_registry_etag(api->registry, room, etag);
	ts_reply_json(request, json, etag);
}

static json_t *items(json_t *array)
{
	return json_pack("{s:o}", "items", array);
}

static const char *codec_or_null(enum ts_codec codec)
{
	return codec == TS_CODEC_NONE ? NULL : ts_codec_name(codec);
}

/* ---- rooms */

static json_t *room_json(const struct ts_room *room)
{
	const struct ts_room_config *c = ts_room_config(room);
	return json_pack("{s:s, s:{s:i, s:i, s:i, s:I}, s:s, s:I, s:I, s:b, s:b}", "id", c->id, "video", "width",
		c->width, "height", c->height, "fps", c->fps, "bitrate_kbps", (json_int_t)c->bitrate_kbps, "layout",
		"grid", "max_participants", (json_int_t)c->max_participants, "max_watchers",
		(json_int_t)c->max_watchers, "pin_set", 0, "locked", 0);
}

void ts_get_rooms(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	(void)param;
	for (struct ts_room *room = ts_registry_first(api->registry); room;
		room = ts_registry_next(api->registry, room))
		json_array_append_new(array, room_json(room));
	ts_reply_json(request, items(array), NULL);
}

void ts_get_room(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) reply_with_etag(api, request, room, room_json(room));
}

/* ---- participants */

static json_t *sources_json(const struct ts_participant_info *info)
{
	const struct ts_source_info *camera = &info->camera;
	json_t *tiles = json_array();
	if (!camera->active) {
		json_decref(tiles);
		return json_array();
	}
	if (info->region >= 0)
		json_array_append_new(tiles, json_pack("{s:s, s:i}", "view", "main", "region", info->region));
	return json_pack("[{s:s, s:s?, s:i, s:i, s:i, s:o}]", "kind", "camera", "codec", codec_or_null(camera->codec),
		"width", camera->width, "height", camera->height, "fps", camera->fps, "tiles", tiles);
}

/* null for one who takes no video. */
static json_t *receives_json(const struct ts_participant_info *info)
{
	const struct ts_step *step = &info->receives;
	if (!step->width) return json_null();
	return json_pack("{s:s, s:s?, s:i, s:i, s:i, s:I}", "view", "main", "codec",
		codec_or_null(info->receives_codec), "width", step->width, "height", step->height, "fps", step->fps,
		"kbps", (json_int_t)step->bitrate_bps / 1000);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Of both media together. rtt_ms is null until it is known. */
static json_t *stats_json(
	struct ts_api *api, struct ts_participant *participant, const struct ts_participant_info *info)
{
	const struct ts_media_stats *a = &info->audio_stats, *v = &info->video_stats;
	struct ts_member *member = ts_registry_member(api->registry, participant);
	struct ts_rates_sample now = {
		.at_ns = ts_now_ns(),
		.bytes_in = a->bytes_in + v->bytes_in,
		.bytes_out = a->bytes_out + v->bytes_out,
		.packets_in = a->packets_in + v->packets_in,
		.lost = a->lost + v->lost,
	};
	struct ts_rates_view view = {0};
	if (member) ts_rates_look(&member->rates, &now, &view);
	uint32_t rtt_us = larger(a->rtt_us, v->rtt_us);
	return json_pack("{s:f, s:f, s:o, s:I, s:I}", "loss", view.loss, "jitter_ms",
		larger(a->jitter_us, v->jitter_us) / 1000.0, "rtt_ms",
		rtt_us ? json_real(rtt_us / 1000.0) : json_null(), "kbps_in", (json_int_t)view.kbps_in, "kbps_out",
		(json_int_t)view.kbps_out);
}

/* What later parts will set (identity, mute, gain) stands here with the value it has until then. */
static json_t *participant_json(struct ts_api *api, struct ts_participant *participant)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	return json_pack("{s:s, s:s, s:n, s:s, s:s, s:b, s:n, s:b, s:f, s:{s:s?, s:i}, s:o, s:o, s:o}", "id", info.id,
		"name", info.name, "identity", "kind", ts_kind_name(info.kind), "state",
		ts_participant_state_name(info.state), "muted", 0, "muted_by", "speaking", info.speaking, "gain_db",
		0.0, "audio", "codec", codec_or_null(info.audio_codec), "level_dbov", info.level_dbov, "sources",
		sources_json(&info), "receives", receives_json(&info), "stats", stats_json(api, participant, &info));
}

void ts_get_participants(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room) return;
	json_t *array = json_array();
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		json_array_append_new(array, participant_json(api, p));
	reply_with_etag(api, request, room, items(array));
}

static struct ts_participant *find_participant(struct ts_room *room, const char *id)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (!strcmp(info.id, id)) return p;
	}
	return NULL;
}

void ts_get_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room) return;
	struct ts_participant *participant = find_participant(room, param[1]);
	if (participant)
		reply_with_etag(api, request, room, participant_json(api, participant));
	else
		ts_problem(request, 404, "no-such-participant", NULL, "room \"%s\" has no participant \"%.64s\"",
			param[0], param[1]);
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

void ts_get_layout(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room) return;
	const struct ts_layout *layout = ts_room_layout(room);
	reply_with_etag(api, request, room,
		json_pack("{s:s, s:{s:i, s:i}, s:o, s:o}", "name", "grid", "canvas", "width", layout->canvas_w,
			"height", layout->canvas_h, "regions", regions_json(room, layout), "hidden",
			hidden_json(room)));
}
