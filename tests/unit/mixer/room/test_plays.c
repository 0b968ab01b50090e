#include "base/loop.h"
#include "base/strand.h"
#include "mixer/room/room.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"

#define H (&ts_hall)

static struct ts_room_play plays[TS_ROOM_PLAYS_MAX + 1];
/* never looked into: they are in no plan */
static int sounds[TS_ROOM_PLAYS_MAX + 1];

static int setup(void **state)
{
	for (size_t i = 0; i <= TS_ROOM_PLAYS_MAX; i++)
		plays[i] = (struct ts_room_play){.play = (struct ts_play *)&sounds[i], .to = i};
	return ts_hall_setup(state);
}

/* As members of the mix, in the order of adding; n of them, by their numbers. */
static void check(size_t n, const size_t *which)
{
	struct ts_audio_member members[TS_ROOM_PLAYS_MAX];
	assert_int_equal(ts_room_plays(H->room, members), n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(members[i].play, plays[which[i]].play);
		assert_int_equal(members[i].to, which[i]);
		assert_true(members[i].gain == 1);
		for (size_t k = 0; k < i; k++) assert_int_not_equal(members[i].key, members[k].key);
	}
}

static void they_are_mixed_in_the_order_of_adding(void **state)
{
	(void)state;
	check(0, NULL);
	for (size_t i = 0; i < 3; i++) assert_int_equal(ts_room_add_play(H->room, &plays[i]), 0);
	check(3, (const size_t[]){0, 1, 2});
	ts_room_remove_play(H->room, &plays[1]);
	check(2, (const size_t[]){0, 2});
	ts_room_remove_play(H->room, &plays[1]); /* that is not there */
	check(2, (const size_t[]){0, 2});
	assert_int_equal(ts_room_add_play(H->room, &plays[1]), 0);
	check(3, (const size_t[]){0, 2, 1});
	for (size_t i = 0; i < 3; i++) ts_room_remove_play(H->room, &plays[i]);
	check(0, NULL);
}

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < TS_ROOM_PLAYS_MAX; i++)
		assert_int_equal(ts_room_add_play(H->room, &plays[i]), 0);
	assert_int_equal(ts_room_add_play(H->room, &plays[TS_ROOM_PLAYS_MAX]), TS_ELIMIT);
	ts_room_remove_play(H->room, &plays[7]);
	assert_int_equal(ts_room_add_play(H->room, &plays[TS_ROOM_PLAYS_MAX]), 0);
	for (size_t i = 0; i <= TS_ROOM_PLAYS_MAX; i++) ts_room_remove_play(H->room, &plays[i]);
}

static void a_room_that_closes_takes_none(void **state)
{
	(void)state;
	ts_room_close(H->room);
	assert_int_equal(ts_room_add_play(H->room, &plays[0]), TS_ECLOSED);
	check(0, NULL);
}

static bool ended;

static void on_ended(void *arg)
{
	assert_ptr_equal(arg, &ended);
	ended = true;
}

/* A second of it, then its owner is told, on control. */
static void a_sound_is_played_to_its_end(void **state)
{
	struct ts_sound *sound = ts_sound_create(TS_AUDIO_RATE_HZ);
	struct ts_play *play;
	(void)state;
	assert_non_null(sound);
	assert_int_equal(ts_play_create(&play,
				 &(struct ts_play_config){.control = H->engine.control,
					 .sound = sound,
					 .gain = 1,
					 .ended = on_ended,
					 .arg = &ended}),
		0);
	plays[0] = (struct ts_room_play){.play = play};
	ts_hall_meet("a");
	ended = false;
	assert_int_equal(ts_room_add_play(H->room, &plays[0]), 0);
	ts_fake_time_after(500 * TS_NS_PER_MS);
	assert_false(ended);
	ts_fake_time_after(TS_NS_PER_S);
	assert_true(ended);
	ts_room_remove_play(H->room, &plays[0]);
	ts_play_unref(&play);
	ts_sound_unref(&sound);
	ts_fake_time_run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			they_are_mixed_in_the_order_of_adding, setup, ts_hall_teardown),
		cmocka_unit_test_setup_teardown(
			no_more_than_there_is_room_for, setup, ts_hall_teardown),
		cmocka_unit_test_setup_teardown(
			a_room_that_closes_takes_none, setup, ts_hall_teardown),
		cmocka_unit_test_setup_teardown(
			a_sound_is_played_to_its_end, setup, ts_hall_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
