#include "layout/icon.h"

#include <math.h>

/* From here on the square is 0..24 x 0..24. */
static void begin(cairo_t *cr, double x, double y, double size)
{
	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, size / 24, size / 24);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
}

/* Inwards strokes: a gap on either side of the line keeps it apart from what it crosses. */
static void cross_out(cairo_t *cr)
{
	cairo_move_to(cr, 4, 3.5);
	cairo_line_to(cr, 20, 20.5);
	cairo_set_operator(cr, CAIRO_OPERATOR_DEST_OUT);
	cairo_set_line_width(cr, 5.5);
	cairo_stroke_preserve(cr);
	cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
	cairo_set_line_width(cr, 2.2);
	cairo_stroke(cr);
}

void ts_icon_muted(cairo_t *cr, double x, double y, double size)
{
	begin(cr, x, y, size);
	cairo_push_group(cr);
	cairo_set_source_rgb(cr, 1, 0.45, 0.42);
	cairo_arc(cr, 12, 6, 3.4, M_PI, 0);
	cairo_arc(cr, 12, 11.5, 3.4, 0, M_PI);
	cairo_close_path(cr);
	cairo_fill(cr);
	cairo_set_line_width(cr, 2);
	cairo_arc(cr, 12, 11.5, 6.3, 0, M_PI);
	cairo_stroke(cr);
	cairo_move_to(cr, 12, 18);
	cairo_line_to(cr, 12, 21.5);
	cairo_stroke(cr);
	cross_out(cr);
	cairo_pop_group_to_source(cr);
	cairo_paint(cr);
	cairo_restore(cr);
}

void ts_icon_pinned(cairo_t *cr, double x, double y, double size)
{
	begin(cr, x, y, size);
	cairo_translate(cr, 12, 12);
	cairo_rotate(cr, M_PI / 5);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_rectangle(cr, -4, -9, 8, 2.4);
	cairo_rectangle(cr, -2.6, -7, 5.2, 7);
	cairo_fill(cr);
	cairo_move_to(cr, -2.6, -1.5);
	cairo_line_to(cr, 2.6, -1.5);
	cairo_line_to(cr, 5.4, 2.6);
	cairo_line_to(cr, -5.4, 2.6);
	cairo_close_path(cr);
	cairo_fill(cr);
	cairo_set_line_width(cr, 1.8);
	cairo_move_to(cr, 0, 3);
	cairo_line_to(cr, 0, 10);
	cairo_stroke(cr);
	cairo_restore(cr);
}

void ts_icon_hand(cairo_t *cr, double x, double y, double size)
{
	static const double tip_y[] = {5.6, 3.2, 3.6, 6.2}; /* of the fingers */
	begin(cr, x, y, size);
	cairo_set_source_rgb(cr, 1, 0.8, 0.3);
	cairo_set_line_width(cr, 2.6);
	for (int i = 0; i < 4; i++) {
		cairo_move_to(cr, 8.2 + 3.2 * i, tip_y[i]);
		cairo_line_to(cr, 8.2 + 3.2 * i, 14);
	}
	cairo_move_to(cr, 3.6, 11.6); /* the thumb */
	cairo_line_to(cr, 8.2, 17);
	cairo_stroke(cr);
	cairo_move_to(cr, 7, 12);
	cairo_line_to(cr, 19, 12);
	cairo_line_to(cr, 19, 15);
	cairo_arc(cr, 13, 15.5, 6, 0, M_PI);
	cairo_close_path(cr);
	cairo_fill(cr);
	cairo_restore(cr);
}

void ts_icon_no_signal(cairo_t *cr, double x, double y, double size)
{
	begin(cr, x, y, size);
	cairo_push_group(cr);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_set_line_width(cr, 2.2);
	for (double radius = 5; radius < 15; radius += 4.5) {
		cairo_arc(cr, 12, 19, radius, -M_PI * 0.76, -M_PI * 0.24);
		cairo_stroke(cr);
	}
	cairo_arc(cr, 12, 19, 1.7, 0, 2 * M_PI);
	cairo_fill(cr);
	cross_out(cr);
	cairo_pop_group_to_source(cr);
	cairo_paint(cr);
	cairo_restore(cr);
}

void ts_icon_person(cairo_t *cr, double x, double y, double size)
{
	begin(cr, x, y, size);
	cairo_arc(cr, 12, 12, 12, 0, 2 * M_PI);
	cairo_clip(cr);
	cairo_arc(cr, 12, 9.4, 4.2, 0, 2 * M_PI);
	cairo_fill(cr);
	cairo_translate(cr, 12, 22.5);
	cairo_scale(cr, 7.8, 7.6);
	cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_fill(cr);
	cairo_restore(cr);
}
