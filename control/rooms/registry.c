#include "control/rooms/entry.h"

#include "base/clock.h"
#include "base/error.h"
#include "control/rooms/windows.h"
#include "mixer/room/engine.h"
#include <stdio.h>
#include <string.h>

/* ---- what rooms tell */

void ts_entry_close(struct ts_entry *entry)
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
	struct ts_entry *entry = arg;
	struct ts_registry *registry = entry->registry;
	if (what == TS_ROOM_JOINED) ts_member_add(registry, participant);
	if (what == TS_ROOM_PARTICIPANT) ts_member_connected(registry, participant);
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
		ts_member_remove(registry, participant);
}

static void on_empty(void *arg, struct ts_room *room)
{
	struct ts_entry *entry = arg;
	(void)room;
	if (!entry->kept && !entry->held) ts_entry_close(entry);
}

static void on_digit(
	void *arg, struct ts_room *room, struct ts_participant *participant, char digit)
{
	const struct ts_entry *entry = arg;
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
	struct ts_entry *entry = arg;
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
	return len >= 1 && len <= TS_ROOM_ID_MAX && !id[len] && strcmp(id, ".") && strcmp(id, "..");
}

static const struct ts_room_events room_events = {
	.changed = on_changed, .empty = on_empty, .closed = on_closed, .digit = on_digit};

int ts_entry_create(struct ts_registry *registry, const struct ts_room_config *config, bool hidden,
	struct ts_entry **out)
{
	struct ts_entry *entry = g_new0(struct ts_entry, 1);
	entry->registry = registry;
	entry->hidden = hidden;
	int rc = ts_room_create(&entry->room, registry->engine, config, &room_events, entry);
	if (rc) {
		g_free(entry);
		return rc;
	}
	entry->link.data = entry;
	registry->n_rooms++;
	*out = entry;
	return 0;
}

static int make_room(
	struct ts_registry *registry, const struct ts_room_config *config, struct ts_entry **out)
{
	struct ts_entry *entry;
	size_t max = registry->config.max_rooms;
	if (registry->open.length >= max || registry->n_rooms - registry->n_hidden >= 2 * max)
		return TS_ELIMIT;
	int rc = ts_entry_create(registry, config, false, &entry);
	if (rc) return rc;
	snprintf(entry->mark, sizeof(entry->mark), "%08x", (unsigned)ts_random_u32());
	g_hash_table_insert(
		registry->by_id, (char *)(uintptr_t)ts_room_config(entry->room)->id, entry);
	g_queue_push_tail_link(&registry->open, &entry->link);
	ts_entry_set_number(registry, entry, "");
	for (size_t i = 0; i < registry->n_watch; i++)
		if (registry->watch[i].watcher.opened)
			registry->watch[i].watcher.opened(registry->watch[i].arg, entry->room);
	*out = entry;
	return 0;
}

static int make_default_room(struct ts_registry *registry, const char *id, struct ts_entry **out)
{
	struct ts_room_config config = registry->joined ? *registry->joined : registry->config.room;
	g_strlcpy(config.id, id, sizeof(config.id));
	int rc = make_room(registry, &config, out);
	if (!rc && registry->joined_layout)
		ts_room_set_layout((*out)->room, registry->joined_layout);
	return rc;
}

/* NULL: it is hidden, or closes. */
static struct ts_entry *entry_of(struct ts_registry *registry, const struct ts_room *room)
{
	struct ts_entry *entry = g_hash_table_lookup(registry->by_id, ts_room_config(room)->id);
	return entry && entry->room == room ? entry : NULL;
}

int ts_registry_make(
	struct ts_registry *registry, const struct ts_room_config *config, struct ts_room **out)
{
	struct ts_entry *entry;
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
	struct ts_entry *entry = entry_of(registry, room);
	if (!entry) return TS_ECLOSED;
	if (!ts_registry_number_is_free(registry, config->number, room)) return TS_EEXIST;
	g_autofree char *before = g_strdup(ts_room_config(room)->number);
	int rc = ts_room_set_config(room, config);
	if (rc) return rc;
	entry->kept |= keep || config->wait_for_host ||
		config->when_host_leaves != TS_HOST_LEAVES_STAY;
	ts_entry_set_number(registry, entry, before);
	return 0;
}

void ts_registry_remove(struct ts_registry *registry, struct ts_room *room)
{
	struct ts_entry *entry = entry_of(registry, room);
	if (entry) ts_entry_close(entry);
}

void ts_registry_set_joined(struct ts_registry *registry, const struct ts_room_config *config,
	struct ts_layout_doc *layout, unsigned own)
{
	g_assert(!registry->joined);
	registry->joined_own = own;
	registry->joined = g_memdup2(config, sizeof(*config));
	registry->joined_layout = layout;
	if (layout) ts_layout_doc_ref(layout);
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
	if (registry->joined && !(registry->joined_own & TS_OWN_PARTICIPANTS))
		registry->joined->max_participants = config->room.max_participants;
	if (registry->joined && !(registry->joined_own & TS_OWN_WATCHERS))
		registry->joined->max_watchers = config->room.max_watchers;
	ts_half_open_set(registry->half_open, &config->half_open);
}

size_t ts_registry_max_rooms(const struct ts_registry *registry)
{
	return registry->config.max_rooms;
}

size_t ts_registry_rooms(const struct ts_registry *registry)
{
	return registry->open.length;
}

bool ts_registry_is_closing(const struct ts_registry *registry)
{
	return registry->closing;
}

enum ts_overload_level ts_registry_overload(const struct ts_registry *registry)
{
	return ts_engine_overload(registry->engine);
}

void ts_registry_watch(
	struct ts_registry *registry, const struct ts_registry_watcher *watcher, void *arg)
{
	g_assert(registry->n_watch < TS_WATCHERS_MAX);
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

bool ts_room_is_empty(const struct ts_room *room)
{
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		if (ts_room_count(room, (enum ts_kind)kind)) return false;
	return true;
}

/* TS_EFULL: the room is; TS_ELIMIT: there are too many. */
static int try_join(struct ts_registry *registry, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_participant **out)
{
	struct ts_entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	int rc = entry ? 0 : make_default_room(registry, room_id, &entry);
	if (rc) return rc;
	rc = ts_room_join(entry->room, join, ready, arg, out);
	if (rc && ts_room_is_empty(entry->room) && !entry->kept && !entry->held)
		ts_entry_close(entry);
	return rc == TS_ELIMIT ? TS_EFULL : rc;
}

static bool goes_when_empty(void *arg, const struct ts_room *room)
{
	const struct ts_entry *entry = entry_of(arg, room);
	return entry && !entry->kept && !entry->held;
}

struct ts_newcomer ts_newcomer_of(const struct ts_join *join)
{
	return (struct ts_newcomer){.address = join->from,
		.spared = join->replaces,
		.forgeable = join->from_forgeable,
		.now_ns = ts_now_ns()};
}

static bool make_way(struct ts_registry *registry, const char *room_id, enum ts_kind kind,
	const struct ts_newcomer *newcomer, int rc)
{
	struct ts_entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	if (rc == TS_EFULL && entry)
		return ts_half_open_clear_place(registry->half_open, newcomer, entry->room, kind);
	return rc == TS_ELIMIT &&
		registry->n_rooms - registry->n_hidden < 2 * registry->config.max_rooms &&
		ts_half_open_clear_room(registry->half_open, newcomer, goes_when_empty, registry);
}

int ts_registry_join(struct ts_registry *registry, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out)
{
	const struct ts_newcomer newcomer = ts_newcomer_of(join);
	struct ts_participant *participant;
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	int rc = ts_registry_take(registry, room_id);
	if (!rc && *join->from) rc = ts_half_open_admit(registry->half_open, &newcomer);
	if (rc) return rc;
	do rc = try_join(registry, room_id, join, ready, arg, &participant);
	while (make_way(registry, room_id, join->kind, &newcomer, rc));
	if (rc) return rc;

	*out = ts_member_settle_in(registry, participant, join, &newcomer);
	return 0;
}

void ts_registry_hold_guests(struct ts_registry *registry, const struct ts_room *room, bool hold)
{
	struct ts_entry *entry = entry_of(registry, room);
	if (entry) entry->holds = hold;
}

bool ts_registry_holds_guests(struct ts_registry *registry, const struct ts_room *room)
{
	const struct ts_entry *entry = room ? entry_of(registry, room) : NULL;
	return entry && entry->holds;
}

void ts_registry_hold(struct ts_registry *registry, struct ts_room *room, bool hold)
{
	struct ts_entry *entry = entry_of(registry, room);
	if (!entry || entry->held == hold) return;
	entry->held = hold;
	if (hold) return;
	if (!entry->kept && ts_room_is_empty(room)) {
		ts_entry_close(entry);
		return;
	}
	for (size_t i = 0; i < registry->n_watch && entry->link.data; i++)
		if (registry->watch[i].watcher.released)
			registry->watch[i].watcher.released(registry->watch[i].arg, room);
}

bool ts_registry_is_held(struct ts_registry *registry, const struct ts_room *room)
{
	const struct ts_entry *entry = entry_of(registry, room);
	return entry && entry->held;
}

bool ts_registry_is_hidden(struct ts_registry *registry, const struct ts_room *room)
{
	return !entry_of(registry, room);
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
	struct ts_entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	int rc = ts_registry_take(registry, room_id);
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
	if (rc && ts_room_is_empty(entry->room) && !entry->kept && !entry->held)
		ts_entry_close(entry);
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
	struct ts_entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	return entry ? entry->room : NULL;
}

static struct ts_room *room_at(const GList *link)
{
	return link ? ((struct ts_entry *)link->data)->room : NULL;
}

struct ts_room *ts_registry_first(struct ts_registry *registry)
{
	return room_at(registry->open.head);
}

struct ts_room *ts_registry_next(struct ts_registry *registry, struct ts_room *room)
{
	struct ts_entry *entry = entry_of(registry, room);
	return entry ? room_at(entry->link.next) : NULL;
}

void ts_registry_etag(
	struct ts_registry *registry, const struct ts_room *room, char out[TS_ETAG_MAX])
{
	const struct ts_entry *entry = entry_of(registry, room);
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
	while (registry->open.head) ts_entry_close(registry->open.head->data);
	while (registry->hidden.head) ts_entry_close(registry->hidden.head->data);
	finish_if_done(registry);
}

void ts_registry_destroy(struct ts_registry **registryp)
{
	struct ts_registry *registry = *registryp;
	*registryp = NULL;
	if (!registry) return;
	g_assert(!registry->n_rooms);
	ts_half_open_free(registry->half_open);
	ts_layout_doc_unref(&registry->joined_layout);
	g_free(registry->joined);
	g_hash_table_unref(registry->by_id);
	g_hash_table_unref(registry->by_number);
	g_hash_table_unref(registry->sessions);
	g_hash_table_unref(registry->members);
	g_free(registry);
}
