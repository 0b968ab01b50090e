#include "base/beneath.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* not blocking: a pipe without a writer would wait for one */
#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* One name after the other, without any link. */
static int open_by_names(int folder, const char *path)
{
	int at = dup(folder);
	while (at >= 0) {
		char name[NAME_MAX + 1];
		const size_t n = strcspn(path, "/");
		const bool last = !path[n];
		if (n >= sizeof name) {
			close(at);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		const int next = openat(at, n ? name : ".",
			(last ? FILE_FLAGS : O_RDONLY | O_CLOEXEC | O_DIRECTORY) | O_NOFOLLOW);
		const int err = errno;
		close(at);
		errno = err;
		if (last) return next;
		at = next;
		path += n + 1;
	}
	return -1;
}

static bool leaves(const char *path)
{
	if (!*path || *path == '/' || strlen(path) >= PATH_MAX) return true;
	for (const char *at = path; *at; at += strspn(at, "/")) {
		const size_t n = strcspn(at, "/");
		if (n == 2 && at[0] == '.' && at[1] == '.') return true;
		at += n;
	}
	return false;
}

static int code_of(int err)
{
	switch (err) {
	case EXDEV:
	case ELOOP:
	case ENAMETOOLONG: return TS_EINVAL;
	case ENOENT:
	case ENOTDIR: return TS_ENOTFOUND;
	default: return TS_EIO;
	}
}

int ts_open_beneath(int *fd, const char *folder, const char *path)
{
	const struct open_how how = {
		.flags = FILE_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	struct stat st;
	*fd = -1;
	if (leaves(path)) return TS_EINVAL;
	const int root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) return code_of(errno);
	int file = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	/* an older kernel, or one that a container keeps this from */
	if (file < 0 && (errno == ENOSYS || errno == EPERM)) file = open_by_names(root, path);
	const int err = errno;
	close(root);
	if (file < 0) return code_of(err);
	if (fstat(file, &st) || !S_ISREG(st.st_mode)) {
		close(file);
		return TS_EUNSUPPORTED;
	}
	*fd = file;
	return 0;
}
