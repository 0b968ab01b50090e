/* snapshot - a view as it is mixed now, as a JPEG.
 *
 *   control --> view strand: takes a reference of the canvas --> painter's strand: encodes
 *       --> control: ready
 */
#ifndef TS_MIXER_ROOM_SNAPSHOT_H
#define TS_MIXER_ROOM_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

struct ts_room_view;

/* On the control loop, once and never from within ts_room_snapshot; not at all when the loop stops
 * before. jpeg [take] is from malloc, NULL on error. TS_ENOTFOUND: nobody ever was in the room. */
typedef void (*ts_snapshot_ready)(void *arg, int err, uint8_t *jpeg, size_t len);

/* TS_EUNSUPPORTED: the engine has no painter; TS_ECLOSED, TS_ENOMEM: ready is not called. The view
 * may go meanwhile.
 * One that nobody receives is composed for it: what another view shows is there, other cameras are
 * placeholders. Of further views those are decoded for two seconds then, for whoever looks again;
 * of main not, where nobody receives video. */
int ts_room_snapshot(struct ts_room_view *view, ts_snapshot_ready ready, void *arg);

#endif
