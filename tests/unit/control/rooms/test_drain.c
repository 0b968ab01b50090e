#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "control/rooms/drain.h"
#include "control/rooms/registry.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>
#include <string.h>

static struct ts_loop *loop;
static struct ts_registry *registry;
static struct ts_drain *drain;
static int n_changed, n_over;
static bool was_overdue;
static struct ts_drain_info last;

static void on_changed(void *arg, const struct ts_drain_info *info)
{
	(void)arg;
	n_changed++;
	last = *info;
}

static void on_over(void *arg, bool overdue)
{
	(void)arg;
	n_over++;
	was_overdue = overdue;
}

static int setup(void **state)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {.room = {.width = 1280,
							  .height = 720,
							  .fps = 30,
							  .max_participants = 4,
							  .max_watchers = 1},
		.max_rooms = 4,
		.half_open = {.max = 6, .max_per_address = 4}};
	(void)state;
	ts_fake_reset();
	ts_fake_time_set(3600 * TS_NS_PER_S);
	n_changed = n_over = 0;
	if (ts_loop_create(&loop, "control") || ts_registry_create(&registry, &engine, &config))
		return -1;
	ts_drain_create(&drain, loop, registry);
	ts_drain_watch(
		drain, &(struct ts_drain_watcher){.changed = on_changed, .over = on_over}, NULL);
	return 0;
}

static void ignore(void *arg)
{
	(void)arg;
}

static int teardown(void **state)
{
	(void)state;
	ts_drain_destroy(&drain);
	ts_registry_close(registry, ignore, NULL);
	ts_registry_destroy(&registry);
	ts_loop_destroy(&loop);
	return ts_count_get(TS_C_DRAINING) != 0;
}

static void on_ready(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local)
{
	(void)arg, (void)participant, (void)err, (void)local;
}

static int join(const char *room, struct ts_member **out)
{
	static const struct ts_join join = {.kind = TS_KIND_WEBRTC};
	return ts_registry_join(registry, room, &join, on_ready, NULL, out);
}

static void only_what_runs_goes_on(void **state)
{
	struct ts_member *a, *b;
	struct ts_room *room;
	struct ts_room_config config = *ts_registry_defaults(registry);
	(void)state;
	snprintf(config.id, sizeof(config.id), "kept");
	assert_int_equal(ts_registry_make(registry, &config, &room), 0);
	assert_int_equal(join("a", &a), 0);
	ts_drain_start(drain, 60);
	assert_int_equal(n_changed, 1);
	assert_true(last.draining);
	assert_int_equal(last.deadline_unix_ms - last.began_unix_ms, 60000);
	assert_int_equal(ts_count_get(TS_C_DRAINING), 1);

	assert_int_equal(join("b", &b), TS_EDRAINING);
	assert_int_equal(join("kept", &b), TS_EDRAINING);
	snprintf(config.id, sizeof(config.id), "new");
	assert_int_equal(ts_registry_make(registry, &config, &room), TS_EDRAINING);
	assert_int_equal(ts_registry_move(registry, a->participant, "b"), TS_EDRAINING);
	assert_int_equal(ts_registry_move(registry, a->participant, "kept"), TS_EDRAINING);
	assert_int_equal(join("a", &b), 0);
	assert_null(ts_registry_find(registry, "b"));

	assert_true(ts_drain_cancel(drain));
	assert_false(ts_drain_cancel(drain));
	assert_false(last.draining);
	assert_int_equal(last.deadline_unix_ms, 0);
	assert_int_equal(join("b", &b), 0);
	ts_fake_time_after(120 * TS_NS_PER_S);
	assert_int_equal(n_over, 0);
}

static void it_is_over_when_nobody_is_left(void **state)
{
	struct ts_member *a;
	(void)state;
	assert_int_equal(join("a", &a), 0);
	ts_drain_start(drain, 60);
	ts_fake_time_after(30 * TS_NS_PER_S);
	assert_int_equal(n_over, 0);
	ts_participant_leave(a->participant, "left");
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(n_over, 1);
	assert_false(was_overdue);
	ts_drain_start(drain, 60); /* too late */
	assert_false(ts_drain_cancel(drain));
	ts_fake_time_after(120 * TS_NS_PER_S);
	assert_int_equal(n_over, 1);
}

static void the_deadline_ends_it_and_may_be_moved(void **state)
{
	struct ts_member *a;
	(void)state;
	assert_int_equal(join("a", &a), 0);
	ts_drain_start(drain, 10);
	ts_fake_time_after(9 * TS_NS_PER_S);
	ts_drain_start(drain, 20);
	assert_int_equal(last.deadline_unix_ms - last.began_unix_ms, 29000);
	ts_fake_time_after(20 * TS_NS_PER_S - TS_NS_PER_MS);
	assert_int_equal(n_over, 0);
	ts_fake_time_after(TS_NS_PER_MS);
	assert_int_equal(n_over, 1);
	assert_true(was_overdue);
}

/* Who waits for the host of a room keeps it: the host may still come. */
static void who_waits_counts(void **state)
{
	struct ts_member *guest, *host;
	struct ts_room *hall;
	struct ts_room_config config = *ts_registry_defaults(registry);
	static const struct ts_join join_hall = {.kind = TS_KIND_WEBRTC};
	(void)state;
	snprintf(config.id, sizeof(config.id), "%s", "/hall");
	snprintf(config.waits_for, sizeof(config.waits_for), "hosted");
	assert_int_equal(ts_registry_make_hidden(registry, &config, &hall), 0);
	ts_drain_start(drain, 60);
	assert_int_equal(ts_registry_join_at(registry, hall, &join_hall, on_ready, NULL, &guest),
		TS_EDRAINING);
	assert_true(ts_drain_cancel(drain));
	assert_int_equal(
		ts_registry_join_at(registry, hall, &join_hall, on_ready, NULL, &guest), 0);
	ts_drain_start(drain, 60);
	ts_fake_time_after(5 * TS_NS_PER_S);
	assert_int_equal(n_over, 0);
	assert_int_equal(join("other", &host), TS_EDRAINING);
	assert_int_equal(join("hosted", &host), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_runs_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_over_when_nobody_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_deadline_ends_it_and_may_be_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(who_waits_counts, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
