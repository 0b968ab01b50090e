#include "tests/unit/common/fake_time.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/strand.h"
#include "base/taskq.h"
#include <assert.h>
#include <poll.h>
#include <stdlib.h>

/* A strand or a loop. */
struct queue {
	struct queue *next;
	struct ts_taskq tasks;
	struct ts_heap timers;
	bool closing;
	void (*done)(void *arg); /* of a strand that is closing */
	void *arg;
};

struct ts_loop {
	struct queue q;
};

struct ts_strand {
	struct queue q;
	struct ts_pool *pool;
};

struct ts_pool {
	int threads, strands;
};

static struct queue *queues;
static int64_t now_ns = 3600 * TS_NS_PER_S, cpu_ns, cpu_step_ns;

static void add(struct queue *q)
{
	struct queue **at = &queues;
	while (*at) at = &(*at)->next;
	*at = q;
}

static void take_out(struct queue *q)
{
	struct queue **at = &queues;
	while (*at != q) at = &(*at)->next;
	*at = q->next;
}

static int post(struct queue *q, struct ts_task *task)
{
	if (ts_taskq_waits(task)) return 0;
	if (q->closing) return TS_ECLOSED;
	ts_taskq_push(&q->tasks, task);
	return 0;
}

static void timer_cancel(struct queue *q, struct ts_timer *timer)
{
	if (ts_heap_has(&q->timers, &timer->node)) ts_heap_remove(&q->timers, &timer->node);
}

static void timer_set(struct queue *q, struct ts_timer *timer, int64_t due_ns)
{
	timer_cancel(q, timer);
	timer->due_ns = due_ns;
	if (!q->closing) ts_heap_insert(&q->timers, &timer->node, due_ns);
}

/* ---- clock */

int64_t ts_now_ns(void)
{
	return now_ns;
}

int64_t ts_cpu_ns(void)
{
	return cpu_ns += cpu_step_ns;
}

uint64_t ts_ntp_from_ns(int64_t ns)
{
	return (uint64_t)(ns / TS_NS_PER_S) << 32;
}

int64_t ts_unix_ms_from_ns(int64_t ns)
{
	return ns / TS_NS_PER_MS;
}

/* ---- strand */

int ts_pool_create(struct ts_pool **out, const struct ts_pool_config *config)
{
	*out = calloc(1, sizeof(**out));
	(*out)->threads = config->threads;
	return 0;
}

void ts_pool_destroy(struct ts_pool **pool)
{
	if (!*pool) return;
	ts_fake_time_run();
	assert((*pool)->strands == 0);
	free(*pool);
	*pool = NULL;
}

int ts_pool_threads(const struct ts_pool *pool)
{
	return pool->threads;
}

int ts_pool_waiting(struct ts_pool *pool)
{
	(void)pool;
	return 0;
}

int ts_strand_create(struct ts_strand **out, struct ts_pool *pool, enum ts_class cls)
{
	(void)cls;
	struct ts_strand *s = calloc(1, sizeof(*s));
	s->pool = pool;
	pool->strands++;
	add(&s->q);
	*out = s;
	return 0;
}

int ts_strand_post(struct ts_strand *s, struct ts_task *task)
{
	return post(&s->q, task);
}

void ts_strand_timer_set(struct ts_strand *s, struct ts_timer *timer, int64_t due_ns)
{
	timer_set(&s->q, timer, due_ns);
}

void ts_strand_timer_cancel(struct ts_strand *s, struct ts_timer *timer)
{
	timer_cancel(&s->q, timer);
}

void ts_strand_close(struct ts_strand *s, void (*done)(void *arg), void *arg)
{
	assert(!s->q.closing);
	s->q.closing = true;
	s->q.done = done;
	s->q.arg = arg;
	while (s->q.timers.root) ts_heap_remove(&s->q.timers, s->q.timers.root);
}

/* ---- loop */

int ts_loop_create(struct ts_loop **out, const char *name)
{
	(void)name;
	*out = calloc(1, sizeof(**out));
	add(&(*out)->q);
	return 0;
}

int ts_loop_start(struct ts_loop *loop)
{
	(void)loop;
	return 0;
}

void ts_loop_run(struct ts_loop *loop)
{
	(void)loop;
	ts_fake_time_run();
}

void ts_loop_stop(struct ts_loop *loop)
{
	loop->q.closing = true;
}

static struct {
	bool on;
	size_t n;
	struct ts_watch *watch[TS_FAKE_WATCHES];
	struct pollfd fd[TS_FAKE_WATCHES];
} watched;

void ts_loop_destroy(struct ts_loop **loop)
{
	if (!*loop) return;
	ts_fake_time_run();
	take_out(&(*loop)->q);
	watched.n = 0; /* tests have one that watches */
	free(*loop);
	*loop = NULL;
}

int ts_loop_post(struct ts_loop *loop, struct ts_task *task)
{
	return post(&loop->q, task);
}

bool ts_loop_here(const struct ts_loop *loop)
{
	(void)loop;
	return true;
}

static size_t index_of(const struct ts_watch *watch)
{
	size_t i = 0;
	while (i < watched.n && watched.watch[i] != watch) i++;
	return i;
}

int ts_loop_watch(struct ts_loop *loop, struct ts_watch *watch, uint32_t epoll_events)
{
	const size_t i = index_of(watch);
	(void)loop;
	if (!watched.on || i == TS_FAKE_WATCHES) return TS_EIO;
	if (i == watched.n) watched.n++;
	watched.watch[i] = watch;
	watched.fd[i] = (struct pollfd){.fd = watch->fd, .events = (short)epoll_events};
	watch->active = true;
	return 0;
}

void ts_loop_unwatch(struct ts_loop *loop, struct ts_watch *watch)
{
	const size_t i = index_of(watch);
	(void)loop;
	watch->active = false;
	if (i == watched.n) return;
	watched.n--;
	watched.watch[i] = watched.watch[watched.n];
	watched.fd[i] = watched.fd[watched.n];
}

void ts_loop_forget(struct ts_loop *loop, struct ts_watch *watch)
{
	ts_loop_unwatch(loop, watch);
}

void ts_loop_timer_set(struct ts_loop *loop, struct ts_timer *timer, int64_t due_ns)
{
	timer_set(&loop->q, timer, due_ns);
}

void ts_loop_timer_cancel(struct ts_loop *loop, struct ts_timer *timer)
{
	timer_cancel(&loop->q, timer);
}

/* ---- what the test does */

static void run_task(struct queue *q, struct ts_task *task)
{
	if (!task->step) {
		ts_taskq_run(task);
		return;
	}
	atomic_store(&task->queued, false);
	if (task->step(task) && !q->closing) ts_taskq_push(&q->tasks, task);
}

static void finish(struct queue *q)
{
	struct ts_strand *s = ts_container_of(q, struct ts_strand, q);
	take_out(q);
	q->done(q->arg);
	s->pool->strands--;
	free(s);
}

/* One timer, task or end; false: there is none. */
static bool run_one(void)
{
	for (struct queue *q = queues; q; q = q->next) {
		struct ts_heap_node *first = q->timers.root;
		if (first && first->key <= now_ns) {
			struct ts_timer *timer = ts_container_of(first, struct ts_timer, node);
			ts_heap_remove(&q->timers, first);
			timer->fn(timer, now_ns);
		} else if (q->tasks.head) {
			run_task(q, ts_taskq_pop(&q->tasks));
		} else if (q->closing && q->done) {
			finish(q);
		} else {
			continue;
		}
		return true;
	}
	return false;
}

void ts_fake_time_run(void)
{
	while (run_one()) continue;
}

void ts_fake_time_watch(void)
{
	watched.on = true;
}

bool ts_fake_time_poll(int ms)
{
	struct ts_watch *ready[TS_FAKE_WATCHES];
	short events[TS_FAKE_WATCHES];
	size_t n = 0;
	ts_fake_time_run();
	poll(watched.fd, watched.n, ms);
	for (size_t i = 0; i < watched.n; i++) {
		if (!watched.fd[i].revents) continue;
		ready[n] = watched.watch[i];
		events[n++] = watched.fd[i].revents;
	}
	/* one may be gone by what another did */
	for (size_t i = 0; i < n; i++)
		if (index_of(ready[i]) < watched.n) ready[i]->fn(ready[i], (uint32_t)events[i]);
	ts_fake_time_run();
	return n > 0;
}

void ts_fake_time_set(int64_t ns)
{
	now_ns = ns;
}

void ts_fake_time_cpu(int64_t step_ns)
{
	cpu_step_ns = step_ns;
}

static int64_t next_due(void)
{
	int64_t due_ns = INT64_MAX;
	for (struct queue *q = queues; q; q = q->next)
		if (q->timers.root && q->timers.root->key < due_ns) due_ns = q->timers.root->key;
	return due_ns;
}

void ts_fake_time_until(int64_t ns)
{
	assert(ns >= now_ns);
	ts_fake_time_run();
	for (int64_t due_ns; (due_ns = next_due()) <= ns;) {
		now_ns = due_ns;
		ts_fake_time_run();
	}
	now_ns = ns;
}

void ts_fake_time_after(int64_t ns)
{
	ts_fake_time_until(now_ns + ns);
}
