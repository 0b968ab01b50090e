#include "layout/motion.h"

#include "layout/stack.h"
#include <string.h>

/* Of the way: 0..ONE. */
enum { ONE = 1 << 16 };

/* Of one z, from below to above: who goes from where they stood, who comes, who stays, who goes in
 * the middle of another way. Within each by index, which is below STEP. */
enum { STEP = TS_REGIONS_MAX + 1, GOES = 0, COMES = STEP, STAYS = 2 * STEP, BREAKS_OFF = 3 * STEP };

/* ---- numbers on the way */

static int64_t eased(const struct ts_motion *m, int64_t now_ns)
{
	const int64_t past_ns = now_ns - m->begin_ns;
	if (past_ns >= m->duration_ns) return ONE;
	if (past_ns <= 0) return 0;
	const double t = (double)past_ns / (double)m->duration_ns;
	return (int64_t)(t * t * (3 - 2 * t) * ONE);
}

/* To the nearest; a and b are small enough for 64 bits whatever a canvas is. */
static int between(int a, int b, int64_t way)
{
	const int64_t at = (int64_t)a * ONE + (b - a) * way;
	return (int)((at + ONE / 2) >> 16);
}

/* Not WHOLE before the end, so that who comes stays among those who come. */
static int share_between(int a, int b, int64_t way)
{
	return (int)(((int64_t)a * ONE + (b - a) * way) >> 16);
}

static int even_between(int a, int b, int64_t way)
{
	const int64_t at = (int64_t)a * ONE + (b - a) * way;
	return 2 * (int)((at + ONE) >> 17);
}

/* Edges, not sizes. */
static struct ts_rect rect_between(const struct ts_rect *a, const struct ts_rect *b, int64_t way)
{
	const int x = even_between(a->x, b->x, way), y = even_between(a->y, b->y, way);
	return (struct ts_rect){x, y, even_between(a->x + a->w, b->x + b->w, way) - x,
		even_between(a->y + a->h, b->y + b->h, way) - y};
}

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

/* ---- who is who */

static bool same_rect(const struct ts_rect *a, const struct ts_rect *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool same_rgb(struct ts_rgb a, struct ts_rgb b)
{
	return a.r == b.r && a.g == b.g && a.b == b.b;
}

static bool is_same_one(const struct ts_region *a, const struct ts_region *b)
{
	if (!ts_region_is_drawn(a) || !ts_region_is_drawn(b) || a->occupant != b->occupant)
		return false;
	return a->occupant ? a->shows == b->shows : same_rect(&a->rect, &b->rect);
}

static bool leads_alike(const struct ts_region *a, const struct ts_region *b)
{
	const bool drawn = ts_region_is_drawn(a);
	if (drawn != ts_region_is_drawn(b)) return false;
	return !drawn ||
		(is_same_one(a, b) && same_rect(&a->rect, &b->rect) && a->z == b->z &&
			a->clear == b->clear && a->looks.border_px == b->looks.border_px &&
			a->looks.radius_px == b->looks.radius_px);
}

bool ts_motion_leads_to(const struct ts_motion *m, const struct ts_region *region, size_t n,
	struct ts_rgb background)
{
	if (m->n != n || !same_rgb(m->background, background)) return false;
	for (size_t i = 0; i < n; i++)
		if (!leads_alike(&m->to[i], &region[i])) return false;
	return true;
}

/* ---- as of now */

/* One tile of the layout to come. */
static struct ts_motion_tile tile_at(const struct ts_motion *m, size_t i, int64_t way)
{
	const struct ts_motion_begin *from = &m->from[i];
	struct ts_motion_tile t = {
		(int)i, m->to[i], share_between(from->share, TS_MOTION_WHOLE, way), from->depth};
	struct ts_region *r = &t.region;
	const int radius = between(from->radius_px, r->looks.radius_px, way);
	r->rect = rect_between(&from->rect, &r->rect, way);
	r->z = 2 * way < ONE ? from->z : r->z;
	r->looks.border_px = even_between(from->border_px, r->looks.border_px, way);
	r->looks.radius_px = min_int(radius, min_int(r->rect.w, r->rect.h) / 2);
	return t;
}

static bool is_inside(const struct ts_rect *in, const struct ts_rect *of)
{
	return in->x >= of->x && in->y >= of->y && in->x + in->w <= of->x + of->w &&
		in->y + in->h <= of->y + of->h;
}

/* Somebody new takes all of its place. */
static bool is_taken_over(const struct ts_motion *m, const struct ts_rect *rect)
{
	for (size_t i = 0; i < m->n; i++)
		if (ts_region_is_drawn(&m->to[i]) && m->from[i].before < 0 &&
			is_inside(rect, &m->to[i].rect))
			return true;
	return false;
}

/* What one that goes leaves is the picture as it was last, so it is whole again at first. */
static void leave(struct ts_motion *m, const struct ts_motion_tile *t, bool on_the_way)
{
	const int depth = t->depth < STAYS ? t->depth : on_the_way ? BREAKS_OFF : GOES;
	const struct ts_region *r = &t->region;
	if (m->n_leaving < TS_REGIONS_MAX)
		m->leaving[m->n_leaving++] = (struct ts_motion_leaving){
			*r, depth, depth < COMES && is_taken_over(m, &r->rect)};
}

/* ---- life */

void ts_motion_rest(
	struct ts_motion *m, const struct ts_region *region, size_t n, struct ts_rgb background)
{
	*m = (struct ts_motion){.n = n, .background = background, .from_background = background};
	for (size_t i = 0; i < n; i++) {
		m->to[i] = region[i];
		m->from[i] = (struct ts_motion_begin){(int)i, region[i].rect, region[i].z,
			region[i].looks.border_px, region[i].looks.radius_px, TS_MOTION_WHOLE,
			STAYS + (int)i};
	}
}

/* The tile of the layout until now that the region goes on with, each once; -1: it comes. */
static int find_before(const struct ts_motion *was, const struct ts_region *region, uint64_t *stays)
{
	for (size_t k = 0; k < was->n; k++) {
		if (*stays >> k & 1 || !is_same_one(&was->to[k], region)) continue;
		*stays |= 1ull << k;
		return (int)k;
	}
	return -1;
}

void ts_motion_begin(struct ts_motion *m, const struct ts_region *region, size_t n,
	struct ts_rgb background, int64_t now_ns, int64_t duration_ns)
{
	const struct ts_motion was = *m;
	const int64_t way = eased(&was, now_ns);
	uint64_t stays = 0;
	ts_motion_rest(m, region, n, background);
	m->begin_ns = now_ns;
	m->duration_ns = duration_ns;
	m->from_background = ts_motion_background(&was, now_ns);
	for (size_t i = 0; i < n; i++) {
		struct ts_motion_begin *from = &m->from[i];
		from->before = find_before(&was, &region[i], &stays);
		from->share = 0;
		from->depth = COMES + (int)i;
		if (from->before < 0) continue;
		const struct ts_motion_tile t = tile_at(&was, (size_t)from->before, way);
		const struct ts_looks *looks = &t.region.looks;
		*from = (struct ts_motion_begin){from->before, t.region.rect, t.region.z,
			looks->border_px, looks->radius_px, t.share,
			t.share < TS_MOTION_WHOLE || way < ONE ? t.depth : STAYS + (int)i};
	}
	struct ts_motion_tile seen[TS_MOTION_TILES_MAX];
	const size_t n_seen = ts_motion_at(&was, now_ns, seen);
	for (size_t k = 0; k < n_seen; k++)
		if (seen[k].index < 0 || !(stays >> seen[k].index & 1))
			leave(m, &seen[k], way < ONE);
}

bool ts_motion_is_over(const struct ts_motion *m, int64_t now_ns)
{
	return now_ns - m->begin_ns >= m->duration_ns;
}

bool ts_motion_is_late(const struct ts_motion *m, int64_t now_ns)
{
	return 2 * eased(m, now_ns) >= ONE;
}

struct ts_rgb ts_motion_background(const struct ts_motion *m, int64_t now_ns)
{
	const int64_t way = eased(m, now_ns);
	const struct ts_rgb a = m->from_background, b = m->background;
	return (struct ts_rgb){(uint8_t)between(a.r, b.r, way), (uint8_t)between(a.g, b.g, way),
		(uint8_t)between(a.b, b.b, way)};
}

/* ---- what is drawn */

static bool is_above(const struct ts_motion_tile *a, const struct ts_motion_tile *b)
{
	return a->region.z != b->region.z ? a->region.z > b->region.z : a->depth > b->depth;
}

static void insert(struct ts_motion_tile *list, size_t n, const struct ts_motion_tile *t)
{
	for (; n > 0 && is_above(&list[n - 1], t); n--) list[n] = list[n - 1];
	list[n] = *t;
}

static bool hides(const struct ts_motion_tile *over, const struct ts_motion_tile *under)
{
	return over->share == TS_MOTION_WHOLE && !over->region.looks.radius_px &&
		!over->region.clear && is_inside(&under->region.rect, &over->region.rect);
}

static size_t without_hidden(struct ts_motion_tile *list, size_t n)
{
	size_t keep = 0;
	for (size_t i = 0; i < n; i++) {
		bool hidden = list[i].share == 0;
		for (size_t k = i + 1; k < n && !hidden; k++) hidden = hides(&list[k], &list[i]);
		if (!hidden) list[keep++] = list[i];
	}
	return keep;
}

size_t ts_motion_at(const struct ts_motion *m, int64_t now_ns, struct ts_motion_tile *out)
{
	const int64_t way = eased(m, now_ns);
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (!ts_region_is_drawn(&m->to[i])) continue;
		const struct ts_motion_tile t = tile_at(m, i, way);
		insert(out, n++, &t);
	}
	for (size_t i = 0; i < m->n_leaving && way < ONE; i++) {
		const struct ts_motion_leaving *l = &m->leaving[i];
		const struct ts_motion_tile t = {-1, l->region,
			l->waits ? TS_MOTION_WHOLE : share_between(TS_MOTION_WHOLE, 0, way),
			l->depth};
		insert(out, n++, &t);
	}
	return without_hidden(out, n);
}
