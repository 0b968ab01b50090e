/* pace - when what an input sends is to be played: from the times in a file or stream, which may be
 * missing, jump or begin anew, to our clock. Pure.
 *
 *   pts of a track --line--> time since the beginning, that only goes on --due--> our clock
 *
 * File    the clock begins with the first piece; all else follows in real time. Where decoding
 *         falls far behind, the clock is set back once, for sound and picture alike.
 * Live    what comes is played TS_PACE_LEAD_NS after the newest that had come at the beginning, so
 *         that what a server sends at once of the past (a group of pictures) is skipped. Late: the
 *         clock is set back by that. Early for 10 s: it goes forward by 0.2 %, which the voice
 *         makes good by playing faster (mixer/audio/drift.h). So the clocks of both ends stay
 *         together.
 * Jumps   of more than TS_PACE_JUMP_NS against the track's last, and what goes back: the track
 *         goes on where it was. The other one, when it jumps as well, by as much.
 * Thread  the input's. Zeroed by init.
 */
#ifndef TS_MIXER_LEG_PACE_H
#define TS_MIXER_LEG_PACE_H

#include "base/clock.h"
#include "base/media.h"
#include <stdbool.h>
#include <stdint.h>

#define TS_PACE_NO_TIME INT64_MIN
#define TS_PACE_JUMP_NS (3 * TS_NS_PER_S)
#define TS_PACE_LEAD_NS (80 * TS_NS_PER_MS)

struct ts_pace {
	bool live;
	struct ts_pace_track {
		bool known;
		int64_t off_ns;  /* added to its times */
		int64_t next_ns; /* the end of its last piece */
	} track[2]; /* by enum ts_media */
	int64_t again_ns;        /* the place where it began once more */
	bool started;
	int64_t base_ns;         /* our clock at time 0 */
	/* live: by how much the newest was early, at least, since window_ns */
	int64_t least_ns, window_ns, slew_from_ns;
	int64_t slew_left_ns;    /* that much sooner all is to be */
};

void ts_pace_init(struct ts_pace *pace, bool live);
/* A piece of a track at time_ns (or none), so long: its place since the beginning. */
int64_t ts_pace_line(struct ts_pace *pace, enum ts_media track, int64_t time_ns,
	int64_t duration_ns);
/* What comes next is the beginning once more (a loop), or another connection: it goes on behind
 * all that was, and so long at least after the last time that this was said. */
void ts_pace_again(struct ts_pace *pace, int64_t least_ns);
/* Live, once the first has come: the place of what came last is due after the lead. */
void ts_pace_begin(struct ts_pace *pace, int64_t newest_ns, int64_t now_ns);
/* Live, now and then: the newest that has come is at that place. */
void ts_pace_watch(struct ts_pace *pace, int64_t newest_ns, int64_t now_ns);
/* When the piece at that place is due on our clock; the first one begins it. */
int64_t ts_pace_due(struct ts_pace *pace, int64_t line_ns, int64_t now_ns);
/* The piece was due so long ago that all is to be later. */
void ts_pace_late(struct ts_pace *pace, int64_t by_ns);

#endif
