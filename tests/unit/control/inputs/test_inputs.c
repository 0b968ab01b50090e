/* Inputs of rooms that a test moves by hand: their legs are the test's. */
#include "control/inputs/inputs.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/pipe.h"
#include "config/config.h"
#include "control/rooms/registry.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <string.h>

static struct {
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_inputs *all;
	struct ts_input_way ways[16]; /* of legs that are not gone */
	size_t n_ways;
	int n_changed, n_gone;
	struct ts_input last;
	const char *why;
} t;

static void set(const char *key, const char *value)
{
	char line[256], err[TS_CONFIG_ERR_MAX];
	snprintf(line, sizeof(line), "inputs.%s=%s", key, value);
	assert_int_equal(ts_config_set(&t.config, line, err, sizeof(err)), 0);
}

static void on_change(void *arg, const struct ts_input *input, bool gone)
{
	(void)arg;
	t.n_changed++;
	t.n_gone += gone;
	t.last = *input;
}

static void on_done(void *arg)
{
	(void)arg;
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
	set("media_dir", "/srv/media");
	set("allow", "rtsp://cam.example,http://10.0.0.0/8");
	set("max", "3");
	set("max_per_room", "2");
	int err = ts_loop_create(&t.loop, "control");
	if (!err) err = ts_registry_create(&t.registry, &engine, &config);
	if (err) return err;
	ts_inputs_create(&t.all, t.loop, t.registry, &t.config);
	ts_inputs_watch(t.all, on_change, NULL);
	return 0;
}

/* Their threads are gone: the last that is heard of them. */
static void legs_gone(void)
{
	for (; t.n_ways; t.n_ways--) t.ways[t.n_ways - 1].gone(t.ways[t.n_ways - 1].arg);
}

static int unmake(void **state)
{
	(void)state;
	ts_registry_close(t.registry, on_done, NULL);
	ts_fake_time_run();
	legs_gone();
	ts_inputs_destroy(&t.all);
	ts_registry_destroy(&t.registry);
	ts_loop_destroy(&t.loop);
	ts_config_fini(&t.config);
	return 0;
}

static int add(const char *room, const char *url, const struct ts_input **out)
{
	const struct ts_input_wish wish = {.url = url, .name = "", .audio = true, .video = true};
	const int err = ts_inputs_add(t.all, room, &wish, out, &t.why);
	if (!err) t.ways[t.n_ways++] = ts_fake.last_way;
	return err;
}

static void tell(enum ts_input_state state, const char *reason)
{
	struct ts_input_info info = {.state = state, .width = 320, .height = 180};
	const struct ts_input_way *way = &t.ways[t.n_ways - 1];
	strcpy(info.reason, reason);
	strcpy(info.video_codec, "hevc");
	way->changed(way->arg, &info);
}

/* The one in room a; the fake does not tell it. */
static void leave(const char *reason)
{
	ts_participant_leave(ts_room_first(ts_registry_find(t.registry, "a")), reason);
	ts_fake.last_join.events->left(ts_fake.last_join.events_arg, reason);
}

static void on_push_gone(void *arg)
{
	++*(int *)arg;
}

static void test_is_pushed(void **state)
{
	static struct ts_push_counts counts;
	struct ts_pipe *pipe;
	int gone = 0;
	struct ts_input_push push = {.protocol = TS_PUSH_SRT,
		.name = "",
		.address = "192.0.2.1",
		.counts = &counts,
		.gone = on_push_gone,
		.arg = &gone};
	(void)state;
	assert_int_equal(ts_pipe_create(&pipe, 100), 0);
	push.pipe = pipe;
	assert_int_equal(ts_inputs_push(t.all, "no room", &push), TS_EINVAL);
	assert_int_equal(ts_inputs_push(t.all, "a", &push), 0);
	t.ways[t.n_ways++] = ts_fake.last_way;
	assert_ptr_equal(t.ways[0].pipe, pipe);
	assert_string_equal(t.ways[0].format, "mpegts");
	assert_string_equal(ts_fake.last_join.from, "192.0.2.1");
	assert_string_equal(t.last.url, "push:srt");
	assert_string_equal(t.last.name, "srt");
	assert_true(t.last.pushed);
	/* 125 000 bytes in a second */
	atomic_store(&counts.bytes, 125000);
	atomic_store(&counts.lost, 3);
	ts_fake_time_after(TS_NS_PER_S);
	tell(TS_INPUT_LIVE, "");
	assert_int_equal(t.last.kbps, 1000);
	assert_int_equal(t.last.lost, 3);
	/* as many as may be, like all inputs; a name of one's own */
	push.protocol = TS_PUSH_RTMP;
	push.name = "Hall";
	assert_int_equal(ts_inputs_push(t.all, "a", &push), 0);
	t.ways[t.n_ways++] = ts_fake.last_way;
	assert_string_equal(t.ways[1].format, "flv");
	assert_string_equal(t.last.name, "Hall");
	assert_int_equal(ts_inputs_push(t.all, "a", &push), TS_ELIMIT);
	assert_int_equal(gone, 0);
	legs_gone();
	assert_int_equal(gone, 2);
	ts_pipe_unref(&pipe);
}

static int push_one(const char *room)
{
	static int gone;
	static struct ts_push_counts counts;
	const struct ts_input_push push = {.name = "",
		.address = "192.0.2.1",
		.counts = &counts,
		.gone = on_push_gone,
		.arg = &gone};
	const int err = ts_inputs_push(t.all, room, &push);
	if (!err) t.ways[t.n_ways++] = ts_fake.last_way;
	return err;
}

/* Strangers who push keep nobody from bringing in what they are to bring in. */
static void test_pushes_have_places_of_their_own(void **state)
{
	const struct ts_input *input;
	(void)state;
	/* half of inputs.max, rounded up */
	assert_int_equal(push_one("a"), 0);
	assert_int_equal(push_one("a"), 0);
	assert_false(ts_inputs_has_place(t.all, "b"));
	assert_int_equal(push_one("b"), TS_ELIMIT);
	assert_int_equal(add("a", "test:", &input), 0);
	assert_int_equal(add("a", "test:", &input), 0);
	assert_int_equal(add("b", "test:", &input), 0);
	assert_int_equal(add("b", "test:", &input), TS_ELIMIT);
	char line[] = "ingest.max_pushes=3", err[TS_CONFIG_ERR_MAX];
	assert_int_equal(ts_config_set(&t.config, line, err, sizeof(err)), 0);
	assert_true(ts_inputs_has_place(t.all, "b"));
	assert_false(ts_inputs_has_place(t.all, "a"));
}

static size_t listed(const char *room)
{
	size_t at = 0, n = 0;
	while (ts_inputs_next(t.all, room, &at)) n++;
	return n;
}

/* What was pushed and never live is soon forgotten, and what was live is not for it. */
static void test_stillborn(void **state)
{
	const struct ts_input *input;
	(void)state;
	assert_int_equal(add("a", "test:", &input), 0);
	leave("kicked");
	legs_gone();
	assert_int_equal(push_one("a"), 0);
	tell(TS_INPUT_LIVE, "");
	leave("input-ended");
	legs_gone();
	for (int i = 0; i < TS_INPUTS_ENDED_MAX + 10; i++) {
		assert_int_equal(push_one("a"), 0);
		leave("input-ended");
		legs_gone();
	}
	assert_int_equal(listed("a"), 2 + TS_INPUTS_STILLBORN_MAX);
}

static void test_is_a_participant(void **state)
{
	const struct ts_input *input;
	(void)state;
	assert_int_equal(add("a", "rtsp://ann:pass@cam.example/live?key=1", &input), 0);
	assert_int_equal(ts_fake.last_join.kind, TS_KIND_INPUT);
	assert_ptr_equal(ts_fake.last_join.leg, &ts_input_leg);
	assert_string_equal(t.ways[0].url, "rtsp://ann:pass@cam.example/live?key=1");
	/* and nobody is told that */
	assert_string_equal(input->url, "rtsp://***@cam.example/live?***");
	/* all in the room see the name: no hosts of inner nets in it */
	assert_string_equal(input->name, "input");
	assert_int_equal(input->info.state, TS_INPUT_CONNECTING);
	tell(TS_INPUT_LIVE, "");
	assert_int_equal(t.last.info.state, TS_INPUT_LIVE);
	const int changed = t.n_changed;
	tell(TS_INPUT_LIVE, ""); /* nothing new */
	assert_int_equal(t.n_changed, changed);
	size_t at = 0;
	assert_ptr_equal(ts_inputs_next(t.all, "a", &at), input);
	assert_null(ts_inputs_next(t.all, "a", &at));
	assert_null(ts_inputs_find(t.all, "b", input->id));
}

static void test_refused(void **state)
{
	static const char *const bad[] = {"file:///etc/passwd", "media:", "media:/etc/passwd",
		"media:../x", "media:a/..", "media:a/../b", "http://127.0.0.1/",
		"http://cam.example:x/", "gopher://cam.example/", "rtsp://other.example", "test:x",
		"concat:a|b"};
	const struct ts_input *input;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!strcmp(bad[i], "rtsp://other.example")) set("allow", "rtsp://cam.example");
		assert_int_equal(add("a", bad[i], &input), TS_EAUTH);
		assert_non_null(t.why);
	}
	set("media_dir", "");
	assert_int_equal(add("a", "media:film.mp4", &input), TS_EAUTH);
	assert_int_equal(add("a b", "test:", &input), TS_EINVAL);
	assert_int_equal(ts_fake.participants, 0);
	assert_int_equal(t.n_changed, 0);
}

static void test_limits(void **state)
{
	const struct ts_input *first, *input;
	(void)state;
	assert_int_equal(add("a", "test:", &first), 0);
	assert_int_equal(add("a", "test:", &input), 0);
	assert_int_equal(add("a", "test:", &input), TS_ELIMIT);
	assert_int_equal(add("b", "test:", &input), 0);
	assert_int_equal(add("c", "test:", &input), TS_ELIMIT);
	/* one that is over counts until its threads are gone */
	ts_inputs_remove(t.all, first);
	assert_int_equal(add("c", "test:", &input), TS_ELIMIT);
	t.ways[0].gone(t.ways[0].arg);
	t.ways[0] = t.ways[--t.n_ways];
	assert_int_equal(add("c", "test:", &input), 0);
}

static void test_ends(void **state)
{
	const struct ts_input *input;
	(void)state;
	assert_int_equal(add("a", "media:clips/film..x.mp4", &input), 0);
	tell(TS_INPUT_LIVE, "");
	tell(TS_INPUT_ENDED, "it is over");
	leave("input-ended");
	assert_int_equal(input->info.state, TS_INPUT_ENDED);
	assert_string_equal(input->info.reason, "it is over");
	assert_true(input->ended_ms > 0);
	legs_gone();
	/* kept for ten minutes */
	const char *id = strdup(input->id);
	ts_fake_time_after(590 * TS_NS_PER_S);
	assert_non_null(ts_inputs_find(t.all, "a", id));
	ts_fake_time_after(20 * TS_NS_PER_S);
	assert_null(ts_inputs_find(t.all, "a", id));
	assert_int_equal(t.n_gone, 1);
	free((void *)(uintptr_t)id);
}

/* Who is kicked, and what is removed while its threads still run. */
static void test_is_taken_out(void **state)
{
	const struct ts_input *input;
	(void)state;
	assert_int_equal(add("a", "test:", &input), 0);
	tell(TS_INPUT_LIVE, "");
	leave("kicked");
	assert_int_equal(input->info.state, TS_INPUT_ENDED);
	assert_string_equal(input->info.reason, "kicked");
	tell(TS_INPUT_LIVE, ""); /* late */
	assert_int_equal(input->info.state, TS_INPUT_ENDED);
	ts_inputs_remove(t.all, input);
	assert_int_equal(t.n_gone, 1);
	const int changed = t.n_changed;
	tell(TS_INPUT_ENDED, "it was removed"); /* of what is forgotten */
	assert_int_equal(t.n_changed, changed);
	assert_int_equal(add("a", "test:", &input), 0);
	ts_inputs_remove(t.all, input);
	assert_int_equal(ts_fake.participants, 0);
	assert_string_equal(ts_fake.last_reason, "removed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_is_a_participant, make, unmake),
		cmocka_unit_test_setup_teardown(test_is_pushed, make, unmake),
		cmocka_unit_test_setup_teardown(test_pushes_have_places_of_their_own, make, unmake),
		cmocka_unit_test_setup_teardown(test_stillborn, make, unmake),
		cmocka_unit_test_setup_teardown(test_refused, make, unmake),
		cmocka_unit_test_setup_teardown(test_limits, make, unmake),
		cmocka_unit_test_setup_teardown(test_ends, make, unmake),
		cmocka_unit_test_setup_teardown(test_is_taken_out, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
