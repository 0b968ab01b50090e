#include "layout/compositor.h"

#include <libavutil/common.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ts_colour black = {16, 128, 128}, red = {81, 90, 240};

/* ---- pictures */

static AVFrame *picture_of(int w, int h)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	return f;
}

static int plane_w(const AVFrame *f, int plane)
{
	return plane ? (f->width + 1) / 2 : f->width;
}
static int plane_h(const AVFrame *f, int plane)
{
	return plane ? (f->height + 1) / 2 : f->height;
}

/* Waves long enough that every good filter gives the same, and no two places look alike. x, y in
 * luma pixels. */
static double wave(const AVFrame *f, int plane, double x, double y)
{
	const double a = x / f->width, b = y / f->height;
	return 128 + 50 * sin(2 * M_PI * (1.3 * a + 0.4 * b) + plane) +
		40 * cos(2 * M_PI * (0.3 * a - 0.9 * b) + 2 * plane) + 30 * a;
}

static void paint_waves(AVFrame *f)
{
	for (int p = 0; p < 3; p++) {
		const int step = p ? 2 : 1;
		for (int y = 0; y < plane_h(f, p); y++)
			for (int x = 0; x < plane_w(f, p); x++)
				f->data[p][y * f->linesize[p] + x] = av_clip_uint8(
					(int)lrint(wave(f, p, step * (x + 0.5), step * (y + 0.5))));
	}
}

static void paint_noise(AVFrame *f)
{
	for (int p = 0; p < 3; p++)
		for (int i = 0; i < plane_h(f, p) * f->linesize[p]; i++)
			f->data[p][i] = (uint8_t)rand();
}

static AVFrame *copy_of(const AVFrame *f)
{
	AVFrame *c = picture_of(f->width, f->height);
	for (int p = 0; p < 3; p++) {
		assert_int_equal(c->linesize[p], f->linesize[p]);
		memcpy(c->data[p], f->data[p], (size_t)plane_h(f, p) * (size_t)f->linesize[p]);
	}
	return c;
}

/* Every byte of the planes that is not in the rectangle, the padding of lines too, is as before. */
static void assert_outside_untouched(
	const AVFrame *now, const AVFrame *before, const struct ts_rect *r)
{
	for (int p = 0; p < 3; p++) {
		const int s = p ? 2 : 1;
		for (int y = 0; y < plane_h(now, p); y++) {
			const uint8_t *a = now->data[p] + y * now->linesize[p],
				      *b = before->data[p] + y * before->linesize[p];
			const size_t line = (size_t)now->linesize[p];
			if (y < r->y / s || y >= (r->y + r->h) / s) {
				assert_memory_equal(a, b, line);
				continue;
			}
			const size_t right = (size_t)(r->x + r->w) / (size_t)s;
			assert_memory_equal(a, b, (size_t)(r->x / s));
			assert_memory_equal(a + right, b + right, line - right);
		}
	}
}

/* ---- the slow reference: where a point of the tile comes from, by the definition of crop and
 * rotation */

static double reference(
	const AVFrame *pic, const struct ts_rect *r, int rotation, int plane, double x, double y)
{
	double u = x / r->w, v = y / r->h, w = r->w, h = r->h, swap;
	switch (rotation) { /* back to the upright picture */
	case 90: swap = u, u = v, v = 1 - swap, swap = w, w = h, h = swap; break;
	case 180: u = 1 - u, v = 1 - v; break;
	case 270: swap = u, u = 1 - v, v = swap, swap = w, w = h, h = swap; break;
	default: break;
	}
	const double pw = pic->width, ph = pic->height, zoom = fmin(pw / w, ph / h);
	return wave(pic, plane, pw / 2 + (u - 0.5) * w * zoom, ph / 2 + (v - 0.5) * h * zoom);
}

static double psnr_of_tile(
	const AVFrame *canvas, const struct ts_rect *r, const AVFrame *pic, int rotation)
{
	double worst = 99;
	for (int p = 0; p < 3; p++) {
		const int s = p ? 2 : 1;
		double sum = 0;
		for (int y = 0; y < r->h / s; y++) {
			for (int x = 0; x < r->w / s; x++) {
				const double is =
					canvas->data[p][(r->y / s + y) * canvas->linesize[p] +
						r->x / s + x];
				const double want = reference(
					pic, r, rotation, p, s * (x + 0.5), s * (y + 0.5));
				const double d = is - av_clipd(want, 0, 255);
				sum += d * d;
			}
		}
		const double mse = sum / ((double)(r->w / s) * (r->h / s));
		worst = fmin(worst, 10 * log10(255 * 255 / fmax(mse, 1e-6)));
	}
	return worst;
}

/* ---- tests */

static int even_in(int from, int to)
{
	return (from + rand() % (to - from + 1)) & ~1;
}

static void random_pictures_into_random_tiles(void **state)
{
	(void)state;
	srand(7);
	for (int i = 0; i < 120; i++) {
		AVFrame *canvas = picture_of(even_in(200, 700), even_in(200, 500));
		AVFrame *pic = picture_of(64 + rand() % 800, 64 + rand() % 600);
		struct ts_rect r = {
			.w = even_in(32, canvas->width), .h = even_in(32, canvas->height)};
		r.x = even_in(0, canvas->width - r.w);
		r.y = even_in(0, canvas->height - r.h);
		const int rotation = rand() % 4 * 90;
		paint_noise(canvas);
		paint_waves(pic);
		AVFrame *before = copy_of(canvas);
		ts_draw_picture(canvas, &r, pic, TS_FIT_FILL, rotation, black);
		assert_outside_untouched(canvas, before, &r);
		const double psnr = psnr_of_tile(canvas, &r, pic, rotation);
		if (psnr < 32) /* a crop may be off by two pixels, much in a picture of 64 */
			print_message("%dx%d into %dx%d, rotation %d: %.1f dB\n", pic->width,
				pic->height, r.w, r.h, rotation, psnr);
		assert_true(psnr >= 32);
		av_frame_free(&before);
		av_frame_free(&canvas);
		av_frame_free(&pic);
	}
}

static void usual_tiles_are_drawn_well(void **state)
{
	(void)state;
	static const struct {
		int pw, ph, w, h;
	} table[] = {
		{640, 360, 640, 360},
		{640, 360, 320, 180},
		{640, 360, 426, 240},
		{640, 360, 428, 240},
		{640, 360, 256, 144},
		{640, 360, 160, 90},
		{640, 360, 640, 480},
		{640, 360, 426, 320},
		{1280, 720, 320, 180},
		{1280, 720, 182, 102},
		{1920, 1080, 182, 102},
		{320, 180, 1280, 720},
		{360, 640, 640, 360},
		{641, 361, 320, 180},
		{175, 143, 174, 142},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		AVFrame *canvas = picture_of(1280, 720),
			*pic = picture_of(table[i].pw, table[i].ph);
		const struct ts_rect r = {0, 0, table[i].w, table[i].h};
		paint_waves(pic);
		ts_draw_picture(canvas, &r, pic, TS_FIT_FILL, 0, black);
		const double psnr = psnr_of_tile(canvas, &r, pic, 0);
		print_message(
			"%dx%d into %dx%d: %.1f dB\n", table[i].pw, table[i].ph, r.w, r.h, psnr);
		assert_true(psnr >= 40);
		av_frame_free(&canvas);
		av_frame_free(&pic);
	}
}

/* Nearest pixels, at most one passed over: rougher, in the right place. */
static void quick_tiles_are_where_good_ones_are(void **state)
{
	(void)state;
	for (int w = 90; w < 1200; w += 74) {
		AVFrame *canvas = picture_of(1280, 720), *pic = picture_of(640, 360);
		const struct ts_rect r = {0, 0, w, w * 9 / 16 & ~1};
		paint_waves(pic);
		ts_draw_picture_quickly(canvas, &r, pic, TS_FIT_FILL, 0, black);
		assert_true(psnr_of_tile(canvas, &r, pic, 0) >= 32);
		av_frame_free(&canvas);
		av_frame_free(&pic);
	}
}

static void blends_by_share(void **state)
{
	(void)state;
	const struct ts_rect r = {16, 8, 46, 30};
	for (int share = 0; share <= 256; share += 16) {
		AVFrame *canvas = picture_of(100, 60), *other = picture_of(100, 60);
		paint_noise(canvas);
		paint_noise(other);
		AVFrame *before = copy_of(canvas);
		ts_draw_blended(canvas, &r, other, share);
		assert_outside_untouched(canvas, before, &r);
		for (int p = 0; p < 3; p++) {
			const int s = p ? 2 : 1;
			for (int y = r.y / s; y < (r.y + r.h) / s; y++) {
				for (int x = r.x / s; x < (r.x + r.w) / s; x++) {
					const int a = before->data[p][y * before->linesize[p] + x],
						  b = other->data[p][y * other->linesize[p] + x],
						  is = canvas->data[p][y * canvas->linesize[p] + x];
					assert_true(abs(256 * is - (256 - share) * a - share * b) <=
						2 * 256);
				}
			}
		}
		av_frame_free(&before);
		av_frame_free(&canvas);
		av_frame_free(&other);
	}
}

/* The box filter sees fine detail that bilinear would make flicker: lines become nearly their mean
 * of 46. */
static void a_small_tile_does_not_flicker(void **state)
{
	(void)state;
	AVFrame *canvas = picture_of(320, 180), *pic = picture_of(1280, 720);
	const struct ts_rect r = {0, 0, 182, 102};
	paint_noise(pic);
	for (int y = 0; y < 720; y++)
		for (int x = 0; x < 1280; x++)
			pic->data[0][y * pic->linesize[0] + x] = x % 7 == 0 ? 226 : 16;
	ts_draw_picture(canvas, &r, pic, TS_FIT_FILL, 0, black);
	for (int x = 4; x < 178; x++)
		assert_in_range(canvas->data[0][50 * canvas->linesize[0] + x], 40, 72);
	av_frame_free(&canvas);
	av_frame_free(&pic);
}

static void equal_size_is_copied(void **state)
{
	(void)state;
	/* what is larger by little loses an edge, not its sharpness; where the tile starts in the
	 * picture */
	static const struct {
		int w, h, x, y;
	} sizes[] = {{128, 96, 0, 0}, {129, 97, 0, 0}, {132, 98, 2, 0}, {130, 99, 0, 0}};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AVFrame *canvas = picture_of(200, 200), *pic = picture_of(sizes[i].w, sizes[i].h);
		const struct ts_rect r = {10, 20, 128, 96};
		srand(3);
		paint_noise(pic);
		ts_draw_picture(canvas, &r, pic, TS_FIT_FILL, 0, black);
		for (int p = 0; p < 3; p++) {
			const int s = p ? 2 : 1;
			const uint8_t *from = pic->data[p] + sizes[i].y / s * pic->linesize[p] +
				sizes[i].x / s;
			for (int y = 0; y < 96 / s; y++)
				assert_memory_equal(canvas->data[p] +
						(20 / s + y) * canvas->linesize[p] + 10 / s,
					from + y * pic->linesize[p], (size_t)(128 / s));
		}
		av_frame_free(&canvas);
		av_frame_free(&pic);
	}
}

/* Pixel (x, y) of the plane is that of `from` at the nearest place it has. */
static void assert_repeated(const AVFrame *is, const AVFrame *from, int plane)
{
	const int s = plane ? 2 : 1, w = from->width / s, h = from->height / s;
	for (int y = 0; y < is->height / s; y++)
		for (int x = 0; x < is->width / s; x++)
			assert_int_equal(is->data[plane][y * is->linesize[plane] + x],
				from->data[plane][(y < h ? y : h - 1) * from->linesize[plane] +
					(x < w ? x : w - 1)]);
}

static void what_lacks_two_pixels_is_copied_and_its_edge_repeated(void **state)
{
	(void)state;
	static const struct ts_rect sizes[] = {
		{.w = 428, .h = 240}, {.w = 426, .h = 242}, {.w = 428, .h = 242}};
	AVFrame *pic = picture_of(426, 240);
	paint_noise(pic);
	for (int i = 0; i < 3; i++) {
		AVFrame *canvas = picture_of(sizes[i].w, sizes[i].h);
		ts_draw_picture(canvas, &sizes[i], pic, TS_FIT_FILL, 0, black);
		for (int p = 0; p < 3; p++) assert_repeated(canvas, pic, p);
		av_frame_free(&canvas);
	}
	av_frame_free(&pic);
}

static void rotation_is_clockwise(void **state)
{
	(void)state;
	/* a picture whose upper left quarter is bright: where that goes */
	static const struct {
		int rotation, x, y;
	} table[] = {{0, 0, 0}, {90, 1, 0}, {180, 1, 1}, {270, 0, 1}};
	AVFrame *pic = picture_of(160, 160), *canvas = picture_of(80, 80);
	for (int y = 0; y < 160; y++)
		for (int x = 0; x < 160; x++)
			pic->data[0][y * pic->linesize[0] + x] = x < 80 && y < 80 ? 200 : 50;
	for (int i = 0; i < 4; i++) {
		ts_draw_picture(canvas, &(struct ts_rect){0, 0, 80, 80}, pic, TS_FIT_FILL,
			table[i].rotation, black);
		for (int q = 0; q < 4; q++) {
			const int x = q % 2, y = q / 2;
			const int bright = x == table[i].x && y == table[i].y;
			assert_int_equal(
				canvas->data[0][(20 + 40 * y) * canvas->linesize[0] + 20 + 40 * x],
				bright ? 200 : 50);
		}
	}
	av_frame_free(&canvas);
	av_frame_free(&pic);
}

static void letterbox_shows_all_and_fills_the_rest(void **state)
{
	(void)state;
	static const struct {
		int pw, ph, rotation;
		struct ts_rect tile, in;
	} table[] = {
		{640, 360, 0, {10, 10, 320, 320}, {10, 80, 320, 180}},
		{360, 640, 0, {10, 10, 320, 320}, {80, 10, 180, 320}},
		{640, 360, 90, {10, 10, 320, 320}, {80, 10, 180, 320}},
		{320, 320, 0, {0, 0, 64, 64}, {0, 0, 64, 64}},
		{2000, 4, 0, {0, 0, 100, 100}, {0, 48, 100, 2}},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		AVFrame *canvas = picture_of(340, 340), *pic = picture_of(table[i].pw, table[i].ph);
		srand(5);
		paint_noise(canvas);
		for (int p = 0; p < 3; p++)
			memset(pic->data[p], 200,
				(size_t)pic->linesize[p] * (size_t)plane_h(pic, p));
		AVFrame *before = copy_of(canvas);
		ts_draw_picture(canvas, &table[i].tile, pic, TS_FIT_FIT, table[i].rotation, red);
		const struct ts_rect *t = &table[i].tile, *in = &table[i].in;
		assert_outside_untouched(canvas, before, t);
		for (int y = t->y; y < t->y + t->h; y++) {
			for (int x = t->x; x < t->x + t->w; x++) {
				const int inside = x >= in->x && x < in->x + in->w && y >= in->y &&
					y < in->y + in->h;
				/* libyuv's filters may turn 200 into 199 */
				const uint8_t bar[3] = {red.y, red.u, red.v};
				for (int p = 0; p < 3; p++) {
					const int s = p ? 2 : 1,
						  is = canvas->data[p][y / s * canvas->linesize[p] +
							  x / s];
					assert_in_range(
						is, inside ? 199 : bar[p], inside ? 200 : bar[p]);
				}
			}
		}
		av_frame_free(&before);
		av_frame_free(&canvas);
		av_frame_free(&pic);
	}
}

/* The smallest and strangest pictures and tiles that can come: nothing outside is written (run
 * under ASan, nothing outside is read). */
static void extreme_sizes(void **state)
{
	(void)state;
	static const int sizes[] = {1, 2, 3, 5, 8, 31, 640, 1919};
	srand(11);
	for (int a = 0; a < 8; a++) {
		for (int b = 0; b < 8; b++) {
			for (int k = 0; k < 12; k++) {
				AVFrame *canvas = picture_of(300, 200),
					*pic = picture_of(sizes[a], sizes[b]);
				struct ts_rect r = {.w = even_in(0, k < 6 ? 12 : 300),
					.h = even_in(0, k < 6 ? 12 : 200)};
				r.x = even_in(0, 300 - r.w);
				r.y = even_in(0, 200 - r.h);
				paint_noise(canvas);
				paint_noise(pic);
				AVFrame *before = copy_of(canvas);
				ts_draw_picture(canvas, &r, pic, k % 2 ? TS_FIT_FIT : TS_FIT_FILL,
					k % 4 * 90, red);
				assert_outside_untouched(canvas, before, &r);
				ts_draw_picture_quickly(canvas, &r, pic,
					k % 2 ? TS_FIT_FIT : TS_FIT_FILL, k % 4 * 90, red);
				assert_outside_untouched(canvas, before, &r);
				ts_draw_placeholder(canvas, &r, (uint64_t)rand());
				ts_draw_fill(canvas, &r, red);
				assert_outside_untouched(canvas, before, &r);
				av_frame_free(&before);
				av_frame_free(&canvas);
				av_frame_free(&pic);
			}
		}
	}
}

static void placeholders_differ_and_stay_inside(void **state)
{
	(void)state;
	AVFrame *canvas = picture_of(340, 340);
	const struct ts_rect r = {20, 40, 256, 144};
	uint8_t u[49], v[49];
	paint_noise(canvas);
	AVFrame *before = copy_of(canvas);
	for (uint64_t key = 0; key < 49; key++) {
		ts_draw_placeholder(canvas, &r, key);
		assert_outside_untouched(canvas, before, &r);
		u[key] = canvas->data[1][60 * canvas->linesize[1] + 20];
		v[key] = canvas->data[2][60 * canvas->linesize[2] + 20];
		assert_int_equal(canvas->data[0][45 * canvas->linesize[0] + 25], 72);
	}
	int twins = 0;
	for (int a = 0; a < 49; a++)
		for (int b = 0; b < a; b++) twins += u[a] == u[b] && v[a] == v[b];
	assert_in_range(twins, 0, 30);
	av_frame_free(&before);
	av_frame_free(&canvas);
}

static void whole_canvas_scaled_for_a_step(void **state)
{
	(void)state;
	static const int steps[][2] = {{640, 360}, {320, 180}, {426, 240}, {1280, 720}};
	AVFrame *canvas = picture_of(1280, 720);
	paint_waves(canvas);
	for (int i = 0; i < 4; i++) {
		AVFrame *out = picture_of(steps[i][0], steps[i][1]);
		ts_draw_scaled(out, canvas);
		assert_true(psnr_of_tile(out, &(struct ts_rect){0, 0, out->width, out->height},
				    canvas, 0) >= 40);
		av_frame_free(&out);
	}
	av_frame_free(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_pictures_into_random_tiles),
		cmocka_unit_test(usual_tiles_are_drawn_well),
		cmocka_unit_test(quick_tiles_are_where_good_ones_are),
		cmocka_unit_test(blends_by_share),
		cmocka_unit_test(a_small_tile_does_not_flicker),
		cmocka_unit_test(equal_size_is_copied),
		cmocka_unit_test(what_lacks_two_pixels_is_copied_and_its_edge_repeated),
		cmocka_unit_test(rotation_is_clockwise),
		cmocka_unit_test(letterbox_shows_all_and_fills_the_rest),
		cmocka_unit_test(extreme_sizes),
		cmocka_unit_test(placeholders_differ_and_stay_inside),
		cmocka_unit_test(whole_canvas_scaled_for_a_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
