#include "mixer/room/load.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/loop.h"
#include "base/strand.h"
#include "mixer/room/engine.h"
#include "tests/unit/common/fake_time.h"
#include "transport/nets.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LOOK_NS (250 * TS_NS_PER_MS)

static struct ts_engine engine;
static struct ts_nets nets;
static struct ts_net net;
static struct ts_load_watch watch;
static int told;
static struct ts_load_news last;

static void on_changed(struct ts_load_watch *w)
{
	(void)w;
}

static void on_told(void *arg, const struct ts_load_news *news)
{
	(void)arg;
	told++;
	last = *news;
}

static int setup(void **state)
{
	(void)state;
	engine = (struct ts_engine){0};
	net = (struct ts_net){0};
	nets = (struct ts_nets){.n = 1, .net = &net};
	watch = (struct ts_load_watch){.changed = on_changed};
	told = 0;
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	assert_int_equal(ts_loop_create(&engine.control, "control"), 0);
	const struct ts_pool_config config = {.name = "pool", .threads = 2};
	assert_int_equal(ts_pool_create(&engine.video, &config), 0);
	assert_int_equal(ts_pool_create(&engine.tick, &config), 0);
	assert_int_equal(ts_pool_create(&engine.audio, &config), 0);
	engine.nets = &nets;
	ts_load_set_listener(&engine, on_told, &told);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_load_stop(&engine);
	ts_fake_time_after(TS_NS_PER_S); /* no timer is left */
	ts_pool_destroy(&engine.video);
	ts_pool_destroy(&engine.tick);
	ts_pool_destroy(&engine.audio);
	ts_loop_destroy(&engine.control);
	return 0;
}

static void begin(enum ts_overload_level max)
{
	ts_load_start(&engine, max);
	ts_load_watch(&engine, &watch);
	ts_fake_time_run();
}

static void look(void)
{
	ts_fake_time_after(LOOK_NS);
}

static void nothing_is_measured_where_it_is_switched_off(void **state)
{
	(void)state;
	begin(TS_OVERLOAD_NONE);
	look();
	assert_false(engine.load.running);
	assert_int_equal(engine.load.last.at_ns, 0);
}

static void it_looks_four_times_a_second_while_there_is_a_room(void **state)
{
	(void)state;
	ts_load_start(&engine, TS_OVERLOAD_NO_JOINS);
	look();
	assert_int_equal(engine.load.last.at_ns, 0);
	ts_load_watch(&engine, &watch);
	ts_fake_time_run();
	const int64_t first_ns = engine.load.last.at_ns;
	assert_int_equal(first_ns, ts_now_ns());
	assert_true(engine.load.last.cores_milli > 0);
	assert_int_equal(engine.load.last.video_pool.threads, 2);
	assert_int_equal(engine.load.last.tick_pool.threads, 2);
	assert_int_equal(engine.load.last.audio_pool.waiting, 0);
	look();
	assert_int_equal(engine.load.last.at_ns, first_ns + LOOK_NS);
	ts_load_unwatch(&engine, &watch);
	look(); /* the last one sees that nobody is there */
	assert_false(engine.load.running);
	const int64_t last_ns = engine.load.last.at_ns;
	look();
	assert_int_equal(engine.load.last.at_ns, last_ns);
	/* what was before the next first room does not count */
	ts_load_watch(&engine, &watch);
	assert_true(engine.load.running);
	assert_int_equal(engine.load.last.at_ns, 0);
	ts_fake_time_run();
	ts_load_unwatch(&engine, &watch);
}

/* The cores are counted anew every 40 looks: quotas change while one runs. */
static void the_cores_are_counted_now_and_then(void **state)
{
	(void)state;
	begin(TS_OVERLOAD_NO_JOINS);
	const int milli = engine.load.last.cores_milli;
	engine.load.last.cores_milli = 7;
	for (int i = 0; i < 39; i++) look();
	assert_int_equal(engine.load.last.cores_milli, 7);
	look();
	assert_int_equal(engine.load.last.cores_milli, milli);
}

static void what_waited_to_be_sent_raises_the_level(void **state)
{
	(void)state;
	begin(TS_OVERLOAD_NO_JOINS);
	for (int i = 0; i < 40 && !told; i++) {
		atomic_store(&net.waited_ns, 200 * TS_NS_PER_MS);
		look();
		assert_int_equal(atomic_load(&net.waited_ns), 0); /* taken */
	}
	assert_int_equal(told, 1);
	assert_int_equal(last.level, TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(last.why.kind, TS_PRESSURE_NET);
	/* without rooms it goes on until it has come down */
	ts_load_unwatch(&engine, &watch);
	look();
	assert_true(engine.load.running);
	for (int i = 0; i < 4 * 120 && engine.load.running; i++) look();
	assert_int_equal(last.level, TS_OVERLOAD_NONE);
	assert_false(engine.load.running);
}

static void skipped_ticks_raise_the_level(void **state)
{
	static const struct {
		enum ts_counter run, left_out;
		enum ts_pressure_kind kind;
	} rows[] = {
		{TS_C_TICKS_AUDIO, TS_C_TICKS_SKIPPED_AUDIO, TS_PRESSURE_SOUND_SKIPPED},
		{TS_C_TICKS_AUDIO, TS_C_TICKS_DELAYED_AUDIO, TS_PRESSURE_SOUND_DELAYED},
		{TS_C_TICKS_VIDEO, TS_C_TICKS_SKIPPED_VIDEO, TS_PRESSURE_TICKS_SKIPPED},
		{TS_C_TICKS_VIDEO, TS_C_TICKS_DELAYED_VIDEO, TS_PRESSURE_TICKS_DELAYED},
		{TS_C_TICKS_VIDEO, TS_C_ENCODE_SKIPPED, TS_PRESSURE_ENCODE_SKIPPED},
	};
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		begin(TS_OVERLOAD_NO_JOINS);
		for (int i = 0; i < 40 && !told; i++) {
			ts_count_add(rows[row].run, 50);
			ts_count_add(rows[row].left_out, 40);
			look();
		}
		if (told != 1 || last.why.kind != rows[row].kind)
			fail_msg("row %zu: told %d times, of %d", row, told, last.why.kind);
		ts_load_unwatch(&engine, &watch);
		teardown(state);
		setup(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nothing_is_measured_where_it_is_switched_off, setup, teardown),
		cmocka_unit_test_setup_teardown(
			it_looks_four_times_a_second_while_there_is_a_room, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_cores_are_counted_now_and_then, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_waited_to_be_sent_raises_the_level, setup, teardown),
		cmocka_unit_test_setup_teardown(skipped_ticks_raise_the_level, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
