/* copies - the packets of an input given on as they are read, each with the time on our clock at
 * which it is played: for tracks of recordings (mixer/source/coded.h).
 *
 *   player, before it decodes: packet --> [ 128, until the clock has begun ] --> coded
 *
 * Times go by the pace of what is played (pace.h); what it has not said yet waits. Where the clock
 * is set back or forward, it is so from a picture on that is shown behind all before it. A jump of
 * the packets' times, of which the pace knows only when it has come to be played, is left out at
 * once, as there: the track goes on where it was.
 * Thread  the input's own; ts_copies_of: any.
 * Full    the oldest that waits is left out.
 */
#ifndef TS_MIXER_LEG_COPIES_H
#define TS_MIXER_LEG_COPIES_H

#include "base/media.h"
#include "mixer/leg/pace.h"
#include "mixer/source/coded.h"

enum { TS_COPIES_WAIT = 128 };

struct ts_copies {
	struct ts_copied_track {
		struct ts_coded *coded;
		AVPacket *wait[TS_COPIES_WAIT];
		unsigned n, first;
		bool has_off;
		int64_t off_ns, base_ns; /* the pace's, as they are gone by */
		int64_t skew_ns; /* what a jump was put right by since */
		bool placed;
		int64_t next_ns; /* the end of the last one, as a place of the pace */
	} track[2];              /* by enum ts_media */
};

int ts_copies_init(struct ts_copies *copies); /* TS_ENOMEM; zeroed then */
void ts_copies_fini(struct ts_copies *copies);
struct ts_coded *ts_copies_of(struct ts_copies *copies, enum ts_media track); /* NULL: none */
/* Another connection, or another beginning: what waits is left out. format NULL: no such track. */
void ts_copies_begin(
	struct ts_copies *copies, enum ts_media track, struct ts_coded_format *format);
/* Only read. */
void ts_copies_add(struct ts_copies *copies, const struct ts_pace *pace, enum ts_media track,
	const AVPacket *packet);
/* It goes round: all that was is placed, and what comes has other times. */
void ts_copies_again(struct ts_copies *copies, const struct ts_pace *pace);

#endif
