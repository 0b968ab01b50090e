#include "mixer/source/pictures.h"

#include "base/counter.h"

int ts_pictures_init(struct ts_pictures *p)
{
	int err = 0;
	for (int v = 0; v < TS_VIEWS_MAX && !err; v++)
		err = ts_ring_init(&p->view[v].ring, TS_PICTURES_QUEUED);
	if (err) ts_pictures_fini(p);
	return err;
}

/* [take] picture; NULL: none */
static void keep_last(struct ts_pictures *p, struct ts_picture *picture)
{
	struct ts_picture *before = atomic_exchange_explicit(
		&p->last, picture, memory_order_acq_rel);
	ts_picture_unref(&before);
}

void ts_pictures_fini(struct ts_pictures *p)
{
	keep_last(p, NULL);
	for (int v = 0; v < TS_VIEWS_MAX; v++) {
		struct ts_picture *picture;
		if (!p->view[v].ring.slots) continue;
		while ((picture = ts_ring_pop(&p->view[v].ring))) ts_picture_unref(&picture);
		ts_picture_unref(&p->view[v].next);
		ts_ring_fini(&p->view[v].ring);
	}
}

void ts_pictures_push(struct ts_pictures *p, struct ts_picture *picture, unsigned views)
{
	for (unsigned left = views; left; left &= left - 1) {
		const int v = __builtin_ctz(left);
		struct ts_picture *oldest = ts_ring_push_newer(
			&p->view[v].ring, ts_picture_ref(picture));
		if (oldest) ts_count(TS_C_DROP_PICTURE);
		ts_picture_unref(&oldest);
	}
	if (!views) ts_picture_unref(&picture);
	keep_last(p, picture);
}

void ts_pictures_begin(struct ts_pictures *p, int view)
{
	atomic_fetch_or_explicit(&p->begins, 1u << view, memory_order_relaxed);
}

void ts_pictures_forget(struct ts_pictures *p)
{
	keep_last(p, NULL);
}

/* With a reference; NULL: none, or another view looks at it. */
static struct ts_picture *look_at_last(struct ts_pictures *p)
{
	struct ts_picture *nothing = NULL, *picture;
	picture = atomic_exchange_explicit(&p->last, NULL, memory_order_acq_rel);
	if (!picture) return NULL;
	struct ts_picture *back = ts_picture_ref(picture);
	if (!atomic_compare_exchange_strong_explicit(
		    &p->last, &nothing, back, memory_order_acq_rel, memory_order_relaxed))
		ts_picture_unref(&back);
	return picture;
}

static void stop_beginning(struct ts_pictures *p, int view)
{
	atomic_fetch_and_explicit(&p->begins, ~(1u << view), memory_order_relaxed);
}

/* What waits may be of when the view showed it last. NULL: as if it did not begin. */
static struct ts_picture *take_first(struct ts_pictures *p, int view)
{
	struct ts_picture *picture, *first = look_at_last(p);
	if (!first) return NULL;
	ts_picture_unref(&p->view[view].next);
	while ((picture = ts_ring_pop_newer(&p->view[view].ring))) ts_picture_unref(&picture);
	stop_beginning(p, view);
	return first;
}

static struct ts_picture *take_due(struct ts_pictures *p, int view, int64_t now_ns)
{
	struct ts_picture *newest = NULL, **next = &p->view[view].next;
	for (;;) {
		if (!*next) *next = ts_ring_pop_newer(&p->view[view].ring);
		if (!*next || (*next)->due_ns > now_ns) return newest;
		if (newest && (*next)->due_ns > now_ns - (*next)->slack_ns) return newest;
		ts_picture_unref(&newest);
		newest = *next;
		*next = NULL;
	}
}

struct ts_picture *ts_pictures_take(struct ts_pictures *p, int view, int64_t now_ns)
{
	const bool begins = atomic_load_explicit(&p->begins, memory_order_relaxed) >> view & 1;
	struct ts_picture *picture = begins ? take_first(p, view) : NULL;
	if (picture) return picture;
	picture = take_due(p, view, now_ns);
	if (picture && begins) stop_beginning(p, view);
	return picture;
}
