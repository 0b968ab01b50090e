#include "base/descriptors.h"
#include "tests/unit/base/cmocka_all.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FD_MAX = 256 };

/* Takes all that there are, gives them back, and says how many they were. */
static unsigned count_free(void)
{
	int fd[FD_MAX];
	unsigned n = 0;
	while (n < FD_MAX && (fd[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) n++;
	for (unsigned i = 0; i < n; i++) close(fd[i]);
	return n;
}

static void counts_what_is_left(void **state)
{
	struct rlimit before, few;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = 64, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	const unsigned n = count_free();
	assert_true(n > 2 && n < TS_DESCRIPTORS_ASKED_MAX);
	assert_true(ts_descriptors_left(0));
	assert_true(ts_descriptors_left(1));
	assert_true(ts_descriptors_left(n));
	assert_false(ts_descriptors_left(n + 1));
	assert_false(ts_descriptors_left(TS_DESCRIPTORS_ASKED_MAX));
	assert_int_equal(count_free(), n); /* none was kept */
	int taken = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(ts_descriptors_left(n - 1));
	assert_false(ts_descriptors_left(n));
	close(taken);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counts_what_is_left)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
