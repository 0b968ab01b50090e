#include "control/flv/streams.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "control/flv/core.h"
#include "mixer/room/views.h"
#include <string.h>

#define MB ((size_t)1 << 20)
#define BEAT_NS (40 * TS_NS_PER_MS)
#define REST_NS (5 * TS_NS_PER_S)

/* ---- the room: its mix is made for those who are in it, and sent while somebody watches */

static struct ts_sink *pictures_of(struct ts_room_sink *sink)
{
	return ts_tagger_video(ts_container_of(sink, struct ts_flv_stream, held.sink)->tagger);
}

static void attach(struct ts_flv_stream *s)
{
	if (!s->ended) ts_held_sink_attach(&s->held, s->room);
}

/* ---- tags, while somebody watches */

static void on_tag(void *arg, const struct ts_tag *tag)
{
	struct ts_flv_stream *s = arg;
	s->made_bytes += (int64_t)tag->bytes->len;
	ts_flv_tags_add(&s->tags, tag);
}

static void set_resting(struct ts_flv_stream *s, bool resting)
{
	s->resting = resting;
	ts_tagger_set_idle(s->tagger, resting);
	ts_flv_tags_clear(&s->tags);
	ts_info(resting ? "flv rests" : "flv is watched", "room=%s", s->id);
}

void ts_flv_wake(struct ts_flv_stream *s)
{
	s->watched_ns = ts_now_ns();
	if (s->resting) set_resting(s, false);
	ts_loop_timer_set(s->all->loop, &s->all->beat, s->watched_ns + BEAT_NS);
}

static void on_beat(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_flv *all = ts_container_of(timer, struct ts_flv, beat);
	bool awake = false;
	for (guint i = 0; i < all->streams->len; i++) {
		struct ts_flv_stream *s = all->streams->pdata[i];
		if (s->resting) continue;
		ts_tagger_take(s->tagger, on_tag, s);
		if (s->viewers) s->watched_ns = now_ns;
		if (now_ns - s->watched_ns >= REST_NS) set_resting(s, true);
		awake |= !s->resting;
	}
	ts_flv_serve(all, now_ns);
	if (awake || all->viewers.length) ts_loop_timer_set(all->loop, timer, now_ns + BEAT_NS);
}

/* ---- which there are */

struct ts_flv_stream *ts_flv_find(struct ts_flv *all, const char *room_id)
{
	for (guint i = 0; i < all->streams->len; i++) {
		struct ts_flv_stream *s = all->streams->pdata[i];
		if (!strcmp(s->id, room_id)) return s;
	}
	return NULL;
}

static void free_stream(void *stream)
{
	struct ts_flv_stream *s = stream;
	ts_flv_tags_fini(&s->tags);
	ts_sink_unref(&s->held.sink.sound);
	ts_tagger_destroy(&s->tagger);
	explicit_bzero(s->key, sizeof(s->key));
	explicit_bzero(s->pin, sizeof(s->pin));
	g_free(s);
}

static int make_tagger(struct ts_flv_stream *s, struct ts_room_view *view, bool stereo)
{
	const int err = ts_tagger_create(&s->tagger, stereo);
	if (err) return err;
	s->resting = true; /* until somebody watches */
	ts_tagger_set_idle(s->tagger, true);
	s->held.what = "flv";
	s->held.sink = (struct ts_room_sink){.video_codec = TS_CODEC_H264,
		.audio_codec = TS_CODEC_AAC,
		.stereo = stereo,
		.sound = ts_tagger_audio(s->tagger),
		.pictures_of = pictures_of,
		.view = view,
		.streams = true};
	return s->held.sink.sound ? 0 : TS_ENOMEM;
}

static int start(struct ts_flv *all, struct ts_room *room, struct ts_room_view *view,
	bool automatic, struct ts_flv_stream **out)
{
	const struct ts_room_config *config = ts_room_config(room);
	if (all->closing) return TS_ECLOSED;
	if (ts_flv_find(all, config->id)) return TS_EEXIST;
	if (all->streams->len >= (guint)all->config->flv.max_streams) return TS_ELIMIT;
	struct ts_flv_stream *s = g_new0(struct ts_flv_stream, 1);
	s->all = all;
	s->room = room;
	s->automatic = automatic;
	g_strlcpy(s->id, config->id, sizeof(s->id));
	g_strlcpy(s->pin, config->pin, sizeof(s->pin));
	ts_secret(s->key);
	ts_flv_tags_init(&s->tags, (size_t)all->config->flv.max_mb * MB);
	const int err = make_tagger(s, view, ts_room_is_stereo(config));
	if (err) {
		free_stream(s);
		return err;
	}
	g_ptr_array_add(all->streams, s);
	ts_count(TS_C_FLV_STREAMS);
	ts_info("flv", "room=%s automatic=%d", s->id, automatic);
	attach(s);
	*out = s;
	return 0;
}

int ts_flv_start(struct ts_flv *all, struct ts_room *room, struct ts_room_view *view,
	struct ts_flv_stream **out)
{
	return start(all, room, view, false, out);
}

void ts_flv_stop(struct ts_flv *all, struct ts_flv_stream *s)
{
	s->ended = true; /* before: the room tells of its change meanwhile */
	ts_old_keys_add(&all->old_keys, s->id, s->key);
	ts_held_sink_detach(&s->held, s->room);
	ts_flv_end_viewers(s);
	ts_count_add(TS_C_FLV_STREAMS, -1);
	ts_info("flv ends", "room=%s bytes=%lld", s->id, (long long)s->made_bytes);
	g_ptr_array_remove(all->streams, s);
}

void ts_flv_info(const struct ts_flv_stream *s, struct ts_flv_info *out)
{
	*out = (struct ts_flv_info){.room = s->id,
		.key = s->key,
		.live = s->held.attached,
		.made_bytes = s->made_bytes,
		.dropped = ts_tagger_dropped(s->tagger),
		.viewers = s->viewers};
}

bool ts_flv_key_is(const struct ts_flv_stream *s, const char *key)
{
	return ts_same_secret(key, s->key);
}

bool ts_flv_key_was(const struct ts_flv *all, const char *room_id, const char *key)
{
	return ts_old_keys_has(&all->old_keys, room_id, key);
}

/* ---- rooms */

/* "always" was set, or is so no more: one that was stopped by request stays stopped. */
static void follow_always(struct ts_flv *all, struct ts_room *room, struct ts_flv_stream *s)
{
	const struct ts_room_config *config = ts_room_config(room);
	if (config->flv_always == g_hash_table_contains(all->always, room)) return;
	if (!config->flv_always) {
		g_hash_table_remove(all->always, room);
		if (s && s->automatic && !s->ended) ts_flv_stop(all, s);
		return;
	}
	g_hash_table_add(all->always, room);
	const int err = s ? 0 : start(all, room, NULL, true, &s);
	if (err) ts_warn("flv not begun", "room=%s error=%s", config->id, ts_strerror(err));
}

static void on_opened(void *arg, struct ts_room *room)
{
	follow_always(arg, room, NULL);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_flv *all = arg;
	const struct ts_room_config *config = ts_room_config(room);
	struct ts_flv_stream *s = ts_flv_find(all, config->id);
	(void)participant;
	if (what == TS_ROOM_CONFIG) {
		follow_always(all, room, s);
		s = ts_flv_find(all, config->id);
	}
	if (!s || s->ended) return;
	if (what == TS_ROOM_VIEW_REMOVED && s->held.sink.view == ts_room_told_view(room))
		s->held.sink.view = NULL; /* also where it is not the room's now */
	if (strcmp(s->pin, config->pin) != 0) {
		g_strlcpy(s->pin, config->pin, sizeof(s->pin));
		ts_old_keys_add(&all->old_keys, s->id, s->key);
		ts_secret(s->key);
		ts_flv_end_viewers(s); /* they are to show that they know the PIN of now */
		ts_info("flv key changed", "room=%s", s->id);
	}
	if (what == TS_ROOM_LEFT && !ts_room_first(room) &&
		!ts_registry_is_held(all->registry, room))
		ts_held_sink_detach(&s->held, s->room);
	else
		attach(s);
}

/* Those who were elsewhere have come back, or never will. */
static void on_released(void *arg, struct ts_room *room)
{
	struct ts_flv_stream *s = ts_flv_find(arg, ts_room_config(room)->id);
	if (s && !s->ended && !ts_room_first(room)) ts_held_sink_detach(&s->held, s->room);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_flv_stream *s = ts_flv_find(arg, ts_room_config(room)->id);
	if (s && !s->ended) ts_flv_stop(arg, s);
	g_hash_table_remove(((struct ts_flv *)arg)->always, room);
}

/* ---- life */

void ts_flv_create(struct ts_flv **out, struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config)
{
	static const struct ts_registry_watcher watcher = {.opened = on_opened,
		.changed = on_changed,
		.closing = on_closing,
		.released = on_released};
	struct ts_flv *all = g_new0(struct ts_flv, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->streams = g_ptr_array_new_with_free_func(free_stream);
	all->always = g_hash_table_new(g_direct_hash, g_direct_equal);
	ts_old_keys_init(&all->old_keys);
	g_queue_init(&all->viewers);
	all->beat.fn = on_beat;
	ts_registry_watch(registry, &watcher, all);
	*out = all;
}

void ts_flv_close(struct ts_flv *all)
{
	all->closing = true;
	while (all->streams->len) ts_flv_stop(all, all->streams->pdata[0]);
}

void ts_flv_destroy(struct ts_flv **flv)
{
	struct ts_flv *all = *flv;
	*flv = NULL;
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	ts_loop_timer_cancel(all->loop, &all->beat);
	g_ptr_array_unref(all->streams);
	g_hash_table_unref(all->always);
	ts_old_keys_fini(&all->old_keys);
	g_free(all);
}
