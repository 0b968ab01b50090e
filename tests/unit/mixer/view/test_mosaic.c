#include "mixer/view/mosaic.h"

#include "layout/compositor.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what a mosaic asks, answered by the test */

struct ts_source {
	AVFrame *next;
	int asked;
	const void *by;
};
struct ts_voice {
	bool talking;
};
struct ts_painting {
	struct ts_overlay *overlay;
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
	AVFrame *f = s->next;
	s->next = NULL;
	s->asked++;
	return f ? ts_picture_new(f) : NULL;
}

void ts_voice_info(const struct ts_voice *voice, struct ts_voice_info *out)
{
	*out = (struct ts_voice_info){.talking = voice->talking};
}

const struct ts_overlay *ts_painting_get(const struct ts_painting *p)
{
	return p ? p->overlay : NULL;
}

/* no plan of these has a transition */
struct ts_painting *ts_painting_ref(struct ts_painting *p)
{
	return p;
}

void ts_painting_unref(struct ts_painting **p)
{
	*p = NULL;
}

/* ---- a canvas of 200x200 */

enum { W = 200, H = 200, SCRIBBLE = 3 };

static AVFrame *plain(uint8_t y)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = f->height = 100;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, 100, 100}, (struct ts_colour){y, 128, 128});
	return f;
}

static struct ts_view_tile tile_at(
	int x, int y, int w, int h, int z, uint64_t who, struct ts_source *source)
{
	return (struct ts_view_tile){
		.region = {.rect = {x, y, w, h}, .z = z, .occupant = who}, .source = source};
}

/* Four quarters. */
static struct ts_view_plan quarters(struct ts_source *source)
{
	struct ts_view_plan plan = {.width = W, .height = H, .fps = 30, .n_tiles = 4};
	for (int i = 0; i < 4; i++)
		plan.tile[i] = tile_at(
			i % 2 * 100, i / 2 * 100, 100, 100, 0, (uint64_t)i + 1, &source[i]);
	return plan;
}

static uint8_t at(const struct ts_mosaic *m, int x, int y)
{
	return m->canvas->data[0][y * m->canvas->linesize[0] + x];
}

/* What is not drawn again keeps this. */
static void scribble(struct ts_mosaic *m)
{
	memset(m->canvas->data[0], SCRIBBLE, (size_t)(m->canvas->linesize[0] * H));
}

static uint8_t middle(const struct ts_mosaic *m, int quarter)
{
	return at(m, 50 + quarter % 2 * 100, 50 + quarter / 2 * 100);
}

#define MIDDLES(m, a, b, c, d)                                                       \
	do {                                                                         \
		const int want[4] = {a, b, c, d};                                    \
		for (int q = 0; q < 4; q++) assert_int_equal(middle(m, q), want[q]); \
	} while (0)

/* ---- tests */

static void only_what_is_new_is_drawn(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	const struct ts_view_plan plan = quarters(source);
	for (int i = 0; i < 4; i++) source[i].next = plain((uint8_t)(50 + 10 * i));
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	MIDDLES(&m, 50, 60, 70, 80);

	const AVFrame *canvas = m.canvas;
	scribble(&m);
	ts_mosaic_draw(&m, 1);
	MIDDLES(&m, SCRIBBLE, SCRIBBLE, SCRIBBLE, SCRIBBLE);
	source[2].next = plain(99);
	ts_mosaic_draw(&m, 2);
	MIDDLES(&m, SCRIBBLE, SCRIBBLE, 99, SCRIBBLE);
	assert_ptr_equal(m.canvas, canvas);
	ts_mosaic_fini(&m);
}

static void a_canvas_that_is_read_is_not_written(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	const struct ts_view_plan plan = quarters(source);
	for (int i = 0; i < 4; i++) source[i].next = plain((uint8_t)(50 + 10 * i));
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	for (int round = 0; round < 2; round++) { /* one new, then all new */
		AVFrame *reader = av_frame_clone(m.canvas);
		for (int i = 0; i < (round ? 4 : 1); i++)
			source[i].next = plain((uint8_t)(150 + 10 * i + round));
		ts_mosaic_draw(&m, 1);
		assert_ptr_not_equal(reader->data[0], m.canvas->data[0]);
		assert_int_equal(reader->data[0][50], round ? 150 : 50);
		if (round)
			MIDDLES(&m, 151, 161, 171, 181);
		else
			MIDDLES(&m, 150, 60, 70, 80);
		av_frame_free(&reader);
	}
	ts_mosaic_fini(&m);
}

static void what_lies_above_is_drawn_after_what_is_below(void **state)
{
	(void)state;
	struct ts_source source[2] = {{0}};
	struct ts_mosaic m = {0};
	struct ts_view_plan plan = {.width = W, .height = H, .fps = 30, .n_tiles = 2};
	plan.tile[0] = tile_at(100, 100, 60, 60, 5, 1, &source[0]);
	plan.tile[1] = tile_at(0, 0, 200, 200, 1, 2, &source[1]);
	plan.tile[0].region.looks.radius_px = 20;
	source[0].next = plain(200);
	source[1].next = plain(60);
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	assert_int_equal(at(&m, 130, 130), 200);
	assert_int_equal(at(&m, 101, 101), 60); /* in the round corner */

	source[1].next = plain(90);
	ts_mosaic_draw(&m, 1);
	assert_int_equal(at(&m, 10, 10), 90);
	assert_int_equal(at(&m, 130, 130), 200);
	assert_int_equal(at(&m, 101, 101), 90);

	/* the small one alone: its corners show what was beneath when that was drawn */
	scribble(&m);
	source[0].next = plain(210);
	ts_mosaic_draw(&m, 2);
	assert_int_equal(at(&m, 10, 10), SCRIBBLE);
	assert_int_equal(at(&m, 130, 130), 210);
	assert_int_equal(at(&m, 101, 101), 90);
	ts_mosaic_fini(&m);
}

static void a_hidden_tile_is_not_drawn_but_keeps_up(void **state)
{
	(void)state;
	struct ts_source source[2] = {{0}};
	struct ts_mosaic m = {0};
	struct ts_view_plan plan = {.width = W, .height = H, .fps = 30, .n_tiles = 2};
	plan.tile[0] = tile_at(0, 0, 200, 200, 5, 1, &source[0]);
	plan.tile[1] = tile_at(20, 20, 100, 100, 1, 2, &source[1]);
	source[0].next = plain(200);
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	const AVFrame *canvas = m.canvas;
	scribble(&m);
	source[1].next = plain(60);
	ts_mosaic_draw(&m, 1);
	assert_int_equal(at(&m, 50, 50), SCRIBBLE);
	assert_ptr_equal(m.canvas, canvas);

	struct ts_view_plan swapped = plan;
	swapped.tile[1].region.z = 9;
	ts_mosaic_set_plan(&m, &swapped);
	ts_mosaic_draw(&m, 2);
	assert_int_equal(at(&m, 50, 50), 60);
	assert_int_equal(at(&m, 150, 150), 200);
	ts_mosaic_fini(&m);
}

/* Marks and names come as new plans: nothing but their tiles is drawn. */
static void a_plan_with_the_same_regions_changes_single_tiles(void **state)
{
	(void)state;
	struct ts_source source[5] = {{0}};
	struct ts_mosaic m = {0};
	const struct ts_view_plan plan = quarters(source);
	for (int i = 0; i < 4; i++) source[i].next = plain((uint8_t)(50 + 10 * i));
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	scribble(&m);

	struct ts_view_plan changed = plan;
	changed.tile[1].region.marks = TS_MARK_STALLED; /* dimmed: 16 and 3/8 of 44 */
	changed.tile[3].source = NULL;
	ts_mosaic_set_plan(&m, &changed);
	ts_mosaic_draw(&m, 1);
	MIDDLES(&m, SCRIBBLE, 32, SCRIBBLE, 72);

	scribble(&m);
	struct ts_view_plan same = changed;
	ts_mosaic_set_plan(&m, &same);
	ts_mosaic_draw(&m, 2);
	MIDDLES(&m, SCRIBBLE, SCRIBBLE, SCRIBBLE, SCRIBBLE);
	ts_mosaic_fini(&m);
}

/* Nothing of the old layout is left in the first picture of the new one, and nobody who stays
 * blinks. */
static void another_layout_begins_empty(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	const struct ts_view_plan plan = quarters(source);
	for (int i = 0; i < 4; i++) source[i].next = plain((uint8_t)(50 + 10 * i));
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);

	struct ts_view_plan other = {
		.width = W, .height = H, .fps = 30, .n_tiles = 2, .background = {255, 255, 255}};
	other.tile[0] = tile_at(0, 0, 100, 100, 0, 4, &source[3]);
	other.tile[1] = tile_at(100, 100, 100, 100, 0, 2, &source[1]);
	ts_mosaic_set_plan(&m, &other);
	ts_mosaic_draw(&m, 1);
	MIDDLES(&m, 80, 235, 235, 60);

	struct ts_view_plan larger = other;
	larger.width = larger.height = 300;
	ts_mosaic_set_plan(&m, &larger);
	ts_mosaic_draw(&m, 2);
	assert_int_equal(m.canvas->width, 300);
	MIDDLES(&m, 80, 235, 235, 60);
	assert_int_equal(at(&m, 250, 250), 235);
	ts_mosaic_fini(&m);
}

static void a_source_in_two_tiles_is_asked_once(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	struct ts_view_plan plan = quarters(source);
	plan.tile[3].source = &source[1];
	ts_mosaic_set_plan(&m, &plan);
	for (int i = 1; i < 4; i++) {
		source[1].next = plain((uint8_t)(100 + i));
		ts_mosaic_draw(&m, i);
		assert_int_equal(source[1].asked, i);
		assert_int_equal(middle(&m, 1), 100 + i);
		assert_int_equal(middle(&m, 3), 100 + i);
	}
	/* the first of the two goes: the other keeps the picture */
	struct ts_view_plan less = plan;
	less.tile[1].source = NULL;
	ts_mosaic_set_plan(&m, &less);
	ts_mosaic_draw(&m, 9);
	assert_int_equal(middle(&m, 3), 103);
	assert_int_equal(middle(&m, 1), 72);
	ts_mosaic_fini(&m);
}

static void who_talks_is_framed(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_voice voice = {false};
	struct ts_mosaic m = {0};
	struct ts_view_plan plan = quarters(source);
	for (int i = 0; i < 4; i++) {
		source[i].next = plain((uint8_t)(50 + 10 * i));
		plan.tile[i].region.looks.label = true;
	}
	plan.tile[2].voice = &voice;
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	assert_int_equal(at(&m, 0, 150), 70);
	scribble(&m);
	voice.talking = true;
	ts_mosaic_draw(&m, 1);
	MIDDLES(&m, SCRIBBLE, SCRIBBLE, 70, SCRIBBLE);
	assert_true(at(&m, 0, 150) > 120 && at(&m, 99, 150) > 120 && at(&m, 50, 100) > 120 &&
		at(&m, 50, 199) > 120);
	voice.talking = false;
	ts_mosaic_draw(&m, 2);
	assert_int_equal(at(&m, 0, 150), 70);

	/* nobody else to tell them apart from */
	struct ts_view_plan alone = {.width = W, .height = H, .fps = 30, .n_tiles = 1};
	alone.tile[0] = plan.tile[2];
	ts_mosaic_set_plan(&m, &alone);
	voice.talking = true;
	ts_mosaic_draw(&m, 3);
	assert_int_equal(at(&m, 0, 150), 70);
	ts_mosaic_fini(&m);
}

static void a_label_that_is_ready_is_blended(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_painting painting = {NULL};
	struct ts_mosaic m = {0};
	struct ts_view_plan plan = quarters(source);
	static uint32_t white[10 * 10];
	memset(white, 0xff, sizeof(white));
	plan.tile[0].label[TS_LABEL_INITIALS] = &painting;
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	MIDDLES(&m, 72, 72, 72, 72);
	scribble(&m);
	painting.overlay = ts_overlay_from_argb((const uint8_t *)white, 40, 10, 10);
	ts_mosaic_draw(&m, 1);
	MIDDLES(&m, 235, SCRIBBLE, SCRIBBLE, SCRIBBLE);
	scribble(&m);
	ts_mosaic_draw(&m, 2);
	MIDDLES(&m, SCRIBBLE, SCRIBBLE, SCRIBBLE, SCRIBBLE);
	ts_mosaic_fini(&m);
	ts_overlay_free(&painting.overlay);
}

static void rest_and_nobody(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	const struct ts_view_plan plan = quarters(source),
				  nobody = {.width = W, .height = H, .fps = 30};
	ts_mosaic_set_plan(&m, &plan);
	for (int i = 0; i < 4; i++) source[i].next = plain(50);
	ts_mosaic_draw(&m, 0);
	ts_mosaic_rest(&m);
	assert_null(m.canvas);
	ts_mosaic_draw(&m, 1);
	MIDDLES(&m, 72, 72, 72, 72);
	ts_mosaic_set_plan(&m, &nobody);
	ts_mosaic_draw(&m, 2);
	MIDDLES(&m, 16, 16, 16, 16);
	ts_mosaic_draw(&m, 3);
	ts_mosaic_fini(&m);
}

/* A plain one, half seen through. */
static struct ts_overlay *half(int w, int h, uint8_t grey)
{
	uint8_t argb[W * H * 4];
	for (int i = 0; i < w * h; i++) {
		memset(argb + 4 * i, grey / 2, 3);
		argb[4 * i + 3] = 128;
	}
	return ts_overlay_from_argb(argb, 4 * w, w, h);
}

static void near(int a, int b)
{
	assert_in_range(a, b - 2, b + 2);
}

/* What is beneath is drawn again and again, and the watermark blended once each time. */
static void a_watermark_is_blended_once(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	struct ts_painting mark = {.overlay = NULL}, behind = {.overlay = NULL};
	struct ts_view_plan plan = quarters(source);
	plan.n_tiles = 3; /* the background is seen in the fourth quarter */
	plan.brand = (struct ts_view_brand){
		.backdrop = &behind, .watermark = &mark, .place = TS_PLACE_MIDDLE};
	for (int i = 0; i < 3; i++) source[i].next = plain(40);
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	near(at(&m, 99, 99), 40);
	near(middle(&m, 3), 16);
	behind.overlay = half(W, H, 255); /* they come later than the plan */
	mark.overlay = half(20, 20, 255);
	for (int round = 1; round < 5; round++) {
		const uint8_t y = (uint8_t)(40 + 20 * round);
		if (round & 1) source[0].next = plain(y);
		AVFrame *reader = round & 2 ? av_frame_clone(m.canvas) : NULL;
		ts_mosaic_draw(&m, round);
		const int beneath = round & 1 ? y : y - 20;
		near(middle(&m, 0), beneath);
		near(at(&m, 95, 95), (beneath + 235) / 2);
		near(at(&m, 105, 95), (40 + 235) / 2); /* of a tile that is not drawn again */
		near(middle(&m, 3), (16 + 235) / 2);
		av_frame_free(&reader);
	}
	struct ts_view_plan plain_one = plan;
	plain_one.brand = (struct ts_view_brand){.margin_px = 0};
	ts_mosaic_set_plan(&m, &plain_one);
	ts_mosaic_draw(&m, 9);
	near(at(&m, 105, 95), 40);
	near(middle(&m, 3), 16);
	ts_mosaic_fini(&m);
	ts_overlay_free(&mark.overlay);
	ts_overlay_free(&behind.overlay);
}

/* Captions lie over all, watermarks too; others replace them, and what was beneath is seen. */
static void captions_come_and_go(void **state)
{
	(void)state;
	struct ts_source source[4] = {{0}};
	struct ts_mosaic m = {0};
	struct ts_painting mark = {half(W, H, 255)}, first = {NULL}, second = {half(100, 20, 255)};
	struct ts_view_plan plan = quarters(source);
	plan.brand.watermark = &mark;
	plan.brand.place = TS_PLACE_MIDDLE;
	for (int i = 0; i < 4; i++) source[i].next = plain(40);
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 0);
	const int marked = (40 + 235) / 2, over = (marked + 235) / 2;
	near(at(&m, 100, 185), marked);
	struct ts_view_plan says = plan;
	says.brand.captions = &first;
	ts_mosaic_set_plan(&m, &says);
	ts_mosaic_draw(&m, 1);
	near(at(&m, 100, 185), marked); /* it is not drawn yet */
	first.overlay = half(60, 20, 255);
	for (int round = 2; round < 6; round++) {
		if (round & 1) source[3].next = plain(40);
		AVFrame *reader = round & 2 ? av_frame_clone(m.canvas) : NULL;
		ts_mosaic_draw(&m, round);
		near(at(&m, 100, 185), over);
		near(at(&m, 125, 185), over);
		near(at(&m, 140, 185), marked);
		near(at(&m, 100, 100), marked);
		av_frame_free(&reader);
	}
	struct ts_view_plan more = says;
	more.brand.captions = &second;
	ts_mosaic_set_plan(&m, &more);
	ts_mosaic_draw(&m, 7);
	near(at(&m, 140, 185), over);
	ts_mosaic_set_plan(&m, &plan);
	ts_mosaic_draw(&m, 8);
	near(at(&m, 100, 185), marked);
	near(at(&m, 140, 185), marked);
	scribble(&m);
	ts_mosaic_draw(&m, 9);
	assert_int_equal(at(&m, 100, 185), SCRIBBLE); /* it costs nothing any more */
	ts_mosaic_fini(&m);
	ts_overlay_free(&mark.overlay);
	ts_overlay_free(&first.overlay);
	ts_overlay_free(&second.overlay);
}

/* A region with an image that is seen through, over one that moves. */
static void what_is_clear_is_blended_once(void **state)
{
	(void)state;
	struct ts_source source = {0};
	struct ts_mosaic m = {0};
	struct ts_painting image = {.overlay = half(100, 100, 255)};
	struct ts_view_plan plan = {.width = W, .height = H, .fps = 30, .n_tiles = 2};
	plan.tile[0] = tile_at(0, 0, W, H, 0, 1, &source);
	plan.tile[1] = tile_at(50, 50, 100, 100, 1, 0, NULL);
	plan.tile[1].region.blank = plan.tile[1].region.clear = true;
	plan.tile[1].region.shows = TS_SHOWS_IMAGE;
	plan.tile[1].label[TS_LABEL_IMAGE] = &image;
	ts_mosaic_set_plan(&m, &plan);
	for (int round = 0; round < 4; round++) {
		const int y = 40 + 10 * round;
		source.next = plain((uint8_t)y);
		ts_mosaic_draw(&m, round);
		near(at(&m, 10, 10), y);
		near(at(&m, 100, 100), (y + 235) / 2);
		ts_mosaic_draw(&m, round);
		near(at(&m, 100, 100), (y + 235) / 2);
	}
	ts_mosaic_fini(&m);
	ts_overlay_free(&image.overlay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_new_is_drawn),
		cmocka_unit_test(a_canvas_that_is_read_is_not_written),
		cmocka_unit_test(what_lies_above_is_drawn_after_what_is_below),
		cmocka_unit_test(a_hidden_tile_is_not_drawn_but_keeps_up),
		cmocka_unit_test(a_plan_with_the_same_regions_changes_single_tiles),
		cmocka_unit_test(another_layout_begins_empty),
		cmocka_unit_test(a_source_in_two_tiles_is_asked_once),
		cmocka_unit_test(who_talks_is_framed),
		cmocka_unit_test(a_label_that_is_ready_is_blended),
		cmocka_unit_test(rest_and_nobody),
		cmocka_unit_test(a_watermark_is_blended_once),
		cmocka_unit_test(captions_come_and_go),
		cmocka_unit_test(what_is_clear_is_blended_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
