#include "mixer/view/band.h"

#include "layout/compositor.h"

/* Without one the band is empty at once; one that is not drawn yet is waited for. */
bool ts_band_changed(struct ts_band *b, struct ts_painting *painting)
{
	if (b->shown == painting || (painting && !ts_painting_get(painting))) return false;
	ts_painting_unref(&b->shown);
	if (painting) b->shown = ts_painting_ref(painting);
	return true;
}

void ts_band_lift(struct ts_band *b, AVFrame *canvas)
{
	ts_glass_lift(&b->glass, canvas);
}

void ts_band_finish(struct ts_band *b, AVFrame *canvas)
{
	const struct ts_overlay *o = ts_painting_get(b->shown);
	if (!o || b->glass.lies || o->w > canvas->width || o->h > canvas->height) return;
	const int margin = canvas->height / 30 & ~1, below = canvas->height - o->h;
	const struct ts_rect at = {(canvas->width - o->w) / 2 & ~1,
		(below < margin ? 0 : below - margin) & ~1, o->w, o->h};
	if (ts_glass_lay(&b->glass, canvas, &at)) ts_draw_overlay(canvas, &at, at.x, at.y, o);
}

void ts_band_begin(struct ts_band *b)
{
	b->glass.lies = false;
}

void ts_band_fini(struct ts_band *b)
{
	ts_painting_unref(&b->shown);
	ts_glass_fini(&b->glass);
}
