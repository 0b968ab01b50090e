/* histogram - how long each stage of the work takes, for /metrics: one table, like base/counter.h.
 *
 *   X(id, labels, of what)          all are rows of the family tessera_stage_seconds
 *
 * Buckets are the same for all, from 50 us to 100 ms: below is good, above is a freeze.
 * Thread  any; relaxed atomics. A reader may see the count of an observation before
 *         its sum.
 */
#ifndef TS_BASE_HISTOGRAM_H
#define TS_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define TS_STAGE_FAMILY "tessera_stage_seconds"
#define TS_STAGE_HELP   "Time that one piece of work takes, by stage"
#define TS_STAGE_ADVICE \
	"compose and encode together belong below the time of a picture (33 ms at 30 a second), " \
	"audio_tick below 10 ms. Above: fewer rooms, more cores."
#define TS_STAGES(X) \
	X(DECODE, "stage=\"decode\"", "one access unit of video") \
	X(COMPOSE, "stage=\"compose\"", "one tick of a view") \
	X(ENCODE, "stage=\"encode\"", "one picture, scaled and packetized") \
	X(AUDIO, "stage=\"audio_tick\"", "one tick of a room's sound") \
	X(SEND, "stage=\"send_batch\"", "what one turn of a net thread sends")

enum ts_stage {
#define X(id, labels, what) TS_STAGE_##id,
	TS_STAGES(X)
#undef X
		TS_STAGE_COUNT
};

void ts_observe(enum ts_stage stage, int64_t ns);

/* As ts_count_print. */
size_t ts_histograms_print(char *buf, size_t cap);

#endif
