#include "control/rooms/registry.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/rooms/windows.h"
#include "mixer/room/engine.h"
#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { WATCHERS_MAX = 16 };

struct entry {
	struct ts_registry *registry;
	struct ts_room *room;
	bool kept;   /* also while it is empty */
	bool hidden; /* link is in registry->hidden, and it has no id */
	bool holds;  /* guests are not let in now */
	GList link;  /* in registry->open; in no list while the room closes */
	char mark[9];
};

struct ts_registry {
	struct ts_engine *engine;
	struct ts_registry_config config;
	GHashTable *by_id;     /* room id -> entry; open rooms only */
	GHashTable *by_number; /* [owned] number -> entry, likewise */
	GQueue open;           /* the same, in order of creation */
	GQueue hidden;         /* open ones */
	size_t n_rooms;        /* closing ones too, and hidden ones */
	size_t n_hidden;       /* likewise */
	struct ts_half_open *half_open;
	GHashTable *members;  /* participant -> [owned] member */
	GHashTable *sessions; /* secret -> member */
	struct {
		struct ts_registry_watcher watcher;
		void *arg;
	} watch[WATCHERS_MAX];
	size_t n_watch;
	ts_registry_hidden on_hidden;
	void *on_hidden_arg;
	bool closing, draining;
	void (*done)(void *arg);
	void *done_arg;
};

/* ---- members */

static struct ts_member *add_member(
	struct ts_registry *registry, struct ts_participant *participant)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	if (member) return member;
	member = g_new0(struct ts_member, 1);
	member->participant = participant;
	ts_rates_init(&member->rates, ts_now_ns());
	g_hash_table_insert(registry->members, participant, member);
	return member;
}

static void remove_member(struct ts_registry *registry, struct ts_participant *participant)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	if (!member) return;
	ts_half_open_settle(registry->half_open, participant);
	g_hash_table_remove(registry->sessions, member->secret);
	g_hash_table_remove(registry->members, participant);
}

struct ts_member *ts_registry_member(
	struct ts_registry *registry, struct ts_participant *participant)
{
	return g_hash_table_lookup(registry->members, participant);
}

struct ts_member *ts_registry_session(struct ts_registry *registry, const char *secret)
{
	return g_hash_table_lookup(registry->sessions, secret);
}

void ts_registry_settled(struct ts_registry *registry, struct ts_participant *participant)
{
	ts_half_open_settle(registry->half_open, participant);
}

int ts_registry_asked(struct ts_registry *registry, struct ts_participant *participant)
{
	return ts_half_open_ask(registry->half_open, participant);
}

static void settle_connected(struct ts_registry *registry, struct ts_participant *participant)
{
	struct ts_member *member = ts_registry_member(registry, participant);
	if (!member || !member->awaits_media ||
		ts_participant_state(participant) == TS_P_CONNECTING)
		return;
	member->awaits_media = false;
	ts_half_open_settle(registry->half_open, participant);
}

/* ---- what rooms tell */

static void close_room(struct entry *entry)
{
	struct ts_registry *registry = entry->registry;
	if (!entry->link.data) return;
	if (entry->hidden) {
		g_queue_unlink(&registry->hidden, &entry->link);
		entry->link.data = NULL;
		ts_room_close(entry->room);
		return;
	}
	for (size_t i = 0; i < registry->n_watch; i++)
		if (registry->watch[i].watcher.closing)
			registry->watch[i].watcher.closing(registry->watch[i].arg, entry->room);
	g_hash_table_remove(registry->by_id, ts_room_config(entry->room)->id);
	g_hash_table_remove(registry->by_number, ts_room_config(entry->room)->number);
	g_queue_unlink(&registry->open, &entry->link);
	entry->link.data = NULL;
	ts_room_close(entry->room);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct entry *entry = arg;
	struct ts_registry *registry = entry->registry;
	if (what == TS_ROOM_JOINED) add_member(registry, participant);
	if (what == TS_ROOM_PARTICIPANT) settle_connected(registry, participant);
	if (entry->hidden && registry->on_hidden)
		registry->on_hidden(registry->on_hidden_arg, room, what, participant);
	for (size_t i = 0; i < registry->n_watch && *ts_room_config(room)->waits_for; i++)
		if (registry->watch[i].watcher.waits)
			registry->watch[i].watcher.waits(
				registry->watch[i].arg, room, what, participant);
	for (size_t i = 0; i < registry->n_watch && entry->link.data && !entry->hidden; i++)
		if (registry->watch[i].watcher.changed)
			registry->watch[i].watcher.changed(
				registry->watch[i].arg, room, what, participant);
	if (what == TS_ROOM_LEFT && !ts_participant_moves_to(participant))
		remove_member(registry, participant);
}

static void on_empty(void *arg, struct ts_room *room)
{
	struct entry *entry = arg;
	(void)room;
	if (!entry->kept) close_room(entry);
}

static void on_digit(
	void *arg, struct ts_room *room, struct ts_participant *participant, char digit)
{
	const struct entry *entry = arg;
	const struct ts_registry *registry = entry->registry;
	for (size_t i = 0; i < registry->n_watch; i++)
		if (registry->watch[i].watcher.digit)
			registry->watch[i].watcher.digit(
				registry->watch[i].arg, room, participant, digit);
}

static void finish_if_done(struct ts_registry *registry)
{
	if (!registry->closing || registry->n_rooms || !registry->done) return;
	void (*done)(void *) = registry->done;
	registry->done = NULL;
	done(registry->done_arg);
}

static void on_closed(void *arg, struct ts_room *room)
{
	struct entry *entry = arg;
	struct ts_registry *registry = entry->registry;
	(void)room;
	registry->n_hidden -= entry->hidden;
	g_free(entry);
	registry->n_rooms--;
	finish_if_done(registry);
}

/* ---- rooms */

bool ts_room_id_ok(const char *id)
{
	size_t len = strspn(
		id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");
	return len >= 1 && len <= TS_ROOM_ID_MAX && !id[len];
}

/* ---- their numbers */

struct ts_room *ts_registry_by_number(struct ts_registry *registry, const char *number)
{
	struct entry *entry = *number ? g_hash_table_lookup(registry->by_number, number) : NULL;
	return entry ? entry->room : NULL;
}

bool ts_registry_number_is_free(
	struct ts_registry *registry, const char *number, const struct ts_room *own)
{
	const struct ts_room *has = ts_registry_by_number(registry, number),
			     *called = ts_registry_find(registry, number);
	return !*number || ((!has || has == own) && (!called || called == own));
}

void ts_registry_new_number(struct ts_registry *registry, char out[TS_NUMBER_MAX + 1])
{
	do {
		g_snprintf(out, TS_NUMBER_MAX + 1, "%u%08u", 1 + ts_random_u32() % 9,
			ts_random_u32() % 100000000);
	} while (!ts_registry_number_is_free(registry, out, NULL));
}

static void set_number(struct ts_registry *registry, struct entry *entry, const char *before)
{
	const char *number = ts_room_config(entry->room)->number;
	if (!strcmp(before, number)) return;
	g_hash_table_remove(registry->by_number, before);
	if (*number) g_hash_table_insert(registry->by_number, g_strdup(number), entry);
}

static const struct ts_room_events room_events = {
	.changed = on_changed, .empty = on_empty, .closed = on_closed, .digit = on_digit};

static int make_room(
	struct ts_registry *registry, const struct ts_room_config *config, struct entry **out)
{
	struct entry *entry;
	size_t max = registry->config.max_rooms;
	if (registry->open.length >= max || registry->n_rooms - registry->n_hidden >= 2 * max)
		return TS_ELIMIT;

	entry = g_new0(struct entry, 1);
	entry->registry = registry;
	int rc = ts_room_create(&entry->room, registry->engine, config, &room_events, entry);
	if (rc) {
		g_free(entry);
		return rc;
	}
	snprintf(entry->mark, sizeof(entry->mark), "%08x", (unsigned)ts_random_u32());
	entry->link.data = entry;
	registry->n_rooms++;
	g_hash_table_insert(
		registry->by_id, (char *)(uintptr_t)ts_room_config(entry->room)->id, entry);
	g_queue_push_tail_link(&registry->open, &entry->link);
	set_number(registry, entry, "");
	for (size_t i = 0; i < registry->n_watch; i++)
		if (registry->watch[i].watcher.opened)
			registry->watch[i].watcher.opened(registry->watch[i].arg, entry->room);
	*out = entry;
	return 0;
}

static int make_default_room(struct ts_registry *registry, const char *id, struct entry **out)
{
	struct ts_room_config config = registry->config.room;
	g_strlcpy(config.id, id, sizeof(config.id));
	return make_room(registry, &config, out);
}

/* NULL: it is hidden, or closes. */
static struct entry *entry_of(struct ts_registry *registry, const struct ts_room *room)
{
	struct entry *entry = g_hash_table_lookup(registry->by_id, ts_room_config(room)->id);
	return entry && entry->room == room ? entry : NULL;
}

int ts_registry_make(
	struct ts_registry *registry, const struct ts_room_config *config, struct ts_room **out)
{
	struct entry *entry;
	if (!ts_room_id_ok(config->id)) return TS_EINVAL;
	if (registry->closing) return TS_ECLOSED;
	if (registry->draining) return TS_EDRAINING;
	if (g_hash_table_contains(registry->by_id, config->id)) return TS_EEXIST;
	if (!ts_registry_number_is_free(registry, config->number, NULL)) return TS_EEXIST;
	int rc = make_room(registry, config, &entry);
	if (rc) return rc;
	entry->kept = true;
	*out = entry->room;
	return 0;
}

int ts_registry_change(struct ts_registry *registry, struct ts_room *room,
	const struct ts_room_config *config, bool keep)
{
	struct entry *entry = entry_of(registry, room);
	if (!entry) return TS_ECLOSED;
	if (!ts_registry_number_is_free(registry, config->number, room)) return TS_EEXIST;
	g_autofree char *before = g_strdup(ts_room_config(room)->number);
	int rc = ts_room_set_config(room, config);
	if (rc) return rc;
	entry->kept |= keep || config->wait_for_host ||
		config->when_host_leaves != TS_HOST_LEAVES_STAY;
	set_number(registry, entry, before);
	return 0;
}

void ts_registry_remove(struct ts_registry *registry, struct ts_room *room)
{
	struct entry *entry = entry_of(registry, room);
	if (entry) close_room(entry);
}

const struct ts_room_config *ts_registry_defaults(const struct ts_registry *registry)
{
	return &registry->config.room;
}

void ts_registry_set_limits(struct ts_registry *registry, const struct ts_registry_config *config)
{
	registry->config.max_rooms = config->max_rooms;
	registry->config.room.max_participants = config->room.max_participants;
	registry->config.room.max_watchers = config->room.max_watchers;
	ts_half_open_set(registry->half_open, &config->half_open);
}

bool ts_registry_is_closing(const struct ts_registry *registry)
{
	return registry->closing;
}

void ts_registry_set_draining(struct ts_registry *registry, bool draining)
{
	registry->draining = draining;
}

/* Who has shown nothing yet does not keep a room going. */
static bool is_running(const struct ts_registry *registry, const struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first((struct ts_room *)(uintptr_t)room); p;
		p = ts_room_next(p))
		if (!ts_registry_is_half_open(registry, p)) return true;
	return false;
}

/* Somebody is in the room of that id, or waits for it. */
static bool is_alive(const struct ts_registry *registry, const char *room_id)
{
	const struct entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	if (entry && is_running(registry, entry->room)) return true;
	for (const GList *link = registry->hidden.head; link; link = link->next) {
		const struct ts_room *hidden = ((const struct entry *)link->data)->room;
		if (!strcmp(ts_room_config(hidden)->waits_for, room_id) &&
			is_running(registry, hidden))
			return true;
	}
	return false;
}

/* May somebody come into the room of that id now? */
static int take(const struct ts_registry *registry, const char *room_id)
{
	if (registry->closing) return TS_ECLOSED;
	return registry->draining && !is_alive(registry, room_id) ? TS_EDRAINING : 0;
}

/* A hidden room where they wait for that one to begin; "": for none. */
static int take_hidden(const struct ts_registry *registry, const struct ts_room_config *config)
{
	if (*config->waits_for) return take(registry, config->waits_for);
	return registry->closing ? TS_ECLOSED : 0;
}

enum ts_overload_level ts_registry_overload(const struct ts_registry *registry)
{
	return ts_engine_overload(registry->engine);
}

void ts_registry_watch(
	struct ts_registry *registry, const struct ts_registry_watcher *watcher, void *arg)
{
	g_assert(registry->n_watch < WATCHERS_MAX);
	registry->watch[registry->n_watch].watcher = *watcher;
	registry->watch[registry->n_watch++].arg = arg;
}

void ts_registry_unwatch(struct ts_registry *registry, const void *arg)
{
	size_t i = 0;
	while (i < registry->n_watch && registry->watch[i].arg != arg) i++;
	if (i == registry->n_watch) return;
	registry->n_watch--;
	memmove(&registry->watch[i], &registry->watch[i + 1],
		(registry->n_watch - i) * sizeof(registry->watch[0]));
}

static bool is_empty(const struct ts_room *room)
{
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		if (ts_room_count(room, (enum ts_kind)kind)) return false;
	return true;
}

/* TS_EFULL: the room is; TS_ELIMIT: there are too many. */
static int try_join(struct ts_registry *registry, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_participant **out)
{
	struct entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	int rc = entry ? 0 : make_default_room(registry, room_id, &entry);
	if (rc) return rc;
	rc = ts_room_join(entry->room, join, ready, arg, out);
	if (rc && is_empty(entry->room) && !entry->kept) close_room(entry);
	return rc == TS_ELIMIT ? TS_EFULL : rc;
}

static bool goes_when_empty(void *arg, const struct ts_room *room)
{
	const struct entry *entry = entry_of(arg, room);
	return entry && !entry->kept;
}

static bool make_way(struct ts_registry *registry, const char *room_id, enum ts_kind kind,
	const struct ts_newcomer *newcomer, int rc)
{
	struct entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	if (rc == TS_EFULL && entry)
		return ts_half_open_clear_place(registry->half_open, newcomer, entry->room, kind);
	return rc == TS_ELIMIT &&
		registry->n_rooms - registry->n_hidden < 2 * registry->config.max_rooms &&
		ts_half_open_clear_room(registry->half_open, newcomer, goes_when_empty, registry);
}

static bool is_half_open(const struct ts_join *join, const struct ts_participant *participant)
{
	if (!*join->from) return false;
	return join->kind == TS_KIND_SIP ? join->transport.await_proof
					 : ts_participant_state(participant) == TS_P_CONNECTING;
}

static void give_secret(struct ts_registry *registry, struct ts_member *member)
{
	ts_secret(member->secret);
	g_hash_table_insert(registry->sessions, member->secret, member);
}

static struct ts_newcomer newcomer_of(const struct ts_join *join)
{
	return (struct ts_newcomer){.address = join->from,
		.spared = join->replaces,
		.forgeable = join->from_forgeable,
		.now_ns = ts_now_ns()};
}

static struct ts_member *settle_in(struct ts_registry *registry, struct ts_participant *participant,
	const struct ts_join *join, const struct ts_newcomer *newcomer)
{
	struct ts_member *member = add_member(registry, participant);
	g_strlcpy(member->from, join->from, sizeof(member->from));
	if (is_half_open(join, participant)) {
		member->awaits_media = join->kind != TS_KIND_SIP;
		ts_half_open_add(registry->half_open, participant, newcomer);
	}
	give_secret(registry, member);
	return member;
}

int ts_registry_join(struct ts_registry *registry, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out)
{
	const struct ts_newcomer newcomer = newcomer_of(join);
	struct ts_participant *participant;
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	int rc = take(registry, room_id);
	if (!rc && *join->from) rc = ts_half_open_admit(registry->half_open, &newcomer);
	if (rc) return rc;
	do rc = try_join(registry, room_id, join, ready, arg, &participant);
	while (make_way(registry, room_id, join->kind, &newcomer, rc));
	if (rc) return rc;

	*out = settle_in(registry, participant, join, &newcomer);
	return 0;
}

/* ---- rooms that nobody sees */

static int make_hidden(
	struct ts_registry *registry, const struct ts_room_config *config, struct entry **out)
{
	if (registry->n_hidden >= TS_HIDDEN_MAX) return TS_EAGAIN;
	struct entry *entry = g_new0(struct entry, 1);
	entry->registry = registry;
	entry->hidden = true;
	int rc = ts_room_create(&entry->room, registry->engine, config, &room_events, entry);
	if (rc) {
		g_free(entry);
		return rc;
	}
	registry->n_rooms++;
	registry->n_hidden++;
	entry->link.data = entry;
	g_queue_push_tail_link(&registry->hidden, &entry->link);
	*out = entry;
	return 0;
}

int ts_registry_join_hidden(struct ts_registry *registry, const struct ts_room_config *config,
	const struct ts_join *join, ts_join_ready ready, void *arg, struct ts_member **out)
{
	const struct ts_newcomer newcomer = {
		.address = join->from, .forgeable = join->from_forgeable, .now_ns = ts_now_ns()};
	struct ts_participant *participant;
	struct entry *entry;
	if (registry->closing) return TS_ECLOSED;
	int rc = *join->from ? ts_half_open_admit(registry->half_open, &newcomer) : 0;
	if (!rc) rc = make_hidden(registry, config, &entry);
	if (rc) return rc;
	struct ts_join alone = *join;
	alone.replaces = NULL; /* nobody else is there */
	rc = ts_room_join(entry->room, &alone, ready, arg, &participant);
	if (rc) {
		close_room(entry);
		return rc;
	}
	struct ts_member *member = add_member(registry, participant);
	g_strlcpy(member->from, join->from, sizeof(member->from));
	if (*join->from) ts_half_open_add(registry->half_open, participant, &newcomer);
	give_secret(registry, member);
	*out = member;
	return 0;
}

int ts_registry_make_hidden(
	struct ts_registry *registry, const struct ts_room_config *config, struct ts_room **out)
{
	struct entry *entry;
	int rc = take_hidden(registry, config);
	if (!rc) rc = make_hidden(registry, config, &entry);
	if (!rc) *out = entry->room;
	return rc;
}

static struct entry *hidden_entry(struct ts_registry *registry, const struct ts_room *room)
{
	GList *link = registry->hidden.head;
	while (link && ((struct entry *)link->data)->room != room) link = link->next;
	return link ? link->data : NULL;
}

void ts_registry_drop_hidden(struct ts_registry *registry, struct ts_room *hidden)
{
	struct entry *entry = hidden_entry(registry, hidden);
	if (entry && is_empty(hidden)) close_room(entry);
}

int ts_registry_join_at(struct ts_registry *registry, struct ts_room *hidden,
	const struct ts_join *join, ts_join_ready ready, void *arg, struct ts_member **out)
{
	const struct ts_newcomer newcomer = newcomer_of(join);
	struct ts_participant *participant;
	int rc = take_hidden(registry, ts_room_config(hidden));
	if (!rc && *join->from) rc = ts_half_open_admit(registry->half_open, &newcomer);
	if (rc) return rc;
	do {
		/* who gave way may have been the last one there */
		if (!hidden_entry(registry, hidden)) return TS_EAGAIN;
		rc = ts_room_join(hidden, join, ready, arg, &participant);
	} while (rc == TS_ELIMIT &&
		ts_half_open_clear_place(registry->half_open, &newcomer, hidden, join->kind));
	if (rc) return rc == TS_ELIMIT ? TS_EFULL : rc;
	*out = settle_in(registry, participant, join, &newcomer);
	return 0;
}

int ts_registry_move_at(
	struct ts_registry *registry, struct ts_participant *participant, struct ts_room *hidden)
{
	if (registry->closing) return TS_ECLOSED;
	int rc = ts_participant_move(participant, hidden);
	if (!rc) ts_half_open_settle(registry->half_open, participant);
	return rc == TS_ELIMIT ? TS_EFULL : rc;
}

bool ts_registry_is_half_open(
	const struct ts_registry *registry, const struct ts_participant *participant)
{
	return ts_half_open_has(registry->half_open, participant);
}

void ts_registry_hold_guests(struct ts_registry *registry, const struct ts_room *room, bool hold)
{
	struct entry *entry = entry_of(registry, room);
	if (entry) entry->holds = hold;
}

bool ts_registry_holds_guests(struct ts_registry *registry, const struct ts_room *room)
{
	const struct entry *entry = room ? entry_of(registry, room) : NULL;
	return entry && entry->holds;
}

void ts_registry_watch_hidden(struct ts_registry *registry, ts_registry_hidden fn, void *arg)
{
	registry->on_hidden = fn;
	registry->on_hidden_arg = arg;
}

bool ts_registry_is_hidden(struct ts_registry *registry, const struct ts_room *room)
{
	return !entry_of(registry, room);
}

static bool all_empty(const GQueue *entries)
{
	for (const GList *link = entries->head; link; link = link->next)
		if (!is_empty(((const struct entry *)link->data)->room)) return false;
	return true;
}

bool ts_registry_is_vacant(const struct ts_registry *registry)
{
	return all_empty(&registry->open) && all_empty(&registry->hidden);
}

bool ts_registry_has_somebody(struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		if (ts_participant_state(p) == TS_P_CONNECTED) return true;
	return false;
}

int ts_registry_move(
	struct ts_registry *registry, struct ts_participant *participant, const char *room_id)
{
	struct entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	int rc = take(registry, room_id);
	if (!rc && !entry) rc = make_default_room(registry, room_id, &entry);
	if (rc) return rc;
	rc = ts_participant_move(participant, entry->room);
	if (!rc) {
		struct ts_member *member = ts_registry_member(registry, participant);
		ts_half_open_settle(registry->half_open, participant);
		/* a view that was chosen was of the other room */
		if (member) member->window.chosen = false;
		ts_window_follow(registry, participant);
	}
	if (rc && is_empty(entry->room) && !entry->kept) close_room(entry);
	return rc == TS_ELIMIT ? TS_EFULL : rc;
}

/* Before the new room sees them. */
int ts_registry_move_anew(struct ts_registry *registry, struct ts_participant *participant,
	const char *room_id, struct ts_room *hidden, const char *role)
{
	struct ts_participant_settings before, bare;
	ts_participant_settings(participant, &before);
	bare = before;
	g_strlcpy(bare.role, role, sizeof(bare.role));
	bare.hand_unix_ms = 0;
	bare.gain_db = 0;
	ts_participant_set(participant, &bare);
	int rc = hidden ? ts_registry_move_at(registry, participant, hidden)
			: ts_registry_move(registry, participant, room_id);
	if (rc) ts_participant_set(participant, &before);
	return rc;
}

struct ts_room *ts_registry_find(struct ts_registry *registry, const char *room_id)
{
	struct entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	return entry ? entry->room : NULL;
}

static struct ts_room *room_at(const GList *link)
{
	return link ? ((struct entry *)link->data)->room : NULL;
}

struct ts_room *ts_registry_first(struct ts_registry *registry)
{
	return room_at(registry->open.head);
}

struct ts_room *ts_registry_next(struct ts_registry *registry, struct ts_room *room)
{
	struct entry *entry = entry_of(registry, room);
	return entry ? room_at(entry->link.next) : NULL;
}

void ts_registry_etag(
	struct ts_registry *registry, const struct ts_room *room, char out[TS_ETAG_MAX])
{
	const struct entry *entry = entry_of(registry, room);
	snprintf(out, TS_ETAG_MAX, "\"%s-%llu\"", entry ? entry->mark : "0",
		(unsigned long long)ts_room_revision(room));
}

/* ---- life */

int ts_registry_create(
	struct ts_registry **out, struct ts_engine *engine, const struct ts_registry_config *config)
{
	struct ts_registry *registry = g_new0(struct ts_registry, 1);
	registry->engine = engine;
	registry->config = *config;
	registry->by_id = g_hash_table_new(g_str_hash, g_str_equal);
	registry->by_number = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	registry->members = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
	registry->sessions = g_hash_table_new(g_str_hash, g_str_equal);
	registry->half_open = ts_half_open_new(&config->half_open);
	g_queue_init(&registry->open);
	g_queue_init(&registry->hidden);
	*out = registry;
	return 0;
}

void ts_registry_close(struct ts_registry *registry, void (*done)(void *arg), void *arg)
{
	registry->closing = true;
	registry->done = done;
	registry->done_arg = arg;
	while (registry->open.head) close_room(registry->open.head->data);
	while (registry->hidden.head) close_room(registry->hidden.head->data);
	finish_if_done(registry);
}

void ts_registry_destroy(struct ts_registry **registryp)
{
	struct ts_registry *registry = *registryp;
	*registryp = NULL;
	if (!registry) return;
	g_assert(!registry->n_rooms);
	ts_half_open_free(registry->half_open);
	g_hash_table_unref(registry->by_id);
	g_hash_table_unref(registry->by_number);
	g_hash_table_unref(registry->sessions);
	g_hash_table_unref(registry->members);
	g_free(registry);
}
