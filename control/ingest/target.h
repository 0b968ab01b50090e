/* target - what a publisher asks for, in whatever way they write it: room, PIN or token, name.
 *
 *   RTMP  app "live", key "ROOM?pin=1234&name=Studio"      rtmp://host/live/ROOM?pin=...
 *         app "ROOM", key "1234"                           server rtmp://host/ROOM, stream key 1234
 *         app "ROOM?pin=1234", key ""                      rtmp://host/ROOM?pin=...
 *         app "live/ROOM", key "1234"                      rtmp://host/live/ROOM/1234
 *   SRT   streamid "#!::r=ROOM,m=publish,s=1234,u=Studio"  or "ROOM?pin=1234&name=Studio"
 *
 * Values are percent-decoded where they stand in a query, and the whole stream id where it begins
 * with "%23": programs differ in whether they decode what stood in their own URL. Of the queries of
 * app and key that of the key counts where both name a thing.
 * Pure. Thread  any.
 * Source  SRT access control (stream id) guidelines of libsrt.
 */
#ifndef TS_CONTROL_INGEST_TARGET_H
#define TS_CONTROL_INGEST_TARGET_H

#include "layout/name.h"
#include "mixer/room/room.h"

enum { TS_TARGET_SECRET_MAX = 256 };

struct ts_target {
	char room[TS_ROOM_ID_MAX + 1];
	char secret[TS_TARGET_SECRET_MAX + 1]; /* PIN or token; "": none */
	char name[TS_NAME_MAX + 1];            /* "": none */
};

/* TS_EINVAL: it names no room, or something in it cannot be read; out is empty then. */
int ts_target_of_rtmp(struct ts_target *out, const char *app, const char *key);
/* TS_EUNSUPPORTED: it wants something else than to publish. */
int ts_target_of_streamid(struct ts_target *out, const char *streamid);

#endif
