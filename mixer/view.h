/* view - one picture of the room: a canvas drawn once a tick from the newest pictures of those who are shown, and handed to
 * each output.
 *
 *   sources --take--> tiles (only those with a new picture are scaled) --> canvas --> outputs
 *
 * Ticks have absolute deadlines, epoch + phase + k / fps; one that is late by a whole period or more is skipped and counted. A canvas that an
 * encoder still reads is never written: another is taken from the pool and the unchanged parts are copied.
 * Thread  publish, close: control; the rest is a strand of class TICK. The plan is immutable and taken whole at the next tick.
 * Life    no outputs in the plan: no timer. ts_view_close stops it, then done(arg).
 */
#ifndef TS_MIXER_VIEW_H
#define TS_MIXER_VIEW_H

#include "layout/layout.h"
#include "mixer/output.h"
#include "mixer/source.h"

struct ts_view;

enum { TS_VIEW_OUTPUTS_MAX = 16 };

struct ts_view_tile {
	struct ts_rect rect;
	enum ts_fit fit;
	uint64_t key;              /* whose tile; colours the placeholder */
	struct ts_source *source;  /* NULL: no video, a placeholder */
};

struct ts_view_plan {
	size_t n_tiles, n_outputs;
	struct ts_view_tile tile[TS_REGIONS_MAX];
	struct ts_output *output[TS_VIEW_OUTPUTS_MAX];
};

int ts_view_create(struct ts_view **out, struct ts_pool *pool, int width, int height, int fps, int64_t epoch_ns);
/* Copies the plan and takes references to its sources and outputs. */
int ts_view_publish(struct ts_view *view, const struct ts_view_plan *plan);
void ts_view_close(struct ts_view *view /* [take] */, void (*done)(void *arg), void *arg);

#endif
