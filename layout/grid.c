#include "layout/layout.h"

#include <assert.h>
#include <string.h>

/* A shape: columns x rows of equal tiles. Sizes are in 1/unit pixels with unit = 24 * columns *
 * rows, in which every size and offset below is a whole number; only the edges of tiles are
 * rounded. */
struct shape {
	int columns, rows;
	int64_t unit;
	int64_t tile_w, tile_h;
};

/* The largest tile that fits a cell of the canvas and is not narrower than 4:3 nor wider than
 * 2:1. */
static struct shape shape_of(size_t n, int columns, int canvas_w, int canvas_h)
{
	struct shape s = {.columns = columns, .rows = ((int)n + columns - 1) / columns};
	s.unit = 24LL * s.columns * s.rows;
	s.tile_w = canvas_w * s.unit / s.columns;
	s.tile_h = canvas_h * s.unit / s.rows;
	if (s.tile_w > 2 * s.tile_h) s.tile_w = 2 * s.tile_h;
	if (4 * s.tile_h > 3 * s.tile_w) s.tile_h = s.tile_w * 3 / 4;
	return s;
}

static double tile_area_px(const struct shape *s)
{
	return (double)s->tile_w * (double)s->tile_h / ((double)s->unit * (double)s->unit);
}

static struct shape best_shape(size_t n, int canvas_w, int canvas_h)
{
	struct shape best = shape_of(n, 1, canvas_w, canvas_h);
	for (int columns = 2; columns <= (int)n; columns++) {
		struct shape s = shape_of(n, columns, canvas_w, canvas_h);
		/* of equals the one with more columns: side by side rather than on top of each
		 * other */
		if (tile_area_px(&s) >= tile_area_px(&best)) best = s;
	}
	return best;
}

static int nearest_even(int64_t at, int64_t unit)
{
	return 2 * (int)((at + unit) / (2 * unit));
}

void ts_grid(struct ts_layout *layout, size_t n, int canvas_w, int canvas_h)
{
	assert(n >= 1 && n <= TS_REGIONS_MAX);
	assert(canvas_w > 0 && canvas_h > 0 && canvas_w % 2 == 0 && canvas_h % 2 == 0);
	memset(layout, 0, sizeof(*layout));
	layout->canvas_w = canvas_w;
	layout->canvas_h = canvas_h;
	layout->n = n;

	const struct shape s = best_shape(n, canvas_w, canvas_h);
	const int64_t top = (canvas_h * s.unit - s.rows * s.tile_h) / 2;
	for (size_t i = 0; i < n; i++) {
		const int row = (int)i / s.columns, column = (int)i % s.columns;
		const int in_row = row < s.rows - 1 ? s.columns : (int)n - row * s.columns;
		const int64_t left = (canvas_w * s.unit - in_row * s.tile_w) / 2;
		const int x0 = nearest_even(left + column * s.tile_w, s.unit);
		const int x1 = nearest_even(left + (column + 1) * s.tile_w, s.unit);
		const int y0 = nearest_even(top + row * s.tile_h, s.unit);
		const int y1 = nearest_even(top + (row + 1) * s.tile_h, s.unit);
		layout->region[i].rect = (struct ts_rect){x0, y0, x1 - x0, y1 - y0};
		layout->region[i].fit = TS_FIT_FILL;
	}
}
