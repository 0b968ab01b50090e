/* label - draws the text and marks of a tile with pango and cairo: names, initials, "+3", the mark
 * of a stalled source, what a card says.
 *
 *   NAME  [ (mic crossed out) Ada Lovelace ]   lower left    MORE     [ +3 ]          upper right
 *   INITIALS  ( AL )  a disc in the middle                   STALLED  ( no signal )  in the middle
 *
 * A spec says all that a drawing depends on, rounded so that tiles of nearly the same size share
 * one; equal specs are equal bytes. Any script, from the left or the right; what is too long ends
 * in an ellipsis.
 * Thread  ts_label_for: any. A maker is used by one thread at a time and may wander. Drawing takes
 *         0.1 ms as a rule, the first one of a script some 10 ms: never on a tick.
 */
#ifndef TS_LAYOUT_LABEL_H
#define TS_LAYOUT_LABEL_H

#include "layout/name.h"
#include "layout/overlay.h"

enum ts_label_kind {
	TS_LABEL_NAME,
	TS_LABEL_INITIALS,
	TS_LABEL_MORE,
	TS_LABEL_STALLED,
	TS_LABEL_CARD, /* a line of writing where nobody is shown, in the middle */
	/* not drawn here, but by layout/image.h: in place of the initials, and where nobody is */
	TS_LABEL_AVATAR,
	TS_LABEL_IMAGE,
	TS_LABEL_KINDS
};

struct ts_label_spec {
	enum ts_label_kind kind;
	unsigned marks;      /* NAME: of TS_MARK_MUTED, _PINNED, _HAND */
	int size_px;         /* of the type; INITIALS, STALLED: diameter of the disc */
	int max_w_px;        /* NAME, MORE: of all */
	char text[TS_NAME_TEXT_MAX + 1]; /* clean; zeroes behind it */
};

/* What to draw on a tile, from anybody's name (MORE: a number). False: nothing, it is too small or
 * there is nothing to say. */
bool ts_label_for(struct ts_label_spec *out, enum ts_label_kind kind, const char *name,
	unsigned marks, const struct ts_rect *tile);
/* How an image is drawn as AVATAR or IMAGE of such a region. False: it is too small. */
struct ts_image_spec;
bool ts_label_image(struct ts_image_spec *out, enum ts_label_kind kind,
	const struct ts_region *region);
/* Where its upper left corner goes. */
void ts_label_place(enum ts_label_kind kind, const struct ts_overlay *label,
	const struct ts_region *region, int *x, int *y);
/* The label as large as such a tile has it, of one that was made for another. [give]; NULL: it fits
 * as it is, or out of memory. */
struct ts_overlay *ts_label_fitted(enum ts_label_kind kind, const struct ts_overlay *label,
	const struct ts_rect *made_for, const struct ts_rect *tile);

struct ts_label_maker;
int ts_label_maker_create(struct ts_label_maker **out); /* TS_ENOMEM */
void ts_label_maker_destroy(struct ts_label_maker **maker);
/* [give]; NULL: out of memory. */
struct ts_overlay *ts_label_draw(struct ts_label_maker *maker, const struct ts_label_spec *spec);

#endif
