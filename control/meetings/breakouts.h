/* breakouts - the people of a room spread over others for a time, and brought back.
 *
 *   start: rooms PARENT.NAME made, people moved with their connections --> running
 *      --DELETE, the time is over--> returning: each back as soon as they can be moved
 *      --nobody is left there--> gone, with the rooms
 *   the parent ends --> so do they, with all in them
 *
 * The rooms have the settings of their parent, but nobody joins them: who does joins the parent. It
 * stays while its breakouts run, also with nobody in it, and they count as if hosts were there.
 * Whoever is moved keeps mute, role and hand. Inputs stay where they are.
 * Thread  control.
 * Life    in memory alone: a restart ends them as it ends calls.
 * Full    TS_BREAKOUTS_MAX rooms of a parent, and three quarters of limits.max_rooms with all that
 *         are there; while returning, who cannot be moved for TS_BREAKOUT_RETURN_S (the parent is
 *         full) leaves.
 */
#ifndef TS_CONTROL_MEETINGS_BREAKOUTS_H
#define TS_CONTROL_MEETINGS_BREAKOUTS_H

#include "base/loop.h"
#include "control/rooms/registry.h"

enum {
	TS_BREAKOUTS_MAX = 50,
	TS_BREAKOUTS_LEAVE = 4, /* of limits.max_rooms one in so many, to other rooms */
	TS_BREAKOUT_NAME_MAX = 32,
	TS_BREAKOUT_RETURN_S = 30,
	TS_BREAKOUT_WARN_S = 60, /* before the return; 10 where they last no longer than that */
};

struct ts_breakouts;
struct ts_breakout_set; /* of one parent */

struct ts_breakout_wish {
	size_t n;
	char name[TS_BREAKOUTS_MAX][TS_BREAKOUT_NAME_MAX + 1];
	bool even;            /* who is assigned to none, hosts left out, is spread evenly */
	int return_after_s;   /* 0: when they are asked to */
	struct ts_breakout_move *move; /* who is assigned; filled up with who is spread */
	size_t n_moves, max_moves;
	size_t refused; /* which of the names is the reason of an error */
};

struct ts_breakout_move {
	struct ts_participant *participant; /* NULL: nobody of that id is in the room */
	char id[TS_ULID_LEN + 1];
	size_t to;
	const char *why; /* they were not moved; NULL: they were */
};

void ts_breakouts_create(struct ts_breakouts **out, struct ts_loop *loop,
	struct ts_registry *registry);
void ts_breakouts_destroy(struct ts_breakouts **breakouts); /* when the rooms are gone */
/* changed: they began, or return; set NULL: they are over. ending: they return soon, told of each
 * of their rooms. */
struct ts_breakouts_watcher {
	void (*changed)(void *arg, struct ts_room *parent, const struct ts_breakout_set *set);
	void (*ending)(void *arg, struct ts_room *room, int64_t unix_ms);
};
void ts_breakouts_watch(struct ts_breakouts *breakouts,
	const struct ts_breakouts_watcher *watcher, void *arg);

/* Moves whom it can, and says of each other why not. TS_EAGAIN: the parent has some, or is one;
 * TS_EINVAL: a name makes no room id; TS_EEXIST: there is a room of that id; TS_ELIMIT: too
 * few would be left to others; errors of ts_registry_make. After an error nothing has changed. */
int ts_breakouts_start(struct ts_breakouts *breakouts, struct ts_room *parent,
	struct ts_breakout_wish *wish);
/* NULL: it has none. */
const struct ts_breakout_set *ts_breakouts_of(struct ts_breakouts *breakouts,
	const struct ts_room *parent);
/* All come back, now or as soon as they can; the set may be gone then. */
void ts_breakouts_return(struct ts_breakouts *breakouts, struct ts_room *parent);

/* NULL: no more; i from 0. */
struct ts_room *ts_breakout_room(const struct ts_breakout_set *set, size_t i);
const char *ts_breakout_name(const struct ts_breakout_set *set, const struct ts_room *room);
bool ts_breakout_returns(const struct ts_breakout_set *set);
int64_t ts_breakout_return_unix_ms(const struct ts_breakout_set *set); /* 0: not set */

#endif
