#include "control/rooms/held_sink.h"

#include "base/error.h"
#include "base/log.h"
#include "control/rooms/registry.h"

void ts_held_sink_attach(struct ts_held_sink *held, struct ts_room *room)
{
	if (held->attached || !ts_registry_has_somebody(room)) return;
	held->attached = true; /* before: the room tells of its change meanwhile */
	const int err = ts_room_add_sink(room, &held->sink);
	held->attached = !err;
	/* tried again whenever the room changes, which is often */
	if (err && err != held->err)
		ts_warn(held->what, "room=%s error=%s", ts_room_config(room)->id, ts_strerror(err));
	held->err = err;
}

void ts_held_sink_detach(struct ts_held_sink *held, struct ts_room *room)
{
	if (!held->attached) return;
	held->attached = false;
	ts_room_remove_sink(room, &held->sink);
}
