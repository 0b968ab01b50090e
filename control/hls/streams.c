#include "control/hls/streams.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "control/hls/core.h"
#include "mixer/room/views.h"
#include <string.h>

#define REMAINS_NS (60 * TS_NS_PER_S)

/* ---- keys */

/* It opens nothing from now on. */
static void retire_key(struct ts_hls_stream *s)
{
	ts_old_keys_add(&s->all->old_keys, s->id, s->key);
}

bool ts_hls_key_was(const struct ts_hls *all, const char *room_id, const char *key)
{
	return ts_old_keys_has(&all->old_keys, room_id, key);
}

/* ---- the end of all */

static void finish_if_done(struct ts_hls *all)
{
	void (*done)(void *) = all->done;
	if (!all->closing || all->segmenters || !done) return;
	all->done = NULL;
	done(all->done_arg);
}

void ts_hls_cut_done(struct ts_hls *all)
{
	all->segmenters--;
	finish_if_done(all);
}

/* ---- the room: its mix is made for those who are in it, and cut while somebody is */

static void attach(struct ts_hls_stream *s)
{
	for (size_t i = 0; i < s->n_renditions && !s->ended; i++)
		ts_hls_rendition_attach(&s->rendition[i]);
}

static void detach(struct ts_hls_stream *s)
{
	for (size_t i = 0; i < s->n_renditions; i++)
		ts_held_sink_detach(&s->rendition[i].held, s->room);
}

/* ---- which there are */

struct ts_hls_stream *ts_hls_find(struct ts_hls *all, const char *room_id)
{
	for (guint i = 0; i < all->streams->len; i++) {
		struct ts_hls_stream *s = all->streams->pdata[i];
		if (!strcmp(s->id, room_id)) return s;
	}
	return NULL;
}

static void free_stream(void *stream)
{
	struct ts_hls_stream *s = stream;
	for (size_t i = 0; i < s->n_renditions; i++) ts_hls_rendition_fini(&s->rendition[i]);
	explicit_bzero(s->key, sizeof(s->key));
	explicit_bzero(s->pin, sizeof(s->pin));
	g_free(s);
}

static bool end_renditions(struct ts_hls_stream *s)
{
	bool any = false;
	for (size_t i = 0; i < s->n_renditions; i++) any |= ts_hls_rendition_end(&s->rendition[i]);
	return any;
}

static int start(struct ts_hls *all, struct ts_room *room, struct ts_room_view *view,
	bool automatic, struct ts_hls_stream **out)
{
	const struct ts_room_config *config = ts_room_config(room);
	if (all->closing) return TS_ECLOSED;
	if (ts_hls_find(all, config->id)) return TS_EEXIST;
	if (all->streams->len >= (guint)all->config->hls.max_streams) return TS_ELIMIT;
	struct ts_hls_stream *s = g_new0(struct ts_hls_stream, 1);
	s->all = all;
	s->room = room;
	s->view = view;
	s->automatic = automatic;
	g_strlcpy(s->id, config->id, sizeof(s->id));
	g_strlcpy(s->pin, config->pin, sizeof(s->pin));
	ts_secret(s->key);
	g_queue_init(&s->waiting);
	s->grid_ns = ts_now_ns();
	int err = 0;
	for (int i = 0; i < all->config->hls.renditions && !err; i++)
		err = ts_hls_rendition_init(s, (size_t)i);
	if (err) {
		end_renditions(s);
		free_stream(s);
		return err;
	}
	g_ptr_array_add(all->streams, s);
	ts_count(TS_C_HLS_STREAMS);
	ts_info("hls", "room=%s automatic=%d", s->id, automatic);
	attach(s);
	*out = s;
	return 0;
}

int ts_hls_start(struct ts_hls *all, struct ts_room *room, struct ts_room_view *view,
	struct ts_hls_stream **out)
{
	return start(all, room, view, false, out);
}

struct ts_hls_stream *ts_hls_find_ended(struct ts_hls *all, const char *room_id, const char *key)
{
	for (guint i = all->remains->len; i--;) {
		struct ts_hls_stream *s = all->remains->pdata[i];
		if (!strcmp(s->id, room_id) && ts_hls_key_is(s, key)) return s;
	}
	return NULL;
}

static void on_forget(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_hls *all = ts_container_of(timer, struct ts_hls, forget);
	while (all->remains->len) {
		const struct ts_hls_stream *oldest = all->remains->pdata[0];
		const int64_t due_ns = oldest->ended_ns + REMAINS_NS;
		if (due_ns > now_ns) {
			ts_loop_timer_set(all->loop, timer, due_ns);
			return;
		}
		g_ptr_array_remove_index(all->remains, 0);
	}
}

/* Players are told that it is all, and may fetch it for a while. As many as may run. */
static void keep_remains(struct ts_hls *all, struct ts_hls_stream *s)
{
	s->ended_ns = ts_now_ns();
	for (size_t i = 0; i < s->n_renditions; i++) ts_hls_serve_waiting(s, &s->rendition[i]);
	g_ptr_array_add(all->remains, s);
	if (all->remains->len > (guint)all->config->hls.max_streams)
		g_ptr_array_remove_index(all->remains, 0);
	on_forget(&all->forget, s->ended_ns);
}

static void finish(struct ts_hls *all, struct ts_hls_stream *s, bool revokes)
{
	s->ended = true; /* before: the room tells of its change meanwhile */
	retire_key(s);
	detach(s);
	const bool remains = end_renditions(s) && !revokes && !all->closing;
	ts_count_add(TS_C_HLS_STREAMS, -1);
	int64_t parts = 0;
	for (size_t i = 0; i < s->n_renditions; i++) parts += s->rendition[i].parts;
	ts_info("hls ends", "room=%s parts=%lld", s->id, (long long)parts);
	guint at;
	if (g_ptr_array_find(all->streams, s, &at)) g_ptr_array_steal_index(all->streams, at);
	if (remains) {
		keep_remains(all, s);
		return;
	}
	ts_hls_refuse_waiting(s);
	free_stream(s);
}

void ts_hls_stop(struct ts_hls *all, struct ts_hls_stream *s)
{
	finish(all, s, true);
}

void ts_hls_end(struct ts_hls *all, struct ts_hls_stream *s)
{
	finish(all, s, false);
}

void ts_hls_info(const struct ts_hls_stream *s, struct ts_hls_info *out)
{
	*out = (struct ts_hls_info){
		.room = s->id, .key = s->key, .live = s->rendition[0].held.attached};
	for (size_t i = 0; i < s->n_renditions; i++) {
		out->made_bytes += s->rendition[i].made_bytes;
		out->dropped += ts_segmenter_dropped(s->rendition[i].cut->segmenter);
	}
}

bool ts_hls_key_is(const struct ts_hls_stream *s, const char *key)
{
	return ts_same_secret(key, s->key);
}

/* ---- rooms */

/* "always" was set, or is so no more: one that was stopped by request stays stopped. */
static void follow_always(struct ts_hls *all, struct ts_room *room, struct ts_hls_stream *s)
{
	const struct ts_room_config *config = ts_room_config(room);
	if (config->hls_always == g_hash_table_contains(all->always, room)) return;
	if (!config->hls_always) {
		g_hash_table_remove(all->always, room);
		if (s && s->automatic && !s->ended) ts_hls_stop(all, s);
		return;
	}
	g_hash_table_add(all->always, room);
	const int err = s ? 0 : start(all, room, NULL, true, &s);
	if (err) ts_warn("hls not begun", "room=%s error=%s", config->id, ts_strerror(err));
}

static void on_opened(void *arg, struct ts_room *room)
{
	follow_always(arg, room, NULL);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_hls *all = arg;
	struct ts_hls_stream *s = ts_hls_find(all, ts_room_config(room)->id);
	(void)participant;
	if (what == TS_ROOM_CONFIG) {
		follow_always(all, room, s);
		s = ts_hls_find(all, ts_room_config(room)->id);
	}
	if (!s || s->ended) return;
	if (what == TS_ROOM_VIEW_REMOVED && s->view && s->view == ts_room_told_view(room)) {
		s->view = NULL;
		for (size_t i = 0; i < s->n_renditions; i++) s->rendition[i].held.sink.view = NULL;
	}
	if (strcmp(s->pin, ts_room_config(room)->pin) != 0) {
		g_strlcpy(s->pin, ts_room_config(room)->pin, sizeof(s->pin));
		retire_key(s);
		ts_secret(s->key);
		ts_hls_refuse_waiting(s); /* the index names the key of now */
		ts_info("hls key changed", "room=%s", s->id);
	}
	if (what == TS_ROOM_LEFT && !ts_room_first(room) &&
		!ts_registry_is_held(all->registry, room))
		detach(s);
	else
		attach(s);
}

/* Those who were elsewhere have come back, or never will. */
static void on_released(void *arg, struct ts_room *room)
{
	struct ts_hls_stream *s = ts_hls_find(arg, ts_room_config(room)->id);
	if (s && !s->ended && !ts_room_first(room)) detach(s);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_hls_stream *s = ts_hls_find(arg, ts_room_config(room)->id);
	if (s && !s->ended) ts_hls_end(arg, s);
	g_hash_table_remove(((struct ts_hls *)arg)->always, room);
}

/* ---- life */

int ts_hls_create(struct ts_hls **out, struct ts_loop *loop, struct ts_pool *pool,
	struct ts_registry *registry, const struct ts_config *config)
{
	static const struct ts_registry_watcher watcher = {.opened = on_opened,
		.changed = on_changed,
		.closing = on_closing,
		.released = on_released};
	struct ts_hls *all = g_new0(struct ts_hls, 1);
	all->loop = loop;
	all->pool = pool;
	all->registry = registry;
	all->config = config;
	all->streams = g_ptr_array_new_with_free_func(free_stream);
	all->remains = g_ptr_array_new_with_free_func(free_stream);
	all->forget.fn = on_forget;
	all->always = g_hash_table_new(g_direct_hash, g_direct_equal);
	all->waiting_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ts_old_keys_init(&all->old_keys);
	all->overdue.fn = ts_hls_on_overdue;
	all->rest.fn = ts_hls_on_rest;
	ts_registry_watch(registry, &watcher, all);
	*out = all;
	return 0;
}

void ts_hls_use_texts(struct ts_hls *all, struct ts_texts *texts)
{
	all->texts = texts;
}

void ts_hls_close(struct ts_hls *all, void (*done)(void *arg), void *arg)
{
	all->closing = true;
	all->done = done;
	all->done_arg = arg;
	while (all->streams->len) ts_hls_stop(all, all->streams->pdata[0]);
	finish_if_done(all);
}

void ts_hls_destroy(struct ts_hls **hls)
{
	struct ts_hls *all = *hls;
	*hls = NULL;
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	ts_loop_timer_cancel(all->loop, &all->overdue);
	ts_loop_timer_cancel(all->loop, &all->rest);
	ts_loop_timer_cancel(all->loop, &all->forget);
	g_ptr_array_unref(all->streams);
	g_ptr_array_unref(all->remains);
	g_hash_table_unref(all->always);
	g_hash_table_unref(all->waiting_of);
	ts_old_keys_fini(&all->old_keys);
	g_free(all);
}
