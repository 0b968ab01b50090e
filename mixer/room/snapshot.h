/* snapshot - the main view as it is mixed now, as a JPEG.
 *
 *   control --> view strand: takes a reference of the canvas --> painter's strand: encodes
 *       --> control: ready
 */
#ifndef TS_MIXER_ROOM_SNAPSHOT_H
#define TS_MIXER_ROOM_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

struct ts_room;

/* On the control loop, once and never from within ts_room_snapshot; not at all when the loop stops
 * before. jpeg [take] is from malloc, NULL on error. TS_ENOTFOUND: nobody ever was in the room. */
typedef void (*ts_snapshot_ready)(void *arg, int err, uint8_t *jpeg, size_t len);

/* TS_EUNSUPPORTED: the engine has no painter; TS_ECLOSED, TS_ENOMEM: ready is not called. Where
 * nobody receives video no camera is decoded, and the tiles are placeholders. */
int ts_room_snapshot(struct ts_room *room, ts_snapshot_ready ready, void *arg);

#endif
