#include "layout/compositor.h"
#include "layout/tile.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { W = 160, H = 120 };

static AVFrame *frame_of(int w, int h, struct ts_colour c)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, w, h}, c);
	return f;
}

static AVFrame *noise_of(int w, int h, unsigned seed)
{
	AVFrame *f = frame_of(w, h, (struct ts_colour){0});
	srand(seed);
	for (int p = 0; p < 3; p++)
		for (int i = 0; i < (p ? h / 2 : h) * f->linesize[p]; i++)
			f->data[p][i] = (uint8_t)rand();
	return f;
}

static int sample(const AVFrame *f, int plane, int x, int y)
{
	return f->data[plane][(y >> !!plane) * f->linesize[plane] + (x >> !!plane)];
}

static void assert_same_outside(const AVFrame *a, const AVFrame *b, const struct ts_rect *r)
{
	for (int y = 0; y < a->height; y++)
		for (int x = 0; x < a->width; x++) {
			if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h) continue;
			for (int p = 0; p < 3; p++)
				assert_int_equal(sample(a, p, x, y), sample(b, p, x, y));
		}
}

/* ---- overlays */

static void colours_are_bt601(void **state)
{
	(void)state;
	static const struct {
		struct ts_rgb rgb;
		struct ts_colour yuv;
	} table[] = {
		{{0, 0, 0}, {16, 128, 128}},
		{{255, 255, 255}, {235, 128, 128}},
		{{255, 0, 0}, {81, 90, 240}},
		{{0, 255, 0}, {145, 54, 34}},
		{{0, 0, 255}, {41, 240, 110}},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct ts_colour c = ts_colour_of(table[i].rgb);
		assert_in_range(c.y, table[i].yuv.y - 1, table[i].yuv.y + 1);
		assert_in_range(c.u, table[i].yuv.u - 1, table[i].yuv.u + 1);
		assert_in_range(c.v, table[i].yuv.v - 1, table[i].yuv.v + 1);
	}
}

/* Against the definition, in doubles; at any place, over the edges of the clip too. */
static void overlays_are_blended(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		AVFrame *canvas = noise_of(W, H, (unsigned)i),
			*before = noise_of(W, H, (unsigned)i);
		const int w = 2 + rand() % 40 * 2, h = 2 + rand() % 20 * 2;
		uint32_t *argb = malloc((size_t)(w * h) * 4);
		for (int k = 0; k < w * h; k++) {
			const unsigned a = rand() % 3 ? (unsigned)rand() % 256
				: rand() % 2          ? 255
						      : 0;
			argb[k] = a << 24 | (200 * a / 255) << 16 | (90 * a / 255) << 8 |
				(30 * a / 255);
		}
		struct ts_overlay *o = ts_overlay_from_argb((const uint8_t *)argb, w * 4, w, h);
		const struct ts_rect clip = {
			rand() % 20 * 2, rand() % 20 * 2, rand() % 50 * 2, rand() % 40 * 2};
		const int x0 = rand() % 100 * 2 - 30, y0 = rand() % 80 * 2 - 30;
		ts_draw_overlay(canvas, &clip, x0, y0, o);
		const struct ts_colour c = ts_colour_of((struct ts_rgb){200, 90, 30});
		for (int y = 0; y < H; y++)
			for (int x = 0; x < W; x++) {
				const bool in = x >= clip.x && x < clip.x + clip.w && y >= clip.y &&
					y < clip.y + clip.h && x >= x0 && x < x0 + w && y >= y0 &&
					y < y0 + h;
				const double a = in ? (argb[(y - y0) * w + x - x0] >> 24) / 255.0
						    : 0;
				const double want = a * c.y + (1 - a) * sample(before, 0, x, y);
				assert_true(fabs(sample(canvas, 0, x, y) - want) <=
					(a > 0 ? 6 : 0)); /* dark alphas round colours */
				if (!in)
					assert_int_equal(
						sample(canvas, 1, x, y), sample(before, 1, x, y));
			}
		ts_overlay_free(&o);
		free(argb);
		av_frame_free(&canvas);
		av_frame_free(&before);
	}
}

/* The colour of what is invisible does not bleed into chroma. */
static void edges_keep_their_colour(void **state)
{
	(void)state;
	const uint32_t argb[4] = {0xffff0000, 0, 0, 0};
	struct ts_overlay *o = ts_overlay_from_argb((const uint8_t *)argb, 8, 2, 2);
	const struct ts_colour red = ts_colour_of((struct ts_rgb){255, 0, 0});
	assert_int_equal(o->data[1][0], red.u);
	assert_int_equal(o->data[2][0], red.v);
	assert_int_equal(o->alpha[1][0], 64);
	ts_overlay_free(&o);
}

/* ---- tiles */

static void corners_show_what_is_beneath(void **state)
{
	(void)state;
	const int radii[] = {0, 1, 2, 7, 8, 21, 40};
	for (size_t i = 0; i < sizeof(radii) / sizeof(radii[0]); i++) {
		for (int border = 0; border <= 6; border += 2) {
			struct ts_region region = {.rect = {20, 20, 100, 80}, .occupant = 1};
			region.looks.radius_px = radii[i];
			region.looks.border_px = border;
			region.looks.border = (struct ts_rgb){255, 255, 255};
			AVFrame *canvas = noise_of(W, H, 9), *before = noise_of(W, H, 9);
			AVFrame *picture = frame_of(50, 40, (struct ts_colour){60, 100, 150});
			struct ts_corners corners;
			ts_corners_init(&corners, radii[i]);
			ts_corners_save(&corners, canvas, &region.rect);
			const struct ts_tile tile = {.region = &region, .picture = picture};
			for (int again = 0; again < 2; again++) { /* drawn twice it is the same */
				ts_tile_draw(canvas, &tile, &corners);
				assert_same_outside(canvas, before, &region.rect);
				for (int y = 0; y < 80; y++)
					for (int x = 0; x < 100; x++) {
						/* how far into the rounded shape, from its edge */
						const double r = radii[i],
							     dx = fmax(fmax(r - x - 0.5,
									       x + 0.5 - 100 + r),
								     0);
						const double dy = fmax(
							fmax(r - y - 0.5, y + 0.5 - 80 + r), 0);
						const bool curve = dx > 0 && dy > 0;
						const double edge = fmin(fmin(x, 99 - x),
									    fmin(y, 79 - y)) +
							0.5;
						const double in = curve ? r - hypot(dx, dy) : edge;
						const int is = sample(canvas, 0, 20 + x, 20 + y);
						if (in < -0.8)
							assert_int_equal(is,
								sample(before, 0, 20 + x, 20 + y));
						else if (border && in > 0.8 && in < border - 0.8)
							assert_in_range(is, 234, 235);
						else if (in > border + 0.8)
							assert_in_range(is, 59, 60);
					}
			}
			ts_corners_fini(&corners);
			av_frame_free(&canvas);
			av_frame_free(&before);
			av_frame_free(&picture);
		}
	}
}

static void marks_are_drawn(void **state)
{
	(void)state;
	struct ts_region region = {.rect = {0, 0, W, H}, .occupant = 1};
	struct ts_corners square = {0};
	AVFrame *canvas = frame_of(W, H, (struct ts_colour){0}),
		*picture = frame_of(W, H, (struct ts_colour){200, 90, 170});
	struct ts_tile tile = {.region = &region, .picture = picture};
	ts_tile_draw(canvas, &tile, &square);
	assert_int_equal(sample(canvas, 0, 80, 60), 200);

	tile.marks = TS_MARK_STALLED;
	ts_tile_draw(canvas, &tile, &square);
	assert_in_range(sample(canvas, 0, 80, 60), 82, 88);
	assert_in_range(sample(canvas, 1, 80, 60), 108, 110);

	tile.marks = TS_MARK_SPEAKING; /* only where marks are wanted */
	ts_tile_draw(canvas, &tile, &square);
	assert_int_equal(sample(canvas, 0, 0, 60), 200);
	region.looks.label = true;
	ts_tile_draw(canvas, &tile, &square);
	const struct ts_colour green = ts_colour_of((struct ts_rgb){61, 220, 132});
	assert_int_equal(sample(canvas, 0, 0, 60), green.y);
	assert_int_equal(sample(canvas, 2, W - 1, 60), green.v);
	assert_int_equal(sample(canvas, 0, 4, 60), 200);

	tile.picture = NULL;
	tile.marks = 0;
	ts_tile_draw(canvas, &tile, &square);
	assert_int_equal(sample(canvas, 0, 80, 60), 72);
	region.occupant = 0;
	region.blank = true;
	region.looks.background = (struct ts_rgb){255, 255, 255};
	ts_tile_draw(canvas, &tile, &square);
	assert_int_equal(sample(canvas, 0, 80, 60), 235);
	av_frame_free(&canvas);
	av_frame_free(&picture);
}

/* A picture that is shown whole lies within the border. */
static void a_border_hides_nothing_of_a_slide(void **state)
{
	(void)state;
	struct ts_region region = {.rect = {0, 0, W, H}, .occupant = 1, .fit = TS_FIT_FIT};
	struct ts_corners square = {0};
	region.looks.border_px = 10;
	AVFrame *canvas = frame_of(W, H, (struct ts_colour){0}),
		*slide = frame_of(280, 200, (struct ts_colour){100, 128, 128});
	ts_draw_fill(slide, &(struct ts_rect){0, 0, 280, 4}, (struct ts_colour){235, 128, 128});
	const struct ts_tile tile = {.region = &region, .picture = slide};
	ts_tile_draw(canvas, &tile, &square);
	assert_true(sample(canvas, 0, 80, 10) > 200);
	assert_int_equal(sample(canvas, 0, 80, 9), 16);
	assert_in_range(sample(canvas, 0, 80, 108), 99, 101);
	av_frame_free(&canvas);
	av_frame_free(&slide);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_are_bt601),
		cmocka_unit_test(overlays_are_blended),
		cmocka_unit_test(edges_keep_their_colour),
		cmocka_unit_test(corners_show_what_is_beneath),
		cmocka_unit_test(marks_are_drawn),
		cmocka_unit_test(a_border_hides_nothing_of_a_slide),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
