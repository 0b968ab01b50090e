/* limit - what one publisher may send, and the numbers that both servers share.
 *
 * Pure: time is a parameter. Thread  the owner's.
 */
#ifndef TS_CONTROL_INGEST_LIMIT_H
#define TS_CONTROL_INGEST_LIMIT_H

#include "base/clock.h"
#include "base/counter.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of what is not read by the demuxer yet: two seconds of the most that is usual. Who fills it sends
 * what this machine cannot take apart. */
enum { TS_INGEST_PIPE_BYTES = 8 << 20 };
#define TS_INGEST_SILENCE_NS (10 * TS_NS_PER_S) /* then a publisher is gone */
#define TS_INGEST_WINDOW_NS (5 * TS_NS_PER_S)

struct ts_ingest_limit {
	int64_t since_ns;
	uint64_t bytes; /* since then */
};

/* False: that is more than max_kbps over TS_INGEST_WINDOW_NS. */
bool ts_ingest_limit_pass(struct ts_ingest_limit *limit, size_t n, int max_kbps, int64_t now_ns);
/* For the log: of TS_C_PUSH_CUT_... */
const char *ts_ingest_cut_name(enum ts_counter why);

#endif
