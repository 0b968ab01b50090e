#include "layout/solve.h"

#include "base/error.h"
#include <stdio.h>
#include <string.h>

/* ---- which variant */

/* Is w : h at least (sign 1) or at most (sign -1) the bound? */
static bool within(const struct ts_fraction *bound, int sign, int w, int h)
{
	return bound->num == 0 || sign * (w * bound->den - bound->num * h) >= 0;
}

static bool has_shape(const struct ts_doc_variant *v, int w, int h)
{
	return within(&v->aspect_min, 1, w, h) && within(&v->aspect_max, -1, w, h);
}

static bool holds(const struct ts_doc_variant *v, const struct ts_occasion *o)
{
	if (v->presentation != TS_EITHER && (v->presentation == TS_YES) != o->presentation)
		return false;
	return has_shape(v, o->canvas_w, o->canvas_h);
}

size_t ts_solve_variant(const struct ts_layout_doc *doc, const struct ts_occasion *o)
{
	size_t last = doc->n;
	for (size_t i = 0; i < doc->n; i++) {
		if (!holds(&doc->variant[i], o)) continue;
		if (!doc->variant[i].max || o->people <= doc->variant[i].max) return i;
		last = i;
	}
	return last < doc->n ? last : doc->n - 1;
}

/* ---- where */

/* The even pixel nearest to num/den of size; halves go up. */
static int even_px(int64_t num, int64_t den, int size)
{
	return 2 * (int)((num * size + den) / (2 * den));
}

static int end_px(const struct ts_fraction *at, const struct ts_fraction *length, int size)
{
	return even_px(at->num * length->den + length->num * at->den, at->den * length->den, size);
}

struct ts_rect ts_solve_box(const struct ts_box *b, int canvas_w, int canvas_h)
{
	const int x = even_px(b->x.num, b->x.den, canvas_w),
		  y = even_px(b->y.num, b->y.den, canvas_h);
	return (struct ts_rect){
		x, y, end_px(&b->x, &b->w, canvas_w) - x, end_px(&b->y, &b->h, canvas_h) - y};
}

static void fixed_cells(struct ts_rect *cell, int columns, int rows, const struct ts_rect *r)
{
	for (int i = 0; i < columns * rows; i++) {
		const int column = i % columns, row = i / columns;
		const int x = even_px(column, columns, r->w), y = even_px(row, rows, r->h);
		cell[i] = (struct ts_rect){r->x + x, r->y + y,
			even_px(column + 1, columns, r->w) - x, even_px(row + 1, rows, r->h) - y};
	}
}

void ts_solve_cells(
	struct ts_rect *cell, size_t n, const struct ts_doc_region *region, const struct ts_rect *r)
{
	struct ts_layout grid;
	if (region->grid == TS_GRID_NONE) {
		*cell = *r;
	} else if (region->grid == TS_GRID_FIXED) {
		fixed_cells(cell, region->columns, region->rows, r);
	} else {
		ts_grid(&grid, n, r->w, r->h);
		for (size_t i = 0; i < n; i++) {
			cell[i] = grid.region[i].rect;
			cell[i].x += r->x;
			cell[i].y += r->y;
		}
	}
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

struct ts_looks ts_solve_looks(
	const struct ts_doc_region *region, const struct ts_rect *rect, int canvas_h)
{
	const int half = smaller(rect->w, rect->h) / 2;
	const int border = even_px(region->border.num, region->border.den, canvas_h);
	const int radius = (int)(region->radius.num * canvas_h / region->radius.den);
	return (struct ts_looks){
		.label = region->label,
		/* however thin, a border that was asked for is seen */
		.border_px = smaller(region->border.num && !border ? 2 : border, half & ~1),
		.radius_px = smaller(radius, half),
		.border = region->border_colour,
		.background = region->background,
	};
}

/* ---- is it of use on this canvas? */

static int refuse(
	struct ts_layout_error *err, const char *pointer, const char *reason, int w, int h)
{
	snprintf(err->pointer, sizeof(err->pointer), "%s", pointer);
	snprintf(err->reason, sizeof(err->reason), "%s on a canvas of %dx%d", reason, w, h);
	return TS_EINVAL;
}

/* A fixed grid divides the region; its narrowest cell must be there too. */
static bool vanishes(int size, int parts)
{
	return size < 2 * parts;
}

static int check_regions(
	const struct ts_doc_variant *v, size_t index, int w, int h, struct ts_layout_error *err)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct ts_doc_region *region = &v->region[i];
		const struct ts_rect r = ts_solve_box(&region->box, w, h);
		const bool fixed = region->grid == TS_GRID_FIXED;
		const bool no_w = vanishes(r.w, fixed ? region->columns : 1);
		char pointer[64];
		if (!no_w && !vanishes(r.h, fixed ? region->rows : 1)) continue;
		snprintf(pointer, sizeof(pointer), "/variants/%zu/regions/%zu/%s", index, i,
			no_w ? "w" : "h");
		return refuse(err, pointer,
			no_w ? "the width rounds to nothing" : "the height rounds to nothing", w,
			h);
	}
	return 0;
}

int ts_layout_check(
	const struct ts_layout_doc *doc, int canvas_w, int canvas_h, struct ts_layout_error *err)
{
	bool any[2] = {false, false}; /* without, with a presentation */
	for (size_t i = 0; i < doc->n; i++) {
		const struct ts_doc_variant *v = &doc->variant[i];
		if (!has_shape(v, canvas_w, canvas_h)) continue;
		any[0] |= v->presentation != TS_YES;
		any[1] |= v->presentation != TS_NO;
		if (check_regions(v, i, canvas_w, canvas_h, err)) return TS_EINVAL;
	}
	if (any[0] && any[1]) return 0;
	return refuse(err, "/variants",
		any[1]           ? "no variant is for a room without a presentation"
			: any[0] ? "no variant is for a room with a presentation"
				 : "no variant is for the shape",
		canvas_w, canvas_h);
}
