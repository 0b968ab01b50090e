#include "mixer/output/keybudget.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS TS_NS_PER_MS

static void first_request_is_served_at_once(void **state)
{
	(void)state;
	struct ts_keybudget b;
	ts_keybudget_init(&b);
	assert_false(ts_keybudget_due(&b, 0));
	ts_keybudget_request(&b);
	assert_true(ts_keybudget_due(&b, 0));
	assert_true(ts_keybudget_due(&b, -5 * MS));
}

static void requests_in_the_window_share_one(void **state)
{
	(void)state;
	struct ts_keybudget b;
	ts_keybudget_init(&b);
	ts_keybudget_made(&b, 1000 * MS);
	ts_keybudget_request(&b);
	ts_keybudget_request(&b);
	assert_false(ts_keybudget_due(&b, 1499 * MS));
	assert_true(ts_keybudget_due(&b, 1500 * MS));
	ts_keybudget_made(&b, 1500 * MS);
	assert_false(ts_keybudget_due(&b, 5000 * MS)); /* nobody asked again */
}

static void a_storm_of_requests_makes_two_a_second(void **state)
{
	(void)state;
	struct ts_keybudget b;
	ts_keybudget_init(&b);
	int made = 0;
	for (int64_t t = 0; t < 10000; t += 33) {
		ts_keybudget_request(&b);
		if (!ts_keybudget_due(&b, t * MS)) continue;
		ts_keybudget_made(&b, t * MS);
		made++;
	}
	assert_in_range(made, 18, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_request_is_served_at_once),
		cmocka_unit_test(requests_in_the_window_share_one),
		cmocka_unit_test(a_storm_of_requests_makes_two_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
