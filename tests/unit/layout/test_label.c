#include "layout/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ts_label_maker *maker;

static int setup(void **state)
{
	(void)state;
	return ts_label_maker_create(&maker);
}

static int teardown(void **state)
{
	(void)state;
	ts_label_maker_destroy(&maker);
	return 0;
}

static struct ts_overlay *draw(
	enum ts_label_kind kind, const char *name, unsigned marks, int w, int h)
{
	struct ts_label_spec spec;
	const struct ts_rect tile = {0, 0, w, h};
	if (!ts_label_for(&spec, kind, name, marks, &tile)) return NULL;
	struct ts_overlay *o = ts_label_draw(maker, &spec);
	assert_non_null(o);
	return o;
}

/* Samples that are nearly white: letters. */
static int ink_of(const struct ts_overlay *o)
{
	int n = 0;
	for (int i = 0; i < o->w * o->h; i++) n += o->data[0][i] > 180 && o->alpha[0][i] > 200;
	return n;
}

static void names_fit_their_tiles(void **state)
{
	(void)state;
	static const char *const names[] = {"A", "Ada Lovelace",
		"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
		"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
		/* the widest character there is */
		"\xef\xb7\xbd\xef\xb7\xbd\xef\xb7\xbd\xef\xb7\xbd\xef\xb7\xbd\xef\xb7\xbd",
		"\xf0\x92\x88\x99\xf0\x92\x88\x99\xf0\x92\x88\x99"};
	static const int sizes[][2] = {
		{64, 40}, {90, 50}, {182, 102}, {320, 180}, {1280, 720}, {1920, 1080}, {360, 640}};
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (unsigned marks = 0; marks < 16; marks++) {
				struct ts_overlay *o = draw(
					TS_LABEL_NAME, names[n], marks, sizes[i][0], sizes[i][1]);
				assert_non_null(o);
				assert_true(o->w % 2 == 0 && o->h % 2 == 0);
				assert_true(o->w <= sizes[i][0] && o->h <= sizes[i][1] / 2);
				assert_true(ink_of(o) > 0);
				ts_overlay_free(&o);
			}
}

/* Each has letters of its own: not the same boxes for all, and not nothing. */
static void every_script_is_drawn(void **state)
{
	(void)state;
	static const char *const names[] = {"\xd9\x85\xd8\xad\xd9\x85\xd8\xaf",
		"\xd7\x99\xd7\x95\xd7\xa1\xd7\x99", "\xe7\x8e\x8b\xe5\xb0\x8f",
		"\xe5\x8d\x88\xe5\x89\x8d", "\xe0\xa4\xb5\xe0\xa4\xbf", "\xe0\xb8\xaa\xe0\xb8\xa1",
		"\xed\x95\x9c\xea\xb5\xad", "\xd0\x96\xd0\xb5"};
	enum { N = sizeof(names) / sizeof(names[0]) };
	struct ts_overlay *o[N];
	for (int i = 0; i < N; i++) {
		o[i] = draw(TS_LABEL_NAME, names[i], 0, 320, 180);
		assert_true(ink_of(o[i]) > 20);
		for (int k = 0; k < i; k++)
			assert_true(o[i]->w != o[k]->w ||
				memcmp(o[i]->data[0], o[k]->data[0], (size_t)(o[i]->w * o[i]->h)) !=
					0);
	}
	for (int i = 0; i < N; i++) ts_overlay_free(&o[i]);

	/* an emoji has colours */
	struct ts_overlay *smile = draw(TS_LABEL_NAME, "\xf0\x9f\x98\x80", 0, 640, 360);
	int yellow = 0;
	for (int i = 0; i < smile->w * smile->h / 4; i++) yellow += smile->data[1][i] < 80;
	assert_true(yellow > 10);
	ts_overlay_free(&smile);
}

/* How much brighter than the box it is near one end, in the upper half: letters have strokes there,
 * dots have none. A sum, since one pango puts a stroke on a column and another spreads it over
 * two. */
static int strokes_at(const struct ts_overlay *o, bool right)
{
	int sum = 0;
	for (int y = o->h / 4; y < o->h / 2; y++)
		for (int x = 7; x < 16; x++) {
			const int over = o->data[0][y * o->w + (right ? o->w - 1 - x : x)] -
				o->data[0][(o->h - 2) * o->w + o->w / 2];
			sum += over > 0 ? over : 0;
		}
	return sum;
}

/* Arabic is read from the right: its ellipsis is on the left. */
static void what_is_too_long_ends_in_an_ellipsis(void **state)
{
	(void)state;
	char latin[121] = "", arabic[121] = "";
	for (int i = 0; i < 60; i++) strcat(latin, "h");
	for (int i = 0; i < 60; i++) strcat(arabic, "\xd8\xa7"); /* alef: a stroke */
	struct ts_overlay *l = draw(TS_LABEL_NAME, latin, 0, 200, 120),
			  *a = draw(TS_LABEL_NAME, arabic, 0, 200, 120);
	assert_true(strokes_at(l, false) > 4 * strokes_at(l, true));
	assert_true(strokes_at(a, true) > 4 * strokes_at(a, false));
	ts_overlay_free(&l);
	ts_overlay_free(&a);
}

static void there_may_be_nothing_to_draw(void **state)
{
	(void)state;
	struct ts_label_spec spec;
	const struct ts_rect tiny = {0, 0, 40, 24}, tile = {0, 0, 320, 180};
	assert_false(ts_label_for(&spec, TS_LABEL_NAME, "Ada", 0, &tiny));
	assert_false(ts_label_for(&spec, TS_LABEL_NAME, "", 0, &tile));
	assert_false(ts_label_for(&spec, TS_LABEL_NAME, "\xe2\x80\xae \x01", 0, &tile));
	assert_true(ts_label_for(&spec, TS_LABEL_NAME, "", TS_MARK_MUTED, &tile));
	/* a head and shoulders */
	assert_true(ts_label_for(&spec, TS_LABEL_INITIALS, "", 0, &tile));
}

/* What does not change the drawing does not change the spec. */
static void tiles_of_nearly_the_same_size_share(void **state)
{
	(void)state;
	struct ts_label_spec a, b;
	const struct ts_rect one = {0, 0, 426, 240}, other = {426, 0, 428, 240};
	for (int kind = 0; kind < TS_LABEL_KINDS; kind++) {
		assert_true(ts_label_for(&a, (enum ts_label_kind)kind, "Ada",
			TS_MARK_MUTED | TS_MARK_SPEAKING, &one));
		assert_true(ts_label_for(
			&b, (enum ts_label_kind)kind, " Ada\n", TS_MARK_MUTED, &other));
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

static void marks_stand_before_the_name(void **state)
{
	(void)state;
	struct ts_overlay *plain = draw(TS_LABEL_NAME, "Ada", 0, 320, 180);
	struct ts_overlay *muted = draw(TS_LABEL_NAME, "Ada", TS_MARK_MUTED, 320, 180);
	struct ts_overlay *both = draw(
		TS_LABEL_NAME, "Ada", TS_MARK_MUTED | TS_MARK_PINNED, 320, 180);
	assert_true(plain->w < muted->w && muted->w < both->w);
	int red = 0;
	for (int i = 0; i < muted->w * muted->h / 4; i++) red += muted->data[2][i] > 160;
	assert_true(red > 5);
	ts_overlay_free(&plain);
	ts_overlay_free(&muted);
	ts_overlay_free(&both);
}

/* To half their size here, below a third they would be cut. */
static void cards_are_drawn_smaller_before_they_are_cut(void **state)
{
	static const char *const texts[] = {
		"Leitung: PIN eingeben, dann 1", "Leitung: PIN eingeben, dann 2"};
	struct ts_label_spec spec[2] = {{.kind = TS_LABEL_CARD, .size_px = 60, .max_w_px = 4000},
		{.kind = TS_LABEL_CARD, .size_px = 60}};
	(void)state;
	for (int i = 0; i < 2; i++) memcpy(spec[i].text, texts[i], strlen(texts[i]) + 1);
	struct ts_overlay *whole = ts_label_draw(maker, &spec[0]);
	for (int w = whole->w / 2; w < whole->w; w++) {
		spec[0].max_w_px = spec[1].max_w_px = w;
		struct ts_overlay *a = ts_label_draw(maker, &spec[0]),
				  *b = ts_label_draw(maker, &spec[1]);
		assert_in_range(a->w, 1, w + 3);
		/* the last letter is there: digits are of one width */
		if (a->w == b->w && a->h == b->h &&
			!memcmp(a->data[0], b->data[0], (size_t)a->w * (size_t)a->h) &&
			!memcmp(a->alpha[0], b->alpha[0], (size_t)a->w * (size_t)a->h))
			fail_msg("%d of %d: cut", w, whole->w);
		ts_overlay_free(&a);
		ts_overlay_free(&b);
	}
	ts_overlay_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fit_their_tiles),
		cmocka_unit_test(every_script_is_drawn),
		cmocka_unit_test(what_is_too_long_ends_in_an_ellipsis),
		cmocka_unit_test(there_may_be_nothing_to_draw),
		cmocka_unit_test(tiles_of_nearly_the_same_size_share),
		cmocka_unit_test(marks_stand_before_the_name),
		cmocka_unit_test(cards_are_drawn_smaller_before_they_are_cut),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
