#include "mixer/view/painter.h"

#include "base/counter.h"
#include "base/error.h"
#include "base/ref.h"
#include "base/strand.h"
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, KEEP_MAX = 1024 };

struct ts_painting {
	struct ts_ref refs; /* the table's, while it is being drawn the strand's, plans' */
	struct ts_painting *next;
	uint32_t hash;
	struct ts_painter *painter; /* only while it is being drawn */
	struct ts_task task;
	struct ts_label_spec spec;
	_Atomic(struct ts_overlay *) done;
};

struct ts_painter {
	struct ts_strand *strand;
	struct ts_label_maker *maker; /* strand */
	struct ts_task warm_up;

	/* control */
	struct ts_painting *bucket[BUCKETS];
	size_t n;

	void (*done)(void *arg);
	void *done_arg;
};

/* FNV-1a; specs have no padding that is not zero. */
static uint32_t hash_of(const struct ts_label_spec *spec)
{
	const uint8_t *p = (const uint8_t *)spec;
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < sizeof(*spec); i++) h = (h ^ p[i]) * 16777619u;
	return h;
}

/* ---- paintings */

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
	free(p);
}

const struct ts_overlay *ts_painting_get(const struct ts_painting *p)
{
	return p ? atomic_load_explicit(&p->done, memory_order_acquire) : NULL;
}

/* On the strand. */
static void paint(struct ts_task *task)
{
	struct ts_painting *p = ts_container_of(task, struct ts_painting, task);
	if (p->painter->maker)
		atomic_store_explicit(
			&p->done, ts_label_draw(p->painter->maker, &p->spec), memory_order_release);
	ts_painting_unref(&p);
}

/* ---- the table */

/* Those that nobody but the table holds. */
static void forget_unused(struct ts_painter *painter)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct ts_painting **at = &painter->bucket[i]; *at;) {
			struct ts_painting *p = *at;
			if (ts_ref_is_shared(&p->refs)) {
				at = &p->next;
				continue;
			}
			*at = p->next;
			painter->n--;
			ts_painting_unref(&p);
		}
	}
}

static struct ts_painting *add(
	struct ts_painter *painter, const struct ts_label_spec *spec, uint32_t hash)
{
	if (painter->n >= KEEP_MAX) forget_unused(painter);
	struct ts_painting *p = calloc(1, sizeof(*p));
	if (!p) return NULL;
	ts_ref_init(&p->refs, 2);
	memcpy(&p->spec, spec, sizeof(*spec)); /* with its padding: it is compared by bytes */
	p->hash = hash;
	p->painter = painter;
	p->task.fn = paint;
	p->next = painter->bucket[hash % BUCKETS];
	painter->bucket[hash % BUCKETS] = p;
	painter->n++;
	if (ts_strand_post(painter->strand, &p->task)) {
		struct ts_painting *unpainted = p;
		ts_painting_unref(&unpainted);
	}
	return p;
}

struct ts_painting *ts_painter_request(struct ts_painter *painter, const struct ts_label_spec *spec)
{
	const uint32_t hash = hash_of(spec);
	struct ts_painting *p = painter->bucket[hash % BUCKETS];
	while (p && (p->hash != hash || memcmp(&p->spec, spec, sizeof(*spec)) != 0)) p = p->next;
	if (!p) p = add(painter, spec, hash);
	return p ? ts_painting_ref(p) : NULL;
}

/* ---- life */

/* Fonts are found and opened before anybody waits for a name. */
static void warm_up(struct ts_task *task)
{
	struct ts_painter *painter = ts_container_of(task, struct ts_painter, warm_up);
	const struct ts_rect tile = {0, 0, 640, 360};
	struct ts_label_spec spec;
	if (ts_label_maker_create(&painter->maker)) return;
	if (!ts_label_for(&spec, TS_LABEL_NAME, "Ada", 0, &tile)) return;
	struct ts_overlay *overlay = ts_label_draw(painter->maker, &spec);
	ts_overlay_free(&overlay);
}

int ts_painter_create(struct ts_painter **out, struct ts_pool *pool)
{
	struct ts_painter *painter = calloc(1, sizeof(*painter));
	if (!painter) return TS_ENOMEM;
	painter->warm_up.fn = warm_up;
	int err = ts_strand_create(&painter->strand, pool, TS_CLASS_LOW);
	if (err) {
		free(painter);
		return err;
	}
	ts_strand_post(painter->strand, &painter->warm_up);
	*out = painter;
	return 0;
}

static void painter_free(void *arg)
{
	struct ts_painter *painter = arg;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct ts_painting *p;
		while ((p = painter->bucket[i])) {
			painter->bucket[i] = p->next;
			ts_painting_unref(&p);
		}
	}
	ts_label_maker_destroy(&painter->maker);
	painter->done(painter->done_arg);
	free(painter);
}

void ts_painter_close(struct ts_painter *painter, void (*done)(void *arg), void *arg)
{
	painter->done = done;
	painter->done_arg = arg;
	ts_strand_close(painter->strand, painter_free, painter);
}

int ts_painter_post(struct ts_painter *painter, struct ts_task *task)
{
	return ts_strand_post(painter->strand, task);
}

struct ts_label_maker *ts_painter_maker(struct ts_painter *painter)
{
	return painter->maker;
}
