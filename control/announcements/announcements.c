#include "control/announcements/announcements.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include <glib.h>
#include <math.h>
#include <string.h>

struct announced {
	struct ts_announcement a; /* first */
	struct ts_announcements *all;
	struct ts_room *room;
	struct ts_room_play play;
};

struct ts_announcements {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_sounds *sounds;
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
	ts_room_remove_play(e->room, &e->play);
	ts_play_forget(e->play.play);
	ts_play_unref(&e->play.play);
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
		if (ts_participant_state(p) != TS_P_CONNECTING) return true;
	return false;
}

static bool hears(const struct ts_participant *p)
{
	return ts_participant_state(p) != TS_P_CONNECTING && ts_participant_kind(p) != TS_KIND_WHIP;
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

int ts_announcements_start(struct ts_announcements *all, struct ts_room *room,
	const struct ts_announcement_wish *wish, const struct ts_announcement **out)
{
	struct ts_sound *sound = ts_sounds_tune(all->sounds, wish->tune);
	if (!somebody_is_here(room)) return TS_ENOTFOUND;
	if (wish->to && !hears(wish->to)) return TS_EINVAL;
	if (!wish->automatic && n_asked(all, room) == TS_ANNOUNCED_ASKED_MAX) return TS_ELIMIT;
	if (!sound) return TS_ENOMEM;
	struct announced *e = g_new0(struct announced, 1);
	e->all = all;
	e->room = room;
	const struct ts_play_config config = {.control = all->loop,
		.sound = sound,
		.loop = wish->loop,
		.gain = powf(10.0f, (float)wish->gain_db / 20.0f),
		.ended = on_ended,
		.arg = e};
	e->play.to = wish->to ? ts_participant_key(wish->to) : 0;
	int err = ts_play_create(&e->play.play, &config);
	if (!err) err = ts_room_add_play(room, &e->play);
	if (err) {
		ts_play_unref(&e->play.play);
		g_free(e);
		return err;
	}
	e->a.created_ms = ts_unix_ms_from_ns(ts_now_ns());
	ts_ulid(e->a.id, e->a.created_ms);
	g_strlcpy(e->a.room, ts_room_config(room)->id, sizeof(e->a.room));
	g_strlcpy(e->a.sound, ts_tune_name(wish->tune), sizeof(e->a.sound));
	if (wish->to) g_strlcpy(e->a.to, ts_participant_id(wish->to), sizeof(e->a.to));
	e->a.automatic = wish->automatic;
	e->a.loop = wish->loop;
	e->a.gain_db = wish->gain_db;
	e->a.duration_ms = (int64_t)sound->n * 1000 / TS_AUDIO_RATE_HZ;
	g_ptr_array_add(all->list, e);
	ts_count(wish->automatic ? TS_C_ANNOUNCEMENTS_OWN : TS_C_ANNOUNCEMENTS_ASKED);
	ts_debug("announcement", "room=%s announcement=%s sound=%s to=%s automatic=%d", e->a.room,
		e->a.id, e->a.sound, *e->a.to ? e->a.to : "all", wish->automatic);
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
		if (&e->a == a) ts_play_stop(e->play.play);
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

void ts_announcements_create(
	struct ts_announcements **out, struct ts_loop *loop, struct ts_registry *registry)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing};
	struct ts_announcements *all = g_new0(struct ts_announcements, 1);
	all->loop = loop;
	all->registry = registry;
	all->sounds = ts_sounds_new();
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
	g_free(all);
}
