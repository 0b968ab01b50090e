#include "mixer/view/gallery.h"

#include "base/error.h"
#include "layout/overlay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A plain one. */
static struct ts_image *image_of(int w, int h, uint8_t value)
{
	struct ts_image *image;
	AVFrame *f = av_frame_alloc();
	f->format = AV_PIX_FMT_BGRA;
	f->width = w;
	f->height = h;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	memset(f->data[0], value, (size_t)f->linesize[0] * (size_t)h);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) f->data[0][y * f->linesize[0] + 4 * x + 3] = 255;
	assert_int_equal(ts_image_make(&image, f, 1), 0);
	av_frame_free(&f);
	return image;
}

static void put(struct ts_gallery *g, const char *name, uint8_t value)
{
	struct ts_image *image = image_of(64, 32, value);
	assert_int_equal(ts_gallery_put(g, name, image), 0);
	ts_image_unref(&image);
}

/* Two minutes for a busy machine with a sanitizer. */
static const struct ts_overlay *wait_for(const struct ts_painting *p)
{
	assert_non_null(p);
	for (int i = 0; i < 120000 && !ts_painting_get(p); i++) usleep(1000);
	assert_non_null(ts_painting_get(p));
	return ts_painting_get(p);
}

static const struct ts_image_spec spec = {.w = 32, .h = 32, .shape = TS_IMAGE_FIT, .opacity = 256};

static void equal_requests_share_a_drawing(void **state)
{
	struct ts_gallery *g;
	(void)state;
	assert_int_equal(ts_gallery_create(&g), 0);
	assert_null(ts_gallery_request(g, "logo", &spec));
	assert_null(ts_gallery_request(NULL, "logo", &spec));
	put(g, "logo", 255);
	struct ts_painting *a = ts_gallery_request(g, "logo", &spec),
			   *b = ts_gallery_request(g, "logo", &spec);
	assert_ptr_equal(a, b);
	const struct ts_overlay *o = wait_for(a);
	assert_int_equal(o->w, 32);
	assert_int_equal(o->h, 16);
	assert_int_equal(o->data[0][0], 235);
	ts_painting_unref(&b);

	/* replaced: old plans keep what they have, new ones get the other */
	put(g, "logo", 0);
	b = ts_gallery_request(g, "logo", &spec);
	assert_ptr_not_equal(a, b);
	assert_int_equal(wait_for(b)->data[0][0], 16);
	assert_int_equal(ts_painting_get(a)->data[0][0], 235);
	ts_gallery_remove(g, "logo");
	ts_gallery_remove(g, "logo");
	assert_null(ts_gallery_request(g, "logo", &spec));
	ts_gallery_destroy(&g);
	assert_int_equal(ts_painting_get(b)->data[0][0], 16); /* outlives it */
	ts_painting_unref(&a);
	ts_painting_unref(&b);
}

static void drawings_have_a_limit(void **state)
{
	struct ts_gallery *g;
	struct ts_painting *p[64] = {NULL};
	int n = 0;
	(void)state;
	assert_int_equal(ts_gallery_create(&g), 0);
	put(g, "a", 9);
	for (; n < 64; n++) {
		const struct ts_image_spec large = {.w = 3840, .h = 2160 - 2 * n, .opacity = 256};
		if (!(p[n] = ts_gallery_request(g, "a", &large))) break;
	}
	assert_in_range(n, 8, 16);
	ts_painting_unref(&p[0]);
	(void)wait_for(p[n - 1]); /* the strand holds them until they are drawn */
	assert_non_null(p[0] = ts_gallery_request(g, "a", &spec));
	while (n--) ts_painting_unref(&p[n]);
	ts_gallery_destroy(&g);
}

static void names_have_a_limit(void **state)
{
	struct ts_gallery *g;
	char name[16];
	struct ts_image *image = image_of(1, 1, 1);
	(void)state;
	assert_int_equal(ts_gallery_create(&g), 0);
	for (int i = 0; i <= TS_GALLERY_IMAGES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(
			ts_gallery_put(g, name, image), i < TS_GALLERY_IMAGES_MAX ? 0 : TS_ELIMIT);
	}
	ts_image_unref(&image);
	ts_gallery_destroy(&g);
}

static void shapes_of_a_drawing(void **state)
{
	struct ts_image *image = image_of(3, 999, 255);
	struct ts_overlay *o;
	(void)state;
	static const struct ts_image_spec rows[] = {{32, 20, TS_IMAGE_FILL, 256},
		{32, 20, TS_IMAGE_FIT, 256}, {20, 20, TS_IMAGE_DISC, 128}, {2, 2, TS_IMAGE_FIT, 0}};
	static const int size[][2] = {{32, 20}, {2, 20}, {20, 20}, {2, 2}};
	for (size_t i = 0; i < 4; i++) {
		o = ts_image_draw(image, &rows[i]);
		assert_int_equal(o->w, size[i][0]);
		assert_int_equal(o->h, size[i][1]);
		const int centre = o->alpha[0][o->h / 2 * o->w + o->w / 2];
		const int whole = rows[i].opacity * 255 / 256;
		assert_in_range(centre, whole > 3 ? whole - 3 : 0, whole); /* it was scaled */
		if (i < 2) assert_in_range(o->alpha[0][0], 252, 255);
		if (i >= 2) assert_int_equal(o->alpha[0][0], 0); /* a disc has no corners */
		ts_overlay_free(&o);
	}
	ts_image_unref(&image);
}

/* Made of one that lies on its side: 2x1, left black, right white. */
static void orientations(void **state)
{
	/* upper left and lower right of what stands upright */
	static const int white_first[9] = {[2] = 1, [3] = 1, [7] = 1, [8] = 1};
	(void)state;
	for (int o = 1; o <= 8; o++) {
		struct ts_image *image;
		AVFrame *f = av_frame_alloc();
		f->format = AV_PIX_FMT_BGRA;
		f->width = 2;
		f->height = 1;
		assert_int_equal(av_frame_get_buffer(f, 0), 0);
		memset(f->data[0], 255, 8);
		memset(f->data[0], 0, 3);
		assert_int_equal(ts_image_make(&image, f, o), 0);
		assert_int_equal(image->w, o < 5 ? 2 : 1);
		assert_int_equal(image->argb[0], white_first[o] ? 255 : 0);
		assert_int_equal(image->argb[4], white_first[o] ? 0 : 255);
		ts_image_unref(&image);
		av_frame_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_requests_share_a_drawing),
		cmocka_unit_test(drawings_have_a_limit),
		cmocka_unit_test(names_have_a_limit),
		cmocka_unit_test(shapes_of_a_drawing),
		cmocka_unit_test(orientations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
