#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "layout/name.h"
#include "mixer/room/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A camera that sent nothing for this long, while other packets came, is off: its tile becomes a placeholder. Long enough for the
 * transport to say first that nothing came at all: then the last picture stays, dimmed. */
#define CAMERA_OFF_NS (2700 * TS_NS_PER_MS)

/* Of a receiver's requests for keyframes. */
#define KEY_SHARE_NS (2 * TS_NS_PER_S)
enum { KEY_CREDIT = 3 };

const char *ts_kind_name(enum ts_kind kind)
{
	static const char *const names[TS_KIND_COUNT] = {
		[TS_KIND_WEBRTC] = "webrtc", [TS_KIND_WHIP] = "whip", [TS_KIND_WHEP] = "whep", [TS_KIND_SIP] = "sip"};
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
	ts_info("participant", "room=%s participant=%s from=%s to=%s%s%s", p->room->config.id, p->id,
		ts_participant_state_name(p->state), ts_participant_state_name(state),
		state == TS_P_ENDED ? " reason=" : "", state == TS_P_ENDED ? p->left_because : "");
	p->state = state;
	ts_room_want_plan(p->room);
}

/* ---- on control: what the transport told ---- */

static void answer_ready(struct ts_participant *p, int err)
{
	ts_join_ready ready = p->ready;
	p->ready = NULL;
	if (ready) ready(p->ready_arg, p, err, err ? NULL : p->local);
	free(p->local);
	p->local = NULL;
}

static void on_gathered(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, gathered_task);
	answer_ready(p, p->state == TS_P_ENDED ? TS_ECLOSED : p->local ? 0 : TS_ENOMEM);
}

static void on_connected(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, connected_task);
	if (p->predecessor) ts_participant_leave(p->predecessor, "replaced");
	set_state(p, TS_P_CONNECTED);
	if (p->state == TS_P_CONNECTED) ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

static void on_stalled(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, stalled_task);
	if (!ts_participant_is_here(p)) return;
	set_state(p, atomic_load(&p->stalled) ? TS_P_STALLED : TS_P_CONNECTED);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

static void on_failed(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, failed_task);
	ts_participant_leave(p, atomic_load(&p->failure));
}

static void on_flowing(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, flowing_task);
	if (ts_participant_watch_feeds(p, ts_now_ns())) ts_room_want_plan(p->room);
}

static void on_keyframe_request(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, keyframe_task);
	ts_participant_send_keyframe(p);
}

static void on_keyframe_out(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, keyframe_out_task);
	if (p->state != TS_P_ENDED && p->events && p->events->request_keyframe)
		p->events->request_keyframe(p->events_arg);
}

static void on_closed(struct ts_task *task)
{
	struct ts_participant *p = ts_container_of(task, struct ts_participant, closed_task);
	struct ts_room *room = p->room;
	answer_ready(p, TS_ECLOSED);
	ts_participant_free(p);
	ts_room_participant_gone(room);
}

/* ---- on the net thread: the transport's events ---- */

static void tell_control(struct ts_participant *p, struct ts_task *task)
{
	ts_loop_post(p->room->engine->control, task);
}

static void net_gathered(void *arg, const struct ts_transport_local *local)
{
	struct ts_participant *p = arg;
	p->local = malloc(sizeof *p->local);
	if (p->local) *p->local = *local;
	tell_control(p, &p->gathered_task);
}

static void net_connected(void *arg)
{
	struct ts_participant *p = arg;
	tell_control(p, &p->connected_task);
}

static void net_stalled(void *arg, bool stalled)
{
	struct ts_participant *p = arg;
	atomic_store(&p->stalled, stalled);
	tell_control(p, &p->stalled_task);
}

static void net_failed(void *arg, const char *reason)
{
	struct ts_participant *p = arg;
	atomic_store(&p->failure, reason);
	tell_control(p, &p->failed_task);
}

static struct ts_feed *feed_of(struct ts_participant *p, size_t media)
{
	if (p->camera.source && (int)media == p->camera.media) return &p->camera;
	return p->slides.source && (int)media == p->slides.media ? &p->slides : NULL;
}

static void net_packet(void *arg, size_t media, struct ts_packet *packet)
{
	struct ts_participant *p = arg;
	struct ts_feed *feed = feed_of(p, media);
	if (p->voice && (int)media == p->audio_media)
		ts_voice_push(p->voice, packet);
	else if (feed)
		ts_source_push(feed->source, packet);
	else
		ts_packet_unref(&packet);
}

static void net_flush(void *arg, size_t media)
{
	struct ts_participant *p = arg;
	struct ts_feed *feed = feed_of(p, media);
	if (!feed) return; /* the audio tick looks for itself */
	ts_source_flush(feed->source);
	if (!atomic_load_explicit(&feed->on, memory_order_relaxed)) tell_control(p, &p->flowing_task);
	struct ts_transport *transport = atomic_load_explicit(&p->net_transport, memory_order_acquire);
	if (transport && ts_source_wants_keyframe(feed->source, ts_now_ns()))
		ts_transport_request_keyframe(transport, media);
}

static void net_keyframe_request(void *arg, size_t media)
{
	struct ts_participant *p = arg;
	if ((int)media == p->video_media)
		tell_control(p, &p->keyframe_task); /* which alone knows their output of now */
}

static void net_request_keyframe(void *arg, size_t media)
{
	struct ts_participant *p = arg;
	(void)media;
	tell_control(p, &p->keyframe_out_task);
}

static void net_closed(void *arg)
{
	struct ts_participant *p = arg;
	tell_control(p, &p->closed_task);
}

static const struct ts_transport_events transport_events = {
	.gathered = net_gathered,
	.connected = net_connected,
	.stalled = net_stalled,
	.failed = net_failed,
	.packet = net_packet,
	.flush = net_flush,
	.on_keyframe_request = net_keyframe_request,
	.request_keyframe = net_request_keyframe,
	.closed = net_closed,
};

/* ---- life ---- */

void ts_participant_use_sets(struct ts_participant *p, const struct ts_join *join)
{
	if (p->camera.source) ts_source_set_parameter_sets(p->camera.source, &join->camera_sets);
	if (p->slides.source) ts_source_set_parameter_sets(p->slides.source, &join->slides_sets);
}

static int make_media(struct ts_participant *p, const struct ts_join *join)
{
	const struct ts_media_config *audio = p->audio_media >= 0 ? &join->transport.media[p->audio_media] : NULL;
	const struct ts_media_config *video = p->video_media >= 0 ? &join->transport.media[p->video_media] : NULL;
	int err = 0;
	/* without ICE what they send may begin later, and the net thread must find these as they were made */
	bool plain = join->transport.kind == TS_TRANSPORT_PLAIN;
	if (audio && (audio->n_pt || plain)) err = ts_voice_create(&p->voice);
	if (!err && video && (video->n_pt || plain)) err = ts_source_create(&p->camera.source, p->room->engine->video);
	if (!err && p->slides.media >= 0 && join->transport.media[p->slides.media].n_pt)
		err = ts_source_create(&p->slides.source, p->room->engine->video);
	ts_participant_use_sets(p, join);
	if (audio && audio->send) p->audio_send_codec = audio->send_codec;
	if (audio) p->audio_max_bps = audio->max_audio_bps;
	p->receiver.need = join->need;
	p->receiver.packetization_mode = join->packetization_mode;
	if (!err && video && video->send) {
		p->receiver.codec = video->send_codec;
		err = ts_receiver_choose(&p->receiver, &p->room->scene);
		if (err == TS_EUNSUPPORTED) {
			ts_info("no video sent", "room=%s participant=%s reason=decoder-too-small", p->room->config.id,
				p->id);
			err = 0;
		}
	}
	return err;
}

int ts_participant_create(struct ts_participant **out, struct ts_room *room, const struct ts_join *join)
{
	struct ts_participant *p = calloc(1, sizeof *p);
	if (!p) return TS_ENOMEM;
	p->room = room;
	p->key = room->next_key++;
	p->kind = join->kind;
	p->joined_ns = ts_now_ns();
	p->keyframe_requested_ns = p->joined_ns;
	p->keyframe_credit = KEY_CREDIT;
	p->audio_media = join->audio_media;
	p->camera.media = p->video_media = join->video_media;
	p->slides.media = join->slides_media;
	ts_name_clean(p->name, join->name);
	snprintf(p->identity, sizeof p->identity, "%s", join->identity);
	ts_ulid(p->id, ts_unix_ms_from_ns(p->joined_ns));
	p->gathered_task.fn = on_gathered;
	p->connected_task.fn = on_connected;
	p->stalled_task.fn = on_stalled;
	p->failed_task.fn = on_failed;
	p->closed_task.fn = on_closed;
	p->flowing_task.fn = on_flowing;
	p->keyframe_task.fn = on_keyframe_request;
	p->keyframe_out_task.fn = on_keyframe_out;
	p->events = join->events;
	p->events_arg = join->events_arg;
	p->offering = join->transport.offering;
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
	ts_voice_unref(&p->voice);
	ts_source_unref(&p->camera.source);
	ts_source_unref(&p->slides.source);
	ts_output_unref(&p->receiver.output);
	free(p->local);
	free(p);
}

int ts_participant_start(struct ts_participant *p, const struct ts_join *join)
{
	int err = ts_transport_create(&p->transport, p->room->engine->nets, &join->transport, &transport_events, p);
	if (err) return err;
	if (p->audio_media >= 0) p->audio_sender = ts_transport_sender(p->transport, (size_t)p->audio_media);
	if (p->video_media >= 0) p->video_sender = ts_transport_sender(p->transport, (size_t)p->video_media);
	atomic_store_explicit(&p->net_transport, p->transport, memory_order_release);
	return 0;
}

/* ---- coming back ---- */

static void take_settings(struct ts_participant *p, const struct ts_participant *of)
{
	memcpy(p->role, of->role, sizeof p->role);
	p->muted_by = of->muted_by;
	p->video_muted = of->video_muted;
	p->gain_db = of->gain_db;
}

static void forget_predecessor(struct ts_participant *p)
{
	p->predecessor->successor = NULL;
	p->predecessor = NULL;
}

void ts_participant_replace(struct ts_participant *p, struct ts_participant *old)
{
	if (old->successor)
		ts_participant_leave(old->successor, "replaced"); /* they tried before, and did not get that far */
	p->predecessor = old;
	old->successor = p;
	take_settings(p, old); /* already: they are not unmuted by coming back */
}

/* Either the successor is connected, or the old one ends without it before that. */
static void hand_over(struct ts_participant *old, struct ts_participant *p)
{
	forget_predecessor(p);
	take_settings(p, old);
	ts_room_change_places(p->room, old, p);
	ts_info("came back", "room=%s participant=%s before=%s", p->room->config.id, p->id, old->id);
}

void ts_participant_leave(struct ts_participant *p, const char *reason)
{
	if (p->state == TS_P_ENDED) return;
	p->left_because = reason;
	if (p->successor) hand_over(p, p->successor);
	if (p->predecessor) forget_predecessor(p);
	set_state(p, TS_P_ENDED);
	ts_room_remove(p->room, p);
	ts_transport_close(p->transport);
	if (p->events && p->events->left) p->events->left(p->events_arg, reason);
}

int ts_participant_trickle(struct ts_participant *p, const struct ts_ice_description *remote)
{
	return p->state == TS_P_ENDED ? TS_ECLOSED : ts_transport_trickle(p->transport, remote);
}

int ts_participant_restart_ice(
	struct ts_participant *p, const struct ts_ice_description *remote, ts_join_ready ready, void *arg)
{
	if (p->state == TS_P_ENDED) return TS_ECLOSED;
	if (p->ready) return TS_EAGAIN;
	int err = ts_transport_restart(p->transport, remote);
	if (err) return err;
	p->ready = ready;
	p->ready_arg = arg;
	return 0;
}

/* Stalled: the last picture stays, dimmed, as long as they are waited for. */
static bool watch(struct ts_feed *feed, bool stalled, int64_t now_ns)
{
	if (!feed->source) return false;
	struct ts_source_stats stats;
	ts_source_stats(feed->source, &stats);
	int64_t span_ns = now_ns - feed->fps_seen_ns;
	if (span_ns >= TS_NS_PER_S) {
		int64_t pictures = (int64_t)(stats.pictures - feed->fps_seen_pictures);
		feed->fps = (int)((pictures * TS_NS_PER_S + span_ns / 2) / span_ns);
		feed->fps_seen_ns = now_ns;
		feed->fps_seen_pictures = stats.pictures;
	}
	bool on = stats.last_packet_ns && now_ns - stats.last_packet_ns < CAMERA_OFF_NS;
	if (stalled) on |= atomic_load_explicit(&feed->on, memory_order_relaxed);
	return atomic_exchange_explicit(&feed->on, on, memory_order_relaxed) != on;
}

static bool has_new_error(const struct ts_feed *feed, struct ts_refusal *told)
{
	if (!feed->source) return false;
	struct ts_source_stats stats;
	ts_source_stats(feed->source, &stats);
	if (!memcmp(&stats.error, told, sizeof *told)) return false;
	*told = stats.error;
	return true;
}

static void tell_errors(const struct ts_participant *p)
{
	char camera[TS_REFUSAL_TEXT], slides[TS_REFUSAL_TEXT];
	ts_refusal_print(camera, &p->camera_error);
	ts_refusal_print(slides, &p->slides_error);
	ts_info("source", "room=%s participant=%s camera_error=%s slides_error=%s", p->room->config.id, p->id,
		TS_LOG_STR(camera), TS_LOG_STR(slides));
}

/* ---- keyframes for the receiver */

/* A keyframe costs all who share the encoder. One receiver, which may request them without end, costs the others one in KEY_SHARE_NS;
 * a few at once are let through, for whoever has just come or lost something. */
static void serve_keyframe(struct ts_participant *p, int64_t now_ns)
{
	int64_t earned = (now_ns - p->keyframe_requested_ns) / KEY_SHARE_NS;
	if (earned > 0) {
		p->keyframe_credit = p->keyframe_credit + earned < KEY_CREDIT ? p->keyframe_credit + (int)earned
									      : KEY_CREDIT;
		p->keyframe_requested_ns = now_ns;
	}
	if (!p->receiver.output) return;
	p->keyframe_owed = !p->keyframe_credit && ts_output_receivers(p->receiver.output) > 1;
	if (p->keyframe_owed) return;
	if (p->keyframe_credit) p->keyframe_credit--;
	ts_output_request_keyframe(p->receiver.output);
}

void ts_participant_send_keyframe(struct ts_participant *p)
{
	serve_keyframe(p, ts_now_ns());
}

bool ts_participant_watch_feeds(struct ts_participant *p, int64_t now_ns)
{
	bool changed = watch(&p->camera, p->state == TS_P_STALLED, now_ns);
	if (p->keyframe_owed) serve_keyframe(p, now_ns);
	bool camera_error = has_new_error(&p->camera, &p->camera_error);
	bool slides_error = has_new_error(&p->slides, &p->slides_error);
	if (camera_error || slides_error) {
		tell_errors(p);
		ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	}
	if (!watch(&p->slides, p->state == TS_P_STALLED, now_ns)) return changed;
	p->slides_since_ns = atomic_load_explicit(&p->slides.on, memory_order_relaxed) ? now_ns : 0;
	ts_info("slides", "room=%s participant=%s on=%d", p->room->config.id, p->id, p->slides_since_ns != 0);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
	return true;
}

/* ---- looking ---- */

struct ts_room *ts_participant_room(struct ts_participant *p)
{
	return p->room;
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
		.error = stats.error};
}

void ts_participant_info(struct ts_participant *p, struct ts_participant_info *out)
{
	*out = (struct ts_participant_info){
		.id = p->id,
		.name = p->name,
		.identity = p->identity,
		.kind = p->kind,
		.state = p->state,
		.level_dbov = -127,
		.role = p->role,
		.muted_by = p->muted_by,
		.video_muted = p->video_muted,
		.gain_db = p->gain_db,
		.region = ts_scene_region_of(&p->room->scene, p->key, TS_SHOWS_CAMERA),
		.slides_region = ts_scene_region_of(&p->room->scene, p->key, TS_SHOWS_SLIDES),
		.joined_unix_ms = ts_unix_ms_from_ns(p->joined_ns),
	};
	if (out->region >= 0) {
		out->tile_w = p->room->scene.layout.region[out->region].rect.w;
		out->tile_h = p->room->scene.layout.region[out->region].rect.h;
	}
	if (p->voice) {
		struct ts_voice_info voice;
		ts_voice_info(p->voice, &voice);
		out->speaking = voice.talking;
		out->level_dbov = voice.level_dbov;
		out->audio_codec = voice.codec;
	}
	feed_info(&p->camera, &out->camera);
	feed_info(&p->slides, &out->slides);
	if (p->receiver.output) {
		out->receives_codec = ts_output_config(p->receiver.output)->codec;
		out->receives = ts_output_config(p->receiver.output)->step;
	}
	if (p->state == TS_P_ENDED) return; /* the transport is closing */
	if (p->audio_media >= 0) ts_transport_stats(p->transport, (size_t)p->audio_media, &out->audio_stats);
	if (p->video_media >= 0) ts_transport_stats(p->transport, (size_t)p->video_media, &out->video_stats);
	if (p->slides.media >= 0) ts_transport_stats(p->transport, (size_t)p->slides.media, &out->slides_stats);
}
