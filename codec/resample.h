/* resample - between 48 kHz and a rate that divides it by 2, 3 or 6 (24, 16 and 8 kHz).
 *
 *   48 kHz --low-pass of 192 taps--> every k-th          low rate
 *       --phases of the same low-pass--> 48 kHz
 *
 * Either way delays by 2 ms, and the state is one flat block, so that an encoder can be copied;
 * libswresample's cannot. Passband to 3.4 kHz (6: telephone), 7 kHz (3: wideband) and 11 kHz
 * (2), 60 dB beyond 4.3, 7.9 and 12 kHz.
 * Thread  none: plain functions on one struct.
 */
#ifndef TS_CODEC_RESAMPLE_H
#define TS_CODEC_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

enum { TS_RESAMPLE_TAPS = 192 };

struct ts_resample {
	int factor;
	float past[TS_RESAMPLE_TAPS];
};

void ts_resample_init(struct ts_resample *r, int factor); /* 2, 3 or 6 */
/* int16[n * factor] at 48 kHz to int16[n]; n * factor at most TS_AUDIO_FRAME. */
void ts_resample_down(struct ts_resample *r, const int16_t *in, int16_t *out, size_t n);
/* int16[n] to int16[n * factor] at 48 kHz; any n. */
void ts_resample_up(struct ts_resample *r, const int16_t *in, int16_t *out, size_t n);

#endif
