#include "layout/compositor.h"

#include <math.h>
#include <string.h>

/* Neighbouring keys get colours far apart (the finalizer of MurmurHash3). */
static uint64_t mix_bits(uint64_t k)
{
	k ^= k >> 33;
	k *= 0xff51afd7ed558ccdULL;
	k ^= k >> 33;
	k *= 0xc4ceb9fe1a85ec53ULL;
	return k ^ k >> 33;
}

/* A hue of its own, dark and of low saturation: it must not draw the eye from the faces. */
static struct ts_colour calm_colour(uint64_t key)
{
	const double hue = 2 * M_PI * (double)(mix_bits(key) >> 11) / 9007199254740992.0; /* 2^53 */
	return (struct ts_colour){72, (uint8_t)lround(128 + 22 * cos(hue)), (uint8_t)lround(128 + 22 * sin(hue))};
}

/* Luma of one row from left to right (in pixels and fractions); pixels that are covered in part are mixed. */
static void draw_span(uint8_t *row, double left, double right, uint8_t y)
{
	const int first = (int)ceil(left), last = (int)floor(right); /* whole pixels: [first, last) */
	if (first >= last) return;
	memset(row + first, y, (size_t)(last - first));
	if (first > left) row[first - 1] = (uint8_t)(row[first - 1] + (y - row[first - 1]) * (first - left));
	if (right > last) row[last] = (uint8_t)(row[last] + (y - row[last]) * (right - last));
}

/* An ellipse around (cx, cy), cut at the bottom and the sides of the tile. */
static void draw_ellipse(
	AVFrame *canvas, const struct ts_rect *tile, const double centre[2], const double radius[2], uint8_t y)
{
	const int from = (int)fmax(0, ceil(centre[1] - radius[1])), to = (int)fmin(tile->h, centre[1] + radius[1]);
	for (int i = from; i < to; i++) {
		const double dy = (i + 0.5 - centre[1]) / radius[1];
		if (fabs(dy) >= 1) continue;
		const double half = radius[0] * sqrt(1 - dy * dy);
		uint8_t *row = canvas->data[0] + (ptrdiff_t)(tile->y + i) * canvas->linesize[0] + tile->x;
		draw_span(row, fmax(0, centre[0] - half), fmin(tile->w, centre[0] + half), y);
	}
}

void ts_draw_placeholder(AVFrame *canvas, const struct ts_rect *rect, uint64_t key)
{
	const struct ts_colour ground = calm_colour(key);
	ts_draw_fill(canvas, rect, ground);

	/* the shape is the ground made lighter: luma only */
	const uint8_t lighter = (uint8_t)(ground.y + 56);
	const double size = fmin(rect->w, rect->h), middle = rect->w / 2.0, bottom = rect->h / 2.0 + size / 2;
	const double head[2] = {middle, bottom - 0.62 * size}, head_radius[2] = {0.16 * size, 0.18 * size};
	const double body[2] = {middle, bottom}, body_radius[2] = {0.32 * size, 0.36 * size};
	draw_ellipse(canvas, rect, head, head_radius, lighter);
	draw_ellipse(canvas, rect, body, body_radius, lighter);
}
