/* load - the overload ladder at work: what was measured goes in, and whoever has to do less or more
 * is called.
 *
 *   measure.c, every 250 ms --feed--> ladder (mixer/overload) --another level--> log, counters,
 *                                                                rooms (watches), then `told`
 *
 * The timer runs while there is a room or a level to come down from; never where the ladder is
 * switched off ([overload] max_level=0).
 * Thread  control.
 */
#ifndef TS_MIXER_ROOM_LOAD_H
#define TS_MIXER_ROOM_LOAD_H

#include "base/task.h"
#include "mixer/overload/overload.h"
#include "mixer/overload/pressure.h"
#include <stdbool.h>

struct ts_engine;

/* In the object that it is of; from watch to unwatch. */
struct ts_load_watch {
	void (*changed)(struct ts_load_watch *watch);
	struct ts_load_watch *prev, *next;
};

struct ts_load_news {
	enum ts_overload_level before, level;
	struct ts_pressure why; /* the highest, now */
};

/* Begins zeroed: level NONE, nothing measured. */
struct ts_load {
	struct ts_overload overload;
	struct ts_load_watch *first;
	void (*told)(void *arg, const struct ts_load_news *news);
	void *told_arg;
	/* measure.c: fn NULL: switched off */
	struct ts_timer timer;
	bool running;
	struct ts_load_look last;
	int looks; /* since the cores were counted */
};

/* A room begins: it looks at ts_engine_overload itself, and is called when that changes. */
void ts_load_watch(struct ts_engine *engine, struct ts_load_watch *watch);
void ts_load_unwatch(struct ts_engine *engine, struct ts_load_watch *watch);
/* One for all others, after the rooms. */
void ts_load_set_listener(struct ts_engine *engine,
	void (*told)(void *arg, const struct ts_load_news *), void *arg);
void ts_load_feed(struct ts_engine *engine, const struct ts_pressure *pressure, int64_t now_ns);

/* ---- measure.c */

/* Once, before the first room. max: NONE switches it off. */
void ts_load_start(struct ts_engine *engine, enum ts_overload_level max);
void ts_load_stop(struct ts_engine *engine);

#endif
