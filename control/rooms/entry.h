/* entry - what the registry is made of, and what its files call of each other. For registry.c
 * (rooms by id, joins), hidden.c (rooms that nobody sees), members.c (who is in them), numbers.c
 * (their numbers) and vacancy.c (where somebody is) alone.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_ROOMS_ENTRY_H
#define TS_CONTROL_ROOMS_ENTRY_H

#include "control/rooms/registry.h"
#include <glib.h>

enum { TS_WATCHERS_MAX = 24 };

struct ts_entry {
	struct ts_registry *registry;
	struct ts_room *room;
	bool kept;   /* also while it is empty */
	bool hidden; /* link is in registry->hidden, and it has no id */
	bool holds;  /* guests are not let in now */
	bool held;   /* its people are elsewhere, and come back */
	GList link;  /* in registry->open; in no list while the room closes */
	char mark[9];
};

struct ts_registry {
	struct ts_engine *engine;
	struct ts_registry_config config;
	struct ts_room_config *joined;       /* [owned] of rooms that joins make; NULL: config's */
	struct ts_layout_doc *joined_layout; /* [owned] NULL: the room's own */
	unsigned joined_own;                 /* TS_OWN_* */
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
	} watch[TS_WATCHERS_MAX];
	size_t n_watch;
	ts_registry_hidden on_hidden;
	void *on_hidden_arg;
	bool closing, draining;
	void (*done)(void *arg);
	void *done_arg;
};

/* ---- registry.c */

/* A room, in no list yet. As ts_room_create. */
int ts_entry_create(struct ts_registry *registry, const struct ts_room_config *config, bool hidden,
	struct ts_entry **out);
void ts_entry_close(struct ts_entry *entry);
struct ts_newcomer ts_newcomer_of(const struct ts_join *join);
bool ts_room_is_empty(const struct ts_room *room);

/* ---- members.c */

struct ts_member *ts_member_add(struct ts_registry *registry, struct ts_participant *participant);
void ts_member_remove(struct ts_registry *registry, struct ts_participant *participant);
void ts_member_connected(struct ts_registry *registry, struct ts_participant *participant);
/* One who has joined: where they come from, and their secret. half_open: until ts_registry_asked or
 * ts_registry_settled. */
struct ts_member *ts_member_welcome(struct ts_registry *registry,
	struct ts_participant *participant, const struct ts_join *join,
	const struct ts_newcomer *newcomer, bool half_open);
/* As welcome, half-open if their peer has proved nothing yet; until their media flow, too. */
struct ts_member *ts_member_settle_in(struct ts_registry *registry,
	struct ts_participant *participant, const struct ts_join *join,
	const struct ts_newcomer *newcomer);

/* ---- vacancy.c */

/* May somebody come into the room of that id now, or make it? TS_ECLOSED, TS_EDRAINING. */
int ts_registry_take(const struct ts_registry *registry, const char *room_id);
/* The same of a hidden room, where they may wait for another one to begin. */
int ts_registry_take_hidden(const struct ts_registry *registry,
	const struct ts_room_config *config);

/* ---- numbers.c */

void ts_entry_set_number(struct ts_registry *registry, struct ts_entry *entry, const char *before);

#endif
