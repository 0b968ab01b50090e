#include "base/secret.h"
#include "tests/unit/base/cmocka_all.h"

static void compares_secrets(void **state)
{
	(void)state;
	assert_true(ts_same_secret("abc", "abc"));
	assert_false(ts_same_secret("abd", "abc"));
	assert_false(ts_same_secret("ab", "abc"));
	assert_false(ts_same_secret("abcabc", "abc"));
	assert_false(ts_same_secret("", "abc"));
	assert_false(ts_same_secret("abc", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(compares_secrets)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
