/* Order, timers and closing of strands. One worker held at a gate makes the order of what waits
 * behind it exact. */
#include "base/clock.h"
#include "base/error.h"
#include "base/strand.h"
#include "tests/unit/base/cmocka_all.h"
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAR_NS (ts_now_ns() + 3600 * TS_NS_PER_S)

static struct ts_pool *make_pool(int threads)
{
	struct ts_pool *pool;
	assert_int_equal(
		ts_pool_create(&pool, &(struct ts_pool_config){.name = "test", .threads = threads}),
		0);
	assert_int_equal(ts_pool_threads(pool), threads);
	return pool;
}

static struct ts_strand *make_strand(struct ts_pool *pool, enum ts_class cls)
{
	struct ts_strand *s;
	assert_int_equal(ts_strand_create(&s, pool, cls), 0);
	return s;
}

static void on_done(void *arg)
{
	sem_post(arg);
}

/* Returns when done was called. */
static void close_strand(struct ts_strand *s)
{
	sem_t done;
	sem_init(&done, 0, 0);
	ts_strand_close(s, on_done, &done);
	sem_wait(&done);
	sem_destroy(&done);
}

/* What ran, in order, on one worker: plain memory, ordered by the pool's lock and the
 * semaphores. */
static char trace[64];

static void note(char c)
{
	size_t n = strlen(trace);
	if (n + 1 >= sizeof(trace)) abort();
	trace[n] = c;
	trace[n + 1] = '\0';
}

static int clear_trace(void **state)
{
	(void)state;
	memset(trace, 0, sizeof(trace));
	return 0;
}

struct job {
	struct ts_task task;
	struct ts_timer timer;
	char letter;
};

static void note_task(struct ts_task *task)
{
	note(ts_container_of(task, struct job, task)->letter);
}

static void note_timer(struct ts_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	note(ts_container_of(timer, struct job, timer)->letter);
}

static struct job job(char letter)
{
	return (struct job){.task.fn = note_task, .timer.fn = note_timer, .letter = letter};
}

/* Occupies one worker from gate_shut to gate_open. */
struct gate {
	struct ts_task task;
	struct ts_strand *strand;
	sem_t shut, open;
};

static void wait_at_gate(struct ts_task *task)
{
	struct gate *g = ts_container_of(task, struct gate, task);
	sem_post(&g->shut);
	sem_wait(&g->open);
}

static void gate_shut(struct gate *g, struct ts_pool *pool)
{
	*g = (struct gate){.task.fn = wait_at_gate, .strand = make_strand(pool, TS_CLASS_TICK)};
	sem_init(&g->shut, 0, 0);
	sem_init(&g->open, 0, 0);
	assert_int_equal(ts_strand_post(g->strand, &g->task), 0);
	sem_wait(&g->shut);
}

static void gate_open(struct gate *g)
{
	sem_post(&g->open);
	close_strand(g->strand);
	sem_destroy(&g->shut);
	sem_destroy(&g->open);
}

static void tasks_of_a_strand_run_in_order(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(3);
	struct ts_strand *s = make_strand(pool, TS_CLASS_DECODE);
	struct job jobs[20];
	for (int i = 0; i < 20; i++) {
		jobs[i] = job((char)('a' + i));
		assert_int_equal(ts_strand_post(s, &jobs[i].task), 0);
	}
	close_strand(s);
	assert_string_equal(trace, "abcdefghijklmnopqrst");
	ts_pool_destroy(&pool);
	assert_null(pool);
}

static void posting_a_queued_task_changes_nothing(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *s = make_strand(pool, TS_CLASS_DECODE);
	struct job a = job('a'), b = job('b');
	struct gate gate;
	gate_shut(&gate, pool);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ts_strand_post(s, &a.task), 0);
		assert_int_equal(ts_strand_post(s, &b.task), 0);
	}
	gate_open(&gate);
	close_strand(s);
	assert_string_equal(trace, "ab");
	ts_pool_destroy(&pool);
}

struct again {
	struct ts_task task;
	struct ts_strand *strand;
	int left;
	sem_t end;
};

static void post_again(struct ts_task *task)
{
	struct again *a = ts_container_of(task, struct again, task);
	note('r');
	if (!--a->left)
		sem_post(&a->end);
	else if (ts_strand_post(a->strand, task) ||
		ts_strand_post(a->strand, task)) /* the second changes nothing */
		note('!');
}

static void a_task_may_post_itself(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(2);
	struct again a = {
		.task.fn = post_again, .strand = make_strand(pool, TS_CLASS_DECODE), .left = 5};
	sem_init(&a.end, 0, 0);
	ts_strand_post(a.strand, &a.task);
	sem_wait(&a.end);
	close_strand(a.strand);
	assert_string_equal(trace, "rrrrr");
	sem_destroy(&a.end);
	ts_pool_destroy(&pool);
}

/* Returns how long the jobs waited at most. */
static int64_t run_by_class(void)
{
	static const struct {
		enum ts_class cls;
		char letter;
		bool timer;
	} rows[] = {
		{TS_CLASS_LOW, '8', false}, {TS_CLASS_DECODE, '6', false},
		{TS_CLASS_ENCODE, '3', false}, {TS_CLASS_ENCODE, '4', false},
		{TS_CLASS_TICK, '1', false}, {TS_CLASS_DECODE, '7', false},
		{TS_CLASS_ENCODE, '2', true},
		{TS_CLASS_DECODE, '5', true}, /* already due: before tasks of their class */
	};
	enum { N = sizeof(rows) / sizeof(*rows) };
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *s[N];
	struct job jobs[N];
	struct gate gate;
	gate_shut(&gate, pool);
	int64_t start_ns = ts_now_ns();
	for (int i = 0; i < N; i++) {
		s[i] = make_strand(pool, rows[i].cls);
		jobs[i] = job(rows[i].letter);
		if (rows[i].timer)
			ts_strand_timer_set(s[i], &jobs[i].timer, start_ns - N + i);
		else
			ts_strand_post(s[i], &jobs[i].task);
	}
	/* of the lowest class and posted last: when it has run, all have */
	struct job probe = job('9');
	struct ts_strand *low = make_strand(pool, TS_CLASS_LOW);
	ts_strand_post(low, &probe.task);
	gate_open(&gate);
	close_strand(low);
	int64_t took_ns = ts_now_ns() - start_ns;
	for (int i = 0; i < N; i++) close_strand(s[i]);
	ts_pool_destroy(&pool);
	return took_ns;
}

static void lower_classes_first_then_deadlines(void **state)
{
	/* what is overdue by 200 ms may go before its turn: says nothing on a machine that stood
	 * still for that long */
	for (int attempt = 0; attempt < 20; attempt++) {
		clear_trace(state);
		if (run_by_class() > 150 * TS_NS_PER_MS) continue;
		assert_string_equal(trace, "123456789");
		return;
	}
	skip();
}

static void strands_of_a_class_take_turns_by_age(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *s[2] = {
		make_strand(pool, TS_CLASS_DECODE), make_strand(pool, TS_CLASS_DECODE)};
	static const int to[] = {0, 0, 1, 0, 1, 1, 0};
	struct job jobs[7];
	struct gate gate;
	gate_shut(&gate, pool);
	for (int i = 0; i < 7; i++) {
		jobs[i] = job((char)('a' + i));
		ts_strand_post(s[to[i]], &jobs[i].task);
	}
	gate_open(&gate);
	close_strand(s[0]);
	close_strand(s[1]);
	assert_string_equal(trace, "abcdefg");
	ts_pool_destroy(&pool);
}

static void expired_timers_go_before_tasks(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *s = make_strand(pool, TS_CLASS_DECODE);
	struct job jobs[6];
	struct gate gate;
	for (int i = 0; i < 6; i++) jobs[i] = job((char)('a' + i));
	gate_shut(&gate, pool);
	ts_strand_post(s, &jobs[3].task);
	ts_strand_timer_set(s, &jobs[2].timer, 30);
	ts_strand_timer_set(s, &jobs[0].timer, 10);
	ts_strand_timer_set(s, &jobs[1].timer, 20);
	ts_strand_timer_set(s, &jobs[5].timer, FAR_NS);
	ts_strand_post(s, &jobs[4].task);
	struct job last = job('z'); /* closing cancels timers: close only after they fired */
	struct ts_strand *low = make_strand(pool, TS_CLASS_LOW);
	ts_strand_post(low, &last.task);
	gate_open(&gate);
	close_strand(low);
	close_strand(s);
	assert_string_equal(trace, "abcdez");
	ts_pool_destroy(&pool);
}

/* -- timers against the real clock; no upper bounds on time, the machine may be busy -- */

struct ticker {
	struct ts_timer timer;
	struct ts_strand *strand;
	int64_t start_ns, period_ns;
	int n;
	bool early;
	sem_t end;
};

static void tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ticker *t = ts_container_of(timer, struct ticker, timer);
	int64_t due_ns = t->start_ns + ++t->n * t->period_ns;
	if (timer->due_ns != due_ns || now_ns < due_ns || ts_now_ns() < due_ns) t->early = true;
	if (t->n < 20)
		ts_strand_timer_set(t->strand, timer, timer->due_ns + t->period_ns);
	else
		sem_post(&t->end);
}

static void ticks_come_and_never_early(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 3; threads++) {
		struct ts_pool *pool = make_pool(threads);
		struct ticker t[4];
		for (int i = 0; i < 4; i++) {
			t[i] = (struct ticker){.timer.fn = tick,
				.strand = make_strand(pool, TS_CLASS_TICK),
				.start_ns = ts_now_ns(),
				.period_ns = TS_NS_PER_MS / (i + 1)};
			sem_init(&t[i].end, 0, 0);
			ts_strand_timer_set(
				t[i].strand, &t[i].timer, t[i].start_ns + t[i].period_ns);
		}
		for (int i = 0; i < 4; i++) {
			sem_wait(&t[i].end);
			close_strand(t[i].strand);
			assert_int_equal(t[i].n, 20);
			assert_false(t[i].early);
			sem_destroy(&t[i].end);
		}
		ts_pool_destroy(&pool);
	}
}

struct mover {
	struct ts_task task, check;
	struct ts_timer moved, cancelled, kept;
	struct ts_strand *strand;
	sem_t end;
};

/* The timers are due at once, but no timer fires before this task ends, and by then they were moved
 * or cancelled. */
static void move_and_cancel(struct ts_task *task)
{
	struct mover *m = ts_container_of(task, struct mover, task);
	ts_strand_timer_set(m->strand, &m->kept, FAR_NS);
	ts_strand_timer_set(m->strand, &m->moved, ts_now_ns());
	ts_strand_timer_set(m->strand, &m->cancelled, ts_now_ns());
	ts_strand_timer_set(m->strand, &m->kept, ts_now_ns());
	ts_strand_timer_set(m->strand, &m->moved, FAR_NS);
	ts_strand_timer_cancel(m->strand, &m->cancelled);
	ts_strand_timer_cancel(m->strand, &m->cancelled); /* not set: nothing */
}

static void note_kept(struct ts_timer *timer, int64_t now_ns)
{
	struct mover *m = ts_container_of(timer, struct mover, kept);
	(void)now_ns;
	note('k');
	ts_strand_post(m->strand, &m->check);
}

static void note_wrong(struct ts_timer *timer, int64_t now_ns)
{
	(void)timer;
	(void)now_ns;
	note('!');
}

static void end_mover(struct ts_task *task)
{
	sem_post(&ts_container_of(task, struct mover, check)->end);
}

static void a_moved_or_cancelled_timer_keeps_quiet(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(2);
	for (int i = 0; i < 50; i++) {
		struct mover m = {.task.fn = move_and_cancel,
			.check.fn = end_mover,
			.moved.fn = note_wrong,
			.cancelled.fn = note_wrong,
			.kept.fn = note_kept,
			.strand = make_strand(pool, TS_CLASS_TICK)};
		memset(trace, 0, sizeof(trace));
		sem_init(&m.end, 0, 0);
		ts_strand_post(m.strand, &m.task);
		sem_wait(&m.end);
		close_strand(m.strand);
		assert_string_equal(trace, "k");
		sem_destroy(&m.end);
	}
	ts_pool_destroy(&pool);
}

struct alarm {
	struct ts_timer timer;
	struct ts_task task;
	struct ts_strand *strand;
	sem_t rang;
};

static void ring_alarm(struct ts_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	sem_post(&ts_container_of(timer, struct alarm, timer)->rang);
}

static void set_alarm(struct ts_task *task)
{
	struct alarm *a = ts_container_of(task, struct alarm, task);
	ts_strand_timer_set(a->strand, &a->timer, ts_now_ns() + TS_NS_PER_MS);
}

static void alarm_init(struct alarm *a, struct ts_pool *pool)
{
	*a = (struct alarm){.timer.fn = ring_alarm,
		.task.fn = set_alarm,
		.strand = make_strand(pool, TS_CLASS_TICK)};
	sem_init(&a->rang, 0, 0);
}

static void alarm_end(struct alarm *a)
{
	close_strand(a->strand);
	sem_destroy(&a->rang);
}

/* The sleeping keeper of time waits for a far timer, and has to notice a near one, set from outside
 * or by a worker. */
static void an_earlier_timer_shortens_the_sleep(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 3; threads++) {
		struct ts_pool *pool = make_pool(threads);
		struct alarm late, near;
		alarm_init(&late, pool);
		ts_strand_timer_set(late.strand, &late.timer, FAR_NS);
		for (int i = 0; i < 20; i++) {
			alarm_init(&near, pool);
			if (i % 2)
				ts_strand_timer_set(
					near.strand, &near.timer, ts_now_ns() + TS_NS_PER_MS);
			else
				ts_strand_post(near.strand, &near.task);
			sem_wait(&near.rang);
			alarm_end(&near);
		}
		alarm_end(&late);
		ts_pool_destroy(&pool);
	}
}

/* The worker that keeps the time is called to work, and the next timer is due before it is back. */
static void another_keeps_the_time_meanwhile(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(2);
	for (int i = 0; i < 20; i++) {
		struct alarm a;
		struct gate gate;
		alarm_init(&a, pool);
		ts_strand_timer_set(a.strand, &a.timer, ts_now_ns() + 2 * TS_NS_PER_MS);
		gate_shut(&gate, pool);
		sem_wait(&a.rang); /* for ever if nobody does */
		gate_open(&gate);
		alarm_end(&a);
	}
	ts_pool_destroy(&pool);
}

/* -- closing -- */

static void closing_runs_what_is_queued_and_refuses_more(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *s = make_strand(pool, TS_CLASS_DECODE);
	struct job a = job('a'), b = job('b'), c = job('c'), d = job('d'), e = job('e');
	sem_t done;
	sem_init(&done, 0, 0);
	struct gate gate;
	gate_shut(&gate, pool);
	ts_strand_post(s, &a.task);
	ts_strand_timer_set(s, &c.timer, 1);
	ts_strand_timer_set(s, &e.timer, 1);
	ts_strand_post(s, &b.task);
	ts_strand_close(s, on_done, &done);
	assert_int_equal(ts_strand_post(s, &c.task), TS_ECLOSED);
	/* the refused one is not marked as queued */
	assert_int_equal(ts_strand_post(s, &c.task), TS_ECLOSED);
	assert_int_equal(ts_strand_post(s, &a.task), 0); /* still queued, will run */
	ts_strand_timer_set(s, &d.timer, 1);
	ts_strand_timer_cancel(s, &c.timer);
	gate_open(&gate);
	sem_wait(&done);
	assert_string_equal(trace, "ab");
	sem_destroy(&done);
	ts_pool_destroy(&pool);
}

static void idle_and_sleeping_strands_close(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(2);
	struct job a = job('a');
	struct ts_strand *s = make_strand(pool, TS_CLASS_LOW);
	ts_strand_timer_set(s, &a.timer, FAR_NS);
	close_strand(s);
	close_strand(make_strand(pool, TS_CLASS_LOW));
	assert_string_equal(trace, "");
	ts_pool_destroy(&pool);
}

/* Owns itself: its task closes its own strand, and done frees both task and strand's owner. */
struct owner {
	struct ts_task task, more;
	struct ts_strand *strand;
	sem_t *gone;
};

static void note_more(struct ts_task *task)
{
	(void)task;
	note('m');
}

static void free_owner(void *arg)
{
	struct owner *o = arg;
	sem_t *gone = o->gone;
	note('d');
	free(o);
	if (gone) sem_post(gone);
}

static void close_own_strand(struct ts_task *task)
{
	struct owner *o = ts_container_of(task, struct owner, task);
	ts_strand_post(o->strand, &o->more);
	ts_strand_close(o->strand, free_owner, o);
	note('c');
}

static void post_owner(struct ts_pool *pool, sem_t *gone)
{
	struct owner *o = calloc(1, sizeof(*o));
	assert_non_null(o);
	*o = (struct owner){.task.fn = close_own_strand,
		.more.fn = note_more,
		.strand = make_strand(pool, TS_CLASS_DECODE),
		.gone = gone};
	assert_int_equal(ts_strand_post(o->strand, &o->task), 0);
}

static void a_task_may_close_its_own_strand(void **state)
{
	(void)state;
	struct ts_pool *pool = make_pool(2);
	sem_t gone;
	sem_init(&gone, 0, 0);
	post_owner(pool, &gone);
	sem_wait(&gone);
	assert_string_equal(trace, "cmd");
	sem_destroy(&gone);
	ts_pool_destroy(&pool);
}

static void destroy_waits_for_the_strands(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct ts_pool *pool = make_pool(i % 3 + 1);
		memset(trace, 0, sizeof(trace));
		post_owner(pool, NULL);
		ts_pool_destroy(&pool);
		assert_string_equal(trace, "cmd");
	}
	ts_pool_destroy(&(struct ts_pool *){NULL});
}

/* ---- work in units */

struct units {
	struct ts_task task;
	int left;
	char letter;
	sem_t done;
};

static bool one_unit(struct ts_task *task)
{
	struct units *w = ts_container_of(task, struct units, task);
	note(w->letter);
	if (--w->left) return true;
	sem_post(&w->done);
	return false;
}

/* Who has more to do waits behind those who have waited longer: nobody keeps the worker. */
static void units_take_turns(void **state)
{
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *s[2] = {
		make_strand(pool, TS_CLASS_DECODE), make_strand(pool, TS_CLASS_DECODE)};
	struct units w[2] = {{.task.step = one_unit, .left = 4, .letter = 'a'},
		{.task.step = one_unit, .left = 4, .letter = 'b'}};
	(void)state;
	struct gate g;
	gate_shut(&g, pool);
	for (int i = 0; i < 2; i++) {
		sem_init(&w[i].done, 0, 0);
		assert_int_equal(ts_strand_post(s[i], &w[i].task), 0);
	}
	gate_open(&g);
	for (int i = 0; i < 2; i++) sem_wait(&w[i].done);
	assert_string_equal(trace, "abababab");
	for (int i = 0; i < 2; i++) close_strand(s[i]);
	ts_pool_destroy(&pool);
}

static bool endless(struct ts_task *task)
{
	(void)task;
	return true;
}

/* A task that never ends still leaves the only worker to others, of lower classes too, and lets its
 * strand be closed. */
static void endless_work_stops_nobody(void **state)
{
	struct ts_pool *pool = make_pool(1);
	struct ts_strand *hostile = make_strand(pool, TS_CLASS_ENCODE),
			 *low = make_strand(pool, TS_CLASS_LOW);
	struct units honest = {.task.step = one_unit, .left = 3, .letter = 'h'};
	struct ts_task task = {.step = endless};
	(void)state;
	sem_init(&honest.done, 0, 0);
	assert_int_equal(ts_strand_post(hostile, &task), 0);
	assert_int_equal(ts_strand_post(low, &honest.task), 0);
	sem_wait(&honest.done); /* never, if it were not for the turns of the overdue */
	assert_string_equal(trace, "hhh");
	close_strand(hostile);
	close_strand(low);
	ts_pool_destroy(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tasks_of_a_strand_run_in_order, clear_trace),
		cmocka_unit_test_setup(posting_a_queued_task_changes_nothing, clear_trace),
		cmocka_unit_test_setup(a_task_may_post_itself, clear_trace),
		cmocka_unit_test_setup(lower_classes_first_then_deadlines, clear_trace),
		cmocka_unit_test_setup(strands_of_a_class_take_turns_by_age, clear_trace),
		cmocka_unit_test_setup(expired_timers_go_before_tasks, clear_trace),
		cmocka_unit_test_setup(ticks_come_and_never_early, clear_trace),
		cmocka_unit_test_setup(a_moved_or_cancelled_timer_keeps_quiet, clear_trace),
		cmocka_unit_test_setup(an_earlier_timer_shortens_the_sleep, clear_trace),
		cmocka_unit_test_setup(another_keeps_the_time_meanwhile, clear_trace),
		cmocka_unit_test_setup(closing_runs_what_is_queued_and_refuses_more, clear_trace),
		cmocka_unit_test_setup(idle_and_sleeping_strands_close, clear_trace),
		cmocka_unit_test_setup(a_task_may_close_its_own_strand, clear_trace),
		cmocka_unit_test_setup(destroy_waits_for_the_strands, clear_trace),
		cmocka_unit_test_setup(units_take_turns, clear_trace),
		cmocka_unit_test_setup(endless_work_stops_nobody, clear_trace),
	};
	return cmocka_run_group_tests_name("base/strand", tests, NULL, NULL);
}
