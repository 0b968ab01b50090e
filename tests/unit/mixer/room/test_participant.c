#include "base/counter.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <stdio.h>
#include <string.h>

#define H (&ts_hall)

static enum ts_participant_state state_of(const struct ts_participant *p)
{
	return ts_participant_state(p);
}

/* ---- joining */

static void ready_is_told_once_with_our_side(void **state)
{
	(void)state;
	const struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	struct ts_participant *p = ts_hall_enter(&join);
	assert_int_equal(H->ready, 0);
	assert_int_equal(state_of(p), TS_P_CONNECTING);
	ts_hall_connect(p);
	assert_int_equal(H->ready, 1);
	assert_int_equal(H->ready_err, 0);
	assert_true(H->ready_local);
	assert_int_equal(state_of(p), TS_P_CONNECTED);
	assert_int_equal(H->changed[TS_ROOM_PARTICIPANT], 1);
	ts_participant_leave(p, "left");
	ts_fake_legs_gone();
	assert_int_equal(H->ready, 1);
}

static void a_join_that_comes_to_nothing_is_told_too(void **state)
{
	(void)state;
	const struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	struct ts_participant *a = ts_hall_enter(&join), *b = ts_hall_enter(&join),
			      *c = ts_hall_enter(&join);
	struct ts_fake_leg *leg_b = ts_hall_leg(b), *leg_c = ts_hall_leg(c);
	leg_b->config.events->ready(leg_b->config.arg, TS_ENOMEM, NULL);
	assert_int_equal(H->ready_err, TS_ENOMEM);
	ts_participant_leave(a, "left");
	assert_int_equal(H->ready, 1);
	ts_fake_legs_gone();
	assert_int_equal(H->ready, 2);
	assert_int_equal(H->ready_err, TS_ECLOSED);
	assert_false(H->ready_local);
	ts_participant_leave(c, "left"); /* before our side is known, which comes then */
	leg_c->config.events->ready(leg_c->config.arg, 0, &(struct ts_transport_local){0});
	assert_int_equal(H->ready, 3);
	assert_int_equal(H->ready_err, TS_ECLOSED);
	assert_false(H->ready_local);
}

static void a_leg_that_fails_ends_the_participant(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	struct ts_fake_leg *leg = ts_hall_leg(p);
	leg->config.events->failed(leg->config.arg, "ice-failed");
	assert_string_equal(H->left_reason, "ice-failed");
	assert_true(leg->closing);
	/* what was under way arrives, and changes nothing */
	leg->config.events->connected(leg->config.arg);
	leg->config.events->stalled(leg->config.arg, true);
	leg->config.events->on_keyframe_request(leg->config.arg);
	leg->config.events->needs_keyframe(leg->config.arg);
	leg->config.events->request_keyframe(leg->config.arg);
	leg->config.events->flowing(leg->config.arg);
	assert_int_equal(H->left, 1);
	assert_int_equal(H->keyframe_requests, 0);
	assert_int_equal(state_of(p), TS_P_ENDED);
	const struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	assert_int_equal(ts_participant_trickle(p, NULL), TS_ECLOSED);
	assert_int_equal(ts_participant_restart_ice(p, NULL, NULL, NULL), TS_ECLOSED);
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), TS_ECLOSED);
}

static void who_stalls_stays_and_is_marked(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	struct ts_fake_leg *leg = ts_hall_leg(p);
	leg->config.events->stalled(leg->config.arg, true);
	assert_int_equal(state_of(p), TS_P_STALLED);
	assert_true(ts_participant_is_here(p));
	assert_string_equal(ts_participant_state_name(state_of(p)), "stalled");
	leg->config.events->stalled(leg->config.arg, false);
	assert_int_equal(state_of(p), TS_P_CONNECTED);
	assert_string_equal(ts_kind_name(ts_participant_kind(p)), "webrtc");
	assert_ptr_equal(ts_participant_room(p), H->room);
}

static void changes_of_ice_go_to_the_leg(void **state)
{
	(void)state;
	const struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	struct ts_participant *p = ts_hall_enter(&join);
	struct ts_fake_leg *leg = ts_hall_leg(p);
	const struct ts_ice_description remote = {0};
	assert_int_equal(ts_participant_trickle(p, &remote), 0);
	assert_int_equal(leg->trickles, 1);
	/* the join is not ready */
	assert_int_equal(ts_participant_restart_ice(p, &remote, NULL, NULL), TS_EAGAIN);
	ts_hall_connect(p);
	ts_fake_legs.change_err = TS_EINVAL;
	assert_int_equal(ts_participant_restart_ice(p, &remote, NULL, NULL), TS_EINVAL);
	ts_fake_legs.change_err = 0;
	assert_int_equal(ts_participant_restart_ice(p, &remote, NULL, NULL), 0);
	assert_int_equal(leg->restarts, 2);
	ts_participant_prove(p, "192.0.2.1");
	assert_int_equal(leg->proofs, 1);
	leg->config.events->request_keyframe(leg->config.arg);
	assert_int_equal(H->keyframe_requests, 1);
}

/* ---- coming back */

static struct ts_participant *enter_for(struct ts_participant *old)
{
	struct ts_join join = ts_hall_join("back", TS_KIND_WEBRTC);
	join.replaces = old;
	return ts_hall_enter(&join);
}

static void who_comes_back_has_their_place_key_and_settings(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	struct ts_participant_settings settings;
	ts_participant_settings(a, &settings);
	settings.muted_by = TS_MUTED_API;
	settings.gain_db = -6;
	snprintf(settings.role, sizeof(settings.role), "host");
	ts_participant_set(a, &settings);
	const uint64_t key = ts_participant_key(a);

	struct ts_participant *again = enter_for(a);
	assert_ptr_equal(ts_participant_predecessor(again), a);
	assert_int_equal(state_of(a), TS_P_CONNECTED);
	assert_int_not_equal(ts_participant_key(again), key);
	ts_participant_settings(again, &settings);
	assert_int_equal(settings.muted_by, TS_MUTED_API); /* already */
	ts_hall_connect(again);
	assert_int_equal(state_of(a), TS_P_ENDED);
	assert_string_equal(H->left_reason, "replaced");
	assert_int_equal(ts_participant_key(again), key);
	assert_int_not_equal(ts_participant_key(a), key);
	assert_ptr_equal(ts_room_first(H->room), again);
	assert_ptr_equal(ts_room_next(again), b);
	assert_null(ts_room_next(b));
	assert_null(ts_participant_predecessor(again));
	ts_participant_settings(again, &settings);
	assert_string_equal(settings.role, "host");
}

static void a_second_try_to_come_back_ends_the_first(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *first = enter_for(a),
			      *second = enter_for(a);
	assert_int_equal(state_of(first), TS_P_ENDED);
	assert_ptr_equal(ts_participant_predecessor(second), a);
	/* who comes in the place of one who is coming back comes for whom that one came */
	struct ts_participant *third = enter_for(second);
	assert_int_equal(state_of(second), TS_P_ENDED);
	assert_ptr_equal(ts_participant_predecessor(third), a);
	ts_participant_leave(third, "left");
	assert_int_equal(state_of(a), TS_P_CONNECTED);
}

static void who_leaves_while_one_comes_for_them_hands_over(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	ts_hall_meet("Bob");
	const uint64_t key = ts_participant_key(a);
	struct ts_participant *again = enter_for(a);
	ts_participant_leave(a, "timeout");
	assert_int_equal(ts_participant_key(again), key);
	assert_ptr_equal(ts_room_first(H->room), again);
	assert_int_equal(state_of(again), TS_P_CONNECTING);
	ts_hall_connect(again);
	assert_int_equal(state_of(again), TS_P_CONNECTED);
}

static void the_only_one_may_come_back(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *again = enter_for(a);
	ts_hall_connect(again);
	assert_ptr_equal(ts_room_first(H->room), again);
	assert_null(ts_room_next(again));
	assert_int_equal(H->empty, 0);
	ts_hall_meet("Bob");
	assert_ptr_not_equal(ts_room_next(again), NULL);
}

static struct ts_participant *enter_unproven_for(struct ts_participant *old)
{
	struct ts_join join = ts_hall_join("who", TS_KIND_SIP);
	join.transport.await_proof = true;
	join.replaces = old;
	return ts_hall_enter(&join);
}

static void make_muted_host(struct ts_participant *p)
{
	struct ts_participant_settings settings;
	ts_participant_settings(p, &settings);
	settings.muted_by = TS_MUTED_API;
	settings.gain_db = 6;
	snprintf(settings.role, sizeof(settings.role), "host");
	ts_participant_set(p, &settings);
}

static void assert_muted(const struct ts_participant *p, const char *role)
{
	struct ts_participant_settings settings;
	ts_participant_settings(p, &settings);
	assert_int_equal(settings.muted_by, TS_MUTED_API);
	assert_string_equal(settings.role, role);
	assert_true(settings.gain_db == (*role ? 6 : 0));
}

static void who_is_not_proven_ousts_nobody(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	make_muted_host(a);
	const uint64_t key = ts_participant_key(a);
	struct ts_participant *by = enter_unproven_for(a);
	assert_muted(by, "");
	ts_hall_connect(by);
	assert_int_equal(state_of(by), TS_P_CONNECTED);
	assert_int_equal(state_of(a), TS_P_CONNECTED);
	assert_int_equal(H->left, 0);
	assert_int_equal(ts_participant_key(a), key);
	assert_muted(by, "");
	ts_participant_prove(by, "192.0.2.1");
	assert_int_equal(state_of(a), TS_P_ENDED);
	assert_string_equal(H->left_reason, "replaced");
	assert_int_equal(ts_participant_key(by), key);
	assert_muted(by, "host");
}

static void who_is_proven_first_waits_for_the_leg(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	make_muted_host(a);
	struct ts_participant *by = enter_unproven_for(a);
	ts_participant_prove(by, "192.0.2.1");
	assert_int_equal(state_of(a), TS_P_CONNECTED);
	assert_muted(by, "host");
	ts_hall_connect(by);
	assert_int_equal(state_of(a), TS_P_ENDED);
	assert_muted(by, "host");
}

static void who_is_not_proven_is_left_nothing_but_the_mute(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	const uint64_t key = ts_participant_key(a);
	struct ts_participant *by = enter_unproven_for(a);
	ts_hall_connect(by);
	make_muted_host(a);
	ts_participant_leave(a, "bye");
	assert_null(ts_participant_predecessor(by));
	assert_int_not_equal(ts_participant_key(by), key);
	assert_ptr_equal(ts_room_first(H->room), b);
	assert_muted(by, "");
	ts_participant_prove(by, "192.0.2.1");
	assert_muted(by, "");
}

/* ---- settings */

static void settings_are_told_when_they_change(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	struct ts_participant_settings settings;
	int told = H->changed[TS_ROOM_PARTICIPANT];
	ts_participant_settings(p, &settings);
	ts_participant_set(p, &settings);
	assert_int_equal(H->changed[TS_ROOM_PARTICIPANT], told);
	snprintf(settings.name, sizeof(settings.name), "  Ada\nLovelace ");
	settings.video_muted = true;
	settings.gain_db = 20;
	ts_participant_set(p, &settings);
	assert_int_equal(H->changed[TS_ROOM_PARTICIPANT], told + 1);
	ts_participant_settings(p, &settings);
	assert_null(strchr(settings.name, '\n'));
	assert_true(ts_gain_of(20) > 9.99f && ts_gain_of(20) < 10.01f);
	assert_true(p->gain_db == 20);
	settings.gain_db = 0;
	ts_participant_set(p, &settings);
	assert_true(p->gain_db == 0 && ts_gain_of(0) == 1.0f);
	ts_participant_leave(p, "left");
	settings.gain_db = 1;
	ts_participant_set(p, &settings);
	ts_participant_settings(p, &settings);
	assert_true(settings.gain_db == 0);
}

/* ---- what they send */

static void a_camera_is_on_while_its_packets_flow(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_false(info.camera.active);
	assert_int_equal(info.camera.codec, TS_CODEC_NONE);
	ts_hall_packet(p, HALL_VIDEO);
	ts_participant_info(p, &info);
	assert_true(info.camera.active);
	assert_int_equal(info.camera.codec, TS_CODEC_VP8);
	assert_true(H->room->main.scene.layout.n == 1);
	ts_fake_time_after(2 * TS_NS_PER_S);
	ts_participant_info(p, &info);
	assert_true(info.camera.active);
	ts_fake_time_after(TS_NS_PER_S);
	ts_participant_info(p, &info);
	assert_false(info.camera.active);
	/* of one from whom nothing at all comes the last picture stays */
	ts_hall_packet(p, HALL_VIDEO);
	struct ts_fake_leg *leg = ts_hall_leg(p);
	leg->config.events->stalled(leg->config.arg, true);
	ts_fake_time_after(5 * TS_NS_PER_S);
	ts_participant_info(p, &info);
	assert_true(info.camera.active);
}

static void slides_are_a_region_of_their_own(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	ts_room_set_layout(H->room, ts_layout_shipped_named("speaker"));
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_int_equal(info.slides_region, -1);
	ts_hall_packet(p, HALL_SLIDES);
	ts_participant_info(p, &info);
	assert_true(info.slides_region >= 0);
	assert_true(info.region >= 0);
	assert_true(info.slides.active);
	assert_int_equal(info.slides_stats.packets_in, HALL_SLIDES + 1);
	ts_fake_time_after(4 * TS_NS_PER_S);
	ts_participant_info(p, &info);
	assert_int_equal(info.slides_region, -1);
}

static void info_tells_what_is_received(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	ts_hall_packet(p, HALL_AUDIO);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_string_equal(info.name, "Ada");
	assert_int_equal(strlen(info.id), TS_ULID_LEN);
	assert_int_equal(info.receives_codec, TS_CODEC_VP8);
	assert_int_equal(info.receives.height, 180);
	assert_int_equal(info.audio_codec, TS_CODEC_OPUS);
	assert_int_equal(info.audio_stats.packets_in, HALL_AUDIO + 1);
	assert_int_equal(info.video_stats.packets_in, HALL_VIDEO + 1);
	ts_participant_leave(p, "left");
	ts_participant_info(p, &info);
	assert_int_equal(info.audio_stats.packets_in, 0);
}

/* ---- keyframes */

static int keys(const struct ts_participant *p)
{
	return ts_hall_leg(p)->sender[HALL_VIDEO].keys;
}

static void use_ladder(enum ts_ladder_preset preset)
{
	struct ts_room_config config = *ts_room_config(H->room);
	config.ladder.preset = preset;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
}

static void request_for_30_s(const struct ts_participant *p)
{
	struct ts_fake_leg *leg = ts_hall_leg(p);
	for (int i = 0; i < 300; i++) {
		leg->config.events->on_keyframe_request(leg->config.arg);
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
}

/* However often one of them requests it, the others get two: then it is sent another step. */
static void one_receiver_costs_the_others_few_keyframes(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	struct ts_participant_info info;
	ts_fake_time_after(10 * TS_NS_PER_S);
	int before = keys(b);
	request_for_30_s(a);
	assert_in_range(keys(b) - before, 1, 2);
	ts_participant_info(a, &info);
	assert_int_equal(info.limited_by, TS_LIMITED_BY_KEYFRAMES);
	assert_int_equal(info.keyframe_requests, 300);
	assert_true(info.step_trial_unix_ms > 0);
	ts_participant_info(b, &info);
	assert_int_equal(info.limited_by, TS_LIMITED_NOT);
	assert_int_equal(info.receives.height, 180);
}

/* Where there is no other step: two at once and then one in two seconds. */
static void without_another_step_they_cost_some(void **state)
{
	(void)state;
	use_ladder(TS_LADDER_ONE);
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	ts_fake_time_after(10 * TS_NS_PER_S);
	int before = keys(b);
	request_for_30_s(a);
	assert_in_range(keys(b) - before, 15, 19);
}

/* Once they stop, nothing is said of it any more. */
static void credit_comes_back_by_itself(void **state)
{
	(void)state;
	use_ladder(TS_LADDER_ONE);
	struct ts_participant *a = ts_hall_meet("Ada");
	struct ts_participant_info info;
	ts_hall_meet("Bob");
	ts_fake_time_after(10 * TS_NS_PER_S);
	ts_participant_send_keyframe(a);
	ts_participant_send_keyframe(a);
	ts_participant_info(a, &info);
	assert_int_equal(info.keyframe_credit, 0);
	assert_false(info.keyframe_owed);
	ts_fake_time_after(2 * TS_NS_PER_S);
	ts_participant_info(a, &info);
	assert_int_equal(info.keyframe_credit, 1);
	ts_fake_time_after(60 * TS_NS_PER_S);
	ts_participant_info(a, &info);
	assert_int_equal(info.keyframe_credit, 2);
	ts_participant_send_keyframe(a);
	ts_participant_info(a, &info);
	assert_int_equal(info.keyframe_credit, 1);
}

/* What our pacer drops and the signalling changes is no request of theirs. */
static void what_we_need_is_not_held_against_them(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada"), *b = ts_hall_meet("Bob");
	struct ts_fake_leg *leg = ts_hall_leg(a);
	struct ts_participant_info info;
	ts_fake_time_after(10 * TS_NS_PER_S);
	int before = keys(b);
	for (int i = 0; i < 300; i++) {
		leg->config.events->needs_keyframe(leg->config.arg);
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
	/* two at once and then one in two seconds: the others are protected from it all the same */
	assert_in_range(keys(b) - before, 15, 19);
	ts_participant_info(a, &info);
	assert_int_equal(info.limited_by, TS_LIMITED_NOT);
	assert_int_equal(info.keyframe_requests, 0);
	assert_int_equal(info.keyframe_credit, 2);
	assert_false(info.keyframe_owed);
	before = keys(b);
	leg->config.events->on_keyframe_request(leg->config.arg);
	ts_fake_time_after(TS_NS_PER_S);
	assert_in_range(keys(b) - before, 1, 2); /* theirs is served all the same */
}

static void who_is_alone_gets_what_they_request(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	ts_fake_time_after(TS_NS_PER_S);
	int before = keys(a);
	for (int i = 0; i < 100; i++) {
		ts_participant_send_keyframe(a);
		ts_fake_time_after(100 * TS_NS_PER_MS);
	}
	assert_in_range(keys(a) - before, 17, 21);
}

/* ---- renegotiation */

static void hold_takes_picture_and_sound_away(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Ada", TS_KIND_SIP);
	join.transport.kind = TS_TRANSPORT_PLAIN;
	struct ts_participant *p = ts_hall_enter(&join);
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), TS_EAGAIN);
	ts_hall_connect(p);
	ts_fake_time_after(TS_NS_PER_S);
	join.transport.media[HALL_VIDEO].send = join.transport.media[HALL_AUDIO].send = false;
	ts_fake_legs.change_err = TS_EINVAL;
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), TS_EINVAL);
	ts_fake_legs.change_err = 0;
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), 0);
	assert_int_equal(ts_hall_leg(p)->updates, 2);
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_int_equal(info.receives.width, 0);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	int units = ts_hall_leg(p)->sender[HALL_VIDEO].units;
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(ts_hall_leg(p)->sender[HALL_VIDEO].units, units);

	join.transport.media[HALL_VIDEO].send = join.transport.media[HALL_AUDIO].send = true;
	join.transport.media[HALL_VIDEO].send_codec = TS_CODEC_H264;
	join.packetization_mode = 1;
	ts_fake_time_run();
	ts_hall_connect(p); /* ready for the update */
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), 0);
	ts_participant_info(p, &info);
	assert_int_equal(info.receives_codec, TS_CODEC_H264);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(ts_hall_leg(p)->sender[HALL_VIDEO].units > units);
	join.need.max_mb = 1; /* a decoder that takes nothing of ours any more */
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), 0);
	ts_participant_info(p, &info);
	assert_int_equal(info.receives.width, 0);
}

static void the_first_answer_is_no_update(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Ada", TS_KIND_SIP);
	join.transport.kind = TS_TRANSPORT_PLAIN;
	join.transport.offering = true;
	struct ts_participant *p = ts_hall_enter(&join);
	ts_hall_connect(p);
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), 0);
	assert_int_equal(ts_hall_leg(p)->answers, 1);
	assert_int_equal(ts_hall_leg(p)->updates, 0);
	assert_int_equal(ts_participant_renegotiate(p, &join, NULL, NULL), 0);
	assert_int_equal(ts_hall_leg(p)->updates, 1);
}

static void who_only_listens_has_no_sources(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Eve", TS_KIND_WHEP);
	for (int i = 0; i < HALL_MEDIA; i++) join.transport.media[i].n_pt = 0;
	join.slides_media = -1;
	struct ts_participant *p = ts_hall_enter(&join);
	ts_hall_connect(p);
	assert_null(p->voice);
	assert_null(p->camera.source);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(ts_hall_leg(p)->sender[HALL_AUDIO].units > 40);
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_int_equal(info.level_dbov, -127);
	assert_int_equal(ts_hall_leg(p)->receive_bps, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, ts_hall_setup, ts_hall_teardown)
	const struct CMUnitTest tests[] = {
		TEST(ready_is_told_once_with_our_side),
		TEST(a_join_that_comes_to_nothing_is_told_too),
		TEST(a_leg_that_fails_ends_the_participant),
		TEST(who_stalls_stays_and_is_marked),
		TEST(changes_of_ice_go_to_the_leg),
		TEST(who_comes_back_has_their_place_key_and_settings),
		TEST(a_second_try_to_come_back_ends_the_first),
		TEST(who_leaves_while_one_comes_for_them_hands_over),
		TEST(the_only_one_may_come_back),
		TEST(who_is_not_proven_ousts_nobody),
		TEST(who_is_proven_first_waits_for_the_leg),
		TEST(who_is_not_proven_is_left_nothing_but_the_mute),
		TEST(settings_are_told_when_they_change),
		TEST(a_camera_is_on_while_its_packets_flow),
		TEST(slides_are_a_region_of_their_own),
		TEST(info_tells_what_is_received),
		TEST(one_receiver_costs_the_others_few_keyframes),
		TEST(without_another_step_they_cost_some),
		TEST(credit_comes_back_by_itself),
		TEST(what_we_need_is_not_held_against_them),
		TEST(who_is_alone_gets_what_they_request),
		TEST(hold_takes_picture_and_sound_away),
		TEST(the_first_answer_is_no_update),
		TEST(who_only_listens_has_no_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
