/* What explain and quality answer: why a participant receives what they receive, and how good it
 * is. */
#include "base/media.h"
#include "control/json/json.h"
#include "control/json/reasons.h"
#include "control/rooms/pictures.h"
#include "control/rooms/rates.h"
#include "mixer/audio/mos.h"

/* of 20 ms, a tick of the mix, and Opus' look-ahead with a sound card's buffer */
#define FRAME_TICK_CARD_MS 60.0
/* What comes on top where the other side has a usual way: the E-model wants mouth to ear. */
#define OTHER_LEG_MS 80.0

static json_t *kbps_or_null(uint32_t bps)
{
	return bps ? json_integer(bps / 1000) : json_null();
}

static json_t *network_json(const struct ts_network *n)
{
	return json_pack("{s:o, s:o, s:I, s:b, s:o, s:o, s:o, s:I}", "estimate_kbps",
		kbps_or_null(n->estimate_bps), "peer_kbps", kbps_or_null(n->peer_bps), "sent_kbps",
		(json_int_t)n->sent_bps / 1000, "app_limited", n->app_limited, "loss",
		n->reports ? json_real(n->loss_permille / 1000.0) : json_null(), "audio_loss",
		n->audio_reports ? json_real(n->audio_loss_permille / 1000.0) : json_null(),
		"rtt_ms", n->rtt_us ? json_real(n->rtt_us / 1000.0) : json_null(), "queue_ms",
		(json_int_t)n->queue_ms);
}

static json_t *reasons_json(const struct ts_reasons *reasons)
{
	json_t *array = json_array();
	for (size_t i = 0; i < reasons->n; i++)
		json_array_append_new(array,
			json_pack("{s:s, s:s}", "about", ts_about_name(reasons->reason[i].about),
				"text", reasons->reason[i].text));
	return array;
}

static json_t *needs_json(const struct ts_participant_info *info)
{
	const bool by_way = info->limited_by == TS_LIMITED_BY_NETWORK ||
		info->limited_by == TS_LIMITED_BY_KEYFRAMES;
	return by_way ? kbps_or_null(info->step_wants_bps) : json_null();
}

static size_t places_taken(const struct ts_layout *layout)
{
	size_t n = 0;
	for (size_t i = 0; i < layout->n; i++) n += layout->region[i].occupant != 0;
	return n;
}

json_t *ts_explain_json(struct ts_participant *participant, bool to_themselves)
{
	struct ts_room *room = ts_participant_room(participant);
	struct ts_participant_info info;
	struct ts_reasons reasons;
	struct ts_personal_info personal;
	ts_participant_info(participant, &info);
	ts_participant_personal_info(participant, &personal);
	const struct ts_reasons_of of = {
		.info = &info,
		.personal = &personal,
		.volumes_unheard = ts_participant_volumes(participant) &&
			!ts_participant_volumes_heard(participant),
		.room = ts_room_config(room),
		.layout = ts_room_layout_doc(room)->name,
		.places = ts_room_layout(room)->n,
		.taken = places_taken(ts_room_layout(room)),
		.to_themselves = to_themselves,
	};
	ts_reasons_find(&reasons, &of);
	return json_pack("{s:s, s:s, s:o, s:o, s:I, s:b, s:b, s:o, s:o}", "id", info.id, "name",
		info.name, "receives", ts_receives_json(&info), "needs_kbps", needs_json(&info),
		"keyframe_requests", (json_int_t)info.keyframe_requests, "shown", info.region >= 0,
		"heard",
		info.kind != TS_KIND_WHEP && info.muted_by == TS_MUTED_NOT &&
			info.audio_codec != TS_CODEC_NONE && info.state != TS_P_STALLED,
		"network", network_json(&info.network), "reasons", reasons_json(&reasons));
}

/* ---- quality */

static void add_text(json_t *reasons, const char *text)
{
	if (text) json_array_append_new(reasons, json_string(text));
}

/* One way of sound, to or from the mix. */
struct leg {
	struct ts_mos_line line; /* delay_ms: of this leg alone */
	double loss;             /* on the way, before RED and FEC; below 0: not known */
};

static json_t *sound_json(json_t *reasons, const char *way, const struct leg *leg)
{
	struct ts_mos_line line = leg->line;
	struct ts_mos mos;
	if (line.codec == TS_CODEC_NONE) return json_null();
	line.delay_ms += OTHER_LEG_MS;
	ts_mos_estimate(&mos, &line);
	if (mos.for_loss > 5 && mos.for_loss >= mos.for_delay)
		json_array_append_new(reasons,
			json_sprintf("%s: %.1f %% of the packets are lost.", way, 100 * leg->loss));
	if (mos.for_delay > 5)
		json_array_append_new(
			reasons, json_sprintf("%s: it takes %.0f ms.", way, leg->line.delay_ms));
	return json_pack("{s:f, s:f, s:o, s:f, s:s}", "mos", mos.mos, "r", mos.r, "loss",
		leg->loss >= 0 ? json_real(leg->loss) : json_null(), "delay_ms", leg->line.delay_ms,
		"codec", ts_codec_name(line.codec));
}

static double half_trip_ms(const struct ts_participant_info *info)
{
	const uint32_t rtt_us = info->audio_stats.rtt_us;
	return (rtt_us ? rtt_us : info->network.rtt_us) / 2000.0;
}

/* What RED restores is measured here, so only what is left goes into the score; where there was
 * some, FEC has found nothing to do. */
static json_t *sound_in_json(
	json_t *reasons, const struct ts_participant_info *info, const struct ts_rates_view *rates)
{
	const bool flows = info->muted_by == TS_MUTED_NOT && info->state != TS_P_STALLED;
	const struct leg leg = {
		.line = {.codec = flows ? info->audio_codec : TS_CODEC_NONE,
			.loss = rates->audio_loss_after,
			.fec = info->audio_fec && rates->audio_loss_after >= rates->audio_loss,
			.burst = 1,
			.delay_ms = half_trip_ms(info) +
				(double)info->latency.jitter_buffer_ns / 1e6 + FRAME_TICK_CARD_MS},
		.loss = rates->audio_loss};
	if (info->state == TS_P_STALLED) add_text(reasons, "Sound sent: nothing comes any more.");
	return sound_json(reasons, "Sound sent", &leg);
}

/* Of sound if they report it, else of pictures, which go the same way. */
static double loss_to(const struct ts_network *n)
{
	return n->audio_reports ? n->audio_loss_permille / 1000.0
		: n->reports    ? n->loss_permille / 1000.0
				: -1;
}

static json_t *sound_out_json(json_t *reasons, const struct ts_participant_info *info)
{
	const double loss = loss_to(&info->network);
	const struct leg leg = {
		.line = {.codec = info->state == TS_P_CONNECTING ? TS_CODEC_NONE
								 : info->audio_sent_codec,
			.loss = loss > 0 ? loss : 0,
			.copies = info->audio_sent_red,
			.fec = info->audio_sent_fec,
			.burst = 1,
			/* as much as their buffer needs */
			.delay_ms = half_trip_ms(info) +
				2 * info->network.audio_jitter_us / 1000.0 + FRAME_TICK_CARD_MS},
		.loss = loss};
	return sound_json(reasons, "Sound received", &leg);
}

static json_t *picture_json(json_t *reasons, const char *const words[], int width, int height,
	const struct ts_picture_seen *seen)
{
	enum ts_picture_fault fault;
	const double score = ts_picture_score(seen, &fault);
	add_text(reasons, words[fault]);
	return json_pack("{s:f, s:i, s:i, s:i}", "score", score, "width", width, "height", height,
		"fps", seen->fps);
}

static json_t *picture_in_json(
	json_t *reasons, const struct ts_participant_info *info, const struct ts_room_config *room)
{
	static const char *const words[] = {
		[TS_PICTURE_COARSE] = "Picture sent: it has fewer lines than its tile.",
		[TS_PICTURE_SLOW] = "Picture sent: few pictures come a second.",
		[TS_PICTURE_FROZEN] = "Picture sent: it stands still.",
	};
	struct ts_picture_seen seen;
	if (!ts_picture_sent(&seen, info, room)) return json_null();
	return picture_json(reasons, words, info->camera.width, info->camera.height, &seen);
}

static json_t *picture_out_json(
	json_t *reasons, const struct ts_participant_info *info, const struct ts_room_config *room)
{
	static const char *const words[] = {
		[TS_PICTURE_COARSE] = "Picture received: it is smaller than the room's.",
		[TS_PICTURE_SLOW] = "Picture received: it has a lower rate than the room's.",
		[TS_PICTURE_FROZEN] = "Picture received: keyframes are requested again and "
				      "again, so it stands still at times.",
	};
	struct ts_picture_seen seen;
	if (!ts_picture_received(&seen, info, room)) return json_null();
	return picture_json(reasons, words, info->receives.width, info->receives.height, &seen);
}

json_t *ts_quality_json(struct ts_api *api, struct ts_participant *participant)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	const struct ts_room_config *room = ts_room_config(ts_participant_room(participant));
	struct ts_rates_view rates;
	ts_participant_rates(&rates, api, participant, &info);
	json_t *reasons = json_array();
	json_t *sound_in = sound_in_json(reasons, &info, &rates);
	json_t *sound_out = sound_out_json(reasons, &info);
	json_t *picture_in = picture_in_json(reasons, &info, room);
	json_t *picture_out = picture_out_json(reasons, &info, room);
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", info.id, "name", info.name,
		"sound_in", sound_in, "sound_out", sound_out, "picture_in", picture_in,
		"picture_out", picture_out, "reasons", reasons);
}
