#include "mixer/sink/timeline.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOT = -1 };
static struct ts_timeline line;

/* Milliseconds in and out. */
static int64_t place(int64_t ms, bool leads)
{
	int64_t ns;
	if (!ts_timeline_place(&line, ms * TS_NS_PER_MS, 20 * TS_NS_PER_MS, leads, &ns)) return NOT;
	return ns / TS_NS_PER_MS;
}

static void test_begins_with_a_keyframe(void **state)
{
	(void)state;
	ts_timeline_init(&line, 1000 * TS_NS_PER_MS);
	assert_int_equal(place(990, true), NOT); /* of before it was asked for */
	assert_int_equal(place(1010, false), NOT);
	assert_int_equal(place(1020, true), 0);
	assert_int_equal(place(1010, false), NOT); /* sound that comes late */
	assert_int_equal(place(1040, false), 20);
	assert_int_equal(line.end_ns, 40 * TS_NS_PER_MS);
}

static void test_pause_takes_no_time(void **state)
{
	(void)state;
	ts_timeline_init(&line, 0);
	assert_int_equal(place(100, true), 0);
	ts_timeline_pause(&line, 1100 * TS_NS_PER_MS);
	assert_int_equal(place(1080, false), 980); /* was on its way */
	assert_int_equal(place(1100, true), NOT);
	ts_timeline_resume(&line, 5000 * TS_NS_PER_MS);
	assert_int_equal(place(4990, true), NOT);
	assert_int_equal(place(5000, false), NOT);
	assert_int_equal(place(5040, true), 1000);
	assert_int_equal(place(5060, false), 1020);
	ts_timeline_pause(&line, 6040 * TS_NS_PER_MS);
	ts_timeline_resume(&line, 6041 * TS_NS_PER_MS);
	assert_int_equal(place(7000, true), 2000);
}

static void test_never_goes_back(void **state)
{
	(void)state;
	ts_timeline_init(&line, 0);
	assert_int_equal(place(100, true), 0);
	assert_int_equal(place(300, false), 200);
	/* the pause is of before what was placed already: what follows comes behind that */
	ts_timeline_pause(&line, 250 * TS_NS_PER_MS);
	ts_timeline_resume(&line, 1000 * TS_NS_PER_MS);
	assert_int_equal(place(1000, true), 220);
}

static void test_pause_before_anything(void **state)
{
	(void)state;
	ts_timeline_init(&line, 0);
	ts_timeline_pause(&line, 500 * TS_NS_PER_MS);
	ts_timeline_pause(&line, 600 * TS_NS_PER_MS);
	assert_int_equal(place(550, true), NOT);
	ts_timeline_resume(&line, 900 * TS_NS_PER_MS);
	ts_timeline_resume(&line, 950 * TS_NS_PER_MS);
	assert_int_equal(place(901, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begins_with_a_keyframe),
		cmocka_unit_test(test_pause_takes_no_time),
		cmocka_unit_test(test_never_goes_back),
		cmocka_unit_test(test_pause_before_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
