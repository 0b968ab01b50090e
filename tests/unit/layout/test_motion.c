#include "layout/motion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000000, WHOLE = TS_MOTION_WHOLE };
static const struct ts_rgb black = {0, 0, 0}, white = {255, 255, 255};
static const int64_t took = 250 * MS;

static struct ts_region at(uint64_t who, int x, int y, int w, int h)
{
	return (struct ts_region){.rect = {x, y, w, h}, .occupant = who};
}

static struct ts_motion resting(const struct ts_region *region, size_t n)
{
	struct ts_motion m;
	ts_motion_rest(&m, region, n, black);
	return m;
}

/* NULL: it is not drawn. */
static const struct ts_motion_tile *find(
	const struct ts_motion_tile *list, size_t n, uint64_t who, bool goes)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].region.occupant == who && (list[i].index < 0) == goes) return &list[i];
	return NULL;
}

static void assert_rect(const struct ts_rect *r, int x, int y, int w, int h)
{
	const int is[4] = {r->x, r->y, r->w, r->h}, want[4] = {x, y, w, h};
	for (int i = 0; i < 4; i++) assert_int_equal(is[i], want[i]);
}

/* ---- tests */

static void rest_shows_the_layout(void **state)
{
	(void)state;
	const struct ts_region now[] = {
		at(1, 0, 0, 100, 200), at(0, 0, 0, 50, 50), at(2, 100, 0, 100, 200)};
	const struct ts_motion m = resting(now, 3);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	assert_int_equal(ts_motion_at(&m, 7, list), 2);
	assert_int_equal(list[0].index, 0);
	assert_int_equal(list[1].index, 2);
	assert_int_equal(list[1].share, WHOLE);
	assert_true(ts_motion_is_over(&m, 7));
	assert_true(ts_motion_leads_to(&m, now, 3, black));
	assert_false(ts_motion_leads_to(&m, now, 3, white));
	assert_false(ts_motion_leads_to(&m, now, 2, black));
}

/* First picture: as before. Last: as it will be. Between: every edge goes one way, and is even. */
static void who_stays_goes_steadily(void **state)
{
	(void)state;
	const struct ts_region one[] = {at(1, 0, 0, 1280, 720)};
	struct ts_region two[] = {at(1, 0, 120, 640, 480), at(2, 640, 120, 640, 480)};
	two[0].looks.border_px = 8;
	two[0].looks.radius_px = 31;
	struct ts_motion m = resting(one, 1);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, two, 2, black, 5 * MS, took);
	assert_int_equal(ts_motion_at(&m, 5 * MS, list), 1);
	assert_rect(&list[0].region.rect, 0, 0, 1280, 720);
	assert_int_equal(list[0].region.looks.radius_px, 0);

	struct ts_region was = list[0].region;
	for (int64_t ns = 5 * MS; ns <= 5 * MS + took; ns += MS) {
		const size_t n = ts_motion_at(&m, ns, list);
		const struct ts_region *r = &find(list, n, 1, false)->region;
		assert_int_equal(
			(r->rect.x | r->rect.y | r->rect.w | r->rect.h | r->looks.border_px) & 1,
			0);
		assert_true(r->rect.y >= was.rect.y && r->rect.w <= was.rect.w);
		assert_true(r->rect.y + r->rect.h <= was.rect.y + was.rect.h);
		assert_true(was.rect.w - r->rect.w <= 640 * 2 / 100); /* no jump in 1 ms */
		assert_true(r->looks.border_px >= was.looks.border_px &&
			r->looks.radius_px >= was.looks.radius_px);
		assert_int_equal(ts_motion_is_over(&m, ns), ns == 5 * MS + took);
		was = *r;
	}
	assert_rect(&was.rect, 0, 120, 640, 480);
	assert_int_equal(was.looks.border_px, 8);
	assert_int_equal(was.looks.radius_px, 31);
	/* half of the way at half of the time, slow at both ends */
	ts_motion_at(&m, 5 * MS + took / 2, list);
	size_t n = ts_motion_at(&m, 5 * MS + took / 2, list);
	assert_int_equal(find(list, n, 1, false)->region.rect.y, 60);
	n = ts_motion_at(&m, 5 * MS + took / 10, list);
	assert_true(find(list, n, 1, false)->region.rect.y < 120 / 20);
}

static void who_comes_fades_in_below_those_who_stay(void **state)
{
	(void)state;
	const struct ts_region one[] = {at(1, 0, 0, 200, 200)},
			       two[] = {at(1, 0, 0, 100, 200), at(2, 100, 0, 100, 200)};
	struct ts_motion m = resting(one, 1);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, two, 2, black, 0, took);
	int was = 0;
	for (int64_t ns = took / 4; ns < took; ns += MS) {
		assert_int_equal(ts_motion_at(&m, ns, list), 2);
		assert_int_equal(list[0].region.occupant, 2);
		assert_rect(&list[0].region.rect, 100, 0, 100, 200);
		assert_true(list[0].share >= was && list[0].share < WHOLE);
		assert_int_equal(list[1].share, WHOLE);
		was = list[0].share;
	}
	assert_true(was > WHOLE - 4);
	assert_int_equal(ts_motion_at(&m, took, list), 2);
	assert_int_equal(find(list, 2, 2, false)->share, WHOLE);
}

static void who_goes_fades_out_where_they_were(void **state)
{
	(void)state;
	const struct ts_region one[] = {at(1, 0, 0, 200, 200)},
			       two[] = {at(1, 0, 0, 100, 200), at(2, 100, 0, 100, 200)};
	struct ts_motion m = resting(two, 2);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, one, 1, black, 0, took);
	assert_int_equal(ts_motion_at(&m, 0, list), 2);
	assert_int_equal(list[0].index, -1);
	assert_int_equal(list[0].share, WHOLE);
	assert_int_equal(ts_motion_at(&m, took / 2, list), 2);
	assert_rect(&list[0].region.rect, 100, 0, 100, 200);
	assert_int_equal(list[0].share, WHOLE / 2);
	assert_int_equal(ts_motion_at(&m, took, list), 1);
	assert_int_equal(list[0].region.occupant, 1);
}

/* One after the other in one place: the old one is not taken away before the new one is there. */
static void between_two_nothing_dark_is_seen(void **state)
{
	(void)state;
	const struct ts_region ada[] = {at(1, 0, 0, 200, 200)}, bob[] = {at(2, 0, 0, 200, 200)};
	struct ts_motion m = resting(ada, 1);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, bob, 1, black, 0, took);
	for (int64_t ns = 10 * MS; ns < took; ns += 10 * MS) {
		assert_int_equal(ts_motion_at(&m, ns, list), 2);
		assert_int_equal(list[0].index, -1);
		assert_int_equal(list[0].share, WHOLE);
		assert_int_equal(list[1].index, 0);
	}
	/* a camera and the slides of one participant are two */
	struct ts_region slides[] = {at(1, 0, 0, 200, 200)};
	slides[0].shows = TS_SHOWS_SLIDES;
	m = resting(ada, 1);
	ts_motion_begin(&m, slides, 1, black, 0, took);
	assert_int_equal(ts_motion_at(&m, took / 2, list), 2);
}

static void what_is_above_changes_at_half(void **state)
{
	(void)state;
	struct ts_region was[] = {at(1, 0, 0, 200, 200), at(2, 140, 140, 50, 50)};
	was[1].z = 2;
	struct ts_region is[] = {at(2, 0, 0, 200, 200), at(1, 140, 140, 50, 50)};
	is[1].z = 2;
	struct ts_motion m = resting(was, 2);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, is, 2, black, 0, took);
	for (int64_t ns = 0; ns <= took; ns += MS) {
		const size_t n = ts_motion_at(&m, ns, list);
		if (n == 2)
			assert_int_equal(
				list[1].region.occupant, ts_motion_is_late(&m, ns) ? 1 : 2);
		assert_int_equal(ts_motion_is_late(&m, ns), ns >= took / 2);
	}
}

/* The next change begins where the last one is: nothing jumps, and nobody waits for ever. */
static void a_change_on_the_way_goes_on_from_there(void **state)
{
	(void)state;
	const struct ts_region a[] = {at(1, 0, 0, 400, 400)},
			       b[] = {at(1, 200, 0, 200, 200), at(2, 0, 200, 200, 200)},
			       c[] = {at(2, 200, 200, 200, 200), at(3, 0, 0, 100, 100)};
	struct ts_motion m = resting(a, 1);
	struct ts_motion_tile before[TS_MOTION_TILES_MAX], list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, b, 2, black, 0, took);
	size_t n = ts_motion_at(&m, took / 3, before);
	const struct ts_motion_tile one = *find(before, n, 1, false);
	const struct ts_motion_tile two = *find(before, n, 2, false);
	assert_true(two.share > 0 && two.share < WHOLE);

	ts_motion_begin(&m, c, 2, white, took / 3, took);
	n = ts_motion_at(&m, took / 3, list);
	assert_memory_equal(
		&find(list, n, 1, true)->region.rect, &one.region.rect, sizeof(struct ts_rect));
	assert_int_equal(find(list, n, 1, true)->share, WHOLE); /* of what is seen of them now */
	assert_memory_equal(
		&find(list, n, 2, false)->region.rect, &two.region.rect, sizeof(struct ts_rect));
	assert_int_equal(find(list, n, 2, false)->share, two.share);
	assert_null(find(list, n, 3, false));

	/* and back in the middle of that: who goes is new again */
	ts_motion_begin(&m, b, 2, black, took / 2, took);
	n = ts_motion_at(&m, took / 2 + took / 4, list);
	assert_non_null(find(list, n, 1, true));
	assert_non_null(find(list, n, 1, false));
	n = ts_motion_at(&m, took / 2 + took, list);
	assert_int_equal(n, 2);
	assert_rect(&find(list, n, 1, false)->region.rect, 200, 0, 200, 200);

	/* another one at each tick: it gets there all the same */
	m = resting(a, 1);
	for (int i = 0; i < 2000; i++)
		ts_motion_begin(&m, i % 2 ? b : c, 2, black, i * (int64_t)(33 * MS), took);
	assert_true(m.n_leaving <= TS_REGIONS_MAX);
}

static void going_to_the_same_is_no_change(void **state)
{
	(void)state;
	const struct ts_region a[] = {at(1, 0, 0, 400, 400)},
			       b[] = {at(1, 200, 0, 200, 200), at(2, 0, 200, 200, 200)};
	struct ts_region named[2] = {b[0], b[1]};
	named[1].looks.label = true;
	named[0].marks = TS_MARK_MUTED;
	struct ts_region higher[2] = {b[0], b[1]};
	higher[1].z = 3;
	struct ts_motion m = resting(a, 1);
	ts_motion_begin(&m, b, 2, black, 0, took);
	assert_true(ts_motion_leads_to(&m, named, 2, black));
	assert_false(ts_motion_leads_to(&m, higher, 2, black));
	assert_false(ts_motion_leads_to(&m, a, 1, black));
}

static void places_of_nobody(void **state)
{
	(void)state;
	struct ts_region was[] = {at(0, 0, 0, 100, 100), at(0, 100, 0, 100, 100)},
			 is[] = {at(0, 100, 0, 100, 100), at(0, 0, 100, 200, 100)};
	for (int i = 0; i < 2; i++) was[i].blank = is[i].blank = true;
	struct ts_motion m = resting(was, 2);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	ts_motion_begin(&m, is, 2, white, 0, took);
	assert_int_equal(m.from[0].before, 1);
	assert_int_equal(m.from[1].before, -1);
	assert_int_equal(ts_motion_at(&m, took / 2, list), 3);
	const struct ts_rgb grey = ts_motion_background(&m, took / 2);
	assert_int_equal(grey.g, 128);
	assert_int_equal(ts_motion_background(&m, took).r, 255);
	assert_int_equal(ts_motion_background(&m, 0).b, 0);
}

static void what_is_hidden_is_left_out(void **state)
{
	(void)state;
	struct ts_region was[] = {at(1, 0, 0, 200, 200), at(2, 20, 20, 50, 50)};
	was[0].z = 1;
	const struct ts_region is[] = {at(1, 100, 100, 100, 100)};
	struct ts_motion m = resting(was, 2);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	assert_int_equal(ts_motion_at(&m, 0, list), 1);
	ts_motion_begin(&m, is, 1, black, 0, took);
	assert_int_equal(m.n_leaving, 0); /* nobody saw them, and the canvas has others there */
	was[0].looks.radius_px = 20;
	m = resting(was, 2);
	assert_int_equal(ts_motion_at(&m, 0, list), 2);
}

/* Any two layouts: nothing leaves the canvas, nothing is empty, the list is bounded. */
static void any_layout_to_any_other(void **state)
{
	(void)state;
	unsigned seed = 4711;
	struct ts_motion m = resting(NULL, 0);
	struct ts_motion_tile list[TS_MOTION_TILES_MAX];
	for (int round = 0; round < 3000; round++) {
		struct ts_region region[TS_REGIONS_MAX];
		const size_t n = (size_t)rand_r(&seed) % (TS_REGIONS_MAX + 1);
		for (size_t i = 0; i < n; i++) {
			const int x = rand_r(&seed) % 630 & ~1, y = rand_r(&seed) % 350 & ~1;
			region[i] = at((uint64_t)rand_r(&seed) % 60, x, y,
				2 + (rand_r(&seed) % (638 - x) & ~1),
				2 + (rand_r(&seed) % (358 - y) & ~1));
			const struct ts_rect *r = &region[i].rect;
			region[i].z = rand_r(&seed) % 3;
			region[i].blank = rand_r(&seed) % 2;
			region[i].looks.radius_px = (r->w < r->h ? r->w : r->h) / 2;
		}
		const int64_t now = round * (int64_t)100 * MS;
		ts_motion_begin(&m, region, n, black, now, (1 + rand_r(&seed) % 300) * (int64_t)MS);
		for (int64_t ns = now; ns < now + 100 * MS; ns += 21 * MS) {
			const size_t drawn = ts_motion_at(&m, ns, list);
			assert_true(drawn <= TS_MOTION_TILES_MAX);
			for (size_t i = 0; i < drawn; i++) {
				const struct ts_rect *r = &list[i].region.rect;
				assert_true(r->x >= 0 && r->y >= 0 && r->w >= 2 && r->h >= 2);
				assert_true(r->x + r->w <= 640 && r->y + r->h <= 360);
				assert_int_equal((r->x | r->y | r->w | r->h) & 1, 0);
				assert_true(list[i].share > 0 && list[i].share <= WHOLE);
				assert_true(2 * list[i].region.looks.radius_px <= r->w &&
					2 * list[i].region.looks.radius_px <= r->h);
				assert_true(i == 0 || list[i].region.z >= list[i - 1].region.z);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rest_shows_the_layout),
		cmocka_unit_test(who_stays_goes_steadily),
		cmocka_unit_test(who_comes_fades_in_below_those_who_stay),
		cmocka_unit_test(who_goes_fades_out_where_they_were),
		cmocka_unit_test(between_two_nothing_dark_is_seen),
		cmocka_unit_test(what_is_above_changes_at_half),
		cmocka_unit_test(a_change_on_the_way_goes_on_from_there),
		cmocka_unit_test(going_to_the_same_is_no_change),
		cmocka_unit_test(places_of_nobody),
		cmocka_unit_test(what_is_hidden_is_left_out),
		cmocka_unit_test(any_layout_to_any_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
