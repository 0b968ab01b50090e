#include "base/loop.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/taskq.h"
#include "base/thread.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 };

struct ts_loop {
	/* its own thread */
	int epoll_fd;
	struct ts_watch wake; /* an eventfd */
	struct ts_heap timers;
	int64_t now_ns; /* of the last look at the timers */
	/* [n_events]: the rest of the batch being dispatched; ptr is NULL once unwatched */
	struct epoll_event *events;
	int n_events;
	/* set before the thread runs */
	pthread_t thread;
	bool threaded;
	char name[16];

	pthread_mutex_t lock;
	struct ts_taskq tasks;
	bool stopping;
	/* a post has to write the eventfd; set under the lock, with nothing queued */
	atomic_bool asleep;
};

static _Thread_local struct ts_loop *here;

static int os_error(const char *what, const struct ts_loop *loop)
{
	ts_error("system call failed", "call=%s loop=%s errno=%s", what, loop->name,
		strerrorname_np(errno));
	return TS_EIO;
}

/* The eventfd is watched edge-triggered: each write is an edge of its own and nobody has to read
 * it. */
static void on_wake(struct ts_watch *watch, uint32_t epoll_events)
{
	(void)watch;
	(void)epoll_events;
}

static int open_fds(struct ts_loop *loop)
{
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) return os_error("epoll_create1", loop);
	loop->wake = (struct ts_watch){.fn = on_wake, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	if (loop->wake.fd < 0) return os_error("eventfd", loop);
	return ts_loop_watch(loop, &loop->wake, EPOLLIN | EPOLLET);
}

static void loop_free(struct ts_loop *loop)
{
	if (loop->epoll_fd >= 0) close(loop->epoll_fd);
	if (loop->wake.fd >= 0) close(loop->wake.fd);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

int ts_loop_create(struct ts_loop **out, const char *name)
{
	struct ts_loop *loop = calloc(1, sizeof(*loop));
	if (!loop) return TS_ENOMEM;
	loop->epoll_fd = loop->wake.fd = -1;
	snprintf(loop->name, sizeof(loop->name), "%.15s", name);
	ts_mutex_init(&loop->lock);
	int err = open_fds(loop);
	if (err) {
		loop_free(loop);
		return err;
	}
	*out = loop;
	return 0;
}

static void wake(struct ts_loop *loop)
{
	uint64_t one = 1;
	ssize_t n;
	do n = write(loop->wake.fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
	assert(n == sizeof(one)); /* the counter does not overflow in the life of a process */
}

int ts_loop_post(struct ts_loop *loop, struct ts_task *task)
{
	if (ts_taskq_waits(task)) return 0;
	pthread_mutex_lock(&loop->lock);
	bool closed = loop->stopping;
	if (!closed && ts_taskq_push(&loop->tasks, task) && atomic_exchange(&loop->asleep, false))
		wake(loop);
	pthread_mutex_unlock(&loop->lock);
	return closed ? TS_ECLOSED : 0;
}

/* Takes the list first: what these tasks post waits for the next turn. */
static void run_tasks(struct ts_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	struct ts_taskq batch = loop->tasks;
	loop->tasks = (struct ts_taskq){0};
	pthread_mutex_unlock(&loop->lock);
	for (struct ts_task *task; (task = ts_taskq_pop(&batch));) ts_taskq_run(task);
}

/* A timer that a callback sets to the past or to now is filed behind now_ns: it waits for the next
 * turn. */
static void run_timers(struct ts_loop *loop)
{
	if (!loop->timers.root) return;
	loop->now_ns = ts_now_ns();
	while (loop->timers.root && loop->timers.root->key <= loop->now_ns) {
		struct ts_timer *timer = ts_container_of(loop->timers.root, struct ts_timer, node);
		ts_heap_remove(&loop->timers, &timer->node);
		timer->fn(timer, loop->now_ns);
	}
}

enum turn { TURN_WORK, TURN_IDLE, TURN_END };

/* Under one hold of the lock, so that a post after it finds the loop asleep and wakes it. */
static enum turn next_turn(struct ts_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	enum turn turn = loop->tasks.head ? TURN_WORK : loop->stopping ? TURN_END : TURN_IDLE;
	if (turn == TURN_IDLE) atomic_store(&loop->asleep, true);
	pthread_mutex_unlock(&loop->lock);
	return turn;
}

static void poll_fds(struct ts_loop *loop, bool may_sleep)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t sleep_ns = 0;
	if (may_sleep && loop->timers.root) {
		sleep_ns = loop->timers.root->key - ts_now_ns();
		if (sleep_ns < 0) sleep_ns = 0;
	}
	struct timespec timeout = {sleep_ns / TS_NS_PER_S, sleep_ns % TS_NS_PER_S};
	bool endless = may_sleep && !loop->timers.root;
	int n = epoll_pwait2(loop->epoll_fd, events, EVENTS_MAX, endless ? NULL : &timeout, NULL);
	atomic_store(&loop->asleep, false);
	if (n < 0) {
		if (errno == EINTR) return;
		os_error("epoll_pwait2", loop);
		/* only a closed or foreign descriptor does this: our bug, and no callback would run
		 * again */
		abort();
	}

	loop->events = events;
	loop->n_events = n;
	for (int i = 0; i < n; i++) {
		struct ts_watch *watch = events[i].data.ptr;
		if (watch) watch->fn(watch, events[i].events);
	}
	loop->events = NULL;
	loop->n_events = 0;
}

void ts_loop_run(struct ts_loop *loop)
{
	here = loop;
	for (enum turn turn; (turn = next_turn(loop)) != TURN_END;) {
		poll_fds(loop, turn == TURN_IDLE);
		run_timers(loop);
		run_tasks(loop);
	}
	here = NULL;
}

static void *thread_main(void *arg)
{
	ts_loop_run(arg);
	return NULL;
}

int ts_loop_start(struct ts_loop *loop)
{
	int err = ts_thread_start(&loop->thread, loop->name, thread_main, loop);
	loop->threaded = !err;
	return err;
}

void ts_loop_stop(struct ts_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->stopping = true;
	if (atomic_exchange(&loop->asleep, false)) wake(loop);
	pthread_mutex_unlock(&loop->lock);
}

void ts_loop_destroy(struct ts_loop **ploop)
{
	struct ts_loop *loop = *ploop;
	if (!loop) return;
	assert(!ts_loop_here(loop));
	ts_loop_stop(loop);
	if (loop->threaded) pthread_join(loop->thread, NULL);
	run_tasks(loop); /* of a loop that never ran */
	*ploop = NULL;   /* not earlier: the last tasks may go through it */
	loop_free(loop);
}

bool ts_loop_here(const struct ts_loop *loop)
{
	return here == loop;
}

int ts_loop_watch(struct ts_loop *loop, struct ts_watch *watch, uint32_t epoll_events)
{
	struct epoll_event event = {.events = epoll_events, .data.ptr = watch};
	if (epoll_ctl(loop->epoll_fd, watch->active ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd,
		    &event))
		return os_error("epoll_ctl", loop);
	watch->active = true;
	return 0;
}

void ts_loop_unwatch(struct ts_loop *loop, struct ts_watch *watch)
{
	if (!watch->active) return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	ts_loop_forget(loop, watch);
}

void ts_loop_forget(struct ts_loop *loop, struct ts_watch *watch)
{
	watch->active = false;
	for (int i = 0; i < loop->n_events; i++)
		if (loop->events[i].data.ptr == watch) loop->events[i].data.ptr = NULL;
}

void ts_loop_timer_set(struct ts_loop *loop, struct ts_timer *timer, int64_t due_ns)
{
	ts_loop_timer_cancel(loop, timer);
	timer->due_ns = due_ns;
	ts_heap_insert(
		&loop->timers, &timer->node, due_ns > loop->now_ns ? due_ns : loop->now_ns + 1);
}

void ts_loop_timer_cancel(struct ts_loop *loop, struct ts_timer *timer)
{
	if (ts_heap_has(&loop->timers, &timer->node)) ts_heap_remove(&loop->timers, &timer->node);
}
