/* resample - plays sound a little faster or slower, by a fraction of a sample at a time. Pure.
 *
 *   in: [ .. 16 past | position .. consumed | 16 ahead .. ] --32 taps, 256 phases--> out[n]
 *
 * A sinc under a Kaiser window (beta 8), between two of 256 phases by a straight line: flat to 20
 * kHz at 48; tests/unit/mixer/audio/test_resample.c prints its errors. At phase 0 the output is the
 * input, bit by bit: so it may begin anywhere without a seam, and end where nothing sounds.
 * Shapes  int16 mono. Thread  the owner's; the table is made once by whoever comes first.
 */
#ifndef TS_MIXER_AUDIO_RESAMPLE_H
#define TS_MIXER_AUDIO_RESAMPLE_H

#include <stdint.h>

enum { TS_RESAMPLE_SIDE = 16 }; /* samples that are looked at on either side */

/* Makes the table; before run. */
void ts_resample_prepare(void);
/* How many samples of input n samples of output consume, from that phase (in 2^-32 samples) and at
 * that ratio of input to output (2^32: as it is). */
int ts_resample_consumes(uint32_t phase, uint64_t ratio, int n);
/* in: the sample at the position; TS_RESAMPLE_SIDE - 1 before it and, behind what is consumed,
 * TS_RESAMPLE_SIDE are read as well. Moves *phase; returns what was consumed. */
int ts_resample_run(uint32_t *phase, uint64_t ratio, const int16_t *in, int16_t *out, int n);

#endif
