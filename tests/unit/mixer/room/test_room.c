#include "mixer/room/room.h"

#include "base/counter.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <stdio.h>
#include <string.h>

#define H (&ts_hall)

static int try_join(enum ts_kind kind)
{
	struct ts_participant *p;
	const struct ts_join join = ts_hall_join("x", kind);
	return ts_room_join(H->room, &join, NULL, NULL, &p);
}

static void joining_and_leaving_is_told(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	assert_int_equal(H->changed[TS_ROOM_JOINED], 2);
	assert_ptr_equal(ts_room_first(H->room), a);
	assert_ptr_equal(ts_room_next(a), b);
	assert_null(ts_room_next(b));
	assert_int_equal(ts_room_count(H->room, TS_KIND_WEBRTC), 2);
	assert_int_equal(ts_count_get(TS_C_PARTICIPANTS_WEBRTC), 2);
	assert_ptr_equal(ts_room_by_key(H->room, ts_participant_key(b)), b);
	uint64_t revision = ts_room_revision(H->room);
	ts_participant_leave(a, "left");
	ts_participant_leave(a, "again"); /* nothing */
	assert_int_equal(H->changed[TS_ROOM_LEFT], 1);
	assert_int_equal(H->left, 1);
	assert_string_equal(H->left_reason, "left");
	assert_true(ts_room_revision(H->room) > revision);
	assert_int_equal(H->empty, 0);
	ts_participant_leave(b, "left");
	assert_int_equal(H->empty, 1);
	assert_null(ts_room_first(H->room));
	assert_int_equal(ts_count_get(TS_C_PARTICIPANTS_WEBRTC), 0);
	assert_int_equal(ts_fake_legs_gone(), 2);
}

static void a_room_has_so_many_places_and_watchers_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(try_join(i % 2 ? TS_KIND_SIP : TS_KIND_WEBRTC), 0);
	assert_int_equal(try_join(TS_KIND_WHIP), TS_ELIMIT);
	assert_int_equal(try_join(TS_KIND_WHEP), 0);
	assert_int_equal(try_join(TS_KIND_WHEP), 0);
	assert_int_equal(try_join(TS_KIND_WHEP), TS_ELIMIT);
	ts_participant_leave(ts_room_first(H->room), "left");
	assert_int_equal(try_join(TS_KIND_WHIP), 0);
	/* who comes back needs no place more; a watcher does not stand in for a participant */
	struct ts_participant *p;
	struct ts_join join = ts_hall_join("back", TS_KIND_WEBRTC);
	join.replaces = ts_room_first(H->room);
	assert_int_equal(ts_room_join(H->room, &join, NULL, NULL, &p), 0);
	join.kind = TS_KIND_WHEP;
	assert_int_equal(ts_room_join(H->room, &join, NULL, NULL, &p), TS_ELIMIT);
}

static void a_leg_that_does_not_start_leaves_nothing(void **state)
{
	(void)state;
	ts_fake_legs.start_err = TS_EIO;
	assert_int_equal(try_join(TS_KIND_WEBRTC), TS_EIO);
	assert_null(ts_room_first(H->room));
	assert_int_equal(H->changed[TS_ROOM_JOINED], 0);
	ts_fake_legs.start_err = 0;
}

static void the_room_closes_when_everybody_and_everything_has(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	struct ts_fake_leg *leg = ts_hall_leg(a);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	ts_room_close(H->room);
	ts_room_close(H->room); /* nothing */
	assert_string_equal(H->left_reason, "room-closed");
	assert_int_equal(H->empty, 0);
	assert_int_equal(try_join(TS_KIND_WEBRTC), TS_ECLOSED);
	assert_int_equal(ts_room_set_config(H->room, ts_room_config(H->room)), TS_ECLOSED);
	ts_fake_time_run();
	assert_int_equal(H->closed, 0); /* a leg is not gone */
	ts_fake_leg_gone(leg);
	assert_int_equal(H->closed, 1);
}

static void an_empty_room_has_no_timer(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	ts_fake_time_after(TS_NS_PER_S);
	int64_t ticks = ts_count_get(TS_C_TICKS_VIDEO) + ts_count_get(TS_C_TICKS_AUDIO);
	assert_true(ticks > 60);
	ts_participant_leave(a, "left");
	ts_fake_time_after(TS_NS_PER_S);
	ticks = ts_count_get(TS_C_TICKS_VIDEO) + ts_count_get(TS_C_TICKS_AUDIO);
	ts_fake_time_after(10 * TS_NS_PER_S);
	assert_int_equal(ts_count_get(TS_C_TICKS_VIDEO) + ts_count_get(TS_C_TICKS_AUDIO), ticks);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 0);
}

static void another_canvas_moves_receivers(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	struct ts_participant_info info;
	ts_participant_info(a, &info);
	assert_int_equal(info.receives.height, 180);
	struct ts_room_config config = *ts_room_config(H->room);
	config.height = 360;
	config.width = 640;
	snprintf(config.id, sizeof(config.id), "other");
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	assert_int_equal(H->changed[TS_ROOM_CONFIG], 1);
	assert_string_equal(ts_room_config(H->room)->id, "hall");
	ts_participant_info(a, &info);
	assert_int_equal(info.receives.height, 360);
	ts_fake_time_after(200 * TS_NS_PER_MS);
	assert_int_equal(ts_room_layout(H->room)->canvas_w, 640);
	assert_true(ts_hall_leg(a)->sender[HALL_VIDEO].keys > 0);
	/* the same again: only the revision */
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	assert_int_equal(H->changed[TS_ROOM_CONFIG], 2);
}

/* ---- layouts */

static void a_layout_is_shown_as_soon_as_it_is_set(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	ts_hall_meet("Bob");
	assert_string_equal(ts_room_layout_doc(H->room)->name, "grid");
	struct ts_layout tried;
	ts_room_try_layout(H->room, ts_layout_shipped_named("speaker-only"), &tried);
	assert_int_equal(ts_room_layout(H->room)->n, 2);
	int told = H->changed[TS_ROOM_LAYOUT];
	ts_room_set_layout(H->room, ts_layout_shipped_named("speaker-only"));
	assert_true(H->changed[TS_ROOM_LAYOUT] > told);
	assert_true(ts_layout_same(ts_room_layout(H->room), &tried));
	struct ts_participant_info info;
	ts_participant_info(a, &info);
	assert_int_equal(info.region, 0);
	assert_int_equal(info.tile_w, 320);

	const struct ts_wishes wishes = {.spotlight = {.n = 1, .key = {2}}};
	ts_room_set_wishes(H->room, &wishes);
	assert_int_equal(ts_room_wishes(H->room)->spotlight.key[0], 2);
	assert_int_equal(ts_room_layout(H->room)->region[0].occupant, 2);
	ts_participant_info(a, &info);
	assert_int_equal(info.region, -1);
	ts_room_close(H->room);
	ts_room_set_wishes(H->room, &wishes);
	ts_room_set_layout(H->room, ts_layout_shipped_named("grid"));
	assert_string_equal(ts_room_layout_doc(H->room)->name, "speaker-only");
}

static void watchers_are_not_on_the_stage(void **state)
{
	(void)state;
	ts_hall_meet("Ada");
	const struct ts_join join = ts_hall_join("Eve", TS_KIND_WHEP);
	struct ts_participant *eve = ts_hall_enter(&join);
	ts_hall_connect(eve);
	assert_int_equal(ts_room_layout(H->room)->n, 1);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(ts_hall_leg(eve)->sender[HALL_VIDEO].units > 10);
}

/* ---- what media threads do */

static void everybody_connected_receives_sound_and_picture(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	const struct ts_join join = ts_hall_join("Cy", TS_KIND_WEBRTC);
	struct ts_participant *waiting = ts_hall_enter(&join);
	ts_fake_time_after(2 * TS_NS_PER_S);
	struct ts_sender *video = &ts_hall_leg(a)->sender[HALL_VIDEO],
			 *audio = &ts_hall_leg(b)->sender[HALL_AUDIO];
	assert_in_range(video->units, 55, 60);
	assert_true(video->keys >= 1);
	assert_in_range(audio->units, 99, 101);
	assert_int_equal(ts_hall_leg(waiting)->sender[HALL_VIDEO].units, 0);
	assert_int_equal(H->room->main.scene.n_outputs, 1);
	ts_hall_connect(waiting);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(ts_hall_leg(waiting)->sender[HALL_VIDEO].keys >= 1);
	ts_participant_leave(b, "left");
	ts_fake_time_run();
	int units = audio->units;
	ts_fake_time_after(TS_NS_PER_S);
	assert_in_range(audio->units, units, units + 1);
}

static void peers_are_told_what_their_tile_is_worth(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	assert_int_equal(ts_hall_leg(a)->receive_bps, ts_hall_leg(b)->receive_bps);
	assert_in_range(ts_hall_leg(a)->receive_bps, 300000, 2600000);
	ts_room_set_layout(H->room, ts_layout_shipped_named("speaker-only"));
	/* not shown: 100 each for camera and slides */
	assert_int_equal(ts_hall_leg(b)->receive_bps, 200000);
	assert_true(ts_hall_leg(a)->receive_bps > 300000);
}

static void outputs_that_nobody_uses_are_let_go(void **state)
{
	(void)state;
	ts_hall_meet("Ada");
	struct ts_join join = ts_hall_join("Bob", TS_KIND_WEBRTC);
	join.transport.media[HALL_VIDEO].send_codec = TS_CODEC_H264;
	join.packetization_mode = 1;
	struct ts_participant *b = ts_hall_enter(&join);
	assert_int_equal(H->room->main.scene.n_outputs, 2);
	ts_hall_connect(b);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_H264), 1);
	ts_participant_leave(b, "left");
	ts_fake_time_after(300 * TS_NS_PER_MS);
	assert_int_equal(H->room->main.scene.n_outputs, 1);
	ts_fake_legs_gone();
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_H264), 0);
}

static void a_decoder_too_small_for_any_step_gets_sound_alone(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Bob", TS_KIND_SIP);
	join.need.max_mb = 10;
	struct ts_participant *p = ts_hall_enter(&join);
	ts_hall_connect(p);
	ts_fake_time_after(TS_NS_PER_S);
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_int_equal(info.receives.width, 0);
	assert_int_equal(ts_hall_leg(p)->sender[HALL_VIDEO].units, 0);
	assert_true(ts_hall_leg(p)->sender[HALL_AUDIO].units > 40);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, ts_hall_setup, ts_hall_teardown)
	const struct CMUnitTest tests[] = {
		TEST(joining_and_leaving_is_told),
		TEST(a_room_has_so_many_places_and_watchers_their_own),
		TEST(a_leg_that_does_not_start_leaves_nothing),
		TEST(the_room_closes_when_everybody_and_everything_has),
		TEST(an_empty_room_has_no_timer),
		TEST(another_canvas_moves_receivers),
		TEST(a_layout_is_shown_as_soon_as_it_is_set),
		TEST(watchers_are_not_on_the_stage),
		TEST(everybody_connected_receives_sound_and_picture),
		TEST(peers_are_told_what_their_tile_is_worth),
		TEST(outputs_that_nobody_uses_are_let_go),
		TEST(a_decoder_too_small_for_any_step_gets_sound_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
