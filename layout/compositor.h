/* compositor - draws pictures and placeholders into an I420 canvas (BT.601 limited range) with libyuv.
 *
 * Every call writes one rectangle of the canvas and nothing outside it; rectangles are even and inside the canvas.
 * Thread  the view's strand. Allocates nothing after warm-up but what libyuv itself does.
 */
#ifndef TS_LAYOUT_COMPOSITOR_H
#define TS_LAYOUT_COMPOSITOR_H

#include "layout/layout.h"
#include <libavutil/frame.h>

struct ts_colour { uint8_t y, u, v; };

/* Scales the picture (YUV420P, any size) into the rectangle: crop to its shape, or letterbox with `background`. The filter is chosen by
 * the ratio; equal sizes are copied. rotation: 0, 90, 180, 270 clockwise. */
void ts_draw_picture(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *picture, enum ts_fit fit, int rotation,
                     struct ts_colour background);
void ts_draw_fill(AVFrame *canvas, const struct ts_rect *rect, struct ts_colour colour);
/* A plain tile for somebody without video: a calm colour of its own for each key, and a simple head-and-shoulders shape. */
void ts_draw_placeholder(AVFrame *canvas, const struct ts_rect *rect, uint64_t key);
/* The whole canvas, scaled for a smaller step of the ladder. */
void ts_draw_scaled(AVFrame *out, const AVFrame *canvas);

#endif
