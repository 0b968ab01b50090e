/* Captions as drawings: rows, sizes, ground; writing from the right. */
#include "layout/caption.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static struct ts_label_maker *maker;

static int make(void **state)
{
	(void)state;
	return ts_label_maker_create(&maker);
}

static int unmake(void **state)
{
	(void)state;
	ts_label_maker_destroy(&maker);
	return 0;
}

static struct ts_overlay *draw(int w, int h, enum ts_caption_size size, bool high, const char *text)
{
	struct ts_caption_spec spec = {
		.style = {.shown = true, .size = size, .high_contrast = high}, .w = w, .h = h};
	strncpy(spec.text, text, sizeof(spec.text) - 1);
	return ts_caption_draw(maker, &spec);
}

static int height(int w, int h, enum ts_caption_size size, const char *text)
{
	struct ts_overlay *o = draw(w, h, size, false, text);
	assert_non_null(o);
	assert_true(o->w <= w && o->h <= h && !(o->w & 1) && !(o->h & 1));
	const int is = o->h;
	ts_overlay_free(&o);
	return is;
}

static void rows_and_sizes(void **state)
{
	char long_text[TS_CAPTION_TEXT_MAX + 1];
	(void)state;
	memset(long_text, 'w', sizeof(long_text));
	for (size_t i = 8; i < sizeof(long_text); i += 9) long_text[i] = ' ';
	long_text[TS_CAPTION_TEXT_MAX] = '\0';
	const int one = height(1280, 720, TS_CAPTION_MEDIUM, "Ann: Hello"),
		  two = height(1280, 720, TS_CAPTION_MEDIUM, "Ann: Hello\nBob: Hi"),
		  most = height(1280, 720, TS_CAPTION_MEDIUM, "a\nb\nc"),
		  much = height(1280, 720, TS_CAPTION_MEDIUM, long_text);
	assert_true(one < two && two < most && most == much);
	assert_true(height(1280, 720, TS_CAPTION_SMALL, "x") < one);
	assert_true(height(1280, 720, TS_CAPTION_LARGE, "x") > one);
	assert_true(most < 720 / 4);
	assert_int_equal(height(360, 640, TS_CAPTION_LARGE, long_text) > 0, 1);
	assert_null(draw(64, 48, TS_CAPTION_LARGE, false, "x"));
	assert_null(draw(1280, 720, TS_CAPTION_LARGE, false, ""));
}

static int count(const struct ts_overlay *o, bool left)
{
	int n = 0;
	for (int y = 0; y < o->h; y++)
		for (int x = 0; x < o->w; x++)
			n += (x < o->w / 2) == left && o->data[0][y * o->w + x] > 180;
	return n;
}

static void ground_and_direction(void **state)
{
	(void)state;
	struct ts_overlay *plain = draw(1280, 720, TS_CAPTION_MEDIUM, false, "Hello"),
			  *high = draw(1280, 720, TS_CAPTION_MEDIUM, true, "Hello"),
			  *right = draw(1280, 720, TS_CAPTION_MEDIUM, true,
				  "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
	assert_true(plain->alpha[0][0] > 100 && plain->alpha[0][0] < 220);
	assert_int_equal(high->alpha[0][0], 255);
	assert_in_range(high->data[0][0], 14, 18);
	assert_true(count(high, true) > 50 && !count(high, false));
	assert_true(count(right, false) > 50 && !count(right, true));
	ts_overlay_free(&plain);
	ts_overlay_free(&high);
	ts_overlay_free(&right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_and_sizes, make, unmake),
		cmocka_unit_test_setup_teardown(ground_and_direction, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
