#include "layout/preview.h"

#include "layout/compositor.h"
#include "layout/stack.h"
#include "layout/tile.h"
#include <stdio.h>

static const struct ts_preview_person *find(
	const struct ts_preview_person *person, size_t n, uint64_t key)
{
	for (size_t i = 0; i < n; i++)
		if (person[i].key == key) return &person[i];
	return NULL;
}

static struct ts_overlay *make_label(struct ts_label_maker *maker, enum ts_label_kind kind,
	const struct ts_region *region, const struct ts_preview_person *who, unsigned marks)
{
	struct ts_label_spec spec;
	char more[16];
	snprintf(more, sizeof(more), "+%d", region->more);
	const char *text = kind == TS_LABEL_MORE ? more : who ? who->name : "";
	return ts_label_for(&spec, kind, text, marks, &region->rect) ? ts_label_draw(maker, &spec)
								     : NULL;
}

static void draw_region(AVFrame *canvas, const struct ts_region *region,
	const struct ts_preview_person *who, struct ts_label_maker *maker)
{
	struct ts_tile tile = {.region = region, .marks = region->marks | (who ? who->marks : 0)};
	if (who) tile.picture = region->shows == TS_SHOWS_SLIDES ? who->slides : who->camera;
	struct ts_overlay *label[TS_LABEL_KINDS] = {NULL};
	const unsigned wanted = ts_tile_labels(region, tile.marks, tile.picture != NULL);
	for (int k = 0; k < TS_LABEL_KINDS; k++) {
		if (wanted >> k & 1)
			label[k] = make_label(
				maker, (enum ts_label_kind)k, region, who, tile.marks);
		tile.label[k] = label[k];
	}
	struct ts_corners corners;
	ts_corners_init(&corners, region->looks.radius_px);
	ts_corners_save(&corners, canvas, &region->rect);
	ts_tile_draw(canvas, &tile, &corners);
	ts_corners_fini(&corners);
	for (int k = 0; k < TS_LABEL_KINDS; k++) ts_overlay_free(&label[k]);
}

void ts_preview_draw(AVFrame *canvas, const struct ts_layout *layout,
	const struct ts_preview_person *person, size_t n, struct ts_label_maker *maker)
{
	const struct ts_rect all = {0, 0, layout->canvas_w, layout->canvas_h};
	struct ts_stack stack;
	ts_draw_fill(canvas, &all, ts_colour_of(layout->background));
	ts_stack_make(&stack, layout->region, layout->n);
	for (size_t i = 0; i < stack.n; i++) {
		const struct ts_region *region = &layout->region[stack.order[i]];
		draw_region(canvas, region, find(person, n, region->occupant), maker);
	}
}

/* In 1/32 of the width and 1/18 of the height. */
static void box(AVFrame *f, int x, int y, int w, int h, struct ts_rgb colour)
{
	const int x0 = x * f->width / 32 & ~1, y0 = y * f->height / 18 & ~1;
	const int x1 = (x + w) * f->width / 32 & ~1, y1 = (y + h) * f->height / 18 & ~1;
	ts_draw_fill(f, &(struct ts_rect){x0, y0, x1 - x0, y1 - y0}, ts_colour_of(colour));
}

AVFrame *ts_preview_slide(int width, int height)
{
	static const struct ts_rgb paper = {250, 250, 248}, ink = {40, 48, 66},
				   pale = {190, 196, 206}, bar = {66, 133, 200};
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = width & ~1;
	f->height = height & ~1;
	if (av_frame_get_buffer(f, 0) < 0) {
		av_frame_free(&f);
		return NULL;
	}
	box(f, 0, 0, 32, 18, paper);
	box(f, 2, 2, 17, 2, ink);
	for (int i = 0; i < 4; i++) box(f, 2, 6 + 2 * i, i % 2 ? 10 : 13, 1, pale);
	for (int i = 0; i < 4; i++) box(f, 18 + 3 * i, 13 - 2 * i, 2, 3 + 2 * i, bar);
	return f;
}
