/* mix - sums voices. Pure.
 *
 *   sum once in int32 -> minus own, as it was added -> limiter (mixer/audio/limiter.h, per mix)
 *
 * Shapes  int16[TS_AUDIO_FRAME] mono at 48 kHz; int32 sums hold 65536 full-scale voices.
 */
#ifndef TS_MIXER_AUDIO_MIX_H
#define TS_MIXER_AUDIO_MIX_H

#include <stdint.h>

/* A gain in the course of a frame: a straight line. Linear, not dB. */
struct ts_mix_gain { float from, to; };
static inline struct ts_mix_gain ts_mix_unity(void) { return (struct ts_mix_gain){1, 1}; }

/* sum += pcm x gain; nothing is clamped. */
void ts_mix_add(int32_t *sum, const int16_t *pcm, struct ts_mix_gain gain);
/* sum *= gain. */
void ts_mix_scale(int32_t *sum, struct ts_mix_gain gain);
/* pcm *= gain, clamped; gain 1 changes nothing. */
void ts_mix_amplify(int16_t *pcm, float gain);
/* Linear ramps at the edges of a frame, so that no step is heard. */
void ts_mix_fade_in(int16_t *pcm, int n);
void ts_mix_fade_out(int16_t *pcm, int n);
/* int16[n] `from` turns into what is in `to`. */
void ts_mix_cross(int16_t *to, const int16_t *from, int n);

#endif
