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

static void a_room_that_closes_or_a_server_without_painter_refuses(void **state)
{
	(void)state;
	struct ts_painter *painter = H->engine.painter;
	H->engine.painter = NULL;
	assert_int_equal(ts_room_snapshot(ts_room_main_view(H->room), on_ready, &ready), TS_EUNSUPPORTED);
	H->engine.painter = painter;
	ts_hall_meet("Ada");
	ts_room_close(H->room);
	assert_int_equal(ts_room_snapshot(ts_room_main_view(H->room), on_ready, &ready), TS_ECLOSED);
	ts_fake_time_run();
	assert_int_equal(ready, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_room_without_anybody_has_no_picture),
		TEST(what_is_mixed_now_comes_as_a_jpeg),
		TEST(a_room_that_closes_or_a_server_without_painter_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
