/* decode_budget - how much of the machine one camera may take for decoding; pure.
 *
 *   unit decoded (CPU time, how long it had waited)
 *       --> go on | drop to a keyframe, after a pause that doubles
 *
 * Three limits: CPU time and units a second, with room for bursts as after a stall; and, while
 * units wait too long because the machine cannot keep up, the fair share of CPU time: who takes
 * more gives way first. Units that waited for TS_BUDGET_BEHIND_NS are too late for anybody: the
 * stream drops to its next keyframe, as a pause of no length.
 * Thread  that of the source using it. Time is CLOCK_MONOTONIC, CPU time that of the thread.
 */
#ifndef TS_MIXER_SOURCE_DECODE_BUDGET_H
#define TS_MIXER_SOURCE_DECODE_BUDGET_H

#include "base/clock.h"
#include <stdbool.h>

enum {
	/* of one core, whatever else goes on: a camera of 1920x1080 at 30/s takes some 15 */
	TS_BUDGET_CPU_PERCENT = 60,
	/* 120 pictures a second is the most that cameras make, and 10 % */
	TS_BUDGET_UNITS_PER_S = 132,
};
#define TS_BUDGET_CPU_BURST_NS (600 * TS_NS_PER_MS)
#define TS_BUDGET_UNITS_BURST 264
#define TS_BUDGET_LATE_NS (400 * TS_NS_PER_MS)  /* from here on the fair share counts */
#define TS_BUDGET_BEHIND_NS (1500 * TS_NS_PER_MS)
/* the first; doubles up to the next if exceeded soon again */
#define TS_BUDGET_PAUSE_NS (2 * TS_NS_PER_S)
#define TS_BUDGET_PAUSE_MAX_NS (32 * TS_NS_PER_S)
/* good behaviour for so long makes the next pause the first again */
#define TS_BUDGET_FORGET_NS (30 * TS_NS_PER_S)

struct ts_decode_budget {
	int64_t at_ns;           /* as of then: */
	int64_t cpu_ns;          /* left */
	int64_t units_x;         /* left, in 1/TS_NS_PER_S units */
	int64_t used_ns;         /* CPU time of about the last second, decaying */
	int64_t until_ns;        /* paused until then */
	int64_t pause_ns;        /* the last pause's length; 0: none yet */
	int64_t units, since_ns; /* decoded since then */
	int rate;                /* units a second before the last pause, for who is told */
};

enum ts_budget_verdict { TS_BUDGET_GO_ON, TS_BUDGET_BEHIND, TS_BUDGET_EXCEEDED };

void ts_decode_budget_init(struct ts_decode_budget *budget, int64_t now_ns);
/* False during a pause: nothing is to be decoded, keyframes neither. */
bool ts_decode_budget_allows(const struct ts_decode_budget *budget, int64_t now_ns);
/* Ends a pause, for something lighter is decoded instead; the next one is longer all the same. */
void ts_decode_budget_resume(struct ts_decode_budget *budget, int64_t now_ns);
/* A unit was decoded. share_ns: CPU time a second that is this source's fair share now. */
enum ts_budget_verdict ts_decode_budget_spend(struct ts_decode_budget *budget, int64_t now_ns,
	int64_t cpu_ns, int64_t waited_ns, int64_t share_ns);

#endif
