/* bench_compositor - what one tick of a view costs, in us (median), for grids of 640x360 cameras on
 * a canvas of 1280x720.
 *
 *   plain    libyuv scales the same pictures into the same tiles, whole, with its bilinear filter:
 *            what nobody can beat by much
 *   all      every tile has a new picture           + labels  ... names, a mute mark here and
 *                                                             there, one border
 *   one      one tile has a new picture, labels on  none      nothing is new
 *   held     all, labels on, while an encoder still reads the last canvas: another one is taken
 *   copied   one, labels on, likewise: what did not change is copied
 *   moving   all, labels on, on the way from the grid of one more or less and back (250 ms): the
 *            mean of its ticks
 *
 *   bench_compositor [ROUNDS [WIDTH HEIGHT]]     size of the cameras
 */
#include "base/clock.h"
#include "base/strand.h"
#include "mixer/view/mosaic.h"
#include <libyuv/scale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A source of the bench gives a picture whenever it is told to; the mixer's own is not linked. */
struct ts_source {
	AVFrame *picture;
	bool fresh;
};

struct ts_picture *ts_source_take(struct ts_source *s, int view, int64_t now_ns)
{
	(void)view;
	(void)now_ns;
	if (!s->fresh) return NULL;
	s->fresh = false;
	AVFrame *frame = av_frame_clone(s->picture);
	return frame ? ts_picture_new(frame) : NULL;
}

bool ts_source_hold(struct ts_source *s, int view, const void *by)
{
	(void)s;
	(void)view;
	(void)by;
	return true;
}

void ts_source_let_go(struct ts_source *s, int view, const void *by)
{
	(void)s;
	(void)view;
	(void)by;
}

static struct ts_source cameras[TS_REGIONS_MAX];
enum { ROUNDS_MAX = 10000 };
static int rounds = 200, camera_w = 640, camera_h = 360;
static int64_t spent_ns[ROUNDS_MAX];

static AVFrame *camera_of(unsigned seed)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = camera_w;
	f->height = camera_h;
	if (av_frame_get_buffer(f, 0) < 0) abort();
	for (int p = 0; p < 3; p++)
		for (int i = 0; i < (p ? camera_h / 2 : camera_h) * f->linesize[p]; i++)
			f->data[p][i] = (uint8_t)(100 +
				(seed = seed * 1103515245u + 12345u) % 16384 / 256);
	return f;
}

static void plain_scale(AVFrame *canvas, const struct ts_layout *layout)
{
	for (size_t i = 0; i < layout->n; i++) {
		const struct ts_rect *r = &layout->region[i].rect;
		const AVFrame *p = cameras[i].picture;
		uint8_t *dst[3];
		for (int k = 0; k < 3; k++)
			dst[k] = canvas->data[k] + (r->y >> !!k) * canvas->linesize[k] +
				(r->x >> !!k);
		I420Scale(p->data[0], p->linesize[0], p->data[1], p->linesize[1], p->data[2],
			p->linesize[2], p->width, p->height, dst[0], canvas->linesize[0], dst[1],
			canvas->linesize[1], dst[2], canvas->linesize[2], r->w, r->h,
			kFilterBilinear);
	}
}

static AVFrame *canvas_of(const struct ts_layout *layout)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = layout->canvas_w;
	f->height = layout->canvas_h;
	if (av_frame_get_buffer(f, 0) < 0) abort();
	return f;
}

/* Of many rounds the median: other processes run too. */
static int by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double median_us(int64_t *ns)
{
	qsort(ns, (size_t)rounds, sizeof(*ns), by_value);
	return (double)ns[rounds / 2] / 1e3;
}

static double time_plain(const struct ts_layout *layout)
{
	AVFrame *canvas = canvas_of(layout);
	for (int i = 0; i < rounds; i++) {
		const int64_t begin_ns = ts_now_ns();
		plain_scale(canvas, layout);
		spent_ns[i] = ts_now_ns() - begin_ns;
	}
	av_frame_free(&canvas);
	return median_us(spent_ns);
}

static double time_ticks(struct ts_mosaic *m, size_t n_fresh, bool held)
{
	for (int i = 0; i < rounds; i++) {
		for (size_t k = 0; k < n_fresh; k++) cameras[k].fresh = true;
		AVFrame *reader = held ? av_frame_clone(m->canvas) : NULL;
		const int64_t begin_ns = ts_now_ns();
		ts_mosaic_draw(m, begin_ns);
		spent_ns[i] = ts_now_ns() - begin_ns;
		av_frame_free(&reader);
	}
	return median_us(spent_ns);
}

/* Seven ticks a way, at 30 a second. */
static double time_moving(struct ts_mosaic *m, struct ts_view_plan *a, struct ts_view_plan *b)
{
	int64_t now_ns = 0, all_ns = 0;
	for (int i = 0, to_b = 0; i < rounds; i++) {
		for (size_t k = 0; k < TS_REGIONS_MAX; k++) cameras[k].fresh = true;
		if (i % 7 == 0) {
			now_ns += TS_NS_PER_S;
			ts_mosaic_draw(m, now_ns); /* it is there */
			ts_mosaic_set_plan(m, to_b ? b : a);
			to_b = !to_b;
		}
		now_ns += TS_NS_PER_S / 30;
		for (size_t k = 0; k < TS_REGIONS_MAX; k++) cameras[k].fresh = true;
		const int64_t begin_ns = ts_now_ns();
		ts_mosaic_draw(m, now_ns);
		all_ns += ts_now_ns() - begin_ns;
		if (!m->transition.runs) abort();
	}
	return (double)all_ns / rounds / 1e3;
}

static void wait_painted(const struct ts_painting *painting)
{
	while (painting && !ts_painting_get(painting)) usleep(1000);
}

static void add_labels(struct ts_view_plan *plan, struct ts_painter *painter)
{
	for (size_t i = 0; i < plan->n_tiles; i++) {
		struct ts_view_tile *tile = &plan->tile[i];
		struct ts_label_spec spec;
		char name[32];
		snprintf(name, sizeof(name), "Participant %zu", i);
		tile->region.looks.label = true;
		tile->region.marks = (i % 3 ? 0 : TS_MARK_MUTED) | (i ? 0 : TS_MARK_SPEAKING);
		if (!ts_label_for(
			    &spec, TS_LABEL_NAME, name, tile->region.marks, &tile->region.rect))
			continue;
		tile->label[TS_LABEL_NAME] = ts_painter_request(painter, &spec);
		wait_painted(tile->label[TS_LABEL_NAME]);
	}
}

static void grid_of(struct ts_view_plan *plan, size_t n)
{
	struct ts_layout layout;
	ts_grid(&layout, n, 1280, 720);
	*plan = (struct ts_view_plan){
		.width = 1280, .height = 720, .fps = 30, .transition_ms = 250, .n_tiles = n};
	for (size_t i = 0; i < n; i++) {
		plan->tile[i] = (struct ts_view_tile){
			.region = layout.region[i], .source = &cameras[i]};
		plan->tile[i].region.occupant = i + 1;
	}
}

static void release_labels(struct ts_view_plan *plan)
{
	for (size_t i = 0; i < plan->n_tiles; i++)
		ts_painting_unref(&plan->tile[i].label[TS_LABEL_NAME]);
}

static void measure(size_t n, struct ts_painter *painter)
{
	static struct ts_view_plan bare, labelled, other;
	static struct ts_mosaic m;
	struct ts_layout layout;
	ts_grid(&layout, n, 1280, 720);
	grid_of(&bare, n);
	labelled = bare;
	bare.transition_ms = 0;
	add_labels(&labelled, painter);
	grid_of(&other, n > 1 ? n - 1 : n + 1);
	add_labels(&other, painter);

	ts_mosaic_set_plan(&m, &bare);
	time_ticks(&m, n, false);
	const double plain = time_plain(&layout), all = time_ticks(&m, n, false);
	ts_mosaic_set_plan(&m, &labelled);
	time_ticks(&m, n, false);
	const double with_labels = time_ticks(&m, n, false), one = time_ticks(&m, 1, false);
	const double none = time_ticks(&m, 0, false), held = time_ticks(&m, n, true),
		     copied = time_ticks(&m, 1, true);
	const double moving = time_moving(&m, &other, &labelled);
	printf("%5zu %8.0f %8.0f %5.2fx %8.0f %5.2fx %8.1f %8.2f %8.0f %8.0f %8.0f\n", n, plain,
		all, all / plain, with_labels, with_labels / plain, one, none, held, copied,
		moving);
	ts_mosaic_fini(&m);
	release_labels(&labelled);
	release_labels(&other);
	m = (struct ts_mosaic){0};
}

static void ignore(void *arg)
{
	(void)arg;
}

int main(int argc, char **argv)
{
	static const size_t counts[] = {1, 2, 4, 9, 16, 25, 49};
	const struct ts_pool_config config = {.name = "bench", .threads = 1};
	struct ts_pool *pool;
	struct ts_painter *painter;
	if (argc > 1) rounds = atoi(argv[1]);
	if (argc > 3) camera_w = atoi(argv[2]), camera_h = atoi(argv[3]);
	if (rounds < 1 || rounds > ROUNDS_MAX || camera_w < 16 || camera_h < 16) return 2;
	if (ts_pool_create(&pool, &config) || ts_painter_create(&painter, pool)) return 1;
	for (unsigned i = 0; i < TS_REGIONS_MAX; i++) cameras[i].picture = camera_of(i);
	printf("us per tick, cameras %dx%d, canvas 1280x720, %d rounds\n", camera_w, camera_h,
		rounds);
	printf("%5s %8s %8s %6s %8s %6s %8s %8s %8s %8s %8s\n", "tiles", "plain", "all", "",
		"+ labels", "", "one", "none", "held", "copied", "moving");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) measure(counts[i], painter);
	ts_painter_close(painter, ignore, NULL);
	ts_pool_destroy(&pool);
	for (unsigned i = 0; i < TS_REGIONS_MAX; i++) av_frame_free(&cameras[i].picture);
	return 0;
}
