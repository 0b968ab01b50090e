/* fonts - can labels be drawn in all scripts? What has no glyph is a box with digits in it.
 * Thread  any; loads fonts, which takes a moment. */
#ifndef TS_LAYOUT_FONTS_H
#define TS_LAYOUT_FONTS_H

/* How many characters of text no font here has; -1: there are no fonts, or no memory. */
int ts_fonts_missing(const char *text);

#endif
