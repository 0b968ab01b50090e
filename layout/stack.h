/* stack - which tiles lie on top of which, and so which to draw again when some of them changed.
 * Pure. Thread any.
 *
 *   z 2        +----+         A new picture of the large tile: both are drawn, from below to
 *   z 1    +---|    |---+     above. One of the small tile: only that. A tile that another covers
 *          |   +----+   |     whole is never drawn.
 *          +------------+
 */
#ifndef TS_LAYOUT_STACK_H
#define TS_LAYOUT_STACK_H

#include "layout/layout.h"

/* Sets of regions are bits by index. */
_Static_assert(TS_REGIONS_MAX <= 64, "a set of regions is 64 bits");

struct ts_stack {
	size_t n;                          /* regions that are seen */
	uint8_t order[TS_REGIONS_MAX];     /* their indices, from below to above */
	uint64_t seen;
	uint64_t above[TS_REGIONS_MAX];    /* which of them lie over a part of each */
};

void ts_stack_make(struct ts_stack *stack, const struct ts_region *region, size_t n);
/* What must be drawn, in the stack's order, when these changed. */
uint64_t ts_stack_redraw(const struct ts_stack *stack, uint64_t changed);

static inline bool ts_region_is_drawn(const struct ts_region *r)
{
	return (r->occupant || r->blank) && r->rect.w > 0 && r->rect.h > 0;
}

#endif
