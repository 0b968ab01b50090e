#include "control/outputs/outlets.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "control/outputs/kind.h"
#include "mixer/room/views.h"
#include <glib.h>
#include <string.h>

#define POLL_NS (500 * TS_NS_PER_MS)

static const struct ts_outlet_kind *const kinds[] = {
	&ts_outlet_url, &ts_outlet_hls, &ts_outlet_flv};

struct ts_outlets {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	struct ts_players players;
	GPtrArray *list;      /* [owned] struct ts_outlet_core, the oldest first */
	struct ts_timer poll; /* while one runs */
	ts_outlets_changed changed;
	void *changed_arg;
	bool closing;
	void (*done)(void *arg);
	void *done_arg;
};

const struct ts_config *ts_outlets_config(const struct ts_outlets *all)
{
	return all->config;
}

struct ts_loop *ts_outlets_loop(const struct ts_outlets *all)
{
	return all->loop;
}

const struct ts_players *ts_outlets_players(const struct ts_outlets *all)
{
	return &all->players;
}

const char *ts_outlet_type(const struct ts_outlet *o)
{
	return o->kind->name;
}

/* ---- the list */

static void tell(struct ts_outlet_core *c, bool gone)
{
	if (c->all->changed) c->all->changed(c->all->changed_arg, &c->o, gone);
}

/* Those that end may be known for longer than their room. */
static void drop(struct ts_outlet_core *c)
{
	if (!c->forget) tell(c, true);
	c->forget = true;
	if (!c->impl) g_ptr_array_remove(c->all->list, c);
}

static void finish_if_done(struct ts_outlets *all)
{
	void (*done)(void *) = all->done;
	if (!all->closing || !done) return;
	for (guint i = 0; i < all->list->len; i++)
		if (((struct ts_outlet_core *)all->list->pdata[i])->impl) return;
	all->done = NULL;
	done(all->done_arg);
}

void ts_outlet_gone(struct ts_outlet_core *c)
{
	struct ts_outlets *all = c->all;
	c->impl = NULL;
	if (c->forget) g_ptr_array_remove(all->list, c);
	finish_if_done(all);
}

static void set_state(struct ts_outlet_core *c, enum ts_outlet_state state)
{
	c->o.state = state;
	c->o.since_ms = ts_unix_ms_from_ns(ts_now_ns());
	c->o.bps = 0;
}

/* Nothing is taken from the room when this returns. */
static void end(struct ts_outlet_core *c, enum ts_outlet_state state, enum ts_outlet_reason reason)
{
	if (!c->room) return;
	c->o.kind->look(c); /* for the last time */
	if (c->o.state != state) set_state(c, state);
	c->o.reason = reason;
	ts_info("output ends", "room=%s output=%s reason=%s bytes=%lld dropped=%lld", c->o.room,
		c->o.id, reason ? ts_outlet_reason_name(reason) : "removed", (long long)c->o.bytes,
		(long long)c->o.dropped);
	c->o.kind->stop(c);
	c->room = NULL;
}

static void forget_oldest(struct ts_outlets *all, const char *room_id)
{
	size_t ended = 0;
	for (guint i = all->list->len; i--;) {
		struct ts_outlet_core *c = all->list->pdata[i];
		if (c->room || c->forget || strcmp(c->o.room, room_id) != 0) continue;
		if (++ended > TS_OUTLETS_KEPT) drop(c);
	}
}

/* ---- looking */

static void look(struct ts_outlet_core *c, int64_t now_ns)
{
	c->o.kind->look(c);
	if (now_ns - c->seen_ns < POLL_NS * 2) return;
	if (c->o.state == TS_OUTLET_LIVE && c->seen_ns)
		c->o.bps = (c->o.bytes - c->seen_bytes) * 8 * TS_NS_PER_S / (now_ns - c->seen_ns);
	else
		c->o.bps = 0;
	c->seen_ns = now_ns;
	c->seen_bytes = c->o.bytes;
}

void ts_outlet_changed(struct ts_outlet_core *c)
{
	if (!c->room) return;
	look(c, ts_now_ns());
	if (c->o.state == TS_OUTLET_FAILED) end(c, TS_OUTLET_FAILED, c->o.reason);
	tell(c, false);
}

static void on_poll(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_outlets *all = ts_container_of(timer, struct ts_outlets, poll);
	bool some = false;
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_outlet_core *c = all->list->pdata[i];
		if (!c->room) continue;
		some = true;
		look(c, now_ns);
	}
	if (some) ts_loop_timer_set(all->loop, timer, now_ns + POLL_NS);
}

const struct ts_outlet *ts_outlets_find(struct ts_outlets *all, const char *room_id, const char *id)
{
	for (guint i = 0; i < all->list->len; i++) {
		const struct ts_outlet_core *c = all->list->pdata[i];
		if (!c->forget && !strcmp(c->o.id, id) && !strcmp(c->o.room, room_id)) return &c->o;
	}
	return NULL;
}

const struct ts_outlet *ts_outlets_next(struct ts_outlets *all, const char *room_id, size_t *at)
{
	while (*at < all->list->len) {
		const struct ts_outlet_core *c = all->list->pdata[(*at)++];
		if (!c->forget && !strcmp(c->o.room, room_id)) return &c->o;
	}
	return NULL;
}

/* ---- beginning and ending */

static const struct ts_outlet_kind *kind_named(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (!strcmp(kinds[i]->name, name)) return kinds[i];
	return NULL;
}

/* Threads that are still ending count. */
static bool is_full(const struct ts_outlets *all)
{
	int64_t n = 0;
	for (guint i = 0; i < all->list->len; i++) {
		const struct ts_outlet_core *c = all->list->pdata[i];
		n += c->impl && c->o.kind->has_thread;
	}
	return n >= all->config->outputs.max_running;
}

int ts_outlets_start(struct ts_outlets *all, struct ts_room *room, struct ts_outlet_wish *wish,
	const struct ts_outlet **out)
{
	const int64_t now_ns = ts_now_ns();
	const struct ts_outlet_kind *kind = kind_named(wish->type);
	if (all->closing) return TS_ECLOSED;
	if (!kind) return TS_EINVAL;
	if (!ts_room_first(room)) return TS_ENOTFOUND;
	if (kind->has_thread && is_full(all)) return TS_ELIMIT;
	struct ts_outlet_core *c = g_new0(struct ts_outlet_core, 1);
	c->all = all;
	c->room = room;
	c->o.kind = kind;
	c->o.audio_only = wish->audio_only;
	c->o.created_ms = c->o.since_ms = ts_unix_ms_from_ns(now_ns);
	ts_ulid(c->o.id, c->o.created_ms);
	g_strlcpy(c->o.room, ts_room_config(room)->id, sizeof(c->o.room));
	g_strlcpy(c->o.name, wish->name, sizeof(c->o.name));
	g_strlcpy(c->o.view, wish->view ? ts_room_view_config(wish->view)->id : "main",
		sizeof(c->o.view));
	const int err = kind->start(c, wish);
	/* what was begun of it is ending yet, and nobody has heard of it */
	if (err && c->impl) {
		c->forget = true;
		c->room = NULL;
	}
	if (!err || c->impl)
		g_ptr_array_add(all->list, c);
	else
		g_free(c);
	if (err) return err;
	forget_oldest(all, c->o.room);
	ts_info("output", "room=%s output=%s type=%s url=%s", c->o.room, c->o.id, kind->name,
		TS_LOG_STR(c->o.url));
	ts_loop_timer_set(all->loop, &all->poll, now_ns + POLL_NS);
	tell(c, false);
	*out = &c->o;
	return 0;
}

void ts_outlets_remove(struct ts_outlets *all, const struct ts_outlet *outlet)
{
	/* callers get them const: what they are is changed here alone */
	struct ts_outlet_core *c = (struct ts_outlet_core *)(uintptr_t)outlet;
	(void)all;
	end(c, TS_OUTLET_ENDED, TS_OUTLET_FINE);
	drop(c);
}

/* ---- rooms */

static void end_of_room(
	struct ts_outlets *all, const struct ts_room *room, enum ts_outlet_reason reason)
{
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_outlet_core *c = all->list->pdata[i];
		if (c->room != room) continue;
		end(c, TS_OUTLET_ENDED, reason);
		tell(c, false);
	}
}

/* Who takes its pictures is given main's. */
static void leave_view(struct ts_outlets *all, struct ts_room *room)
{
	const char *id = ts_room_view_config(ts_room_told_view(room))->id;
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_outlet_core *c = all->list->pdata[i];
		if (c->room != room || strcmp(c->o.view, id) != 0) continue;
		g_strlcpy(c->o.view, "main", sizeof(c->o.view));
		tell(c, false);
	}
}

/* Those go on whose people are elsewhere for a time, and come back. */
static void end_if_empty(struct ts_outlets *all, struct ts_room *room)
{
	if (!ts_room_first(room) && !ts_registry_is_held(all->registry, room))
		end_of_room(all, room, TS_OUTLET_ROOM_EMPTY);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	(void)participant;
	if (what == TS_ROOM_VIEW_REMOVED) leave_view(arg, room);
	if (what == TS_ROOM_LEFT) end_if_empty(arg, room);
}

static void on_released(void *arg, struct ts_room *room)
{
	end_if_empty(arg, room);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_outlets *all = arg;
	const char *id = ts_room_config(room)->id;
	end_of_room(all, room,
		ts_registry_is_closing(all->registry) ? TS_OUTLET_SERVER_STOPPED
						      : TS_OUTLET_ROOM_EMPTY);
	for (guint i = all->list->len; i--;) {
		struct ts_outlet_core *c = all->list->pdata[i];
		if (!c->forget && !strcmp(c->o.room, id)) drop(c);
	}
}

/* ---- life */

int ts_outlets_create(struct ts_outlets **out, struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config, const struct ts_players *players)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing, .released = on_released};
	struct ts_outlets *all = g_new0(struct ts_outlets, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->players = *players;
	all->list = g_ptr_array_new_with_free_func(g_free);
	all->poll.fn = on_poll;
	ts_registry_watch(registry, &watcher, all);
	*out = all;
	return 0;
}

void ts_outlets_watch(struct ts_outlets *all, ts_outlets_changed changed, void *arg)
{
	all->changed = changed;
	all->changed_arg = arg;
}

void ts_outlets_close(struct ts_outlets *all, void (*done)(void *arg), void *arg)
{
	all->closing = true;
	all->done = done;
	all->done_arg = arg;
	finish_if_done(all);
}

void ts_outlets_destroy(struct ts_outlets **outlets)
{
	struct ts_outlets *all = *outlets;
	*outlets = NULL;
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	ts_loop_timer_cancel(all->loop, &all->poll);
	g_ptr_array_unref(all->list);
	g_free(all);
}
