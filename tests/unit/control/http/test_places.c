#include "control/http/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_of_one_address(void **state)
{
	struct ts_places p = {0};
	(void)state;
	for (int i = 0; i < TS_PLACES_OF_ADDRESS; i++) assert_true(ts_places_take(&p, "192.0.2.1"));
	assert_false(ts_places_take(&p, "192.0.2.1"));
	assert_true(ts_places_take(&p, "192.0.2.10"));
	ts_places_give(&p, "192.0.2.1");
	assert_true(ts_places_take(&p, "192.0.2.1"));
	assert_false(ts_places_take(&p, "192.0.2.1"));
	assert_int_equal(p.n, TS_PLACES_OF_ADDRESS + 1);
}

static void test_of_one_customer(void **state)
{
	struct ts_places p = {0};
	char address[80];
	(void)state;
	for (int i = 0; i < TS_PLACES_OF_ADDRESS; i++) {
		snprintf(address, sizeof address, "2001:db8:0:1::%d", i + 1);
		assert_true(ts_places_take(&p, address));
	}
	assert_false(ts_places_take(&p, "2001:db8:0:1:ffff::"));
	assert_true(ts_places_take(&p, "2001:db8:0:2::1"));
	ts_places_give(&p, "2001:db8:0:1::1");
	assert_true(ts_places_take(&p, "2001:db8:0:1:ffff::"));
	/* IPv4 mapped into IPv6 is an address by itself */
	for (int i = 0; i < TS_PLACES_OF_ADDRESS + 1; i++) {
		snprintf(address, sizeof address, "::ffff:192.0.2.%d", i);
		assert_true(ts_places_take(&p, address));
	}
}

static void test_in_all(void **state)
{
	struct ts_places p = {0};
	char address[80];
	(void)state;
	for (int i = 0; i < TS_PLACES; i++) {
		snprintf(address, sizeof address, "2001:db8:0:%d::", i);
		assert_true(ts_places_take(&p, address));
	}
	assert_false(ts_places_take(&p, "192.0.2.1"));
	ts_places_give(&p, "192.0.2.1"); /* it had none */
	assert_int_equal(p.n, TS_PLACES);
	for (int i = 0; i < TS_PLACES; i += 2) {
		snprintf(address, sizeof address, "2001:db8:0:%d::", i);
		ts_places_give(&p, address);
	}
	assert_int_equal(p.n, TS_PLACES / 2);
	for (int i = 1; i < TS_PLACES; i += 2) {
		snprintf(address, sizeof address, "2001:db8:0:%d::", i);
		ts_places_give(&p, address);
	}
	assert_int_equal(p.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_one_address),
		cmocka_unit_test(test_of_one_customer),
		cmocka_unit_test(test_in_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
