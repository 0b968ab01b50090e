#include "base/notify.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int ts_notify_to(const char *address, const char *lines)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(address);
	if ((address[0] != '/' && address[0] != '@') || len < 2 || len >= sizeof(to.sun_path))
		return TS_EINVAL;
	memcpy(to.sun_path, address, len);
	if (to.sun_path[0] == '@') to.sun_path[0] = '\0'; /* Linux's abstract names */

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return TS_EIO;
	ssize_t n = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
	return n < 0 ? TS_EIO : 0;
}

void ts_notify(const char *lines)
{
	const char *address = getenv("NOTIFY_SOCKET");
	if (!address || !*address) return;
	if (ts_notify_to(address, lines))
		ts_debug("service manager not notified", "socket=%s", TS_LOG_STR(address));
}

void ts_notify_reloading(void)
{
	char lines[64];
	int64_t now_us = ts_now_ns() / TS_NS_PER_US;
	snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_us);
	ts_notify(lines);
}

static int64_t number(const char *text)
{
	char *end;
	errno = 0;
	long long n = text && *text ? strtoll(text, &end, 10) : 0;
	return n > 0 && !errno && !*end ? n : 0;
}

int64_t ts_watchdog_period_ns(const char *usec, const char *pid, long own_pid)
{
	int64_t us = number(usec);
	if (pid && number(pid) != own_pid) return 0;
	return us > INT64_MAX / TS_NS_PER_US ? 0 : us * TS_NS_PER_US / 2;
}

static void on_alive(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_watchdog *watchdog = ts_container_of(timer, struct ts_watchdog, timer);
	ts_notify("WATCHDOG=1");
	ts_loop_timer_set(watchdog->loop, timer, now_ns + watchdog->period_ns);
}

void ts_watchdog_start(struct ts_watchdog *watchdog, struct ts_loop *loop)
{
	watchdog->period_ns = ts_watchdog_period_ns(
		getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), (long)getpid());
	if (!watchdog->period_ns) return;
	watchdog->loop = loop;
	watchdog->timer.fn = on_alive;
	ts_loop_timer_set(loop, &watchdog->timer, ts_now_ns());
}
