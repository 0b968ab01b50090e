/* tracks - each participant's own streams beside the mix ("tracks": "mix+participants"): who is
 * there, and may be heard or seen, has a file for each of their streams.
 *
 *   connected, not muted --> [ runs: ID-t1.mkv ] --muted, left, paused, another codec--> closed
 *                                 ^--- unmuted, back: another file ---/
 *
 * Private to the recordings.
 * Thread  control; files are written elsewhere (mixer/sink/track.h).
 * Full    TS_RECORDING_TRACKS_MAX files of one recording, TS_RECORDING_TRACKS_EACH of one
 *         participant: further streams are left out. A file that cannot be written ends all of the
 *         recording's tracks, not the mix.
 */
#ifndef TS_CONTROL_RECORDINGS_TRACKS_H
#define TS_CONTROL_RECORDINGS_TRACKS_H

#include "control/recordings/core.h"

struct ts_tracks; /* those of one recording that are not closed yet */

/* closed: the last one is, of a recording that has ended. */
struct ts_tracks *ts_tracks_new(struct ts_recorded *recorded,
	void (*closed)(struct ts_recorded *recorded));
void ts_tracks_free(struct ts_tracks *tracks); /* also of NULL; all are closed */
/* Begins and ends them by what the room is now. */
void ts_tracks_follow(struct ts_tracks *tracks);
/* What they have done, into the recording. */
void ts_tracks_look(struct ts_tracks *tracks);
/* All of them; `closed` follows where one was open. */
void ts_tracks_end(struct ts_tracks *tracks);
bool ts_tracks_are_open(const struct ts_tracks *tracks); /* NULL: no */

#endif
