/* When a missing packet is asked for, and for how long. */
#include "base/clock.h"
#include "tests/unit/base/cmocka_all.h"
#include "transport/rtp/repair.h"

#define MS TS_NS_PER_MS

static void ends_with_the_round_trip(void **state)
{
	static const struct {
		int rtt_ms;
		bool asks;
		int patience_ms;
	} rows[] = {
		{0, true, 500},
		{10, true, 300},
		{100, true, 500},
		{299, true, 1000},
		{300, true, 750},
		{400, true, 1000},
		{1 << 30, true, 1000},
		{100, false, 20},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_repair p = {0};
		ts_repair_told(&p, rows[i].rtt_ms * MS);
		if (ts_repair_patience_ns(&p, rows[i].asks) != rows[i].patience_ms * MS)
			fail_msg("%d ms", rows[i].rtt_ms);
	}
}

static void is_asked_for_after_reordering_and_again_after_a_round_trip(void **state)
{
	struct ts_repair p = {.reorder_ns = 4 * MS};
	struct ts_request q = {.since_ns = 1000 * MS};
	(void)state;
	assert_int_equal(ts_repair_due_ns(&p, &q, true), 1004 * MS);
	assert_int_equal(ts_repair_due_ns(&p, &q, false), 1020 * MS);
	q.asked = true;
	q.asked_ns = 1004 * MS;
	assert_int_equal(ts_repair_due_ns(&p, &q, true), 1054 * MS); /* a guess */
	ts_repair_told(&p, 80 * MS);
	assert_int_equal(ts_repair_due_ns(&p, &q, true), 1104 * MS);
	q.asked_ns = 1390 * MS;
	assert_int_equal(ts_repair_due_ns(&p, &q, true), 1400 * MS); /* is given up */
}

static void answers_tell_the_round_trip(void **state)
{
	struct ts_repair p = {0};
	struct ts_request q = {.since_ns = 0, .asked_ns = 10 * MS, .asked = true};
	(void)state;
	assert_true(ts_repair_answered(&p, &q, 70 * MS));
	assert_int_equal(ts_repair_rtt_ns(&p), 60 * MS);
	q.asked_again = true; /* which of the two was answered? */
	assert_false(ts_repair_answered(&p, &q, 20 * MS));
	ts_repair_told(&p, 40 * MS);
	assert_int_equal(ts_repair_rtt_ns(&p), 40 * MS);
	q.asked_again = false;
	assert_true(ts_repair_answered(&p, &q, 210 * MS)); /* a queue on the way */
	assert_int_equal(ts_repair_rtt_ns(&p), 200 * MS);
	for (int i = 0; i < 20; i++) ts_repair_told(&p, 40 * MS);
	assert_int_equal(ts_repair_rtt_ns(&p), 40 * MS);
	ts_repair_told(&p, INT64_MAX);
	assert_int_equal(ts_repair_rtt_ns(&p), TS_NS_PER_S);
}

static void what_came_by_itself_tells_of_reordering(void **state)
{
	struct ts_repair p = {0};
	struct ts_request q = {.since_ns = 0};
	(void)state;
	ts_repair_late(&p, &q, 8 * MS); /* nobody had asked */
	assert_int_equal(p.reorder_ns, 0);
	q.asked = true;
	ts_repair_late(&p, &q, 4 * MS);
	assert_int_equal(p.reorder_ns, 5 * MS);
	ts_repair_late(&p, &q, 500 * MS);
	assert_int_equal(p.reorder_ns, 10 * MS);
	for (int i = 0; i < 100; i++) ts_repair_in_order(&p);
	assert_in_range(p.reorder_ns, 0, MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_with_the_round_trip),
		cmocka_unit_test(is_asked_for_after_reordering_and_again_after_a_round_trip),
		cmocka_unit_test(answers_tell_the_round_trip),
		cmocka_unit_test(what_came_by_itself_tells_of_reordering),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
