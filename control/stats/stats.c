#include "control/stats/stats.h"
#include "base/clock.h"
#include "control/rooms/pictures.h"
#include <glib.h>
#include <string.h>

#define LOOK_NS (10 * TS_NS_PER_S)

struct room_stats {
	char id[TS_ROOM_ID_MAX + 1];
	struct ts_tally tally;
	GList link; /* in stats->order */
};

struct ts_stats {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_timer look;
	struct ts_tally node;
	GHashTable *rooms; /* id -> [owned] room_stats */
	GQueue order;      /* of them: what happened last first */
};

static int64_t now_ms(void)
{
	return ts_unix_ms_from_ns(ts_now_ns());
}

/* ---- rooms */

static bool is_empty(const struct room_stats *room)
{
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		if (room->tally.here[kind]) return false;
	return true;
}

static void forget_one(struct ts_stats *stats)
{
	GList *link = stats->order.tail;
	while (link && !is_empty(link->data)) link = link->prev;
	if (!link) link = stats->order.tail;
	struct room_stats *room = link->data;
	g_queue_unlink(&stats->order, &room->link);
	g_hash_table_remove(stats->rooms, room->id);
}

/* NULL: not known. */
static struct room_stats *find(struct ts_stats *stats, const char *id)
{
	struct room_stats *room = g_hash_table_lookup(stats->rooms, id);
	if (!room) return NULL;
	g_queue_unlink(&stats->order, &room->link);
	g_queue_push_head_link(&stats->order, &room->link);
	return room;
}

static bool is_counted(struct ts_stats *stats, struct ts_participant *p)
{
	const struct ts_member *member = ts_registry_member(stats->registry, p);
	return member && member->stats.counted;
}

/* It was forgotten, and they did not leave. */
static void count_who_is_there(
	struct ts_stats *stats, struct room_stats *room, const struct ts_participant *newcomer)
{
	struct ts_room *there = ts_registry_find(stats->registry, room->id);
	for (struct ts_participant *p = there ? ts_room_first(there) : NULL; p; p = ts_room_next(p))
		if (p != newcomer && is_counted(stats, p))
			ts_tally_came(&room->tally, ts_participant_kind(p), false, now_ms());
}

/* newcomer: is about to be counted; may be NULL. */
static struct room_stats *find_or_make(
	struct ts_stats *stats, const char *id, const struct ts_participant *newcomer)
{
	struct room_stats *room = find(stats, id);
	if (room) return room;
	if (stats->order.length == TS_STATS_ROOMS) forget_one(stats);
	room = g_new0(struct room_stats, 1);
	g_strlcpy(room->id, id, sizeof(room->id));
	room->link.data = room;
	ts_tally_init(&room->tally, now_ms());
	g_hash_table_insert(stats->rooms, room->id, room);
	g_queue_push_head_link(&stats->order, &room->link);
	count_who_is_there(stats, room, newcomer);
	return room;
}

/* ---- people */

static void come(struct ts_stats *stats, struct ts_room *room, struct ts_participant *p)
{
	const enum ts_participant_state state = ts_participant_state(p);
	const enum ts_kind kind = ts_participant_kind(p);
	struct ts_member *member = ts_registry_member(stats->registry, p);
	if (!member || member->stats.counted) return;
	if (state == TS_P_CONNECTING || state == TS_P_ENDED) return;
	member->stats.counted = true;
	ts_tally_came(&stats->node, kind, true, now_ms());
	ts_tally_came(
		&find_or_make(stats, ts_room_config(room)->id, p)->tally, kind, true, now_ms());
}

/* It may have been forgotten since: then nothing is taken from it. */
static void leave_room(struct ts_stats *stats, struct ts_room *room, struct ts_participant *p)
{
	struct room_stats *known = find(stats, ts_room_config(room)->id);
	if (known) ts_tally_left(&known->tally, ts_participant_kind(p), now_ms());
}

static void leave(struct ts_stats *stats, struct ts_room *room, struct ts_participant *p)
{
	struct ts_participant_info info;
	struct ts_summary media;
	struct ts_member *member = ts_registry_member(stats->registry, p);
	if (!member || !member->stats.counted) return;
	member->stats.counted = false;
	ts_participant_info(p, &info);
	ts_summary_of(&media, &info);
	ts_stats_pictures(member, &media);
	leave_room(stats, room, p);
	ts_tally_left(&stats->node, info.kind, now_ms());
	ts_tally_media(&stats->node, &media, now_ms());
	struct room_stats *known = find(stats, ts_room_config(room)->id);
	if (known) ts_tally_media(&known->tally, &media, now_ms());
}

static void on_changed(
	void *arg, struct ts_room *room, enum ts_room_change what, struct ts_participant *p)
{
	struct ts_stats *stats = arg;
	if (!p) return;
	const bool known = is_counted(stats, p);
	struct ts_room *to = what == TS_ROOM_LEFT ? ts_participant_moves_to(p) : NULL;
	if (what == TS_ROOM_LEFT && known && to && !ts_registry_is_hidden(stats->registry, to))
		leave_room(stats, room, p);
	else if (what == TS_ROOM_LEFT)
		leave(stats, room, p);
	else if (what == TS_ROOM_JOINED && known && ts_participant_moved_from(p))
		ts_tally_came(&find_or_make(stats, ts_room_config(room)->id, p)->tally,
			ts_participant_kind(p), false, now_ms());
	else if (what == TS_ROOM_JOINED || what == TS_ROOM_PARTICIPANT)
		come(stats, room, p);
}

/* Nobody tells when they leave then. */
static void on_closing(void *arg, struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		leave(arg, room, p);
}

/* ---- pictures */

static void note_pictures(struct ts_member *member, struct ts_participant *p)
{
	struct ts_participant_info info;
	struct ts_picture_seen seen;
	enum ts_picture_fault fault;
	ts_participant_info(p, &info);
	const struct ts_room_config *room = ts_room_config(ts_participant_room(p));
	if (ts_picture_sent(&seen, &info, room)) {
		member->stats.in.sum += ts_picture_score(&seen, &fault);
		member->stats.in.n++;
	}
	if (ts_picture_received(&seen, &info, room)) {
		member->stats.out.sum += ts_picture_score(&seen, &fault);
		member->stats.out.n++;
	}
}

static void on_look(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_stats *stats = ts_container_of(timer, struct ts_stats, look);
	struct ts_room *room = ts_registry_first(stats->registry);
	for (; room; room = ts_registry_next(stats->registry, room))
		for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
			struct ts_member *member = ts_registry_member(stats->registry, p);
			if (member && member->stats.counted) note_pictures(member, p);
		}
	ts_loop_timer_set(stats->loop, timer, now_ns + LOOK_NS);
}

void ts_stats_pictures(const struct ts_member *member, struct ts_summary *media)
{
	if (!member) return;
	if (member->stats.in.n) media->video.score_in = member->stats.in.sum / member->stats.in.n;
	if (member->stats.out.n)
		media->video.score_out = member->stats.out.sum / member->stats.out.n;
}

/* ---- from outside */

void ts_stats_refused(struct ts_stats *stats, const char *room_id, const char *why)
{
	const enum ts_refused as = ts_refused_named(why);
	struct room_stats *room = stats ? find(stats, room_id) : NULL;
	if (!stats) return;
	ts_tally_refused(&stats->node, as, now_ms());
	if (room) ts_tally_refused(&room->tally, as, now_ms());
}

void ts_stats_call(struct ts_stats *stats, const char *room_id, bool out, bool answered)
{
	if (!stats) return;
	struct room_stats *room = find(stats, room_id);
	ts_tally_call(&stats->node, out, answered, now_ms());
	if (room) ts_tally_call(&room->tally, out, answered, now_ms());
}

void ts_stats_meeting(struct ts_stats *stats, const char *room_id)
{
	if (!stats) return;
	ts_tally_meeting(&stats->node, now_ms());
	ts_tally_meeting(&find_or_make(stats, room_id, NULL)->tally, now_ms());
}

const struct ts_tally *ts_stats_node(struct ts_stats *stats)
{
	ts_tally_run(&stats->node, now_ms());
	return &stats->node;
}

const struct ts_tally *ts_stats_room(struct ts_stats *stats, const char *room_id)
{
	struct room_stats *room = g_hash_table_lookup(stats->rooms, room_id);
	if (!room) return NULL;
	ts_tally_run(&room->tally, now_ms());
	return &room->tally;
}

const char *ts_stats_next_room(struct ts_stats *stats, const void **at)
{
	const GList *link = *at ? ((const struct room_stats *)*at)->link.next : stats->order.head;
	if (!link) return NULL;
	*at = link->data;
	return ((const struct room_stats *)link->data)->id;
}

/* ---- life */

void ts_stats_create(struct ts_stats **out, struct ts_loop *loop, struct ts_registry *registry)
{
	static const struct ts_registry_watcher watcher = {
		.changed = on_changed, .closing = on_closing};
	struct ts_stats *stats = g_new0(struct ts_stats, 1);
	stats->loop = loop;
	stats->registry = registry;
	stats->look.fn = on_look;
	stats->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	g_queue_init(&stats->order);
	ts_tally_init(&stats->node, now_ms());
	ts_loop_timer_set(loop, &stats->look, ts_now_ns() + LOOK_NS);
	ts_registry_watch(registry, &watcher, stats);
	*out = stats;
}

void ts_stats_destroy(struct ts_stats **statsp)
{
	struct ts_stats *stats = *statsp;
	*statsp = NULL;
	if (!stats) return;
	ts_loop_timer_cancel(stats->loop, &stats->look);
	ts_registry_unwatch(stats->registry, stats);
	g_hash_table_unref(stats->rooms);
	g_free(stats);
}
