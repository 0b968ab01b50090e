/* old_keys - keys of streams that open nothing any more, so that players which go on asking by
 * them count as no guesses.
 * Thread  control. Full: the TS_OLD_KEYS newest are remembered. */
#ifndef TS_CONTROL_ROOMS_OLD_KEYS_H
#define TS_CONTROL_ROOMS_OLD_KEYS_H

#include <glib.h>
#include <stdbool.h>

enum { TS_OLD_KEYS = 512 };

struct ts_old_keys {
	GQueue list; /* [owned], the newest first */
};

void ts_old_keys_init(struct ts_old_keys *keys);
void ts_old_keys_fini(struct ts_old_keys *keys);
/* key: of TS_SECRET_LEN. */
void ts_old_keys_add(struct ts_old_keys *keys, const char *room_id, const char *key);
bool ts_old_keys_has(const struct ts_old_keys *keys, const char *room_id, const char *key);

#endif
