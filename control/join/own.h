/* own - what a participant may know and change, under /s/{secret}: about themselves, and who else
 * is there.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_JOIN_OWN_H
#define TS_CONTROL_JOIN_OWN_H

#include "control/rooms/registry.h"

struct ts_api;
struct ts_request;

/* PATCH of the participant's own name and mute, a merge patch. */
void ts_own_patch(struct ts_api *api, struct ts_request *request, struct ts_member *member);

#endif
