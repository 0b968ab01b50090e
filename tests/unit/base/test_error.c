#include "base/error.h"
#include "tests/unit/base/cmocka_all.h"
#include <limits.h>
#include <string.h>

static void every_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = TS_OK; a >= TS_EDRAINING; a--) {
		assert_string_not_equal(ts_strerror(a), "unknown");
		for (int b = TS_OK; b > a; b--)
			assert_string_not_equal(ts_strerror(a), ts_strerror(b));
	}
	assert_string_equal(ts_strerror(TS_EBADMSG), "bad-message");
}

static void foreign_numbers_are_unknown(void **state)
{
	(void)state;
	const int foreign[] = {1, TS_EDRAINING - 1, INT_MIN, INT_MAX};
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		assert_string_equal(ts_strerror(foreign[i]), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_of_its_own),
		cmocka_unit_test(foreign_numbers_are_unknown),
	};
	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
