#include "base/strand.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/taskq.h"
#include "base/thread.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { N_CLASSES = TS_CLASS_LOW + 1 };

/* How long after its post a task should have run, by class. Tasks and timers of one class compete
 * by it. */
static const int64_t slack_ns[N_CLASSES] = {
	[TS_CLASS_TICK] = 2 * TS_NS_PER_MS,
	[TS_CLASS_ENCODE] = 10 * TS_NS_PER_MS,
	[TS_CLASS_DECODE] = 20 * TS_NS_PER_MS,
	[TS_CLASS_LOW] = 100 * TS_NS_PER_MS,
};

/* How long one turn may last; a longer one is counted, and if the task has more to do its strand's
 * next turn is as much later. */
static const int64_t turn_ns[N_CLASSES] = {
	[TS_CLASS_TICK] = 10 * TS_NS_PER_MS,
	[TS_CLASS_ENCODE] = 30 * TS_NS_PER_MS,
	[TS_CLASS_DECODE] = 10 * TS_NS_PER_MS,
	[TS_CLASS_LOW] = 100 * TS_NS_PER_MS,
};

/* A class is served before those below it, but a strand that is overdue by this much gets every
 * fourth turn: what is hopelessly overloaded must not stop all else for good. */
#define OVERDUE_NS (200 * TS_NS_PER_MS)
enum { TURNS_PER_OVERDUE = 4 };

enum place {
	IDLE,     /* in no heap: neither tasks nor timers */
	SLEEPING, /* in pool->sleeping, by its first timer */
	READY,    /* in pool->ready[cls], by deadline */
	RUNNING,  /* on a worker, which files it again afterwards */
};

struct ts_strand {
	struct ts_pool *pool;
	enum ts_class cls;
	/* pool->lock */
	enum place place;
	struct ts_heap_node node;
	struct ts_taskq tasks;
	struct ts_heap timers;
	bool closing;
	int64_t close_ns;
	void (*done)(void *arg);
	void *arg;
};

struct worker {
	struct ts_pool *pool;
	pthread_t thread;
	/* pool->lock */
	pthread_cond_t wake;
	bool signalled;
	int64_t until_ns; /* as keeper */
	struct worker *next_idle;
};

/* Of the workers that have nothing to do one is the keeper of time: it sleeps until the first
 * strand in `sleeping` is due. The others sleep without end. A signalled worker has left `idle` and
 * `keeper`, and looks at the heaps as soon as it gets the lock: until then it counts in n_waking,
 * and no other is woken for the work it will find. */
struct ts_pool {
	pthread_mutex_t lock;
	struct ts_heap ready[N_CLASSES];
	struct ts_heap sleeping;
	struct worker *idle; /* last in, first out: its caches are the warmest */
	struct worker *keeper;
	int n_ready, n_waking, n_strands;
	unsigned turns;
	bool stopping;
	int nice, n_threads;
	bool realtime, waits;
	struct worker workers[];
};

static struct ts_strand *strand_of(struct ts_heap_node *node)
{
	return ts_container_of(node, struct ts_strand, node);
}

/* -- everything down to ts_pool_create is called with the lock held -- */

static void unfile(struct ts_strand *s)
{
	if (s->place == READY) {
		ts_heap_remove(&s->pool->ready[s->cls], &s->node);
		s->pool->n_ready--;
	} else if (s->place == SLEEPING) {
		ts_heap_remove(&s->pool->sleeping, &s->node);
	}
	s->place = IDLE;
}

static void file_ready(struct ts_strand *s, int64_t deadline_ns)
{
	unfile(s);
	ts_heap_insert(&s->pool->ready[s->cls], &s->node, deadline_ns);
	s->pool->n_ready++;
	s->place = READY;
}

/* Puts a strand that is not running where its tasks and timers say. */
static void file(struct ts_strand *s)
{
	int64_t due_ns = s->timers.root ? s->timers.root->key : INT64_MAX;
	int64_t task_ns = s->tasks.head ? s->tasks.head->deadline_ns : s->close_ns;
	if (s->tasks.head || s->closing) {
		file_ready(s, task_ns < due_ns ? task_ns : due_ns);
		return;
	}
	unfile(s);
	if (!s->timers.root) return;
	ts_heap_insert(&s->pool->sleeping, &s->node, due_ns);
	s->place = SLEEPING;
}

static void wake(struct ts_pool *pool)
{
	struct worker *w = pool->idle;
	if (w)
		pool->idle = w->next_idle;
	else if ((w = pool->keeper))
		pool->keeper = NULL;
	else
		return;
	w->signalled = true;
	pool->n_waking++;
	pthread_cond_signal(&w->wake);
}

/* Wakes one more worker if there is work, or a time to keep, that no worker awake or asleep will
 * see to. */
static void kick(struct ts_pool *pool)
{
	if (pool->n_ready > pool->n_waking) {
		wake(pool);
	} else if (pool->sleeping.root && !pool->n_waking) {
		int64_t until_ns = pool->keeper ? pool->keeper->until_ns : INT64_MAX;
		if (pool->sleeping.root->key >= until_ns) return;
		if (pool->keeper) { /* it looks again, and then sleeps for less */
			pool->keeper->next_idle = pool->idle;
			pool->idle = pool->keeper;
			pool->keeper = NULL;
		}
		wake(pool);
	}
}

static void refile(struct ts_strand *s)
{
	if (s->place == RUNNING) return;
	file(s);
	kick(s->pool);
}

/* Sleeps until signalled or, as the keeper, until the first timer is due. */
static void rest(struct worker *w)
{
	struct ts_pool *pool = w->pool;
	int64_t until_ns = pool->sleeping.root ? pool->sleeping.root->key : INT64_MAX;
	struct worker *plain = w;
	if (until_ns < (pool->keeper ? pool->keeper->until_ns : INT64_MAX)) {
		plain = pool->keeper; /* dismissed: should its old time come it just sleeps on */
		pool->keeper = w;
		w->until_ns = until_ns;
	}
	if (plain) {
		plain->next_idle = pool->idle;
		pool->idle = plain;
	}

	struct timespec until = {until_ns / TS_NS_PER_S, until_ns % TS_NS_PER_S};
	while (!w->signalled) {
		if (pool->keeper != w) {
			pthread_cond_wait(&w->wake, &pool->lock);
		} else if (pthread_cond_timedwait(&w->wake, &pool->lock, &until) == ETIMEDOUT &&
			pool->keeper == w) {
			pool->keeper = NULL;
			return;
		}
	}
	w->signalled = false;
	pool->n_waking--;
}

static void expire(struct ts_pool *pool, int64_t now_ns)
{
	while (pool->sleeping.root && pool->sleeping.root->key <= now_ns) {
		struct ts_strand *s = strand_of(pool->sleeping.root);
		file_ready(s, s->node.key);
	}
}

/* NULL: none is overdue, or it is not their turn. */
static struct ts_heap_node *overdue(struct ts_pool *pool, int64_t now_ns)
{
	struct ts_heap_node *first = NULL;
	if (++pool->turns % TURNS_PER_OVERDUE) return NULL;
	for (int cls = 0; cls < N_CLASSES; cls++) {
		struct ts_heap_node *root = pool->ready[cls].root;
		if (root && root->key + OVERDUE_NS <= now_ns && (!first || root->key < first->key))
			first = root;
	}
	return first;
}

static struct ts_strand *take(struct ts_pool *pool, int64_t now_ns)
{
	struct ts_heap_node *late = overdue(pool, now_ns);
	if (late) {
		struct ts_strand *s = strand_of(late);
		unfile(s);
		s->place = RUNNING;
		return s;
	}
	for (int cls = 0; cls < N_CLASSES; cls++) {
		if (!pool->ready[cls].root) continue;
		struct ts_strand *s = strand_of(pool->ready[cls].root);
		unfile(s);
		s->place = RUNNING;
		return s;
	}
	return NULL;
}

static void finish(struct ts_strand *s)
{
	struct ts_pool *pool = s->pool;
	pthread_mutex_unlock(&pool->lock);
	s->done(s->arg);
	free(s);
	pthread_mutex_lock(&pool->lock);
	if (--pool->n_strands || !pool->stopping) return;
	while (pool->idle || pool->keeper) wake(pool);
}

/* True: it has more to do. Otherwise the task may be gone. */
static bool run_task(struct ts_task *task)
{
	if (!task->step) {
		ts_taskq_run(task);
		return false;
	}
	atomic_exchange_explicit(&task->queued, false, memory_order_acq_rel);
	return task->step(task);
}

/* Behind the strand's other tasks, and with a deadline as if posted now. Not on a strand that is
 * closing: its owner frees what is left. */
static void run_again(struct ts_strand *s, struct ts_task *task, int64_t now_ns, int64_t over_ns)
{
	if (s->closing || !ts_taskq_push(&s->tasks, task)) return;
	task->deadline_ns = now_ns + slack_ns[s->cls] + (over_ns > 0 ? over_ns : 0);
}

/* Runs one thing of a strand that take() gave, and tells when that was done. Unlocks meanwhile. */
static int64_t run_one(struct ts_strand *s, int64_t now_ns)
{
	struct ts_pool *pool = s->pool;
	bool more = false;
	int64_t done_ns, over_ns;
	struct ts_heap_node *first = s->timers.root;
	struct ts_task *task = NULL;
	/* filed by a worker whose clock was read later than this one's */
	if (first && first->key > now_ns && !s->tasks.head && !s->closing) now_ns = ts_now_ns();
	if (first && first->key <= now_ns) {
		ts_heap_remove(&s->timers, first);
		struct ts_timer *timer = ts_container_of(first, struct ts_timer, node);
		pthread_mutex_unlock(&pool->lock);
		timer->fn(timer, now_ns);
	} else if ((task = ts_taskq_pop(&s->tasks))) {
		pthread_mutex_unlock(&pool->lock);
		more = run_task(task);
	} else {
		assert(s->closing);
		finish(s);
		return ts_now_ns();
	}
	done_ns = ts_now_ns();
	over_ns = done_ns - now_ns - turn_ns[s->cls];
	if (over_ns > 0 && !pool->waits) ts_count(TS_C_TURNS_LONG);
	pthread_mutex_lock(&pool->lock);
	if (more) run_again(s, task, done_ns, over_ns);
	file(s); /* no kick: this worker looks at the heaps next */
	return done_ns;
}

/* Of this thread; refused without CAP_SYS_NICE. Threads and processes made by it start at the usual
 * priority. */
static void raise_priority(const struct ts_pool *pool)
{
	const struct sched_param lowest = {.sched_priority = 1};
	if (pool->realtime &&
		pthread_setschedparam(pthread_self(), SCHED_RR | SCHED_RESET_ON_FORK, &lowest) == 0)
		return;
	if (pool->nice) setpriority(PRIO_PROCESS, 0, pool->nice);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct ts_pool *pool = w->pool;
	raise_priority(pool);

	pthread_mutex_lock(&pool->lock);
	int64_t now_ns = ts_now_ns();
	while (!pool->stopping || pool->n_strands) {
		expire(pool, now_ns);
		struct ts_strand *s = take(pool, now_ns);
		if (s) {
			kick(pool);
			now_ns = run_one(s, now_ns);
		} else {
			rest(w);
			now_ns = ts_now_ns();
		}
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* -- called without the lock -- */

/* Empties *ppool only after the join: the last tasks may go through it. */
static void join_and_free(struct ts_pool **ppool, int n_started)
{
	struct ts_pool *pool = *ppool;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	if (!pool->n_strands)
		while (pool->idle || pool->keeper) wake(pool);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < n_started; i++) pthread_join(pool->workers[i].thread, NULL);
	for (int i = 0; i < pool->n_threads; i++) pthread_cond_destroy(&pool->workers[i].wake);
	pthread_mutex_destroy(&pool->lock);
	*ppool = NULL;
	free(pool);
}

int ts_pool_create(struct ts_pool **out, const struct ts_pool_config *config)
{
	assert(config->threads > 0);
	struct ts_pool *pool = calloc(
		1, sizeof(*pool) + (size_t)config->threads * sizeof(struct worker));
	if (!pool) return TS_ENOMEM;
	pool->n_threads = config->threads;
	pool->nice = config->nice;
	pool->realtime = config->realtime;
	pool->waits = config->waits;
	ts_mutex_init(&pool->lock);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (int i = 0; i < pool->n_threads; i++) {
		pool->workers[i].pool = pool;
		pthread_cond_init(&pool->workers[i].wake, &attr);
	}
	pthread_condattr_destroy(&attr);

	for (int i = 0; i < pool->n_threads; i++) {
		char name[32];
		snprintf(name, sizeof(name), "%.12s-%d", config->name, i);
		int err = ts_thread_start(&pool->workers[i].thread, name, work, &pool->workers[i]);
		if (err) {
			join_and_free(&pool, i);
			return err;
		}
	}
	*out = pool;
	return 0;
}

void ts_pool_destroy(struct ts_pool **ppool)
{
	if (*ppool) join_and_free(ppool, (*ppool)->n_threads);
}

int ts_pool_waiting(struct ts_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	int n = pool->n_ready;
	pthread_mutex_unlock(&pool->lock);
	return n;
}

int ts_pool_threads(const struct ts_pool *pool)
{
	return pool->n_threads;
}

int ts_strand_create(struct ts_strand **out, struct ts_pool *pool, enum ts_class cls)
{
	struct ts_strand *s = calloc(1, sizeof(*s));
	if (!s) return TS_ENOMEM;
	s->pool = pool;
	s->cls = cls;
	pthread_mutex_lock(&pool->lock);
	pool->n_strands++;
	pthread_mutex_unlock(&pool->lock);
	*out = s;
	return 0;
}

int ts_strand_post(struct ts_strand *s, struct ts_task *task)
{
	if (ts_taskq_waits(task)) return 0;
	int64_t deadline_ns = ts_now_ns() + slack_ns[s->cls];
	pthread_mutex_lock(&s->pool->lock);
	bool closed = s->closing;
	if (!closed && ts_taskq_push(&s->tasks, task)) {
		task->deadline_ns = deadline_ns;
		/* a ready strand is filed by the head of its list: unchanged */
		if (s->place != READY) refile(s);
	}
	pthread_mutex_unlock(&s->pool->lock);
	return closed ? TS_ECLOSED : 0;
}

void ts_strand_timer_set(struct ts_strand *s, struct ts_timer *timer, int64_t due_ns)
{
	pthread_mutex_lock(&s->pool->lock);
	if (ts_heap_has(&s->timers, &timer->node)) ts_heap_remove(&s->timers, &timer->node);
	timer->due_ns = due_ns;
	if (!s->closing) {
		ts_heap_insert(&s->timers, &timer->node, due_ns);
		refile(s);
	}
	pthread_mutex_unlock(&s->pool->lock);
}

void ts_strand_timer_cancel(struct ts_strand *s, struct ts_timer *timer)
{
	pthread_mutex_lock(&s->pool->lock);
	if (ts_heap_has(&s->timers, &timer->node)) {
		ts_heap_remove(&s->timers, &timer->node);
		refile(s);
	}
	pthread_mutex_unlock(&s->pool->lock);
}

void ts_strand_close(struct ts_strand *s, void (*done)(void *arg), void *arg)
{
	struct ts_pool *pool = s->pool; /* s may be gone once the lock is released */
	pthread_mutex_lock(&pool->lock);
	assert(!s->closing);
	s->closing = true;
	s->close_ns = ts_now_ns() + slack_ns[s->cls];
	s->done = done;
	s->arg = arg;
	while (s->timers.root) ts_heap_remove(&s->timers, s->timers.root);
	refile(s);
	pthread_mutex_unlock(&pool->lock);
}
