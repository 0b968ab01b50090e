/* When a registration is refreshed, tried again and given up. */
#include "control/sip/trunk_plan.h"
#include "tests/unit/base/cmocka_all.h"

/* random: 0 shortens nothing, 0xffff by a quarter. */
static void refreshes_before_the_end(void **state)
{
	(void)state;
	static const struct {
		uint32_t granted_s, random, ms;
	} rows[] = {{60, 0, 48000}, {60, 0xffff, 36000}, {3600, 0, 2880000}, {1, 0, 1000},
		{0, 0, 480000}, {UINT32_MAX, 0, 480000}, {86400, 0, 69120000}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_trunk_plan plan;
		ts_trunk_plan_init(&plan, 600);
		assert_int_equal(
			ts_trunk_plan_ok(&plan, rows[i].granted_s, rows[i].random), rows[i].ms);
		assert_int_equal(plan.state, TS_TRUNK_REGISTERED);
	}
}

static void backs_off(void **state)
{
	(void)state;
	static const uint32_t ms[] = {2000, 4000, 8000, 16000, 32000, 64000, 120000, 120000};
	struct ts_trunk_plan plan;
	ts_trunk_plan_init(&plan, 600);
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		struct ts_trunk_plan other = plan;
		assert_int_equal(ts_trunk_plan_failed(&other, 0, 0xffff), ms[i] - ms[i] / 4);
		assert_int_equal(ts_trunk_plan_failed(&plan, 0, 0), ms[i]);
		assert_int_equal(plan.state, TS_TRUNK_FAILED);
	}
	ts_trunk_plan_ok(&plan, 60, 0);
	assert_int_equal(ts_trunk_plan_failed(&plan, 0, 0), 2000);
}

static void obeys_retry_after(void **state)
{
	(void)state;
	static const struct {
		uint32_t after_s, ms;
	} rows[] = {{0, 1500}, {1, 1500}, {2, 2000}, {30, 30000}, {3600, 3600000}, {86400, 3600000},
		{UINT32_MAX, 3600000}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_trunk_plan plan;
		ts_trunk_plan_init(&plan, 600);
		assert_int_equal(ts_trunk_plan_failed(&plan, rows[i].after_s, 0xffff), rows[i].ms);
	}
}

static void gives_up_on_a_wrong_password(void **state)
{
	(void)state;
	struct ts_trunk_plan plan;
	ts_trunk_plan_init(&plan, 600);
	assert_true(ts_trunk_plan_wrong(&plan));
	ts_trunk_plan_ok(&plan, 60, 0); /* in a row */
	assert_true(ts_trunk_plan_wrong(&plan));
	assert_false(ts_trunk_plan_wrong(&plan));
	assert_int_equal(plan.state, TS_TRUNK_REFUSED);
	assert_string_equal(ts_trunk_state_name(plan.state), "refused");
}

static void asks_for_more_once(void **state)
{
	(void)state;
	struct ts_trunk_plan plan;
	ts_trunk_plan_init(&plan, 600);
	assert_false(ts_trunk_plan_too_brief(&plan, 600)); /* that is what we asked for */
	assert_false(ts_trunk_plan_too_brief(&plan, 86401));
	assert_true(ts_trunk_plan_too_brief(&plan, 700));
	assert_int_equal(plan.expires_s, 700);
	assert_false(ts_trunk_plan_too_brief(&plan, 800)); /* one that never has enough */
	ts_trunk_plan_ok(&plan, 700, 0);
	assert_true(ts_trunk_plan_too_brief(&plan, 800));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(refreshes_before_the_end),
		cmocka_unit_test(backs_off), cmocka_unit_test(obeys_retry_after),
		cmocka_unit_test(gives_up_on_a_wrong_password),
		cmocka_unit_test(asks_for_more_once)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
