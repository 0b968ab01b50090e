#include "layout/stack.h"

#include <string.h>

static bool overlaps(const struct ts_rect *a, const struct ts_rect *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* Round corners let something through, and so do images. */
static bool covers(const struct ts_region *over, const struct ts_region *under)
{
	const struct ts_rect *a = &over->rect, *b = &under->rect;
	return !over->looks.radius_px && !over->clear && a->x <= b->x && a->y <= b->y &&
		a->x + a->w >= b->x + b->w && a->y + a->h >= b->y + b->h;
}

/* Equal z: as the document has them. */
static bool is_above(const struct ts_region *region, size_t a, size_t b)
{
	return region[a].z != region[b].z ? region[a].z > region[b].z : a > b;
}

static bool is_hidden(const struct ts_region *region, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++) {
		if (k == i || !ts_region_is_drawn(&region[k])) continue;
		if (is_above(region, k, i) && covers(&region[k], &region[i])) return true;
	}
	return false;
}

static void insert(struct ts_stack *s, const struct ts_region *region, size_t i)
{
	size_t at = s->n++;
	for (; at > 0 && is_above(region, s->order[at - 1], i); at--)
		s->order[at] = s->order[at - 1];
	s->order[at] = (uint8_t)i;
	s->seen |= 1ull << i;
}

void ts_stack_make(struct ts_stack *s, const struct ts_region *region, size_t n)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < n; i++)
		if (ts_region_is_drawn(&region[i]) && !is_hidden(region, n, i))
			insert(s, region, i);
	for (size_t low = 0; low < s->n; low++) {
		const size_t i = s->order[low];
		for (size_t high = low + 1; high < s->n; high++) {
			const size_t k = s->order[high];
			if (overlaps(&region[i].rect, &region[k].rect)) s->above[i] |= 1ull << k;
		}
	}
}

uint64_t ts_stack_redraw(const struct ts_stack *s, uint64_t changed)
{
	uint64_t set = changed & s->seen;
	for (size_t i = 0; set && i < s->n; i++)
		if (set >> s->order[i] & 1) set |= s->above[s->order[i]];
	return set;
}
