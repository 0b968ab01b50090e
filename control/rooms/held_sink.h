/* held_sink - a sink that stays with a room while somebody is in it, for a stream that lasts longer
 * than those who come and go.
 *
 *   room changes --> ts_held_sink_attach --who is there--> [ a room's ] --detach--> [ no one's ]
 *
 * Thread  control.
 * Life    embedded in its owner, who detaches it before the room closes, and sets sink.view to NULL
 *         when that view is removed: the room does so while it is attached alone.
 * Full    where the room takes no more sinks, each further attach tries again.
 */
#ifndef TS_CONTROL_ROOMS_HELD_SINK_H
#define TS_CONTROL_ROOMS_HELD_SINK_H

#include "mixer/room/room.h"

struct ts_held_sink {
	struct ts_room_sink sink; /* set by the owner */
	const char *what;         /* "hls": what the log calls it */
	bool attached;            /* sink is the room's */
	int err;                  /* it was not, and that was told */
};

/* Nothing where it is attached, or nobody is in the room. */
void ts_held_sink_attach(struct ts_held_sink *held, struct ts_room *room);
void ts_held_sink_detach(struct ts_held_sink *held, struct ts_room *room);

#endif
