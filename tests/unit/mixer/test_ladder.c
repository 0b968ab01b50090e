#include "mixer/ladder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void steps_of_720p(void **state)
{
	(void)state;
	struct ts_ladder l;
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.step[0].height, 720);
	assert_int_equal(l.step[1].width, 640);
	assert_int_equal(l.step[1].bitrate_bps, 500000);
	assert_int_equal(l.step[2].height, 180);
	assert_int_equal(l.step[2].fps, 15);
}

static void small_canvases_have_few_steps(void **state)
{
	(void)state;
	struct ts_ladder l;
	ts_ladder_make(&l, 320, 180, 30, 300000);
	assert_int_equal(l.n, 1);
	ts_ladder_make(&l, 640, 360, 25, 600000);
	assert_int_equal(l.n, 2);
	ts_ladder_make(&l, 1280, 720, 25, 1500000);
	assert_int_equal(l.step[2].fps, 25); /* 12.5 is not a whole number of ticks */
}

static void every_step_is_even_and_divides_the_ticks(void **state)
{
	(void)state;
	for (int fps = 5; fps <= 60; fps++) {
		struct ts_ladder l;
		ts_ladder_make(&l, 1918, 1078, fps, 3000000);
		for (size_t i = 0; i < l.n; i++) {
			assert_int_equal(l.step[i].width % 2 + l.step[i].height % 2, 0);
			assert_int_equal(fps % l.step[i].fps, 0);
		}
	}
}

static void needs_are_rounded_down(void **state)
{
	(void)state;
	static const struct { struct ts_need need; int height; } rows[] = {
		{{0, 0, 0}, 720},  {{720, 0, 0}, 720}, {{719, 0, 0}, 360},   {{360, 30, 500}, 360}, {{1080, 60, 9000}, 720},
		{{0, 0, 1499}, 360}, {{0, 15, 0}, 180},  {{0, 0, 499}, 180},   {{100, 5, 10}, 180}, /* none fits: the smallest */
		{{0, 0, UINT32_MAX}, 720},
	};
	struct ts_ladder l;
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(l.step[ts_ladder_pick(&l, &rows[i].need)].height, rows[i].height);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_720p),
		cmocka_unit_test(small_canvases_have_few_steps),
		cmocka_unit_test(every_step_is_even_and_divides_the_ticks),
		cmocka_unit_test(needs_are_rounded_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
