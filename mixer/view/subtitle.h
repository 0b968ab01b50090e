/* subtitle - captions as a painting: drawn once for each canvas that shows them, off the tick.
 *
 *   control --request(spec)--> strand of the painter: pango, cairo --> painting
 *
 * Nothing is kept beside the painting: what is said is not said again.
 * Thread  control; drawing is the painter's strand.
 */
#ifndef TS_MIXER_VIEW_SUBTITLE_H
#define TS_MIXER_VIEW_SUBTITLE_H

#include "layout/caption.h"
#include "mixer/view/painter.h"

/* With a reference; NULL: out of memory, or the painter closes. */
struct ts_painting *ts_subtitle_request(struct ts_painter *painter,
	const struct ts_caption_spec *spec);

#endif
