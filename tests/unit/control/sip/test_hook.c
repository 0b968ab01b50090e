/* What stands in for libre's fd_listen: who is told of a descriptor, and may refuse it. */
#include "control/sip/hook.h"
#include "tests/unit/base/cmocka_all.h"
#include <errno.h>
#include <unistd.h>

static int pipe_fds[2], told, verdict;
static bool was_read;

static int begin(void **state)
{
	(void)state;
	told = 0;
	was_read = false;
	if (libre_init() || fd_setsize(1024) || poll_method_set(METHOD_EPOLL) || pipe(pipe_fds))
		return -1;
	return write(pipe_fds[1], "x", 1) == 1 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	ts_sip_hook(NULL, NULL);
	fd_close(pipe_fds[0]);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	libre_close();
	return 0;
}

static void on_readable(int flags, void *arg)
{
	(void)flags, (void)arg;
	was_read = true;
	re_cancel();
}

static void on_due(void *arg)
{
	(void)arg;
	re_cancel();
}

static int on_listen(int fd, fd_h *handler, void *object, void *arg)
{
	assert_int_equal(fd, pipe_fds[0]);
	assert_ptr_equal(handler, on_readable);
	assert_ptr_equal(object, &was_read);
	assert_ptr_equal(arg, &told);
	told++;
	return verdict;
}

static void run(void)
{
	struct tmr tmr;
	tmr_init(&tmr);
	tmr_start(&tmr, 20, on_due, NULL);
	assert_int_equal(re_main(NULL), 0);
	tmr_cancel(&tmr);
}

static void who_is_taken_is_read(void **state)
{
	(void)state;
	verdict = 0;
	ts_sip_hook(on_listen, &told);
	assert_int_equal(fd_listen(pipe_fds[0], FD_READ, on_readable, &was_read), 0);
	assert_int_equal(told, 1);
	run();
	assert_true(was_read);
}

static void who_is_refused_is_never_read(void **state)
{
	(void)state;
	verdict = ENOMEM;
	ts_sip_hook(on_listen, &told);
	assert_int_equal(fd_listen(pipe_fds[0], FD_READ, on_readable, &was_read), ENOMEM);
	assert_int_equal(told, 1);
	run();
	assert_false(was_read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_is_taken_is_read, begin, end),
		cmocka_unit_test_setup_teardown(who_is_refused_is_never_read, begin, end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
