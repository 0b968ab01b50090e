/* pattern - the test pattern of an input: bars of colour, a block that goes across once in two
 * seconds, and a short tone of 1 kHz each time it begins, so that lip sync can be seen and heard.
 *
 * Pure: all is a function of the number of the picture or of the sample. Thread  any.
 */
#ifndef TS_MIXER_LEG_PATTERN_H
#define TS_MIXER_LEG_PATTERN_H

#include <libavutil/frame.h>
#include <stdint.h>

enum { TS_PATTERN_W = 640, TS_PATTERN_H = 360, TS_PATTERN_FPS = 25 };

AVFrame *ts_pattern_picture(int64_t n); /* [give]; NULL: out of memory */
/* int16[n] at 48 kHz from sample `from` on. */
void ts_pattern_sound(int16_t *pcm, int n, int64_t from);

#endif
