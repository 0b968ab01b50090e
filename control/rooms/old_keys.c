#include "control/rooms/old_keys.h"

#include "base/random.h"
#include "base/secret.h"
#include "mixer/room/room.h"
#include <string.h>

struct old_key {
	char id[TS_ROOM_ID_MAX + 1], key[TS_SECRET_LEN + 1];
};

static void free_old_key(void *old_key)
{
	explicit_bzero(old_key, sizeof(struct old_key));
	g_free(old_key);
}

void ts_old_keys_init(struct ts_old_keys *keys)
{
	g_queue_init(&keys->list);
}

void ts_old_keys_fini(struct ts_old_keys *keys)
{
	g_queue_clear_full(&keys->list, free_old_key);
}

void ts_old_keys_add(struct ts_old_keys *keys, const char *room_id, const char *key)
{
	struct old_key *old = g_new0(struct old_key, 1);
	g_strlcpy(old->id, room_id, sizeof(old->id));
	g_strlcpy(old->key, key, sizeof(old->key));
	g_queue_push_head(&keys->list, old);
	if (keys->list.length > TS_OLD_KEYS) free_old_key(g_queue_pop_tail(&keys->list));
}

bool ts_old_keys_has(const struct ts_old_keys *keys, const char *room_id, const char *key)
{
	for (const GList *l = keys->list.head; l; l = l->next) {
		const struct old_key *old = l->data;
		if (!strcmp(old->id, room_id) && ts_same_secret(key, old->key)) return true;
	}
	return false;
}
