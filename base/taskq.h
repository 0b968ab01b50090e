/* taskq - the list of posted tasks inside a loop or strand, first in first out; for base/loop.c and
 * base/strand.c only.
 *
 * The `queued` mark is set only under the lock of the list, so a set mark promises that fn will
 * run. Every post is a read-modify-write of the mark, and so is its clearing: whatever a thread
 * wrote before its post, even one that found the task queued already, is seen by fn.
 */
#ifndef TS_BASE_TASKQ_H
#define TS_BASE_TASKQ_H

#include "base/task.h"
#include <stdbool.h>

struct ts_taskq {
	struct ts_task *head, *tail;
};

/* Before taking the lock: true when the task waits in the list already and nothing is left to
 * do. */
static inline bool ts_taskq_waits(struct ts_task *task)
{
	bool queued = true;
	return atomic_compare_exchange_strong_explicit(
		&task->queued, &queued, true, memory_order_acq_rel, memory_order_relaxed);
}

/* Under the lock. False when another thread queued it in between. */
static inline bool ts_taskq_push(struct ts_taskq *q, struct ts_task *task)
{
	if (atomic_exchange_explicit(&task->queued, true, memory_order_acq_rel)) return false;
	task->next = NULL;
	if (q->head)
		q->tail->next = task;
	else
		q->head = task;
	q->tail = task;
	return true;
}

/* Under the lock. NULL when empty. */
static inline struct ts_task *ts_taskq_pop(struct ts_taskq *q)
{
	struct ts_task *task = q->head;
	if (task) q->head = task->next;
	return task;
}

/* Without the lock, on a task that was popped. The task may be gone when this returns. */
static inline void ts_taskq_run(struct ts_task *task)
{
	atomic_exchange_explicit(&task->queued, false, memory_order_acq_rel);
	task->fn(task);
}

#endif
