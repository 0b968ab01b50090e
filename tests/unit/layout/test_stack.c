#include "layout/stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ts_region region(int x, int y, int w, int h, int z)
{
	return (struct ts_region){.rect = {x, y, w, h}, .z = z, .occupant = 1};
}

static void a_grid_has_nothing_above(void **state)
{
	(void)state;
	const struct ts_region r[] = {region(0, 0, 10, 10, 0), region(10, 0, 10, 10, 0),
		region(0, 10, 10, 10, 0), region(10, 10, 10, 10, 0)};
	struct ts_stack s;
	ts_stack_make(&s, r, 4);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.seen, 15);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(s.order[i], i);
		assert_int_equal(ts_stack_redraw(&s, 1u << i), 1u << i);
	}
	assert_int_equal(ts_stack_redraw(&s, 0), 0);
}

/* A small one over a large one, and a smaller one over both of them and over the next. */
static void what_lies_above_is_drawn_again(void **state)
{
	(void)state;
	const struct ts_region r[] = {region(40, 40, 20, 20, 7), region(0, 0, 50, 50, -1),
		region(30, 30, 15, 15, 2), region(50, 0, 50, 50, 0)};
	struct ts_stack s;
	ts_stack_make(&s, r, 4);
	const uint8_t order[] = {1, 3, 2, 0};
	assert_memory_equal(s.order, order, 4);
	assert_int_equal(ts_stack_redraw(&s, 1 << 0), 1 << 0);
	assert_int_equal(ts_stack_redraw(&s, 1 << 2), 1 << 2 | 1 << 0);
	assert_int_equal(ts_stack_redraw(&s, 1 << 1), 1 << 1 | 1 << 2 | 1 << 0);
	assert_int_equal(ts_stack_redraw(&s, 1 << 3), 1 << 3 | 1 << 0);
}

/* Over a tile that has nothing to do with the first: only by way of the one between them. */
static void chains_are_followed(void **state)
{
	(void)state;
	const struct ts_region r[] = {
		region(0, 0, 20, 20, 0), region(10, 0, 20, 20, 1), region(25, 0, 20, 20, 2)};
	struct ts_stack s;
	ts_stack_make(&s, r, 3);
	assert_int_equal(s.above[0], 2);
	assert_int_equal(ts_stack_redraw(&s, 1), 7);
}

static void what_is_not_seen_is_not_drawn(void **state)
{
	(void)state;
	struct ts_region r[] = {
		region(10, 10, 20, 20, 0), region(0, 0, 40, 40, 1), region(4, 4, 10, 10, 2)};
	struct ts_stack s;
	ts_stack_make(&s, r, 3);
	assert_int_equal(s.seen, 6);
	assert_int_equal(ts_stack_redraw(&s, 1), 0);

	r[1].looks.radius_px = 4; /* something shows in the corners */
	ts_stack_make(&s, r, 3);
	assert_int_equal(s.seen, 7);

	r[1].looks.radius_px = 0;
	r[1].occupant = 0; /* nobody there: not drawn, hides nothing */
	ts_stack_make(&s, r, 3);
	assert_int_equal(s.seen, 5);
	r[1].blank = true;
	ts_stack_make(&s, r, 3);
	assert_int_equal(s.seen, 6);

	r[0].rect = (struct ts_rect){0, 0, 0, 20};
	r[1] = region(0, 0, 10, 10, 0);
	ts_stack_make(&s, r, 2);
	assert_int_equal(s.seen, 2);
}

static void as_many_as_there_can_be(void **state)
{
	(void)state;
	struct ts_region r[TS_REGIONS_MAX];
	struct ts_stack s;
	for (int i = 0; i < TS_REGIONS_MAX; i++)
		r[i] = region(2 * i, 0, 10, 10, TS_REGIONS_MAX - i);
	ts_stack_make(&s, r, TS_REGIONS_MAX);
	assert_int_equal(s.n, TS_REGIONS_MAX);
	assert_int_equal(s.order[0], TS_REGIONS_MAX - 1);
	assert_int_equal(ts_stack_redraw(&s, 1ull << (TS_REGIONS_MAX - 1)), s.seen);
	assert_int_equal(ts_stack_redraw(&s, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_grid_has_nothing_above),
		cmocka_unit_test(what_lies_above_is_drawn_again),
		cmocka_unit_test(chains_are_followed),
		cmocka_unit_test(what_is_not_seen_is_not_drawn),
		cmocka_unit_test(as_many_as_there_can_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
