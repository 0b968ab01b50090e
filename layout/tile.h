/* tile - one region of the canvas, drawn whole:
 *
 *   picture, or a placeholder in somebody's colour -> dimmed if stalled -> border, round corners ->
 *   initials, name, marks, "+3"
 *
 * Thread  the view's strand, or whoever draws a preview. Allocates nothing but for turned pictures,
 *         and for what moves.
 */
#ifndef TS_LAYOUT_TILE_H
#define TS_LAYOUT_TILE_H

#include "layout/corners.h"
#include "layout/label.h"

struct ts_tile {
	const struct ts_region *region;
	unsigned marks;                                  /* enum ts_marks, as of now */
	const AVFrame *picture;                          /* NULL: a placeholder */
	/* of the picture: degrees clockwise to turn it by */
	int rotation;
	const struct ts_overlay *label[TS_LABEL_KINDS];  /* NULL: none, or not drawn yet */
	/* what each was made for; NULL: a tile of the region's size */
	const struct ts_rect *made_for[TS_LABEL_KINDS];
	bool moves;              /* the next tick draws it elsewhere: quickly, then */
};

/* Kinds of labels that this tile shows now: a set of 1 << enum ts_label_kind. */
unsigned ts_tile_labels(const struct ts_region *region, unsigned marks, bool has_picture);
void ts_tile_draw(AVFrame *canvas, const struct ts_tile *tile, const struct ts_corners *corners);

#endif
