/* The layouts of config/layouts/ at four shapes, with 1 to 60 people, with and without a
 * presentation. */
#include "layout/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *name;
	int w, h;
} canvases[] = {{"16:9", 1280, 720}, {"4:3", 960, 720}, {"1:1", 720, 720}, {"9:16", 720, 1280},
	{"small", 320, 180}};

enum { N_CANVASES = sizeof(canvases) / sizeof(canvases[0]), PEOPLE = 60 };

struct sight {
	const struct ts_layout_doc *doc;
	size_t canvas, n;
	bool slides;
	struct ts_layout layout;
	size_t hidden;
};

static void look(struct sight *s)
{
	struct ts_person person[PEOPLE];
	for (size_t i = 0; i < s->n; i++)
		person[i] = (struct ts_person){i + 1, "", "", "", s->slides && i == s->n - 1};
	const struct ts_policy policy = {.doc = s->doc,
		.canvas_w = canvases[s->canvas].w,
		.canvas_h = canvases[s->canvas].h,
		.person = person,
		.n_people = s->n};
	s->hidden = ts_policy_place(&s->layout, &policy, NULL);
}

static void each(void (*check)(const struct sight *s), size_t max_people)
{
	struct sight s;
	for (size_t d = 0; (s.doc = ts_layout_shipped(d)); d++)
		for (s.canvas = 0; s.canvas < N_CANVASES; s.canvas++)
			for (s.n = 1; s.n <= max_people; s.n++)
				for (int slides = 0; slides < 2; slides++) {
					s.slides = slides;
					look(&s);
					check(&s);
				}
}

#define FAIL(s, what)                                                                            \
	fail_msg("%s, %s, %zu people%s: %s", (s)->doc->name, canvases[(s)->canvas].name, (s)->n, \
		(s)->slides ? ", slides" : "", what)

static void check_regions(const struct sight *s)
{
	const struct ts_layout *l = &s->layout;
	for (size_t i = 0; i < l->n; i++) {
		const struct ts_rect *a = &l->region[i].rect;
		if ((a->x | a->y | a->w | a->h) & 1) FAIL(s, "an odd edge");
		if (a->x < 0 || a->y < 0 || a->x + a->w > l->canvas_w || a->y + a->h > l->canvas_h)
			FAIL(s, "off the canvas");
		if (a->w < 2 || a->h < 2) FAIL(s, "a tile of nothing");
		for (size_t j = 0; j < i; j++) {
			const struct ts_rect *b = &l->region[j].rect;
			const bool apart = a->x >= b->x + b->w || b->x >= a->x + a->w ||
				a->y >= b->y + b->h || b->y >= a->y + a->h;
			if (!apart && l->region[i].z == l->region[j].z)
				FAIL(s, "tiles of one z overlap");
		}
	}
}

static void regions_are_sound(void **state)
{
	(void)state;
	each(check_regions, PEOPLE);
}

static void check_people(const struct sight *s)
{
	bool slides = false;
	size_t people = 0;
	for (size_t i = 0; i < s->layout.n; i++) {
		const struct ts_region *r = &s->layout.region[i];
		if (r->shows == TS_SHOWS_SLIDES && r->occupant)
			slides = true;
		else
			people += r->occupant != 0;
	}
	if (slides != s->slides) FAIL(s, "a presentation is shown, or not, against what is there");
	if (!people && !slides) FAIL(s, "nobody is shown");
	if (s->slides) return;
	/* the shape with few people is full; those for one or two people hide the rest */
	const bool few = !strcmp(s->doc->name, "speaker-only") || !strcmp(s->doc->name, "pip") ||
		!strcmp(s->doc->name, "side-by-side");
	if (!few && s->n <= 6 && s->hidden) FAIL(s, "somebody is hidden");
	if (people + s->hidden != s->n) FAIL(s, "somebody is lost");
}

static void people_are_seen(void **state)
{
	(void)state;
	each(check_people, PEOPLE);
}

/* A camera's picture is not cropped to less than half, but for upright tiles, which are made for
 * upright cameras. */
static void check_shapes(const struct sight *s)
{
	if (!strcmp(s->doc->name, "portrait")) return;
	for (size_t i = 0; i < s->layout.n; i++) {
		const struct ts_region *r = &s->layout.region[i];
		const double shape = (double)r->rect.w / r->rect.h;
		if (!r->occupant || r->shows == TS_SHOWS_SLIDES) continue;
		/* one person on an upright canvas fills it all the same */
		const bool whole = r->rect.w == s->layout.canvas_w &&
			r->rect.h == s->layout.canvas_h;
		if (!whole && (shape < 0.99 || shape > 2.7))
			FAIL(s, "a tile too narrow or too flat");
	}
}

static void shapes_suit_cameras(void **state)
{
	(void)state;
	each(check_shapes, 13);
}

static void of_use_on_every_shape(void **state)
{
	(void)state;
	struct ts_layout_error err;
	const struct ts_layout_doc *doc;
	size_t n = 0;
	for (; (doc = ts_layout_shipped(n)); n++)
		for (size_t c = 0; c < N_CANVASES; c++)
			if (ts_layout_check(doc, canvases[c].w, canvases[c].h, &err))
				fail_msg("%s: %s %s", doc->name, err.pointer, err.reason);
	assert_int_equal(n, 8);
	assert_string_equal(ts_layout_shipped(0)->name, "grid");
	assert_ptr_equal(ts_layout_shipped_named("pip"), ts_layout_shipped(3));
	assert_null(ts_layout_shipped_named("pip2"));
}

/* The shipped grid is the automatic one. */
static void grid_is_the_grid(void **state)
{
	(void)state;
	for (size_t n = 1; n <= TS_REGIONS_MAX; n++) {
		struct sight s = {.doc = ts_layout_shipped_named("grid"), .n = n};
		struct ts_layout grid;
		look(&s);
		ts_grid(&grid, n, canvases[0].w, canvases[0].h);
		assert_int_equal(s.layout.n, n);
		for (size_t i = 0; i < n; i++)
			assert_memory_equal(&s.layout.region[i].rect, &grid.region[i].rect,
				sizeof(struct ts_rect));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_are_sound),
		cmocka_unit_test(people_are_seen),
		cmocka_unit_test(shapes_suit_cameras),
		cmocka_unit_test(of_use_on_every_shape),
		cmocka_unit_test(grid_is_the_grid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
