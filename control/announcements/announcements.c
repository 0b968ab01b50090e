#include "control/announcements/announcements.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "config/fetch.h"
#include "control/announcements/sound_file.h"
#include "control/rooms/fetch_way.h"
#include <glib.h>
#include <math.h>
#include <string.h>

struct announced {
	struct ts_announcement a; /* first */
	struct ts_announcements *all;
	struct ts_room *room;
	struct ts_room_play play;   /* play NULL: it is not there yet */
	struct ts_sound_file *file; /* being read; NULL: none is */
};

struct ts_announcements {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	struct ts_sounds *sounds;
	struct ts_sound_readers *readers;
	GPtrArray *list; /* [owned] struct announced, the oldest first */
	ts_announcements_changed changed;
	void *changed_arg;
};

static void notify(const struct announced *e, bool gone)
{
	if (e->all->changed) e->all->changed(e->all->changed_arg, &e->a, gone);
}

static void destroy(void *arg)
{
	struct announced *e = arg;
	if (e->file) ts_sound_file_cancel(e->file);
	if (e->play.play) {
		ts_room_remove_play(e->room, &e->play);
		ts_play_forget(e->play.play);
		ts_play_unref(&e->play.play);
	}
	g_free(e);
}

static void drop(struct announced *e)
{
	struct ts_announcements *all = e->all;
	notify(e, true);
	g_ptr_array_remove(all->list, e);
}

static void on_ended(void *arg)
{
	drop(arg);
}

static bool somebody_is_here(struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		if (ts_participant_state(p) != TS_P_CONNECTING &&
			ts_participant_kind(p) != TS_KIND_INPUT)
			return true;
	return false;
}

static bool hears(const struct ts_participant *p)
{
	const enum ts_kind kind = ts_participant_kind(p);
	return ts_participant_state(p) != TS_P_CONNECTING && kind != TS_KIND_WHIP &&
		kind != TS_KIND_INPUT;
}

static size_t n_asked(const struct ts_announcements *all, const struct ts_room *room)
{
	size_t n = 0;
	for (guint i = 0; i < all->list->len; i++) {
		const struct announced *e = all->list->pdata[i];
		n += e->room == room && !e->a.automatic;
	}
	return n;
}

/* The sound is there. */
static int begin(struct announced *e, struct ts_sound *sound)
{
	const struct ts_play_config config = {.control = e->all->loop,
		.sound = sound,
		.loop = e->a.loop,
		.gain = powf(10.0f, (float)e->a.gain_db / 20.0f),
		.ended = on_ended,
		.arg = e};
	int err = ts_play_create(&e->play.play, &config);
	if (!err) err = ts_room_add_play(e->room, &e->play);
	if (err) ts_play_unref(&e->play.play);
	e->a.duration_ms = (int64_t)sound->n * 1000 / TS_AUDIO_RATE_HZ;
	return err;
}

static const char *what(const struct announced *e)
{
	return *e->a.url ? e->a.url : *e->a.file ? e->a.file : e->a.sound;
}

static void on_file(void *arg, struct ts_sound *sound, const char *why)
{
	struct announced *e = arg;
	e->file = NULL;
	e->a.loading = false;
	const int err = sound ? begin(e, sound) : 0;
	ts_sound_unref(&sound);
	if (!err && e->play.play) {
		notify(e, false);
		return;
	}
	g_strlcpy(e->a.why, err ? ts_strerror(err) : why, sizeof(e->a.why));
	ts_warn("announcement not played", "room=%s announcement=%s file=%s error=%s", e->a.room,
		e->a.id, TS_LOG_STR(what(e)), TS_LOG_STR(e->a.why));
	drop(e);
}

/* It is looked at once more when it is opened, with what its name stands for by then. */
static int fetch(struct announced *e, struct ts_announcement_wish *wish)
{
	const struct ts_config *config = e->all->config;
	if (!g_str_has_prefix(wish->url, "http://") && !g_str_has_prefix(wish->url, "https://"))
		wish->problem = "a sound is fetched by http or https";
	else if (strlen(wish->url) >= TS_URL_MAX)
		wish->problem = "the URL is too long";
	else
		wish->problem = ts_fetch_glance(&config->inputs.allow, wish->url);
	if (wish->problem) return TS_EAUTH;
	const int err = ts_sound_file_fetch(&e->file, e->all->readers, wish->url, ts_fetch_way,
		(void *)(uintptr_t)config, on_file, e);
	e->a.loading = !err;
	return err;
}

static int load(struct announced *e)
{
	const char *folder = e->all->config->inputs.media_dir;
	if (!*folder) return TS_EINVAL;
	const int err = ts_sound_file_start(
		&e->file, e->all->readers, folder, e->a.file, on_file, e);
	e->a.loading = !err;
	return err == TS_ELIMIT ? err : err ? TS_EINVAL : 0;
}

static struct announced *announced_new(
	struct ts_announcements *all, struct ts_room *room, const struct ts_announcement_wish *wish)
{
	struct announced *e = g_new0(struct announced, 1);
	e->all = all;
	e->room = room;
	e->play.to = wish->to ? ts_participant_key(wish->to) : 0;
	e->a.created_ms = ts_unix_ms_from_ns(ts_now_ns());
	ts_ulid(e->a.id, e->a.created_ms);
	g_strlcpy(e->a.room, ts_room_config(room)->id, sizeof(e->a.room));
	if (wish->url)
		ts_url_masked(e->a.url, sizeof(e->a.url), wish->url);
	else if (wish->file)
		g_strlcpy(e->a.file, wish->file, sizeof(e->a.file));
	else
		g_strlcpy(e->a.sound, ts_tune_name(wish->tune), sizeof(e->a.sound));
	if (wish->to) g_strlcpy(e->a.to, ts_participant_id(wish->to), sizeof(e->a.to));
	e->a.automatic = wish->automatic;
	e->a.loop = wish->loop;
	e->a.gain_db = wish->gain_db;
	e->a.duck_db = e->play.duck_db = wish->duck_db;
	return e;
}

int ts_announcements_start(struct ts_announcements *all, struct ts_room *room,
	struct ts_announcement_wish *wish, const struct ts_announcement **out)
{
	const bool by_itself = !wish->file && !wish->url;
	struct ts_sound *tune = !by_itself ? NULL : ts_sounds_tune(all->sounds, wish->tune);
	if (!somebody_is_here(room)) return TS_ENOTFOUND;
	if (wish->to && !hears(wish->to)) return TS_EAGAIN;
	if (!wish->automatic && n_asked(all, room) == TS_ANNOUNCED_ASKED_MAX) return TS_ELIMIT;
	if (by_itself && !tune) return TS_ENOMEM;
	struct announced *e = announced_new(all, room, wish);
	const int err = tune ? begin(e, tune) : wish->url ? fetch(e, wish) : load(e);
	if (err) {
		g_free(e);
		return err;
	}
	g_ptr_array_add(all->list, e);
	ts_count(wish->automatic ? TS_C_ANNOUNCEMENTS_OWN : TS_C_ANNOUNCEMENTS_ASKED);
	ts_debug("announcement", "room=%s announcement=%s sound=%s to=%s automatic=%d", e->a.room,
		e->a.id, TS_LOG_STR(what(e)), *e->a.to ? e->a.to : "all", wish->automatic);
	notify(e, false);
	if (out) *out = &e->a;
	return 0;
}

const struct ts_announcement *ts_announcements_find(
	struct ts_announcements *all, const char *room_id, const char *id)
{
	for (guint i = 0; i < all->list->len; i++) {
		const struct announced *e = all->list->pdata[i];
		if (!strcmp(e->a.room, room_id) && !strcmp(e->a.id, id)) return &e->a;
	}
	return NULL;
}

const struct ts_announcement *ts_announcements_next(
	struct ts_announcements *all, const char *room_id, size_t *at)
{
	while (*at < all->list->len) {
		const struct announced *e = all->list->pdata[(*at)++];
		if (!strcmp(e->a.room, room_id)) return &e->a;
	}
	return NULL;
}

void ts_announcements_stop(struct ts_announcements *all, const struct ts_announcement *a)
{
	for (guint i = 0; i < all->list->len; i++) {
		struct announced *e = all->list->pdata[i];
		if (&e->a != a) continue;
		if (!e->play.play)
			drop(e);
		else
			ts_play_stop(e->play.play);
		return;
	}
}

/* ---- rooms */

static void drop_of(struct ts_announcements *all, const struct ts_room *room, uint64_t to)
{
	for (guint i = all->list->len; i-- > 0;) {
		struct announced *e = all->list->pdata[i];
		if (e->room == room && (!to || e->play.to == to)) drop(e);
	}
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	if (what != TS_ROOM_LEFT || !participant) return;
	drop_of(arg, room, ts_participant_key(participant));
	if (!somebody_is_here(room)) drop_of(arg, room, 0);
}

static void on_closing(void *arg, struct ts_room *room)
{
	drop_of(arg, room, 0);
}

/* ---- life */

void ts_announcements_create(struct ts_announcements **out, struct ts_loop *loop,
	struct ts_registry *registry, const struct ts_config *config)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing};
	struct ts_announcements *all = g_new0(struct ts_announcements, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->sounds = ts_sounds_new();
	all->readers = ts_sound_readers_new(loop);
	all->list = g_ptr_array_new_with_free_func(destroy);
	ts_registry_watch(registry, &watcher, all);
	*out = all;
}

void ts_announcements_watch(
	struct ts_announcements *all, ts_announcements_changed changed, void *arg)
{
	all->changed = changed;
	all->changed_arg = arg;
}

void ts_announcements_destroy(struct ts_announcements **announcements)
{
	struct ts_announcements *all = *announcements;
	*announcements = NULL;
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	g_ptr_array_unref(all->list);
	ts_sounds_free(all->sounds);
	ts_sound_readers_free(all->readers);
	g_free(all);
}
