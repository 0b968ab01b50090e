#include "mixer/scene/scene.h"

#include "base/clock.h"
#include "tests/unit/mixer/scene/fake_output.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ts_scene scene;
static const struct ts_canvas hd = {1280, 720, 30, 1500000, {0}};

enum { PEOPLE = 60 };
static struct ts_person people[PEOPLE];
static char ids[PEOPLE][8];

static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < PEOPLE; i++) {
		snprintf(ids[i], sizeof(ids[i]), "id%d", i + 1);
		people[i] = (struct ts_person){
			.key = (uint64_t)i + 1, .id = ids[i], .identity = "", .role = ""};
	}
	ts_scene_init(&scene, NULL, &hd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_scene_fini(&scene);
	assert_null(scene.doc);
	return 0;
}

static uint64_t largest(void)
{
	const struct ts_region *found = NULL;
	for (size_t i = 0; i < scene.layout.n; i++) {
		const struct ts_region *r = &scene.layout.region[i];
		if (r->occupant &&
			(!found || r->rect.w * r->rect.h > found->rect.w * found->rect.h))
			found = r;
	}
	return found ? found->occupant : 0;
}

static void arrange_says_whether_anything_changed(void **state)
{
	(void)state;
	assert_true(ts_scene_arrange(&scene, NULL, 0)); /* from nothing to an empty canvas */
	assert_int_equal(scene.layout.canvas_w, 1280);
	assert_false(ts_scene_arrange(&scene, NULL, 0));
	assert_true(ts_scene_arrange(&scene, people, 1));
	assert_true(ts_scene_arrange(&scene, people, 2));
	assert_false(ts_scene_arrange(&scene, people, 2));
	ts_scene_set_canvas(&scene, &(struct ts_canvas){640, 360, 30, 500000, {0}});
	assert_true(ts_scene_arrange(&scene, people, 2));
	assert_int_equal(scene.layout.canvas_w, 640);
	assert_int_equal(scene.ladder.step[0].height, 360);
}

static void region_of_is_the_largest_that_shows_them(void **state)
{
	(void)state;
	ts_scene_set_doc(&scene, ts_layout_shipped_named("speaker"));
	ts_scene_arrange(&scene, people, 3);
	const int i = ts_scene_region_of(&scene, 1, TS_SHOWS_CAMERA);
	assert_true(i >= 0);
	assert_int_equal(scene.layout.region[i].occupant, 1);
	assert_int_equal(largest(), 1);
	assert_int_equal(ts_scene_region_of(&scene, 99, TS_SHOWS_CAMERA), -1);
	assert_int_equal(ts_scene_region_of(&scene, 1, TS_SHOWS_SLIDES), -1);
	people[1].slides_since_ns = 5;
	ts_scene_arrange(&scene, people, 3);
	assert_true(ts_scene_region_of(&scene, 2, TS_SHOWS_SLIDES) >= 0);
	/* two regions of one occupant, the second of which is larger */
	scene.layout.n = 2;
	scene.layout.region[0] = (struct ts_region){.rect = {0, 0, 10, 10}, .occupant = 7};
	scene.layout.region[1] = (struct ts_region){.rect = {0, 0, 20, 10}, .occupant = 7};
	assert_int_equal(ts_scene_region_of(&scene, 7, TS_SHOWS_CAMERA), 1);
}

static void trying_a_document_changes_nothing(void **state)
{
	(void)state;
	ts_scene_arrange(&scene, people, 3);
	const struct ts_layout before = scene.layout;
	struct ts_layout out;
	ts_scene_try(&scene, ts_layout_shipped_named("speaker"), people, 3, &out);
	assert_false(ts_layout_same(&out, &before));
	assert_true(ts_layout_same(&scene.layout, &before));
	assert_string_equal(scene.doc->name, "grid");
}

static void a_document_is_held_while_it_is_shown(void **state)
{
	(void)state;
	static const char text[] = "{\"name\":\"one\",\"variants\":[{\"regions\":["
				   "{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"next\"}]}]}";
	struct ts_layout_doc *doc;
	struct ts_layout_error err;
	assert_int_equal(ts_layout_parse(&doc, text, sizeof(text) - 1, &err), 0);
	ts_scene_set_doc(&scene, doc);
	ts_layout_doc_unref(&doc);
	ts_scene_arrange(&scene, people, 2);
	assert_int_equal(scene.layout.n, 1);
	assert_int_equal(scene.n_hidden, 1);
	ts_scene_set_doc(&scene, ts_layout_shipped(0)); /* frees it */
}

static void who_speaks_is_shown_large(void **state)
{
	(void)state;
	ts_scene_set_doc(&scene, ts_layout_shipped_named("speaker"));
	ts_scene_arrange(&scene, people, 4);
	assert_int_equal(largest(), 1);
	bool changed = false;
	for (int i = 0; i < 50; i++) {
		const struct ts_talk talk[] = {
			{1, false, 0}, {2, false, 0}, {3, true, -20}, {4, false, 0}};
		changed |= ts_scene_update_talk(&scene, talk, 4, (100 + i) * 100 * TS_NS_PER_MS);
	}
	assert_true(changed);
	ts_scene_arrange(&scene, people, 4);
	assert_int_equal(largest(), 3);
}

static void wishes_are_kept_and_another_order_lays_anew(void **state)
{
	(void)state;
	struct ts_wishes wishes = {.spotlight = {.n = 1, .key = {2}}};
	ts_scene_set_doc(&scene, ts_layout_shipped_named("speaker"));
	ts_scene_arrange(&scene, people, 3);
	assert_false(scene.lay_anew);
	ts_scene_set_wishes(&scene, &wishes);
	assert_false(scene.lay_anew);
	ts_scene_arrange(&scene, people, 3);
	assert_int_equal(largest(), 2);
	wishes.order = (struct ts_wish){.n = 2, .key = {3, 1}};
	ts_scene_set_wishes(&scene, &wishes);
	assert_true(scene.lay_anew);
	ts_scene_arrange(&scene, people, 3);
	assert_false(scene.lay_anew);
	ts_scene_set_wishes(&scene, &wishes);
	assert_false(scene.lay_anew);
}

static void those_who_are_not_shown_take_turns(void **state)
{
	(void)state;
	static const char text[] =
		"{\"name\":\"turns\",\"overflow\":{\"rotate_s\":5},\"variants\":[{\"regions\":["
		"{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"next\"}]}]}";
	struct ts_layout_doc *doc;
	struct ts_layout_error err;
	assert_int_equal(ts_layout_parse(&doc, text, sizeof(text) - 1, &err), 0);
	ts_scene_set_doc(&scene, doc);
	ts_layout_doc_unref(&doc);
	ts_scene_arrange(&scene, people, 1);
	assert_false(ts_scene_update_talk(&scene, NULL, 0, 1 * TS_NS_PER_S));
	assert_false(ts_scene_update_talk(&scene, NULL, 0, 9 * TS_NS_PER_S)); /* all are shown */
	ts_scene_arrange(&scene, people, 3);
	uint64_t shown = largest();
	assert_false(ts_scene_update_talk(&scene, NULL, 0, 10 * TS_NS_PER_S));
	assert_false(ts_scene_update_talk(&scene, NULL, 0, 10 * TS_NS_PER_S + 4900 * TS_NS_PER_MS));
	assert_true(ts_scene_update_talk(&scene, NULL, 0, 15 * TS_NS_PER_S));
	ts_scene_arrange(&scene, people, 3);
	assert_int_not_equal(largest(), shown);
	assert_false(ts_scene_update_talk(&scene, NULL, 0, 16 * TS_NS_PER_S));
	assert_true(ts_scene_update_talk(&scene, NULL, 0, 20 * TS_NS_PER_S));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(arrange_says_whether_anything_changed),
		TEST(region_of_is_the_largest_that_shows_them),
		TEST(trying_a_document_changes_nothing),
		TEST(a_document_is_held_while_it_is_shown),
		TEST(who_speaks_is_shown_large),
		TEST(wishes_are_kept_and_another_order_lays_anew),
		TEST(those_who_are_not_shown_take_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
