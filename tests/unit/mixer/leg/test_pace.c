#include "mixer/leg/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS
#define S TS_NS_PER_S
#define START (1000 * S)

static struct ts_pace p;

static int64_t video(int64_t time_ns)
{
	return ts_pace_line(&p, TS_VIDEO, time_ns, 40 * MS);
}

static int64_t audio(int64_t time_ns)
{
	return ts_pace_line(&p, TS_AUDIO, time_ns, 20 * MS);
}

static void test_file_is_played_in_real_time(void **state)
{
	(void)state;
	ts_pace_init(&p, false);
	assert_int_equal(video(0), 0);
	assert_int_equal(audio(0), 0);
	const int64_t begin = ts_pace_due(&p, 0, START);
	assert_int_equal(begin, START + TS_PACE_LEAD_NS);
	for (int i = 1; i < 1000; i++) {
		/* whenever it is looked at */
		assert_int_equal(
			ts_pace_due(&p, video(i * 40 * MS), START + i), begin + i * 40 * MS);
		assert_int_equal(audio(i * 20 * MS), i * 20 * MS);
	}
}

/* Sound that begins later, or sooner, than the picture keeps its distance to it. */
static void test_tracks_keep_their_distance(void **state)
{
	(void)state;
	ts_pace_init(&p, false);
	const int64_t v = video(500 * MS), a = audio(620 * MS);
	assert_int_equal(a - v, 120 * MS);
	/* what a codec begins with */
	ts_pace_init(&p, false);
	assert_int_equal(video(0), 0);
	assert_int_equal(audio(-21 * MS), -21 * MS);
	assert_int_equal(audio(0), 0);
}

static void test_missing_times(void **state)
{
	(void)state;
	ts_pace_init(&p, false);
	video(0);
	assert_int_equal(video(TS_PACE_NO_TIME), 40 * MS);
	assert_int_equal(video(TS_PACE_NO_TIME), 80 * MS);
	assert_int_equal(video(120 * MS), 120 * MS);
}

static void test_jump_goes_on(void **state)
{
	(void)state;
	ts_pace_init(&p, false);
	for (int i = 0; i < 50; i++) video(i * 40 * MS);
	for (int i = 0; i < 100; i++) audio(i * 20 * MS);
	/* a counter that wrapped, or a splice: both jump by as much, the sound 60 ms later */
	const int64_t at = 95443 * S;
	assert_int_equal(video(at), 2000 * MS);
	assert_int_equal(audio(at + 60 * MS), 2060 * MS);
	assert_int_equal(video(at + 40 * MS), 2040 * MS);
	/* back */
	assert_int_equal(video(0), 2080 * MS);
	/* nonsense */
	const int64_t far = video(INT64_MAX / 4);
	assert_in_range(far, 2000 * MS, 3000 * MS);
}

static void test_loop_has_no_gap(void **state)
{
	(void)state;
	ts_pace_init(&p, false);
	for (int i = 0; i < 25; i++) video(i * 40 * MS);
	for (int i = 0; i < 52; i++) audio(i * 20 * MS); /* longer */
	ts_pace_again(&p, S);
	assert_int_equal(video(0), 1040 * MS);
	assert_int_equal(audio(0), 1040 * MS);
	/* one that is too short would have to be sought in without end */
	ts_pace_again(&p, S);
	assert_int_equal(video(0), 2040 * MS);
}

/* What a server sends at once of the past is not played: the newest is. */
static void test_live_begins_with_the_newest(void **state)
{
	(void)state;
	ts_pace_init(&p, true);
	video(0);
	ts_pace_begin(&p, 3 * S, START);
	assert_int_equal(ts_pace_due(&p, 3 * S, START), START + TS_PACE_LEAD_NS);
	assert_true(ts_pace_due(&p, S, START) < START);
}

/* A sender whose clock is faster by 100 ppm, for an hour: what is queued does not grow. */
static void test_drift(void **state)
{
	int64_t most = 0, before = 0;
	(void)state;
	ts_pace_init(&p, true);
	ts_pace_begin(&p, 0, START);
	for (int64_t t = 0; t < 3600 * S; t += 20 * MS) {
		const int64_t newest = t + t / 10000, now = START + t;
		ts_pace_watch(&p, newest, now);
		const int64_t due = ts_pace_due(&p, newest, now), early = due - now;
		if (early > most) most = early;
		/* and never faster than the voice can make good */
		if (t) assert_in_range(due - before, 19 * MS + 800000, 20 * MS + 100000);
		before = due;
	}
	assert_true(most > 150 * MS);
	assert_true(most < 300 * MS);
}

static void test_late(void **state)
{
	(void)state;
	ts_pace_init(&p, true);
	ts_pace_begin(&p, 0, START);
	const int64_t due = ts_pace_due(&p, S, START);
	ts_pace_late(&p, 70 * MS);
	assert_int_equal(ts_pace_due(&p, S, START), due + 70 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_is_played_in_real_time),
		cmocka_unit_test(test_tracks_keep_their_distance),
		cmocka_unit_test(test_missing_times),
		cmocka_unit_test(test_jump_goes_on),
		cmocka_unit_test(test_loop_has_no_gap),
		cmocka_unit_test(test_live_begins_with_the_newest),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_late),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
