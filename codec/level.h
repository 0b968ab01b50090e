/* level - how loud sound is: RMS in dB relative to a full-scale square wave, -127 (silence) .. 0.
 *
 * Thread  none: plain functions.   Source  RFC 6464 section 3, with the sign that it leaves out.
 */
#ifndef TS_CODEC_LEVEL_H
#define TS_CODEC_LEVEL_H

#include <stdint.h>

int ts_level_dbov(const int16_t *pcm, int n);

#endif
