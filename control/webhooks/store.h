/* store - webhooks that REST made, on disk: STATE/webhooks/ID.json, which hold secrets and so are
 * for this user alone (0600, in a folder of 0700). Beside each, ID/ is its queue.
 *
 * Thread  control. Writing waits for the disk: webhooks are changed by people, not by programs.
 */
#ifndef TS_CONTROL_WEBHOOKS_STORE_H
#define TS_CONTROL_WEBHOOKS_STORE_H

#include "control/webhooks/hook.h"

/* [give] The folder of state_dir; "": the user's own, as XDG and systemd say. */
char *ts_hook_store_folder(const char *state_dir);
/* TS_EIO: not written (logged). */
int ts_hook_store_put(const char *folder, const struct ts_hook *hook);
int ts_hook_store_remove(const char *folder, const char *id);
/* Each that can be read, the oldest first; what cannot be is told in the log and left alone. hook
 * is given. */
void ts_hook_store_read(
	const char *folder, void (*found)(void *arg, struct ts_hook *hook), void *arg);

#endif
