/* The corner is inside the canvas, above all others, even, and never one too many. */
#include "layout/corner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void is_in_the_corner_of_any_canvas(void **state)
{
	static const int sizes[][2] = {
		{1280, 720}, {160, 90}, {1920, 1088}, {608, 1080}, {162, 162}};
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct ts_layout layout = {0};
		ts_grid(&layout, 4, sizes[i][0], sizes[i][1]);
		layout.canvas_w = sizes[i][0], layout.canvas_h = sizes[i][1];
		layout.region[2].z = 7;
		layout.region[3].item = 3;
		assert_true(ts_layout_add_corner(&layout, 42));
		const struct ts_region *r = &layout.region[4];
		assert_int_equal(layout.n, 5);
		assert_int_equal(r->occupant, 42);
		assert_int_equal(r->z, 8);
		assert_int_equal(r->item, 4);
		assert_true(r->rect.w > 0 && r->rect.h > 0);
		assert_true(r->rect.x + r->rect.w <= sizes[i][0] && r->rect.x > sizes[i][0] / 2);
		assert_true(r->rect.y + r->rect.h <= sizes[i][1] && r->rect.y > sizes[i][1] / 2);
		assert_int_equal((r->rect.x | r->rect.y | r->rect.w | r->rect.h) & 1, 0);
	}
}

static void is_alone_where_there_is_nobody(void **state)
{
	struct ts_layout layout = {.canvas_w = 1280, .canvas_h = 720};
	(void)state;
	assert_true(ts_layout_add_corner(&layout, 1));
	assert_int_equal(layout.n, 1);
	assert_int_equal(layout.region[0].rect.w, 256);
}

static void is_left_out_of_a_full_layout(void **state)
{
	struct ts_layout layout = {.canvas_w = 1280, .canvas_h = 720, .n = TS_REGIONS_MAX};
	(void)state;
	assert_false(ts_layout_add_corner(&layout, 1));
	assert_int_equal(layout.n, TS_REGIONS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_in_the_corner_of_any_canvas),
		cmocka_unit_test(is_alone_where_there_is_nobody),
		cmocka_unit_test(is_left_out_of_a_full_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
