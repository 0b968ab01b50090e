#include "control/sip/hook.h"
#include <dlfcn.h>
#include <errno.h>

static ts_sip_hook_fn hook;
static void *hook_arg;

void ts_sip_hook(ts_sip_hook_fn fn, void *arg)
{
	hook = fn;
	hook_arg = arg;
}

/* In place of libre's: see hook.h. */
__attribute__((visibility("default"))) int fd_listen(int fd, int flags, fd_h *fh, void *arg)
{
	static int (*libre)(int, int, fd_h *, void *);
	if (!libre) libre = (int (*)(int, int, fd_h *, void *))dlsym(RTLD_NEXT, "fd_listen");
	if (!libre) return ENOSYS;
	int err = libre(fd, flags, fh, arg);
	if (err || !hook || !(flags & FD_READ)) return err;
	err = hook(fd, fh, arg, hook_arg);
	if (err) fd_close(fd);
	return err;
}
