/* corner - one more region, over the lower right corner of a layout that is solved: for somebody
 * who sees themselves small.
 *
 *   +--------+--------+      A fifth of the canvas's width, a quarter where it is upright; 16:9.
 *   |   0    |   1    |      Its distance from both edges is a fortieth of the shorter side.
 *   +--------+-----+--+
 *   |   2    |   3 |me|
 *   +--------+-----+--+
 *
 * Thread  any; pure.
 */
#ifndef TS_LAYOUT_CORNER_H
#define TS_LAYOUT_CORNER_H

#include "layout/layout.h"

/* Above all others. False: there are TS_REGIONS_MAX already, and nothing is added. */
bool ts_layout_add_corner(struct ts_layout *layout, uint64_t occupant);

#endif
