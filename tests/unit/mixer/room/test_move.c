/* From one room to another: who is where, what is told, and that pictures and sound go on. */
#include "mixer/room/room.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <string.h>

#define H (&ts_hall)

static struct {
	struct ts_room *room;
	int joined, left, empty, closed;
	struct ts_room *moved_from;
	bool close_when_empty;
} other;
static struct ts_participant *p, *neighbour, *host;

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	(void)arg;
	if (other.room) assert_ptr_equal(room, other.room);
	other.joined += what == TS_ROOM_JOINED;
	other.left += what == TS_ROOM_LEFT;
	if (what == TS_ROOM_JOINED) other.moved_from = ts_participant_moved_from(participant);
}

static void on_empty(void *arg, struct ts_room *room)
{
	(void)arg;
	other.empty++;
	if (other.close_when_empty) ts_room_close(room);
}

static void on_closed(void *arg, struct ts_room *room)
{
	(void)arg;
	(void)room;
	other.closed++;
}

static const struct ts_room_events events = {
	.changed = on_changed, .empty = on_empty, .closed = on_closed};

static void make_other(int fps)
{
	const struct ts_room_config config = {.id = "other",
		.width = 320,
		.height = 180,
		.fps = fps,
		.max_participants = 2,
		.max_watchers = 1};
	memset(&other, 0, sizeof(other));
	assert_int_equal(ts_room_create(&other.room, &H->engine, &config, &events, NULL), 0);
}

static struct ts_participant *meet_in_other(const char *name)
{
	struct ts_join join = ts_hall_join(name, TS_KIND_WEBRTC);
	struct ts_participant *who;
	assert_int_equal(ts_room_join(other.room, &join, NULL, NULL, &who), 0);
	ts_hall_connect(who);
	return who;
}

static struct ts_sender *sender(const struct ts_participant *who, int media)
{
	return &ts_hall_leg(who)->sender[media];
}

static int setup(void **state)
{
	ts_hall_setup(state);
	make_other(30);
	p = ts_hall_meet("p");
	neighbour = ts_hall_meet("neighbour");
	host = meet_in_other("host");
	ts_fake_time_after(TS_NS_PER_S);
	return 0;
}

static int teardown(void **state)
{
	if (!other.closed) ts_room_close(other.room);
	ts_fake_time_run();
	ts_fake_legs_gone();
	ts_fake_time_run();
	assert_int_equal(other.closed, 1);
	return ts_hall_teardown(state);
}

/* Nobody but p sees anything of it. */
static void others_missed_nothing(void)
{
	assert_int_equal(sender(neighbour, HALL_VIDEO)->holes, 0);
	assert_int_equal(sender(neighbour, HALL_VIDEO)->again, 0);
	assert_int_equal(sender(host, HALL_VIDEO)->holes, 0);
	assert_int_equal(sender(host, HALL_VIDEO)->again, 0);
}

static void is_counted_and_told_where_they_are(void **state)
{
	(void)state;
	const uint64_t key = ts_participant_key(p);
	const int left = H->changed[TS_ROOM_LEFT];
	assert_int_equal(ts_participant_move(p, other.room), 0);
	assert_ptr_equal(ts_participant_room(p), other.room);
	assert_int_equal(ts_room_count(H->room, TS_KIND_WEBRTC), 1);
	assert_int_equal(ts_room_count(other.room, TS_KIND_WEBRTC), 2);
	assert_ptr_equal(ts_room_first(H->room), neighbour);
	assert_ptr_equal(ts_room_next(ts_room_first(other.room)), p);
	assert_int_equal(H->changed[TS_ROOM_LEFT], left + 1);
	assert_int_equal(other.joined, 2);
	assert_ptr_equal(other.moved_from, H->room);
	assert_null(ts_participant_moved_from(p));
	assert_null(ts_participant_moves_to(p));
	assert_int_equal(H->left, 0);
	assert_null(ts_room_by_key(H->room, key));
	assert_false(ts_hall_leg(p)->closing);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(ts_room_layout(H->room)->n, 1);
	assert_int_equal(ts_room_layout(other.room)->n, 2);
}

/* Whose place it is may be in a room of its own, and end with that one before they do. */
static void nobody_is_replaced_from_another_room(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("by", TS_KIND_WEBRTC);
	join.replaces = p;
	struct ts_participant *by;
	assert_int_equal(ts_room_join(other.room, &join, NULL, NULL, &by), 0);
	assert_null(ts_participant_predecessor(by));
	ts_hall_connect(by);
	assert_int_equal(H->left, 0);
	assert_ptr_equal(ts_room_first(H->room), p);
	/* nor is there a place more for them */
	assert_int_equal(ts_room_join(other.room, &join, NULL, NULL, &by), TS_ELIMIT);
	ts_room_close(other.room);
	assert_int_equal(ts_participant_move(p, other.room), TS_ECLOSED);
	ts_participant_leave(p, "left");
}

static void keeps_its_picture_until_the_keyframe(void **state)
{
	(void)state;
	struct ts_sender *video = sender(p, HALL_VIDEO), *audio = sender(p, HALL_AUDIO);
	struct ts_output *before = p->receiver.output;
	assert_non_null(before);
	const uint32_t before_id = ts_output_id(before);
	const int keys = video->keys;
	assert_int_equal(ts_participant_move(p, other.room), 0);
	assert_non_null(p->receiver.next);
	assert_int_equal(ts_output_id(p->receiver.output), before_id);
	/* each 100 ms of the way has pictures and sound */
	for (int i = 0; i < 20; i++) {
		const int pictures = video->units, packets = audio->units;
		ts_fake_time_after(100 * TS_NS_PER_MS);
		assert_true(video->units > pictures);
		assert_true(audio->units > packets);
	}
	assert_null(p->receiver.next);
	assert_null(p->departed_from);
	assert_null(H->room->departed);
	assert_int_equal(video->keys, keys + 1);
	assert_int_not_equal(ts_output_id(p->receiver.output), before_id);
	assert_ptr_equal(p->receiver.output, host->receiver.output);
	others_missed_nothing();
}

static void goes_to_a_room_of_another_rate(void **state)
{
	(void)state;
	ts_room_close(other.room);
	ts_fake_time_run();
	ts_fake_legs_gone();
	ts_fake_time_run();
	make_other(10);
	assert_int_equal(ts_participant_move(p, other.room), 0);
	const int keys = sender(p, HALL_VIDEO)->keys;
	ts_fake_time_after(400 * TS_NS_PER_MS);
	assert_int_equal(sender(p, HALL_VIDEO)->keys, keys + 1);
	host = neighbour;
	others_missed_nothing();
}

static void makes_the_outputs_that_it_needs(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("h264", TS_KIND_SIP);
	join.transport.media[HALL_VIDEO].send_codec = TS_CODEC_H264;
	join.packetization_mode = 1;
	struct ts_participant *phone = ts_hall_enter(&join);
	ts_hall_connect(phone);
	ts_fake_time_after(TS_NS_PER_S);
	const size_t outputs = other.room->main.scene.n_outputs;
	assert_int_equal(ts_participant_move(phone, other.room), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(other.room->main.scene.n_outputs, outputs + 1);
	assert_int_equal(H->room->main.scene.n_outputs, 1); /* that of VP8 */
	assert_int_equal(ts_output_config(phone->receiver.output)->codec, TS_CODEC_H264);
	others_missed_nothing();
}

static void is_refused_without_a_change(void **state)
{
	(void)state;
	meet_in_other("second");
	assert_int_equal(ts_participant_move(p, other.room), TS_ELIMIT);
	assert_ptr_equal(ts_participant_room(p), H->room);
	assert_int_equal(H->changed[TS_ROOM_LEFT], 0);

	struct ts_join join = ts_hall_join("comes", TS_KIND_WEBRTC);
	struct ts_participant *comes = ts_hall_enter(&join);
	assert_int_equal(ts_participant_move(comes, other.room), TS_EAGAIN);
	ts_participant_leave(comes, "test");

	join.replaces = p;
	struct ts_participant *back = ts_hall_enter(&join);
	assert_int_equal(ts_participant_move(p, other.room), TS_EAGAIN);
	ts_participant_leave(back, "test");

	ts_room_close(other.room);
	assert_int_equal(ts_participant_move(p, other.room), TS_ECLOSED);
	assert_int_equal(ts_participant_move(p, H->room), 0);
	ts_participant_leave(p, "test");
	assert_int_equal(ts_participant_move(p, H->room), TS_ECLOSED);
	ts_fake_time_run();
}

static void leaves_an_empty_room_behind(void **state)
{
	(void)state;
	other.close_when_empty = true;
	assert_int_equal(ts_participant_move(host, H->room), 0);
	assert_int_equal(other.empty, 1);
	ts_fake_time_run();
	assert_int_equal(other.closed, 1); /* though its pictures had not been replaced yet */
	assert_null(host->departed_from);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_null(host->receiver.next);
	assert_ptr_equal(host->receiver.output, p->receiver.output);
	assert_int_equal(sender(neighbour, HALL_VIDEO)->holes, 0);
}

static void may_go_on_before_it_has_arrived(void **state)
{
	(void)state;
	assert_int_equal(ts_participant_move(p, other.room), 0);
	assert_int_equal(ts_participant_move(p, H->room), 0);
	assert_int_equal(ts_participant_move(p, other.room), 0);
	assert_null(other.room->departed);
	ts_fake_time_after(TS_NS_PER_S);
	assert_null(H->room->departed);
	assert_ptr_equal(p->receiver.output, host->receiver.output);
	assert_null(p->receiver.next);
	others_missed_nothing();

	assert_int_equal(ts_participant_move(p, H->room), 0);
	assert_non_null(other.room->departed);
	ts_participant_leave(p, "test");
	assert_null(other.room->departed);
	ts_fake_time_run();
	ts_fake_time_after(TS_NS_PER_S);
	others_missed_nothing();
}

static void there_is_no_way_back(void **state)
{
	(void)state;
	ts_hall_leg(p)->deaf = true;
	assert_int_equal(ts_participant_move(p, other.room), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_ptr_equal(H->room->departed, p);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_null(H->room->departed);
	assert_null(p->receiver.next);
	ts_hall_leg(p)->deaf = false;
	const int keys = sender(p, HALL_VIDEO)->keys;
	ts_participant_send_keyframe(p);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(sender(p, HALL_VIDEO)->keys > keys);
}

static void takes_its_camera_along(void **state)
{
	(void)state;
	ts_hall_packet(p, HALL_VIDEO);
	ts_hall_packet(p, HALL_AUDIO);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	ts_hall_packet(p, HALL_VIDEO);
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	assert_true(info.camera.active);
	assert_int_equal(ts_participant_move(p, other.room), 0);
	ts_hall_packet(p, HALL_VIDEO);
	ts_hall_packet(p, HALL_AUDIO);
	ts_fake_time_after(300 * TS_NS_PER_MS);
	ts_participant_info(p, &info);
	assert_true(info.camera.active);
	assert_true(info.region >= 0);
	assert_true(ts_source_is_shown(p->camera.source));
	/* the strands of the other room have them now */
	int stranger;
	assert_false(ts_voice_hold(p->voice, &stranger));
	assert_false(ts_source_hold(p->camera.source, TS_VIEW_MAIN, &stranger));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(is_counted_and_told_where_they_are),
		TEST(nobody_is_replaced_from_another_room),
		TEST(keeps_its_picture_until_the_keyframe),
		TEST(goes_to_a_room_of_another_rate),
		TEST(makes_the_outputs_that_it_needs),
		TEST(is_refused_without_a_change),
		TEST(leaves_an_empty_room_behind),
		TEST(may_go_on_before_it_has_arrived),
		TEST(there_is_no_way_back),
		TEST(takes_its_camera_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
