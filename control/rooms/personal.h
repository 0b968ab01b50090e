/* personal - what a body says of a participant's own view and sound (mixer/room/personal.h): read
 * whole before anything changes.
 *
 *   {"self":"hide", "layout":"speaker", "volumes":{"01H...":0.5, "01J...":null}}
 *
 * Volumes that are not named stay; null or 1 takes one back. null for all: none is left.
 * Thread  control.
 */
#ifndef TS_CONTROL_ROOMS_PERSONAL_H
#define TS_CONTROL_ROOMS_PERSONAL_H

#include "control/http/context.h"
#include "mixer/room/personal.h"
#include "mixer/room/views.h"
#include <jansson.h>

struct ts_request;

/* NULL-terminated, by enum ts_self without ROOM. */
extern const char *const ts_self_names[];
/* text NULL: ROOM. */
enum ts_self ts_self_named(const char *text);

struct ts_personal_change {
	struct ts_wants wants;  /* the document: the store's */
	struct ts_volume volume[TS_VOLUMES_MAX];
	size_t n_volumes;
	bool wants_named, volumes_named;
};

/* Of a checked patch. view: the one that a layout is to be of use in, NULL: not known yet.
 * False: answered 422, and nothing has changed. */
bool ts_personal_read(struct ts_api *api, struct ts_request *request,
	const struct ts_participant *participant, const struct ts_room_view *view,
	const json_t *patch, struct ts_personal_change *out);
/* In force, or refused by the room, at once. */
void ts_personal_use(struct ts_participant *participant, const struct ts_personal_change *change);

#endif
