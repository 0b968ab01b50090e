#include "base/clock.h"
#include "base/media.h"
#include "control/bfcp/message.h"
#include "control/calls/call.h"
#include "control/calls/content.h"
#include "control/http/context.h"
#include "control/identity/card.h"
#include "control/json/json.h"
#include "control/rooms/registry.h"
#include "mixer/room/personal.h"
#include "mixer/room/views.h"
#include <glib.h>

static const char *codec_or_null(enum ts_codec codec)
{
	return codec == TS_CODEC_NONE ? NULL : ts_codec_name(codec);
}

static const char *layer_or_null(const struct ts_source_info *source, int layer)
{
	return source->n_layers && layer >= 0 ? source->layer_name[layer] : NULL;
}

/* Empty: there is but one stream. */
static json_t *layers_json(const struct ts_source_info *source)
{
	json_t *layers = json_array();
	for (size_t i = 0; i < source->n_layers; i++) {
		const struct ts_layer_info *l = &source->layers[i];
		json_array_append_new(layers,
			json_pack("{s:s, s:i, s:i, s:i, s:b}", "rid", source->layer_name[i],
				"width", l->width, "height", l->height, "kbps", l->kbps, "arriving",
				l->flows));
	}
	return layers;
}

static json_t *tiles_json(struct ts_participant *participant, enum ts_shows shows)
{
	struct ts_room *room = ts_participant_room(participant);
	json_t *tiles = json_array();
	for (struct ts_room_view *v = ts_room_main_view(room); v; v = ts_room_next_view(room, v)) {
		const int region = ts_room_view_region_of(v, participant, shows);
		if (region >= 0)
			json_array_append_new(tiles,
				json_pack("{s:s, s:i}", "view", ts_room_view_config(v)->id,
					"region", region));
	}
	return tiles;
}

static void add_source(
	json_t *sources, const char *kind, const struct ts_source_info *source, json_t *tiles)
{
	char error[TS_REFUSAL_TEXT];
	ts_refusal_print(error, &source->error);
	json_array_append_new(sources,
		json_pack("{s:s, s:s?, s:i, s:i, s:i, s:o, s:b, s:s?, s:s?, s:o}", "kind", kind,
			"codec", codec_or_null(source->codec), "width", source->width, "height",
			source->height, "fps", source->fps, "tiles", tiles, "frozen",
			source->frozen, "error", *error ? error : NULL, "layer",
			layer_or_null(source, source->layer), "simulcast", layers_json(source)));
}

static json_t *sources_json(
	struct ts_participant *participant, const struct ts_participant_info *info)
{
	json_t *sources = json_array();
	if (info->camera.active)
		add_source(
			sources, "camera", &info->camera, tiles_json(participant, TS_SHOWS_CAMERA));
	if (info->slides.active)
		add_source(
			sources, "slides", &info->slides, tiles_json(participant, TS_SHOWS_SLIDES));
	return sources;
}

json_t *ts_receives_json(const struct ts_participant_info *info)
{
	const struct ts_step *step = &info->receives;
	if (!step->width) return json_null();
	return json_pack("{s:s, s:s?, s:i, s:i, s:i, s:I, s:s?}", "view", info->view, "codec",
		codec_or_null(info->receives_codec), "width", step->width, "height", step->height,
		"fps", step->fps, "kbps", (json_int_t)step->bitrate_bps / 1000, "limited_by",
		ts_limited_by_name(info->limited_by));
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static json_t *available_json(const struct ts_network *network)
{
	uint32_t bps = network->estimate_bps ? network->estimate_bps : network->peer_bps;
	return bps ? json_integer(bps / 1000) : json_null();
}

void ts_participant_rates(struct ts_rates_view *out, struct ts_api *api,
	struct ts_participant *participant, const struct ts_participant_info *info)
{
	const struct ts_media_stats *a = &info->audio_stats, *v = &info->video_stats,
				    *slides = &info->slides_stats;
	struct ts_member *member = ts_registry_member(api->registry, participant);
	struct ts_rates_sample now = {
		.at_ns = ts_now_ns(),
		.bytes_in = a->bytes_in + v->bytes_in + slides->bytes_in,
		.bytes_out = a->bytes_out + v->bytes_out + slides->bytes_out,
		.packets_in = a->packets_in + v->packets_in + slides->packets_in,
		.lost = a->lost + v->lost + slides->lost,
		.audio = {a->packets_in, a->lost, a->restored},
	};
	*out = (struct ts_rates_view){0};
	if (member) ts_rates_read(&member->rates, &now, out);
}

static json_t *known_ms(int64_t ns)
{
	return ns > 0 ? json_real((double)ns / TS_NS_PER_MS) : json_null();
}

static json_t *latency_json(const struct ts_latency *l)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "network_ms",
		known_ms(l->network_ns), "jitter_buffer_ms", known_ms(l->jitter_buffer_ns),
		"decode_ms", known_ms(l->decode_ns), "tick_ms", known_ms(l->tick_ns), "compose_ms",
		known_ms(l->compose_ns), "encode_ms", known_ms(l->encode_ns), "pacer_ms",
		known_ms(l->pacer_ns));
}

/* rtt_ms is null until it is known. */
static json_t *stats_json(struct ts_api *api, struct ts_participant *participant,
	const struct ts_participant_info *info)
{
	const struct ts_media_stats *a = &info->audio_stats, *v = &info->video_stats;
	struct ts_rates_view view;
	ts_participant_rates(&view, api, participant, info);
	uint32_t rtt_us = larger(a->rtt_us, v->rtt_us);
	return json_pack("{s:f, s:f, s:o, s:o, s:I, s:I, s:o, s:I, s:o}", "loss", view.loss,
		"jitter_ms", larger(a->jitter_us, v->jitter_us) / 1000.0, "rtt_ms",
		rtt_us ? json_real(rtt_us / 1000.0) : json_null(), "av_skew_ms",
		info->lipsync.known ? json_real((double)info->lipsync.skew_ns / 1e6) : json_null(),
		"kbps_in", (json_int_t)view.kbps_in, "kbps_out", (json_int_t)view.kbps_out,
		"available_kbps", available_json(&info->network), "queue_ms",
		(json_int_t)info->network.queue_ms, "latency", latency_json(&info->latency));
}

const char *ts_muted_by_name(enum ts_muted_by by)
{
	static const char *const names[] = {[TS_MUTED_NOT] = NULL,
		[TS_MUTED_SELF] = "self",
		[TS_MUTED_API] = "api",
		[TS_MUTED_ROLE] = "role"};
	return names[by];
}

json_t *ts_time_or_null(int64_t unix_ms)
{
	return unix_ms ? json_integer((json_int_t)unix_ms) : json_null();
}

void ts_read_hand(struct ts_participant_settings *settings, const json_t *hand)
{
	if (!hand) return;
	if (!json_is_true(hand))
		settings->hand_unix_ms = 0;
	else if (!settings->hand_unix_ms)
		settings->hand_unix_ms = ts_unix_ms_from_ns(ts_now_ns());
}

static const char *agent_of(const struct ts_api *api, const struct ts_participant_info *info)
{
	const char *agent = info->kind == TS_KIND_SIP ? ts_calls_agent(api->calls, info->id) : "";
	return g_utf8_validate(agent, -1, NULL) ? agent : "";
}

static json_t *second_json(const struct ts_participant_info *info)
{
	const struct ts_step *step = &info->content;
	if (info->content_codec == TS_CODEC_NONE) return json_null();
	return json_pack("{s:s, s:i, s:i, s:i, s:I}", "codec", ts_codec_name(info->content_codec),
		"width", step->width, "height", step->height, "fps", step->fps, "kbps",
		(json_int_t)step->bitrate_bps / 1000);
}

static json_t *content_json(struct ts_api *api, struct ts_participant *participant,
	const struct ts_participant_info *info)
{
	struct ts_content_info c;
	const bool bfcp = info->kind == TS_KIND_SIP &&
		ts_contents_info(ts_calls_contents(api->calls), participant, &c);
	if (!bfcp && !info->takes_content) return json_null();
	const char *floor = !bfcp            ? NULL
		: c.floor == TS_BFCP_GRANTED ? "granted"
		: c.floor                    ? "waiting"
					     : NULL;
	json_t *control = !bfcp
		? json_null()
		: json_pack("{s:s, s:o, s:s?}", "transport",
			  c.secure             ? "tls"
				  : c.reliable ? "tcp"
					       : "udp",
			  "version", c.version ? json_integer(c.version) : json_null(), "from",
			  ts_text_or_null(c.from));
	return json_pack(
		"{s:o, s:s?, s:o}", "receives", second_json(info), "floor", floor, "bfcp", control);
}

json_t *ts_presentation_json(struct ts_api *api, struct ts_room *room)
{
	int64_t since_ns = 0;
	const struct ts_participant *p = ts_contents_presenter(
		ts_calls_contents(api->calls), room, &since_ns);
	return json_pack("{s:s?, s:o}", "participant", p ? ts_participant_id(p) : NULL, "since_ms",
		p ? json_integer(ts_unix_ms_from_ns(since_ns)) : json_null());
}

static json_t *as_json(enum ts_as as)
{
	return as == TS_AS_ROOM ? json_null() : json_boolean(as == TS_AS_ON);
}

json_t *ts_participant_json(struct ts_api *api, struct ts_participant *participant)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	const struct ts_layout_doc *layout = ts_participant_wants(participant)->doc;
	json_t *json = json_pack(
		"{s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:s?, s:s?, s:b, s:s?, s:b, s:b, s:f, s:f, "
		"s:o, s:o, s:b, s:o, s:{s:s?, s:i, s:f}, s:o, s:o, s:o, s:o, s:s?}",
		"id", info.id, "name", info.name, "identity", ts_text_or_null(info.identity),
		"room", ts_room_config(ts_participant_room(participant))->id, "view", info.view,
		"kind", ts_kind_name(info.kind), "state", ts_participant_state_name(info.state),
		"role", ts_text_or_null(info.role), "avatar", ts_text_or_null(info.avatar), "muted",
		info.muted_by != TS_MUTED_NOT, "muted_by", ts_muted_by_name(info.muted_by),
		"video_muted", info.video_muted, "speaking", info.speaking, "gain_db", info.gain_db,
		"listen_db", info.listen_db, "agc", as_json(info.agc), "denoise",
		as_json(info.denoise), "hand", info.hand_unix_ms != 0, "hand_ms",
		ts_time_or_null(info.hand_unix_ms), "audio", "codec",
		codec_or_null(info.audio_codec), "level_dbov", info.level_dbov, "agc_db",
		(double)info.agc_db, "sources", sources_json(participant, &info), "receives",
		ts_receives_json(&info), "content", content_json(api, participant, &info), "stats",
		stats_json(api, participant, &info), "user_agent",
		ts_text_or_null(agent_of(api, &info)));
	if (json)
		json_object_set_new(
			json, "layout", layout ? json_string(layout->name) : json_null());
	ts_add_personal(json, participant);
	ts_add_channels(json, participant, true);
	if (json) ts_card_add(json, info.card);
	return json;
}
