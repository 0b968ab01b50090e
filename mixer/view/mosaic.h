/* mosaic - the canvas of a view and what its tiles show: draws what changed since the last tick,
 * and only that.
 *
 *   plan (tiles) --take pictures, marks, labels--> changed tiles --+ what lies over them--> canvas
 *
 * A tile is drawn again when its picture, its marks or a label of it is new, or when something
 * beneath it was drawn. A new plan with the same regions changes only the tiles that differ; one
 * with other regions begins with an empty canvas, so that no tick shows a mixture of two layouts.
 * Where the plan gives tiles time to go to their places (transition.h) all of them are drawn each
 * tick until they are there. A canvas that an encoder still reads is never written: another is
 * taken from the pool and what did not change is copied. Images that others are seen through lie
 * on it as glass.h says.
 * Thread  the view's strand. Allocates per plan, not per tick (but the frame that wraps a pool
 *         buffer).
 */
#ifndef TS_MIXER_VIEW_MOSAIC_H
#define TS_MIXER_VIEW_MOSAIC_H

#include "layout/corners.h"
#include "layout/stack.h"
#include "mixer/view/band.h"
#include "mixer/view/brand.h"
#include "mixer/view/transition.h"
#include <libavutil/buffer.h>

struct ts_mosaic_tile {
	struct ts_picture *picture; /* the last taken; NULL: none yet, or `first` has it */
	/* the first tile with the same source: a source is asked once a tick */
	uint8_t first;
	struct ts_corners corners;
	struct ts_glass glass;     /* of one that is clear */
	unsigned marks, labels;    /* as drawn last: enum ts_marks, labels that were there */
};

/* Begins zeroed. */
struct ts_mosaic {
	int width, height;
	const struct ts_view_plan *plan;  /* the view's; NULL at first */
	struct ts_stack stack;
	bool covered;                     /* no background is seen between the tiles */
	uint64_t changed, stale_corners;  /* sets of tiles */
	bool says;                        /* the band is to be laid anew */
	struct ts_mosaic_tile tile[TS_REGIONS_MAX];
	struct ts_brand brand;
	struct ts_band band;
	AVBufferPool *pool;
	AVFrame *canvas;                  /* as drawn last; NULL: none */
	int64_t now_ns;                   /* of the last draw */
	struct ts_transition transition;
};

void ts_mosaic_fini(struct ts_mosaic *mosaic);
/* From now on that plan, which stays the caller's; the old one must live until this returns. */
void ts_mosaic_set_plan(struct ts_mosaic *mosaic, const struct ts_view_plan *plan);
/* Takes what is new and draws it into mosaic->canvas. */
void ts_mosaic_draw(struct ts_mosaic *mosaic, int64_t now_ns);
/* Nobody looks: lets go of the canvas and of all pictures. */
void ts_mosaic_rest(struct ts_mosaic *mosaic);

#endif
