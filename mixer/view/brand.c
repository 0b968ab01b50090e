#include "mixer/view/brand.h"

#include "layout/compositor.h"

enum { BEHIND = 1, OVER = 2 };

bool ts_brand_changed(struct ts_brand *b, const struct ts_view_brand *plan)
{
	const unsigned ready = (ts_painting_get(plan->backdrop) ? BEHIND : 0) |
		(ts_painting_get(plan->watermark) ? OVER : 0);
	const bool changed = ready != b->ready;
	if (changed) ts_brand_reset(b);
	b->ready = ready;
	return changed;
}

void ts_brand_reset(struct ts_brand *b)
{
	av_frame_free(&b->ground);
	ts_glass_fini(&b->glass);
	b->ready = 0;
}

static AVFrame *draw_ground(const struct ts_view_plan *plan, const AVFrame *like)
{
	const struct ts_rect all = {0, 0, like->width, like->height};
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = like->format;
	f->width = like->width;
	f->height = like->height;
	if (av_frame_get_buffer(f, 0) < 0) {
		av_frame_free(&f);
		return NULL;
	}
	ts_draw_fill(f, &all, ts_colour_of(plan->background));
	ts_draw_overlay(f, &all, 0, 0, ts_painting_get(plan->brand.backdrop));
	return f;
}

bool ts_brand_draw_ground(struct ts_brand *b, const struct ts_view_plan *plan, AVFrame *canvas)
{
	if (!(b->ready & BEHIND)) return false;
	if (!b->ground) b->ground = draw_ground(plan, canvas);
	return b->ground && av_frame_copy(canvas, b->ground) >= 0;
}

void ts_brand_lift(struct ts_brand *b, AVFrame *canvas, const struct ts_rect *drawn)
{
	const struct ts_rect *r = &b->glass.rect;
	if (b->glass.lies && drawn->x < r->x + r->w && r->x < drawn->x + drawn->w &&
		drawn->y < r->y + r->h && r->y < drawn->y + drawn->h)
		ts_glass_lift(&b->glass, canvas);
}

/* Where the watermark goes: its corner of the canvas, or the middle. */
static struct ts_rect place(
	const struct ts_view_brand *plan, const struct ts_overlay *o, const AVFrame *canvas)
{
	struct ts_rect r = {
		(canvas->width - o->w) / 2 & ~1, (canvas->height - o->h) / 2 & ~1, o->w, o->h};
	const int m = plan->margin_px;
	if (plan->place != TS_PLACE_MIDDLE) {
		const bool right = plan->place == TS_PLACE_TOP_RIGHT ||
			plan->place == TS_PLACE_BOTTOM_RIGHT;
		const bool below = plan->place == TS_PLACE_BOTTOM_LEFT ||
			plan->place == TS_PLACE_BOTTOM_RIGHT;
		r.x = right ? canvas->width - o->w - m : m;
		r.y = below ? canvas->height - o->h - m : m;
	}
	/* as wide as the canvas: without a margin */
	if (r.x < 0 || r.x + r.w > canvas->width) r.x = (canvas->width - o->w) / 2 & ~1;
	if (r.y < 0 || r.y + r.h > canvas->height) r.y = (canvas->height - o->h) / 2 & ~1;
	return r;
}

void ts_brand_finish(struct ts_brand *b, const struct ts_view_brand *plan, AVFrame *canvas)
{
	const struct ts_overlay *o = b->ready & OVER ? ts_painting_get(plan->watermark) : NULL;
	if (!o || b->glass.lies) return;
	const struct ts_rect at = place(plan, o, canvas);
	if (ts_glass_lay(&b->glass, canvas, &at)) ts_draw_overlay(canvas, &at, at.x, at.y, o);
}
