/* automatic - what the settings of a room have played by itself: tones when somebody has come or
 * gone, music for who is alone, a signal that the room is recorded.
 *
 *   registry: connected, left, settings --> [ who is here, of each room ] --> announcements
 *
 * Somebody who comes back in their own place has neither come nor gone. Watchers (WHEP) and
 * inputs make no tone, and do not keep others company. At most one tone a second in a room.
 * Thread  control.
 */
#ifndef TS_CONTROL_ANNOUNCEMENTS_AUTOMATIC_H
#define TS_CONTROL_ANNOUNCEMENTS_AUTOMATIC_H

#include "control/announcements/announcements.h"

struct ts_automatic;

void ts_automatic_create(struct ts_automatic **out, struct ts_registry *registry,
	struct ts_announcements *announcements);
void ts_automatic_destroy(struct ts_automatic **automatic); /* before the announcements */

#endif
