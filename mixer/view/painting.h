/* painting - the inside of a painting, which those that make some embed: painter (labels) and
 * gallery (images).
 *
 * Thread  any: the count and the drawing are atomic; the drawing is set once.
 */
#ifndef TS_MIXER_VIEW_PAINTING_H
#define TS_MIXER_VIEW_PAINTING_H

#include "base/ref.h"
#include "mixer/view/painter.h"

struct ts_painting {
	struct ts_ref refs;
	_Atomic(struct ts_overlay *) done;
	void (*destroy)(struct ts_painting *painting); /* the last has gone; its drawing too */
};

void ts_painting_init(struct ts_painting *painting, int refs,
	void (*destroy)(struct ts_painting *painting));
/* overlay [take]; NULL: there was no memory, and there never is a drawing */
void ts_painting_set(struct ts_painting *painting, struct ts_overlay *overlay);

#endif
