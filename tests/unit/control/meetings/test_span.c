/* When meetings end and when that is told, step by step. */
#include "control/meetings/span.h"
#include "control/meetings/split.h"
#include "tests/unit/base/cmocka_all.h"

#define T0 INT64_C(1700000000000)

struct step {
	int at_s;
	bool people;
	int max_duration_s, until_s; /* until after T0; 0: none */
	enum ts_span_act act;
	int end_s, next_s; /* after T0; 0: none */
};

static void run(const struct step *step, size_t n)
{
	struct ts_span span = {.began_ms = 0};
	for (size_t i = 0; i < n; i++) {
		const struct ts_room_config room = {.max_duration_s = step[i].max_duration_s,
			.valid_until_ms = step[i].until_s ? T0 + 1000 * step[i].until_s : 0};
		int64_t next_ms;
		const enum ts_span_act act = ts_span_run(
			&span, &room, step[i].people, T0 + 1000 * step[i].at_s, &next_ms);
		const int64_t end_ms = step[i].end_s ? T0 + 1000 * step[i].end_s : 0,
			      want_ms = step[i].next_s ? T0 + 1000 * step[i].next_s : 0;
		if (act != step[i].act || span.end_ms != end_ms || next_ms != want_ms)
			fail_msg("step %zu: act %d end %lld next %lld", i, act,
				(long long)(span.end_ms - T0), (long long)(next_ms - T0));
	}
}
#define RUN(steps) run(steps, sizeof(steps) / sizeof((steps)[0]))

static void warned_twice_then_over(void **state)
{
	static const struct step steps[] = {
		{0, false, 3600, 0, TS_SPAN_NOTHING, 0, 0},
		{10, true, 3600, 0, TS_SPAN_NOTHING, 3610, 3310},
		{20, true, 3600, 0, TS_SPAN_NOTHING, 3610, 3310}, /* others come */
		{3310, true, 3600, 0, TS_SPAN_WARN, 3610, 3550},
		{3311, true, 3600, 0, TS_SPAN_NOTHING, 3610, 3550},
		{3550, true, 3600, 0, TS_SPAN_WARN, 3610, 3610},
		{3610, true, 3600, 0, TS_SPAN_END, 3610, 0},
		{3611, false, 3600, 0, TS_SPAN_NOTHING, 0, 0},
		{3700, true, 3600, 0, TS_SPAN_NOTHING, 7300, 7000}, /* another one */
	};
	(void)state;
	RUN(steps);
}

static void short_ones_are_warned_at_once(void **state)
{
	static const struct step steps[] = {
		{0, true, 120, 0, TS_SPAN_WARN, 120, 60},
		{60, true, 120, 0, TS_SPAN_WARN, 120, 120},
		{120, true, 120, 0, TS_SPAN_END, 120, 0},
	};
	(void)state;
	RUN(steps);
}

static void the_sooner_end_counts(void **state)
{
	static const struct step steps[] = {
		{0, true, 3600, 1000, TS_SPAN_NOTHING, 1000, 700},
		{1, true, 900, 1000, TS_SPAN_NOTHING, 900, 600},
		{1, true, 0, 1000, TS_SPAN_NOTHING, 1000, 700},
		{1, true, 0, 0, TS_SPAN_NOTHING, 0, 0},
	};
	(void)state;
	RUN(steps);
}

static void an_end_that_moves_is_told_once_it_was(void **state)
{
	static const struct step steps[] = {
		{0, true, 600, 0, TS_SPAN_NOTHING, 600, 300},
		{310, true, 600, 0, TS_SPAN_WARN, 600, 540},
		{320, true, 1200, 0, TS_SPAN_WARN, 1200, 900}, /* later */
		{330, true, 1200, 0, TS_SPAN_NOTHING, 1200, 900},
		{900, true, 1200, 0, TS_SPAN_WARN, 1200, 1140},
		{910, true, 0, 0, TS_SPAN_WARN, 0, 0}, /* off */
		{911, true, 0, 0, TS_SPAN_NOTHING, 0, 0},
		{912, true, 0, 900, TS_SPAN_END, 900, 0}, /* in the past */
	};
	(void)state;
	RUN(steps);
}

static void because(void **state)
{
	(void)state;
	assert_string_equal(ts_span_because_name(TS_SPAN_DURATION), "duration");
	assert_string_equal(ts_span_because_name(TS_SPAN_UNTIL), "until");
	assert_null(ts_span_because_name(TS_SPAN_NONE));
}

static void splits_evenly(void **state)
{
	size_t to[7], count[3] = {0, 2, 0};
	(void)state;
	ts_split_even(to, 7, count, 3);
	assert_int_equal(to[0], 0);
	assert_int_equal(to[1], 2);
	assert_int_equal(count[0], 3);
	assert_int_equal(count[1], 3);
	assert_int_equal(count[2], 3);
	ts_split_even(to, 0, count, 3);
	assert_int_equal(count[0], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warned_twice_then_over),
		cmocka_unit_test(short_ones_are_warned_at_once),
		cmocka_unit_test(the_sooner_end_counts),
		cmocka_unit_test(an_end_that_moves_is_told_once_it_was),
		cmocka_unit_test(because),
		cmocka_unit_test(splits_evenly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
