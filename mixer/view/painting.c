#include "mixer/view/painting.h"

void ts_painting_init(
	struct ts_painting *p, int refs, void (*destroy)(struct ts_painting *painting))
{
	ts_ref_init(&p->refs, refs);
	atomic_init(&p->done, NULL);
	p->destroy = destroy;
}

void ts_painting_set(struct ts_painting *p, struct ts_overlay *overlay)
{
	atomic_store_explicit(&p->done, overlay, memory_order_release);
}

struct ts_painting *ts_painting_ref(struct ts_painting *p)
{
	ts_ref_get(&p->refs);
	return p;
}

void ts_painting_unref(struct ts_painting **painting)
{
	struct ts_painting *p = *painting;
	*painting = NULL;
	if (!p || !ts_ref_put(&p->refs)) return;
	struct ts_overlay *overlay = atomic_load_explicit(&p->done, memory_order_relaxed);
	ts_overlay_free(&overlay);
	p->destroy(p);
}

const struct ts_overlay *ts_painting_get(const struct ts_painting *p)
{
	return p ? atomic_load_explicit(&p->done, memory_order_acquire) : NULL;
}
