/* painter - draws labels off the tick, one at a time, and keeps them: equal specs share one
 * drawing.
 *
 *   control --want(spec)--> [ table of paintings ] --new one--> strand of class LOW: pango, cairo
 *                                   |                                  --> painting->done
 *                                   \--> plan --> view strand: is it done? then blend it
 *
 * A name is in the picture some ticks after it is first wanted; nobody waits for it.
 * Thread  create, want, ref of a painting: control; ts_painting_get, unref: any. Drawing is a
 *         strand of the video pool.
 * Life    ts_painter_close ends the strand, then done(arg). Paintings may outlive it.
 * Full    beyond 1024 paintings those that no plan holds are forgotten; plans hold at most four a
 *         tile.
 */
#ifndef TS_MIXER_VIEW_PAINTER_H
#define TS_MIXER_VIEW_PAINTER_H

#include "base/task.h"
#include "layout/label.h"

struct ts_pool;
struct ts_painter;
struct ts_painting;

int ts_painter_create(struct ts_painter **out, struct ts_pool *pool);
void ts_painter_close(struct ts_painter *painter /* [take] */, void (*done)(void *arg), void *arg);

/* With a reference; NULL: out of memory. */
struct ts_painting *ts_painter_request(struct ts_painter *painter,
	const struct ts_label_spec *spec);
struct ts_painting *ts_painting_ref(struct ts_painting *painting);
void ts_painting_unref(struct ts_painting **painting); /* also of NULL */
/* NULL: not drawn yet, or painting is NULL. Valid as long as the painting. */
const struct ts_overlay *ts_painting_get(const struct ts_painting *painting);

/* Runs other work of the same kind (a preview, a snapshot) on the painter's strand, where alone the
 * maker may be used. */
int ts_painter_post(struct ts_painter *painter, struct ts_task *task); /* any thread; TS_ECLOSED */
struct ts_label_maker *ts_painter_maker(struct ts_painter *painter);

#endif
