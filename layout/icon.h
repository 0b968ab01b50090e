/* icon - the marks of a tile as cairo paths, each in a square of `size` at (x, y). Private to
 * layout/. Thread: the surface's. */
#ifndef TS_LAYOUT_ICON_H
#define TS_LAYOUT_ICON_H

#include <cairo.h>

/* a microphone, crossed out */
void ts_icon_muted(cairo_t *cr, double x, double y, double size);
void ts_icon_pinned(cairo_t *cr, double x, double y, double size);    /* a drawing pin */
void ts_icon_hand(cairo_t *cr, double x, double y, double size);      /* raised */
void ts_icon_no_signal(cairo_t *cr, double x, double y, double size); /* radio waves, crossed out */
/* head and shoulders, cut by the circle of the square */
void ts_icon_person(cairo_t *cr, double x, double y, double size);

#endif
