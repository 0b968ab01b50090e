/* mix - sums voices and keeps the sum within 16 bits. Pure.
 *
 *   sum once in int32 -> minus own -> limiter (per mix) -> one clamp
 *
 * Shapes  int16[TS_AUDIO_FRAME] mono at 48 kHz; int32 sums hold 65536 full-scale voices.
 */
#ifndef TS_MIXER_AUDIO_MIX_H
#define TS_MIXER_AUDIO_MIX_H

#include <stdbool.h>
#include <stdint.h>

/* A limiter's gain, ramped over each frame: down at once when a frame would clip, up slowly. */
struct ts_limiter { float gain; };
static inline void ts_limiter_init(struct ts_limiter *l) { l->gain = 1.0f; }

void ts_mix_add(int32_t *sum, const int16_t *pcm);
/* pcm *= gain, clamped; gain 1 changes nothing. */
void ts_mix_gain(int16_t *out, const int16_t *pcm, float gain);
/* out = limit(sum - own); own may be NULL. False: all of it is zero. */
bool ts_mix_finish(int16_t *out, const int32_t *sum, const int16_t *own,
	struct ts_limiter *limiter);
/* Linear ramps at the edges of a frame, so that no step is heard. */
void ts_mix_fade_in(int16_t *pcm, int n);
void ts_mix_fade_out(int16_t *pcm, int n);
/* int16[n] `from` turns into what is in `to`. */
void ts_mix_cross(int16_t *to, const int16_t *from, int n);

#endif
