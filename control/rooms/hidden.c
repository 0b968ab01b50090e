#include "control/rooms/entry.h"

#include "base/clock.h"
#include "base/error.h"
#include <string.h>

static int make_hidden(
	struct ts_registry *registry, const struct ts_room_config *config, struct ts_entry **out)
{
	if (registry->n_hidden >= TS_HIDDEN_MAX) return TS_EAGAIN;
	int rc = ts_entry_create(registry, config, true, out);
	if (rc) return rc;
	registry->n_hidden++;
	g_queue_push_tail_link(&registry->hidden, &(*out)->link);
	return 0;
}

int ts_registry_join_hidden(struct ts_registry *registry, const struct ts_room_config *config,
	const struct ts_join *join, ts_join_ready ready, void *arg, struct ts_member **out)
{
	const struct ts_newcomer newcomer = {
		.address = join->from, .forgeable = join->from_forgeable, .now_ns = ts_now_ns()};
	struct ts_participant *participant;
	struct ts_entry *entry;
	if (registry->closing) return TS_ECLOSED;
	int rc = *join->from ? ts_half_open_admit(registry->half_open, &newcomer) : 0;
	if (!rc) rc = make_hidden(registry, config, &entry);
	if (rc) return rc;
	struct ts_join alone = *join;
	alone.replaces = NULL; /* nobody else is there */
	rc = ts_room_join(entry->room, &alone, ready, arg, &participant);
	if (rc) {
		ts_entry_close(entry);
		return rc;
	}
	*out = ts_member_welcome(registry, participant, join, &newcomer, *join->from != '\0');
	return 0;
}

int ts_registry_make_hidden(
	struct ts_registry *registry, const struct ts_room_config *config, struct ts_room **out)
{
	struct ts_entry *entry = NULL;
	int rc = ts_registry_take_hidden(registry, config);
	if (!rc) rc = make_hidden(registry, config, &entry);
	if (!rc) *out = entry->room;
	return rc;
}

static struct ts_entry *hidden_entry(struct ts_registry *registry, const struct ts_room *room)
{
	GList *link = registry->hidden.head;
	while (link && ((struct ts_entry *)link->data)->room != room) link = link->next;
	return link ? link->data : NULL;
}

void ts_registry_drop_hidden(struct ts_registry *registry, struct ts_room *hidden)
{
	struct ts_entry *entry = hidden_entry(registry, hidden);
	if (entry && ts_room_is_empty(hidden)) ts_entry_close(entry);
}

int ts_registry_join_at(struct ts_registry *registry, struct ts_room *hidden,
	const struct ts_join *join, ts_join_ready ready, void *arg, struct ts_member **out)
{
	const struct ts_newcomer newcomer = ts_newcomer_of(join);
	struct ts_participant *participant;
	int rc = ts_registry_take_hidden(registry, ts_room_config(hidden));
	if (!rc && *join->from) rc = ts_half_open_admit(registry->half_open, &newcomer);
	if (rc) return rc;
	do {
		/* who gave way may have been the last one there */
		if (!hidden_entry(registry, hidden)) return TS_EAGAIN;
		rc = ts_room_join(hidden, join, ready, arg, &participant);
	} while (rc == TS_ELIMIT &&
		ts_half_open_clear_place(registry->half_open, &newcomer, hidden, join->kind));
	if (rc) return rc == TS_ELIMIT ? TS_EFULL : rc;
	*out = ts_member_settle_in(registry, participant, join, &newcomer);
	return 0;
}

int ts_registry_move_at(
	struct ts_registry *registry, struct ts_participant *participant, struct ts_room *hidden)
{
	if (registry->closing) return TS_ECLOSED;
	int rc = ts_participant_move(participant, hidden);
	if (!rc) ts_half_open_settle(registry->half_open, participant);
	return rc == TS_ELIMIT ? TS_EFULL : rc;
}

bool ts_registry_is_half_open(
	const struct ts_registry *registry, const struct ts_participant *participant)
{
	return ts_half_open_has(registry->half_open, participant);
}

void ts_registry_watch_hidden(struct ts_registry *registry, ts_registry_hidden fn, void *arg)
{
	registry->on_hidden = fn;
	registry->on_hidden_arg = arg;
}
