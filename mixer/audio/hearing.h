/* hearing - from which list of volumes to which one listener goes: a step in loudness clicks, so
 * the old one turns into the new within 100 ms. A change that comes meanwhile is followed after it.
 *
 *   list A --change--> [ A turns into B: 100 ms | 500 ms more, apart ] --> list B, with all of B
 *
 * They stay apart so long that the encoder of B, which they then listen to, has heard the same as
 * theirs: no decoder hears a seam.
 * Thread  the audio strand. Pure but for the references.
 */
#ifndef TS_MIXER_AUDIO_HEARING_H
#define TS_MIXER_AUDIO_HEARING_H

#include "base/clock.h"
#include "mixer/audio/mix.h"
#include "mixer/audio/volumes.h"

#define TS_HEARING_TURN_NS (100 * TS_NS_PER_MS)
#define TS_HEARING_APART_NS (500 * TS_NS_PER_MS)

struct ts_hearing {
	struct ts_volumes *from, *to; /* with a reference; NULL: all as they are */
	struct ts_volumes *old;       /* what from was: those who shared that still look at it */
	int64_t since_ns;             /* 0: they are at `to` */
};

void ts_hearing_fini(struct ts_hearing *hearing);
/* Who was not there before hears it so at once. */
void ts_hearing_begin(struct ts_hearing *hearing, struct ts_volumes *wished);
/* Once per tick. True: a change begins or is over. */
bool ts_hearing_follow(struct ts_hearing *hearing, struct ts_volumes *wished, int64_t now_ns);

/* How far the change is at the ends of the tick: 0 .. 1. */
struct ts_mix_gain ts_hearing_turn(int64_t since_ns, int64_t now_ns);

#endif
