#include "control/rooms/entry.h"

#include "base/clock.h"
#include <string.h>

struct ts_room *ts_registry_by_number(struct ts_registry *registry, const char *number)
{
	struct ts_entry *entry = *number ? g_hash_table_lookup(registry->by_number, number) : NULL;
	return entry ? entry->room : NULL;
}

bool ts_registry_number_is_free(
	struct ts_registry *registry, const char *number, const struct ts_room *own)
{
	const struct ts_room *has = ts_registry_by_number(registry, number),
			     *called = ts_registry_find(registry, number);
	return !*number || ((!has || has == own) && (!called || called == own));
}

void ts_registry_new_number(struct ts_registry *registry, char out[TS_NUMBER_MAX + 1])
{
	do {
		g_snprintf(out, TS_NUMBER_MAX + 1, "%u%08u", 1 + ts_random_u32() % 9,
			ts_random_u32() % 100000000);
	} while (!ts_registry_number_is_free(registry, out, NULL));
}

void ts_entry_set_number(struct ts_registry *registry, struct ts_entry *entry, const char *before)
{
	const char *number = ts_room_config(entry->room)->number;
	if (!strcmp(before, number)) return;
	g_hash_table_remove(registry->by_number, before);
	if (*number) g_hash_table_insert(registry->by_number, g_strdup(number), entry);
}
