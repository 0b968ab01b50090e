#include "mixer/room/snapshot.h"

#include "base/strand.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <stdlib.h>
#include <string.h>

#define H (&ts_hall)

static int ready, last_err;
static size_t last_len;
static bool is_jpeg;

static void on_ready(void *arg, int err, uint8_t *jpeg, size_t len)
{
	assert_ptr_equal(arg, &ready);
	ready++;
	last_err = err;
	last_len = len;
	is_jpeg = jpeg && len > 4 && jpeg[0] == 0xff && jpeg[1] == 0xd8;
	free(jpeg);
}

static void closed(void *arg)
{
	++*(int *)arg;
}

static int setup(void **state)
{
	ready = last_err = 0;
	ts_hall_setup(state);
	return ts_painter_create(&H->engine.painter, H->engine.video);
}

static int teardown(void **state)
{
	int done = 0;
	ts_room_close(H->room);
	ts_fake_time_run();
	ts_painter_close(H->engine.painter, closed, &done);
	ts_hall_teardown(state);
	assert_int_equal(done, 1);
	return 0;
}

static void a_room_without_anybody_has_no_picture(void **state)
{
	(void)state;
	assert_int_equal(ts_room_snapshot(ts_room_main_view(H->room), on_ready, &ready), 0);
	assert_int_equal(ready, 0); /* never from within */
	ts_fake_time_run();
	assert_int_equal(ready, 1);
	assert_int_equal(last_err, TS_ENOTFOUND);
	assert_false(is_jpeg);
}

static void what_is_mixed_now_comes_as_a_jpeg(void **state)
{
	(void)state;
	ts_hall_meet("Ada");
	ts_fake_time_after(200 * TS_NS_PER_MS);
	assert_int_equal(ts_room_snapshot(ts_room_main_view(H->room), on_ready, &ready), 0);
	ts_fake_time_run();
	assert_int_equal(ready, 1);
	assert_int_equal(last_err, 0);
	assert_true(is_jpeg);
	assert_true(last_len > 500);
}

static struct ts_room_view *add_view(void)
{
	const struct ts_room_view_config config = {
		.id = "portrait", .width = 180, .height = 320, .fps = 30};
	struct ts_room_view *view = NULL;
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), 0);
	return view;
}

/* Nobody receives it: it is composed for the moment, and costs nothing afterwards. */
static void a_view_that_nobody_receives_is_composed_for_it(void **state)
{
	(void)state;
	struct ts_participant *ada = ts_hall_meet("Ada");
	struct ts_room_view *view = add_view();
	int stranger;
	ts_hall_packet(ada, HALL_VIDEO);
	ts_fake_time_after(200 * TS_NS_PER_MS);
	assert_true(ts_source_hold(ada->camera.source, view->slot, &stranger));
	ts_source_let_go(ada->camera.source, view->slot, &stranger);
	assert_int_equal(ts_room_snapshot(view, on_ready, &ready), 0);
	assert_int_equal(ts_room_snapshot(view, on_ready, &ready), 0);
	ts_fake_time_run();
	assert_int_equal(ready, 2);
	assert_int_equal(last_err, 0);
	assert_true(is_jpeg);
	assert_int_equal(ts_room_view_outputs(view), 0);
	assert_true(ts_room_view_is_wanted(view));
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_false(ts_room_view_is_wanted(view));
	assert_false(view->shown);
	assert_true(ts_source_hold(ada->camera.source, view->slot, &stranger));
	ts_source_let_go(ada->camera.source, view->slot, &stranger);
	/* and again */
	assert_int_equal(ts_room_snapshot(view, on_ready, &ready), 0);
	ts_fake_time_run();
	assert_int_equal(ready, 3);
	assert_int_equal(last_err, 0);
}

static void a_view_may_go_meanwhile(void **state)
{
	(void)state;
	struct ts_room_view *view = add_view();
	assert_int_equal(ts_room_snapshot(view, on_ready, &ready), 0);
	ts_fake_time_run();
	assert_int_equal(last_err, TS_ENOTFOUND); /* nobody is here */
	ts_hall_meet("Ada");
	ts_fake_time_after(200 * TS_NS_PER_MS);
	assert_int_equal(ts_room_snapshot(view, on_ready, &ready), 0);
	ts_room_remove_view(view);
	ts_fake_time_after(3 * TS_NS_PER_S);
	assert_int_equal(ready, 2);
	assert_int_equal(last_err, 0);
	assert_null(H->room->main.next);
}

static void a_room_that_closes_or_a_server_without_painter_refuses(void **state)
{
	(void)state;
	struct ts_painter *painter = H->engine.painter;
	H->engine.painter = NULL;
	assert_int_equal(
		ts_room_snapshot(ts_room_main_view(H->room), on_ready, &ready), TS_EUNSUPPORTED);
	H->engine.painter = painter;
	ts_hall_meet("Ada");
	ts_room_close(H->room);
	assert_int_equal(
		ts_room_snapshot(ts_room_main_view(H->room), on_ready, &ready), TS_ECLOSED);
	ts_fake_time_run();
	assert_int_equal(ready, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_room_without_anybody_has_no_picture),
		TEST(what_is_mixed_now_comes_as_a_jpeg),
		TEST(a_view_that_nobody_receives_is_composed_for_it),
		TEST(a_view_may_go_meanwhile),
		TEST(a_room_that_closes_or_a_server_without_painter_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
