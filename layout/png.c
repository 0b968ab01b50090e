#include "layout/png.h"

#include "base/error.h"
#include <cairo.h>
#include <libyuv/convert_argb.h>
#include <stdbool.h>
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

/* [take] surface */
static int write_png(uint8_t **out, size_t *len, cairo_surface_t *surface)
{
	struct growing g = {0};
	cairo_status_t status = cairo_surface_status(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(surface, append, &g);
	cairo_surface_destroy(surface);
	if (status != CAIRO_STATUS_SUCCESS) {
		free(g.data);
		return TS_ENOMEM;
	}
	*out = g.data;
	*len = g.len;
	return 0;
}

int ts_png(uint8_t **out, size_t *len, const AVFrame *p)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, p->width, p->height);
	if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
		I420ToARGB(p->data[0], p->linesize[0], p->data[1], p->linesize[1], p->data[2],
			p->linesize[2], cairo_image_surface_get_data(surface),
			cairo_image_surface_get_stride(surface), p->width, p->height);
		cairo_surface_mark_dirty(surface);
	}
	return write_png(out, len, surface);
}

int ts_png_of_argb(uint8_t **out, size_t *len, const uint8_t *argb, int w, int h)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
	const bool there = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
	const int stride = there ? cairo_image_surface_get_stride(surface) : 0;
	uint8_t *rows = there ? cairo_image_surface_get_data(surface) : NULL;
	for (int y = 0; there && y < h; y++)
		memcpy(rows + (ptrdiff_t)y * stride, argb + (ptrdiff_t)y * w * 4, (size_t)w * 4);
	if (there) cairo_surface_mark_dirty(surface);
	return write_png(out, len, surface);
}
