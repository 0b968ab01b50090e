#include "mixer/view/view.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/strand.h"
#include "base/ticker.h"
#include "mixer/view/mosaic.h"
#include <stdlib.h>

struct ts_view {
	struct ts_strand *strand;
	struct ts_task wake;
	_Atomic(struct ts_view_plan *) pending;

	/* strand */
	struct ts_ticker ticker;
	struct ts_view_plan *plan;
	struct ts_mosaic mosaic;

	void (*done)(void *arg);
	void *done_arg;
};

static const struct ts_ticker_counts counts = {.run = TS_C_TICKS_VIDEO,
	.skipped = TS_C_TICKS_SKIPPED_VIDEO,
	.delayed = TS_C_TICKS_DELAYED_VIDEO};

/* ---- plans */

static void adopt_plan(struct ts_view *v)
{
	struct ts_view_plan *fresh = atomic_exchange_explicit(
		&v->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	ts_ticker_set_rate(&v->ticker, fresh->fps);
	ts_ticker_set_every(&v->ticker, fresh->every);
	ts_mosaic_set_plan(&v->mosaic, fresh);
	ts_view_plan_free(v->plan);
	v->plan = fresh;
}

/* ---- ticks */

static void hand_out(struct ts_view *v, int64_t capture_ns)
{
	const struct ts_output_time time = {v->ticker.tick, v->ticker.every, capture_ns};
	for (size_t i = 0; v->mosaic.canvas && i < v->plan->n_outputs; i++) {
		AVFrame *canvas = av_frame_clone(v->mosaic.canvas);
		if (canvas) ts_output_push(v->plan->output[i], canvas, &time);
	}
}

static void on_tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_view *v = ts_container_of(timer, struct ts_view, ticker.timer);
	adopt_plan(v);
	if (!v->plan || !v->plan->n_outputs) {
		ts_ticker_stop(&v->ticker);
		ts_mosaic_rest(&v->mosaic);
		return;
	}
	if (!ts_ticker_begin(&v->ticker, now_ns)) return;
	int64_t began_ns = ts_now_ns();
	ts_mosaic_draw(&v->mosaic, ts_ticker_time_ns(&v->ticker));
	ts_observe(TS_STAGE_COMPOSE, ts_now_ns() - began_ns);
	hand_out(v, ts_ticker_time_ns(&v->ticker));
	ts_ticker_end(&v->ticker);
}

/* A plan came while the clock stood still. */
static void on_wake(struct ts_task *task)
{
	struct ts_view *v = ts_container_of(task, struct ts_view, wake);
	if (v->ticker.running) return;
	int64_t now_ns = ts_now_ns();
	adopt_plan(v);
	ts_ticker_start(&v->ticker, now_ns);
}

/* ---- looking */

static void on_capture(struct ts_task *task)
{
	struct ts_view_capture *look = ts_container_of(task, struct ts_view_capture, task);
	struct ts_view *v = look->view;
	adopt_plan(v);
	/* at rest, or about to be: a plan without outputs has just come */
	if (v->plan && (!v->ticker.running || !v->mosaic.canvas))
		ts_mosaic_draw(&v->mosaic, ts_now_ns());
	AVFrame *canvas = v->mosaic.canvas ? av_frame_clone(v->mosaic.canvas) : NULL;
	if (!v->ticker.running) ts_mosaic_rest(&v->mosaic);
	look->looked(look, canvas);
}

int ts_view_capture(struct ts_view *v, struct ts_view_capture *look)
{
	look->view = v;
	look->task.fn = on_capture;
	return ts_strand_post(v->strand, &look->task);
}

/* ---- life */

int ts_view_create(struct ts_view **out, struct ts_pool *pool, int64_t epoch_ns)
{
	struct ts_view *v = calloc(1, sizeof *v);
	if (!v) return TS_ENOMEM;
	v->wake.fn = on_wake;
	int err = ts_strand_create(&v->strand, pool, TS_CLASS_TICK);
	if (err) {
		free(v);
		return err;
	}
	ts_ticker_init(&v->ticker, v->strand, epoch_ns, &counts, on_tick);
	*out = v;
	return 0;
}

int ts_view_publish(struct ts_view *v, const struct ts_view_plan *plan)
{
	struct ts_view_plan *fresh = ts_view_plan_copy(plan);
	if (!fresh) return TS_ENOMEM;
	ts_view_plan_free(atomic_exchange_explicit(&v->pending, fresh, memory_order_acq_rel));
	ts_strand_post(v->strand, &v->wake);
	return 0;
}

static void view_free(void *arg)
{
	struct ts_view *v = arg;
	ts_view_plan_free(atomic_exchange(&v->pending, NULL));
	ts_mosaic_fini(&v->mosaic);
	ts_view_plan_free(v->plan);
	v->done(v->done_arg);
	free(v);
}

void ts_view_close(struct ts_view *v, void (*done)(void *arg), void *arg)
{
	v->done = done;
	v->done_arg = arg;
	ts_strand_close(v->strand, view_free, v);
}
