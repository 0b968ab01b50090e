/* glass - a picture with transparency that lies on the canvas over others: what is beneath is kept,
 * so that it is blended exactly once, whatever of that is drawn again.
 *
 *   something beneath is drawn again:  lift (what was beneath is put back)
 *       -> the tiles beneath are drawn -> lay (what is beneath now is kept) -> blend
 *
 * Where several lie over each other they are lifted from above to below.
 * Thread  the view's strand. Allocates where it lies first, and when its size changes.
 */
#ifndef TS_MIXER_VIEW_GLASS_H
#define TS_MIXER_VIEW_GLASS_H

#include "layout/overlay.h"

/* Begins zeroed. */
struct ts_glass {
	struct ts_rect rect;
	uint8_t *save;      /* uint8[h][w], then twice uint8[h / 2][w / 2] */
	size_t size;
	bool lies;          /* on the canvas of now */
};

/* If it lies, it does no more. */
void ts_glass_lift(struct ts_glass *glass, AVFrame *canvas);
/* rect: even, inside the canvas. False: out of memory; nothing may be blended there. */
bool ts_glass_lay(struct ts_glass *glass, const AVFrame *canvas, const struct ts_rect *rect);
void ts_glass_fini(struct ts_glass *glass);

#endif
