/* keybudget - when an encoder makes a keyframe: at most one per 500 ms, whoever requests it and
 * however often. Pure.
 *
 *   request after 500 ms of quiet -> the next tick      request within 500 ms of a keyframe
 *       -> one, at the end of the window
 */
#ifndef TS_MIXER_OUTPUT_KEYBUDGET_H
#define TS_MIXER_OUTPUT_KEYBUDGET_H

#include "base/clock.h"
#include <stdbool.h>

#define TS_KEY_SPACING_NS (500 * TS_NS_PER_MS)

struct ts_keybudget {
	int64_t last_ns; /* of the last keyframe; INT64_MIN / 2: none yet */
	bool requested;
};

static inline void ts_keybudget_init(struct ts_keybudget *b)
{
	*b = (struct ts_keybudget){INT64_MIN / 2, false};
}
static inline void ts_keybudget_request(struct ts_keybudget *b) { b->requested = true; }
static inline bool ts_keybudget_due(const struct ts_keybudget *b, int64_t now_ns)
{
	return b->requested && now_ns - b->last_ns >= TS_KEY_SPACING_NS;
}
/* A keyframe was made, requested or not. */
static inline void ts_keybudget_made(struct ts_keybudget *b, int64_t now_ns)
{
	*b = (struct ts_keybudget){now_ns, false};
}

#endif
