/* meetings - the time of a meeting, and how people come into it, as the room's settings say.
 *
 *   registry: somebody is connected, the last one left, the room is changed --> span.h
 *      --> a chime, and who watches is told --> at the end all people leave
 *   registry: somebody joins --> muted, where the room mutes on entry (whom: mixer/room/roles.h)
 *
 * Thread  control.
 * Full    one struct a room that has settings of this kind.
 */
#ifndef TS_CONTROL_MEETINGS_MEETINGS_H
#define TS_CONTROL_MEETINGS_MEETINGS_H

#include "base/loop.h"
#include "control/announcements/announcements.h"
#include "control/meetings/span.h"
#include "control/rooms/registry.h"

struct ts_meetings;

/* announcements may be NULL: no chime. */
void ts_meetings_create(struct ts_meetings **out, struct ts_loop *loop,
	struct ts_registry *registry, struct ts_announcements *announcements);
/* span->end_ms is near, or moved; 0: it goes on without an end. */
void ts_meetings_watch(struct ts_meetings *meetings,
	void (*ending)(void *arg, struct ts_room *room, const struct ts_span *span), void *arg);
void ts_meetings_destroy(struct ts_meetings **meetings); /* when the rooms are gone; also of NULL */

#endif
