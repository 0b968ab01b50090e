/* What a room does less of at each level of overload, and that all of it comes back. */
#include "base/counter.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"

#define H (&ts_hall)

static int setup(void **state)
{
	ts_hall_setup(state);
	ts_overload_init(&H->engine.load.overload, TS_OVERLOAD_NO_JOINS);
	return 0;
}

static void feed(int permille)
{
	static int64_t now_ns = TS_NS_PER_S;
	now_ns += TS_NS_PER_S;
	ts_load_feed(&H->engine, &(struct ts_pressure){permille, TS_PRESSURE_CPU}, now_ns);
}

static void load_to(enum ts_overload_level level)
{
	while (ts_engine_overload(&H->engine) < level) feed(5000);
	while (ts_engine_overload(&H->engine) > level) feed(0);
	ts_fake_time_run();
}

static struct ts_participant *meet(const char *name, int max_height)
{
	struct ts_join join = ts_hall_join(name, TS_KIND_WEBRTC);
	join.need.max_height = max_height;
	struct ts_participant *p = ts_hall_enter(&join);
	ts_hall_connect(p);
	return p;
}

static struct ts_participant_info info_of(struct ts_participant *p)
{
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	return info;
}

static void receivers_share_fewer_steps(void **state)
{
	(void)state;
	struct ts_room_config config = *ts_room_config(H->room);
	config.width = 640, config.height = 360;
	ts_room_set_config(H->room, &config);
	struct ts_participant *large = meet("Ada", 0), *middle = meet("Bob", 270),
			      *small = meet("Cy", 180);
	assert_int_equal(H->room->main.scene.n_outputs, 3);
	const struct ts_output *of_large = large->receiver.output;
	load_to(TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(H->room->main.scene.n_outputs, 2);
	assert_ptr_equal(large->receiver.output, of_large); /* the full picture stays */
	assert_ptr_equal(middle->receiver.output, small->receiver.output);
	assert_int_equal(info_of(middle).receives.height, 180);
	load_to(TS_OVERLOAD_NONE);
	assert_int_equal(info_of(middle).receives.height, 270);
	assert_int_equal(info_of(small).receives.height, 180);
	assert_int_equal(H->room->main.scene.n_outputs, 3);
}

static void every_second_tick_is_drawn(void **state)
{
	(void)state;
	load_to(TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(ts_room_draws_every(&H->room->main), 1);
	load_to(TS_OVERLOAD_HALF_RATE);
	assert_int_equal(ts_room_draws_every(&H->room->main), 2);
	struct ts_room_config slow = *ts_room_config(H->room);
	slow.fps = 9;
	ts_room_set_config(H->room, &slow);
	assert_int_equal(ts_room_draws_every(&H->room->main), 1); /* few enough */
	load_to(TS_OVERLOAD_NONE);
	assert_int_equal(ts_room_draws_every(&H->room->main), 1);
}

/* Another preset means another encoder and a keyframe: on the way up for nobody who has one. */
static void only_new_encoders_are_fast(void **state)
{
	(void)state;
	struct ts_participant *old = meet("Ada", 0);
	const struct ts_output *before = old->receiver.output;
	load_to(TS_OVERLOAD_FAST_ENCODERS);
	assert_ptr_equal(old->receiver.output, before);
	struct ts_participant *like = meet("Bob", 0), *other = meet("Cy", 96);
	assert_ptr_equal(like->receiver.output, before);
	assert_false(ts_output_config(like->receiver.output)->fastest);
	assert_true(ts_output_config(other->receiver.output)->fastest);
	load_to(TS_OVERLOAD_HALF_RATE);
	assert_ptr_equal(old->receiver.output, before);
	assert_false(ts_output_config(other->receiver.output)->fastest);
	assert_int_equal(H->room->main.scene.n_outputs, 2);
}

static bool is_frozen(struct ts_participant *p)
{
	return info_of(p).camera.frozen;
}

/* For two seconds. */
static void let_talk(const struct ts_participant *p)
{
	for (int i = 0; i < 20; i++) {
		struct ts_talk talk[8];
		size_t n = 0;
		for (const struct ts_participant *q = H->room->first; q; q = q->next)
			talk[n++] = (struct ts_talk){q->key, q == p, 0};
		ts_fake_time_set(ts_now_ns() + 100 * TS_NS_PER_MS);
		ts_scene_update_talk(&H->room->main.scene, talk, n, ts_now_ns());
	}
	/* they are all still there */
	for (struct ts_participant *q = H->room->first; q; q = q->next)
		ts_hall_packet(q, HALL_VIDEO);
	ts_room_replan(H->room);
}

static void the_last_who_spoke_stay_live(void **state)
{
	(void)state;
	struct ts_participant *p[4];
	for (int i = 0; i < 4; i++) {
		p[i] = meet("Ada", 0);
		ts_hall_packet(p[i], HALL_VIDEO);
	}
	const uint32_t shown_bps = ts_hall_leg(p[3])->receive_bps;
	load_to(TS_OVERLOAD_FAST_ENCODERS);
	assert_false(is_frozen(p[3]));
	load_to(TS_OVERLOAD_FROZEN_TILES);
	/* nobody has spoken: those who came first */
	for (int i = 0; i < 4; i++) assert_int_equal(is_frozen(p[i]), i == 3);
	assert_true(ts_hall_leg(p[3])->receive_bps < shown_bps); /* and it need not send much */
	let_talk(p[3]);
	for (int i = 0; i < 4; i++) assert_int_equal(is_frozen(p[i]), i == 2);
	let_talk(p[2]);
	for (int i = 0; i < 4; i++) assert_int_equal(is_frozen(p[i]), i == 1);
	/* who shows nothing takes no place of those who do */
	struct ts_participant_settings s;
	ts_participant_settings(p[2], &s);
	s.video_muted = true;
	ts_participant_set(p[2], &s);
	ts_fake_time_run();
	for (int i = 0; i < 4; i++) assert_false(is_frozen(p[i]));
	assert_true(info_of(p[1]).camera.active);
	s.video_muted = false;
	ts_participant_set(p[2], &s);
	ts_fake_time_run();
	assert_true(is_frozen(p[1]));
	load_to(TS_OVERLOAD_FAST_ENCODERS);
	for (int i = 0; i < 4; i++) assert_false(is_frozen(p[i]));
	assert_int_equal(ts_hall_leg(p[1])->receive_bps, shown_bps);
}

static void a_presentation_is_not_frozen(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct ts_participant *p = meet("Ada", 0);
		ts_hall_packet(p, HALL_VIDEO);
		ts_hall_packet(p, HALL_SLIDES);
	}
	load_to(TS_OVERLOAD_NO_JOINS);
	int frozen = 0;
	for (struct ts_participant *p = H->room->first; p; p = p->next) {
		frozen += p->camera.frozen;
		assert_false(p->slides.frozen || p->slides.held);
		assert_true(info_of(p).slides.active);
	}
	assert_true(frozen >= 1);
}

static void cameras_that_come_on_now_are_held(void **state)
{
	(void)state;
	struct ts_participant *old = meet("Ada", 0), *later = meet("Bob", 0);
	ts_hall_packet(old, HALL_VIDEO);
	load_to(TS_OVERLOAD_NO_CAMERAS);
	ts_hall_packet(later, HALL_VIDEO);
	assert_int_equal(info_of(old).camera.error.kind, TS_REFUSED_NOT);
	assert_int_equal(info_of(later).camera.error.kind, TS_REFUSED_OVERLOAD);
	assert_true(info_of(later).camera.active);
	assert_false(is_frozen(later)); /* it has no picture that could stay */
	assert_true(ts_hall_leg(later)->receive_bps < ts_hall_leg(old)->receive_bps);
	load_to(TS_OVERLOAD_FROZEN_TILES);
	assert_int_equal(info_of(later).camera.error.kind, TS_REFUSED_NOT);
	assert_int_equal(ts_hall_leg(later)->receive_bps, ts_hall_leg(old)->receive_bps);
}

/* Nothing comes of their camera for 3 s, but of their voice: it is off. Then it comes on again. */
static void rest_camera(struct ts_participant *p)
{
	for (int i = 0; i < 30; i++) {
		ts_hall_packet(p, HALL_AUDIO);
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
	assert_false(info_of(p).camera.active);
}

static void who_was_shown_comes_back(void **state)
{
	(void)state;
	struct ts_participant *old = meet("Ada", 0), *later = meet("Bob", 0);
	ts_hall_packet(old, HALL_VIDEO);
	load_to(TS_OVERLOAD_NO_CAMERAS);
	rest_camera(old);
	ts_hall_packet(old, HALL_VIDEO);
	ts_hall_packet(later, HALL_VIDEO);
	assert_true(info_of(old).camera.active);
	assert_int_equal(info_of(old).camera.error.kind, TS_REFUSED_NOT);
	assert_int_equal(info_of(later).camera.error.kind, TS_REFUSED_OVERLOAD);
	/* and their successor, too */
	struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	join.replaces = old;
	struct ts_participant *again = ts_hall_enter(&join);
	ts_hall_connect(again);
	ts_hall_packet(again, HALL_VIDEO);
	assert_true(info_of(again).camera.active);
	assert_int_equal(info_of(again).camera.error.kind, TS_REFUSED_NOT);
}

/* What is presented never moves; nothing does while there is too much to do. */
static void tiles_move_while_there_is_time(void **state)
{
	(void)state;
	struct ts_room_config config = *ts_room_config(H->room);
	const struct ts_room_view *main_view = &H->room->main;
	assert_int_equal(ts_room_transition_ms(main_view), 0);
	config.transition_ms = 250;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	assert_int_equal(ts_room_transition_ms(main_view), 250);
	struct ts_room_view_config slides = *ts_room_view_config(main_view);
	struct ts_room_view *view;
	snprintf(slides.id, sizeof(slides.id), ".slides");
	slides.hidden = true;
	assert_int_equal(ts_room_add_view(H->room, &slides, NULL, &view), 0);
	assert_int_equal(ts_room_transition_ms(view), 0);
	load_to(TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(ts_room_transition_ms(main_view), 0);
	load_to(TS_OVERLOAD_NONE);
	assert_int_equal(ts_room_transition_ms(main_view), 250);
	ts_room_remove_view(view);
}

/* One step that way; does the room plan anew for it? */
static bool plans_for_a_step(int permille)
{
	const enum ts_overload_level before = ts_engine_overload(&H->engine);
	while (ts_engine_overload(&H->engine) == before) feed(permille);
	const bool plans = atomic_load(&H->room->replan_task.queued);
	ts_fake_time_run();
	return plans;
}

static void a_room_for_which_nothing_changes_does_nothing(void **state)
{
	(void)state;
	for (int level = 1; level <= TS_OVERLOAD_NO_JOINS; level++)
		assert_false(plans_for_a_step(5000)); /* nobody is there */
	for (int level = 1; level <= TS_OVERLOAD_NO_JOINS; level++)
		assert_false(plans_for_a_step(0));
	struct ts_participant *p[4];
	for (int i = 0; i < 3; i++) p[i] = meet("Ada", 0);
	for (int i = 0; i < 3; i++) ts_hall_packet(p[i], HALL_VIDEO);
	ts_fake_time_run();
	for (int level = 1; level <= TS_OVERLOAD_NO_JOINS; level++)
		assert_int_equal(plans_for_a_step(5000), level == TS_OVERLOAD_HALF_RATE);
	p[3] = meet("Bob", 0);
	ts_hall_packet(p[3], HALL_VIDEO); /* held; a fourth one would be frozen, too */
	ts_fake_time_run();
	assert_false(plans_for_a_step(0));
	assert_true(plans_for_a_step(0)); /* it is shown now, and frozen */
	assert_true(is_frozen(p[3]));
	assert_true(plans_for_a_step(0));
	assert_false(is_frozen(p[3]));
}

static void ignore_closed(void *arg, struct ts_room *room)
{
	(void)arg;
	(void)room;
}

static void a_room_that_is_made_now_begins_so(void **state)
{
	(void)state;
	static const struct ts_room_events events = {.closed = ignore_closed};
	struct ts_room *room;
	load_to(TS_OVERLOAD_FAST_ENCODERS);
	struct ts_room_config config = *ts_room_config(H->room);
	config.width = 640, config.height = 360;
	assert_int_equal(ts_room_create(&room, &H->engine, &config, &events, NULL), 0);
	const size_t fewer = room->main.scene.ladder.n;
	assert_true(room->main.scene.fastest);
	load_to(TS_OVERLOAD_NONE);
	assert_true(fewer < room->main.scene.ladder.n);
	assert_false(room->main.scene.fastest);
	ts_room_close(room);
	ts_fake_time_run();
	load_to(TS_OVERLOAD_FEWER_STEPS); /* nobody calls the one that is gone */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, ts_hall_teardown)
	const struct CMUnitTest tests[] = {
		TEST(receivers_share_fewer_steps),
		TEST(every_second_tick_is_drawn),
		TEST(only_new_encoders_are_fast),
		TEST(the_last_who_spoke_stay_live),
		TEST(a_presentation_is_not_frozen),
		TEST(cameras_that_come_on_now_are_held),
		TEST(who_was_shown_comes_back),
		TEST(tiles_move_while_there_is_time),
		TEST(a_room_for_which_nothing_changes_does_nothing),
		TEST(a_room_that_is_made_now_begins_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
