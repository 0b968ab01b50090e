/* strand - a serial executor on a pool of worker threads; everything of one decoder, one view, one
 * encoder, one room's audio runs on its strand, one task at a time, so its state needs no lock.
 *
 *   post --> strand [tasks in order] --+                          +-- worker 0
 *   timer due --> strand --------------+--> ready strands, by --> +-- worker 1
 *                                           (class, deadline)     +-- ...
 *
 * A worker takes the ready strand of the lowest class, among those the one with the earliest
 * deadline, runs ONE task or expired timer of it, and puts it back if it has more. Work that comes
 * in units is a task with `step`: one unit a turn, and what is left in another turn behind
 * everybody who waited longer. The pool measures each turn: one that lasts longer than its class
 * may is counted, and that strand's next turn is as much later. Every fourth turn goes to the
 * strand that is most overdue, of whatever class. A strand's deadline is that of its oldest waiting
 * task: the time of its post plus the slack of its class, a timer's is its due time. Tasks of one
 * strand run in the order of posting; an expired timer goes before queued tasks.
 *
 * Closing: ts_strand_close stops intake (posts return TS_ECLOSED), cancels timers, runs the tasks
 * already queued (of a `step` one unit), then calls done(arg) on a worker, and after that the
 * strand is gone. An owner frees nothing before done. A post that returned 0 has run by then.
 * Timers set after close are ignored.
 * Thread  post, close: any (also from a task of the strand itself); timers: on the strand itself,
 *         or before its first task.
 * Locks   one short mutex per pool; never held while a task runs. A post wakes one idle worker,
 *         never all.
 */
#ifndef TS_BASE_STRAND_H
#define TS_BASE_STRAND_H

#include "base/task.h"
#include <stdbool.h>

enum ts_class { TS_CLASS_TICK, TS_CLASS_ENCODE, TS_CLASS_DECODE, TS_CLASS_LOW };

struct ts_pool;
struct ts_strand;

struct ts_pool_config {
	const char *name; /* threads are named NAME-0, NAME-1, ... */
	int threads;
	int nice; /* < 0 raises priority where permitted; refused silently otherwise */
	/* SCHED_RR where permitted, nice otherwise: for short work whose lateness is heard. */
	bool realtime;
	/* Its threads wait for disks or networks: that a turn was long says nothing. */
	bool waits;
};

int ts_pool_create(struct ts_pool **out, const struct ts_pool_config *config);
/* Waits until every strand was closed (the caller has closed them or will from other threads), then
 * joins the workers. *pool stays set until then, for the last tasks. */
void ts_pool_destroy(struct ts_pool **pool);
int ts_pool_threads(const struct ts_pool *pool);
int ts_pool_waiting(struct ts_pool *pool); /* strands that have work and no worker; any thread */

int ts_strand_create(struct ts_strand **out, struct ts_pool *pool, enum ts_class cls);
/* 0, also when already queued; TS_ECLOSED */
int ts_strand_post(struct ts_strand *strand, struct ts_task *task);
void ts_strand_timer_set(struct ts_strand *strand, struct ts_timer *timer, int64_t due_ns);
void ts_strand_timer_cancel(struct ts_strand *strand, struct ts_timer *timer);
/* [take] strand; exactly once */
void ts_strand_close(struct ts_strand *strand, void (*done)(void *arg), void *arg);

#endif
