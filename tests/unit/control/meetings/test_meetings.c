/* Meetings and breakouts over a registry of made-up rooms, in a time that the test moves. */
#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "control/meetings/breakouts.h"
#include "control/meetings/meetings.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <glib.h>
#include <string.h>

static struct ts_loop *loop;
static struct ts_registry *registry;
static struct ts_meetings *meetings;
static struct ts_breakouts *breakouts;
static int n_ending, n_changed, n_over, n_returns;
static int64_t ends_ms;

static void on_ending(void *arg, struct ts_room *room, const struct ts_span *span)
{
	(void)arg, (void)room;
	n_ending++;
	ends_ms = span->end_ms;
}

static void on_breakouts(void *arg, struct ts_room *parent, const struct ts_breakout_set *set)
{
	(void)arg, (void)parent;
	n_changed += set != NULL;
	n_over += set == NULL;
}

static void on_returns(void *arg, struct ts_room *room, int64_t unix_ms)
{
	(void)arg, (void)room;
	n_returns++;
	ends_ms = unix_ms;
}

static int setup(void **state)
{
	static struct ts_engine engine;
	static const struct ts_breakouts_watcher watcher = {
		.changed = on_breakouts, .ending = on_returns};
	const struct ts_registry_config config = {.room = {.width = 1280,
							  .height = 720,
							  .fps = 30,
							  .max_participants = 4,
							  .max_watchers = 1},
		.max_rooms = 4,
		.half_open = {.max = 20, .max_per_address = 20}};
	(void)state;
	ts_fake_reset();
	ts_fake.info.state = TS_P_CONNECTED;
	n_ending = n_changed = n_over = n_returns = 0;
	ends_ms = -1;
	if (ts_loop_create(&loop, "control")) return -1;
	if (ts_registry_create(&registry, &engine, &config)) return -1;
	ts_meetings_create(&meetings, loop, registry, NULL);
	ts_meetings_watch(meetings, on_ending, NULL);
	ts_breakouts_create(&breakouts, loop, registry);
	ts_breakouts_watch(breakouts, &watcher, NULL);
	return 0;
}

static void no_op(void *arg)
{
	(void)arg;
}

static int teardown(void **state)
{
	(void)state;
	ts_registry_close(registry, no_op, NULL);
	ts_breakouts_destroy(&breakouts);
	ts_meetings_destroy(&meetings);
	ts_registry_destroy(&registry);
	ts_fake_time_run();
	ts_loop_destroy(&loop);
	return ts_fake.rooms || ts_fake.participants;
}

static void on_ready(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local)
{
	(void)arg, (void)participant, (void)err, (void)local;
}

static struct ts_participant *join(const char *room, const char *role)
{
	static struct ts_join join;
	struct ts_member *member;
	join = (struct ts_join){.kind = TS_KIND_WEBRTC};
	g_strlcpy(join.role, role, sizeof(join.role));
	assert_int_equal(ts_registry_join(registry, room, &join, on_ready, NULL, &member), 0);
	ts_fake_ready(member->participant, 0);
	return member->participant;
}

static struct ts_room *make(const struct ts_room_config *more)
{
	struct ts_room *room;
	struct ts_room_config config = *ts_registry_defaults(registry);
	g_strlcpy(config.id, "r", sizeof(config.id));
	config.max_duration_s = more->max_duration_s;
	config.mute_on_entry = more->mute_on_entry;
	config.valid_until_ms = more->valid_until_ms;
	assert_int_equal(ts_registry_make(registry, &config, &room), 0);
	return room;
}

static enum ts_muted_by muted_by(const struct ts_participant *p)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	return s.muted_by;
}

static size_t people(const char *id)
{
	struct ts_room *room = ts_registry_find(registry, id);
	size_t n = 0;
	for (struct ts_participant *p = room ? ts_room_first(room) : NULL; p; p = ts_room_next(p))
		n++;
	return n;
}

/* ---- time */

static void a_meeting_is_warned_and_over(void **state)
{
	struct ts_room *room = make(&(struct ts_room_config){.max_duration_s = 600});
	(void)state;
	ts_fake_time_after(3600 * TS_NS_PER_S); /* nobody: nothing begins */
	join("r", "");
	join("r", "host");
	ts_fake_time_run();
	assert_int_not_equal(ts_room_end_unix_ms(room), 0);
	ts_fake_time_after(299 * TS_NS_PER_S);
	assert_int_equal(n_ending, 0);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_int_equal(n_ending, 1);
	assert_int_equal(ends_ms, ts_room_end_unix_ms(room));
	ts_fake_time_after(240 * TS_NS_PER_S);
	assert_int_equal(n_ending, 2);
	ts_fake_time_after(60 * TS_NS_PER_S);
	assert_int_equal(people("r"), 0);
	assert_string_equal(ts_fake.last_reason, "time-over");
	assert_int_equal(ts_room_end_unix_ms(room), 0);
	join("r", ""); /* another meeting */
	ts_fake_time_after(301 * TS_NS_PER_S);
	assert_int_equal(n_ending, 3);
	assert_int_equal(people("r"), 1);
}

static void who_left_ends_it(void **state)
{
	make(&(struct ts_room_config){.max_duration_s = 600});
	(void)state;
	struct ts_participant *p = join("r", "");
	ts_fake_time_run();
	ts_fake_time_after(100 * TS_NS_PER_S);
	ts_participant_leave(p, "left");
	ts_fake_time_run();
	ts_fake_time_after(600 * TS_NS_PER_S);
	assert_int_equal(n_ending, 0);
}

/* The room goes while its end is due. */
static void a_room_that_goes(void **state)
{
	struct ts_room *room = make(&(struct ts_room_config){.max_duration_s = 10});
	(void)state;
	join("r", "");
	ts_fake_time_run();
	ts_registry_remove(registry, room);
	ts_fake_time_after(20 * TS_NS_PER_S);
	assert_int_equal(people("r"), 0);
}

/* ---- muted on entry */

static void muted_on_entry(void **state)
{
	make(&(struct ts_room_config){.mute_on_entry = TS_ENTRY_HARD});
	(void)state;
	struct ts_participant *guest = join("r", ""), *host = join("r", "host"),
			      *panelist = join("r", "panelist");
	ts_fake_time_run();
	assert_int_equal(muted_by(guest), TS_MUTED_API);
	assert_int_equal(muted_by(host), TS_MUTED_NOT);
	assert_int_equal(muted_by(panelist), TS_MUTED_NOT);
	struct ts_participant *moved = join("other", "");
	assert_int_equal(ts_registry_move(registry, moved, "r"), 0);
	ts_fake_time_run();
	assert_int_equal(muted_by(moved), TS_MUTED_NOT);
}

static void who_left_before_is_not_touched(void **state)
{
	make(&(struct ts_room_config){.mute_on_entry = TS_ENTRY_SOFT});
	(void)state;
	ts_participant_leave(join("r", ""), "left");
	struct ts_participant *stays = join("r", "");
	ts_fake_time_run();
	assert_int_equal(muted_by(stays), TS_MUTED_SELF);
}

/* ---- breakouts */

static int start(const char *parent, struct ts_breakout_wish *wish, size_t n)
{
	static struct ts_breakout_move moves[16];
	wish->n = n;
	for (size_t i = 0; i < n; i++) g_snprintf(wish->name[i], sizeof(wish->name[i]), "b%zu", i);
	if (!wish->move) wish->move = moves;
	wish->max_moves = G_N_ELEMENTS(moves);
	return ts_breakouts_start(breakouts, ts_registry_find(registry, parent), wish);
}

static void out_and_back(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	join("p", "host");
	join("p", "");
	join("p", "");
	join("p", "");
	assert_int_equal(start("p", &wish, 2), 0);
	assert_int_equal(people("p"), 1); /* the host */
	assert_int_equal(people("p.b0"), 2);
	assert_int_equal(people("p.b1"), 1);
	assert_int_equal(n_changed, 1);
	struct ts_breakout_wish again = {.even = true};
	assert_int_equal(start("p", &again, 1), TS_EAGAIN);
	assert_int_equal(start("p.b0", &again, 1), TS_EAGAIN);
	ts_fake_time_after(3600 * TS_NS_PER_S);
	assert_int_equal(people("p.b0"), 2); /* no time is set */
	ts_breakouts_return(breakouts, ts_registry_find(registry, "p"));
	ts_fake_time_run();
	assert_int_equal(people("p"), 4);
	assert_int_equal(n_over, 1);
	assert_null(ts_registry_find(registry, "p.b0"));
	assert_null(ts_registry_find(registry, "p.b1"));
	assert_int_equal(
		start("p", &(struct ts_breakout_wish){.even = true}, 2), 0); /* and again */
}

static void back_by_time_with_a_warning(void **state)
{
	struct ts_breakout_wish wish = {.even = true, .return_after_s = 300};
	(void)state;
	join("p", "");
	join("p", "");
	assert_int_equal(start("p", &wish, 2), 0);
	assert_int_equal(people("p"), 0);
	assert_non_null(ts_registry_find(registry, "p")); /* made by a join, and stays */
	ts_fake_time_after(239 * TS_NS_PER_S);
	assert_int_equal(n_returns, 0);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_int_equal(n_returns, 2); /* each room */
	ts_fake_time_after(60 * TS_NS_PER_S);
	assert_int_equal(people("p"), 2);
	assert_int_equal(n_over, 1);
	assert_null(ts_registry_find(registry, "p.b0"));
}

static void whom_it_cannot_take_leaves(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	for (int i = 0; i < 4; i++) join("p", "");
	assert_int_equal(start("p", &wish, 1), 0);
	assert_int_equal(people("p.b0"), 4);
	join("p", ""); /* takes one of four places */
	ts_breakouts_return(breakouts, ts_registry_find(registry, "p"));
	ts_fake_time_run();
	assert_int_equal(people("p"), 4);
	assert_int_equal(people("p.b0"), 1);
	ts_fake_time_after(31 * TS_NS_PER_S);
	assert_null(ts_registry_find(registry, "p.b0"));
	assert_int_equal(people("p"), 4);
	assert_int_equal(n_over, 1);
}

static void with_their_parent(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	join("p", "");
	join("p", "");
	assert_int_equal(start("p", &wish, 2), 0);
	ts_registry_remove(registry, ts_registry_find(registry, "p"));
	assert_int_equal(n_over, 1);
	assert_null(ts_registry_find(registry, "p.b0"));
	assert_int_equal(ts_fake.participants, 0);
	ts_fake_time_after(100 * TS_NS_PER_S);
}

/* By themselves, or a moderator removes the rooms: the parent, which nobody made, goes too. */
static void nobody_is_left(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	struct ts_participant *one = join("p", ""), *two = join("p", "");
	assert_int_equal(start("p", &wish, 2), 0);
	ts_participant_leave(one, "left");
	ts_fake_time_run();
	assert_non_null(ts_registry_find(registry, "p"));
	ts_registry_remove(registry, ts_participant_room(two));
	ts_fake_time_run();
	assert_null(ts_registry_find(registry, "p"));
	assert_null(ts_registry_find(registry, "p.b0"));
	assert_int_equal(ts_fake.rooms, 0);
}

/* Nobody was moved there yet. */
static void none_of_its_rooms_is_left(void **state)
{
	(void)state;
	join("p", "host");
	assert_int_equal(start("p", &(struct ts_breakout_wish){.even = false}, 2), 0);
	ts_fake_time_after(3600 * TS_NS_PER_S);
	ts_registry_remove(registry, ts_registry_find(registry, "p.b0"));
	ts_fake_time_run();
	assert_int_equal(n_over, 0);
	ts_registry_remove(registry, ts_registry_find(registry, "p.b1"));
	ts_fake_time_run();
	assert_int_equal(n_over, 1);
	assert_false(ts_registry_is_held(registry, ts_registry_find(registry, "p")));
	assert_int_equal(start("p", &(struct ts_breakout_wish){.even = true}, 2), 0);
}

static void nothing_is_half_done(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	join("p", "");
	join("p.b1", ""); /* that id is taken */
	assert_int_equal(start("p", &wish, 2), TS_EEXIST);
	assert_int_equal(wish.refused, 1);
	assert_null(ts_registry_find(registry, "p.b0"));
	assert_int_equal(people("p"), 1);
	struct ts_breakout_wish many = {.even = true};
	g_strlcpy(many.name[0], "x", sizeof(many.name[0]));
	assert_int_equal(start("p", &many, 5), TS_EEXIST);
	assert_int_equal(n_changed, 0);
}

static void too_many_rooms(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	join("p", "");
	assert_int_equal(start("p", &wish, 4), TS_ELIMIT);
	assert_int_equal(ts_fake.rooms, 1);
	assert_int_equal(people("p"), 1);
}

/* One in four is left to others. */
static void not_all_rooms(void **state)
{
	(void)state;
	join("p", "");
	assert_int_equal(start("p", &(struct ts_breakout_wish){.even = true}, 3), TS_ELIMIT);
	assert_int_equal(ts_fake.rooms, 1);
	assert_int_equal(people("p"), 1);
	assert_int_equal(start("p", &(struct ts_breakout_wish){.even = true}, 2), 0);
	join("q", "");
}

/* The parent's time runs on while all are in breakouts, and ends those as well. */
static void time_runs_on(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	make(&(struct ts_room_config){.max_duration_s = 600});
	join("r", "");
	join("r", "");
	ts_fake_time_run();
	ts_fake_time_after(100 * TS_NS_PER_S);
	assert_int_equal(start("r", &wish, 2), 0);
	ts_fake_time_after(502 * TS_NS_PER_S);
	assert_int_equal(ts_fake.participants, 0);
	assert_string_equal(ts_fake.last_reason, "time-over");
	assert_null(ts_registry_find(registry, "r.b0"));
	assert_non_null(ts_registry_find(registry, "r"));
	assert_int_equal(ts_room_end_unix_ms(ts_registry_find(registry, "r")), 0);
	/* another meeting, with time of its own */
	ts_fake_time_after(3600 * TS_NS_PER_S);
	struct ts_participant *leaves = join("r", "");
	join("r", "");
	ts_fake_time_run();
	assert_int_not_equal(ts_room_end_unix_ms(ts_registry_find(registry, "r")), 0);
	ts_participant_leave(leaves, "left");
	ts_fake_time_after(500 * TS_NS_PER_S);
	assert_int_equal(people("r"), 1);
	ts_fake_time_after(101 * TS_NS_PER_S);
	assert_int_equal(people("r"), 0);
	assert_string_equal(ts_fake.last_reason, "time-over");
}

/* All hang up in their breakouts: nobody leaves the parent itself. */
static void who_meets_next_has_their_own_time(void **state)
{
	struct ts_breakout_wish wish = {.even = true};
	(void)state;
	struct ts_room *room = make(&(struct ts_room_config){.max_duration_s = 600});
	struct ts_participant *one = join("r", ""), *two = join("r", "");
	ts_fake_time_run();
	assert_int_equal(start("r", &wish, 2), 0);
	ts_fake_time_after(100 * TS_NS_PER_S);
	ts_participant_leave(one, "left");
	ts_participant_leave(two, "left");
	ts_fake_time_run();
	assert_int_equal(n_over, 1);
	assert_int_equal(ts_room_end_unix_ms(room), 0);
	ts_fake_time_after(450 * TS_NS_PER_S);
	join("r", "");
	ts_fake_time_after(290 * TS_NS_PER_S);
	assert_int_equal(people("r"), 1);
	assert_int_equal(n_ending, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_meeting_is_warned_and_over),
		T(who_left_ends_it),
		T(a_room_that_goes),
		T(muted_on_entry),
		T(who_left_before_is_not_touched),
		T(out_and_back),
		T(back_by_time_with_a_warning),
		T(whom_it_cannot_take_leaves),
		T(with_their_parent),
		T(nobody_is_left),
		T(none_of_its_rooms_is_left),
		T(nothing_is_half_done),
		T(too_many_rooms),
		T(not_all_rooms),
		T(time_runs_on),
		T(who_meets_next_has_their_own_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
