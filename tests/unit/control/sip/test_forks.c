#include "control/sip/forks.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>

static void each_once_and_few(void **state)
{
	struct ts_sip_forks forks = {.n = 0};
	char tag[20];
	int ended = 0;
	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 1000; i++) {
			int len = snprintf(tag, sizeof(tag), "tag-%d", i);
			ended += ts_sip_forks_take(&forks, tag, (size_t)len);
		}
	assert_int_equal(ended, TS_SIP_FORKS_MAX);
	ts_sip_forks_fini(&forks);
	assert_int_equal(forks.n, 0);
}

static void tags_are_compared_whole(void **state)
{
	struct ts_sip_forks forks = {.n = 0};
	(void)state;
	assert_true(ts_sip_forks_take(&forks, "abc", 3));
	assert_true(ts_sip_forks_take(&forks, "abc", 2));
	assert_true(ts_sip_forks_take(&forks, "", 0)); /* of RFC 2543 */
	assert_false(ts_sip_forks_take(&forks, "ab", 2));
	assert_false(ts_sip_forks_take(&forks, "", 0));
	ts_sip_forks_fini(&forks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once_and_few), cmocka_unit_test(tags_are_compared_whole)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
