/* caption - draws what is said as writing: up to TS_CAPTION_ROWS rows on a dark band, for the lower
 * edge of a canvas.
 *
 *   "Ann: Good morning.\nIt is" --wrapped to the canvas's width, the last rows--> overlay
 *
 * Each line is a paragraph, whose writing may go from the right; what does not fit goes at the top.
 * Thread  as of layout/label.h, whose maker it uses: some 0.3 ms, never on a tick.
 */
#ifndef TS_LAYOUT_CAPTION_H
#define TS_LAYOUT_CAPTION_H

#include "layout/label.h"

enum { TS_CAPTION_ROWS = 3, TS_CAPTION_TEXT_MAX = 767 };

enum ts_caption_size { TS_CAPTION_SMALL, TS_CAPTION_MEDIUM, TS_CAPTION_LARGE, TS_CAPTION_SIZES };

struct ts_caption_style {
	bool shown;
	enum ts_caption_size size;
	bool high_contrast; /* on black through which nothing is seen */
};

struct ts_caption_spec {
	struct ts_caption_style style;
	int w, h;                            /* of the canvas */
	char text[TS_CAPTION_TEXT_MAX + 1];  /* clean, lines with \n between; zeroes behind it */
};

/* [give], no larger than the canvas; NULL: nothing to say, too small, or out of memory. */
struct ts_overlay *ts_caption_draw(struct ts_label_maker *maker,
	const struct ts_caption_spec *spec);

#endif
