#include "mixer/view/glass.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *row_of(const AVFrame *canvas, const struct ts_rect *r, int plane, int y)
{
	const int s = plane > 0;
	return canvas->data[plane] + (ptrdiff_t)((r->y >> s) + y) * canvas->linesize[plane] +
		(r->x >> s);
}

void ts_glass_lift(struct ts_glass *g, AVFrame *canvas)
{
	const uint8_t *from = g->save;
	if (!g->lies) return;
	g->lies = false;
	for (int plane = 0; plane < 3; plane++) {
		const int s = plane > 0;
		const size_t w = (size_t)(g->rect.w >> s);
		for (int y = 0; y < g->rect.h >> s; y++, from += w)
			memcpy(row_of(canvas, &g->rect, plane, y), from, w);
	}
}

bool ts_glass_lay(struct ts_glass *g, const AVFrame *canvas, const struct ts_rect *rect)
{
	const size_t size = (size_t)rect->w * (size_t)rect->h * 3 / 2;
	if (size != g->size) {
		free(g->save);
		g->save = malloc(size ? size : 1);
		g->size = g->save ? size : 0;
	}
	g->rect = *rect;
	g->lies = g->save != NULL;
	uint8_t *to = g->save;
	for (int plane = 0; plane < 3 && to; plane++) {
		const int s = plane > 0;
		const size_t w = (size_t)(rect->w >> s);
		for (int y = 0; y < rect->h >> s; y++, to += w)
			memcpy(to, row_of(canvas, rect, plane, y), w);
	}
	return g->lies;
}

void ts_glass_fini(struct ts_glass *g)
{
	free(g->save);
	*g = (struct ts_glass){.save = NULL};
}
