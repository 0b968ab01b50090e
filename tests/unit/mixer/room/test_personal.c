/* Views of single participants: who has one, who shares it, when it is refused or taken away, and
 * that nothing of it is left. */
#include "mixer/room/personal.h"

#include "base/counter.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <stdio.h>
#include <string.h>

/* what a volume does not say is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define H (&ts_hall)

static struct ts_participant *ada, *bob, *cy;

static int setup(void **state)
{
	ts_hall_setup(state);
	ts_overload_init(&H->engine.load.overload, TS_OVERLOAD_NO_JOINS);
	H->engine.extras.most = 8;
	ada = ts_hall_meet("Ada");
	bob = ts_hall_meet("Bob");
	cy = ts_hall_meet("Cy");
	ts_fake_time_after(TS_NS_PER_S);
	return 0;
}

static int teardown(void **state)
{
	ts_hall_teardown(state);
	assert_int_equal(H->engine.extras.n, 0);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
	assert_int_equal(ts_count_get(TS_C_VIEWS_COMPOSED), 0);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 0);
	return 0;
}

static void settle(void)
{
	ts_fake_time_after(TS_NS_PER_S);
}

static void want(struct ts_participant *p, enum ts_self self, struct ts_layout_doc *doc)
{
	assert_int_equal(ts_participant_set_wants(p, &(struct ts_wants){self, doc}), 0);
}

static struct ts_personal_info info_of(const struct ts_participant *p)
{
	struct ts_personal_info info;
	ts_participant_personal_info(p, &info);
	return info;
}

static const struct ts_layout *layout_of(struct ts_participant *p)
{
	return ts_room_view_layout(ts_participant_sees(p));
}

static bool sees(struct ts_participant *p, const struct ts_participant *other)
{
	const struct ts_layout *layout = layout_of(p);
	for (size_t i = 0; i < layout->n; i++)
		if (layout->region[i].occupant == ts_participant_key(other)) return true;
	return false;
}

static void load_to(enum ts_overload_level level)
{
	static int64_t now_ns = TS_NS_PER_S;
	const bool up = ts_engine_overload(&H->engine) < level;
	while (ts_engine_overload(&H->engine) != level)
		ts_load_feed(&H->engine, &(struct ts_pressure){up ? 5000 : 0, TS_PRESSURE_CPU},
			now_ns += TS_NS_PER_S);
	ts_fake_time_run();
}

static void who_hides_themselves_sees_the_others(void **state)
{
	(void)state;
	const int told = H->changed[TS_ROOM_PERSONAL];
	assert_int_equal(info_of(ada).state, TS_PERSONAL_NONE);
	want(ada, TS_SELF_HIDE, NULL);
	const struct ts_personal_info info = info_of(ada); /* at once */
	assert_int_equal(info.state, TS_PERSONAL_OWN);
	assert_int_equal(info.sharers, 1);
	assert_int_equal(info.pixels_per_s, 2 * 320 * 180 * 30);
	assert_int_equal(H->changed[TS_ROOM_PERSONAL], told + 1);
	settle();
	assert_false(sees(ada, ada));
	assert_true(sees(ada, bob) && sees(ada, cy));
	assert_int_equal(layout_of(ada)->n, 2);
	assert_int_equal(layout_of(bob)->n, 3);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 2);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
	assert_int_equal(info_of(ada).encoders, 1);
	assert_ptr_not_equal(ada->receiver.output, bob->receiver.output);
	/* they belong to main as before, and nobody is told of the other */
	assert_ptr_equal(ts_participant_view(ada), ts_room_main_view(H->room));
	assert_null(ts_room_next_view(H->room, ts_room_main_view(H->room)));
	assert_int_equal(ts_room_view_receivers(ts_room_main_view(H->room)), 2);

	want(ada, TS_SELF_ROOM, NULL);
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_NONE);
	assert_ptr_equal(ada->receiver.output, bob->receiver.output);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 1);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
	assert_int_equal(ts_hall_leg(bob)->sender[HALL_VIDEO].holes, 0);
}

static void the_corner_is_the_last_region(void **state)
{
	(void)state;
	want(ada, TS_SELF_CORNER, NULL);
	settle();
	const struct ts_layout *layout = layout_of(ada);
	assert_int_equal(layout->n, 3);
	assert_int_equal(layout->region[2].occupant, ts_participant_key(ada));
	assert_true(layout->region[2].z > layout->region[0].z);
	const struct ts_output *before = ada->receiver.output;
	want(ada, TS_SELF_HIDE, NULL); /* the same view, and encoder */
	settle();
	assert_int_equal(layout_of(ada)->n, 2);
	assert_ptr_equal(ada->receiver.output, before);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
}

static void equal_wishes_share_a_view(void **state)
{
	(void)state;
	struct ts_layout_doc *doc = ts_layout_shipped(1);
	want(ada, TS_SELF_ROOM, doc);
	want(bob, TS_SELF_SHOW, doc);
	settle();
	assert_int_equal(info_of(ada).sharers, 2);
	assert_ptr_equal(ada->receiver.output, bob->receiver.output);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 2);
	want(cy, TS_SELF_ROOM, ts_layout_shipped(0));
	settle(); /* that is what all see */
	assert_int_equal(info_of(cy).state, TS_PERSONAL_NONE);
	/* one of two who wants something else leaves the other where they are */
	want(ada, TS_SELF_HIDE, doc);
	settle();
	assert_int_equal(info_of(ada).sharers, 1);
	assert_int_equal(info_of(bob).sharers, 1);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 2);
	ts_participant_leave(bob, "left");
	settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
}

static void watchers_cost_nothing(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("w", TS_KIND_WHEP);
	struct ts_participant *watcher = ts_hall_enter(&join);
	ts_hall_connect(watcher);
	want(watcher, TS_SELF_HIDE, NULL);
	settle();
	assert_int_equal(info_of(watcher).state, TS_PERSONAL_NONE);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
	/* nor does somebody whose role is to watch: they are in no tile */
	struct ts_participant_settings s;
	ts_participant_settings(ada, &s);
	strcpy(s.role, "watcher");
	ts_participant_set(ada, &s);
	want(ada, TS_SELF_HIDE, NULL);
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_NONE);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
}

/* Three hide themselves, two may; who comes third is told, and has theirs when one has gone. */
static void the_third_is_told(void **state)
{
	(void)state;
	struct ts_room_config config = *ts_room_config(H->room);
	const int64_t refused = ts_count_get(TS_C_PERSONAL_LIMIT);
	H->engine.extras.most = 2;
	config.self = TS_SELF_HIDE;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_OWN);
	assert_int_equal(info_of(bob).state, TS_PERSONAL_OWN);
	assert_int_equal(info_of(cy).state, TS_PERSONAL_FULL);
	assert_int_equal(info_of(cy).self, TS_SELF_HIDE);
	assert_int_equal(info_of(cy).pixels_per_s, 2 * 320 * 180 * 30);
	assert_string_equal(ts_personal_because(TS_PERSONAL_FULL), "limit");
	assert_int_equal(ts_count_get(TS_C_PERSONAL_LIMIT), refused + 1);
	assert_true(sees(cy, cy));
	assert_false(sees(ada, ada) || sees(bob, bob));
	want(ada, TS_SELF_SHOW, NULL);
	settle();
	assert_int_equal(info_of(cy).state, TS_PERSONAL_OWN);
	assert_false(sees(cy, cy));
	assert_true(sees(ada, ada));
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 2);
}

static void goes_first_under_load_and_comes_back(void **state)
{
	(void)state;
	const int64_t fallbacks = ts_count_get(TS_C_PERSONAL_FALLBACKS);
	want(ada, TS_SELF_HIDE, NULL);
	want(bob, TS_SELF_CORNER, NULL);
	settle();
	const int told = H->changed[TS_ROOM_PERSONAL];
	load_to(TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(info_of(ada).state, TS_PERSONAL_OVERLOADED);
	assert_int_equal(info_of(bob).state, TS_PERSONAL_OVERLOADED);
	assert_int_equal(H->changed[TS_ROOM_PERSONAL], told + 2);
	assert_int_equal(ts_count_get(TS_C_PERSONAL_FALLBACKS), fallbacks + 2);
	assert_true(sees(ada, ada));
	settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 1);
	assert_ptr_equal(ada->receiver.output, cy->receiver.output);
	/* and refused while it lasts */
	want(cy, TS_SELF_HIDE, NULL);
	settle();
	assert_int_equal(info_of(cy).state, TS_PERSONAL_OVERLOADED);
	load_to(TS_OVERLOAD_NONE);
	for (int i = 0; i < 10; i++) ts_extras_feed(&H->engine.extras, 0);
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_OWN);
	assert_int_equal(info_of(bob).state, TS_PERSONAL_OWN);
	assert_int_equal(info_of(cy).state, TS_PERSONAL_OWN);
	assert_int_equal(ts_hall_leg(cy)->sender[HALL_VIDEO].holes, 0);
}

static void is_refused_before_there_is_too_much(void **state)
{
	(void)state;
	H->engine.extras.permille = TS_OVERLOAD_CALM;
	want(ada, TS_SELF_HIDE, NULL);
	assert_int_equal(info_of(ada).state, TS_PERSONAL_BUSY);
	settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
	H->engine.extras.permille = 0;
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_OWN);
}

/* Of another view: that one's canvas, and again when it goes. */
static void is_made_of_the_view_they_belong_to(void **state)
{
	(void)state;
	const struct ts_room_view_config tall = {
		.id = "tall", .width = 180, .height = 320, .fps = 30};
	struct ts_room_view *view;
	assert_int_equal(ts_room_add_view(H->room, &tall, NULL, &view), 0);
	want(ada, TS_SELF_HIDE, NULL);
	settle();
	assert_int_equal(ts_participant_set_view(ada, view), 0);
	settle();
	assert_ptr_equal(ts_participant_view(ada), view);
	assert_int_equal(ts_output_config(ada->receiver.output)->step.height, 320);
	assert_false(sees(ada, ada));
	assert_int_equal(ts_room_view_outputs(view), 0); /* nobody receives that itself */

	struct ts_room_view_config wider = tall;
	wider.width = 240;
	assert_int_equal(ts_room_change_view(view, &wider), 0);
	settle();
	assert_int_equal(ts_output_config(ada->receiver.output)->step.width, 240);

	ts_room_remove_view(view);
	settle();
	assert_ptr_equal(ts_participant_view(ada), ts_room_main_view(H->room));
	assert_int_equal(ts_output_config(ada->receiver.output)->step.width, 320);
	assert_false(sees(ada, ada));
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
}

static void follows_the_layout_and_wishes_of_its_home(void **state)
{
	(void)state;
	want(ada, TS_SELF_HIDE, NULL);
	settle();
	ts_room_set_layout(H->room, ts_layout_shipped(1));
	struct ts_wishes wishes = {.spotlight = {1, {ts_participant_key(cy)}}};
	ts_room_set_wishes(H->room, &wishes);
	settle();
	const struct ts_room_view *own = ts_participant_sees(ada);
	assert_ptr_equal(own->scene.doc, ts_layout_shipped(1));
	assert_int_equal(own->scene.wishes.spotlight.n, 1);
}

static struct ts_layout_doc *narrow_layout(void)
{
	static const char text[] =
		"{\"name\":\"wide\",\"variants\":[{\"when\":{\"aspect_min\":1},\"regions\":["
		"{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"next\"}]}]}";
	struct ts_layout_doc *doc;
	struct ts_layout_error err;
	assert_int_equal(ts_layout_parse(&doc, text, sizeof text - 1, &err), 0);
	return doc;
}

/* One that has no variant for the canvas that theirs has become. */
static void a_layout_that_fits_no_more_is_left_out(void **state)
{
	(void)state;
	struct ts_layout_doc *doc = narrow_layout();
	want(ada, TS_SELF_HIDE, doc);
	want(bob, TS_SELF_ROOM, doc);
	ts_layout_doc_unref(&doc);
	settle();
	assert_int_equal(layout_of(ada)->n, 1);
	struct ts_room_config config = *ts_room_config(H->room);
	config.width = 180, config.height = 320;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_UNFIT);
	assert_int_equal(info_of(ada).sharers, 1); /* themselves they do not see all the same */
	assert_int_equal(layout_of(ada)->n, 2);
	assert_int_equal(info_of(bob).state, TS_PERSONAL_UNFIT);
	assert_int_equal(info_of(bob).sharers, 0);
}

static void who_comes_back_has_it_again(void **state)
{
	(void)state;
	want(ada, TS_SELF_HIDE, NULL);
	assert_int_equal(ts_participant_set_volumes(
				 ada, &(struct ts_volume){ts_participant_key(bob), 0.5f}, 1),
		0);
	assert_int_equal(
		ts_participant_set_volumes(bob, &(struct ts_volume){ts_participant_key(ada), 0}, 1),
		0);
	settle();
	struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	join.replaces = ada;
	struct ts_participant *again = ts_hall_enter(&join);
	ts_hall_connect(again);
	settle();
	assert_false(sees(again, again));
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
	assert_int_equal(ts_participant_volumes(again)->of[0].key, ts_participant_key(bob));
	assert_int_equal(ts_participant_volumes(bob)->of[0].key, ts_participant_key(again));
	ada = again;
}

static void nothing_is_left_of_who_leaves(void **state)
{
	(void)state;
	const struct ts_volume all[] = {
		{ts_participant_key(bob), 2}, {ts_participant_key(cy), 0.25f}};
	want(ada, TS_SELF_HIDE, NULL);
	assert_int_equal(ts_participant_set_volumes(ada, all, 2), 0);
	settle();
	assert_true(ts_participant_volumes_heard(ada));
	ts_participant_leave(bob, "left");
	assert_int_equal(ts_participant_volumes(ada)->n, 1);
	assert_int_equal(ts_participant_volumes(ada)->of[0].key, ts_participant_key(cy));
	ts_participant_leave(cy, "left");
	assert_null(ts_participant_volumes(ada));
	ts_participant_leave(ada, "left");
	settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
	assert_int_equal(H->engine.extras.n, 0);
	assert_int_equal(
		ts_participant_set_wants(ada, &(struct ts_wants){TS_SELF_HIDE, NULL}), TS_ECLOSED);
}

static void volumes_are_of_others_who_are_there(void **state)
{
	(void)state;
	const uint64_t key = ts_participant_key(bob);
	struct ts_volume many[TS_VOLUMES_MAX + 1] = {{0}};
	const struct ts_volume twice[] = {{key, 1}, {key, 0}};
	const struct ts_volume bad[] = {
		{ts_participant_key(ada), 1}, {12345, 1}, {key, -1}, {key, 4.5f}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(ts_participant_set_volumes(ada, &bad[i], 1), TS_EINVAL);
	assert_int_equal(ts_participant_set_volumes(ada, twice, 2), TS_EINVAL);
	assert_int_equal(ts_participant_set_volumes(ada, many, TS_VOLUMES_MAX + 1), TS_ELIMIT);
	assert_null(ts_participant_volumes(ada));
	assert_int_equal(ts_participant_set_volumes(ada, &(struct ts_volume){key, 0}, 1), 0);
	const int told = H->changed[TS_ROOM_PARTICIPANT];
	assert_int_equal(ts_participant_set_volumes(ada, &(struct ts_volume){key, 0}, 1), 0);
	assert_int_equal(H->changed[TS_ROOM_PARTICIPANT], told); /* as it was */
	assert_int_equal(ts_participant_set_volumes(ada, NULL, 0), 0);
	assert_null(ts_participant_volumes(ada));
}

/* As many as a room may have; who is one too many is told, and moves up. */
static void a_room_has_so_many(void **state)
{
	(void)state;
	enum { PEOPLE = TS_ROOM_PERSONAL_MAX + 2 };
	struct ts_participant *p[PEOPLE] = {ada, bob, cy};
	struct ts_room_config config = *ts_room_config(H->room);
	H->engine.extras.most = 100;
	config.max_participants = PEOPLE;
	config.self = TS_SELF_HIDE;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	for (int i = 3; i < PEOPLE; i++) p[i] = ts_hall_meet("x");
	for (int i = 0; i < 10; i++) settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), TS_ROOM_PERSONAL_MAX);
	assert_int_equal(info_of(p[PEOPLE - 1]).state, TS_PERSONAL_ROOM_FULL);
	ts_participant_leave(p[0], "left");
	settle();
	assert_int_equal(info_of(p[PEOPLE - 2]).state, TS_PERSONAL_OWN);
	assert_int_equal(info_of(p[PEOPLE - 1]).state, TS_PERSONAL_ROOM_FULL);
	for (int i = 1; i < PEOPLE; i++) ts_participant_leave(p[i], "left");
	settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 0);
}

/* On and off again and again: no more than a few begin at once. */
static void who_changes_their_mind_is_held_back(void **state)
{
	(void)state;
	int own = 0;
	for (int i = 0; i < 20; i++) {
		want(ada, TS_SELF_HIDE, NULL);
		own += info_of(ada).state == TS_PERSONAL_OWN;
		want(ada, TS_SELF_SHOW, NULL);
	}
	assert_int_equal(own, TS_EXTRAS_BURST);
	want(ada, TS_SELF_HIDE, NULL);
	for (int i = 0; i < 3; i++) settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_OWN);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 2);
}

static void goes_to_another_room(void **state)
{
	(void)state;
	struct ts_room_config config = *ts_room_config(H->room);
	struct ts_room_events none = {0};
	struct ts_room *other;
	snprintf(config.id, sizeof config.id, "other");
	assert_int_equal(ts_room_create(&other, &H->engine, &config, &none, NULL), 0);
	want(ada, TS_SELF_HIDE, NULL);
	assert_int_equal(ts_participant_set_volumes(
				 ada, &(struct ts_volume){ts_participant_key(bob), 0.5f}, 1),
		0);
	settle();
	assert_int_equal(ts_participant_move(ada, other), 0);
	settle();
	assert_int_equal(info_of(ada).state, TS_PERSONAL_OWN);
	assert_false(sees(ada, ada));
	assert_null(ts_participant_volumes(ada));
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
	assert_int_equal(ts_participant_move(ada, H->room), 0);
	settle();
	ts_room_close(other);
	settle();
	assert_int_equal(ts_count_get(TS_C_PERSONAL_VIEWS), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(who_hides_themselves_sees_the_others),
		T(the_corner_is_the_last_region),
		T(equal_wishes_share_a_view),
		T(watchers_cost_nothing),
		T(the_third_is_told),
		T(goes_first_under_load_and_comes_back),
		T(is_refused_before_there_is_too_much),
		T(is_made_of_the_view_they_belong_to),
		T(follows_the_layout_and_wishes_of_its_home),
		T(a_layout_that_fits_no_more_is_left_out),
		T(who_comes_back_has_it_again),
		T(nothing_is_left_of_who_leaves),
		T(volumes_are_of_others_who_are_there),
		T(a_room_has_so_many),
		T(who_changes_their_mind_is_held_back),
		T(goes_to_another_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
