/* windows - who receives which view: by name, as they or whoever runs the room chose, else by the
 * shape of their window, as they told it.
 *
 *   ?view=, PATCH view ----------------------> that view
 *   ?window=, PATCH window --aspect of views--> the first view that it fits, else main
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_ROOMS_WINDOWS_H
#define TS_CONTROL_ROOMS_WINDOWS_H

#include "control/rooms/registry.h"
#include "mixer/room/views.h"

enum { TS_ASPECT_MAX = 100, TS_WINDOW_MAX = 16384 };

#define TS_VIEW_PATTERN "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,31}$"
/* 1 to 32 of A-Z a-z 0-9 . _ ~ -, not beginning with a dot */
bool ts_view_id_ok(const char *id);
/* "390x844"; TS_EINVAL. */
int ts_window_read(const char *text, int *width, int *height);
/* The view for a window; main where the room is NULL, the window is not known, or none fits. Its
 * id lasts as long as the view. */
const char *ts_window_view(struct ts_room *room, int width, int height);

/* By the window of the participant, where they go by that and have told one. Errors as of
 * ts_participant_set_view. */
int ts_window_follow(struct ts_registry *registry, struct ts_participant *participant);
/* All of a room, whose views have changed. */
void ts_window_follow_all(struct ts_registry *registry, struct ts_room *room);
/* That view from now on, whatever the window; NULL: by the window again. Errors likewise; then
 * nothing has changed. */
int ts_window_choose(struct ts_registry *registry, struct ts_participant *participant,
	struct ts_room_view *view);

#endif
