/* mark - a machine-readable mark in the middle of a picture: whose picture it is, and which one of
 * theirs.
 *
 *   +-----------------------+   8 x 6 cells, black or white: who (8 bits), frame (16 bits), CRC-24
 *   |      +---------+      |   of both, row by row. The box is 8/9 as wide and 1/2 as high as the
 *   |      | 8 x 6   |      |   picture's shorter side, in its middle: cropping to any shape
 *   |      +---------+      |   between 8:9 and 2:1 leaves all of it.
 *   +-----------------------+
 *
 * Made to survive lossy coding at low bitrates, crop to fill or letterbox, and scaling down to a
 * 160x90 tile (cells of 10 x 7 pixels).
 * Thread  any; keeps nothing.
 */
#ifndef TS_TESTS_MEDIA_MARK_H
#define TS_TESTS_MEDIA_MARK_H

#include "layout/layout.h"
#include <libavutil/frame.h>

struct ts_mark {
	uint8_t who;
	uint16_t frame;
};

/* Draws it into the middle of an I420 picture of at least 64x64. */
void ts_mark_draw(AVFrame *picture, struct ts_mark mark);
/* Reads the mark of the picture that was drawn into the tile, a part of canvas; sources of the
 * usual shapes (16:9, 4:3, 1:1, upright, that of the tile), fit or fill, are tried. TS_EAGAIN: no
 * mark that can be read. */
int ts_mark_read(struct ts_mark *out, const AVFrame *canvas, const struct ts_rect *tile);

#endif
