/* plan - what a view shows and sends until the next plan: tiles with their sources, voices and
 * labels, and outputs.
 *
 * Made by control for each change, immutable once published, taken whole by the view's next tick.
 * Thread  copy: control; free: any. A copy holds a reference to all that it names; what it was
 *         copied from need not.
 */
#ifndef TS_MIXER_VIEW_PLAN_H
#define TS_MIXER_VIEW_PLAN_H

#include "layout/layout.h"
#include "mixer/audio/voice.h"
#include "mixer/output/output.h"
#include "mixer/source/source.h"
#include "mixer/view/painter.h"

enum { TS_VIEW_OUTPUTS_MAX = 16 };

struct ts_view_tile {
	struct ts_region region;   /* marks: but for SPEAKING, which the view sees for itself */
	struct ts_source *source;  /* NULL: no video, a placeholder */
	struct ts_voice *voice;    /* frames the tile while it talks; NULL: never */
	struct ts_painting *label[TS_LABEL_KINDS]; /* NULL: none of that kind */
};

enum ts_place {
	TS_PLACE_TOP_LEFT,
	TS_PLACE_TOP_RIGHT,
	TS_PLACE_BOTTOM_LEFT,
	TS_PLACE_BOTTOM_RIGHT,
	TS_PLACE_MIDDLE
};

/* What is shown besides tiles (mixer/view/brand.h). */
struct ts_view_brand {
	struct ts_painting *backdrop;  /* of the size of the canvas; NULL: background alone */
	struct ts_painting *watermark; /* no larger than it; NULL: none */
	struct ts_painting *captions;  /* over all else (mixer/view/band.h); NULL: none */
	enum ts_place place;           /* of the watermark */
	int margin_px;                 /* even */
};

struct ts_view_plan {
	int view;                /* of the room's: TS_VIEW_MAIN */
	/* of the canvas; may change from plan to plan: time goes on from the same epoch */
	int width, height, fps;
	int every;               /* of so many ticks one is drawn and sent; 0: each */
	struct ts_rgb background;
	struct ts_view_brand brand;
	int transition_ms;       /* tiles take so long to their places; 0: they are there at once */
	size_t n_tiles, n_outputs;
	struct ts_view_tile tile[TS_REGIONS_MAX];
	struct ts_output *output[TS_VIEW_OUTPUTS_MAX];
};

/* NULL: out of memory. */
struct ts_view_plan *ts_view_plan_copy(const struct ts_view_plan *plan);
void ts_view_plan_free(struct ts_view_plan *plan /* [take]; NULL is allowed */);

#endif
