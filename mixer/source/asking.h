/* asking - of which layers of a source a keyframe is to be requested now.
 *
 *   what is decoded waits for one --> its layer     } each 400 ms five times, then after pauses
 *   that another one is to be decoded ---> that one      } double up to 10 s, until one comes
 *
 * Thread  the net thread; reads no clock.
 * Source  RFC 5104 4.3.1 (requests are repeated, as they may be lost).
 * Full    cannot be: two of them at most are asked for.
 */
#ifndef TS_MIXER_SOURCE_ASKING_H
#define TS_MIXER_SOURCE_ASKING_H

#include <stdbool.h>
#include <stdint.h>

/* Zero it, with target -1. */
struct ts_asking {
	struct ts_asking_pace {
		int64_t at_ns;
		int n; /* without a keyframe in between */
	} taken, next;
	uint64_t keyframes;
	int target; /* the layer that next is about */
};

struct ts_asking_need {
	int taken, target;  /* layers: decoded and to be; -1: none yet. Without simulcast both 0 */
	bool waits;         /* nothing more can be decoded without one */
	bool shown;         /* somebody sees it */
	uint64_t keyframes; /* that were decoded so far */
};

/* A set of layers; the next call counts these as requested. */
unsigned ts_asking_layers(struct ts_asking *asking, const struct ts_asking_need *need,
	int64_t now_ns);

#endif
