#include "base/crash.h"
#include "base/log.h"
#include "base/sanitizer.h"
#include "base/thread.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char told[65536];

/* Runs fn in a process of its own, with its stderr in `told`; how it ended. */
static int end_of(void (*fn)(void))
{
	int fd[2], status = 0;
	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();
	if (!pid) {
		const struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(fd[1], STDERR_FILENO);
		ts_crash_init();
		fn();
		_exit(0);
	}
	close(fd[1]);
	size_t len = 0;
	for (ssize_t n; (n = read(fd[0], told + len, sizeof(told) - 1 - len)) > 0;)
		len += (size_t)n;
	told[len] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void fault(void)
{
	volatile int *volatile nowhere = (volatile int *)16;
	*nowhere = 1;
}

static void give_up(void)
{
	abort();
}

static void be_told(void)
{
	kill(getpid(), SIGSEGV);
}

static volatile int deeper = 1; /* else the compiler sees that there is no end */

static int overflow(volatile char *above)
{
	volatile char here[4096];
	if (!deeper) return 0;
	here[0] = above ? above[0] : 0;
	here[1] = 1;
	return overflow(here) + here[1];
}

static void *fill_stack(void *arg)
{
	return (void *)(intptr_t)overflow(arg);
}

static void *touch_nowhere(void *arg)
{
	fault();
	return arg;
}

static void in_a_thread(void *(*fn)(void *), const char *name)
{
	pthread_t thread;
	if (!ts_thread_start(&thread, name, fn, NULL)) pthread_join(thread, NULL);
}

static void fault_in_a_thread(void)
{
	in_a_thread(touch_nowhere, "worker");
}

static void overflow_in_a_thread(void)
{
	in_a_thread(fill_stack, "deep");
}

static void many_fault_at_once(void)
{
	pthread_t thread[8];
	for (size_t i = 0; i < 8; i++) ts_thread_start(&thread[i], "one", touch_nowhere, NULL);
	for (size_t i = 0; i < 8; i++) pthread_join(thread[i], NULL);
}

/* They tell of crashes themselves. */
#ifdef TS_SANITIZES_MEMORY_USE
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

static void every_way_to_die_is_told(void **state)
{
	if (IS_SANITIZED) skip();
	static const struct {
		void (*fn)(void);
		int signal;
		const char *name, *more;
	} rows[] = {{fault, SIGSEGV, "signal=\"SIGSEGV\"", "address=\"0x10\""},
		{give_up, SIGABRT, "signal=\"SIGABRT\"", ""},
		{be_told, SIGSEGV, "signal=\"SIGSEGV\"", ""},
		{fault_in_a_thread, SIGSEGV, "signal=\"SIGSEGV\"", "thread=\"worker\""},
		{overflow_in_a_thread, SIGSEGV, "signal=\"SIGSEGV\"", "thread=\"deep\""},
		{many_fault_at_once, SIGSEGV, "signal=\"SIGSEGV\"", "thread=\"one\""}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(end_of(rows[i].fn), rows[i].signal);
		const char *crash = strstr(told, "level=error event=\"crash\"");
		assert_non_null(crash);
		assert_non_null(strstr(crash, rows[i].name));
		assert_non_null(strstr(crash, rows[i].more));
		assert_non_null(strstr(crash, "event=\"crash.frame\" n=\"1\""));
		if (strstr(crash + 25, "event=\"crash\" ")) fail_msg("row %zu:\n%s", i, told);
	}
}

static void lines_are_json_where_the_log_is(void **state)
{
	if (IS_SANITIZED) skip();
	(void)state;
	ts_log_set_format(TS_LOG_JSON, NULL);
	assert_int_equal(end_of(fault), SIGSEGV);
	ts_log_set_format(TS_LOG_TEXT, NULL);
	for (char *line = strtok(told, "\n"); line; line = strtok(NULL, "\n")) {
		assert_memory_equal(line, "{\"ts\":\"20", 9);
		assert_int_equal(line[strlen(line) - 1], '}');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_die_is_told),
		cmocka_unit_test(lines_are_json_where_the_log_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
