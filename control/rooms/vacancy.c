/* vacancy - where is somebody, and may others come? What draining (drain.h) is to the registry. */
#include "base/error.h"
#include "control/rooms/entry.h"
#include <string.h>

void ts_registry_set_draining(struct ts_registry *registry, bool draining)
{
	registry->draining = draining;
}

/* Who has shown nothing yet does not keep a room going. */
static bool is_running(const struct ts_registry *registry, const struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first((struct ts_room *)(uintptr_t)room); p;
		p = ts_room_next(p))
		if (!ts_half_open_has(registry->half_open, p)) return true;
	return false;
}

/* Somebody is in the room of that id, or waits for it. */
static bool is_alive(const struct ts_registry *registry, const char *room_id)
{
	const struct ts_entry *entry = g_hash_table_lookup(registry->by_id, room_id);
	if (entry && is_running(registry, entry->room)) return true;
	for (const GList *link = registry->hidden.head; link; link = link->next) {
		const struct ts_room *hidden = ((const struct ts_entry *)link->data)->room;
		if (!strcmp(ts_room_config(hidden)->waits_for, room_id) &&
			is_running(registry, hidden))
			return true;
	}
	return false;
}

int ts_registry_take(const struct ts_registry *registry, const char *room_id)
{
	if (registry->closing) return TS_ECLOSED;
	return registry->draining && !is_alive(registry, room_id) ? TS_EDRAINING : 0;
}

int ts_registry_take_hidden(const struct ts_registry *registry, const struct ts_room_config *config)
{
	if (*config->waits_for) return ts_registry_take(registry, config->waits_for);
	return registry->closing ? TS_ECLOSED : 0;
}

static bool all_empty(const GQueue *entries)
{
	for (const GList *link = entries->head; link; link = link->next)
		if (ts_room_first(((const struct ts_entry *)link->data)->room)) return false;
	return true;
}

bool ts_registry_is_vacant(const struct ts_registry *registry)
{
	return all_empty(&registry->open) && all_empty(&registry->hidden);
}
