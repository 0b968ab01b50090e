#include "layout/png.h"

#include "base/error.h"
#include <cairo.h>
#include <libyuv/convert_argb.h>
#include <stdlib.h>
#include <string.h>

struct growing {
	uint8_t *data;
	size_t len, cap;
};

static cairo_status_t append(void *arg, const unsigned char *data, unsigned int len)
{
	struct growing *g = arg;
	if (g->len + len > g->cap) {
		const size_t cap = 2 * (g->len + len);
		uint8_t *larger = realloc(g->data, cap);
		if (!larger) return CAIRO_STATUS_NO_MEMORY;
		g->data = larger;
		g->cap = cap;
	}
	memcpy(g->data + g->len, data, len);
	g->len += len;
	return CAIRO_STATUS_SUCCESS;
}

int ts_png(uint8_t **out, size_t *len, const AVFrame *p)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, p->width, p->height);
	struct growing g = {0};
	cairo_status_t status = cairo_surface_status(surface);
	if (status == CAIRO_STATUS_SUCCESS) {
		I420ToARGB(p->data[0], p->linesize[0], p->data[1], p->linesize[1], p->data[2],
			p->linesize[2], cairo_image_surface_get_data(surface),
			cairo_image_surface_get_stride(surface), p->width, p->height);
		cairo_surface_mark_dirty(surface);
		status = cairo_surface_write_to_png_stream(surface, append, &g);
	}
	cairo_surface_destroy(surface);
	if (status != CAIRO_STATUS_SUCCESS) {
		free(g.data);
		return TS_ENOMEM;
	}
	*out = g.data;
	*len = g.len;
	return 0;
}
