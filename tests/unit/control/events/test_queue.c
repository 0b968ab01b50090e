#include "control/events/queue.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static struct ts_event_queue queue;

static int setup(void **state)
{
	(void)state;
	ts_event_queue_init(&queue);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_event_queue_fini(&queue);
	return 0;
}

static void push(const char *text, const char *about)
{
	struct ts_event_text *t = ts_event_text_new(text);
	t->about = g_strdup(about);
	ts_event_queue_push(&queue, t);
	ts_event_text_unref(t);
}

static void reads(size_t cap, const char *what)
{
	char buf[200];
	size_t n = ts_event_queue_read(&queue, buf, cap);
	assert_int_equal(n, strlen(what));
	assert_memory_equal(buf, what, n);
}

static void only_the_last_state_waits(void **state)
{
	(void)state;
	push("joined A;", NULL);
	push("A=1;", "A");
	push("B=1;", "B");
	push("A=2;", "A");
	push("left C;", NULL);
	push("A=3;", "A");
	assert_int_equal(queue.behind_bytes, strlen("joined A;B=1;left C;A=3;"));
	reads(100, "joined A;B=1;left C;A=3;");
	assert_int_equal(queue.behind_bytes, 0);
	reads(100, "");
}

/* Bytes that went out cannot be called back: the rest follows, then the last state. */
static void what_is_half_read_is_read_to_its_end(void **state)
{
	(void)state;
	push("A=1;", "A");
	reads(2, "A=");
	push("A=2;", "A");
	push("A=3;", "A");
	assert_int_equal(queue.behind_bytes, 8);
	reads(3, "1;A");
	push("A=4;", "A");
	reads(100, "=3;A=4;");
	assert_int_equal(queue.behind_bytes, 0);
	push("A=5;", "A");
	reads(100, "A=5;");
}

/* 2000 renames a second while the reader sleeps: what cut it off. */
static void a_flood_of_one_thing_takes_no_more_than_one(void **state)
{
	char text[40];
	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "name %05d;", i);
		push(text, i % 2 ? "A" : "B");
	}
	assert_int_equal(queue.texts.length, 2);
	assert_int_equal(queue.behind_bytes, 2 * strlen("name 00000;"));
	reads(100, "name 19998;name 19999;");
}

static void snapshots_do_not_count(void **state)
{
	struct ts_event_text *t = ts_event_text_new("snapshot;");
	(void)state;
	t->uncounted = true;
	ts_event_queue_push(&queue, t);
	ts_event_text_unref(t);
	push("A=1;", "A");
	assert_int_equal(queue.behind_bytes, 4);
	reads(100, "snapshot;A=1;");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(only_the_last_state_waits),
		T(what_is_half_read_is_read_to_its_end),
		T(a_flood_of_one_thing_takes_no_more_than_one),
		T(snapshots_do_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
