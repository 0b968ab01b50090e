/* recordings - all of this server: those that run, and those whose files are there.
 *
 *   POST, or "record": "always" --> runs <--> paused --> finishing --> done --hook--> kept, until
 *                                     |                                 DELETE or retention
 *                                     \--> ends: asked for, nobody is in the room any more, too
 *                                          long, no room on the disk, the server stops
 *
 * A recording lasts while somebody is in its room. It is taken from the largest output of a view
 * and the room's shared mix, which others have anyway (mixer/room/room.h: sinks). Where that view
 * is removed it goes on with main.
 * Thread  control; files are written and removed elsewhere (files.h).
 * Life    close ends all and waits for their files; then destroy.
 * Full    TS_RECORDINGS_MAX are known; where more than that are kept the oldest finished ones are
 *         forgotten until a restart, their files stay.
 */
#ifndef TS_CONTROL_RECORDINGS_RECORDINGS_H
#define TS_CONTROL_RECORDINGS_RECORDINGS_H

#include "control/recordings/recording.h"
#include "control/rooms/registry.h"

enum { TS_RECORDINGS_MAX = 20000 };

struct ts_recordings;
struct ts_config;
struct ts_texts;

struct ts_recording_wish {
	enum ts_container container;
	const char *name; /* "": none */
	int max_duration_s;
	bool with_tracks; /* each participant's own streams, too */
	struct ts_room_view *view; /* of the room; NULL: main */
};

/* Watches the registry, and looks at the folder: TS_EIO where recording.dir is set and cannot be
 * used. */
int ts_recordings_create(struct ts_recordings **out, struct ts_loop *loop,
	struct ts_registry *registry, const struct ts_config *config);
/* Of each that begins, changes or ends. gone: it was removed; the last that is told of it. */
typedef void (*ts_recordings_changed)(void *arg, const struct ts_recording *recording, bool gone);
void ts_recordings_watch(struct ts_recordings *recordings, ts_recordings_changed changed,
	void *arg);
/* What is said in rooms is written beside their recordings from now on; once. */
void ts_recordings_use_texts(struct ts_recordings *recordings, struct ts_texts *texts);
/* After the rooms have closed; done, possibly at once, when all files are closed. */
void ts_recordings_close(struct ts_recordings *recordings, void (*done)(void *arg), void *arg);
void ts_recordings_destroy(struct ts_recordings **recordings); /* also of NULL */

/* TS_ENOTFOUND: nobody is in the room; TS_EFULL: the disk, or the quota, is; TS_ELIMIT: as many run
 * as may, in this room or in all; TS_EEXIST: with_tracks, and one with tracks runs in this room;
 * TS_EIO, TS_ENOMEM. */
int ts_recordings_start(struct ts_recordings *recordings, struct ts_room *room,
	const struct ts_recording_wish *wish, const struct ts_recording **out);
/* NULL: there is none. */
const struct ts_recording *ts_recordings_find(struct ts_recordings *recordings,
	const char *room_id, const char *id);
/* Those of a room, the oldest first; *at: 0 for the first. NULL: no more. */
const struct ts_recording *ts_recordings_next(struct ts_recordings *recordings,
	const char *room_id, size_t *at);
/* TS_EINVAL: it does not run any more. */
int ts_recordings_pause(struct ts_recordings *recordings, const struct ts_recording *recording,
	bool paused);
/* Stops it if it runs. forget: its files go too, and it with them. */
void ts_recordings_stop(struct ts_recordings *recordings, const struct ts_recording *recording,
	bool forget);
/* For reading; part 0: the sidecar. -1: there is none. */
int ts_recordings_open(struct ts_recordings *recordings, const struct ts_recording *recording,
	size_t part);
/* For reading its captions. -1: there are none. */
int ts_recordings_open_captions(struct ts_recordings *recordings,
	const struct ts_recording *recording);
/* For reading a track, by its number. -1: there is none. */
int ts_recordings_open_track(struct ts_recordings *recordings,
	const struct ts_recording *recording, int number);

#endif
