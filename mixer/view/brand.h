/* brand - what a view shows besides its tiles: an image behind them, and one over them (a
 * watermark).
 *
 *   plan (paintings) --> behind: kept as a canvas that is copied where all is drawn anew
 *                   \--> over: a glass (glass.h), blended again where something beneath is new
 *
 * Where a view has neither it costs nothing.
 * Thread  the view's strand. Allocates when an image is there first, and per plan.
 */
#ifndef TS_MIXER_VIEW_BRAND_H
#define TS_MIXER_VIEW_BRAND_H

#include "mixer/view/glass.h"
#include "mixer/view/plan.h"

/* Begins zeroed. */
struct ts_brand {
	unsigned ready;        /* which of the two were there when it was drawn last */
	AVFrame *ground;       /* the canvas without tiles; NULL: a plain colour */
	struct ts_glass glass;
};

/* Has something come, so that all is to be drawn anew? */
bool ts_brand_changed(struct ts_brand *brand, const struct ts_view_brand *plan);
/* Another plan, whose images are others, or whose canvas is. */
void ts_brand_reset(struct ts_brand *brand);
/* On an empty canvas, all of it. False: there is nothing behind the tiles. */
bool ts_brand_draw_ground(struct ts_brand *brand, const struct ts_view_plan *plan, AVFrame *canvas);
/* Before tiles are drawn: is one of them beneath the watermark? Then it is lifted. */
void ts_brand_lift(struct ts_brand *brand, AVFrame *canvas, const struct ts_rect *drawn);
/* After them. */
void ts_brand_finish(struct ts_brand *brand, const struct ts_view_brand *plan, AVFrame *canvas);

#endif
