#include "mixer/view/painter.h"

#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "mixer/view/painting.h"
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, KEEP_MAX = 1024 };

struct label {
	struct ts_painting painting; /* held by the table, while it is drawn the strand, plans */
	struct label *next;
	uint32_t hash;
	struct ts_painter *painter; /* only while it is being drawn */
	struct ts_task task;
	struct ts_label_spec spec;
};

struct ts_painter {
	struct ts_strand *strand;
	struct ts_label_maker *maker; /* strand */
	struct ts_task warm_up;

	/* control */
	struct label *bucket[BUCKETS];
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

/* ---- labels */

static void destroy(struct ts_painting *painting)
{
	free(ts_container_of(painting, struct label, painting));
}

static void release(struct label *l)
{
	struct ts_painting *painting = &l->painting;
	ts_painting_unref(&painting);
}

/* On the strand. */
static void paint(struct ts_task *task)
{
	struct label *l = ts_container_of(task, struct label, task);
	if (l->painter->maker)
		ts_painting_set(&l->painting, ts_label_draw(l->painter->maker, &l->spec));
	release(l);
}

/* ---- the table */

/* Those that nobody but the table holds. */
static void forget_unused(struct ts_painter *painter)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct label **at = &painter->bucket[i]; *at;) {
			struct label *l = *at;
			if (ts_ref_is_shared(&l->painting.refs)) {
				at = &l->next;
				continue;
			}
			*at = l->next;
			painter->n--;
			release(l);
		}
	}
}

static struct label *add(
	struct ts_painter *painter, const struct ts_label_spec *spec, uint32_t hash)
{
	if (painter->n >= KEEP_MAX) forget_unused(painter);
	struct label *l = calloc(1, sizeof(*l));
	if (!l) return NULL;
	ts_painting_init(&l->painting, 2, destroy);
	memcpy(&l->spec, spec, sizeof(*spec)); /* with its padding: it is compared by bytes */
	l->hash = hash;
	l->painter = painter;
	l->task.fn = paint;
	l->next = painter->bucket[hash % BUCKETS];
	painter->bucket[hash % BUCKETS] = l;
	painter->n++;
	if (ts_strand_post(painter->strand, &l->task)) release(l);
	return l;
}

struct ts_painting *ts_painter_request(struct ts_painter *painter, const struct ts_label_spec *spec)
{
	const uint32_t hash = hash_of(spec);
	struct label *l = painter->bucket[hash % BUCKETS];
	while (l && (l->hash != hash || memcmp(&l->spec, spec, sizeof(*spec)) != 0)) l = l->next;
	if (!l) l = add(painter, spec, hash);
	return l ? ts_painting_ref(&l->painting) : NULL;
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
		struct label *l;
		while ((l = painter->bucket[i])) {
			painter->bucket[i] = l->next;
			release(l);
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
