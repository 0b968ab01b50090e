/* band - captions on a canvas: writing over the lower edge, above all else.
 *
 *   plan (painting) --is it drawn?--> shown instead of the one before --> a glass (glass.h)
 *
 * Until another painting is drawn the one before stays, so that nothing blinks. Where a view shows
 * no captions it costs nothing.
 * Thread  the view's strand. Allocates when the size of what is said changes.
 */
#ifndef TS_MIXER_VIEW_BAND_H
#define TS_MIXER_VIEW_BAND_H

#include "mixer/view/glass.h"
#include "mixer/view/painter.h"

/* Begins zeroed. */
struct ts_band {
	struct ts_painting *shown; /* with a reference; NULL: nothing is said */
	struct ts_glass glass;
};

/* True: something else is to be on the canvas than there is. */
bool ts_band_changed(struct ts_band *band, struct ts_painting *painting);
/* Before anything beneath it is drawn. */
void ts_band_lift(struct ts_band *band, AVFrame *canvas);
/* After all else. */
void ts_band_finish(struct ts_band *band, AVFrame *canvas);
/* A canvas that begins empty, on which it does not lie. */
void ts_band_begin(struct ts_band *band);
void ts_band_fini(struct ts_band *band);

#endif
