/* view - one picture of the room: a canvas drawn once a tick from the newest pictures of those who
 * are shown, and handed to each output.
 *
 *   sources --take--> tiles (only what changed is drawn: mixer/view/mosaic.h) --> canvas
 *       --> outputs
 *
 * Ticks have absolute deadlines, epoch + phase + k / fps; one that is late by a whole period or
 * more is skipped and counted.
 * Thread  publish, close: control; the rest is a strand of class TICK. The plan is immutable and
 *         taken whole at the next tick.
 * Life    no outputs in the plan: no timer. ts_view_close stops it, then done(arg).
 */
#ifndef TS_MIXER_VIEW_VIEW_H
#define TS_MIXER_VIEW_VIEW_H

#include "base/task.h"
#include "mixer/view/plan.h"

struct ts_view;

int ts_view_create(struct ts_view **out, struct ts_pool *pool, int64_t epoch_ns);
/* Copies the plan and takes references to what it names. */
int ts_view_publish(struct ts_view *view, const struct ts_view_plan *plan);

/* Somebody looks at the canvas as it is now, without an output: `looked` runs on the view's strand
 * and must be quick. Where nothing is received no camera is decoded, and their tiles are
 * placeholders. */
struct ts_view_capture {
	/* canvas: [take]; NULL: out of memory */
	void (*looked)(struct ts_view_capture *look, AVFrame *canvas);
	struct ts_view *view;
	struct ts_task task;       /* zeroed */
};
/* TS_ECLOSED: looked is not called */
int ts_view_capture(struct ts_view *view, struct ts_view_capture *look);
void ts_view_close(struct ts_view *view /* [take] */, void (*done)(void *arg), void *arg);

#endif
