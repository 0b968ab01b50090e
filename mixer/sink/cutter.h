/* cutter - coded pictures and sound in, the pieces of a live stream out: parts of a third of a
 * second, in segments that begin with a keyframe.
 *
 *   unit, unit, ...  --> [ the part that grows ] --the next picture is too late for it--> part
 *
 *   period 7                      period 8               K: the first keyframe of a period, which
 *   K-----+------+----k-+--------K-----+------+--           begins a segment (0.6 s without one: it
 *   part 0  1      2      3       0      1                  begins anyhow); k: another
 *
 * Periods are those of the grid by which taps request keyframes (tap.h), and the clock of all
 * pieces begins with it: what cutters of the same grid make of outputs of one view fits together.
 * A picture's duration is known when the next one is there: a part goes out one picture late. It
 * is never told as longer than a part may be: what pictures that were skipped leave over, the next
 * parts make good, and at the end of a segment its last pictures are parts of their own, unless
 * there is but one. A segment is what it is, and ends before the picture that would make it too
 * long for the playlist. After a second or three pictures without any, or when they get other
 * parameters, the next segment does not go on where the last one ended (discontinuity). Sound is
 * in the part that is open when it comes, of before its end. Pure but for memory.
 * Thread  none: the owner's.
 * Source  docs of container/playlist.h, whose constants these are; container/fmp4.h.
 * Full    256 pictures end a part; of sound that waits for pictures the newest 256 packets stay.
 *         Out of memory: the part is lost, and the next one says so by a discontinuity.
 */
#ifndef TS_MIXER_SINK_CUTTER_H
#define TS_MIXER_SINK_CUTTER_H

#include "base/blob.h"
#include "codec/avcc.h"
#include "container/muxer.h"
#include "mixer/sink/tap.h"
#include <stdbool.h>

struct ts_cut_part {
	struct ts_cut_part *next;  /* whoever has it */
	struct ts_blob *bytes;
	struct ts_blob *init;      /* from this one on another; NULL: as before */
	bool begins, ends;         /* its segment */
	bool discontinuity, independent;
	int64_t period;            /* of its segment */
	int64_t time_ns, duration_ns; /* on the clock of what was given */
	int64_t told_ns;              /* at most TS_PLAYLIST_PART_NS */
	/* with init */
	char video[TS_AVCC_NAME_MAX];
	int width, height, fps;
};
/* Also of NULL. */
void ts_cut_part_free(struct ts_cut_part *part);

struct ts_cutter;
/* emit: part [give]; stereo: its sound has two channels. What is before the grid is not taken. */
int ts_cutter_create(struct ts_cutter **out, const struct ts_tap_keys *grid, bool stereo,
	void (*emit)(void *arg, struct ts_cut_part *part), void *arg);
void ts_cutter_destroy(struct ts_cutter **cutter); /* also of NULL */

struct ts_cut_unit {
	const uint8_t *bytes;
	size_t len;
	bool key;
	int64_t time_ns, duration_ns; /* of pictures: until the next one, where none comes */
};
/* track: of the stream that the picture is of, in Annex B as of container/muxer.h. Nothing is taken
 * before a keyframe. */
void ts_cutter_video(struct ts_cutter *cutter, const struct ts_cut_unit *unit,
	const struct ts_track *track);
void ts_cutter_audio(struct ts_cutter *cutter, const struct ts_cut_unit *unit);
/* So long without pictures is a gap. */
int64_t ts_cutter_gap_ns(const struct ts_cutter *cutter);
/* No more for now: what is there goes out. */
void ts_cutter_flush(struct ts_cutter *cutter);

#endif
