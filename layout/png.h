/* png - a picture as a PNG file in memory (sRGB, 8 bits). Thread any; takes some 10 ms at 720p:
 * never on a tick. */
#ifndef TS_LAYOUT_PNG_H
#define TS_LAYOUT_PNG_H

#include <libavutil/frame.h>
#include <stddef.h>
#include <stdint.h>

/* picture: YUV420P, BT.601 limited range. *out [give], from malloc. TS_ENOMEM. */
int ts_png(uint8_t **out, size_t *len, const AVFrame *picture);
/* argb: uint32[h][w] in native order, premultiplied; with its transparency. Likewise. */
int ts_png_of_argb(uint8_t **out, size_t *len, const uint8_t *argb, int w, int h);

#endif
