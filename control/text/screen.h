/* screen - captions on the pictures of rooms, for views that show them (view setting `captions`).
 *
 *   texts --caption--> lines of now --ts_room_set_captions--> the room's views
 *                        \--twice a second while any are there: what is old goes
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_TEXT_SCREEN_H
#define TS_CONTROL_TEXT_SCREEN_H

#include "control/text/texts.h"

struct ts_screen;

void ts_screen_create(struct ts_screen **out, struct ts_loop *loop, struct ts_registry *registry,
	struct ts_texts *texts);
void ts_screen_destroy(struct ts_screen **screen); /* before the texts; also of NULL */

#endif
