/* transition - what a view keeps of the plan before while its tiles go to their new places: the
 * canvas as it was last, for those who go, and labels, which are shown until half of the way.
 *
 *   plan until now, canvas --+
 *   plan to come ------------+--> ts_motion_at (layout/motion.h) --> mosaic draws all, each tick
 *
 * Of who goes only that canvas is shown: their source and pictures are let go with their plan.
 * Thread  the view's strand. Allocates nothing; holds one canvas while it runs.
 */
#ifndef TS_MIXER_VIEW_TRANSITION_H
#define TS_MIXER_VIEW_TRANSITION_H

#include "layout/motion.h"
#include "layout/tile.h"
#include "mixer/view/plan.h"

/* Begins zeroed. */
struct ts_transition {
	bool runs;
	struct ts_motion motion;
	AVFrame *before;         /* the canvas as it began */
	struct ts_transition_labels {
		struct ts_painting *painting[TS_LABEL_KINDS];
		struct ts_rect made_for;
	} labels[TS_REGIONS_MAX]; /* of who stays, by index of the plan to come */
};

/* was: the plan until now, NULL at first; canvas: as it was drawn last, at now_ns, NULL: nobody
 * looks. Begins, goes on, or goes another way from where the tiles are; else it stops. */
void ts_transition_follow(struct ts_transition *transition, const struct ts_view_plan *was,
	const struct ts_view_plan *plan, AVFrame *canvas, int64_t now_ns);
/* The plan is shown as it is. */
void ts_transition_stop(struct ts_transition *transition);
/* The largest radius of tile i on its way. */
int ts_transition_radius(const struct ts_transition *transition, size_t i);
/* Region and labels of the plan's tile, as of now. at: one of ts_motion_at; region: to be filled
 * in, and to live as long as tile. */
void ts_transition_tile(const struct ts_transition *transition, const struct ts_view_tile *plan,
	const struct ts_motion_tile *at, int64_t now_ns, struct ts_region *region,
	struct ts_tile *tile);

#endif
