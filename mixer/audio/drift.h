/* drift - how much faster or slower a voice is played, so that its delay stays where the jitter
 * buffer wants it. Pure.
 *
 *   delay less target, averaged over 5 s --> / 10 s --> +-0.5 % of speed
 *
 * Nobody hears 0.5 %, so a sender's clock, a target that moved and what is left of a stall are made
 * good in the middle of a word; what is too much for that is skipped or waited for in silence, and
 * then counts anew. From 12 ms under to 13 over nothing is done, and a voice that is played as it
 * came costs nothing: the jitter buffer begins anywhere from 10 ms under to 10 over, and moves in
 * silence from 14 under and 15 over on.
 * Thread  the voice's strand. Zeroed to begin with.
 */
#ifndef TS_MIXER_AUDIO_DRIFT_H
#define TS_MIXER_AUDIO_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

struct ts_drift {
	bool known;
	double over_ns; /* averaged */
	int64_t at_ns;
};

/* The delay over the target, of a packet that begins to play now. */
void ts_drift_update(struct ts_drift *drift, int64_t over_ns, int64_t now_ns);
/* The delay jumped: what was averaged says nothing any more. */
void ts_drift_forget(struct ts_drift *drift);
/* Is it worth while to begin? */
bool ts_drift_is_large(const struct ts_drift *drift);
/* Samples to take for one, as ts_resample_run wants it. */
uint64_t ts_drift_ratio(const struct ts_drift *drift);

#endif
