/* label_maker - the inside of a maker, for what it draws: label.c (names, marks) and caption.c.
 * Private to those.
 *
 * Thread  the maker's.
 */
#ifndef TS_LAYOUT_LABEL_MAKER_H
#define TS_LAYOUT_LABEL_MAKER_H

#include "layout/label.h"
#include <pango/pangocairo.h>

/* One after the other until one has the glyph; what none has comes from whatever font fontconfig
 * knows. Not the one of emoji, which has digits and a very wide space too: pango takes it by itself
 * where an emoji is meant. */
#define TS_LABEL_FAMILIES                                                               \
	"Noto Sans,Noto Sans Arabic,Noto Sans Hebrew,Noto Sans Devanagari,Noto Sans CJK " \
	"SC,DejaVu "                                                                      \
	"Sans,sans-serif"

struct ts_label_maker {
	PangoFontMap *fonts;
	PangoContext *context;
};

#endif
