#include "mixer/room/load.h"

#include "base/clock.h"
#include "base/counter.h"
#include "mixer/room/engine.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ts_engine engine;
static struct ts_load_watch watch[3];
static int called[3], told, gone;
static struct ts_load_news last;

static void on_changed(struct ts_load_watch *w)
{
	called[w - watch]++;
	if (w == &watch[1] && gone) ts_load_unwatch(&engine, w);
}

static void on_told(void *arg, const struct ts_load_news *news)
{
	assert_ptr_equal(arg, &told);
	told++;
	last = *news;
}

static int setup(void **state)
{
	(void)state;
	engine = (struct ts_engine){0};
	ts_overload_init(&engine.load.overload, TS_OVERLOAD_NO_JOINS);
	told = gone = 0;
	for (int i = 0; i < 3; i++) {
		called[i] = 0;
		watch[i] = (struct ts_load_watch){.changed = on_changed};
		ts_load_watch(&engine, &watch[i]);
	}
	ts_load_set_listener(&engine, on_told, &told);
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	return 0;
}

static void feed(int permille, int times)
{
	static int64_t now_ns = TS_NS_PER_S;
	while (times--) {
		now_ns += 250 * TS_NS_PER_MS;
		ts_load_feed(&engine, &(struct ts_pressure){permille, TS_PRESSURE_NET}, now_ns);
	}
}

static void each_step_is_told_and_counted(void **state)
{
	(void)state;
	feed(1000, 2);
	assert_int_equal(told, 0);
	feed(1200, 1);
	assert_int_equal(told, 1);
	assert_int_equal(last.before, TS_OVERLOAD_NONE);
	assert_int_equal(last.level, TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(last.why.permille, 1200);
	assert_int_equal(last.why.kind, TS_PRESSURE_NET);
	for (int i = 0; i < 3; i++) assert_int_equal(called[i], 1);
	assert_int_equal(ts_engine_overload(&engine), TS_OVERLOAD_FEWER_STEPS);
	assert_int_equal(ts_count_get(TS_C_OVERLOAD_LEVEL), 1);
	feed(1000, 1000);
	assert_int_equal(ts_count_get(TS_C_OVERLOAD_LEVEL), TS_OVERLOAD_NO_JOINS);
	feed(100, 1000);
	assert_int_equal(last.level, TS_OVERLOAD_NONE);
	assert_int_equal(ts_count_get(TS_C_OVERLOAD_LEVEL), 0);
	assert_int_equal(ts_count_get(TS_C_OVERLOAD_UP), TS_OVERLOAD_NO_JOINS);
	assert_int_equal(ts_count_get(TS_C_OVERLOAD_DOWN), TS_OVERLOAD_NO_JOINS);
	assert_int_equal(told, 2 * TS_OVERLOAD_NO_JOINS);
}

static void who_goes_is_called_no_more(void **state)
{
	(void)state;
	gone = 1;
	feed(1000, 3);
	ts_load_unwatch(&engine, &watch[2]);
	feed(1000, 8);
	assert_true(called[0] > 1);
	assert_int_equal(called[1], 1);
	assert_int_equal(called[2], 1);
	ts_load_unwatch(&engine, &watch[0]);
	assert_null(engine.load.first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_step_is_told_and_counted, setup),
		cmocka_unit_test_setup(who_goes_is_called_no_more, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
