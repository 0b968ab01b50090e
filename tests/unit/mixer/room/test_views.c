/* Several views of a room: who is sent which, what each shows, what it costs while nobody looks,
 * and that nobody misses a picture when somebody goes from one to another. */
#include "mixer/room/views.h"

#include "base/counter.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <stdio.h>
#include <string.h>

#define H (&ts_hall)

static struct ts_room_view *main_view;
static struct ts_participant *p, *neighbour;

static struct ts_room_view_config portrait_config(void)
{
	return (struct ts_room_view_config){
		.id = "portrait", .width = 180, .height = 320, .fps = 30};
}

static struct ts_room_view *add(const char *id)
{
	struct ts_room_view_config config = portrait_config();
	struct ts_room_view *view = NULL;
	snprintf(config.id, sizeof(config.id), "%s", id);
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), 0);
	ts_fake_time_run();
	return view;
}

static int count_views(void)
{
	int n = 0;
	for (struct ts_room_view *v = main_view; v; v = ts_room_next_view(H->room, v)) n++;
	return n;
}

static struct ts_sender *sender(const struct ts_participant *who, int media)
{
	return &ts_hall_leg(who)->sender[media];
}

static const struct ts_step *step_of(const struct ts_participant *who)
{
	return &ts_output_config(who->receiver.output)->step;
}

static int setup(void **state)
{
	ts_hall_setup(state);
	main_view = ts_room_main_view(H->room);
	p = ts_hall_meet("p");
	neighbour = ts_hall_meet("neighbour");
	ts_fake_time_after(TS_NS_PER_S);
	return 0;
}

static int teardown(void **state)
{
	ts_hall_teardown(state);
	assert_int_equal(ts_count_get(TS_C_VIEWS), 0);
	assert_int_equal(ts_count_get(TS_C_VIEWS_COMPOSED), 0);
	return 0;
}

/* Who stays where they are sees nothing of it. */
static void neighbour_missed_nothing(void)
{
	assert_int_equal(sender(neighbour, HALL_VIDEO)->holes, 0);
	assert_int_equal(sender(neighbour, HALL_VIDEO)->again, 0);
}

static void main_is_always_there(void **state)
{
	(void)state;
	assert_string_equal(ts_room_view_config(main_view)->id, "main");
	assert_ptr_equal(ts_room_find_view(H->room, "main"), main_view);
	assert_null(ts_room_next_view(H->room, main_view));
	assert_int_equal(count_views(), 1);
	assert_true(ts_room_view_is_main(main_view));
	assert_ptr_equal(ts_participant_view(p), main_view);
	assert_int_equal(ts_room_view_receivers(main_view), 2);
	assert_int_equal(ts_room_view_outputs(main_view), 1);
	assert_ptr_equal(ts_room_view_layout(main_view), ts_room_layout(H->room));
	assert_int_equal(ts_count_get(TS_C_VIEWS), 0);
	assert_int_equal(ts_count_get(TS_C_VIEWS_COMPOSED), 1);
}

static void there_are_eight_of_different_names(void **state)
{
	(void)state;
	const int created = H->changed[TS_ROOM_VIEW_CREATED];
	struct ts_room_view_config config = portrait_config();
	struct ts_room_view *view;
	char id[8];
	for (int i = 1; i < TS_ROOM_VIEWS_MAX; i++) {
		snprintf(id, sizeof(id), "v%d", i);
		add(id);
	}
	assert_int_equal(count_views(), TS_ROOM_VIEWS_MAX);
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), TS_ELIMIT);
	snprintf(config.id, sizeof(config.id), "v3");
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), TS_EEXIST);
	snprintf(config.id, sizeof(config.id), "main");
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), TS_EEXIST);
	assert_int_equal(H->changed[TS_ROOM_VIEW_CREATED], created + TS_ROOM_VIEWS_MAX - 1);

	/* again and again: the places of those that have gone are free */
	for (int i = 0; i < 3 * TS_VIEWS_MAX; i++) {
		ts_room_remove_view(ts_room_find_view(H->room, "v3"));
		ts_fake_time_run();
		add("v3");
	}
	assert_int_equal(ts_count_get(TS_C_VIEWS), TS_ROOM_VIEWS_MAX - 1);
}

static void one_of_ours_is_found_by_its_name_alone(void **state)
{
	(void)state;
	const int created = H->changed[TS_ROOM_VIEW_CREATED];
	struct ts_room_view_config config = portrait_config();
	struct ts_room_view *view;
	snprintf(config.id, sizeof(config.id), ".slides");
	config.hidden = true;
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), 0);
	assert_ptr_equal(ts_room_find_view(H->room, ".slides"), view);
	assert_null(ts_room_next_view(H->room, main_view));
	assert_int_equal(count_views(), 1);
	assert_int_equal(ts_count_get(TS_C_VIEWS), 0);
	assert_int_equal(ts_participant_set_view(p, view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(step_of(p)->width, 180);
	ts_room_remove_view(view);
	assert_int_equal(H->changed[TS_ROOM_VIEW_CREATED], created);
	assert_int_equal(H->changed[TS_ROOM_VIEW_CHANGED], 0);
	assert_int_equal(H->changed[TS_ROOM_VIEW_REMOVED], 0);
}

/* Neither a tick nor an encoder, nor the people's sources. */
static void one_that_nobody_receives_does_nothing(void **state)
{
	(void)state;
	const int64_t ticks = ts_count_get(TS_C_TICKS_VIDEO);
	struct ts_room_view *view = add("portrait");
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(ts_room_view_outputs(view), 0);
	assert_in_range(ts_count_get(TS_C_TICKS_VIDEO) - ticks, 29, 31); /* main's */
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 1);

	assert_int_equal(ts_participant_set_view(p, view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(ts_room_view_outputs(view), 1);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 2);
	assert_int_equal(ts_count_get(TS_C_VIEWS_COMPOSED), 2);

	assert_int_equal(ts_participant_set_view(p, main_view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(ts_room_view_outputs(view), 0);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), 1);
	assert_int_equal(ts_count_get(TS_C_VIEWS_COMPOSED), 1);
	const int64_t before = ts_count_get(TS_C_TICKS_VIDEO);
	ts_fake_time_after(TS_NS_PER_S);
	assert_in_range(ts_count_get(TS_C_TICKS_VIDEO) - before, 29, 31);
	neighbour_missed_nothing();
}

static void each_has_its_own_canvas_and_layout(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	assert_int_equal(ts_participant_set_view(p, view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(step_of(p)->width, 180);
	assert_int_equal(step_of(p)->height, 320);
	assert_int_equal(step_of(neighbour)->width, 320);
	const struct ts_layout *layout = ts_room_view_layout(view);
	assert_int_equal(layout->canvas_w, 180);
	assert_int_equal(layout->canvas_h, 320);
	assert_int_equal(layout->n, 2);
	assert_int_equal(layout->region[0].rect.w, 180);                  /* one above the other */
	assert_int_equal(ts_room_layout(H->room)->region[0].rect.h, 120); /* beside */

	const int told = H->changed[TS_ROOM_VIEW_CHANGED], main_told = H->changed[TS_ROOM_LAYOUT];
	struct ts_layout_doc *doc = ts_layout_shipped(1);
	ts_room_view_set_layout(view, doc);
	assert_ptr_equal(ts_room_view_layout_doc(view), doc);
	assert_ptr_not_equal(ts_room_layout_doc(H->room), doc);
	assert_true(H->changed[TS_ROOM_VIEW_CHANGED] > told);
	assert_int_equal(H->changed[TS_ROOM_LAYOUT], main_told);
}

static void keeps_the_old_picture_until_the_keyframe(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	struct ts_sender *video = sender(p, HALL_VIDEO);
	const int keys = video->keys;
	const uint32_t before = ts_output_id(p->receiver.output);
	assert_int_equal(ts_participant_set_view(p, view), 0);
	assert_ptr_equal(ts_participant_view(p), view);
	assert_int_equal(ts_output_id(p->receiver.output), before);
	assert_non_null(p->receiver.next);
	for (int i = 0; i < 10; i++) {
		const int units = video->units;
		ts_fake_time_after(50 * TS_NS_PER_MS);
		assert_true(video->units > units);
	}
	assert_null(p->receiver.next);
	assert_int_not_equal(ts_output_id(p->receiver.output), before);
	assert_int_equal(video->keys, keys + 1);
	assert_int_equal(video->holes, 0); /* the same clock */
	assert_int_equal(video->again, 0);
	neighbour_missed_nothing();
}

/* Its clock goes on where it is; only who watches has another. */
static void goes_to_a_view_of_another_rate(void **state)
{
	(void)state;
	struct ts_room_view_config config = portrait_config();
	struct ts_room_view *view;
	config.fps = 15;
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), 0);
	struct ts_sender *video = sender(p, HALL_VIDEO);
	const int units = video->units;
	assert_int_equal(ts_participant_set_view(p, view), 0);
	assert_non_null(p->receiver.next); /* make before break */
	ts_fake_time_after(TS_NS_PER_S);
	assert_null(p->receiver.next);
	assert_in_range(video->units - units, 14, 20);
	assert_int_equal(video->again, 0);

	/* while somebody crosses, the rate of the one that they come from changes */
	assert_int_equal(ts_participant_set_view(p, main_view), 0);
	config.fps = 10;
	assert_int_equal(ts_room_change_view(view, &config), 0);
	assert_null(p->receiver.next);
	ts_fake_time_after(TS_NS_PER_S);
	assert_ptr_equal(p->receiver.output, neighbour->receiver.output);
	assert_int_equal(video->again, 0);
	neighbour_missed_nothing();
}

static void turns_back_before_it_has_turned(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	const uint32_t before = ts_output_id(p->receiver.output);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ts_participant_set_view(p, i % 2 ? main_view : view), 0);
		ts_fake_time_after(10 * TS_NS_PER_MS);
	}
	ts_fake_time_after(TS_NS_PER_S);
	assert_null(p->receiver.next);
	assert_int_equal(ts_output_id(p->receiver.output), before);
	assert_int_equal(ts_room_view_outputs(view), 0);
	assert_int_equal(sender(p, HALL_VIDEO)->holes, 0);
	neighbour_missed_nothing();
}

static void joins_into_a_view(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	struct ts_join join = ts_hall_join("phone", TS_KIND_WEBRTC);
	struct ts_participant_info info;
	snprintf(join.view, sizeof(join.view), "portrait");
	struct ts_participant *phone = ts_hall_enter(&join);
	ts_hall_connect(phone);
	assert_ptr_equal(ts_participant_view(phone), view);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(step_of(phone)->width, 180);
	assert_true(sender(phone, HALL_VIDEO)->keys > 0);
	ts_participant_info(phone, &info);
	assert_string_equal(info.view, "portrait");

	/* back in their place, in the view that they were moved to */
	snprintf(join.view, sizeof(join.view), "%s", "");
	join.replaces = phone;
	struct ts_participant *again = ts_hall_enter(&join);
	assert_ptr_equal(ts_participant_view(again), view);
	ts_hall_connect(again);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(step_of(again)->width, 180);

	join.replaces = NULL;
	snprintf(join.view, sizeof(join.view), "%s", "nowhere");
	assert_ptr_equal(ts_participant_view(ts_hall_enter(&join)), main_view);
}

static void who_is_in_one_that_is_removed_goes_to_main(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	assert_int_equal(ts_participant_set_view(p, view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	struct ts_sender *video = sender(p, HALL_VIDEO);
	const int keys = video->keys, removed = H->changed[TS_ROOM_VIEW_REMOVED];
	ts_room_remove_view(view);
	assert_int_equal(H->changed[TS_ROOM_VIEW_REMOVED], removed + 1);
	assert_null(ts_room_find_view(H->room, "portrait"));
	assert_ptr_equal(ts_participant_view(p), main_view);
	/* another one of that name, while the first is still sent */
	struct ts_room_view *second = add("portrait");
	assert_ptr_not_equal(second, view);
	for (int i = 0; i < 10; i++) {
		const int units = video->units;
		ts_fake_time_after(50 * TS_NS_PER_MS);
		assert_true(video->units > units);
	}
	assert_int_equal(video->keys, keys + 1);
	assert_int_equal(video->holes, 0);
	assert_ptr_equal(p->receiver.output, neighbour->receiver.output);
	assert_null(second->next);
	assert_ptr_equal(H->room->main.next, second); /* the first has ended */
	neighbour_missed_nothing();
}

/* A removed view ends, whether the keyframe of main came or not. */
static void there_is_no_way_back_to_one_that_is_removed(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	assert_int_equal(ts_participant_set_view(p, view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	ts_hall_leg(p)->deaf = true;
	ts_room_remove_view(view);
	ts_fake_time_after(TS_NS_PER_S);
	assert_ptr_equal(H->room->main.next, view);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_null(H->room->main.next);
	assert_null(p->receiver.next);
	ts_hall_leg(p)->deaf = false;
	const int keys = sender(p, HALL_VIDEO)->keys;
	ts_participant_send_keyframe(p);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(sender(p, HALL_VIDEO)->keys > keys);
}

static void stays_where_the_decoder_cannot_follow(void **state)
{
	(void)state;
	struct ts_room_view_config config = portrait_config();
	struct ts_room_view *view;
	struct ts_join join = ts_hall_join("small", TS_KIND_SIP);
	join.transport.media[HALL_VIDEO].send_codec = TS_CODEC_H264;
	join.packetization_mode = 1;
	join.need.max_mb = 4; /* less than any step */
	struct ts_participant *small = ts_hall_enter(&join);
	ts_hall_connect(small);
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), 0);
	assert_int_equal(ts_participant_set_view(small, view), TS_EUNSUPPORTED);
	assert_ptr_equal(ts_participant_view(small), main_view);
}

/* One decoder: shown while any view shows it, in the size that the largest needs. */
static void a_source_is_shown_by_several(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	ts_hall_packet(p, HALL_VIDEO);
	ts_fake_time_after(100 * TS_NS_PER_MS);
	assert_true(ts_source_is_shown(p->camera.source));
	const uint32_t alone_bps = ts_hall_leg(p)->receive_bps;

	/* only the other view is watched */
	assert_int_equal(ts_participant_set_view(p, view), 0);
	assert_int_equal(ts_participant_set_view(neighbour, view), 0);
	for (int i = 0; i < 10; i++) {
		ts_fake_time_after(100 * TS_NS_PER_MS);
		ts_hall_packet(p, HALL_VIDEO);
	}
	assert_int_equal(ts_room_view_outputs(main_view), 0);
	assert_int_equal(ts_room_view_outputs(view), 1);
	assert_true(ts_source_is_shown(p->camera.source));
	assert_true(ts_hall_leg(p)->receive_bps >= alone_bps);
	int stranger;
	assert_false(ts_source_hold(p->camera.source, view->slot, &stranger));
	assert_true(ts_source_hold(p->camera.source, TS_VIEW_MAIN, &stranger));
	ts_source_let_go(p->camera.source, TS_VIEW_MAIN, &stranger);

	/* a layout that shows nobody there: nobody decodes them */
	ts_participant_leave(neighbour, "left");
	ts_participant_leave(p, "left");
	ts_fake_time_run();
}

static void takes_nothing_of_the_view_to_another_room(void **state)
{
	(void)state;
	const struct ts_room_config config = {.id = "other",
		.width = 320,
		.height = 180,
		.fps = 30,
		.max_participants = 4,
		.max_watchers = 2};
	static const struct ts_room_events none;
	struct ts_room *other;
	struct ts_room_view *view = add("portrait");
	assert_int_equal(ts_room_create(&other, &H->engine, &config, &none, NULL), 0);
	ts_hall_packet(p, HALL_VIDEO);
	assert_int_equal(ts_participant_set_view(p, view), 0);
	assert_int_equal(ts_participant_set_view(neighbour, view), 0);
	ts_fake_time_after(TS_NS_PER_S);
	ts_hall_packet(p, HALL_VIDEO);
	assert_int_equal(ts_participant_move(p, other), 0);
	assert_ptr_equal(ts_participant_view(p), ts_room_main_view(other));
	assert_int_equal(ts_participant_set_view(p, view), TS_ECLOSED);
	ts_fake_time_after(TS_NS_PER_S);
	assert_null(p->receiver.next);
	assert_int_equal(step_of(p)->width, 320);
	int stranger;
	assert_true(ts_source_hold(p->camera.source, view->slot, &stranger));
	ts_source_let_go(p->camera.source, view->slot, &stranger);
	/* the room may go, and the view be removed, while they are on their way */
	assert_int_equal(ts_participant_move(p, H->room), 0);
	ts_room_close(other);
	ts_fake_time_after(TS_NS_PER_S);
	neighbour_missed_nothing();
}

/* The last one leaves while views come, go and are crossed to. */
static void the_room_closes_with_all_of_them(void **state)
{
	(void)state;
	struct ts_room_view *a = add("a"), *b = add("b");
	assert_int_equal(ts_participant_set_view(p, a), 0);
	assert_int_equal(ts_participant_set_view(neighbour, b), 0);
	ts_fake_time_after(TS_NS_PER_S);
	ts_room_remove_view(a);
	assert_int_equal(ts_participant_set_view(neighbour, main_view), 0);
	struct ts_room_view_config config = portrait_config();
	struct ts_room_view *view;
	ts_room_close(H->room);
	assert_int_equal(ts_room_add_view(H->room, &config, NULL, &view), TS_ECLOSED);
}

static void wishes_hold_in_all_views_but_pins(void **state)
{
	(void)state;
	struct ts_wishes wishes = {.spotlight = {1, {ts_participant_key(p)}},
		.pinned = {1, {ts_participant_key(neighbour)}}};
	struct ts_room_view *a = add("a");
	ts_room_set_wishes(H->room, &wishes);
	struct ts_room_view *b = add("b");
	assert_int_equal(a->scene.wishes.spotlight.n, 1);
	assert_int_equal(a->scene.wishes.pinned.n, 0);
	assert_int_equal(b->scene.wishes.spotlight.n, 1);
	assert_int_equal(b->scene.wishes.pinned.n, 0);
	assert_int_equal(ts_room_wishes(H->room)->pinned.n, 1);
}

/* ---- sinks */

static struct ts_sink *pictures_of(struct ts_room_sink *sink);

static enum ts_sink_wants wants(struct ts_sink *sink, int64_t now_ns)
{
	(void)sink;
	(void)now_ns;
	return TS_SINK_PACKETS;
}
static int width;
static void start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	(void)sink;
	width = params->width;
}
static int packet(struct ts_sink *sink, const AVPacket *p_, const struct ts_unit_time *time)
{
	(void)sink;
	(void)p_;
	(void)time;
	return 0;
}
static void stop(struct ts_sink *sink)
{
	(void)sink;
}
static void sink_free(struct ts_sink *sink)
{
	free(sink);
}
static const struct ts_sink_ops ops = {wants, start, packet, stop, sink_free};

static struct ts_sink *make_sink(void)
{
	struct ts_sink *sink = calloc(1, sizeof *sink);
	ts_sink_init(sink, &ops);
	return sink;
}
static struct ts_sink *pictures_of(struct ts_room_sink *sink)
{
	(void)sink;
	return make_sink();
}

static void a_recording_takes_a_view(void **state)
{
	(void)state;
	struct ts_room_view *view = add("portrait");
	struct ts_sink *sound = make_sink();
	struct ts_room_sink sink = {.video_codec = TS_CODEC_VP8,
		.audio_codec = TS_CODEC_OPUS,
		.sound = sound,
		.pictures_of = pictures_of,
		.view = view};
	assert_int_equal(ts_room_add_sink(H->room, &sink), 0);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(width, 180);
	assert_int_equal(ts_room_view_outputs(view), 1);
	assert_int_equal(ts_room_view_sinks(view), 1);
	assert_int_equal(ts_room_view_sinks(main_view), 0);
	struct ts_step step[TS_ROOM_RENDITIONS];
	assert_true(ts_room_renditions(H->room, view, 1, step) == 1 && step[0].width == 180);
	assert_true(ts_room_renditions(H->room, NULL, 1, step) == 1 && step[0].width == 320);
	ts_room_remove_view(view);
	assert_int_equal(ts_room_view_sinks(main_view), 1);
	ts_fake_time_after(TS_NS_PER_S);
	assert_null(sink.view);
	assert_int_equal(width, 320);
	assert_null(H->room->main.next);
	ts_room_remove_sink(H->room, &sink);
	ts_fake_time_after(TS_NS_PER_S);
	ts_sink_unref(&sound);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(main_is_always_there),
		TEST(there_are_eight_of_different_names),
		TEST(one_of_ours_is_found_by_its_name_alone),
		TEST(one_that_nobody_receives_does_nothing),
		TEST(each_has_its_own_canvas_and_layout),
		TEST(keeps_the_old_picture_until_the_keyframe),
		TEST(goes_to_a_view_of_another_rate),
		TEST(turns_back_before_it_has_turned),
		TEST(joins_into_a_view),
		TEST(who_is_in_one_that_is_removed_goes_to_main),
		TEST(there_is_no_way_back_to_one_that_is_removed),
		TEST(stays_where_the_decoder_cannot_follow),
		TEST(a_source_is_shown_by_several),
		TEST(takes_nothing_of_the_view_to_another_room),
		TEST(the_room_closes_with_all_of_them),
		TEST(wishes_hold_in_all_views_but_pins),
		TEST(a_recording_takes_a_view),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
