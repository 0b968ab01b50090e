/* compositor - draws pictures and plain areas into an I420 canvas (BT.601 limited range) with
 * libyuv. layout/tile.h makes tiles of it.
 *
 * Every call writes one rectangle of the canvas and nothing outside it; rectangles are even and
 * inside the canvas. Colours are copied, not converted: pictures are of the canvas's kind already
 * (codec/video.h).
 * Thread  the view's strand. Keeps nothing; allocates only for turned pictures, and what libyuv
 *         itself does.
 */
#ifndef TS_LAYOUT_COMPOSITOR_H
#define TS_LAYOUT_COMPOSITOR_H

#include "layout/overlay.h"

/* Scales the picture (YUV420P, any size) into the rectangle: the middle of it, cropped to the
 * shape, or all of it, letterboxed with `background` and scaled so that small print stays readable.
 * rotation: 0, 90, 180, 270 clockwise.
 *
 *   640x360 into    us     The filter is chosen by the ratio. Equal sizes are copied; 2:1, 4:1 and
 *   640x360          9     4:3 are many times as fast as other ratios, so a picture that is too
 *   320x180          5     large by at most 1/32 is cropped a little more, to be exactly 1:1, 2:1
 *   426x240        130     or 4:1. An odd last row or column is left out. A turned picture is
 *   256x144         49     scaled first, into memory for the call. One that lacks at most 2 pixels
 *   640x480        290     of such a ratio is drawn by it, and its last column or row repeated. */
void ts_draw_picture(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *picture,
	enum ts_fit fit, int rotation, struct ts_colour background);
/* Likewise, of a picture that has this size for one tick: ratios that are not fast cost a third of
 * that, and edges are rough. */
void ts_draw_picture_quickly(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *picture,
	enum ts_fit fit, int rotation, struct ts_colour background);
void ts_draw_fill(AVFrame *canvas, const struct ts_rect *rect, struct ts_colour colour);
/* The ground of somebody without video: a calm colour of its own for each key. */
void ts_draw_placeholder(AVFrame *canvas, const struct ts_rect *rect, uint64_t key);
/* Dark and pale: nothing new comes. */
void ts_draw_dimmed(AVFrame *canvas, const struct ts_rect *rect);
/* The whole canvas, scaled for a smaller step of the ladder. */
void ts_draw_scaled(AVFrame *out, const AVFrame *canvas);
/* The same rectangle of another canvas of that size lies over it, seen by share / 256 (0..256). */
void ts_draw_blended(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *other, int share);

#endif
