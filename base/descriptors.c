#include "base/descriptors.h"
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHARES = 4 };

static atomic_uint taken[TS_FD_USES];
static atomic_int spare = -1;

static int open_one(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

void ts_descriptors_init(void)
{
	struct rlimit limit;
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (atomic_load(&spare) < 0) atomic_store(&spare, open_one());
}

unsigned ts_descriptors_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > INT_MAX) return INT_MAX;
	return (unsigned)limit.rlim_cur;
}

unsigned ts_descriptors_share(void)
{
	return ts_descriptors_limit() / SHARES;
}

bool ts_descriptors_take(enum ts_descriptors_use use)
{
	if (atomic_fetch_add(&taken[use], 1) < ts_descriptors_share()) return true;
	ts_descriptors_give(use);
	return false;
}

void ts_descriptors_give(enum ts_descriptors_use use)
{
	unsigned before = atomic_fetch_sub(&taken[use], 1);
	assert(before > 0);
	(void)before;
}

unsigned ts_descriptors_taken(enum ts_descriptors_use use)
{
	return atomic_load(&taken[use]);
}

bool ts_descriptors_refuse(int listen_fd)
{
	int fd = atomic_exchange(&spare, -1);
	if (fd >= 0) close(fd);
	int connection = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (connection >= 0) close(connection);
	fd = open_one();
	int none = -1;
	/* another thread was faster */
	if (fd >= 0 && !atomic_compare_exchange_strong(&spare, &none, fd)) close(fd);
	return connection >= 0;
}

bool ts_descriptors_left(unsigned n)
{
	int fd[TS_DESCRIPTORS_ASKED_MAX];
	unsigned got = 0;
	assert(n <= TS_DESCRIPTORS_ASKED_MAX);
	while (got < n &&
		(fd[got] = got ? fcntl(fd[0], F_DUPFD_CLOEXEC, 0) : eventfd(0, EFD_CLOEXEC)) >= 0)
		got++;
	for (unsigned i = 0; i < got; i++) close(fd[i]);
	return got == n;
}
