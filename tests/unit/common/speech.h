/* speech - people talking, for tests: real readers where ../shared/media/audio is, espeak-ng in a
 * bare clone, and where that is missing too, syllables made of noise.
 *
 * Thread  any.
 */
#ifndef TS_TESTS_UNIT_SPEECH_H
#define TS_TESTS_UNIT_SPEECH_H

#include <stddef.h>
#include <stdint.h>

enum { TS_SPEECH_PEOPLE = 8 };

/* int16[seconds * rate_hz] mono [give: free] of one of the people, repeated where it is shorter;
 * its louder parts at level_dbov. */
int16_t *ts_speech_make(unsigned who, int rate_hz, int seconds, double level_dbov);
/* The level of the frames within 10 dB of the mean: what of it is speech, not pause. frame: samples
 * of 20 ms. */
double ts_speech_level_dbov(const int16_t *pcm, size_t n, size_t frame);

#endif
