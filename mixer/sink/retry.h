/* retry - when to try a connection again: after 1, 2, 4 ... 30 s; after 1 s again once one lasted.
 *
 *   lost --1 s--> lost --2 s--> lost --4 s--> ... --30 s--> ...      lived 10 s: from the beginning
 *
 * Thread  none: plain functions.
 */
#ifndef TS_MIXER_SINK_RETRY_H
#define TS_MIXER_SINK_RETRY_H

#include <stdint.h>

struct ts_retry {
	unsigned lost;   /* in a row */
	int64_t live_ns; /* since then; 0: it is not */
};

void ts_retry_live(struct ts_retry *retry, int64_t now_ns);
/* When to try next. */
int64_t ts_retry_lost(struct ts_retry *retry, int64_t now_ns);

#endif
