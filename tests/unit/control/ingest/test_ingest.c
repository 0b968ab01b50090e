/* Who may push, and what those who may not take from others: publishers whom the test makes. */
#include "control/ingest/ingest.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/pipe.h"
#include "config/config.h"
#include "control/ingest/push.h"
#include "control/rooms/admit.h"
#include "control/rooms/registry.h"
#include "control/rooms/throttle.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/fake_room.h"
#include <string.h>

#define VICTIM "192.0.2.7"
enum { BURST = 5 };

static struct {
	struct ts_config config;
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_inputs *inputs;
	struct ts_guesses *guesses;
	struct ts_throttle *joins;
	struct ts_ingest *ingest;
	struct ts_pipe *pipe;
	int n_answered, n_over;
} t;

static void set(const char *line)
{
	char err[TS_CONFIG_ERR_MAX];
	assert_int_equal(ts_config_set(&t.config, line, err, sizeof(err)), 0);
}

static int make(void **state)
{
	static struct ts_engine engine;
	const struct ts_registry_config config = {
		.room = {.width = 1280, .height = 720, .fps = 30, .max_participants = 50},
		.max_rooms = 50};
	(void)state;
	memset(&t, 0, sizeof(t));
	ts_fake_reset();
	ts_config_init_defaults(&t.config);
	set("join.policy=pin");
	set("join.pin=777777");
	set("inputs.max=256");
	set("inputs.max_per_room=100");
	assert_int_equal(ts_loop_create(&t.loop, "control"), 0);
	assert_int_equal(ts_registry_create(&t.registry, &engine, &config), 0);
	ts_inputs_create(&t.inputs, t.loop, t.registry, &t.config);
	t.guesses = ts_guesses_new();
	t.joins = ts_throttle_new(&(struct ts_throttle_config){
		.period_ns = TS_NS_PER_S, .burst = BURST, .max_addresses = 100});
	assert_int_equal(ts_pipe_create(&t.pipe, 100), 0);
	return ts_ingest_create(&t.ingest,
		&(struct ts_ingest_config){.control = t.loop,
			.registry = t.registry,
			.inputs = t.inputs,
			.guesses = t.guesses,
			.joins = t.joins,
			.config = &t.config});
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
	ts_ingest_destroy(&t.ingest);
	ts_inputs_destroy(&t.inputs);
	ts_registry_destroy(&t.registry);
	ts_throttle_free(t.joins);
	ts_guesses_free(t.guesses);
	ts_pipe_unref(&t.pipe);
	ts_loop_destroy(&t.loop);
	ts_config_fini(&t.config);
	return 0;
}

static void on_answered(struct ts_push *push)
{
	(void)push;
	t.n_answered++;
}

static void on_over(struct ts_push *push)
{
	(void)push;
	t.n_over++;
}

static struct ts_push publisher(enum ts_push_protocol protocol, const char *secret)
{
	struct ts_push push = {.ingest = t.ingest,
		.protocol = protocol,
		.address = VICTIM,
		.forgeable = protocol == TS_PUSH_SRT,
		.pipe = t.pipe,
		.answered = on_answered,
		.over = on_over};
	strcpy(push.target.room, "standup");
	strcpy(push.target.secret, secret);
	return push;
}

static int asks(const char *secret)
{
	struct ts_push push = publisher(TS_PUSH_SRT, secret);
	assert_int_equal(ts_ingest_ask(&push), 0);
	ts_fake_time_run();
	assert_string_equal(push.target.secret, "");
	return push.verdict;
}

/* Its leg is gone at once. */
static int pushes(const char *secret)
{
	struct ts_push push = publisher(TS_PUSH_RTMP, secret);
	assert_int_equal(ts_ingest_push(&push), 0);
	ts_fake_time_run();
	if (push.verdict == TS_PUSH_ADMITTED) ts_fake.last_way.gone(ts_fake.last_way.arg);
	return push.verdict;
}

/* By HTTP, with the right PIN. */
static enum ts_verdict victim(void)
{
	struct ts_admitted admitted;
	const struct ts_entrant who = {.address = VICTIM, .room = "standup", .given = "777777"};
	ts_admit(&admitted, &t.config, NULL, &who, t.guesses, ts_now_ns());
	return admitted.verdict;
}

static void test_guesses(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) assert_int_equal(asks("000000"), TS_PUSH_WRONG);
	/* they are slowed among themselves, and nobody else is */
	assert_int_equal(asks("777777"), TS_PUSH_WRONG);
	assert_int_equal(victim(), TS_ADMITTED_PROVED);
	for (int i = 0; i < 40; i++) assert_int_equal(pushes("000000"), TS_PUSH_WRONG);
	assert_int_equal(victim(), TS_REFUSED_WAIT);
	assert_int_equal(t.n_over, 40);
}

static void test_asks_without_joining(void **state)
{
	struct ts_push push = publisher(TS_PUSH_SRT, "777777");
	(void)state;
	assert_int_equal(ts_ingest_ask(&push), 0);
	ts_fake_time_run();
	assert_int_equal(push.verdict, TS_PUSH_ADMITTED);
	assert_int_equal(t.n_answered, 1);
	assert_int_equal(ts_fake.participants, 0);
	assert_int_equal(ts_ingest_enter(&push), 0);
	ts_fake_time_run();
	assert_int_equal(ts_fake.participants, 1);
	assert_true(ts_fake.last_join.from_forgeable);
	assert_int_equal(t.n_over, 0);
	ts_fake.last_way.gone(ts_fake.last_way.arg);
	assert_int_equal(t.n_over, 1);
}

/* Nobody waits any more: it is no guess, and no answer. */
static void test_given_up(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct ts_push push = publisher(TS_PUSH_SRT, "000000");
		assert_int_equal(ts_ingest_ask(&push), 0);
		push.verdict = TS_PUSH_GIVEN_UP;
		ts_fake_time_run();
		assert_int_equal(push.verdict, TS_PUSH_GIVEN_UP);
		assert_string_equal(push.target.secret, "");
	}
	assert_int_equal(t.n_answered, 40);
	assert_int_equal(asks("777777"), TS_PUSH_ADMITTED);
}

static void test_joins_per_second(void **state)
{
	const int64_t refused = ts_count_get(TS_C_JOINS_REFUSED);
	(void)state;
	for (int i = 0; i < BURST; i++) assert_int_equal(pushes("777777"), TS_PUSH_ADMITTED);
	assert_int_equal(pushes("777777"), TS_PUSH_FULL);
	assert_int_equal(ts_count_get(TS_C_JOINS_REFUSED) - refused, 1);
	assert_int_equal(ts_fake.participants, BURST);
	/* asking takes nothing, entering does, of a bucket of its own */
	for (int i = 0; i < 2 * BURST; i++) assert_int_equal(asks("777777"), TS_PUSH_ADMITTED);
	for (int i = 0; i < BURST; i++) {
		struct ts_push push = publisher(TS_PUSH_SRT, "");
		assert_int_equal(ts_ingest_enter(&push), 0);
		ts_fake_time_run();
		ts_fake.last_way.gone(ts_fake.last_way.arg);
	}
	assert_int_equal(asks("777777"), TS_PUSH_FULL);
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(pushes("777777"), TS_PUSH_ADMITTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_guesses, make, unmake),
		cmocka_unit_test_setup_teardown(test_asks_without_joining, make, unmake),
		cmocka_unit_test_setup_teardown(test_given_up, make, unmake),
		cmocka_unit_test_setup_teardown(test_joins_per_second, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
