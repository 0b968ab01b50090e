#include "base/clock.h"
#include "base/error.h"
#include "base/notify.h"
#include "tests/unit/base/cmocka_all.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket as systemd has one, with an abstract name that no other run has. */
static int manager(char address[64])
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int n = snprintf(address, 64, "@tessera-test-notify-%ld", (long)getpid());
	memcpy(at.sun_path, address, (size_t)n);
	at.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
		0);
	return fd;
}

static const char *received(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void sends_lines_to_the_socket_that_is_named(void **state)
{
	char address[64];
	(void)state;
	int fd = manager(address);
	ts_notify("READY=1"); /* nobody is named */
	assert_string_equal(received(fd), "");

	setenv("NOTIFY_SOCKET", address, 1);
	ts_notify("READY=1");
	assert_string_equal(received(fd), "READY=1");
	int64_t before_us = ts_now_ns() / 1000, us;
	ts_notify_reloading();
	assert_int_equal(sscanf(received(fd), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64, &us), 1);
	assert_in_range(us, before_us, ts_now_ns() / 1000);
	close(fd);
	ts_notify("STOPPING=1"); /* the manager is gone: nothing happens */
	unsetenv("NOTIFY_SOCKET");
}

static void refuses_what_is_no_socket(void **state)
{
	char longest[200];
	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(ts_notify_to("", "READY=1"), TS_EINVAL);
	assert_int_equal(ts_notify_to("@", "READY=1"), TS_EINVAL);
	assert_int_equal(ts_notify_to("run/notify", "READY=1"), TS_EINVAL);
	assert_int_equal(ts_notify_to(longest, "READY=1"), TS_EINVAL);
	assert_int_equal(ts_notify_to("/nowhere/notify", "READY=1"), TS_EIO);
}

static void reads_how_often_the_watchdog_wants_to_hear(void **state)
{
	static const struct {
		const char *usec, *pid;
		int64_t want_ns;
	} rows[] = {
		{"20000000", NULL, 10 * TS_NS_PER_S},
		{"20000000", "7", 10 * TS_NS_PER_S},
		{"20000000", "8", 0},
		{"20000000", "", 0},
		{NULL, "7", 0},
		{"", "7", 0},
		{"0", "7", 0},
		{"-5", "7", 0},
		{"5s", "7", 0},
		{"99999999999999999999", "7", 0},
		{"9223372036854775807", "7", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			ts_watchdog_period_ns(rows[i].usec, rows[i].pid, 7), rows[i].want_ns);
}

/* Listens as the manager does, until it has heard three times. */
struct listener {
	struct ts_watch watch;
	struct ts_loop *loop;
	int heard;
};

static void on_heard(struct ts_watch *watch, uint32_t epoll_events)
{
	struct listener *l = ts_container_of(watch, struct listener, watch);
	(void)epoll_events;
	assert_string_equal(received(watch->fd), "WATCHDOG=1");
	if (++l->heard == 3) ts_loop_stop(l->loop);
}

static void says_again_and_again_that_the_loop_lives(void **state)
{
	char address[64];
	struct ts_watchdog watchdog = {0};
	struct listener l = {.watch.fn = on_heard};
	(void)state;
	l.watch.fd = manager(address);
	setenv("NOTIFY_SOCKET", address, 1);
	setenv("WATCHDOG_USEC", "2000", 1);
	assert_int_equal(ts_loop_create(&l.loop, "test-notify"), 0);
	assert_int_equal(ts_loop_watch(l.loop, &l.watch, EPOLLIN), 0);
	ts_watchdog_start(&watchdog, l.loop);
	ts_loop_run(l.loop);
	ts_loop_unwatch(l.loop, &l.watch);
	ts_loop_destroy(&l.loop);
	close(l.watch.fd);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_lines_to_the_socket_that_is_named),
		cmocka_unit_test(refuses_what_is_no_socket),
		cmocka_unit_test(reads_how_often_the_watchdog_wants_to_hear),
		cmocka_unit_test(says_again_and_again_that_the_loop_lives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
