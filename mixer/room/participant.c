#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "layout/name.h"
#include "mixer/leg/rtp.h"
#include "mixer/room/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ts_kind_name(enum ts_kind kind)
{
	static const char *const names[TS_KIND_COUNT] = {[TS_KIND_WEBRTC] = "webrtc",
		[TS_KIND_WHIP] = "whip",
		[TS_KIND_WHEP] = "whep",
		[TS_KIND_SIP] = "sip",
		[TS_KIND_INPUT] = "input",
		[TS_KIND_MACHINE] = "machine"};
	return names[kind];
}

const char *ts_participant_state_name(enum ts_participant_state state)
{
	static const char *const names[] = {[TS_P_CONNECTING] = "connecting",
		[TS_P_CONNECTED] = "connected",
		[TS_P_STALLED] = "stalled",
		[TS_P_ENDED] = "ended"};
	return names[state];
}

static void set_state(struct ts_participant *p, enum ts_participant_state state)
{
	static const bool legal[4][4] = {
		[TS_P_CONNECTING] = {[TS_P_CONNECTED] = true, [TS_P_ENDED] = true},
		[TS_P_CONNECTED] = {[TS_P_STALLED] = true, [TS_P_ENDED] = true},
		[TS_P_STALLED] = {[TS_P_CONNECTED] = true, [TS_P_ENDED] = true},
	};
	if (!legal[p->state][state]) return;
	ts_info("participant", "room=%s participant=%s from=%s to=%s%s%s", p->room->config.id,
		p->id, ts_participant_state_name(p->state), ts_participant_state_name(state),
		state == TS_P_ENDED ? " reason=" : "", state == TS_P_ENDED ? p->left_because : "");
	p->state = state;
	ts_room_schedule_plan(p->room);
}

/* ---- what the leg tells ---- */

static void answer_ready(struct ts_participant *p, int err, const struct ts_transport_local *local)
{
	ts_join_ready ready = p->ready;
	p->ready = NULL;
	if (ready) ready(p->ready_arg, p, err, err ? NULL : local);
}

static void on_ready(void *arg, int err, const struct ts_transport_local *local)
{
	struct ts_participant *p = arg;
	answer_ready(p, p->state == TS_P_ENDED ? TS_ECLOSED : err, local);
}

static void on_connected(void *arg)
{
	struct ts_participant *p = arg;
	if (p->predecessor && !p->unproven) ts_participant_leave(p->predecessor, "replaced");
	set_state(p, TS_P_CONNECTED);
	if (p->state == TS_P_CONNECTED) ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

static void on_stalled(void *arg, bool stalled)
{
	struct ts_participant *p = arg;
	if (!ts_participant_is_here(p)) return;
	set_state(p, stalled ? TS_P_STALLED : TS_P_CONNECTED);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

static void on_failed(void *arg, const char *reason)
{
	ts_participant_leave(arg, reason);
}

static void on_flowing(void *arg)
{
	struct ts_participant *p = arg;
	if (ts_participant_watch_feeds(p, ts_now_ns())) ts_room_schedule_plan(p->room);
}

static void on_keyframe_request(void *arg)
{
	ts_participant_send_keyframe(arg);
}

static void on_needs_keyframe(void *arg)
{
	ts_participant_need_keyframe(arg);
}

static void on_content_keyframe(void *arg)
{
	ts_participant_send_content_keyframe(arg);
}

static void on_keyframe_out(void *arg)
{
	struct ts_participant *p = arg;
	if (p->state != TS_P_ENDED && p->events && p->events->request_keyframe)
		p->events->request_keyframe(p->events_arg);
}

static void on_network(void *arg, const struct ts_network *network)
{
	struct ts_participant *p = arg;
	if (p->state == TS_P_ENDED) return;
	ts_participant_update_network(p, network);
	if (ts_audio_way_follow(&p->audio_way, &p->audio_limits, network, ts_now_ns())) {
		ts_debug("audio way", "room=%s participant=%s loss=%u narrow=%d no_red=%u",
			p->room->config.id, p->id, p->audio_way.loss, p->audio_way.narrow,
			p->audio_way.no_red);
		ts_room_schedule_plan(p->room);
	}
}

static void on_switched(void *arg, uint32_t output)
{
	ts_participant_switched(arg, output);
}

static void on_digit(void *arg, char digit)
{
	ts_participant_push_digit(arg, digit, TS_DIGIT_EVENT, ts_now_ns());
}

static void on_closed(void *arg)
{
	struct ts_participant *p = arg;
	struct ts_room *room = p->room;
	answer_ready(p, TS_ECLOSED, NULL);
	ts_participant_free(p);
	ts_room_participant_gone(room);
}

static const struct ts_leg_events leg_events = {
	.ready = on_ready,
	.connected = on_connected,
	.stalled = on_stalled,
	.failed = on_failed,
	.flowing = on_flowing,
	.switched = on_switched,
	.on_keyframe_request = on_keyframe_request,
	.needs_keyframe = on_needs_keyframe,
	.content_keyframe = on_content_keyframe,
	.network = on_network,
	.request_keyframe = on_keyframe_out,
	.digit = on_digit,
	.closed = on_closed,
};

/* ---- life ---- */

void ts_participant_use_sets(struct ts_participant *p, const struct ts_join *join)
{
	if (p->camera.source) ts_source_set_parameter_sets(p->camera.source, &join->camera_sets);
	if (p->slides.source) ts_source_set_parameter_sets(p->slides.source, &join->slides_sets);
}

/* The source of an m-line, with the layers that were agreed to. */
static int make_feed(
	struct ts_participant *p, struct ts_feed *feed, const struct ts_media_config *media)
{
	int err = ts_source_create(&feed->source, p->room->engine->video);
	if (err) return err;
	memcpy(feed->layer, media->layer, sizeof feed->layer);
	feed->n_layers = media->n_layers > 1 ? media->n_layers : 0;
	feed->told_layer = -1;
	ts_source_set_layers(feed->source, feed->n_layers);
	return 0;
}

static int make_media(struct ts_participant *p, const struct ts_join *join)
{
	const struct ts_media_config *audio = p->audio_media >= 0
		? &join->transport.media[p->audio_media]
		: NULL;
	const struct ts_media_config *video = p->video_media >= 0
		? &join->transport.media[p->video_media]
		: NULL;
	int err = 0;
	/* what a caller sends may begin later, and the net thread must find these as they were
	 * made */
	bool later = join->kind == TS_KIND_SIP || join->transport.kind == TS_TRANSPORT_PLAIN;
	if (audio && (audio->n_pt || later)) err = ts_voice_create(&p->voice);
	if (!err && video && (video->n_pt || later)) err = make_feed(p, &p->camera, video);
	if (!err && p->slides.media >= 0 && (later || join->transport.media[p->slides.media].n_pt))
		err = make_feed(p, &p->slides, &join->transport.media[p->slides.media]);
	ts_participant_use_content(p, join);
	if (!err) err = ts_lipsync_create(&p->lipsync);
	if (!err && p->voice) ts_voice_set_lipsync(p->voice, p->lipsync);
	if (!err && p->camera.source) ts_source_set_lipsync(p->camera.source, p->lipsync);
	ts_participant_use_sets(p, join);
	ts_audio_limits_read(&p->audio_limits, audio);
	ts_participant_digits_agreed(p, audio);
	p->receiver.need = join->need;
	p->receiver.packetization_mode = join->packetization_mode;
	if (!err && video && video->send) {
		p->receiver.codec = video->send_codec;
		p->receiver.has_nack = video->nack;
		err = ts_participant_choose(p);
		/* no memory, or no output more in this room: tried again, and sound is there */
		if (err) {
			ts_info("no video sent", "room=%s participant=%s reason=%s",
				p->room->config.id, p->id,
				err == TS_EUNSUPPORTED ? "decoder-too-small" : "no-encoder");
			err = 0;
		}
	}
	return err;
}

int ts_participant_create(
	struct ts_participant **out, struct ts_room *room, const struct ts_join *join)
{
	struct ts_participant *p = calloc(1, sizeof *p);
	if (!p) return TS_ENOMEM;
	p->room = room;
	p->home = &room->main;
	p->wants.self = TS_SELF_ROOM;
	p->key = room->next_key++;
	p->kind = join->kind;
	p->joined_ns = ts_now_ns();
	ts_participant_receive_init(p);
	struct ts_room_view *view = ts_room_find_view(room, join->view);
	if (view) p->home = view;
	p->audio_media = join->audio_media;
	p->camera.media = p->video_media = join->video_media;
	p->slides.media = join->slides_media;
	ts_name_clean(p->name, join->name);
	snprintf(p->identity, sizeof p->identity, "%s", join->identity);
	snprintf(p->card, sizeof p->card, "%s", join->card);
	snprintf(p->role, sizeof p->role, "%s", join->role);
	snprintf(p->avatar, sizeof p->avatar, "%s", join->avatar);
	ts_ulid(p->id, ts_unix_ms_from_ns(p->joined_ns));
	p->events = join->events;
	p->events_arg = join->events_arg;
	p->offering = join->transport.offering;
	p->unproven = join->transport.await_proof;
	int err = make_media(p, join);
	if (err) {
		ts_participant_free(p);
		return err;
	}
	*out = p;
	return 0;
}

void ts_participant_free(struct ts_participant *p)
{
	ts_sender_unref(&p->audio_sender);
	ts_sender_unref(&p->video_sender);
	ts_sender_unref(&p->content_sender);
	ts_voice_unref(&p->voice);
	ts_source_unref(&p->camera.source);
	ts_source_unref(&p->slides.source);
	ts_lipsync_unref(&p->lipsync);
	ts_receiver_release(&p->receiver);
	ts_receiver_release(&p->content);
	ts_participant_free_personal(p);
	free(p);
}

int ts_participant_start(struct ts_participant *p, const struct ts_join *join)
{
	const struct ts_leg_config config = {.control = p->room->engine->control,
		.nets = p->room->engine->nets,
		.transport = &join->transport,
		.way = join->way,
		.voice = p->voice,
		.camera = &p->camera,
		.slides = &p->slides,
		.audio_media = p->audio_media,
		.video_media = p->video_media,
		.events = &leg_events,
		.arg = p};
	int err = (join->leg ? join->leg : &ts_rtp_leg)->start(&p->leg, &config);
	if (err) return err;
	ts_participant_update_senders(p);
	ts_participant_begin_receiving(p);
	return 0;
}

void ts_participant_update_senders(struct ts_participant *p)
{
	ts_sender_unref(&p->audio_sender);
	ts_sender_unref(&p->video_sender);
	ts_sender_unref(&p->content_sender);
	if (p->slides.media >= 0)
		p->content_sender = p->leg->ops->sender(p->leg, (size_t)p->slides.media);
	if (p->audio_media >= 0)
		p->audio_sender = p->leg->ops->sender(p->leg, (size_t)p->audio_media);
	if (p->video_media >= 0)
		p->video_sender = p->leg->ops->sender(p->leg, (size_t)p->video_media);
}

struct ts_branch *ts_participant_branch(struct ts_participant *p, enum ts_stream_kind kind)
{
	const int media = kind == TS_STREAM_CAMERA ? p->camera.media
		: kind == TS_STREAM_SLIDES         ? p->slides.media
						   : p->audio_media;
	const bool sends = kind == TS_STREAM_CAMERA ? p->camera.source != NULL
		: kind == TS_STREAM_SLIDES          ? p->slides.source != NULL
						    : p->voice != NULL;
	if (!sends || media < 0 || p->state == TS_P_ENDED || !p->leg->ops->branch) return NULL;
	return p->leg->ops->branch(p->leg, (size_t)media);
}

struct ts_coded *ts_participant_coded(struct ts_participant *p, enum ts_stream_kind kind)
{
	const bool sends = kind == TS_STREAM_CAMERA ? p->camera.source != NULL
						    : kind == TS_STREAM_VOICE && p->voice;
	if (!sends || p->state == TS_P_ENDED || !p->leg->ops->coded) return NULL;
	return p->leg->ops->coded(p->leg, kind == TS_STREAM_VOICE ? TS_AUDIO : TS_VIDEO);
}

/* ---- coming back ---- */

/* Of who is not proven to be who they were: what was forbidden them, and nothing that is theirs. */
static void copy_settings(struct ts_participant *p, const struct ts_participant *of)
{
	p->muted_by = of->muted_by;
	p->video_muted = of->video_muted;
	if (!(ts_role_rights(of->role) & TS_MAY_SPEAK)) memcpy(p->role, of->role, sizeof p->role);
	if (p->unproven) return;
	if (!ts_role_is_host(p->role)) memcpy(p->role, of->role, sizeof p->role);
	p->gain_db = of->gain_db;
	p->listen_db = of->listen_db;
	p->agc = of->agc;
	p->denoise = of->denoise;
	p->hand_unix_ms = of->hand_unix_ms;
	memcpy(p->channel, of->channel, sizeof p->channel);
	memcpy(p->interprets, of->interprets, sizeof p->interprets);
	if (!*p->avatar) memcpy(p->avatar, of->avatar, sizeof p->avatar);
	if (p->home == &p->room->main) ts_participant_use_view(p, of->home);
	ts_participant_copy_personal(p, of);
	p->camera.shown |= of->camera.shown;
}

static void forget_predecessor(struct ts_participant *p)
{
	p->predecessor->successor = NULL;
	p->predecessor = NULL;
}

void ts_participant_replace(struct ts_participant *p, struct ts_participant *old)
{
	if (old->successor) /* they tried before, and did not get that far */
		ts_participant_leave(old->successor, "replaced");
	p->predecessor = old;
	old->successor = p;
	copy_settings(p, old); /* already: they are not unmuted by coming back */
}

/* Either the successor is connected and proven, or the old one ends without it before that. */
static void hand_over(struct ts_participant *old, struct ts_participant *p)
{
	forget_predecessor(p);
	copy_settings(p, old);
	ts_participant_hold_camera(p);
	if (p->unproven) return;
	ts_room_change_places(p->room, old, p);
	ts_info("came back", "room=%s participant=%s before=%s", p->room->config.id, p->id,
		old->id);
}

void ts_participant_prove(struct ts_participant *p, const char *host)
{
	if (p->leg) p->leg->ops->prove(p->leg, host);
	if (p->unproven) ts_room_schedule_plan(p->room);
	p->unproven = false;
	if (!p->predecessor) return;
	if (ts_participant_is_here(p))
		ts_participant_leave(p->predecessor, "replaced");
	else
		copy_settings(p, p->predecessor);
}

void ts_participant_leave(struct ts_participant *p, const char *reason)
{
	if (p->state == TS_P_ENDED) return;
	p->left_because = reason;
	if (p->successor) hand_over(p, p->successor);
	if (p->predecessor) forget_predecessor(p);
	ts_participant_arrive(p);
	set_state(p, TS_P_ENDED);
	ts_room_remove(p->room, p);
	p->leg_closing = true;
	p->leg->ops->close(p->leg);
	if (p->events && p->events->left) p->events->left(p->events_arg, reason);
}

const char *ts_participant_left_because(const struct ts_participant *p)
{
	return p->left_because ? p->left_because : "";
}

int ts_participant_trickle(struct ts_participant *p, const struct ts_ice_description *remote)
{
	return p->state == TS_P_ENDED ? TS_ECLOSED : p->leg->ops->trickle(p->leg, remote);
}

int ts_participant_restart_ice(struct ts_participant *p, const struct ts_ice_description *remote,
	ts_join_ready ready, void *arg)
{
	if (p->state == TS_P_ENDED) return TS_ECLOSED;
	if (p->ready) return TS_EAGAIN;
	int err = p->leg->ops->restart(p->leg, remote);
	if (err) return err;
	p->ready = ready;
	p->ready_arg = arg;
	return 0;
}

static void notify_errors(const struct ts_participant *p)
{
	char camera[TS_REFUSAL_TEXT], slides[TS_REFUSAL_TEXT];
	ts_refusal_print(camera, &p->camera_error);
	ts_refusal_print(slides, &p->slides_error);
	ts_info("source", "room=%s participant=%s camera_error=%s slides_error=%s",
		p->room->config.id, p->id, TS_LOG_STR(camera), TS_LOG_STR(slides));
}

void ts_participant_use_slides(struct ts_participant *p, int64_t now_ns)
{
	const bool shown = ts_participant_has_slides(p) && !p->slides_forbidden &&
		ts_participant_may(p, TS_MAY_PRESENT);
	if (shown == (p->slides_since_ns != 0)) return;
	p->slides_since_ns = shown ? now_ns : 0;
}

bool ts_participant_watch_feeds(struct ts_participant *p, int64_t now_ns)
{
	bool changed = ts_feed_watch(&p->camera, p->state == TS_P_STALLED, now_ns);
	if (changed) ts_participant_hold_camera(p);
	bool camera_error = ts_feed_new_error(&p->camera, &p->camera_error);
	bool slides_error = ts_feed_new_error(&p->slides, &p->slides_error);
	if (camera_error || slides_error) {
		notify_errors(p);
		ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	}
	bool camera_layer = ts_feed_new_layer(&p->camera);
	bool slides_layer = ts_feed_new_layer(&p->slides);
	changed |= p->camera.less_ns && now_ns >= p->camera.less_ns;
	changed |= p->slides.less_ns && now_ns >= p->slides.less_ns;
	if (camera_layer || slides_layer) ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	if (!ts_feed_watch(&p->slides, p->state == TS_P_STALLED, now_ns)) return changed;
	ts_participant_use_slides(p, now_ns);
	ts_info("slides", "room=%s participant=%s on=%d", p->room->config.id, p->id,
		ts_participant_has_slides(p));
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	return true;
}

void ts_participant_allow_slides(struct ts_participant *p, bool allowed)
{
	if (p->state == TS_P_ENDED || p->slides_forbidden == !allowed) return;
	p->slides_forbidden = !allowed;
	if (!ts_participant_has_slides(p)) return;
	ts_participant_use_slides(p, ts_now_ns());
	ts_room_schedule_plan(p->room);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

bool ts_participant_has_slides(const struct ts_participant *p)
{
	return p->slides.source && atomic_load_explicit(&p->slides.on, memory_order_relaxed);
}

bool ts_participant_presents(const struct ts_participant *p)
{
	return p->slides_since_ns != 0;
}

/* ---- looking ---- */

struct ts_room *ts_participant_room(struct ts_participant *p)
{
	return p->room;
}

static void layers_info(
	const struct ts_feed *feed, const struct ts_source_stats *stats, struct ts_source_info *out)
{
	out->n_layers = stats->n_layers;
	out->layer = stats->layer;
	out->next_layer = stats->next_layer;
	memcpy(out->layers, stats->layers, sizeof out->layers);
	for (size_t i = 0; i < stats->n_layers; i++) {
		const char *rid = feed->layer[i].rid;
		if (*rid)
			snprintf(out->layer_name[i], sizeof out->layer_name[i], "%s", rid);
		else /* of a=ssrc-group:SIM */
			snprintf(out->layer_name[i], sizeof out->layer_name[i], "%u",
				(unsigned)i % TS_LAYERS_MAX);
	}
}

static void feed_info(const struct ts_feed *feed, struct ts_source_info *out)
{
	struct ts_source_stats stats;
	if (!feed->source) return;
	ts_source_stats(feed->source, &stats);
	*out = (struct ts_source_info){.active = atomic_load(&feed->on),
		.codec = stats.codec,
		.width = stats.width,
		.height = stats.height,
		.fps = feed->fps,
		.frozen = feed->frozen,
		.error = stats.error};
	layers_info(feed, &stats, out);
	if (feed->held) out->error = (struct ts_refusal){.kind = TS_REFUSED_OVERLOAD};
}

static void latency_info(const struct ts_participant *p, struct ts_latency *out)
{
	struct ts_source_stats stats;
	if (p->camera.source) {
		ts_source_stats(p->camera.source, &stats);
		out->decode_ns = stats.decode_ns;
		out->tick_ns = stats.tick_ns;
	}
	if (p->receiver.output)
		ts_output_latency(p->receiver.output, &out->compose_ns, &out->encode_ns);
	out->pacer_ns = p->network.queue_ms * TS_NS_PER_MS;
}

/* The largest of all views that are received, and of main. */
static void tile_info(const struct ts_participant *p, struct ts_participant_info *out)
{
	for (const struct ts_room_view *v = &p->room->main; v; v = v->next) {
		const int region = ts_scene_region_of(&v->scene, p->key, TS_SHOWS_CAMERA);
		if (region < 0 || !ts_room_view_is_wanted(v)) continue;
		const struct ts_rect *rect = &v->scene.layout.region[region].rect;
		if (rect->w * rect->h <= out->tile_w * out->tile_h) continue;
		out->tile_w = rect->w;
		out->tile_h = rect->h;
	}
}

void ts_participant_info(struct ts_participant *p, struct ts_participant_info *out)
{
	*out = (struct ts_participant_info){
		.id = p->id,
		.name = p->name,
		.identity = p->identity,
		.card = p->card,
		.kind = p->kind,
		.state = p->state,
		.level_dbov = -127,
		.role = p->role,
		.avatar = p->avatar,
		.muted_by = ts_participant_may(p, TS_MAY_SPEAK) ? p->muted_by : TS_MUTED_ROLE,
		.video_muted = ts_participant_hides(p),
		.gain_db = p->gain_db,
		.listen_db = p->listen_db,
		.agc = p->agc,
		.denoise = p->denoise,
		.hand_unix_ms = p->hand_unix_ms,
		.need = p->receiver.need,
		.audio_sent_codec = p->audio_sender ? p->audio_limits.codec : TS_CODEC_NONE,
		.region = ts_scene_region_of(&p->room->main.scene, p->key, TS_SHOWS_CAMERA),
		.slides_region = ts_scene_region_of(&p->room->main.scene, p->key, TS_SHOWS_SLIDES),
		.view = p->home->config.id,
		.audio_fec = p->audio_limits.fec,
		.overload = ts_engine_overload(p->room->engine),
		.draws_every = ts_room_draws_every(ts_participant_sees(p)),
		.network = p->network,
		.joined_unix_ms = ts_unix_ms_from_ns(p->joined_ns),
	};
	tile_info(p, out);
	if (p->voice) {
		struct ts_voice_info voice;
		ts_voice_info(p->voice, &voice);
		out->speaking = voice.talking;
		out->level_dbov = voice.level_dbov;
		out->agc_db = voice.gain_db;
		out->audio_codec = voice.codec;
		out->latency.jitter_buffer_ns = voice.buffered_ns;
	}
	if (out->audio_sent_codec != TS_CODEC_NONE) {
		struct ts_audio_profile profile;
		struct ts_audio_delivery delivery;
		ts_audio_choose(&profile, &delivery, &p->audio_limits, &p->audio_way);
		out->audio_sent_red = delivery.red;
		out->audio_sent_fec = profile.fec_percent > 0;
	}
	ts_lipsync_info(p->lipsync, &out->lipsync, ts_now_ns());
	feed_info(&p->camera, &out->camera);
	feed_info(&p->slides, &out->slides);
	out->takes_content = p->content_sender != NULL;
	if (p->content.output) {
		out->content_codec = ts_output_config(p->content.output)->codec;
		out->content = ts_output_config(p->content.output)->step;
	}
	ts_participant_receive_info(p, out);
	latency_info(p, &out->latency);
	if (p->leg_closing) return;
	if (p->audio_media >= 0)
		p->leg->ops->stats(p->leg, (size_t)p->audio_media, &out->audio_stats);
	if (p->video_media >= 0)
		p->leg->ops->stats(p->leg, (size_t)p->video_media, &out->video_stats);
	if (p->slides.media >= 0)
		p->leg->ops->stats(p->leg, (size_t)p->slides.media, &out->slides_stats);
	out->latency.network_ns = (int64_t)(out->video_stats.rtt_us ? out->video_stats.rtt_us
								    : out->audio_stats.rtt_us) *
		TS_NS_PER_US / 2;
}
