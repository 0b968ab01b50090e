/* What participants are sent while their networks change: legs tell it, and count what arrives. */
#include "base/counter.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"

#define H (&ts_hall)

enum { PEOPLE = 3 };
static struct ts_participant *p[PEOPLE];
static int before[PEOPLE];

static struct ts_sender *sender(int who)
{
	return &ts_hall_leg(p[who])->sender[HALL_VIDEO];
}

static struct ts_participant_info info(int who)
{
	struct ts_participant_info i;
	ts_participant_info(p[who], &i);
	return i;
}

/* Three in a room of 640x360, who receive its first step for some time. */
static int setup(void **state)
{
	ts_hall_setup(state);
	struct ts_room_config config = *ts_room_config(H->room);
	config.width = 640;
	config.height = 360;
	config.bitrate_kbps = 600;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	for (int i = 0; i < PEOPLE; i++) p[i] = ts_hall_meet("x");
	ts_fake_time_after(3 * TS_NS_PER_S);
	for (int i = 0; i < PEOPLE; i++) before[i] = sender(i)->keys;
	return 0;
}

static int keys(int who)
{
	return sender(who)->keys - before[who];
}

static void tell(int who, const struct ts_network *network)
{
	struct ts_fake_leg *leg = ts_hall_leg(p[who]);
	leg->config.events->network(leg->config.arg, network);
}

static void estimate(int who, uint32_t bps, int ms)
{
	for (int at = 0; at < ms; at += 100) {
		tell(who, &(struct ts_network){.estimate_bps = bps, .sent_bps = 700000});
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
}

static void nobody_missed_anything(void)
{
	for (int i = 0; i < PEOPLE; i++) {
		assert_int_equal(sender(i)->holes, 0);
		assert_int_equal(sender(i)->again, 0);
	}
}

static void a_thin_network_moves_one_and_disturbs_nobody(void **state)
{
	(void)state;
	const int64_t changes = ts_count_get(TS_C_STEP_DOWN_NETWORK);
	assert_int_equal(info(0).receives.height, 360);
	assert_int_equal(info(0).limited_by, TS_LIMITED_NOT);
	int told = H->changed[TS_ROOM_PARTICIPANT];
	estimate(0, 300000, 4000);
	assert_int_equal(info(0).receives.height, 180);
	assert_int_equal(info(0).receives.fps, 30);
	assert_int_equal(info(0).limited_by, TS_LIMITED_BY_NETWORK);
	assert_string_equal(ts_limited_by_name(info(0).limited_by), "network");
	assert_false(info(0).changes_step);
	assert_int_equal(info(0).network.estimate_bps, 300000);
	assert_true(info(0).step_wants_bps > 300000);
	assert_true(ts_hall_leg(p[0])->wanted_bps > info(0).step_wants_bps); /* all of it */
	assert_true(info(0).step_since_unix_ms > 0);
	assert_int_equal(H->changed[TS_ROOM_PARTICIPANT], told + 2); /* decided, done */
	assert_int_equal(ts_count_get(TS_C_STEP_DOWN_NETWORK), changes + 1);
	assert_int_equal(keys(0), 1);
	assert_int_equal(keys(1), 0);
	assert_int_equal(keys(2), 0);
	assert_int_equal(info(1).receives.height, 360);
	nobody_missed_anything();

	estimate(0, 5000000, 6000); /* the way is open again */
	assert_int_equal(info(0).receives.height, 360);
	assert_int_equal(info(0).limited_by, TS_LIMITED_NOT);
	assert_null(ts_limited_by_name(info(0).limited_by));
	assert_int_equal(keys(0), 2);
	assert_int_equal(keys(1), 1); /* the one that all share */
	assert_int_equal(keys(2), 1);
	assert_int_equal(H->room->main.scene.n_outputs, 1);
	nobody_missed_anything();
}

static void a_second_one_shares_the_keyframe_of_the_step(void **state)
{
	(void)state;
	estimate(0, 300000, 4000);
	estimate(1, 300000, 4000);
	assert_int_equal(info(1).receives.height, 180);
	assert_int_equal(keys(0), 2);
	assert_int_equal(keys(1), 1);
	assert_int_equal(keys(2), 0);
	assert_int_equal(H->room->main.scene.n_outputs, 2);
	nobody_missed_anything();
}

static void a_step_without_a_keyframe_is_given_up(void **state)
{
	(void)state;
	const int64_t abandoned = ts_count_get(TS_C_STEP_ABANDONED);
	ts_hall_leg(p[0])->deaf = true;
	estimate(0, 300000, 3500);
	assert_true(info(0).changes_step);
	assert_int_equal(info(0).receives.height, 360); /* which goes on */
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_false(info(0).changes_step);
	assert_int_equal(ts_count_get(TS_C_STEP_ABANDONED), abandoned + 1);
	assert_int_equal(H->room->main.scene.n_outputs, 1);
	ts_hall_leg(p[0])->deaf = false;
	ts_fake_time_after(5 * TS_NS_PER_S);
	assert_int_equal(info(0).receives.height, 180);
	assert_int_equal(keys(1), 0);
	nobody_missed_anything();
}

static void another_canvas_comes_without_a_hole(void **state)
{
	(void)state;
	struct ts_room_config config = *ts_room_config(H->room);
	config.width = 320;
	config.height = 240;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	ts_fake_time_after(2 * TS_NS_PER_S);
	for (int i = 0; i < PEOPLE; i++) {
		assert_int_equal(info(i).receives.height, 240);
		assert_int_equal(keys(i), 1);
	}
	assert_int_equal(H->room->main.scene.n_outputs, 1);
	nobody_missed_anything();
	config.ladder = (struct ts_ladder_plan){TS_LADDER_OWN, 1, {{160, 120, 15, 99}}};
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_int_equal(info(1).receives.bitrate_bps, 99000);
	assert_int_equal(info(1).limited_by, TS_LIMITED_NOT);
}

/* What they asked for stays the most. */
static void wishes_and_decoders_are_told(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("asks", TS_KIND_WHEP);
	join.need.max_kbps = 400;
	struct ts_participant *asks = ts_hall_enter(&join);
	ts_hall_connect(asks);
	join.need = (struct ts_need){.max_mb = 400};
	struct ts_participant *small = ts_hall_enter(&join);
	ts_hall_connect(small);
	ts_fake_time_after(TS_NS_PER_S);
	struct ts_participant_info i;
	ts_participant_info(asks, &i);
	assert_int_equal(i.receives.height, 270);
	assert_int_equal(i.limited_by, TS_LIMITED_BY_ASKED);
	ts_participant_info(small, &i);
	assert_int_equal(i.receives.height, 180);
	assert_int_equal(i.limited_by, TS_LIMITED_BY_DECODER);
	p[0] = asks;
	estimate(0, 5000000, 6000);
	ts_participant_info(asks, &i);
	assert_int_equal(i.receives.height, 270);
}

static void the_bitrate_follows_the_slowest(void **state)
{
	(void)state;
	assert_int_equal(info(0).receives_bps, 600000);
	estimate(0, 600000, 3000); /* fits 514 kbit/s of video */
	assert_int_equal(info(0).receives.bitrate_bps, 600000);
	assert_in_range(info(0).receives_bps, 510000, 520000);
	assert_int_equal(info(1).receives_bps, info(0).receives_bps);
	estimate(0, 440000, 300); /* never below 0.6 */
	assert_int_equal(info(1).receives_bps, 363018);
	estimate(0, 5000000, 1000);
	assert_int_equal(info(1).receives_bps, 600000);
	nobody_missed_anything();
}

/* A room system: H.264, and nothing can be asked for again. */
static void the_picture_renews_itself_for_who_loses_packets(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("room", TS_KIND_SIP);
	join.transport.media[HALL_VIDEO].send_codec = TS_CODEC_H264;
	struct ts_participant *room = p[0] = ts_hall_enter(&join);
	ts_hall_connect(room);
	ts_fake_time_after(TS_NS_PER_S);
	assert_false(ts_output_config(room->receiver.output)->refresh);
	for (uint32_t i = 1; i < 4; i++) {
		tell(0, &(struct ts_network){.reports = i, .loss_permille = 50});
		ts_fake_time_after(TS_NS_PER_S);
	}
	assert_true(ts_output_config(room->receiver.output)->refresh);
	assert_int_equal(info(0).receives.height, 360);
	assert_int_equal(info(0).limited_by, TS_LIMITED_NOT);
	assert_int_equal(sender(0)->holes, 0);
	nobody_missed_anything();
	ts_fake_time_after(61 * TS_NS_PER_S);
	assert_false(ts_output_config(room->receiver.output)->refresh);
}

static void one_on_hold_is_not_moved(void **state)
{
	(void)state;
	struct ts_fake_leg *leg = ts_hall_leg(p[0]);
	leg->config.events->stalled(leg->config.arg, true);
	estimate(0, 100000, 5000);
	assert_int_equal(info(0).receives.height, 360);
	leg->config.events->stalled(leg->config.arg, false);
	estimate(0, 100000, 3000);
	assert_int_equal(info(0).limited_by, TS_LIMITED_BY_NETWORK);
	ts_participant_leave(p[0], "left");
	leg->config.events->switched(leg->config.arg, 1); /* on its way */
	leg->config.events->network(leg->config.arg, &(struct ts_network){0});
	p[0] = p[1];
	nobody_missed_anything();
}

/* Off hold they are sent what the others have received meanwhile, and their network counts. */
static void who_comes_back_to_an_output_is_followed(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Ada", TS_KIND_SIP);
	join.transport.kind = TS_TRANSPORT_PLAIN;
	p[0] = ts_hall_enter(&join);
	ts_hall_connect(p[0]);
	ts_fake_time_after(3 * TS_NS_PER_S);
	estimate(0, 500000, 3000); /* the encoder of all is held back by them */
	assert_true(info(1).receives_bps < 500000);
	join.transport.media[HALL_VIDEO].send = false;
	assert_int_equal(ts_participant_renegotiate(p[0], &join, NULL, NULL), 0);
	ts_hall_connect(p[0]);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(info(1).receives_bps, 600000);
	join.transport.media[HALL_VIDEO].send = true;
	assert_int_equal(ts_participant_renegotiate(p[0], &join, NULL, NULL), 0);
	ts_hall_connect(p[0]);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(info(0).receives.height, 360);
	estimate(0, 300000, 4000);
	assert_int_equal(info(0).receives.height, 180);
}

/* An estimate may dip for a moment, on a good network too. */
static void a_dip_moves_nobody(void **state)
{
	(void)state;
	estimate(0, 5000000, 3000);
	for (int i = 0; i < 5; i++) {
		estimate(0, 300000, 900);
		estimate(0, 5000000, 200);
	}
	assert_int_equal(info(0).receives.height, 360);
	tell(0, &(struct ts_network){.estimate_bps = 300000, .sent_bps = 700000, .queue_ms = 150});
	ts_fake_time_after(TS_NS_PER_S / 2);
	assert_int_equal(info(0).receives.height, 180); /* a queue says the same: at once */
}

static struct ts_participant_info info_of_who_asked_for(struct ts_participant **out, int height)
{
	struct ts_participant_info i;
	struct ts_join join = ts_hall_join("x", TS_KIND_WEBRTC);
	join.need.max_height = height;
	*out = ts_hall_enter(&join);
	ts_hall_connect(*out);
	ts_participant_info(*out, &i);
	return i;
}

/* Who asked for a step that is off gets less than they asked for, and is told why. */
static void a_step_that_is_left_out_is_overload(void **state)
{
	struct ts_participant *middle, *small;
	struct ts_participant_info i;
	(void)state;
	for (int who = 1; who < PEOPLE; who++) ts_participant_leave(p[who], "left");
	i = info_of_who_asked_for(&middle, 270);
	assert_int_equal(i.receives.height, 270);
	assert_int_equal(i.limited_by, TS_LIMITED_BY_ASKED);
	info_of_who_asked_for(&small, 180);
	ts_scene_relieve(&H->room->main.scene, true, false);
	assert_true(ts_room_move_receivers(H->room));
	ts_participant_info(middle, &i);
	assert_int_equal(i.receives.height, 180);
	assert_int_equal(i.limited_by, TS_LIMITED_BY_OVERLOAD);
	ts_participant_info(small, &i);
	assert_int_equal(i.limited_by, TS_LIMITED_BY_ASKED);
	assert_int_equal(info(0).limited_by, TS_LIMITED_NOT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, ts_hall_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_thin_network_moves_one_and_disturbs_nobody),
		TEST(a_second_one_shares_the_keyframe_of_the_step),
		TEST(a_step_without_a_keyframe_is_given_up),
		TEST(another_canvas_comes_without_a_hole),
		TEST(wishes_and_decoders_are_told),
		TEST(the_bitrate_follows_the_slowest),
		TEST(the_picture_renews_itself_for_who_loses_packets),
		TEST(one_on_hold_is_not_moved),
		TEST(who_comes_back_to_an_output_is_followed),
		TEST(a_dip_moves_nobody),
		TEST(a_step_that_is_left_out_is_overload),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
