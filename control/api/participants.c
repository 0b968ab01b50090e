/* participants - /v1/rooms/{room}/participants: who is in a room, and what is set of them. */
#include "base/clock.h"
#include "base/media.h"
#include "control/schema/body.h"
#include "control/calls/call.h"
#include "control/api/handlers.h"
#include "control/api/rest.h"
#include "control/api/shapes.h"
#include <glib.h>
#include <string.h>

static const char *codec_or_null(enum ts_codec codec)
{
	return codec == TS_CODEC_NONE ? NULL : ts_codec_name(codec);
}

static void add_source(json_t *sources, const char *kind, const struct ts_source_info *source, int region)
{
	json_t *tiles = json_array();
	if (region >= 0) json_array_append_new(tiles, json_pack("{s:s, s:i}", "view", "main", "region", region));
	char error[TS_REFUSAL_TEXT];
	ts_refusal_print(error, &source->error);
	json_array_append_new(sources,
		json_pack("{s:s, s:s?, s:i, s:i, s:i, s:o, s:s?}", "kind", kind, "codec", codec_or_null(source->codec),
			"width", source->width, "height", source->height, "fps", source->fps, "tiles", tiles, "error",
			*error ? error : NULL));
}

static json_t *sources_json(const struct ts_participant_info *info)
{
	json_t *sources = json_array();
	if (info->camera.active) add_source(sources, "camera", &info->camera, info->region);
	if (info->slides.active) add_source(sources, "slides", &info->slides, info->slides_region);
	return sources;
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

/* Of all media together. rtt_ms is null until it is known. */
static json_t *stats_json(
	struct ts_api *api, struct ts_participant *participant, const struct ts_participant_info *info)
{
	const struct ts_media_stats *a = &info->audio_stats, *v = &info->video_stats, *slides = &info->slides_stats;
	struct ts_member *member = ts_registry_member(api->registry, participant);
	struct ts_rates_sample now = {
		.at_ns = ts_now_ns(),
		.bytes_in = a->bytes_in + v->bytes_in + slides->bytes_in,
		.bytes_out = a->bytes_out + v->bytes_out + slides->bytes_out,
		.packets_in = a->packets_in + v->packets_in + slides->packets_in,
		.lost = a->lost + v->lost + slides->lost,
	};
	struct ts_rates_view view = {0};
	if (member) ts_rates_look(&member->rates, &now, &view);
	uint32_t rtt_us = larger(a->rtt_us, v->rtt_us);
	return json_pack("{s:f, s:f, s:o, s:I, s:I}", "loss", view.loss, "jitter_ms",
		larger(a->jitter_us, v->jitter_us) / 1000.0, "rtt_ms",
		rtt_us ? json_real(rtt_us / 1000.0) : json_null(), "kbps_in", (json_int_t)view.kbps_in, "kbps_out",
		(json_int_t)view.kbps_out);
}

const char *ts_muted_by_name(enum ts_muted_by by)
{
	static const char *const names[] = {[TS_MUTED_NOT] = NULL, [TS_MUTED_SELF] = "self", [TS_MUTED_API] = "api"};
	return names[by];
}

static const char *text_or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static const char *agent_of(const struct ts_api *api, const struct ts_participant_info *info)
{
	const char *agent = info->kind == TS_KIND_SIP ? ts_calls_agent(api->calls, info->id) : "";
	return g_utf8_validate(agent, -1, NULL) ? agent : "";
}

json_t *ts_participant_json(struct ts_api *api, struct ts_participant *participant)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	return json_pack(
		"{s:s, s:s, s:s?, s:s, s:s, s:s?, s:b, s:s?, s:b, s:b, s:f, s:{s:s?, s:i}, s:o, s:o, s:o, s:s?}", "id",
		info.id, "name", info.name, "identity", text_or_null(info.identity), "kind", ts_kind_name(info.kind),
		"state", ts_participant_state_name(info.state), "role", text_or_null(info.role), "muted",
		info.muted_by != TS_MUTED_NOT, "muted_by", ts_muted_by_name(info.muted_by), "video_muted",
		info.video_muted, "speaking", info.speaking, "gain_db", info.gain_db, "audio", "codec",
		codec_or_null(info.audio_codec), "level_dbov", info.level_dbov, "sources", sources_json(&info),
		"receives", receives_json(&info), "stats", stats_json(api, participant, &info), "user_agent",
		text_or_null(agent_of(api, &info)));
}

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
static struct ts_participant *find(
	struct ts_api *api, struct ts_request *request, const char *const *param, struct ts_room **room)
{
	*room = ts_api_room(api, request, param[0]);
	return *room ? ts_api_participant(request, *room, param[1]) : NULL;
}

void ts_get_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (participant) ts_reply_of_room(api, request, room, ts_participant_json(api, participant));
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
		else if (!strcmp(key, "muted"))
			settings->muted_by = json_is_true(value) ? TS_MUTED_API : TS_MUTED_NOT;
		else if (!strcmp(key, "video_muted"))
			settings->video_muted = json_is_true(value);
		else if (!strcmp(key, "gain_db"))
			settings->gain_db = json_number_value(value);
	}
}

void ts_patch_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant_settings settings;
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (!participant || !ts_api_precondition(api, request, room)) return;
	json_t *patch = ts_body_read(request, &ts_shape_participant, TS_USE_PATCH);
	if (!patch) return;
	ts_participant_settings(participant, &settings);
	take(&settings, patch);
	json_decref(patch);
	ts_participant_set(participant, &settings);
	ts_reply_of_room(api, request, room, ts_participant_json(api, participant));
}

void ts_delete_participant(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	struct ts_participant *participant = find(api, request, param, &room);
	if (!participant || !ts_api_precondition(api, request, room)) return;
	ts_participant_leave(participant, "kicked");
	ts_reply_nothing(request);
}
