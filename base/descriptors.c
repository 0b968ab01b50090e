#include "base/descriptors.h"
#include <assert.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool ts_descriptors_left(unsigned n)
{
	int fd[TS_DESCRIPTORS_ASKED_MAX];
	unsigned got = 0;
	assert(n <= TS_DESCRIPTORS_ASKED_MAX);
	while (got < n && (fd[got] = got ? fcntl(fd[0], F_DUPFD_CLOEXEC, 0) : eventfd(0, EFD_CLOEXEC)) >= 0) got++;
	for (unsigned i = 0; i < got; i++) close(fd[i]);
	return got == n;
}
