/* When a meeting is over, in rooms that a test moves by hand. */
#include "base/loop.h"
#include "config/config.h"
#include "control/cdr/cdr.h"
#include "control/rooms/registry.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <glib.h>
#include <string.h>

static struct {
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_cdr *cdr;
	int n_ended, n_done, n_people;
	json_t *line, *person; /* the last ones */
	char person_room[TS_ROOM_ID_MAX + 1];
} t;

static void on_ended(void *arg, const char *room_id, const char *id, json_t *line)
{
	(void)arg, (void)room_id, (void)id;
	t.n_ended++;
	json_decref(t.line);
	t.line = line;
}

static void on_person(void *arg, const char *room_id, const char *id, json_t *line)
{
	(void)arg;
	assert_string_equal(id, json_string_value(json_object_get(line, "id")));
	t.n_people++;
	g_strlcpy(t.person_room, room_id, sizeof(t.person_room));
	json_decref(t.person);
	t.person = line;
}

static void on_done(void *arg)
{
	(void)arg;
	t.n_done++;
}

static int make(void **state)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {
		.room = {.width = 1280, .height = 720, .fps = 30, .max_participants = 4},
		.max_rooms = 4,
		.half_open = {.max = 6, .max_per_address = 4}};
	(void)state;
	memset(&t, 0, sizeof(t));
	ts_fake_reset();
	ts_config_init_defaults(&t.config);
	int err = ts_loop_create(&t.loop, "control");
	if (!err) err = ts_registry_create(&t.registry, &engine, &config);
	if (!err)
		err = ts_cdr_create(&t.cdr,
			&(struct ts_cdr_config){.config = &t.config, .registry = t.registry});
	static const struct ts_cdr_events events = {on_ended, on_person};
	if (!err) ts_cdr_watch(t.cdr, &events, NULL);
	return err;
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(t.registry, on_done, NULL);
	ts_fake_time_run();
	ts_cdr_destroy(&t.cdr);
	ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
	ts_config_fini(&t.config);
	json_decref(t.line);
	json_decref(t.person);
	return t.n_done != 1 || ts_fake.rooms || ts_fake.participants ? -1 : 0;
}

static struct ts_participant *join(const char *room)
{
	static const struct ts_join join = {.kind = TS_KIND_WEBRTC};
	struct ts_member *member;
	assert_int_equal(ts_registry_join(t.registry, room, &join, NULL, NULL, &member), 0);
	return member->participant;
}

static const char *text(const char *name)
{
	return json_string_value(json_object_get(t.line, name));
}

static void with_the_last_one(void **state)
{
	(void)state;
	struct ts_participant *a = join("r"), *b = join("r");
	ts_participant_leave(a, "left");
	assert_int_equal(t.n_ended, 0);
	ts_participant_leave(b, "kicked");
	assert_int_equal(t.n_ended, 1);
	assert_string_equal(text("room"), "r");
	assert_string_equal(text("reason"), "kicked");
}

/* Each line of a participant is told, though there is no file. */
static void of_each_participant(void **state)
{
	(void)state;
	struct ts_participant *a = join("r"), *b = join("r");
	struct ts_participant_info info;
	char id[64];
	ts_participant_info(a, &info);
	snprintf(id, sizeof id, "%s", info.id);
	ts_participant_leave(a, "left");
	assert_int_equal(t.n_people, 1);
	assert_string_equal(t.person_room, "r");
	assert_string_equal(json_string_value(json_object_get(t.person, "type")), "participant");
	assert_string_equal(json_string_value(json_object_get(t.person, "id")), id);
	assert_string_equal(json_string_value(json_object_get(t.person, "reason")), "left");
	/* who goes to another room goes on */
	assert_int_equal(ts_registry_move(t.registry, b, "s"), 0);
	assert_int_equal(t.n_people, 1);
	ts_participant_leave(b, "kicked");
	assert_int_equal(t.n_people, 2);
	assert_string_equal(t.person_room, "s");
}

/* In breakouts, that is. */
static void not_while_all_are_elsewhere(void **state)
{
	(void)state;
	struct ts_participant *a = join("r");
	struct ts_room *room = ts_registry_find(t.registry, "r");
	ts_registry_change(t.registry, room, ts_room_config(room), true);
	ts_registry_hold(t.registry, room, true);
	assert_int_equal(ts_registry_move(t.registry, a, "r.red"), 0);
	assert_int_equal(t.n_ended, 0);
	assert_int_equal(ts_registry_move(t.registry, a, "r"), 0);
	assert_int_equal(t.n_ended, 1); /* the breakout's */
	assert_string_equal(text("room"), "r.red");
	ts_registry_hold(t.registry, room, false);
	assert_int_equal(t.n_ended, 1);
	ts_registry_hold(t.registry, room, true);
	ts_participant_leave(a, "time-over");
	assert_int_equal(t.n_ended, 1);
	ts_registry_hold(t.registry, room, false);
	assert_int_equal(t.n_ended, 2);
	assert_string_equal(text("room"), "r");
	assert_string_equal(text("reason"), "time-over");
	assert_int_equal(json_integer_value(json_object_get(t.line, "people")), 2);
}

/* The room goes meanwhile, by itself or by request, with nobody in it. */
static void with_a_room_that_was_held(void **state)
{
	(void)state;
	struct ts_participant *a = join("r");
	struct ts_room *room = ts_registry_find(t.registry, "r");
	ts_registry_hold(t.registry, room, true);
	ts_participant_leave(a, "left");
	assert_int_equal(t.n_ended, 0);
	ts_registry_hold(t.registry, room, false);
	assert_int_equal(t.n_ended, 1);
	a = join("r");
	room = ts_registry_find(t.registry, "r");
	ts_registry_hold(t.registry, room, true);
	ts_participant_leave(a, "left");
	ts_registry_remove(t.registry, room);
	assert_int_equal(t.n_ended, 2);
	assert_string_equal(text("reason"), "left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(with_the_last_one, make, unmake),
		cmocka_unit_test_setup_teardown(of_each_participant, make, unmake),
		cmocka_unit_test_setup_teardown(not_while_all_are_elsewhere, make, unmake),
		cmocka_unit_test_setup_teardown(with_a_room_that_was_held, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
