#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/ring.h"
#include "tests/unit/base/cmocka_all.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Most tests run the loop on the test's own thread: then its order is exact. */

static struct ts_loop *loop;
static char trace[64];

static void note(char c)
{
	size_t n = strlen(trace);
	if (n + 1 < sizeof(trace)) trace[n] = c;
}

static int setup(void **state)
{
	(void)state;
	memset(trace, 0, sizeof(trace));
	return ts_loop_create(&loop, "test-loop");
}

static int teardown(void **state)
{
	(void)state;
	ts_loop_destroy(&loop);
	return loop != NULL;
}

struct job {
	struct ts_task task;
	struct ts_timer timer;
	char letter;
	struct job *next;
	int left;
};

static void note_task(struct ts_task *task)
{
	struct job *j = ts_container_of(task, struct job, task);
	note(j->letter);
	if (j->letter == '.') ts_loop_stop(loop);
}

static void note_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct job *j = ts_container_of(timer, struct job, timer);
	note(now_ns < timer->due_ns || ts_now_ns() < timer->due_ns ? '!' : j->letter);
	if (j->letter == '.') ts_loop_stop(loop);
}

static struct job job(char letter)
{
	return (struct job){.task.fn = note_task, .timer.fn = note_timer, .letter = letter};
}

static void tasks_run_in_order_once(void **state)
{
	(void)state;
	struct job a = job('a'), b = job('b'), stop = job('.');
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ts_loop_post(loop, &a.task), 0);
		assert_int_equal(ts_loop_post(loop, &b.task), 0);
	}
	assert_int_equal(ts_loop_post(loop, &stop.task), 0);
	ts_loop_run(loop);
	assert_string_equal(trace, "ab.");
}

static void stopping_runs_what_is_queued_and_refuses_more(void **state)
{
	(void)state;
	struct job a = job('a'), b = job('b'), c = job('c'), t = job('t');
	ts_loop_timer_set(loop, &t.timer, ts_now_ns() + 3600 * TS_NS_PER_S);
	ts_loop_post(loop, &a.task);
	ts_loop_post(loop, &b.task);
	ts_loop_stop(loop);
	assert_int_equal(ts_loop_post(loop, &c.task), TS_ECLOSED);
	assert_int_equal(ts_loop_post(loop, &c.task), TS_ECLOSED);
	ts_loop_run(loop);
	assert_string_equal(trace, "ab");
}

static void destroying_a_loop_that_never_ran_runs_its_tasks(void **state)
{
	(void)state;
	struct ts_loop *other;
	struct job a = job('a');
	assert_int_equal(ts_loop_create(&other, "a-name-longer-than-the-kernel-takes"), 0);
	ts_loop_post(other, &a.task);
	ts_loop_destroy(&other);
	assert_null(other);
	ts_loop_destroy(&other); /* NULL: nothing */
	assert_string_equal(trace, "a");
}

static void post_next(struct ts_task *task)
{
	struct job *j = ts_container_of(task, struct job, task);
	note(j->letter);
	if (--j->left)
		ts_loop_post(loop, task);
	else
		ts_loop_stop(loop);
}

static void set_again_at_once(struct ts_timer *timer, int64_t now_ns)
{
	struct job *j = ts_container_of(timer, struct job, timer);
	note(j->letter);
	if (--j->left) ts_loop_timer_set(loop, timer, now_ns - TS_NS_PER_MS);
}

/* A task that posts itself and a timer that is always due: each turn runs both once. */
static void nobody_starves_the_others(void **state)
{
	(void)state;
	struct job task = {.task.fn = post_next, .letter = 'a', .left = 5};
	struct job timer = {.timer.fn = set_again_at_once, .letter = 't', .left = 5};
	ts_loop_post(loop, &task.task);
	ts_loop_timer_set(loop, &timer.timer, 1);
	ts_loop_run(loop);
	assert_string_equal(trace, "tatatatata");
}

static void timers_fire_in_order_and_never_early(void **state)
{
	(void)state;
	int64_t now = ts_now_ns();
	struct job a = job('a'), b = job('b'), c = job('c'), d = job('d'), stop = job('.');
	ts_loop_timer_set(loop, &stop.timer, now + 3 * TS_NS_PER_MS);
	ts_loop_timer_set(loop, &c.timer, now + 2 * TS_NS_PER_MS);
	ts_loop_timer_set(loop, &b.timer, now + 3600 * TS_NS_PER_S);
	ts_loop_timer_set(loop, &a.timer, now - 5);
	ts_loop_timer_set(loop, &b.timer, now + 300 * TS_NS_PER_US); /* moved */
	ts_loop_timer_set(loop, &d.timer, now + 1);
	ts_loop_timer_cancel(loop, &d.timer);
	ts_loop_timer_cancel(loop, &d.timer); /* not set: nothing */
	ts_loop_run(loop);
	assert_string_equal(trace, "abc.");
}

static void cancel_next(struct ts_timer *timer, int64_t now_ns)
{
	struct job *j = ts_container_of(timer, struct job, timer);
	note_timer(timer, now_ns);
	ts_loop_timer_cancel(loop, &j->next->timer);
	ts_loop_timer_set(loop, &j->next->next->timer, now_ns + TS_NS_PER_MS);
}

/* Three timers expired together; the first cancels the second and moves the third. */
static void an_expired_timer_can_still_be_cancelled(void **state)
{
	(void)state;
	struct job c = job('.'), b = {.timer.fn = note_timer, .letter = 'b', .next = &c};
	struct job a = {.timer.fn = cancel_next, .letter = 'a', .next = &b};
	ts_loop_timer_set(loop, &c.timer, 3);
	ts_loop_timer_set(loop, &b.timer, 2);
	ts_loop_timer_set(loop, &a.timer, 1);
	ts_loop_run(loop);
	assert_string_equal(trace, "a.");
}

struct tap {
	struct ts_watch watch;
	int write_fd;
	struct tap *other;
	char letter;
};

static void tap_open(
	struct tap *t, char letter, struct tap *other, void (*fn)(struct ts_watch *, uint32_t))
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	*t = (struct tap){.watch = {.fn = fn, .fd = fds[0]},
		.write_fd = fds[1],
		.other = other,
		.letter = letter};
	assert_int_equal(ts_loop_watch(loop, &t->watch, EPOLLIN), 0);
	assert_true(t->watch.active);
	assert_int_equal(write(t->write_fd, "x", 1), 1);
}

static void tap_close(struct tap *t)
{
	ts_loop_unwatch(loop, &t->watch);
	assert_false(t->watch.active);
	close(t->watch.fd);
	close(t->write_fd);
}

static void drain(struct ts_watch *watch, uint32_t epoll_events)
{
	struct tap *t = ts_container_of(watch, struct tap, watch);
	char c;
	note(epoll_events & EPOLLIN && read(watch->fd, &c, 1) == 1 ? t->letter : '!');
}

/* Both are readable, so both are in one batch: whichever comes first removes both. */
static void remove_both(struct ts_watch *watch, uint32_t epoll_events)
{
	struct tap *t = ts_container_of(watch, struct tap, watch);
	drain(watch, epoll_events);
	ts_loop_unwatch(loop, &t->other->watch);
	ts_loop_unwatch(loop, &t->watch);
	memset(&t->other->watch.fn, 0, sizeof(t->other->watch.fn)); /* a call would crash */
	ts_loop_stop(loop);
}

static void a_removed_watch_is_not_called(void **state)
{
	(void)state;
	struct tap a, b;
	tap_open(&a, 'x', &b, remove_both);
	tap_open(&b, 'x', &a, remove_both);
	ts_loop_run(loop);
	assert_string_equal(trace, "x");
	tap_close(&a);
	tap_close(&b);
}

static void stop_on_write(struct ts_watch *watch, uint32_t epoll_events)
{
	(void)watch;
	note(epoll_events == EPOLLOUT ? 'w' : '!');
	ts_loop_stop(loop);
}

static void change_to_write(struct ts_watch *watch, uint32_t epoll_events)
{
	struct tap *t = ts_container_of(watch, struct tap, watch);
	drain(watch, epoll_events);
	ts_loop_unwatch(loop, watch);
	watch->fn = stop_on_write;
	int read_fd = watch->fd;
	watch->fd = t->write_fd;
	t->write_fd = read_fd;
	assert_int_equal(ts_loop_watch(loop, watch, 0), 0);
	/* the second changes the events */
	assert_int_equal(ts_loop_watch(loop, watch, EPOLLOUT), 0);
}

static void a_watch_may_change_and_come_back(void **state)
{
	(void)state;
	struct tap a;
	tap_open(&a, 'r', NULL, change_to_write);
	ts_loop_run(loop);
	assert_string_equal(trace, "rw");
	tap_close(&a);
}

static void a_bad_descriptor_is_refused(void **state)
{
	(void)state;
	struct ts_watch watch = {.fn = drain, .fd = -1};
	assert_int_equal(ts_loop_watch(loop, &watch, EPOLLIN), TS_EIO);
	assert_false(watch.active);
	ts_loop_unwatch(loop, &watch); /* not active: nothing */
}

/* -- on a thread of its own -- */

enum { PRODUCERS = 3, ITEMS = 20000 };

struct lane {
	struct ts_task task;
	struct ts_ring ring;
	pthread_t thread;
	int next, wrong; /* on the loop */
};

static int items[ITEMS];

static void consume(struct ts_task *task)
{
	struct lane *lane = ts_container_of(task, struct lane, task);
	lane->wrong += !ts_loop_here(loop);
	for (int *item; (item = ts_ring_pop(&lane->ring));) lane->wrong += *item != lane->next++;
}

static void *produce(void *arg)
{
	struct lane *lane = arg;
	for (int i = 0; i < ITEMS; i++) {
		while (ts_ring_push(&lane->ring, &items[i])) sched_yield();
		if (ts_loop_post(loop, &lane->task)) lane->next = -1; /* a race and a wrong count */
		/* lets the loop fall asleep */
		if (i % 64 == 0) usleep(1);
	}
	return NULL;
}

static void nothing_pushed_is_missed(void **state)
{
	(void)state;
	static struct lane lanes[PRODUCERS];
	for (int i = 0; i < ITEMS; i++) items[i] = i;
	assert_false(ts_loop_here(loop));
	assert_int_equal(ts_loop_start(loop), 0);
	for (int p = 0; p < PRODUCERS; p++) {
		lanes[p].task.fn = consume;
		assert_int_equal(ts_ring_init(&lanes[p].ring, 256), 0);
		assert_int_equal(pthread_create(&lanes[p].thread, NULL, produce, &lanes[p]), 0);
	}
	for (int p = 0; p < PRODUCERS; p++) pthread_join(lanes[p].thread, NULL);
	ts_loop_destroy(&loop); /* runs what is queued */
	for (int p = 0; p < PRODUCERS; p++) {
		assert_int_equal(lanes[p].next, ITEMS);
		assert_int_equal(lanes[p].wrong, 0);
		ts_ring_fini(&lanes[p].ring);
	}
}

static void stops_while_asleep(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct ts_loop *other;
		assert_int_equal(ts_loop_create(&other, "other"), 0);
		assert_int_equal(ts_loop_start(other), 0);
		for (int k = 0; k < i; k++) sched_yield();
		ts_loop_destroy(&other);
	}
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(tasks_run_in_order_once),
		ROW(stopping_runs_what_is_queued_and_refuses_more),
		ROW(destroying_a_loop_that_never_ran_runs_its_tasks),
		ROW(nobody_starves_the_others),
		ROW(timers_fire_in_order_and_never_early),
		ROW(an_expired_timer_can_still_be_cancelled),
		ROW(a_removed_watch_is_not_called),
		ROW(a_watch_may_change_and_come_back),
		ROW(a_bad_descriptor_is_refused),
		ROW(nothing_pushed_is_missed),
		ROW(stops_while_asleep),
	};
	return cmocka_run_group_tests_name("base/loop", tests, NULL, NULL);
}
