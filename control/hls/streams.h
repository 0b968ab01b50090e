/* streams - the rooms of this server that are sent as HLS, for boxes and browsers that have nothing
 * better: which there are, their keys, who waits for what is not there yet.
 *
 *   start, or "hls": "always" --> [ somebody is in the room: its mix is cut ] --> stop, room closed
 *                                   parts --> window (window.h) --> players that ask
 *                                                     \--> those that waited
 *
 * Players cannot send headers: whoever was admitted gets a key, which stands in the path of all
 * they ask for. It is one for all of a stream, and another after the room's PIN was changed: who
 * has the old one must be admitted again.
 * What a stream ended with that was not stopped by request stays for a minute, by its key: the
 * playlist says that it is all.
 * It is sent in as many sizes as hls.renditions says and the room's ladder has, whose segments are
 * of the same time by the same numbers. Of each nothing is cut before the first request, nor when
 * nobody has asked for anything of it for a minute.
 * Keys that are no more are remembered, so that players which go on asking count as no guesses.
 * Thread  control; pieces are cut elsewhere (mixer/sink/segmenter.h).
 * Life    close ends all and waits for the strands; then destroy.
 * Full    hls.max_streams; of one hls.max_mb in memory; hls.max_waiting requests wait, a
 *         tenth of them (8 at least) of one address, each 6 s at most; the 512 newest of the old
 *         keys are remembered.
 */
#ifndef TS_CONTROL_HLS_STREAMS_H
#define TS_CONTROL_HLS_STREAMS_H

#include "base/random.h"
#include "control/hls/window.h"
#include "control/rooms/registry.h"

struct ts_hls;
struct ts_hls_stream;
struct ts_config;
struct ts_texts;
struct ts_request;

/* Watches the registry. pool: what cutting is done on. */
int ts_hls_create(struct ts_hls **out, struct ts_loop *loop, struct ts_pool *pool,
	struct ts_registry *registry, const struct ts_config *config);
/* Captions are sent from now on, of the whole rooms; once, before the first stream. */
void ts_hls_use_texts(struct ts_hls *hls, struct ts_texts *texts);
/* After the rooms have closed; done, possibly at once, when nothing is cut any more. */
void ts_hls_close(struct ts_hls *hls, void (*done)(void *arg), void *arg);
void ts_hls_destroy(struct ts_hls **hls); /* also of NULL */

/* Of a view of the room, which is main once that is removed; NULL: of main. One each room:
 * TS_EEXIST. TS_ELIMIT: hls.max_streams; TS_ECLOSED, TS_ENOMEM. */
int ts_hls_start(struct ts_hls *hls, struct ts_room *room, struct ts_room_view *view,
	struct ts_hls_stream **out);
/* It is not wanted any more: its key opens nothing from now on. */
void ts_hls_stop(struct ts_hls *hls, struct ts_hls_stream *stream);
/* It has come to its end: what it ended with stays for a minute. */
void ts_hls_end(struct ts_hls *hls, struct ts_hls_stream *stream);
struct ts_hls_stream *ts_hls_find(struct ts_hls *hls, const char *room_id); /* NULL */

/* What is left of one that has ended; NULL: nothing. */
struct ts_hls_stream *ts_hls_find_ended(struct ts_hls *hls, const char *room_id, const char *key);

struct ts_hls_info {
	const char *room, *key;
	bool live;             /* somebody is in the room: pieces are cut, or would be */
	int64_t made_bytes, dropped; /* dropped: units, on their way to where they are cut */
};
void ts_hls_info(const struct ts_hls_stream *stream, struct ts_hls_info *out);
/* In a time that tells nothing of the right one. */
bool ts_hls_key_is(const struct ts_hls_stream *stream, const char *key);
/* Was it that of a stream of this room? */
bool ts_hls_key_was(const struct ts_hls *hls, const char *room_id, const char *key);

/* ---- answers, now or when the thing is there */

/* The multivariant playlist, whose paths begin with the key. */
void ts_hls_reply_index(struct ts_hls_stream *stream, struct ts_request *request, bool with_key);
/* name: which rendition's. msn, part: of a reload; -1: not given. */
void ts_hls_reply_list(struct ts_hls_stream *stream, struct ts_request *request,
	const struct ts_playlist_name *name, int msn, int part);
/* The playlist of captions. */
void ts_hls_reply_captions(struct ts_hls_stream *stream, struct ts_request *request);
void ts_hls_reply_piece(struct ts_hls_stream *stream, struct ts_request *request,
	const struct ts_playlist_name *name);

#endif
