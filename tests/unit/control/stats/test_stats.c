/* Which rooms are known, and who is there, in rooms that a test moves by hand. */
#include "control/stats/stats.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>

static struct ts_loop *loop;
static struct ts_registry *registry;
static struct ts_stats *stats;

static int make(void **state)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {
		.room = {.width = 1280, .height = 720, .fps = 30, .max_participants = 8},
		.max_rooms = 2 * TS_STATS_ROOMS,
		.half_open = {.max = 1000, .max_per_address = 1000}};
	(void)state;
	ts_fake_reset();
	if (ts_loop_create(&loop, "control")) return -1;
	if (ts_registry_create(&registry, &engine, &config)) return -1;
	ts_stats_create(&stats, loop, registry);
	return 0;
}

static void no_op(void *arg)
{
	(void)arg;
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(registry, no_op, NULL);
	ts_stats_destroy(&stats);
	ts_registry_destroy(&registry);
	ts_fake_time_run();
	ts_loop_destroy(&loop);
	return ts_fake.rooms || ts_fake.participants;
}

static struct ts_participant *join(const char *room)
{
	static const struct ts_join join = {.kind = TS_KIND_WEBRTC};
	struct ts_member *member;
	assert_int_equal(ts_registry_join(registry, room, &join, NULL, NULL, &member), 0);
	return member->participant;
}

/* As many rooms as are known; somebody stays in each. */
static void fill(void)
{
	for (int i = 0; i < TS_STATS_ROOMS; i++) {
		char id[16];
		snprintf(id, sizeof(id), "x%d", i);
		join(id);
	}
}

static uint32_t here(const char *room)
{
	const struct ts_tally *tally = ts_stats_room(stats, room);
	assert_non_null(tally);
	return tally->here[TS_KIND_WEBRTC];
}

static void known_again_with_all_who_are_there(void **state)
{
	(void)state;
	struct ts_participant *a = join("r");
	join("r");
	assert_int_equal(here("r"), 2);
	fill();
	assert_null(ts_stats_room(stats, "r"));
	struct ts_participant *c = join("r");
	assert_int_equal(here("r"), 3);
	assert_int_equal(ts_stats_room(stats, "r")->all.joined[TS_KIND_WEBRTC], 1);
	assert_int_equal(ts_stats_room(stats, "r")->all.peak, 3);
	ts_participant_leave(a, "left");
	ts_participant_leave(c, "left");
	assert_int_equal(here("r"), 1);
}

static void also_by_a_move_and_by_a_meeting(void **state)
{
	(void)state;
	struct ts_participant *a = join("s");
	join("r");
	join("r");
	fill();
	assert_int_equal(ts_registry_move(registry, a, "r"), 0);
	assert_int_equal(here("r"), 3);
	fill();
	assert_null(ts_stats_room(stats, "r"));
	ts_stats_meeting(stats, "r");
	assert_int_equal(here("r"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(known_again_with_all_who_are_there, make, unmake),
		cmocka_unit_test_setup_teardown(also_by_a_move_and_by_a_meeting, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
