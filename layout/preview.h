/* preview - a whole layout drawn at once, labels and all, as a view would show it: for the API's
 * pictures of layouts, and for tests.
 *
 * Thread  whoever has the maker; some 10 ms: never on a tick.
 */
#ifndef TS_LAYOUT_PREVIEW_H
#define TS_LAYOUT_PREVIEW_H

#include "layout/label.h"
#include <libavutil/frame.h>

struct ts_preview_person {
	uint64_t key;                     /* as in the regions */
	const char *name;
	unsigned marks;                   /* enum ts_marks */
	const AVFrame *camera, *slides;   /* NULL: a placeholder */
};

/* canvas: YUV420P of the layout's size. Labels that there is no memory for are left out. */
void ts_preview_draw(AVFrame *canvas, const struct ts_layout *layout,
	const struct ts_preview_person *person, size_t n, struct ts_label_maker *maker);
/* An invented slide: a headline, lines and a chart [give]; NULL: out of memory. */
AVFrame *ts_preview_slide(int width, int height);

#endif
