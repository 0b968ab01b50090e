#include "mixer/view/transition.h"

#include "base/clock.h"

static size_t regions_of(const struct ts_view_plan *plan, struct ts_region *region)
{
	for (size_t i = 0; i < plan->n_tiles; i++) region[i] = plan->tile[i].region;
	return plan->n_tiles;
}

/* ---- labels */

static void release(struct ts_transition_labels *labels)
{
	for (int k = 0; k < TS_LABEL_KINDS; k++) ts_painting_unref(&labels->painting[k]);
}

/* Those that are seen now go on. early: of a transition that is still in its first half. */
static void keep_labels(struct ts_transition *t, const struct ts_view_plan *was, bool early)
{
	struct ts_transition_labels fresh[TS_REGIONS_MAX] = {0};
	for (size_t i = 0; i < t->motion.n; i++) {
		const int before = t->motion.from[i].before;
		if (before < 0) continue;
		const struct ts_view_tile *tile = &was->tile[before];
		fresh[i].made_for = early ? t->labels[before].made_for : tile->region.rect;
		for (int k = 0; k < TS_LABEL_KINDS; k++) {
			struct ts_painting *seen = early ? t->labels[before].painting[k]
							 : tile->label[k];
			if (seen) fresh[i].painting[k] = ts_painting_ref(seen);
		}
	}
	for (size_t i = 0; i < TS_REGIONS_MAX; i++) {
		release(&t->labels[i]);
		t->labels[i] = fresh[i];
	}
}

/* ---- life */

static void begin(struct ts_transition *t, const struct ts_view_plan *was,
	const struct ts_view_plan *plan, AVFrame *canvas, int64_t now_ns)
{
	struct ts_region region[TS_REGIONS_MAX];
	AVFrame *before = av_frame_clone(canvas);
	if (!before) {
		ts_transition_stop(t);
		return;
	}
	const bool early = t->runs && !ts_motion_is_late(&t->motion, now_ns);
	ts_motion_begin(&t->motion, region, regions_of(plan, region), plan->background, now_ns,
		plan->transition_ms * TS_NS_PER_MS);
	keep_labels(t, was, early);
	av_frame_free(&t->before);
	t->before = before;
	t->runs = true;
}

void ts_transition_follow(struct ts_transition *t, const struct ts_view_plan *was,
	const struct ts_view_plan *plan, AVFrame *canvas, int64_t now_ns)
{
	struct ts_region region[TS_REGIONS_MAX];
	const size_t n = regions_of(plan, region);
	const bool can = was && canvas && plan->transition_ms > 0 && was->width == plan->width &&
		was->height == plan->height;
	const bool same = ts_motion_leads_to(&t->motion, region, n, plan->background);
	if (can && same) return;
	if (can) {
		begin(t, was, plan, canvas, now_ns);
		return;
	}
	ts_transition_stop(t);
	ts_motion_rest(&t->motion, region, n, plan->background);
}

void ts_transition_stop(struct ts_transition *t)
{
	t->runs = false;
	av_frame_free(&t->before);
	for (size_t i = 0; i < TS_REGIONS_MAX; i++) release(&t->labels[i]);
}

/* ---- a tick */

int ts_transition_radius(const struct ts_transition *t, size_t i)
{
	const int from = t->motion.from[i].radius_px, to = t->motion.to[i].looks.radius_px;
	return from > to ? from : to;
}

static bool same_size(const struct ts_rect *a, const struct ts_rect *b)
{
	return a->w == b->w && a->h == b->h;
}

/* The new label where there is none before, or from half of the way on, once it is drawn. */
static void choose_label(const struct ts_transition_labels *before, const struct ts_view_tile *plan,
	bool late, int kind, struct ts_tile *tile)
{
	const struct ts_overlay *old = ts_painting_get(before->painting[kind]),
				*fresh = ts_painting_get(plan->label[kind]);
	const bool keep = old && (!late || (plan->label[kind] && !fresh));
	tile->label[kind] = keep ? old : fresh;
	tile->made_for[kind] = keep ? &before->made_for : &plan->region.rect;
}

void ts_transition_tile(const struct ts_transition *t, const struct ts_view_tile *plan,
	const struct ts_motion_tile *at, int64_t now_ns, struct ts_region *region,
	struct ts_tile *tile)
{
	const struct ts_motion_begin *from = &t->motion.from[at->index];
	const bool late = ts_motion_is_late(&t->motion, now_ns);
	*region = plan->region;
	region->rect = at->region.rect;
	region->looks.border_px = at->region.looks.border_px;
	region->looks.radius_px = at->region.looks.radius_px;
	tile->region = region;
	tile->moves = !same_size(&region->rect, &from->rect) &&
		!same_size(&region->rect, &plan->region.rect);
	for (int k = 0; k < TS_LABEL_KINDS; k++)
		choose_label(&t->labels[at->index], plan, late, k, tile);
}
