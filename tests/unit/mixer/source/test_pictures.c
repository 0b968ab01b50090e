#include "mixer/source/pictures.h"

#include "base/counter.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { OTHER = TS_VIEW_MAIN + 1, MAIN_SET = 1 << TS_VIEW_MAIN, OTHER_SET = 1 << OTHER };

static struct ts_pictures pictures;
static int alive;
static int64_t slack_ns;

static void freed(void *opaque, uint8_t *data)
{
	(void)opaque;
	(void)data;
	alive--;
}

static void push(int64_t due_ns, unsigned views)
{
	static uint8_t data[1];
	AVFrame *f = av_frame_alloc();
	f->buf[0] = av_buffer_create(data, 1, freed, NULL, 0);
	alive++;
	struct ts_picture *p = ts_picture_new(f);
	assert_non_null(p);
	p->due_ns = due_ns;
	p->slack_ns = slack_ns;
	ts_pictures_push(&pictures, p, views);
}

/* Of those that are there, the one that is kept for views that begin does not count. */
static int waiting(void)
{
	return alive - (atomic_load(&pictures.last) != NULL);
}

/* Its due time; -1: none. */
static int64_t take(int view, int64_t now_ns)
{
	struct ts_picture *p = ts_pictures_take(&pictures, view, now_ns);
	int64_t due_ns = p ? p->due_ns : -1;
	ts_picture_unref(&p);
	return due_ns;
}

static int64_t dropped(void)
{
	return ts_count_get(TS_C_DROP_PICTURE);
}

static int setup(void **state)
{
	(void)state;
	pictures = (struct ts_pictures){0};
	slack_ns = 0;
	ts_count_add(TS_C_DROP_PICTURE, -dropped());
	return ts_pictures_init(&pictures);
}

static int teardown(void **state)
{
	(void)state;
	ts_pictures_fini(&pictures);
	assert_int_equal(alive, 0);
	return 0;
}

static void the_newest_that_is_due_is_taken(void **state)
{
	(void)state;
	assert_int_equal(take(TS_VIEW_MAIN, 100), -1);
	push(10, MAIN_SET);
	push(20, MAIN_SET);
	push(30, MAIN_SET);
	assert_int_equal(take(TS_VIEW_MAIN, 5), -1);
	assert_int_equal(take(TS_VIEW_MAIN, 25), 20);
	assert_int_equal(dropped(), 0);               /* at half the rate that is each second one */
	assert_int_equal(take(TS_VIEW_MAIN, 25), -1); /* no newer one */
	assert_int_equal(take(TS_VIEW_MAIN, 30), 30);
	assert_int_equal(waiting(), 0);
}

static void a_full_queue_drops_the_oldest(void **state)
{
	(void)state;
	for (int i = 1; i <= TS_PICTURES_QUEUED + 2; i++) push(i * 10, MAIN_SET);
	assert_int_equal(dropped(), 2);
	assert_int_equal(alive, TS_PICTURES_QUEUED);
	assert_int_equal(take(TS_VIEW_MAIN, 30), 30);
	assert_int_equal(take(TS_VIEW_MAIN, 60), 60);
}

/* One that is due at the very tick stays for the next, if there is an older one. */
static void at_the_edge_of_a_tick_the_older_is_taken(void **state)
{
	(void)state;
	slack_ns = 5;
	push(10, MAIN_SET);
	assert_int_equal(take(TS_VIEW_MAIN, 10), 10); /* alone it is shown at once */
	push(20, MAIN_SET);
	push(28, MAIN_SET);
	assert_int_equal(take(TS_VIEW_MAIN, 30), 20);
	push(39, MAIN_SET);
	assert_int_equal(take(TS_VIEW_MAIN, 40), 28);
	push(45, MAIN_SET); /* earlier by more than its slack */
	assert_int_equal(take(TS_VIEW_MAIN, 50), 45);
	assert_int_equal(dropped(), 0);
}

/* Each at its own pace, and what one has not taken is no worse for the other. */
static void views_take_for_themselves(void **state)
{
	(void)state;
	push(10, MAIN_SET | OTHER_SET);
	push(20, MAIN_SET | OTHER_SET);
	assert_int_equal(alive, 2);
	struct ts_picture *one = ts_pictures_take(&pictures, TS_VIEW_MAIN, 10);
	struct ts_picture *same = ts_pictures_take(&pictures, OTHER, 10);
	assert_ptr_equal(one, same);
	ts_picture_unref(&one);
	assert_int_equal(alive, 2);
	ts_picture_unref(&same);
	assert_int_equal(alive, 1);
	for (int i = 3; i <= 9; i++) {
		push(i * 10, MAIN_SET | OTHER_SET);
		assert_int_equal(take(TS_VIEW_MAIN, i * 10), i * 10);
	}
	assert_int_equal(take(OTHER, 1000), 90);
	assert_int_equal(waiting(), 0);
}

static void who_does_not_show_it_gets_none(void **state)
{
	(void)state;
	push(10, OTHER_SET);
	push(20, 0);
	assert_int_equal(alive, 1);
	assert_int_equal(take(TS_VIEW_MAIN, 100), -1);
	assert_int_equal(take(OTHER, 100), 10);
}

/* What others show stands in a view from its first tick on: not what it showed itself long ago, and
 * not only when the next one of slides is due. */
static void who_begins_takes_the_newest_at_once(void **state)
{
	(void)state;
	push(10, OTHER_SET);
	push(20, MAIN_SET);
	assert_int_equal(take(TS_VIEW_MAIN, 20), 20);
	push(30, MAIN_SET);
	ts_pictures_begin(&pictures, OTHER);
	assert_int_equal(take(OTHER, 25), 30);
	assert_int_equal(take(OTHER, 1000), -1);
	assert_int_equal(take(TS_VIEW_MAIN, 30), 30);
	push(40, MAIN_SET | OTHER_SET);
	assert_int_equal(take(OTHER, 35), -1); /* from now on as all */
	assert_int_equal(take(OTHER, 40), 40);
}

static void who_begins_where_there_is_none_waits(void **state)
{
	(void)state;
	push(10, MAIN_SET);
	ts_pictures_forget(&pictures);
	ts_pictures_begin(&pictures, OTHER);
	assert_int_equal(take(OTHER, 10), -1);
	push(20, MAIN_SET | OTHER_SET);
	push(30, OTHER_SET);
	push(40, 0); /* nobody shows it now: nothing is kept */
	assert_int_equal(take(OTHER, 20), 20);
	assert_int_equal(take(OTHER, 30), 30);
	assert_null(atomic_load(&pictures.last));
}

static void what_is_left_goes_with_the_queue(void **state)
{
	(void)state;
	push(10, MAIN_SET);
	push(20, MAIN_SET | OTHER_SET);
	assert_int_equal(take(TS_VIEW_MAIN, 10), 10); /* the next has been popped */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_newest_that_is_due_is_taken),
		TEST(a_full_queue_drops_the_oldest),
		TEST(at_the_edge_of_a_tick_the_older_is_taken),
		TEST(views_take_for_themselves),
		TEST(who_does_not_show_it_gets_none),
		TEST(who_begins_takes_the_newest_at_once),
		TEST(who_begins_where_there_is_none_waits),
		TEST(what_is_left_goes_with_the_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
