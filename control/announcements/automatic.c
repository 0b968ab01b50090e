#include "control/announcements/automatic.h"
#include "base/clock.h"
#include <glib.h>
#include <string.h>

#define TONE_NS TS_NS_PER_S

struct ts_automatic {
	struct ts_registry *registry;
	struct ts_announcements *announcements;
	GHashTable *rooms; /* ts_room -> [owned] struct here */
};

/* Of one room. */
struct here {
	GHashTable *present; /* keys of those who are connected and no watchers */
	/* keys of those who come back, to those whose place they take: 0 once they have it */
	GHashTable *returns;
	bool recorded;
	bool owed;                   /* somebody has not heard that it is */
	bool silenced;               /* by request, until they are not alone any more */
	int64_t tone_ns;             /* the last one */
	char alone[TS_ULID_LEN + 1]; /* the announcement; "": none */
};

static gpointer key_of(const struct ts_participant *p)
{
	return GSIZE_TO_POINTER((gsize)ts_participant_key(p));
}

static const struct ts_announcement *play(struct ts_automatic *x, struct ts_room *room,
	enum ts_tune tune, struct ts_participant *to, bool loop)
{
	const struct ts_announcement *a = NULL;
	struct ts_announcement_wish wish = {
		.tune = tune, .to = to, .loop = loop, .automatic = true};
	ts_announcements_start(x->announcements, room, &wish, &a);
	return a;
}

static void tone(struct ts_automatic *x, struct here *h, struct ts_room *room, enum ts_tune tune)
{
	const int64_t now_ns = ts_now_ns();
	if (h->tone_ns && now_ns - h->tone_ns < TONE_NS) return;
	h->tone_ns = now_ns;
	play(x, room, tune, NULL, false);
}

/* Music for the only one; none for two. */
static void follow_alone(struct ts_automatic *x, struct here *h, struct ts_room *room)
{
	const char *id = ts_room_config(room)->id;
	const struct ts_announcement *a = *h->alone
		? ts_announcements_find(x->announcements, id, h->alone)
		: NULL;
	const bool is_alone = g_hash_table_size(h->present) == 1;
	if (*h->alone && !a) { /* it does not end by itself */
		*h->alone = '\0';
		h->silenced = true;
	}
	if (!is_alone) h->silenced = false;
	const bool wants = ts_room_config(room)->tones.alone && is_alone && !h->silenced;
	if (wants && !a) {
		a = play(x, room, TS_TUNE_ALONE, NULL, true);
		if (a) g_strlcpy(h->alone, a->id, sizeof(h->alone));
	} else if (a && !wants) {
		ts_announcements_stop(x->announcements, a);
		*h->alone = '\0';
	}
}

static void follow_recorded(struct ts_automatic *x, struct here *h, struct ts_room *room)
{
	const bool recorded = ts_room_is_recorded(room);
	if (recorded && (!h->recorded || h->owed) && ts_room_config(room)->tones.recorded)
		h->owed = !play(x, room, TS_TUNE_RECORDED, NULL, false);
	h->recorded = recorded;
}

static void came(
	struct ts_automatic *x, struct here *h, struct ts_room *room, struct ts_participant *p)
{
	gpointer place;
	const bool returns = g_hash_table_lookup_extended(h->returns, key_of(p), NULL, &place);
	if (returns) {
		g_hash_table_remove(h->returns, key_of(p));
		g_hash_table_remove(h->present, place); /* their leaving is none */
	}
	g_hash_table_add(h->present, key_of(p));
	if (ts_room_config(room)->tones.join && !returns) tone(x, h, room, TS_TUNE_JOIN);
	if (ts_room_config(room)->tones.recorded && ts_room_is_recorded(room) && h->recorded)
		h->owed |= !play(x, room, TS_TUNE_RECORDED, p, false);
}

static void left(
	struct ts_automatic *x, struct here *h, struct ts_room *room, struct ts_participant *p)
{
	GHashTableIter at;
	gpointer place;
	bool is_replaced = false;
	g_hash_table_remove(h->returns, key_of(p));
	g_hash_table_iter_init(&at, h->returns);
	while (g_hash_table_iter_next(&at, NULL, &place)) is_replaced |= place == key_of(p);
	if (!g_hash_table_remove(h->present, key_of(p)) || is_replaced) return;
	if (ts_room_config(room)->tones.leave && g_hash_table_size(h->present))
		tone(x, h, room, TS_TUNE_LEAVE);
}

static bool is_somebody(const struct ts_participant *p)
{
	const enum ts_kind kind = ts_participant_kind(p);
	return kind != TS_KIND_WHEP && ts_kind_is_person(kind);
}

static void on_changed(
	void *arg, struct ts_room *room, enum ts_room_change what, struct ts_participant *p)
{
	struct ts_automatic *x = arg;
	struct here *h = g_hash_table_lookup(x->rooms, room);
	if (!h || what == TS_ROOM_LAYOUT) return;
	if (p && what == TS_ROOM_JOINED && ts_participant_predecessor(p)) {
		gpointer place = key_of(ts_participant_predecessor(p));
		if (g_hash_table_contains(h->present, place))
			g_hash_table_insert(h->returns, key_of(p), place);
	}
	if (p && what == TS_ROOM_LEFT)
		left(x, h, room, p);
	else if (p && is_somebody(p) && ts_participant_state(p) == TS_P_CONNECTED &&
		!g_hash_table_contains(h->present, key_of(p)))
		came(x, h, room, p);
	follow_recorded(x, h, room);
	follow_alone(x, h, room);
}

static void here_free(void *arg)
{
	struct here *h = arg;
	g_hash_table_unref(h->present);
	g_hash_table_unref(h->returns);
	g_free(h);
}

static void on_opened(void *arg, struct ts_room *room)
{
	struct ts_automatic *x = arg;
	struct here *h = g_new0(struct here, 1);
	h->present = g_hash_table_new(NULL, NULL);
	h->returns = g_hash_table_new(NULL, NULL);
	g_hash_table_insert(x->rooms, room, h);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_automatic *x = arg;
	g_hash_table_remove(x->rooms, room);
}

void ts_automatic_create(struct ts_automatic **out, struct ts_registry *registry,
	struct ts_announcements *announcements)
{
	static const struct ts_registry_watcher watcher = {
		.opened = on_opened, .changed = on_changed, .closing = on_closing};
	struct ts_automatic *x = g_new0(struct ts_automatic, 1);
	x->registry = registry;
	x->announcements = announcements;
	x->rooms = g_hash_table_new_full(NULL, NULL, NULL, here_free);
	ts_registry_watch(registry, &watcher, x);
	*out = x;
}

void ts_automatic_destroy(struct ts_automatic **automatic)
{
	struct ts_automatic *x = *automatic;
	*automatic = NULL;
	if (!x) return;
	ts_registry_unwatch(x->registry, x);
	g_hash_table_unref(x->rooms);
	g_free(x);
}
