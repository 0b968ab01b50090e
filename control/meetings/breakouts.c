#include "control/meetings/breakouts.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "control/meetings/split.h"
#include "mixer/room/roles.h"
#include <glib.h>
#include <string.h>

#define RETRY_MS 500

struct ts_breakout_set {
	struct ts_room *parent;
	struct ts_room *room[TS_BREAKOUTS_MAX];
	size_t n;
	int64_t return_ms, warn_ms; /* 0: not, or done */
	int64_t give_up_ms;         /* of returning; 0: they run */
	bool peopled;               /* somebody was there */
};

struct ts_breakouts {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_timer timer;
	GHashTable *sets;  /* parent -> [owned] set */
	GHashTable *rooms; /* breakout -> set */
	struct ts_breakouts_watcher watcher;
	void *arg;
};

static int64_t unix_ms(void)
{
	return ts_unix_ms_from_ns(ts_now_ns());
}

static void run_soon(struct ts_breakouts *b)
{
	ts_loop_timer_set(b->loop, &b->timer, ts_now_ns());
}

static void tell(struct ts_breakouts *b, struct ts_room *parent, const struct ts_breakout_set *set)
{
	if (b->watcher.changed) b->watcher.changed(b->arg, parent, set);
}

static bool is_deserted(struct ts_room *room)
{
	return !ts_room_first_person(room);
}

/* ---- the end */

static void forget_room(struct ts_breakout_set *set, const struct ts_room *room)
{
	size_t i = 0;
	while (i < set->n && set->room[i] != room) i++;
	if (i == set->n) return;
	set->n--;
	memmove(&set->room[i], &set->room[i + 1], (set->n - i) * sizeof(set->room[0]));
}

/* Nobody looks for it any more while its rooms, and who is left in them, go. */
static void take_down(struct ts_breakouts *b, struct ts_breakout_set *set)
{
	g_hash_table_steal(b->sets, set->parent);
	while (set->n) {
		struct ts_room *room = set->room[--set->n];
		g_hash_table_remove(b->rooms, room);
		ts_registry_remove(b->registry, room);
	}
}

static void finish(struct ts_breakouts *b, struct ts_breakout_set *set)
{
	struct ts_room *parent = set->parent;
	ts_info("breakouts over", "room=%s", ts_room_config(parent)->id);
	take_down(b, set);
	g_free(set);
	tell(b, parent, NULL);
	ts_registry_hold(b->registry, parent, false);
}

/* ---- coming back */

static const char *reason_of(int err)
{
	switch (err) {
	case TS_EFULL: return "room-full";
	case TS_EAGAIN: return "not-movable";
	default: return "failed";
	}
}

static int move(struct ts_breakouts *b, struct ts_participant *p, const struct ts_room *to)
{
	if (ts_registry_is_half_open(b->registry, p)) return TS_EAGAIN;
	return ts_registry_move(b->registry, p, ts_room_config(to)->id);
}

static void bring_back(struct ts_breakouts *b, struct ts_breakout_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct ts_participant *p = ts_room_first_person(set->room[i]), *next;
		for (; p; p = next) {
			next = ts_room_next_person(p);
			move(b, p, set->parent);
		}
	}
}

static void begin_return(struct ts_breakouts *b, struct ts_breakout_set *set, int64_t now_ms)
{
	if (set->give_up_ms) return;
	ts_info("breakouts return", "room=%s", ts_room_config(set->parent)->id);
	set->give_up_ms = now_ms + 1000 * TS_BREAKOUT_RETURN_S;
	set->return_ms = set->warn_ms = 0;
	bring_back(b, set);
	tell(b, set->parent, set);
}

/* ---- time */

static bool all_deserted(const struct ts_breakout_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (!is_deserted(set->room[i])) return false;
	return true;
}

/* When it is to be looked at again; 0: when something happens. */
static int64_t run_set(struct ts_breakouts *b, struct ts_breakout_set *set, int64_t now_ms)
{
	const bool deserted = all_deserted(set);
	set->peopled |= !deserted;
	if (set->return_ms && now_ms >= set->return_ms)
		begin_return(b, set, now_ms);
	else if (set->give_up_ms)
		bring_back(b, set);
	/* nobody was moved at first: they wait for that, as long as there is a room */
	if (all_deserted(set) &&
		(!set->n || set->peopled || set->give_up_ms || is_deserted(set->parent))) {
		finish(b, set);
		return 0;
	}
	if (set->give_up_ms && now_ms >= set->give_up_ms) {
		finish(b, set);
		return 0;
	}
	if (set->give_up_ms) return now_ms + RETRY_MS;
	if (set->warn_ms && now_ms >= set->warn_ms) {
		set->warn_ms = 0;
		for (size_t i = 0; i < set->n && b->watcher.ending; i++)
			b->watcher.ending(b->arg, set->room[i], set->return_ms);
	}
	return set->warn_ms ? set->warn_ms : set->return_ms;
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_breakouts *b = ts_container_of(timer, struct ts_breakouts, timer);
	const int64_t now_ms = ts_unix_ms_from_ns(now_ns);
	g_autoptr(GList) parents = g_hash_table_get_keys(b->sets);
	int64_t next_ms = INT64_MAX;
	for (GList *link = parents; link; link = link->next) {
		struct ts_breakout_set *set = g_hash_table_lookup(b->sets, link->data);
		const int64_t at_ms = set ? run_set(b, set, now_ms) : 0;
		if (at_ms && at_ms < next_ms) next_ms = at_ms;
	}
	if (next_ms == INT64_MAX) return;
	const int64_t wait_ms = next_ms > now_ms ? next_ms - now_ms : 1;
	ts_loop_timer_set(b->loop, timer, now_ns + wait_ms * TS_NS_PER_MS);
}

/* ---- what the registry tells */

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_breakouts *b = arg;
	(void)participant;
	if (what != TS_ROOM_LEFT || !g_hash_table_size(b->sets)) return;
	if (g_hash_table_contains(b->rooms, room) || g_hash_table_contains(b->sets, room))
		run_soon(b);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_breakouts *b = arg;
	struct ts_breakout_set *own = g_hash_table_lookup(b->sets, room),
			       *of = g_hash_table_lookup(b->rooms, room);
	if (of) {
		forget_room(of, room);
		g_hash_table_remove(b->rooms, room);
		run_soon(b);
	}
	if (!own) return;
	take_down(b, own);
	g_free(own);
	tell(b, room, NULL);
}

/* ---- the beginning */

static bool id_of(char out[TS_ROOM_ID_MAX + 1], const struct ts_room *parent, const char *name)
{
	const int len = g_snprintf(
		out, TS_ROOM_ID_MAX + 1, "%s.%s", ts_room_config(parent)->id, name);
	return len <= TS_ROOM_ID_MAX && ts_room_id_ok(out);
}

/* Some are left to those who have rooms of their own. */
static bool may_have_another(const struct ts_breakouts *b)
{
	const size_t max = ts_registry_max_rooms(b->registry);
	return ts_registry_rooms(b->registry) + 1 + max / TS_BREAKOUTS_LEAVE <= max;
}

static int make_rooms(
	struct ts_breakouts *b, struct ts_breakout_set *set, struct ts_breakout_wish *wish)
{
	struct ts_room_config room = *ts_room_config(set->parent);
	g_strlcpy(room.breakout_of, room.id, sizeof(room.breakout_of));
	*room.number = '\0';
	room.wait_for_host = room.locked = room.record_always = false;
	room.hls_always = room.flv_always = false;
	room.when_host_leaves = TS_HOST_LEAVES_STAY;
	room.mute_on_entry = TS_ENTRY_OPEN;
	room.max_duration_s = 0;
	room.valid_from_ms = room.valid_until_ms = 0;
	for (size_t i = 0; i < wish->n; i++) {
		wish->refused = i;
		if (!id_of(room.id, set->parent, wish->name[i])) return TS_EINVAL;
		if (ts_registry_find(b->registry, room.id)) return TS_EEXIST;
		if (!may_have_another(b)) return TS_ELIMIT;
		int rc = ts_registry_make(b->registry, &room, &set->room[i]);
		if (rc) return rc;
		set->n++;
		ts_room_set_layout(set->room[i],
			(struct ts_layout_doc *)(uintptr_t)ts_room_layout_doc(set->parent));
	}
	return 0;
}

static bool may_be_spread(struct ts_participant *p, GHashTable *assigned)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	return !(ts_role_rights(s.role) & TS_MAY_HOST) && !g_hash_table_contains(assigned, p);
}

/* Who is assigned to none goes where the fewest are. */
static void spread(const struct ts_room *parent, struct ts_breakout_wish *wish)
{
	g_autoptr(GHashTable) assigned = g_hash_table_new(NULL, NULL);
	size_t count[TS_BREAKOUTS_MAX] = {0};
	const size_t first = wish->n_moves;
	for (size_t i = 0; i < first; i++) {
		if (!wish->move[i].participant) continue;
		g_hash_table_add(assigned, wish->move[i].participant);
		count[wish->move[i].to]++;
	}
	struct ts_participant *p = ts_room_first_person((struct ts_room *)(uintptr_t)parent);
	for (; p && wish->n_moves < wish->max_moves; p = ts_room_next_person(p)) {
		if (!may_be_spread(p, assigned)) continue;
		struct ts_breakout_move *m = &wish->move[wish->n_moves++];
		*m = (struct ts_breakout_move){.participant = p};
		g_strlcpy(m->id, ts_participant_id(p), sizeof(m->id));
	}
	const size_t n = wish->n_moves - first;
	g_autofree size_t *to = g_new(size_t, n + 1);
	ts_split_even(to, n, count, wish->n);
	for (size_t i = 0; i < n; i++) wish->move[first + i].to = to[i];
}

int ts_breakouts_start(
	struct ts_breakouts *b, struct ts_room *parent, struct ts_breakout_wish *wish)
{
	const int64_t now_ms = unix_ms();
	g_assert(wish->n >= 1 && wish->n <= TS_BREAKOUTS_MAX);
	if (g_hash_table_contains(b->sets, parent) || *ts_room_config(parent)->breakout_of)
		return TS_EAGAIN;
	struct ts_breakout_set *set = g_new0(struct ts_breakout_set, 1);
	set->parent = parent;
	int rc = make_rooms(b, set, wish);
	if (rc) {
		while (set->n) ts_registry_remove(b->registry, set->room[--set->n]);
		g_free(set);
		return rc;
	}
	g_hash_table_insert(b->sets, parent, set);
	for (size_t i = 0; i < set->n; i++) g_hash_table_insert(b->rooms, set->room[i], set);
	ts_registry_hold(b->registry, parent, true);
	if (wish->return_after_s) {
		const int warn_s = wish->return_after_s > TS_BREAKOUT_WARN_S ? TS_BREAKOUT_WARN_S
									     : 10;
		set->return_ms = now_ms + 1000 * (int64_t)wish->return_after_s;
		set->warn_ms = wish->return_after_s > warn_s ? set->return_ms - 1000 * warn_s : 0;
	}
	if (wish->even) spread(parent, wish);
	for (size_t i = 0; i < wish->n_moves; i++) {
		struct ts_breakout_move *m = &wish->move[i];
		rc = m->participant ? move(b, m->participant, set->room[m->to]) : 0;
		m->why = !m->participant ? "not-here" : rc ? reason_of(rc) : NULL;
		set->peopled |= m->participant && !rc;
	}
	for (size_t i = 0; i < set->n; i++) ts_room_notify_end(set->room[i], set->return_ms);
	ts_info("breakouts begin", "room=%s rooms=%zu people=%zu", ts_room_config(parent)->id,
		set->n, wish->n_moves);
	tell(b, parent, set);
	run_soon(b);
	return 0;
}

void ts_breakouts_return(struct ts_breakouts *b, struct ts_room *parent)
{
	struct ts_breakout_set *set = g_hash_table_lookup(b->sets, parent);
	if (!set) return;
	begin_return(b, set, unix_ms());
	run_soon(b);
}

/* ---- looking */

const struct ts_breakout_set *ts_breakouts_of(struct ts_breakouts *b, const struct ts_room *parent)
{
	return b ? g_hash_table_lookup(b->sets, parent) : NULL;
}

struct ts_room *ts_breakout_room(const struct ts_breakout_set *set, size_t i)
{
	return i < set->n ? set->room[i] : NULL;
}

const char *ts_breakout_name(const struct ts_breakout_set *set, const struct ts_room *room)
{
	return ts_room_config(room)->id + strlen(ts_room_config(set->parent)->id) + 1;
}

bool ts_breakout_returns(const struct ts_breakout_set *set)
{
	return set->give_up_ms != 0;
}

int64_t ts_breakout_return_unix_ms(const struct ts_breakout_set *set)
{
	return set->return_ms;
}

/* ---- life */

void ts_breakouts_create(
	struct ts_breakouts **out, struct ts_loop *loop, struct ts_registry *registry)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing};
	struct ts_breakouts *b = g_new0(struct ts_breakouts, 1);
	b->loop = loop;
	b->registry = registry;
	b->timer.fn = on_timer;
	b->sets = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	b->rooms = g_hash_table_new(NULL, NULL);
	ts_registry_watch(registry, &watcher, b);
	*out = b;
}

void ts_breakouts_watch(
	struct ts_breakouts *b, const struct ts_breakouts_watcher *watcher, void *arg)
{
	b->watcher = *watcher;
	b->arg = arg;
}

void ts_breakouts_destroy(struct ts_breakouts **breakouts)
{
	struct ts_breakouts *b = *breakouts;
	*breakouts = NULL;
	if (!b) return;
	ts_loop_timer_cancel(b->loop, &b->timer);
	ts_registry_unwatch(b->registry, b);
	g_hash_table_unref(b->sets);
	g_hash_table_unref(b->rooms);
	g_free(b);
}
