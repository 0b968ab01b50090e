/* hook - sees which descriptors libre begins to read, and with what. Private to control/sip/.
 *
 * libre has no way to look at a connection before it has read from it, nor at a socket before a
 * message came. But all it reads goes through its exported fd_listen(descriptor, flags, handler,
 * object), and the object is the socket or connection: hook.c has a function of that name, which
 * the dynamic linker takes for libre's own as well, and which calls libre's. tools/lint knows of
 * it.
 *
 * Thread  the one that uses libre.
 */
#ifndef TS_CONTROL_SIP_HOOK_H
#define TS_CONTROL_SIP_HOOK_H

#include "control/sip/re.h"

/* 0; or one of errno's codes, that fd_listen gives to libre, which then closes the descriptor
 * without having read. */
typedef int (*ts_sip_hook_fn)(int fd, fd_h *handler, void *object, void *arg);

/* From now on fn is called for each descriptor that libre has begun to read; NULL: no more. */
void ts_sip_hook(ts_sip_hook_fn fn, void *arg);

#endif
