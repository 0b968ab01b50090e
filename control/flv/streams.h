/* streams - the rooms of this server that are sent as HTTP-FLV, a reply without end for players
 * that want it soon: which there are, their keys, who watches.
 *
 *   start, or "flv": "always" --> [ somebody is in the room, and somebody watches ] --> stop,
 *                                   coded units --tags (tags.h)--> viewers              room closed
 *
 * Players cannot send headers: who may join may watch, by the PIN in the query, or by a key in the
 * path, which is one for all of a stream. After the room's PIN was changed it is another, and those
 * who watch must come again.
 * Nothing is coded before the first viewer, nor five seconds after the last has gone.
 * Thread  control.
 * Life    close ends all; viewers end with their requests, before destroy.
 * Full    flv.max_streams; flv.max_viewers in all, of which a tenth (8 at least) of one address; of
 *         one stream flv.max_mb in memory. A viewer who is four seconds behind skips to the newest
 *         keyframe; one who takes nothing for ten is left, as is one for whom nothing was made
 *         for thirty.
 */
#ifndef TS_CONTROL_FLV_STREAMS_H
#define TS_CONTROL_FLV_STREAMS_H

#include "base/random.h"
#include "control/rooms/registry.h"

struct ts_flv;
struct ts_flv_stream;
struct ts_config;
struct ts_request;

/* Watches the registry. */
void ts_flv_create(struct ts_flv **out, struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config);
void ts_flv_close(struct ts_flv *flv);
void ts_flv_destroy(struct ts_flv **flv); /* also of NULL; all requests have ended */

/* Of a view of the room, which is main once that is removed; NULL: of main. One each room:
 * TS_EEXIST. TS_ELIMIT: flv.max_streams; TS_ECLOSED, TS_ENOMEM. */
int ts_flv_start(struct ts_flv *flv, struct ts_room *room, struct ts_room_view *view,
	struct ts_flv_stream **out);
void ts_flv_stop(struct ts_flv *flv, struct ts_flv_stream *stream);
struct ts_flv_stream *ts_flv_find(struct ts_flv *flv, const char *room_id); /* NULL */

struct ts_flv_info {
	const char *room, *key;
	bool live;                   /* somebody is in the room: it is coded, or would be */
	int64_t made_bytes, dropped; /* dropped: units, on their way to here */
	size_t viewers;
};
void ts_flv_info(const struct ts_flv_stream *stream, struct ts_flv_info *out);
/* In a time that tells nothing of the right one. */
bool ts_flv_key_is(const struct ts_flv_stream *stream, const char *key);
/* Was it that of a stream of this room? */
bool ts_flv_key_was(const struct ts_flv *flv, const char *room_id, const char *key);

/* viewers.c: answers with the stream, or with 503. */
void ts_flv_watch(struct ts_flv_stream *stream, struct ts_request *request);

#endif
