#include "base/descriptors.h"
#include "tests/unit/base/cmocka_all.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

static void a_use_gets_a_quarter(void **state)
{
	struct rlimit before, few;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = 64, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(ts_descriptors_share(), 16);
	for (int i = 0; i < 16; i++) assert_true(ts_descriptors_take(TS_FD_SIP));
	assert_false(ts_descriptors_take(TS_FD_SIP));
	assert_true(ts_descriptors_take(TS_FD_ICE_TCP)); /* another's quarter */
	ts_descriptors_give(TS_FD_ICE_TCP);
	ts_descriptors_give(TS_FD_SIP);
	assert_true(ts_descriptors_take(TS_FD_SIP));
	for (int i = 0; i < 16; i++) ts_descriptors_give(TS_FD_SIP);
	assert_int_equal(ts_descriptors_taken(TS_FD_SIP), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static int listen_on_loopback(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	*at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
	return fd;
}

/* With every descriptor in use, and again: the spare one is there anew. */
static void refuses_without_a_descriptor(void **state)
{
	struct sockaddr_in at;
	struct rlimit before, few;
	char byte;
	int fd[FD_MAX], caller[2];
	unsigned n = 0;
	(void)state;
	int listener = listen_on_loopback(&at);
	ts_descriptors_init();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(before.rlim_cur, before.rlim_max);
	few = (struct rlimit){.rlim_cur = 64, .rlim_max = before.rlim_max};
	assert_false(ts_descriptors_refuse(listener)); /* nobody there */
	for (int i = 0; i < 2; i++) {
		caller[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(caller[i], (struct sockaddr *)&at, sizeof(at)), 0);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < FD_MAX && (fd[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) n++;
	assert_int_equal(accept(listener, NULL, NULL), -1);
	for (int i = 0; i < 2; i++) assert_true(ts_descriptors_refuse(listener));
	for (int i = 0; i < 2; i++) assert_true(read(caller[i], &byte, 1) <= 0);
	assert_false(ts_descriptors_refuse(listener));
	while (n) close(fd[--n]);
	for (int i = 0; i < 2; i++) close(caller[i]);
	close(listener);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counts_what_is_left),
		cmocka_unit_test(a_use_gets_a_quarter),
		cmocka_unit_test(refuses_without_a_descriptor)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
