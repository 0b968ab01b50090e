/* Announcements by request and by themselves, in rooms that a test moves by hand. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "control/announcements/automatic.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <string.h>

static struct {
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_announcements *all;
	struct ts_automatic *automatic;
	int n_begun, n_gone;
	char sound[32], to[32]; /* of the one that began last */
	bool is_automatic;
} t;

static void on_change(void *arg, const struct ts_announcement *a, bool gone)
{
	(void)arg;
	t.n_begun += !gone;
	t.n_gone += gone;
	if (gone) return;
	strcpy(t.sound, a->sound);
	strcpy(t.to, a->to);
	t.is_automatic = a->automatic;
}

static int make(void **state)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {.room = {.width = 1280,
							  .height = 720,
							  .fps = 30,
							  .max_participants = 9,
							  .max_watchers = 9},
		.max_rooms = 4,
		.half_open = {.max = 9, .max_per_address = 9}};
	(void)state;
	memset(&t, 0, sizeof(t));
	ts_fake_reset();
	assert_int_equal(ts_loop_create(&t.loop, "control"), 0);
	assert_int_equal(ts_registry_create(&t.registry, &engine, &config), 0);
	ts_announcements_create(&t.all, t.loop, t.registry, &t.config);
	ts_announcements_watch(t.all, on_change, NULL);
	ts_automatic_create(&t.automatic, t.registry, t.all);
	return 0;
}

static void on_closed(void *arg)
{
	(void)arg;
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(t.registry, on_closed, NULL);
	ts_fake_time_run();
	if (ts_fake.plays || t.n_begun != t.n_gone) return -1; /* all end with their rooms */
	ts_automatic_destroy(&t.automatic);
	ts_announcements_destroy(&t.all);
	ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
	return ts_fake.rooms || ts_fake.participants ? -1 : 0;
}

static struct ts_participant *join_as(enum ts_kind kind, struct ts_participant *replaces)
{
	const struct ts_join join = {.kind = kind, .replaces = replaces};
	struct ts_member *member;
	assert_int_equal(ts_registry_join(t.registry, "r", &join, NULL, NULL, &member), 0);
	return member->participant;
}

static struct ts_participant *join(void)
{
	return join_as(TS_KIND_WEBRTC, NULL);
}

static struct ts_room *room(void)
{
	return ts_registry_find(t.registry, "r");
}

static void set_tones(bool join, bool leave, bool alone, bool recorded)
{
	struct ts_room_config config = *ts_room_config(room());
	config.tones.join = join;
	config.tones.leave = leave;
	config.tones.alone = alone;
	config.tones.recorded = recorded;
	assert_int_equal(ts_registry_change(t.registry, room(), &config, true), 0);
}

/* A second, so that tones have their time. */
static void later(void)
{
	ts_fake_time_after(TS_NS_PER_S);
}

/* Plays the i-th of them to its end. */
static void play_out(int i)
{
	struct ts_play *play = ts_play_ref(ts_fake.play[i]->play);
	for (int k = 0; k < 1000 && ts_play_tick(play); k++) {}
	ts_fake_time_run();
	ts_play_unref(&play);
}

/* ---- by request */

static void it_is_there_until_it_has_ended(void **state)
{
	struct ts_announcement_wish wish = {.tune = TS_TUNE_CHIME, .gain_db = -6};
	const struct ts_announcement *a;
	size_t at = 0;
	(void)state;
	join();
	assert_int_equal(ts_announcements_start(t.all, room(), &wish, &a), 0);
	assert_string_equal(t.sound, "chime");
	assert_string_equal(t.to, "");
	assert_false(t.is_automatic);
	assert_int_equal(ts_count_get(TS_C_ANNOUNCEMENTS_ASKED), 1);
	assert_int_equal(a->duration_ms, 780);
	assert_ptr_equal(ts_announcements_find(t.all, "r", a->id), a);
	assert_null(ts_announcements_find(t.all, "s", a->id));
	assert_ptr_equal(ts_announcements_next(t.all, "r", &at), a);
	assert_null(ts_announcements_next(t.all, "r", &at));
	assert_int_equal(ts_fake.play[0]->to, 0);
	play_out(0);
	assert_int_equal(t.n_gone, 1);
	assert_int_equal(ts_fake.plays, 0);
}

static void one_to_somebody_ends_with_them(void **state)
{
	struct ts_participant *other;
	(void)state;
	join();
	other = join();
	struct ts_announcement_wish wish = {.tune = TS_TUNE_ALONE, .to = other, .loop = true};
	assert_int_equal(ts_announcements_start(t.all, room(), &wish, NULL), 0);
	assert_int_equal(ts_fake.play[0]->to, ts_participant_key(other));
	assert_string_equal(t.to, ts_participant_id(other));
	ts_participant_leave(other, "left");
	assert_int_equal(ts_fake.plays, 0);
	assert_int_equal(t.n_gone, 1);
}

static void a_stopped_one_fades_out_first(void **state)
{
	struct ts_announcement_wish wish = {.tune = TS_TUNE_ALONE, .loop = true};
	const struct ts_announcement *a;
	(void)state;
	join();
	assert_int_equal(ts_announcements_start(t.all, room(), &wish, &a), 0);
	assert_non_null(ts_play_tick(ts_fake.play[0]->play));
	ts_announcements_stop(t.all, a);
	assert_int_equal(ts_fake.plays, 1);
	play_out(0);
	assert_int_equal(ts_fake.plays, 0);
}

static void what_cannot_be_played_is_refused(void **state)
{
	struct ts_announcement_wish wish = {.tune = TS_TUNE_CHIME};
	(void)state;
	ts_fake.info.state = TS_P_CONNECTING;
	struct ts_participant *p = join();
	assert_int_equal(ts_announcements_start(t.all, room(), &wish, NULL), TS_ENOTFOUND);
	ts_fake_connect(p);
	ts_fake.info.state = TS_P_CONNECTED;
	struct ts_announcement_wish deaf = {
		.tune = TS_TUNE_CHIME, .to = join_as(TS_KIND_WHIP, NULL)};
	assert_int_equal(ts_announcements_start(t.all, room(), &deaf, NULL), TS_EAGAIN);
	ts_participant_leave(deaf.to, "left");
	for (int i = 0; i < TS_ANNOUNCED_ASKED_MAX; i++)
		assert_int_equal(ts_announcements_start(t.all, room(), &wish, NULL), 0);
	assert_int_equal(ts_announcements_start(t.all, room(), &wish, NULL), TS_ELIMIT);
	assert_int_equal(t.n_begun, TS_ANNOUNCED_ASKED_MAX);
	ts_participant_leave(p, "left"); /* with the last one all go */
	assert_int_equal(t.n_gone, TS_ANNOUNCED_ASKED_MAX);
}

/* ---- by themselves */

static void who_comes_and_goes_makes_a_tone(void **state)
{
	(void)state;
	join();
	set_tones(true, true, false, false);
	later();
	struct ts_participant *p = join();
	assert_string_equal(t.sound, "join");
	assert_true(t.is_automatic);
	join(); /* in the same second: one tone is enough */
	assert_int_equal(t.n_begun, 1);
	later();
	ts_participant_leave(p, "left");
	assert_string_equal(t.sound, "leave");
	later();
	p = join_as(TS_KIND_WHEP, NULL); /* watches */
	later();
	ts_participant_leave(p, "left");
	assert_int_equal(t.n_begun, 2);
}

static void who_is_still_connecting_has_not_come(void **state)
{
	(void)state;
	join();
	set_tones(true, true, false, false);
	later();
	ts_fake.info.state = TS_P_CONNECTING;
	struct ts_participant *p = join(), *never = join();
	assert_int_equal(t.n_begun, 0);
	ts_fake_connect(p);
	assert_int_equal(t.n_begun, 1);
	later();
	ts_participant_leave(never, "timeout");
	assert_int_equal(t.n_begun, 1);
}

static void who_comes_back_has_neither_come_nor_gone(void **state)
{
	(void)state;
	join();
	struct ts_participant *p = join();
	set_tones(true, true, false, false);
	later();
	ts_fake.info.state = TS_P_CONNECTING;
	struct ts_participant *again = join_as(TS_KIND_WEBRTC, p);
	ts_fake_connect(again);
	later();
	ts_participant_leave(p, "replaced");
	assert_int_equal(t.n_begun, 0);
	later();
	ts_participant_leave(again, "left");
	assert_string_equal(t.sound, "leave");
}

static void music_is_for_who_is_alone(void **state)
{
	(void)state;
	struct ts_participant *first = join();
	set_tones(false, false, true, false);
	assert_string_equal(t.sound, "alone");
	assert_int_equal(ts_fake.plays, 1);
	join_as(TS_KIND_WHEP, NULL); /* is no company */
	assert_int_equal(ts_fake.plays, 1);
	join();
	play_out(0); /* it fades out */
	assert_int_equal(ts_fake.plays, 0);
	ts_participant_leave(first, "left");
	assert_int_equal(ts_fake.plays, 1);
	/* who has it stopped is not played to again */
	size_t at = 0;
	ts_announcements_stop(t.all, ts_announcements_next(t.all, "r", &at));
	play_out(0);
	set_tones(false, false, true, false);
	assert_int_equal(ts_fake.plays, 0);
	ts_participant_leave(join(), "left");
	assert_int_equal(ts_fake.plays, 1);
	set_tones(false, false, false, false);
	play_out(0);
	assert_int_equal(ts_fake.plays, 0);
}

/* More than may be played to at one time. */
static void all_who_come_at_once_hear_of_a_recording(void **state)
{
	static struct ts_room_sink sink;
	struct ts_announcement_wish wish = {.tune = TS_TUNE_CHIME, .loop = true};
	(void)state;
	join();
	set_tones(false, false, false, true);
	assert_int_equal(ts_room_add_sink(room(), &sink), 0);
	set_tones(false, false, false, true);
	for (int i = 0; i < TS_ANNOUNCED_ASKED_MAX; i++)
		assert_int_equal(ts_announcements_start(t.all, room(), &wish, NULL), 0);
	join();
	assert_string_equal(t.sound, "recorded");
	ts_fake.play_err = TS_ELIMIT;
	join();
	play_out(0);
	set_tones(false, false, false, true);
	assert_string_equal(t.sound, "recorded");
	assert_string_equal(t.to, ""); /* all, once there is room */
	ts_room_remove_sink(room(), &sink);
}

static void a_recording_is_heard(void **state)
{
	static struct ts_room_sink sink;
	(void)state;
	join();
	set_tones(false, false, false, true);
	assert_int_equal(ts_room_add_sink(room(), &sink), 0);
	set_tones(false, false, false, true); /* the room tells of its change */
	assert_string_equal(t.sound, "recorded");
	assert_string_equal(t.to, "");
	assert_int_equal(t.n_begun, 1);
	struct ts_participant *p = join();
	assert_string_equal(t.to, ts_participant_id(p));
	assert_int_equal(t.n_begun, 2);
	ts_room_remove_sink(room(), &sink);
	set_tones(false, false, false, true);
	assert_int_equal(t.n_begun, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(it_is_there_until_it_has_ended),
		TEST(one_to_somebody_ends_with_them),
		TEST(a_stopped_one_fades_out_first),
		TEST(what_cannot_be_played_is_refused),
		TEST(who_comes_and_goes_makes_a_tone),
		TEST(who_is_still_connecting_has_not_come),
		TEST(who_comes_back_has_neither_come_nor_gone),
		TEST(music_is_for_who_is_alone),
		TEST(a_recording_is_heard),
		TEST(all_who_come_at_once_hear_of_a_recording),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
