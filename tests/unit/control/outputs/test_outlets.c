/* Outputs of rooms that a test moves by hand. Their streams go to a port of this machine where
 * nobody is, or come to nothing before. */
#include "control/outputs/outlets.h"

#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "config/config.h"
#include "mixer/room/views.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <stdio.h>
#include <string.h>

#define URL "rtmp://127.0.0.1:1/app/k3y"

static struct {
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_outlets *all;
	int n_changed, n_gone, n_done;
	enum ts_outlet_state last;
} t;

static void set(const char *line)
{
	char err[TS_CONFIG_ERR_MAX];
	assert_int_equal(ts_config_set(&t.config, line, err, sizeof(err)), 0);
}

static void on_change(void *arg, const struct ts_outlet *o, bool gone)
{
	(void)arg;
	assert_null(strstr(o->url, "k3y"));
	t.last = o->state;
	t.n_changed += !gone;
	t.n_gone += gone;
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
	set("outputs.allow=127.0.0.1");
	int err = ts_loop_create(&t.loop, "control");
	if (!err) err = ts_registry_create(&t.registry, &engine, &config);
	if (!err)
		err = ts_outlets_create(
			&t.all, t.loop, t.registry, &t.config, &(struct ts_players){0});
	ts_outlets_watch(t.all, on_change, NULL);
	return err;
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(t.registry, on_done, NULL);
	ts_outlets_close(t.all, on_done, NULL);
	ts_fake_time_run();
	if (t.n_done != 2) return -1;
	ts_outlets_destroy(&t.all);
	ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
	ts_config_fini(&t.config);
	return ts_fake.rooms || ts_fake.participants || ts_fake.sinks ||
			ts_count_get(TS_C_OUTPUTS_RTMP)
		? -1
		: 0;
}

static struct ts_member *join(const char *room)
{
	static const struct ts_join join = {.kind = TS_KIND_WEBRTC};
	struct ts_member *member;
	assert_int_equal(ts_registry_join(t.registry, room, &join, NULL, NULL, &member), 0);
	return member;
}

static int start(const char *room, const char *url, const struct ts_outlet **out)
{
	struct ts_outlet_wish wish = {.type = "url", .url = url, .name = "n"};
	return ts_outlets_start(t.all, ts_registry_find(t.registry, room), &wish, out);
}

static size_t count(const char *room)
{
	size_t at = 0, n = 0;
	while (ts_outlets_next(t.all, room, &at)) n++;
	return n;
}

static void lasts_until_it_is_removed(void **state)
{
	const struct ts_outlet *o = NULL;
	(void)state;
	join("a");
	assert_int_equal(start("a", URL, &o), 0);
	assert_int_equal(o->state, TS_OUTLET_CONNECTING);
	assert_string_equal(o->url, "rtmp://127.0.0.1:1/app/***");
	assert_int_equal(ts_fake.sinks, 1);
	assert_int_equal(ts_count_get(TS_C_OUTPUTS_RTMP), 1);
	ts_fake_time_run();
	assert_int_equal(o->state, TS_OUTLET_RETRYING);
	assert_int_equal(o->reason, TS_OUTLET_REFUSED);
	assert_int_equal(o->attempts, 1);
	assert_int_equal(t.last, TS_OUTLET_RETRYING);
	assert_ptr_equal(ts_outlets_find(t.all, "a", o->id), o);
	assert_null(ts_outlets_find(t.all, "b", o->id));
	ts_outlets_remove(t.all, o);
	assert_int_equal(ts_fake.sinks, 0);
	assert_int_equal(t.n_gone, 1);
	assert_int_equal(count("a"), 0);
}

static void ends_with_the_last_participant(void **state)
{
	const struct ts_outlet *o = NULL;
	(void)state;
	struct ts_member *member = join("a");
	struct ts_room *room = ts_registry_find(t.registry, "a");
	ts_registry_change(t.registry, room, ts_room_config(room), true); /* it stays */
	assert_int_equal(start("a", URL, &o), 0);
	ts_participant_leave(member->participant, "left");
	ts_fake_time_run();
	assert_int_equal(o->state, TS_OUTLET_ENDED);
	assert_int_equal(o->reason, TS_OUTLET_ROOM_EMPTY);
	assert_int_equal(ts_fake.sinks, 0);
	assert_int_equal(count("a"), 1);
	const struct ts_outlet *none;
	assert_int_equal(start("a", URL, &none), TS_ENOTFOUND);
	ts_outlets_remove(t.all, o);
	assert_int_equal(t.n_gone, 1);
	assert_int_equal(count("a"), 0);
}

static void refuses(void **state)
{
	const struct ts_outlet *o;
	(void)state;
	join("a");
	assert_int_equal(start("a", NULL, &o), TS_EINVAL);
	assert_int_equal(start("a", "file:///etc/passwd", &o), TS_EINVAL);
	assert_int_equal(start("a", "rtmp://10.0.0.1/app/key", &o), TS_EAUTH);
	set("outputs.allow=");
	assert_int_equal(start("a", "udp://203.0.113.9:5004", &o), TS_EAUTH);
	/* its name is looked up twice, and nobody proves who they are */
	set("outputs.verify_servers=off");
	assert_int_equal(start("a", "rtmps://x.invalid/app/key", &o), TS_EAUTH);
	assert_int_equal(count("a"), 0);
	set("outputs.allow=127.0.0.1");
	set("outputs.max_running=1");
	assert_int_equal(start("a", URL, &o), 0);
	assert_int_equal(start("a", URL, &o), TS_ELIMIT);
	assert_int_equal(count("a"), 1);
	assert_int_equal(ts_fake.sinks, 1);
}

/* Its thread ends in its own time, and nobody hears of it. */
/* In breakouts, that is: it runs on until they are over with nobody back. */
static void runs_on_while_all_are_elsewhere(void **state)
{
	const struct ts_outlet *o = NULL;
	(void)state;
	struct ts_member *member = join("a");
	struct ts_room *room = ts_registry_find(t.registry, "a");
	ts_registry_change(t.registry, room, ts_room_config(room), true);
	assert_int_equal(start("a", URL, &o), 0);
	ts_registry_hold(t.registry, room, true);
	assert_int_equal(ts_registry_move(t.registry, member->participant, "b"), 0);
	assert_int_not_equal(o->state, TS_OUTLET_ENDED);
	assert_int_equal(ts_fake.sinks, 1);
	ts_registry_hold(t.registry, room, false);
	assert_int_equal(o->state, TS_OUTLET_ENDED);
	assert_int_equal(o->reason, TS_OUTLET_ROOM_EMPTY);
	assert_int_equal(ts_fake.sinks, 0);
}

static void a_full_room_leaves_nothing(void **state)
{
	const struct ts_outlet *o;
	(void)state;
	join("a");
	ts_fake.sink_err = TS_ELIMIT;
	assert_int_equal(start("a", URL, &o), TS_ELIMIT);
	assert_int_equal(count("a"), 0);
	ts_fake_time_run();
	assert_int_equal(t.n_changed + t.n_gone, 0);
}

static void knows_so_many_that_ended(void **state)
{
	const struct ts_outlet *o;
	(void)state;
	struct ts_member *member = join("a");
	struct ts_room *room = ts_registry_find(t.registry, "a");
	ts_registry_change(t.registry, room, ts_room_config(room), true);
	for (int i = 0; i < TS_OUTLETS_KEPT + 3; i++) {
		if (!member) member = join("a");
		assert_int_equal(start("a", URL, &o), 0);
		ts_participant_leave(member->participant, "left");
		member = NULL;
		ts_fake_time_run();
	}
	join("a");
	assert_int_equal(start("a", URL, &o), 0);
	assert_int_equal(count("a"), TS_OUTLETS_KEPT + 1);
	ts_registry_remove(t.registry, room);
	ts_fake_time_run();
	assert_int_equal(count("a"), 0);
	assert_int_equal(t.n_gone, TS_OUTLETS_KEPT + 4);
}

static struct ts_room_view *add_view(struct ts_room *room)
{
	const struct ts_room_view_config config = {
		.id = "portrait", .width = 180, .height = 320, .fps = 30};
	struct ts_room_view *view = NULL;
	assert_int_equal(ts_room_add_view(room, &config, NULL, &view), 0);
	return view;
}

static void goes_on_with_main_where_its_view_is_removed(void **state)
{
	const struct ts_outlet *of_main, *of_view;
	(void)state;
	join("a");
	struct ts_room *room = ts_registry_find(t.registry, "a");
	struct ts_room_view *view = add_view(room);
	struct ts_outlet_wish wish = {.type = "url", .url = URL, .name = "", .view = view};
	assert_int_equal(start("a", URL, &of_main), 0);
	assert_int_equal(ts_outlets_start(t.all, room, &wish, &of_view), 0);
	assert_ptr_equal(ts_fake.sink->view, view);
	assert_string_equal(of_main->view, "main");
	assert_string_equal(of_view->view, "portrait");
	const int told = t.n_changed;
	ts_room_remove_view(view);
	assert_string_equal(of_view->view, "main");
	assert_int_equal(t.n_changed, told + 1);
	assert_int_equal(of_view->state, TS_OUTLET_CONNECTING);
	/* another one of that name is none of its business */
	ts_room_remove_view(add_view(room));
	assert_int_equal(t.n_changed, told + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lasts_until_it_is_removed, make, unmake),
		cmocka_unit_test_setup_teardown(ends_with_the_last_participant, make, unmake),
		cmocka_unit_test_setup_teardown(refuses, make, unmake),
		cmocka_unit_test_setup_teardown(runs_on_while_all_are_elsewhere, make, unmake),
		cmocka_unit_test_setup_teardown(a_full_room_leaves_nothing, make, unmake),
		cmocka_unit_test_setup_teardown(
			goes_on_with_main_where_its_view_is_removed, make, unmake),
		cmocka_unit_test_setup_teardown(knows_so_many_that_ended, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
