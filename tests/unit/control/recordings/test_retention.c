#include "control/recordings/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_nothing_goes_without_limits(void **state)
{
	(void)state;
	const struct ts_retention none = {0};
	struct ts_kept kept[] = {{.bytes = 10, .ended_ms = 1, .finished = true}};
	assert_int_equal(ts_retention_judge(&none, kept, 1, INT64_C(1) << 50), 10);
	assert_false(kept[0].goes);
}

static void test_age(void **state)
{
	(void)state;
	const struct ts_retention limits = {.max_age_ms = 100};
	struct ts_kept kept[] = {{10, 900, true, false}, {20, 901, true, false},
		{30, 0, false, false}}; /* still runs */
	assert_int_equal(ts_retention_judge(&limits, kept, 3, 1000), 50);
	assert_true(kept[0].goes);
	assert_false(kept[1].goes || kept[2].goes);
}

static void test_quota_takes_the_oldest(void **state)
{
	(void)state;
	const struct ts_retention limits = {.quota_bytes = 60};
	struct ts_kept kept[] = {{50, 0, false, false}, {10, 1, true, false}, {10, 2, true, false},
		{10, 3, true, false}};
	assert_int_equal(ts_retention_judge(&limits, kept, 4, 1000), 60);
	assert_false(kept[0].goes || kept[3].goes);
	assert_true(kept[1].goes && kept[2].goes);
	/* the newest stays if it is to */
	const struct ts_retention keep = {.quota_bytes = 5, .keep_newest = true};
	assert_int_equal(ts_retention_judge(&keep, kept + 1, 3, 1000), 10);
	assert_true(kept[1].goes && kept[2].goes && !kept[3].goes);
	/* what runs is over it by itself */
	const struct ts_retention less = {.quota_bytes = 40};
	assert_int_equal(ts_retention_judge(&less, kept, 4, 1000), 50);
	assert_true(kept[3].goes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_goes_without_limits),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_quota_takes_the_oldest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
