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

void ts_pictures_fini(struct ts_pictures *p)
{
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
	for (int v = 0; v < TS_VIEWS_MAX; v++) {
		if (!(views >> v & 1)) continue;
		struct ts_picture *oldest = ts_ring_push_newer(
			&p->view[v].ring, ts_picture_ref(picture));
		if (oldest) ts_count(TS_C_DROP_PICTURE);
		ts_picture_unref(&oldest);
	}
	ts_picture_unref(&picture);
}

struct ts_picture *ts_pictures_take(struct ts_pictures *p, int view, int64_t now_ns)
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
