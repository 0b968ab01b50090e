#include "mixer/view/gallery.h"

#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "mixer/view/painting.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { THREAD_NICE = 10 };

struct shown {
	char name[TS_IMAGE_NAME_MAX + 1];
	struct ts_image *image;
};

struct drawing {
	struct ts_painting painting; /* held by the table, while it is drawn the strand, plans */
	struct drawing *next;
	struct ts_image *image;
	struct ts_image_spec spec;
	struct ts_task task;
};

struct ts_gallery {
	struct shown *shown;
	size_t n, cap;
	struct drawing *drawings;
	size_t bytes; /* of those of the table */

	struct ts_pool *pool; /* NULL: nothing was done yet */
	struct ts_strand *strand;
};

/* ---- the thread */

static int open_strand(struct ts_gallery *g)
{
	const struct ts_pool_config config = {
		.name = "images", .threads = 1, .nice = THREAD_NICE, .waits = true};
	int err = g->pool ? 0 : ts_pool_create(&g->pool, &config);
	if (!err && !g->strand) err = ts_strand_create(&g->strand, g->pool, TS_CLASS_LOW);
	return err;
}

int ts_gallery_post(struct ts_gallery *g, struct ts_task *task)
{
	const int err = open_strand(g);
	return err ? err : ts_strand_post(g->strand, task);
}

/* ---- images */

static struct shown *find(const struct ts_gallery *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (!strcmp(g->shown[i].name, name)) return &g->shown[i];
	return NULL;
}

static struct shown *add(struct ts_gallery *g, const char *name)
{
	if (g->n == g->cap) {
		const size_t cap = g->cap ? 2 * g->cap : 16;
		struct shown *more = realloc(g->shown, cap * sizeof(*more));
		if (!more) return NULL;
		g->shown = more;
		g->cap = cap;
	}
	struct shown *s = &g->shown[g->n++];
	memset(s, 0, sizeof(*s));
	memcpy(s->name, name, strlen(name));
	return s;
}

int ts_gallery_put(struct ts_gallery *g, const char *name, struct ts_image *image)
{
	assert(ts_image_name_ok(name));
	struct shown *s = find(g, name);
	if (!s && g->n == TS_GALLERY_IMAGES_MAX) return TS_ELIMIT;
	if (!s && !(s = add(g, name))) return TS_ENOMEM;
	ts_image_unref(&s->image);
	s->image = ts_image_ref(image);
	return 0;
}

void ts_gallery_remove(struct ts_gallery *g, const char *name)
{
	struct shown *s = find(g, name);
	if (!s) return;
	ts_image_unref(&s->image);
	*s = g->shown[--g->n];
}

/* ---- drawings */

static void destroy(struct ts_painting *painting)
{
	struct drawing *d = ts_container_of(painting, struct drawing, painting);
	ts_image_unref(&d->image);
	free(d);
}

static void release(struct drawing *d)
{
	struct ts_painting *painting = &d->painting;
	ts_painting_unref(&painting);
}

/* On the strand. */
static void draw(struct ts_task *task)
{
	struct drawing *d = ts_container_of(task, struct drawing, task);
	ts_painting_set(&d->painting, ts_image_draw(d->image, &d->spec));
	release(d);
}

/* Both luma and alpha whole, three more planes of a quarter; what FIT does not fill is not there,
 * and counts all the same. */
static size_t bytes_of(const struct ts_image_spec *spec)
{
	return (size_t)spec->w * (size_t)spec->h * 11 / 4;
}

static void forget_unused(struct ts_gallery *g)
{
	for (struct drawing **at = &g->drawings; *at;) {
		struct drawing *d = *at;
		if (ts_ref_is_shared(&d->painting.refs)) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		g->bytes -= bytes_of(&d->spec);
		release(d);
	}
}

static struct drawing *begin(
	struct ts_gallery *g, struct ts_image *image, const struct ts_image_spec *spec)
{
	forget_unused(g);
	if (g->bytes + bytes_of(spec) > TS_GALLERY_DRAWN_BYTES) {
		ts_count(TS_C_IMAGES_NOT_DRAWN);
		return NULL;
	}
	struct drawing *d = calloc(1, sizeof(*d));
	if (!d) return NULL;
	ts_painting_init(&d->painting, 2, destroy);
	d->image = ts_image_ref(image);
	d->spec = *spec;
	d->task.fn = draw;
	d->next = g->drawings;
	g->drawings = d;
	g->bytes += bytes_of(spec);
	if (ts_gallery_post(g, &d->task)) release(d);
	return d;
}

static bool same_spec(const struct ts_image_spec *a, const struct ts_image_spec *b)
{
	return a->w == b->w && a->h == b->h && a->shape == b->shape && a->opacity == b->opacity;
}

struct ts_painting *ts_gallery_request(
	struct ts_gallery *g, const char *name, const struct ts_image_spec *spec)
{
	const struct shown *s = g ? find(g, name) : NULL;
	if (!s) return NULL;
	struct drawing *d = g->drawings;
	while (d && (d->image != s->image || !same_spec(&d->spec, spec))) d = d->next;
	if (!d) d = begin(g, s->image, spec);
	return d ? ts_painting_ref(&d->painting) : NULL;
}

/* ---- life */

int ts_gallery_create(struct ts_gallery **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : TS_ENOMEM;
}

static void ignore(void *arg)
{
	(void)arg;
}

void ts_gallery_destroy(struct ts_gallery **gallery)
{
	struct ts_gallery *g = *gallery;
	*gallery = NULL;
	if (!g) return;
	if (g->strand) ts_strand_close(g->strand, ignore, NULL);
	if (g->pool) ts_pool_destroy(&g->pool);
	while (g->n) ts_image_unref(&g->shown[--g->n].image);
	while (g->drawings) {
		struct drawing *d = g->drawings;
		g->drawings = d->next;
		release(d);
	}
	free(g->shown);
	free(g);
}
