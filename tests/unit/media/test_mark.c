#include "base/error.h"
#include "layout/compositor.h"
#include "tests/media/mark.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ts_colour grey = {126, 128, 128};

static AVFrame *picture_of(int w, int h)
{
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, w & ~1, h & ~1}, grey);
	return f;
}

static double gauss(void)
{
	double sum = 0;
	for (int i = 0; i < 12; i++) sum += rand() / (double)RAND_MAX;
	return sum - 6;
}

static void add_noise(AVFrame *f, const struct ts_rect *where, double sigma)
{
	for (int y = where->y; y < where->y + where->h; y++)
		for (int x = where->x; x < where->x + where->w; x++) {
			uint8_t *at = f->data[0] + (ptrdiff_t)y * f->linesize[0] + x;
			*at = (uint8_t)fmin(255, fmax(0, *at + sigma * gauss()));
		}
}

static void every_mark_is_read_back(void **state)
{
	(void)state;
	AVFrame *f = picture_of(160, 90);
	for (int i = 0; i < 3000; i++) {
		const struct ts_mark mark = {(uint8_t)(i * 7), (uint16_t)(i * 977)};
		struct ts_mark read;
		ts_mark_draw(f, mark);
		assert_int_equal(ts_mark_read(&read, f, &(struct ts_rect){0, 0, 160, 90}), 0);
		assert_int_equal(read.who, mark.who);
		assert_int_equal(read.frame, mark.frame);
	}
	av_frame_free(&f);
}

/* Through the compositor into tiles of a canvas, all the shapes that a camera and a tile may have,
 * with noise. */
static void read_in_tiles(void **state)
{
	(void)state;
	static const int sources[][2] = {{640, 360}, {320, 180}, {1280, 720}, {640, 480},
		{360, 640}, {480, 640}, {400, 400}, {175, 143}};
	static const int tiles[][2] = {{160, 90}, {320, 180}, {426, 240}, {640, 480}, {1280, 720},
		{182, 102}, {300, 300}, {640, 320}, {256, 180}};
	srand(1);
	for (size_t s = 0; s < sizeof(sources) / sizeof(sources[0]); s++) {
		for (size_t t = 0; t < sizeof(tiles) / sizeof(tiles[0]); t++) {
			for (int fit = TS_FIT_FILL; fit <= TS_FIT_FIT; fit++) {
				AVFrame *canvas = picture_of(1280, 720),
					*pic = picture_of(sources[s][0], sources[s][1]);
				const struct ts_rect tile = {(1280 - tiles[t][0]) / 4 * 2,
					(720 - tiles[t][1]) / 4 * 2, tiles[t][0], tiles[t][1]};
				struct ts_mark read = {0, 0};
				ts_mark_draw(pic,
					(struct ts_mark){
						(uint8_t)(s * 10 + t), (uint16_t)(12345 + t)});
				ts_draw_picture(canvas, &tile, pic, (enum ts_fit)fit, 0, grey);
				add_noise(canvas, &tile, 20);
				if (ts_mark_read(&read, canvas, &tile))
					print_message("%dx%d into %dx%d, %s\n", pic->width,
						pic->height, tile.w, tile.h, fit ? "fit" : "fill");
				assert_int_equal(read.who, s * 10 + t);
				assert_int_equal(read.frame, 12345 + t);
				av_frame_free(&canvas);
				av_frame_free(&pic);
			}
		}
	}
}

static void no_mark_where_there_is_none(void **state)
{
	(void)state;
	AVFrame *f = picture_of(320, 180);
	const struct ts_rect all = {0, 0, 320, 180};
	struct ts_mark read;
	assert_int_equal(ts_mark_read(&read, f, &all), TS_EAGAIN);
	srand(2);
	for (int i = 0; i < 2000; i++) {
		for (int y = 0; y < 180; y++) /* big blocks of noise look most like marks */
			for (int x = 0; x < 320; x++)
				f->data[0][y * f->linesize[0] + x] = y % 15 || !y
					? (x % 20 ? f->data[0][y * f->linesize[0] + (x ? x - 1 : 0)]
						  : (uint8_t)rand())
					: (uint8_t)rand();
		assert_int_equal(ts_mark_read(&read, f, &all), TS_EAGAIN);
	}
	ts_draw_placeholder(f, &all, 1);
	assert_int_equal(ts_mark_read(&read, f, &all), TS_EAGAIN);
	av_frame_free(&f);
}

/* A tile of which the upper half is of one picture and the lower half of another must not be taken
 * for either. */
static void a_torn_mark_is_refused(void **state)
{
	(void)state;
	AVFrame *a = picture_of(320, 180), *b = picture_of(320, 180);
	const struct ts_rect all = {0, 0, 320, 180};
	struct ts_mark read;
	for (int i = 0; i < 200; i++) {
		ts_mark_draw(a, (struct ts_mark){1, (uint16_t)i});
		ts_mark_draw(b, (struct ts_mark){1, (uint16_t)(i + 1)});
		memcpy(a->data[0] + 90 * a->linesize[0], b->data[0] + 90 * b->linesize[0],
			(size_t)(90 * a->linesize[0]));
		assert_int_equal(ts_mark_read(&read, a, &all), TS_EAGAIN);
	}
	av_frame_free(&a);
	av_frame_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mark_is_read_back),
		cmocka_unit_test(read_in_tiles),
		cmocka_unit_test(no_mark_where_there_is_none),
		cmocka_unit_test(a_torn_mark_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
