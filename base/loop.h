/* loop - one thread that waits for file descriptors, timers and tasks of other threads (epoll,
 * eventfd).
 *
 *   other threads --post--> [ tasks ] --+
 *   sockets ------------------------- epoll --> callbacks, all on this thread
 *   timers (heap, absolute) ------------+
 *
 * control and net-k are loops. No lock is held while a callback runs. Each turn runs what was ready
 * at its start: ready descriptors, then expired timers by due time, then posted tasks in order;
 * what a callback posts or sets waits for the next turn, so nobody starves the others. Timers are
 * exact to well under a millisecond.
 * Thread  ts_loop_post, _stop and _create: any; everything else: the loop's own thread (or before
 *         ts_loop_start).
 */
#ifndef TS_BASE_LOOP_H
#define TS_BASE_LOOP_H

#include "base/task.h"
#include <stdbool.h>
#include <stdint.h>

struct ts_loop;

/* A watched descriptor, embedded in its owner. fn may remove any watch, its own included. */
struct ts_watch {
	void (*fn)(struct ts_watch *watch, uint32_t epoll_events);
	int fd;
	bool active;
};

/* the thread's name; TS_EIO, TS_ENOMEM */
int ts_loop_create(struct ts_loop **out, const char *name);
int ts_loop_start(struct ts_loop *loop);                    /* makes the thread */
/* or runs it on the calling thread until ts_loop_stop */
void ts_loop_run(struct ts_loop *loop);
/* any thread; returns at once, queued tasks still run */
void ts_loop_stop(struct ts_loop *loop);
/* not from its own thread: stops, joins, frees, nulls */
void ts_loop_destroy(struct ts_loop **loop);

/* any thread; TS_ECLOSED once stopped */
int ts_loop_post(struct ts_loop *loop, struct ts_task *task);
bool ts_loop_here(const struct ts_loop *loop);                /* am I on its thread? */

/* fd and fn are set before, the rest zeroed; adds it, or changes its events. TS_EIO. */
int ts_loop_watch(struct ts_loop *loop, struct ts_watch *watch, uint32_t epoll_events);
/* before fd is closed; fn is not called again */
void ts_loop_unwatch(struct ts_loop *loop, struct ts_watch *watch);
/* The same when somebody else has closed fd, whose number another thread may have by now: the
 * kernel has let go of it. */
void ts_loop_forget(struct ts_loop *loop, struct ts_watch *watch);
/* fn is set before; moves it if set. */
void ts_loop_timer_set(struct ts_loop *loop, struct ts_timer *timer, int64_t due_ns);
void ts_loop_timer_cancel(struct ts_loop *loop, struct ts_timer *timer);

#endif
