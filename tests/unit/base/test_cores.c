#include "base/cores.h"
#include "tests/unit/base/cmocka_all.h"
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the kernel's, or of a machine with so many CPUs. */
static int cpus;

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	memset(set, 0, size);
	if (!cpus) return syscall(SYS_sched_getaffinity, pid, size, set) < 0 ? -1 : 0;
	if (size < CPU_ALLOC_SIZE(cpus)) {
		errno = EINVAL;
		return -1;
	}
	for (int i = 0; i < cpus; i++) CPU_SET_S(i, size, set);
	return 0;
}

static void quotas_are_read_as_thousandths_of_a_core(void **state)
{
	static const struct {
		const char *line;
		int milli;
	} rows[] = {
		{"max 100000\n", 0},
		{"150000 100000\n", 1500},
		{"100000 100000", 1000},
		{"50000 100000\n", 500},
		{"1 100000\n", 1}, /* less than a thousandth is no endless quota */
		{"0 100000\n", 0},
		{"-5 100000\n", 0},
		{"100000 0\n", 0},
		{"100000 -1\n", 0},
		{"9223372036854775807 1\n", 0},
		{"9223372036854775 1\n", 0},
		{"", 0},
		{"junk", 0},
		{"5", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (ts_cores_of_quota(rows[i].line) != rows[i].milli)
			fail_msg("%s: %d", rows[i].line, ts_cores_of_quota(rows[i].line));
}

static void a_machine_may_have_thousands_of_cpus(void **state)
{
	static const int machines[] = {1, 1024, 1025, 5000};
	(void)state;
	cpu_set_t here;
	assert_int_equal(sched_getaffinity(0, sizeof(here), &here), 0);
	const int all = ts_cores_allowed_milli();
	const bool quota = all < CPU_COUNT(&here) * 1000; /* ours, which goes for these as well */
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		cpus = machines[i];
		const int milli = ts_cores_allowed_milli();
		cpus = 0;
		if (quota)
			assert_in_range(milli, 1, all);
		else
			assert_int_equal(milli, machines[i] * 1000);
	}
}

static void what_the_process_is_held_to_counts(void **state)
{
	cpu_set_t before, one;
	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	const int all = ts_cores_allowed_milli();
	assert_in_range(all, 1, CPU_COUNT(&before) * 1000);
	int cpu = 0;
	while (!CPU_ISSET(cpu, &before)) cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_in_range(ts_cores_allowed_milli(), 1, 1000);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(ts_cores_allowed_milli(), all);
}

static void time_that_is_used_is_counted(void **state)
{
	(void)state;
	const int64_t before_ns = ts_cores_used_ns();
	for (volatile int i = 0; i < 3000000; i++) continue;
	assert_true(ts_cores_used_ns() > before_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotas_are_read_as_thousandths_of_a_core),
		cmocka_unit_test(a_machine_may_have_thousands_of_cpus),
		cmocka_unit_test(what_the_process_is_held_to_counts),
		cmocka_unit_test(time_that_is_used_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
