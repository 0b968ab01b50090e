/* limiter - keeps a mix within 16 bits. It looks 2 ms ahead: the gain is down before what is loud
 * comes, so that nothing is ever clamped, and up again within half a second.
 *
 *   int32 -> [ 2 ms ] -> x gain -> int16        gain: straight lines between points 2 ms apart, at
 *                                               each no more than the 2 ms on both sides allow
 *
 * What comes out is 2 ms old. Thread none: plain functions on one struct.
 * Shapes  [TS_AUDIO_FRAME] at 48 kHz, of one channel or two, which have one gain; of the input
 *         65536 full-scale voices.
 * Source  the look-ahead limiter of P. Hämäläinen, "Smoothing of the control signal without
 *         clipped output in digital peak limiters", DAFx 2002, with lines for its filter.
 */
#ifndef TS_MIXER_AUDIO_LIMITER_H
#define TS_MIXER_AUDIO_LIMITER_H

#include "base/clock.h"
#include "base/media.h"
#include <stdbool.h>
#include <stdint.h>

enum { TS_LIMITER_AHEAD = 96 }; /* samples */
#define TS_LIMITER_NS (TS_LIMITER_AHEAD * TS_NS_PER_S / TS_AUDIO_RATE_HZ)

struct ts_limiter {
	float gain;                     /* at the first sample that waits */
	float allowed;                  /* by those that wait: 1 at most */
	int32_t tail[2][TS_LIMITER_AHEAD]; /* they wait; of one channel: the first */
	bool sounds;                    /* one of them is not zero */
};

void ts_limiter_init(struct ts_limiter *limiter);
/* False: all of what came out is zero. */
bool ts_limiter_run(struct ts_limiter *limiter, int16_t *out, const int32_t *in);
/* Two channels; out: interleaved. */
bool ts_limiter_run_stereo(struct ts_limiter *limiter, int16_t *out, const int32_t *left,
	const int32_t *right);

#endif
