#include "mixer/view/subtitle.h"

#include "mixer/view/painting.h"
#include <stdlib.h>

struct subtitle {
	struct ts_painting painting; /* held by who asked, and while it is drawn by the strand */
	struct ts_painter *painter;  /* only while it is drawn */
	struct ts_task task;
	struct ts_caption_spec spec;
};

static void destroy(struct ts_painting *painting)
{
	free(ts_container_of(painting, struct subtitle, painting));
}

static void release(struct subtitle *s)
{
	struct ts_painting *painting = &s->painting;
	ts_painting_unref(&painting);
}

/* On the strand. */
static void paint(struct ts_task *task)
{
	struct subtitle *s = ts_container_of(task, struct subtitle, task);
	struct ts_label_maker *maker = ts_painter_maker(s->painter);
	if (maker) ts_painting_set(&s->painting, ts_caption_draw(maker, &s->spec));
	release(s);
}

struct ts_painting *ts_subtitle_request(
	struct ts_painter *painter, const struct ts_caption_spec *spec)
{
	struct subtitle *s = calloc(1, sizeof(*s));
	if (!s) return NULL;
	ts_painting_init(&s->painting, 2, destroy);
	s->painter = painter;
	s->spec = *spec;
	s->task.fn = paint;
	if (!ts_painter_post(painter, &s->task)) return &s->painting;
	release(s);
	release(s);
	return NULL;
}
