#include "mixer/view/transition.h"

#include "layout/compositor.h"
#include "mixer/view/mosaic.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what a mosaic asks, answered by the test */

struct ts_source {
	AVFrame *shows; /* a new picture of it whenever it is asked; NULL: none comes */
	int asked;
	const void *by;
};
struct ts_painting {
	struct ts_overlay *overlay;
	int refs;
};

bool ts_source_hold(struct ts_source *s, int view, const void *by)
{
	(void)view;
	if (!s->by) s->by = by;
	return s->by == by;
}

void ts_source_let_go(struct ts_source *s, int view, const void *by)
{
	(void)view;
	if (s->by == by) s->by = NULL;
}

struct ts_picture *ts_source_take(struct ts_source *s, int view, int64_t now_ns)
{
	(void)view;
	(void)now_ns;
	s->asked++;
	return s->shows ? ts_picture_new(av_frame_clone(s->shows)) : NULL;
}

void ts_voice_info(const struct ts_voice *voice, struct ts_voice_info *out)
{
	(void)voice;
	*out = (struct ts_voice_info){0};
}

const struct ts_overlay *ts_painting_get(const struct ts_painting *p)
{
	return p ? p->overlay : NULL;
}

struct ts_painting *ts_painting_ref(struct ts_painting *p)
{
	p->refs++;
	return p;
}

void ts_painting_unref(struct ts_painting **p)
{
	if (*p) (*p)->refs--;
	*p = NULL;
}

/* ---- a canvas of 400x200, cameras of one grey each */

enum { W = 400, H = 200, MS = 1000000, TOOK_MS = 250, TICK = 10 * MS };

static const int64_t took = TOOK_MS * (int64_t)MS;

static AVFrame *plain(uint8_t y)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = 160;
	f->height = 90;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, 160, 90}, (struct ts_colour){y, 128, 128});
	return f;
}

struct people {
	struct ts_source source[4];
};

static int begin(void **state)
{
	struct people *p = calloc(1, sizeof(*p));
	for (int i = 0; i < 4; i++) p->source[i].shows = plain((uint8_t)(80 + 40 * i));
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct people *p = *state;
	for (int i = 0; i < 4; i++) av_frame_free(&p->source[i].shows);
	free(p);
	return 0;
}

static struct ts_view_plan plan_of(size_t n)
{
	return (struct ts_view_plan){
		.width = W, .height = H, .fps = 30, .n_tiles = n, .transition_ms = TOOK_MS};
}

/* who: 1..4, of the cameras */
static struct ts_view_tile tile_at(struct people *p, int who, int x, int y, int w, int h)
{
	return (struct ts_view_tile){.region = {.rect = {x, y, w, h}, .occupant = (uint64_t)who},
		.source = &p->source[who - 1]};
}

static int at(const struct ts_mosaic *m, int x, int y)
{
	return m->canvas->data[0][y * m->canvas->linesize[0] + x];
}

/* Samples of a row that have this grey. */
static int width_of(const struct ts_mosaic *m, int y, int grey)
{
	int n = 0;
	for (int x = 0; x < W; x++) n += at(m, x, y) == grey;
	return n;
}

static int left_of(const struct ts_mosaic *m, int y, int grey)
{
	int x = 0;
	while (x < W && at(m, x, y) != grey) x++;
	return x;
}

static int darkest(const struct ts_mosaic *m)
{
	int least = 255;
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) least = at(m, x, y) < least ? at(m, x, y) : least;
	return least;
}

static bool same_canvas(const AVFrame *a, const AVFrame *b)
{
	for (int p = 0; p < 3; p++)
		for (int y = 0; y < (p ? H / 2 : H); y++)
			if (memcmp(a->data[p] + y * a->linesize[p], b->data[p] + y * b->linesize[p],
				    (size_t)(p ? W / 2 : W)) != 0)
				return false;
	return true;
}

static void show(struct ts_mosaic *m, const struct ts_view_plan *plan, int64_t now_ns)
{
	ts_mosaic_set_plan(m, plan);
	ts_mosaic_draw(m, now_ns);
}

/* ---- tests */

/* As it was, then steadily, then as a plan without transition shows it, to the last sample. */
static void first_and_last_picture_are_those_of_a_cut(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0}, cut = {0};
	struct ts_view_plan one = plan_of(1), two = plan_of(2);
	one.tile[0] = tile_at(p, 1, 0, 0, W, H);
	two.tile[0] = tile_at(p, 1, 0, 50, 200, 100);
	two.tile[1] = tile_at(p, 2, 200, 50, 200, 100);
	two.tile[0].region.looks.radius_px = 14;
	two.tile[1].region.looks.border_px = 4;
	struct ts_view_plan at_once = two;
	at_once.transition_ms = 0;
	show(&cut, &one, 0);
	show(&cut, &at_once, 0);
	AVFrame *after = av_frame_clone(cut.canvas);
	ts_mosaic_fini(&cut); /* one mosaic at a time takes from a source */
	show(&m, &one, 0);
	AVFrame *before = av_frame_clone(m.canvas);
	show(&m, &two, 0);
	assert_true(same_canvas(m.canvas, before));
	int width = W, share = 0;
	for (int64_t ns = TICK; ns < took; ns += TICK) {
		ts_mosaic_draw(&m, ns);
		assert_true(width_of(&m, 100, 80) <= width);
		width = width_of(&m, 100, 80);
		assert_true(width >= 200);
		assert_true(ns < 4 * TICK || width < W);
		if (width > 300) continue;
		assert_true(at(&m, 350, 100) >= share && at(&m, 350, 100) <= 120);
		share = at(&m, 350, 100);
	}
	assert_true(m.transition.runs && width < 210 && share > 110);
	ts_mosaic_draw(&m, took);
	assert_true(same_canvas(m.canvas, after));
	assert_false(m.transition.runs);
	assert_null(m.transition.before);

	/* and nothing more is drawn by itself */
	for (int i = 0; i < 2; i++) av_frame_free(&p->source[i].shows);
	memset(m.canvas->data[0], 3, (size_t)(m.canvas->linesize[0] * H));
	ts_mosaic_draw(&m, took + TICK);
	assert_int_equal(at(&m, 100, 100), 3);
	av_frame_free(&before);
	av_frame_free(&after);
	ts_mosaic_fini(&m);
}

/* Two change places: neither stops, blinks or leaves their grey. */
static void two_swap(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0};
	struct ts_view_plan ab = plan_of(2), ba = plan_of(2);
	ab.tile[0] = tile_at(p, 1, 0, 0, 200, 100);
	ab.tile[1] = tile_at(p, 2, 200, 100, 200, 100);
	ba.tile[0] = tile_at(p, 2, 0, 0, 200, 100);
	ba.tile[1] = tile_at(p, 1, 200, 100, 200, 100);
	show(&m, &ab, 0);
	ts_mosaic_set_plan(&m, &ba);
	int x = 0;
	for (int64_t ns = TICK; ns <= took; ns += TICK) {
		ts_mosaic_draw(&m, ns);
		int left = W;
		for (int y = 0; y < H; y++)
			left = left_of(&m, y, 80) < left ? left_of(&m, y, 80) : left;
		assert_true(left >= x && left - x <= 16);
		x = left;
	}
	assert_int_equal(x, 200);
	ts_mosaic_fini(&m);
}

static void one_in_the_place_of_another_without_a_dark_moment(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0};
	struct ts_view_plan ada = plan_of(1), bob = plan_of(1);
	ada.tile[0] = tile_at(p, 3, 0, 0, W, H);
	bob.tile[0] = tile_at(p, 2, 0, 0, W, H);
	show(&m, &ada, 0);
	ts_mosaic_set_plan(&m, &bob);
	int grey = 160;
	for (int64_t ns = 0; ns <= took; ns += TICK) {
		ts_mosaic_draw(&m, ns);
		assert_true(darkest(&m) >= 119);
		assert_true(at(&m, 200, 100) <= grey);
		grey = at(&m, 200, 100);
	}
	assert_int_equal(grey, 120);
	ts_mosaic_fini(&m);
}

/* The old places and shares are the beginning of the new ways, whatever the tick. */
static void a_change_on_the_way_does_not_jump(void **state)
{
	struct people *p = *state;
	for (int64_t turn = TICK; turn < took; turn += 3 * TICK) {
		struct ts_mosaic m = {0};
		struct ts_view_plan a = plan_of(1), b = plan_of(2), c = plan_of(2);
		a.tile[0] = tile_at(p, 1, 0, 0, W, H);
		b.tile[0] = tile_at(p, 1, 0, 50, 200, 100);
		b.tile[1] = tile_at(p, 2, 200, 50, 200, 100);
		c.tile[0] = tile_at(p, 2, 200, 50, 200, 100);
		c.tile[1] = tile_at(p, 3, 0, 0, 200, 50);
		show(&m, &a, 0);
		ts_mosaic_set_plan(&m, &b);
		for (int64_t ns = TICK; ns <= turn; ns += TICK) ts_mosaic_draw(&m, ns);
		AVFrame *before = av_frame_clone(m.canvas);
		ts_mosaic_set_plan(&m, &c);
		ts_mosaic_draw(&m, turn);
		assert_true(same_canvas(m.canvas, before));
		av_frame_free(&before);
		int was = at(&m, 100, 100);
		for (int64_t ns = turn + TICK; ns <= turn + took; ns += TICK) {
			ts_mosaic_draw(&m, ns);
			assert_true(abs(at(&m, 100, 100) - was) <= 8); /* 64 in 25 ticks */
			was = at(&m, 100, 100);
		}
		assert_int_equal(at(&m, 100, 100), 16);
		assert_int_equal(at(&m, 300, 100), 120);
		assert_int_equal(at(&m, 100, 25), 160);
		ts_mosaic_fini(&m);
	}
}

static void count_free(void *opaque, uint8_t *data)
{
	++*(int *)opaque;
	free(data);
}

/* A picture of one who left is freed with the plan that showed it: what fades is the canvas. */
static void who_left_is_not_asked_and_their_pictures_are_gone(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0};
	struct ts_view_plan two = plan_of(2), one = plan_of(1);
	int freed = 0;
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = f->height = 16;
	f->buf[0] = av_buffer_create(malloc(16 * 16 * 2), 16 * 16 * 2, count_free, &freed, 0);
	for (int i = 0; i < 3; i++) f->linesize[i] = 16;
	for (int i = 0; i < 3; i++) f->data[i] = f->buf[0]->data + (i ? 256 + 8 * (i - 1) : 0);
	memset(f->data[0], 200, 256);
	memset(f->data[1], 128, 256);
	av_frame_free(&p->source[1].shows);
	p->source[1].shows = f;

	two.tile[0] = tile_at(p, 1, 0, 0, 200, 200);
	two.tile[1] = tile_at(p, 2, 200, 0, 200, 200);
	one.tile[0] = tile_at(p, 1, 0, 0, 200, 200);
	show(&m, &two, 0);
	assert_int_equal(at(&m, 300, 100), 200);
	const int asked = p->source[1].asked;
	av_frame_free(&p->source[1].shows);
	assert_int_equal(freed, 0);
	ts_mosaic_set_plan(&m, &one);
	assert_int_equal(freed, 1);
	assert_null(p->source[1].by);
	int grey = 200;
	for (int64_t ns = TICK; ns <= took; ns += TICK) {
		ts_mosaic_draw(&m, ns);
		assert_true(at(&m, 300, 100) <= grey && at(&m, 300, 100) >= 16);
		grey = at(&m, 300, 100);
		assert_int_equal(at(&m, 100, 100), 80);
	}
	assert_int_equal(grey, 16);
	assert_int_equal(p->source[1].asked, asked);
	ts_mosaic_fini(&m);
}

/* Live pictures go on while tiles move, in round corners and borders of their own. */
static void what_moves_lives_and_keeps_its_looks(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0};
	struct ts_view_plan left = plan_of(1), right = plan_of(1);
	left.background = right.background = (struct ts_rgb){255, 255, 255};
	left.tile[0] = tile_at(p, 1, 0, 0, 160, 90);
	right.tile[0] = tile_at(p, 1, 240, 110, 160, 90);
	for (int i = 0; i < 2; i++) {
		struct ts_looks *looks = &(i ? &right : &left)->tile[0].region.looks;
		looks->radius_px = 20;
		looks->border_px = 4;
		looks->border = (struct ts_rgb){0, 0, 0};
	}
	show(&m, &left, 0);
	ts_mosaic_set_plan(&m, &right);
	for (int64_t ns = TICK; ns <= took; ns += TICK) {
		const uint8_t grey = (uint8_t)(90 + ns / TICK);
		ts_draw_fill(p->source[0].shows, &(struct ts_rect){0, 0, 160, 90},
			(struct ts_colour){grey, 128, 128});
		ts_mosaic_draw(&m, ns);
		struct ts_motion_tile list[TS_MOTION_TILES_MAX];
		assert_int_equal(ts_motion_at(&m.transition.motion, ns, list), 1);
		const struct ts_rect r = list[0].region.rect;
		assert_int_equal(at(&m, r.x + 80, r.y + 45), grey);
		assert_int_equal(at(&m, r.x + 80, r.y), 16);
		assert_int_equal(at(&m, r.x, r.y + 45), 16);
		assert_int_equal(at(&m, r.x, r.y), 235);
		assert_int_equal(at(&m, r.x + r.w - 1, r.y + r.h - 1), 235);
		if (r.x >= 2) assert_int_equal(at(&m, r.x - 2, r.y + 45), 235);
	}
	ts_mosaic_fini(&m);
}

/* The old label grows with the tile until half of the way, then the new one, once it is drawn. */
static void labels_grow_with_the_tile(void **state)
{
	struct people *p = *state;
	static uint32_t white[100 * 100];
	memset(white, 0xff, sizeof(white));
	struct ts_painting small = {.refs = 1}, large = {.refs = 1};
	struct ts_mosaic m = {0};
	struct ts_view_plan half = plan_of(1), all = plan_of(1);
	half.tile[0] = tile_at(p, 1, 0, 0, 200, 100);
	all.tile[0] = tile_at(p, 1, 0, 0, 400, 200);
	half.tile[0].source = all.tile[0].source = NULL;
	half.tile[0].label[TS_LABEL_INITIALS] = &small;
	all.tile[0].label[TS_LABEL_INITIALS] = &large;
	small.overlay = ts_overlay_from_argb((const uint8_t *)white, 400, 40, 40);
	show(&m, &half, 0);
	assert_int_equal(width_of(&m, 50, 235), 40);
	ts_mosaic_set_plan(&m, &all);
	assert_int_equal(small.refs, 2);
	int was = 40;
	for (int64_t ns = TICK; ns < took; ns += TICK) {
		if (ns == 15 * TICK)
			large.overlay = ts_overlay_from_argb((const uint8_t *)white, 400, 80, 80);
		ts_mosaic_draw(&m, ns);
		struct ts_motion_tile list[TS_MOTION_TILES_MAX];
		ts_motion_at(&m.transition.motion, ns, list);
		const int width = width_of(&m, list[0].region.rect.h / 2, 235);
		assert_true(width >= was && width <= was + 6);
		was = width;
	}
	assert_true(was > 76);
	ts_mosaic_draw(&m, took);
	assert_int_equal(width_of(&m, 100, 235), 80);
	assert_int_equal(small.refs, 1);
	ts_mosaic_fini(&m);
	assert_int_equal(large.refs, 1);
	ts_overlay_free(&small.overlay);
	ts_overlay_free(&large.overlay);
}

static void plans_that_only_rename_do_not_begin_anew(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0};
	struct ts_view_plan a = plan_of(1), b = plan_of(1);
	a.tile[0] = tile_at(p, 1, 0, 0, 200, 200);
	b.tile[0] = tile_at(p, 1, 200, 0, 200, 200);
	struct ts_view_plan muted = b;
	muted.tile[0].region.marks = TS_MARK_STALLED; /* dimmed: 16 and 3/8 of 64 */
	show(&m, &a, 0);
	ts_mosaic_set_plan(&m, &b);
	for (int64_t ns = TICK; ns < took; ns += TICK) {
		struct ts_view_plan again = ns > took / 2 ? muted : b;
		ts_mosaic_set_plan(&m, &again);
		ts_mosaic_draw(&m, ns);
		ts_mosaic_set_plan(&m, &b);
		if (ns > took / 2) assert_int_equal(width_of(&m, 100, 40), 200);
	}
	assert_true(left_of(&m, 100, 40) > 195);
	ts_mosaic_draw(&m, took);
	assert_int_equal(left_of(&m, 100, 80), 200);
	ts_mosaic_fini(&m);
}

static void what_cuts(void **state)
{
	struct people *p = *state;
	struct ts_view_plan a = plan_of(1), b = plan_of(1);
	a.tile[0] = tile_at(p, 1, 0, 0, 200, 200);
	b.tile[0] = tile_at(p, 1, 200, 0, 200, 200);
	struct ts_view_plan cut = b, larger = b;
	cut.transition_ms = 0;
	larger.width = 440;
	for (int i = 0; i < 4; i++) {
		struct ts_mosaic m = {0};
		show(&m, &a, 0);
		if (i == 0) ts_mosaic_rest(&m); /* nobody looked in between */
		if (i > 0) show(&m, &b, TICK);  /* in the middle */
		if (i == 1) ts_mosaic_rest(&m);
		show(&m, i == 2 ? &cut : i == 3 ? &larger : &b, 2 * TICK);
		assert_int_equal(left_of(&m, 100, 80), 200);
		assert_false(m.transition.runs);
		assert_null(m.transition.before);
		ts_mosaic_fini(&m);
	}
}

static void long_ago(void **state)
{
	struct people *p = *state;
	struct ts_mosaic m = {0};
	struct ts_view_plan a = plan_of(1), b = plan_of(1);
	a.tile[0] = tile_at(p, 1, 0, 0, 200, 200);
	b.tile[0] = tile_at(p, 1, 200, 0, 200, 200);
	show(&m, &a, 0);
	show(&m, &b, 2 * took); /* ticks were skipped: it is there */
	assert_int_equal(left_of(&m, 100, 80), 200);
	assert_false(m.transition.runs);
	ts_mosaic_fini(&m);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		T(first_and_last_picture_are_those_of_a_cut),
		T(two_swap),
		T(one_in_the_place_of_another_without_a_dark_moment),
		T(a_change_on_the_way_does_not_jump),
		T(who_left_is_not_asked_and_their_pictures_are_gone),
		T(what_moves_lives_and_keeps_its_looks),
		T(labels_grow_with_the_tile),
		T(plans_that_only_rename_do_not_begin_anew),
		T(what_cuts),
		T(long_ago),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
