/* drain - the server is to end, but nobody is cut: nothing new begins, what runs goes on.
 *
 *   running --start--> draining --nobody is left, or the deadline--> over (the server stops)
 *      ^------cancel------'
 *
 * Draining, the registry makes no room, and takes nobody into one in which nobody is
 * (TS_EDRAINING); rooms where somebody is take whom they always would. Recordings, streams and
 * inputs of those go on. Who waits for a host or is asked for a PIN counts as somebody.
 * Thread  control.
 */
#ifndef TS_CONTROL_ROOMS_DRAIN_H
#define TS_CONTROL_ROOMS_DRAIN_H

#include "base/loop.h"
#include <stdbool.h>

struct ts_registry;
struct ts_drain;

enum { TS_DRAIN_S_MAX = 7 * 24 * 3600 };

struct ts_drain_info {
	bool draining;
	int64_t began_unix_ms, deadline_unix_ms; /* 0: it does not drain */
};

struct ts_drain_watcher {
	/* it began, ended, or has another deadline */
	void (*changed)(void *arg, const struct ts_drain_info *info);
	/* once: the server is to stop. overdue: the deadline came, and somebody is there still */
	void (*over)(void *arg, bool overdue);
};
enum { TS_DRAIN_WATCHERS_MAX = 4 };

void ts_drain_create(struct ts_drain **out, struct ts_loop *loop, struct ts_registry *registry);
void ts_drain_destroy(struct ts_drain **drain); /* before the registry */
/* At most TS_DRAIN_WATCHERS_MAX; either function may be NULL. */
void ts_drain_watch(struct ts_drain *drain, const struct ts_drain_watcher *watcher, void *arg);

/* deadline_s: 1 to TS_DRAIN_S_MAX, from now. While it drains the deadline moves. */
void ts_drain_start(struct ts_drain *drain, int deadline_s);
/* As if it had never drained. False: it did not, or is over. */
bool ts_drain_cancel(struct ts_drain *drain);
void ts_drain_info(const struct ts_drain *drain, struct ts_drain_info *out);

#endif
