#include "control/meetings/meetings.h"
#include "base/clock.h"
#include "base/log.h"
#include "mixer/room/roles.h"
#include <glib.h>
#include <string.h>

struct watched {
	struct ts_room *room;
	struct ts_span span;
	int64_t next_ms; /* 0: nothing is to be done by itself */
	bool looks;      /* who is there may have changed */
};

struct ts_meetings {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_announcements *announcements;
	struct ts_timer timer;
	GHashTable *rooms;    /* ts_room -> [owned] watched */
	GHashTable *entering; /* participants who have just come */
	void (*ending)(void *arg, struct ts_room *room, const struct ts_span *span);
	void *arg;
};

/* The next turn: nothing of a room is changed while it tells of a change. */
static void run_soon(struct ts_meetings *m)
{
	ts_loop_timer_set(m->loop, &m->timer, ts_now_ns());
}

/* ---- muted on entry */

static void mute_entering(struct ts_meetings *m)
{
	GHashTableIter iter;
	gpointer key;
	GHashTable *entering = m->entering;
	m->entering = g_hash_table_new(NULL, NULL);
	g_hash_table_iter_init(&iter, entering);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		struct ts_participant *p = key;
		const struct ts_room_config *room = ts_room_config(ts_participant_room(p));
		struct ts_participant_settings s;
		ts_participant_settings(p, &s);
		if (room->mute_on_entry == TS_ENTRY_OPEN ||
			ts_role_rights(s.role) & TS_MAY_ENTER_UNMUTED || s.muted_by == TS_MUTED_API)
			continue;
		s.muted_by = room->mute_on_entry == TS_ENTRY_HARD ? TS_MUTED_API : TS_MUTED_SELF;
		ts_participant_set(p, &s);
	}
	g_hash_table_unref(entering);
}

/* Who comes back in their own place has what they had, and who is moved from room to room keeps
 * it. */
static void note_entering(struct ts_meetings *m, struct ts_room *room, struct ts_participant *p)
{
	const struct ts_room *from = ts_participant_moved_from(p);
	const enum ts_kind kind = ts_participant_kind(p);
	if (ts_room_config(room)->mute_on_entry == TS_ENTRY_OPEN || ts_participant_predecessor(p) ||
		(kind != TS_KIND_WEBRTC && kind != TS_KIND_SIP && kind != TS_KIND_WHIP) ||
		(from && !ts_registry_is_hidden(m->registry, from)))
		return;
	g_hash_table_add(m->entering, p);
	run_soon(m);
}

/* ---- time */

static bool has_people(struct ts_room *room)
{
	struct ts_participant *p = ts_room_first_person(room);
	while (p && ts_participant_state(p) == TS_P_CONNECTING) p = ts_room_next_person(p);
	return p;
}

static void chime(struct ts_meetings *m, struct ts_room *room)
{
	struct ts_announcement_wish wish = {.tune = TS_TUNE_CHIME, .automatic = true};
	const struct ts_announcement *announcement;
	if (m->announcements) ts_announcements_start(m->announcements, room, &wish, &announcement);
}

static void empty(struct ts_room *room)
{
	struct ts_participant *p = ts_room_first_person(room), *next;
	for (; p; p = next) {
		next = ts_room_next_person(p);
		ts_participant_leave(p, "time-over");
	}
}

/* With its breakouts. Whoever comes from now on begins another. */
static void end(struct ts_meetings *m, struct watched *w)
{
	g_autofree char *id = g_strdup(ts_room_config(w->room)->id);
	ts_info("meeting ended", "room=%s why=%s", id, ts_span_because_name(w->span.because));
	w->span = (struct ts_span){.began_ms = 0};
	struct ts_room *room = ts_registry_first(m->registry), *next;
	for (; room && ts_registry_is_held(m->registry, w->room); room = next) {
		next = ts_registry_next(m->registry, room);
		if (!strcmp(ts_room_config(room)->breakout_of, id)) empty(room);
	}
	empty(w->room);
}

static void run(struct ts_meetings *m, struct watched *w, int64_t now_ms)
{
	const struct ts_room_config *config = ts_room_config(w->room);
	w->looks = false;
	const bool people = has_people(w->room) || ts_registry_is_held(m->registry, w->room);
	switch (ts_span_run(&w->span, config, people, now_ms, &w->next_ms)) {
	case TS_SPAN_NOTHING: break;
	case TS_SPAN_WARN:
		if (w->span.end_ms) chime(m, w->room);
		if (m->ending) m->ending(m->arg, w->room, &w->span);
		break;
	case TS_SPAN_END: end(m, w); return; /* a room that is not kept is gone with them */
	}
	ts_room_notify_end(w->room, w->span.end_ms);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_meetings *m = ts_container_of(timer, struct ts_meetings, timer);
	const int64_t now_ms = ts_unix_ms_from_ns(now_ns);
	mute_entering(m);
	g_autoptr(GList) rooms = g_hash_table_get_keys(m->rooms);
	int64_t next_ms = INT64_MAX;
	for (GList *link = rooms; link; link = link->next) {
		struct watched *w = g_hash_table_lookup(m->rooms, link->data);
		if (w && (w->looks || (w->next_ms && now_ms >= w->next_ms))) run(m, w, now_ms);
		w = g_hash_table_lookup(m->rooms, link->data);
		if (w && w->looks) next_ms = now_ms;
		if (w && w->next_ms && w->next_ms < next_ms) next_ms = w->next_ms;
	}
	if (next_ms == INT64_MAX) return;
	const int64_t wait_ms = next_ms > now_ms ? next_ms - now_ms : 1;
	ts_loop_timer_set(m->loop, timer, now_ns + wait_ms * TS_NS_PER_MS);
}

/* ---- what the registry tells */

static void follow_config(struct ts_meetings *m, struct ts_room *room)
{
	const struct ts_room_config *config = ts_room_config(room);
	struct watched *w = g_hash_table_lookup(m->rooms, room);
	if (!w && !config->max_duration_s && !config->valid_until_ms) return;
	if (!w) {
		w = g_new0(struct watched, 1);
		w->room = room;
		g_hash_table_insert(m->rooms, room, w);
	}
	w->looks = true;
	run_soon(m);
}

static void on_opened(void *arg, struct ts_room *room)
{
	follow_config(arg, room);
}

static void on_changed(
	void *arg, struct ts_room *room, enum ts_room_change what, struct ts_participant *p)
{
	struct ts_meetings *m = arg;
	struct watched *w = g_hash_table_lookup(m->rooms, room);
	if (what == TS_ROOM_CONFIG) follow_config(m, room);
	if (what == TS_ROOM_JOINED && p) note_entering(m, room, p);
	if (what == TS_ROOM_LEFT && p) g_hash_table_remove(m->entering, p);
	/* somebody is connected, or was the last: all others change nothing */
	const bool first = !w || !w->span.began_ms;
	if (!w || (what != TS_ROOM_LEFT && !(first && what != TS_ROOM_LAYOUT))) return;
	w->looks = true;
	run_soon(m);
}

/* While it was held nobody had to be there for its time to run on. */
static void on_released(void *arg, struct ts_room *room)
{
	struct ts_meetings *m = arg;
	struct watched *w = g_hash_table_lookup(m->rooms, room);
	if (!w) return;
	w->looks = true;
	run_soon(m);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_meetings *m = arg;
	g_hash_table_remove(m->rooms, room);
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		g_hash_table_remove(m->entering, p);
}

/* ---- life */

void ts_meetings_create(struct ts_meetings **out, struct ts_loop *loop,
	struct ts_registry *registry, struct ts_announcements *announcements)
{
	static const struct ts_registry_watcher watcher = {.opened = on_opened,
		.changed = on_changed,
		.closing = on_closing,
		.released = on_released};
	struct ts_meetings *m = g_new0(struct ts_meetings, 1);
	m->loop = loop;
	m->registry = registry;
	m->announcements = announcements;
	m->timer.fn = on_timer;
	m->rooms = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	m->entering = g_hash_table_new(NULL, NULL);
	ts_registry_watch(registry, &watcher, m);
	*out = m;
}

void ts_meetings_watch(struct ts_meetings *m,
	void (*ending)(void *arg, struct ts_room *room, const struct ts_span *span), void *arg)
{
	m->ending = ending;
	m->arg = arg;
}

void ts_meetings_destroy(struct ts_meetings **meetings)
{
	struct ts_meetings *m = *meetings;
	*meetings = NULL;
	if (!m) return;
	ts_loop_timer_cancel(m->loop, &m->timer);
	ts_registry_unwatch(m->registry, m);
	g_hash_table_unref(m->rooms);
	g_hash_table_unref(m->entering);
	g_free(m);
}
