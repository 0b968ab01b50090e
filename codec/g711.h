/* g711 - the two logarithmic laws of the telephone: a sample at 8 kHz is one byte. Private to
 * codec/.
 *
 * Thread  none: plain functions.   Source  ITU-T G.711 (1988).
 */
#ifndef TS_CODEC_G711_H
#define TS_CODEC_G711_H

#include <stdint.h>

uint8_t ts_g711_to_u(int16_t pcm);
int16_t ts_g711_from_u(uint8_t code);
uint8_t ts_g711_to_a(int16_t pcm);
int16_t ts_g711_from_a(uint8_t code);

#endif
