/* histogram - how long each stage of the work takes, for /metrics: one table, like base/counter.h.
 *
 *   X(id, labels, of what)          all are rows of the family tessera_stage_seconds, but for the
 *                                   last, which is one of its own
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
	"audio_tick below 10 ms. Above: fewer rooms, more cores. network, jitter_buffer, " \
	"tick_wait, pacer and out say where delay comes from: a network with jitter, or this " \
	"machine."
#define TS_STAGES(X) \
	X(DECODE, "stage=\"decode\"", "one access unit of video") \
	X(COMPOSE, "stage=\"compose\"", "one tick of a view") \
	X(ENCODE, "stage=\"encode\"", "one picture, scaled and packetized") \
	X(AUDIO, "stage=\"audio_tick\"", "one tick of a room's sound") \
	X(SEND, "stage=\"send_batch\"", "what one turn of a net thread sends") \
	X(NETWORK, "stage=\"network\"", "half of a round trip, as each report of a peer tells it") \
	X(JITTER, "stage=\"jitter_buffer\"", \
		"a packet of sound, from its arrival until it is played") \
	X(TICK, "stage=\"tick_wait\"", \
		"a decoded picture, until the tick that shows it; waiting for its sound included") \
	X(PACER, "stage=\"pacer\"", \
		"a unit of pictures in one receiver's pacer, until its last packet is sent") \
	X(OUT, "stage=\"out\"", \
		"a unit, from the time of its tick until its last packet is sent to one " \
		"receiver: composed, coded, queued, paced")

#define TS_AV_SKEW_FAMILY "tessera_av_skew_seconds"
#define TS_AV_SKEW_HELP   "By how much sound and picture of one participant are apart in the mix"
#define TS_AV_SKEW_ADVICE \
	"Below 45 ms nobody notices. Above: av_skew_ms of the participants says whose; " \
	"their sender is over 200 ms off, or its reports are wrong."

enum ts_stage {
#define X(id, labels, what) TS_STAGE_##id,
	TS_STAGES(X)
#undef X
		TS_STAGE_AV_SKEW,
	TS_STAGE_COUNT
};

void ts_observe(enum ts_stage stage, int64_t ns);

/* As ts_count_print. */
size_t ts_histograms_print(char *buf, size_t cap);

#endif
