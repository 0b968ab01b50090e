/* reload - other settings for a server that runs: which are taken, which need another start.
 *
 *   fresh (read anew, checked alone) -> each key that differs: reload "now"? -> taken over : told
 *      -> check of what came of it -> kept, or all as it was
 *
 * The check is needed twice: a token may be taken away only with the address that needs it, and
 * addresses need a restart.
 * Thread  control. Keys of TS_RELOAD_NOW are read by it alone, each time they are needed.
 */
#ifndef TS_CONFIG_RELOAD_H
#define TS_CONFIG_RELOAD_H

#include "config/config.h"

struct ts_config_change {
	const char *section, *name; /* "": a [trunk NAME] */
	bool taken;                 /* false: it needs a restart */
	const char *value;          /* the new one; NULL: a secret */
};

/* fn: once for each key that differs, when all is decided. TS_EINVAL: they do not go together
 * with those that stay; nothing has changed, and nothing was told. */
int ts_config_reload(struct ts_config *config, const struct ts_config *fresh,
	void (*fn)(void *arg, const struct ts_config_change *change), void *arg, char *err,
	size_t err_cap);

#endif
