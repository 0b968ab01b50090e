#include "mixer/view.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/random.h"
#include "base/strand.h"
#include "layout/compositor.h"
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>
#include <stdlib.h>

static const struct ts_colour background = {24, 128, 128};

/* What a tile shows, kept from tick to tick and from plan to plan. */
struct tile_state {
	AVFrame *picture; /* the last taken; NULL: placeholder */
	bool dirty;
};

struct ts_view {
	struct ts_strand *strand;
	struct ts_task wake;
	struct ts_timer timer;
	_Atomic(struct ts_view_plan *) pending;

	/* strand */
	int width, height, fps;
	int64_t epoch_ns, tick;      /* tick: the next to run */
	bool ticking;
	struct ts_view_plan *plan;
	struct tile_state state[TS_REGIONS_MAX];
	AVBufferPool *pool;
	AVFrame *canvas;             /* as drawn last */

	void (*done)(void *arg);
	void *done_arg;
};

/* Pool buffers hold one I420 canvas each. */
static AVFrame *canvas_get(struct ts_view *v)
{
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = v->width;
	f->height = v->height;
	f->color_range = AVCOL_RANGE_MPEG;
	f->colorspace = AVCOL_SPC_SMPTE170M;
	f->buf[0] = v->pool ? av_buffer_pool_get(v->pool) : NULL;
	if (!f->buf[0] || av_image_fill_arrays(f->data, f->linesize, f->buf[0]->data, AV_PIX_FMT_YUV420P, v->width, v->height, 64) < 0)
		av_frame_free(&f);
	return f;
}

static void plan_free(struct ts_view_plan *plan)
{
	if (!plan) return;
	for (size_t i = 0; i < plan->n_tiles; i++) ts_source_unref(&plan->tile[i].source);
	for (size_t i = 0; i < plan->n_outputs; i++) ts_output_unref(&plan->output[i]);
	free(plan);
}

/* The picture that the source's tile showed under the last plan, so that nobody blinks when others come and go. */
static AVFrame *inherit(struct ts_view *v, const struct ts_source *source)
{
	for (size_t i = 0; source && v->plan && i < v->plan->n_tiles; i++) {
		if (v->plan->tile[i].source != source) continue;
		AVFrame *picture = v->state[i].picture;
		v->state[i].picture = NULL;
		return picture;
	}
	return NULL;
}

/* The next tick is the first one at the new rate that is not before the next at the old one: RTP time never goes back. */
static void use_canvas(struct ts_view *v, const struct ts_view_plan *plan)
{
	if (v->fps && v->fps != plan->fps) v->tick = (v->tick * plan->fps + v->fps - 1) / v->fps;
	v->fps = plan->fps;
	if (v->pool && v->width == plan->width && v->height == plan->height) return;
	v->width = plan->width;
	v->height = plan->height;
	av_buffer_pool_uninit(&v->pool);
	v->pool = av_buffer_pool_init((size_t)av_image_get_buffer_size(AV_PIX_FMT_YUV420P, v->width, v->height, 64), NULL);
}

static void take_plan(struct ts_view *v)
{
	struct ts_view_plan *fresh = atomic_exchange_explicit(&v->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	use_canvas(v, fresh);
	struct tile_state state[TS_REGIONS_MAX] = {0};
	for (size_t i = 0; i < fresh->n_tiles; i++) state[i] = (struct tile_state){inherit(v, fresh->tile[i].source), true};
	for (size_t i = 0; v->plan && i < v->plan->n_tiles; i++) av_frame_free(&v->state[i].picture);
	memcpy(v->state, state, sizeof state);
	plan_free(v->plan);
	v->plan = fresh;
	av_frame_free(&v->canvas); /* regions moved: begin with an empty one */
}

/* A canvas that may be drawn on: the last one if nobody reads it any more, else a copy. */
static int canvas_ready(struct ts_view *v)
{
	if (v->canvas && av_frame_is_writable(v->canvas)) return 0;
	AVFrame *fresh = canvas_get(v);
	if (!fresh) return TS_ENOMEM;
	if (v->canvas) {
		av_frame_copy(fresh, v->canvas);
	} else {
		const struct ts_rect all = {0, 0, v->width, v->height};
		ts_draw_fill(fresh, &all, background);
		for (size_t i = 0; i < v->plan->n_tiles; i++) v->state[i].dirty = true;
	}
	av_frame_free(&v->canvas);
	v->canvas = fresh;
	return 0;
}

static void draw_tile(struct ts_view *v, size_t i)
{
	const struct ts_view_tile *tile = &v->plan->tile[i];
	const AVFrame *picture = v->state[i].picture;
	if (picture)
		ts_draw_picture(v->canvas, &tile->rect, picture, tile->fit, (int)(intptr_t)picture->opaque, background);
	else
		ts_draw_placeholder(v->canvas, &tile->rect, tile->key);
	v->state[i].dirty = false;
}

static bool take_pictures(struct ts_view *v, int64_t now_ns)
{
	bool any = !v->canvas;
	for (size_t i = 0; i < v->plan->n_tiles; i++) {
		struct ts_source *source = v->plan->tile[i].source;
		AVFrame *picture = source ? ts_source_take(source, now_ns) : NULL;
		if (picture) {
			av_frame_free(&v->state[i].picture);
			v->state[i].picture = picture;
			v->state[i].dirty = true;
		}
		any |= v->state[i].dirty;
	}
	return any;
}

static void compose(struct ts_view *v, int64_t now_ns)
{
	if (!take_pictures(v, now_ns) || canvas_ready(v)) return;
	for (size_t i = 0; i < v->plan->n_tiles; i++)
		if (v->state[i].dirty) draw_tile(v, i);
}

static void hand_out(struct ts_view *v, int64_t capture_ns)
{
	for (size_t i = 0; v->canvas && i < v->plan->n_outputs; i++) {
		AVFrame *canvas = av_frame_clone(v->canvas);
		if (canvas) ts_output_push(v->plan->output[i], canvas, v->tick, capture_ns);
	}
}

static int64_t tick_time(const struct ts_view *v, int64_t tick) { return v->epoch_ns + tick * TS_NS_PER_S / v->fps; }

static void skip_to(struct ts_view *v, int64_t now_ns)
{
	int64_t at = (now_ns - v->epoch_ns) * v->fps / TS_NS_PER_S;
	if (at > v->tick) {
		ts_count_add(TS_C_LATE_VIDEO, at - v->tick);
		v->tick = at;
	}
}

static void on_tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_view *v = ts_container_of(timer, struct ts_view, timer);
	take_plan(v);
	if (!v->plan || !v->plan->n_outputs) {
		v->ticking = false;
		av_frame_free(&v->canvas);
		return;
	}
	if (tick_time(v, v->tick) > now_ns) { /* another rate */
		ts_strand_timer_set(v->strand, timer, tick_time(v, v->tick));
		return;
	}
	skip_to(v, now_ns);
	compose(v, now_ns);
	hand_out(v, tick_time(v, v->tick));
	ts_count(TS_C_TICKS_VIDEO);
	v->tick++;
	ts_strand_timer_set(v->strand, timer, tick_time(v, v->tick));
}

/* A plan came while the clock stood still. */
static void on_wake(struct ts_task *task)
{
	struct ts_view *v = ts_container_of(task, struct ts_view, wake);
	if (v->ticking) return;
	int64_t now_ns = ts_now_ns();
	take_plan(v);
	v->ticking = true;
	v->tick = (now_ns - v->epoch_ns) * v->fps / TS_NS_PER_S + 1;
	ts_strand_timer_set(v->strand, &v->timer, tick_time(v, v->tick));
}

int ts_view_create(struct ts_view **out, struct ts_pool *pool, int64_t epoch_ns)
{
	struct ts_view *v = calloc(1, sizeof *v);
	if (!v) return TS_ENOMEM;
	v->epoch_ns = epoch_ns;
	v->timer.fn = on_tick;
	v->wake.fn = on_wake;
	int err = ts_strand_create(&v->strand, pool, TS_CLASS_TICK);
	if (err) {
		free(v);
		return err;
	}
	*out = v;
	return 0;
}

int ts_view_publish(struct ts_view *v, const struct ts_view_plan *plan)
{
	struct ts_view_plan *fresh = malloc(sizeof *fresh);
	if (!fresh) return TS_ENOMEM;
	*fresh = *plan;
	for (size_t i = 0; i < fresh->n_tiles; i++)
		if (fresh->tile[i].source) ts_source_ref(fresh->tile[i].source);
	for (size_t i = 0; i < fresh->n_outputs; i++) ts_output_ref(fresh->output[i]);
	plan_free(atomic_exchange_explicit(&v->pending, fresh, memory_order_acq_rel));
	ts_strand_post(v->strand, &v->wake);
	return 0;
}

static void view_free(void *arg)
{
	struct ts_view *v = arg;
	for (size_t i = 0; i < TS_REGIONS_MAX; i++) av_frame_free(&v->state[i].picture);
	plan_free(atomic_exchange(&v->pending, NULL));
	plan_free(v->plan);
	av_frame_free(&v->canvas);
	av_buffer_pool_uninit(&v->pool);
	v->done(v->done_arg);
	free(v);
}

void ts_view_close(struct ts_view *v, void (*done)(void *arg), void *arg)
{
	v->done = done;
	v->done_arg = arg;
	ts_strand_close(v->strand, view_free, v);
}
