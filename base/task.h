/* task - a piece of work to be run on a loop or a strand, embedded in the object it works for.
 *
 * Posting allocates nothing and cannot fail for want of room: a task is in at most one queue at a
 * time, and posting one that is already queued changes nothing. So everything that crosses threads
 * is a bounded ring plus a task that wakes its consumer once, however many items were pushed. The
 * queued mark is cleared before fn runs: an item pushed while fn runs posts it again, nothing is
 * missed. fn may free the object that embeds the task. Set fn, or for a strand step, zero the rest;
 * the other fields belong to the loop or strand.
 */
#ifndef TS_BASE_TASK_H
#define TS_BASE_TASK_H

#include "base/heap.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_task {
	void (*fn)(struct ts_task *task);
	/* On strands, in place of fn: one unit of the work. True: there is more, and the strand
	 * takes it in another turn, when others have had theirs. So nobody whose work comes faster
	 * than it is done keeps a worker. */
	bool (*step)(struct ts_task *task);
	struct ts_task *next;
	int64_t deadline_ns; /* on a strand: time of the post plus the slack of its class */
	atomic_bool queued;
};

/* Runs at an absolute time. Set, moved and cancelled only on the loop or strand it fires on (or
 * before that runs); setting allocates nothing and cannot fail. It is no longer set when fn runs:
 * fn sets it again, or may free the object around it. */
struct ts_timer {
	void (*fn)(struct ts_timer *timer, int64_t now_ns);
	int64_t due_ns; /* as last set: a period adds to this, not to now_ns, and never drifts */
	struct ts_heap_node node;
};

#define ts_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
