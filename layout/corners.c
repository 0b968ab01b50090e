#include "layout/corners.h"

#include "layout/compositor.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One corner of one plane: rows of w samples, addressed from the tip of the corner inwards. */
struct corner {
	uint8_t *tip;          /* of the canvas */
	ptrdiff_t right, down; /* steps away from the tip */
	int size;              /* of the box */
	uint8_t *save;         /* uint8[size][size] */
};

static struct corner corner_of(const struct ts_corners *c, const AVFrame *canvas,
	const struct ts_rect *r, int plane, int which)
{
	const int s = plane > 0, size = c->box >> s, luma = c->box * c->box;
	const int x = which & 1 ? r->x + r->w - 1 : r->x, y = which & 2 ? r->y + r->h - 1 : r->y;
	struct corner k = {.size = size};
	k.right = which & 1 ? -1 : 1;
	k.down = which & 2 ? -canvas->linesize[plane] : canvas->linesize[plane];
	k.tip = canvas->data[plane] + (ptrdiff_t)(y >> s) * canvas->linesize[plane] + (x >> s);
	k.save = c->save
		? c->save + which * (luma * 3 / 2) + (plane ? luma + (plane - 1) * (luma / 4) : 0)
		: NULL;
	return k;
}

void ts_corners_init(struct ts_corners *c, int radius_px)
{
	*c = (struct ts_corners){.radius = radius_px, .box = (radius_px + 1) & ~1};
	if (radius_px > 0) c->save = malloc((size_t)c->box * (size_t)c->box * 6);
	if (!c->save) c->radius = c->box = 0;
}

void ts_corners_use(struct ts_corners *c, int radius_px)
{
	if (!c->save) return;
	c->radius = radius_px;
	c->box = (radius_px + 1) & ~1;
}

void ts_corners_fini(struct ts_corners *c)
{
	free(c->save);
	*c = (struct ts_corners){0};
}

void ts_corners_save(struct ts_corners *c, const AVFrame *canvas, const struct ts_rect *rect)
{
	for (int i = 0; c->radius && i < 12; i++) {
		const struct corner k = corner_of(c, canvas, rect, i % 3, i / 3);
		for (int y = 0; y < k.size; y++)
			for (int x = 0; x < k.size; x++)
				k.save[y * k.size + x] = k.tip[y * k.down + x * k.right];
	}
}

static double share(double v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* How much of a sample is inside a circle around (centre, centre), from its distance: exact enough
 * for an edge. Behind the centre, in the last row and column of a box whose radius is odd, the side
 * is straight. */
static double inside(double radius, double centre, int x, double dy)
{
	return share(radius - hypot(fmax(centre - x - 0.5, 0), dy) + 0.5);
}

/* Where in a row the circle begins: before it every sample is outside, two samples later every one
 * is inside. */
static int begins(double radius, double centre, double dy)
{
	const double reach = (radius + 0.5) * (radius + 0.5) - dy * dy;
	return reach <= 0 ? (int)ceil(centre) : (int)fmax(0, floor(centre - sqrt(reach) - 0.5));
}

/* Outside the outer circle what was saved, between the circles the border, inside the picture. */
static void draw_corner(const struct corner *k, double radius, double border, uint8_t colour)
{
	for (int y = 0; y < k->size; y++) {
		const double dy = fmax(radius - y - 0.5, 0);
		uint8_t *row = k->tip + y * k->down;
		const uint8_t *saved = k->save + y * k->size;
		const int from = begins(radius, radius, dy);
		for (int x = 0; x < from && x < k->size; x++) row[x * k->right] = saved[x];
		for (int x = from; x < k->size; x++) {
			const double outer = inside(radius, radius, x, dy);
			const double inner = border > 0 ? inside(radius - border, radius, x, dy)
							: outer;
			if (inner >= 1) break;
			const double now = row[x * k->right];
			row[x * k->right] = (uint8_t)lrint(
				now * inner + colour * (outer - inner) + saved[x] * (1 - outer));
		}
	}
}

/* The four straight sides, without the corners. */
static void draw_sides(
	AVFrame *canvas, const struct ts_rect *r, int border, int box, struct ts_colour colour)
{
	const int in = box > border ? box : 0, y = in ? in : border;
	const struct ts_rect sides[4] = {
		{r->x + in, r->y, r->w - 2 * in, border},
		{r->x + in, r->y + r->h - border, r->w - 2 * in, border},
		{r->x, r->y + y, border, r->h - 2 * y},
		{r->x + r->w - border, r->y + y, border, r->h - 2 * y},
	};
	for (int i = 0; i < 4; i++)
		if (sides[i].w > 0 && sides[i].h > 0) ts_draw_fill(canvas, &sides[i], colour);
}

void ts_corners_draw(const struct ts_corners *c, AVFrame *canvas, const struct ts_rect *r,
	int border_px, struct ts_colour border)
{
	if (2 * border_px > r->w || 2 * border_px > r->h) border_px = 0;
	if (border_px) draw_sides(canvas, r, border_px, c->box, border);
	const uint8_t colour[3] = {border.y, border.u, border.v};
	for (int i = 0; c->radius && i < 12; i++) {
		const int plane = i % 3;
		const struct corner k = corner_of(c, canvas, r, plane, i / 3);
		const double scale = plane ? 0.5 : 1;
		draw_corner(&k, c->radius * scale, border_px * scale, colour[plane]);
	}
}
