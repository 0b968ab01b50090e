#include "layout/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct canvas {
	const char *name;
	int w, h;
};

static const struct canvas canvases[] = {
	{"16:9", 1280, 720},
	{"4:3", 960, 720},
	{"1:1", 720, 720},
	{"9:16", 720, 1280},
	{"16:9 small", 426, 240},
	{"21:9", 1680, 720},
};
#define N_CANVASES (sizeof(canvases) / sizeof(canvases[0]))

/* How many tiles each row has, from the top: "32" is two rows of 3 and 2. */
static const char *rows_of(const struct ts_layout *l, char out[TS_REGIONS_MAX + 1])
{
	size_t n_rows = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (i == 0 || l->region[i].rect.y != l->region[i - 1].rect.y) out[n_rows++] = '0';
		out[n_rows - 1]++;
	}
	out[n_rows] = 0;
	return out;
}

static void the_usual_shapes(void **state)
{
	(void)state;
	static const struct {
		int w, h;
		size_t n;
		const char *rows;
	} table[] = {
		{1280, 720, 1, "1"},
		{1280, 720, 2, "2"},
		{1280, 720, 3, "21"},
		{1280, 720, 4, "22"},
		{1280, 720, 5, "32"},
		{1280, 720, 6, "33"},
		{1280, 720, 7, "331"},
		{1280, 720, 9, "333"},
		{1280, 720, 10, "442"},
		{1280, 720, 12, "444"},
		{1280, 720, 13, "4441"},
		{1280, 720, 16, "4444"},
		{1280, 720, 17, "5552"},
		{1280, 720, 25, "55555"},
		{1280, 720, 36, "666666"},
		{1280, 720, 49, "7777777"},
		{720, 1280, 2, "11"},
		{720, 1280, 3, "111"},
		{720, 1280, 8, "2222"},
		{720, 720, 2, "11"},
		{720, 720, 4, "22"},
		{960, 720, 3, "21"},
		{960, 720, 6, "222"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ts_layout l;
		char rows[TS_REGIONS_MAX + 1];
		ts_grid(&l, table[i].n, table[i].w, table[i].h);
		print_message(
			"%dx%d, %zu: %s\n", table[i].w, table[i].h, table[i].n, rows_of(&l, rows));
		assert_string_equal(rows, table[i].rows);
	}
}

static void exact_tiles_of_the_common_sizes(void **state)
{
	(void)state;
	static const struct {
		size_t n, tile;
		struct ts_rect rect;
	} table[] = {
		{1, 0, {0, 0, 1280, 720}},
		{2, 0, {0, 120, 640, 480}},
		{2, 1, {640, 120, 640, 480}},
		{3, 2, {320, 360, 640, 360}},
		{4, 3, {640, 360, 640, 360}},
		{5, 0, {0, 40, 426, 320}},
		{5, 3, {214, 360, 426, 320}},
		{5, 4, {640, 360, 426, 320}},
		{9, 4, {426, 240, 428, 240}},
		{16, 15, {960, 540, 320, 180}},
		{25, 24, {1024, 576, 256, 144}},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ts_layout l;
		ts_grid(&l, table[i].n, 1280, 720);
		const struct ts_rect *is = &l.region[table[i].tile].rect, *want = &table[i].rect;
		print_message("tile %zu of %zu: %d,%d %dx%d\n", table[i].tile, table[i].n, is->x,
			is->y, is->w, is->h);
		assert_memory_equal(is, want, sizeof(*is));
	}
}

static void tiles_are_even_inside_and_apart(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_CANVASES; c++) {
		for (size_t n = 1; n <= TS_REGIONS_MAX; n++) {
			struct ts_layout l;
			ts_grid(&l, n, canvases[c].w, canvases[c].h);
			assert_int_equal(l.n, n);
			for (size_t i = 0; i < n; i++) {
				const struct ts_rect *a = &l.region[i].rect;
				assert_int_equal((a->x | a->y | a->w | a->h) & 1, 0);
				assert_true(a->x >= 0 && a->y >= 0 && a->w > 0 && a->h > 0);
				assert_true(a->x + a->w <= canvases[c].w &&
					a->y + a->h <= canvases[c].h);
				assert_true(l.region[i].occupant == 0 && l.region[i].z == 0 &&
					l.region[i].fit == TS_FIT_FILL);
				for (size_t k = 0; k < i; k++) {
					const struct ts_rect *b = &l.region[k].rect;
					assert_true(a->x >= b->x + b->w || b->x >= a->x + a->w ||
						a->y >= b->y + b->h || b->y >= a->y + a->h);
				}
			}
		}
	}
}

/* Rows touch each other, tiles of a row too; every row is in the middle, and so is the whole. */
static void no_gaps_and_all_in_the_middle(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_CANVASES; c++) {
		for (size_t n = 1; n <= TS_REGIONS_MAX; n++) {
			struct ts_layout l;
			ts_grid(&l, n, canvases[c].w, canvases[c].h);
			for (size_t i = 0; i < n; i++) {
				const struct ts_rect *a = &l.region[i].rect,
						     *b = i + 1 < n ? &l.region[i + 1].rect : a;
				const int right = canvases[c].w - a->x - a->w;
				const int first = i == 0 || l.region[i - 1].rect.y != a->y;
				static int left;
				if (first) left = a->x;
				if (b != a && b->y == a->y) {
					assert_int_equal(a->x + a->w, b->x);
				} else {
					assert_in_range(right - left + 2, 0, 4);
					if (b != a) assert_int_equal(a->y + a->h, b->y);
				}
			}
			const struct ts_rect *last = &l.region[n - 1].rect;
			const int top = l.region[0].rect.y,
				  bottom = canvases[c].h - last->y - last->h;
			assert_in_range(bottom - top + 2, 0, 4);
		}
	}
}

/* Never so narrow or wide that a 16:9 picture would lose more than a quarter; never a needless
 * gap. */
static void shape_of_a_tile_is_kept_near_16_9(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_CANVASES; c++) {
		for (size_t n = 1; n <= TS_REGIONS_MAX; n++) {
			struct ts_layout l;
			ts_grid(&l, n, canvases[c].w, canvases[c].h);
			const struct ts_rect *r = &l.region[0].rect;
			/* two pixels of rounding at either edge */
			assert_true(3 * (r->w + 2) >= 4 * (r->h - 2));
			assert_true(r->w - 2 <= 2 * (r->h + 2));
			/* the rows fill the height or the columns the width */
			size_t columns = 1;
			while (columns < n && l.region[columns].rect.y == r->y) columns++;
			const struct ts_rect *end = &l.region[columns - 1].rect;
			assert_true(
				r->y <= 1 || (r->x <= 1 && end->x + end->w >= canvases[c].w - 1));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_shapes),
		cmocka_unit_test(exact_tiles_of_the_common_sizes),
		cmocka_unit_test(tiles_are_even_inside_and_apart),
		cmocka_unit_test(no_gaps_and_all_in_the_middle),
		cmocka_unit_test(shape_of_a_tile_is_kept_near_16_9),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
