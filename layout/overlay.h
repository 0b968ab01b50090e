/* overlay - a small picture with transparency (a name, initials, a mark), drawn once and blended on
 * top of many pictures.
 *
 *   cairo surface (ARGB, premultiplied) --ts_overlay_from_argb--> Y, U, V, alpha
 *       --ts_draw_overlay--> canvas
 *
 * One owner, immutable once made. Colours are BT.601 limited range and not premultiplied; alpha is
 * kept at both resolutions, and chroma is averaged by it, so that no edge takes the colour of what
 * is invisible.
 * Thread  any.
 */
#ifndef TS_LAYOUT_OVERLAY_H
#define TS_LAYOUT_OVERLAY_H

#include "layout/layout.h"
#include <libavutil/frame.h>

struct ts_colour { uint8_t y, u, v; };

struct ts_overlay {
	int w, h;             /* even */
	uint8_t *data[3];     /* uint8[h][w], uint8[h / 2][w / 2] twice */
	uint8_t *alpha[2];    /* of luma and of chroma samples; 0 is invisible */
};

/* sRGB to the canvas's colours. */
struct ts_colour ts_colour_of(struct ts_rgb rgb);

/* argb: uint32[h][stride_bytes / 4] in native order, premultiplied; w and h are even. NULL: out of
 * memory. */
struct ts_overlay *ts_overlay_from_argb(const uint8_t *argb, int stride_bytes, int w, int h);
/* Another of that size, even. [give]; NULL: out of memory. */
struct ts_overlay *ts_overlay_scaled(const struct ts_overlay *overlay, int w, int h);
void ts_overlay_free(struct ts_overlay **overlay); /* also of NULL */

/* Blends it with its upper left corner at (x, y), even; what lies outside clip (a part of the
 * canvas) is left out. */
void ts_draw_overlay(AVFrame *canvas, const struct ts_rect *clip, int x, int y,
	const struct ts_overlay *overlay);

#endif
