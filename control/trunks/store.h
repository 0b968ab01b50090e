/* store - trunks that REST made, on disk: STATE/trunks/NAME.json, which hold passwords and so are
 * for this user alone (0600, in a folder of 0700).
 *
 * Thread  control. Writing waits for the disk: trunks are changed by people, not by programs.
 */
#ifndef TS_CONTROL_TRUNKS_STORE_H
#define TS_CONTROL_TRUNKS_STORE_H

#include "control/sip/trunk_config.h"

/* [give] The folder of state_dir; "": the user's own, as XDG and systemd say. */
char *ts_trunk_store_folder(const char *state_dir);
/* TS_EIO: not written (logged). */
int ts_trunk_store_put(const char *folder, const struct ts_trunk_config *config);
int ts_trunk_store_remove(const char *folder, const char *name);
/* Each that can be read, by name; what cannot be is told in the log and left alone. config is
 * given. */
void ts_trunk_store_read(
	const char *folder, void (*found)(void *arg, struct ts_trunk_config *config), void *arg);

#endif
