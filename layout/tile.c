#include "layout/tile.h"

#include "layout/compositor.h"

/* Green enough to be seen from the corner of the eye, on dark and on bright pictures. */
static const struct ts_rgb speaking_colour = {61, 220, 132};

static bool speaks(const struct ts_region *region, unsigned marks)
{
	return region->looks.label && (marks & TS_MARK_SPEAKING);
}

/* Of who speaks: as thick as can be seen on a tile of that size, at least as thick as the layout's
 * own. */
static int speaking_border(const struct ts_region *region)
{
	const struct ts_rect *r = &region->rect;
	const int smaller = r->w < r->h ? r->w : r->h, px = smaller / 80 & ~1;
	const int own = region->looks.border_px, clear = px < 2 ? 2 : px > 6 ? 6 : px;
	return own > clear ? own : clear;
}

unsigned ts_tile_labels(const struct ts_region *region, unsigned marks, bool has_picture)
{
	unsigned set = 0;
	if (region->more > 0) set |= 1u << TS_LABEL_MORE;
	if (!region->occupant)
		return region->blank ? set | 1u << TS_LABEL_CARD | 1u << TS_LABEL_IMAGE : set;
	if (region->looks.label) set |= 1u << TS_LABEL_NAME;
	if (!has_picture) set |= 1u << TS_LABEL_INITIALS | 1u << TS_LABEL_AVATAR;
	if (has_picture && (marks & TS_MARK_STALLED)) set |= 1u << TS_LABEL_STALLED;
	return set;
}

/* All of a picture that is shown whole is seen, inside the border. */
static struct ts_rect within_border(const struct ts_region *region)
{
	struct ts_rect r = region->rect;
	const int border = region->looks.border_px;
	if (region->fit != TS_FIT_FIT || 2 * border >= r.w || 2 * border >= r.h) return r;
	return (struct ts_rect){r.x + border, r.y + border, r.w - 2 * border, r.h - 2 * border};
}

static void draw_ground(AVFrame *canvas, const struct ts_tile *tile)
{
	const struct ts_region *region = tile->region;
	const struct ts_colour background = ts_colour_of(region->looks.background);
	if (region->clear) {
		return;
	} else if (!region->occupant) {
		ts_draw_fill(canvas, &region->rect, background);
	} else if (!tile->picture) {
		ts_draw_placeholder(canvas, &region->rect, region->occupant);
	} else {
		const struct ts_rect in = within_border(region);
		(tile->moves ? ts_draw_picture_quickly : ts_draw_picture)(
			canvas, &in, tile->picture, region->fit, tile->rotation, background);
		if (tile->marks & TS_MARK_STALLED) ts_draw_dimmed(canvas, &region->rect);
	}
}

static void draw_label(AVFrame *canvas, const struct ts_tile *tile, enum ts_label_kind kind)
{
	const struct ts_region *region = tile->region;
	const struct ts_overlay *label = tile->label[kind];
	struct ts_overlay *fitted = NULL;
	int x, y;
	if (tile->made_for[kind])
		fitted = ts_label_fitted(kind, label, tile->made_for[kind], &region->rect);
	if (fitted) label = fitted;
	ts_label_place(kind, label, region, &x, &y);
	ts_draw_overlay(canvas, &region->rect, x, y, label);
	ts_overlay_free(&fitted);
}

void ts_tile_draw(AVFrame *canvas, const struct ts_tile *tile, const struct ts_corners *corners)
{
	const struct ts_region *region = tile->region;
	draw_ground(canvas, tile);
	if (speaks(region, tile->marks))
		ts_corners_draw(corners, canvas, &region->rect, speaking_border(region),
			ts_colour_of(speaking_colour));
	else
		ts_corners_draw(corners, canvas, &region->rect, region->looks.border_px,
			ts_colour_of(region->looks.border));

	unsigned labels = ts_tile_labels(region, tile->marks, tile->picture != NULL);
	/* until the picture of somebody is there their initials stand for it */
	if (tile->label[TS_LABEL_AVATAR]) labels &= ~(1u << TS_LABEL_INITIALS);
	static const enum ts_label_kind order[] = {TS_LABEL_IMAGE, TS_LABEL_INITIALS,
		TS_LABEL_AVATAR, TS_LABEL_STALLED, TS_LABEL_NAME, TS_LABEL_MORE, TS_LABEL_CARD};
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (tile->label[order[i]] && labels >> order[i] & 1)
			draw_label(canvas, tile, order[i]);
}
