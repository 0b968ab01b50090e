/* model - a layout as its author wrote it: variants of regions in fractions of the canvas,
 * immutable and counted.
 *
 *   JSON text --parse--> ts_layout_doc --solve (canvas, people)--> regions in pixels
 *       --policy--> who is where
 *
 *   { "name":"speaker", "background":"#101418", "overflow":{"count":true, "rotate_s":15},
 *     "variants":[ { "max":6, "when":{"presentation":false, "aspect_min":"4/3", "aspect_max":2},
 *                    "regions":[ {"x":0, "y":0, "w":"2/3", "h":1, "z":0, "show":"speaker",
 *                                 "else":"blank", "fit":"fill", "label":true,
 *                                 "border":{"width":"1/180","color":"#ffffff"},
 *                                 "radius":0, "background":"#000000", "grid":"auto" } ] } ] }
 *
 * Only name, variants, regions and x, y, w, h, show are required; grid is "auto" or
 * {"columns":3,"rows":2}; widths of borders and radii are fractions of the canvas's height.
 * docs/LAYOUTS.md is for authors.
 *
 * Thread  any: a document never changes after parsing; the count is atomic.
 * Source  DESIGN section 2 "Layout JSON".
 * Full    64 KiB of text, 16 variants, 49 regions and cells of fixed grids a variant; more is an
 *         error of the author's.
 */
#ifndef TS_LAYOUT_MODEL_H
#define TS_LAYOUT_MODEL_H

#include "base/ref.h"
#include "layout/layout.h"

enum {
	TS_LAYOUT_TEXT_MAX = 64 * 1024,
	TS_LAYOUT_NAME_MAX = 64,
	TS_LAYOUT_VARIANTS_MAX = 16,
	TS_SELECTOR_MAX = 128,          /* bytes of an id, identity, role, name of an image, text */
	TS_FRACTION_DEN_MAX = 1000000,  /* of one number; sums stay below 2^63 */
};

/* A rational, not negative, den > 0. Numbers that are no fractions are taken to six decimals. */
struct ts_fraction { int64_t num, den; };
struct ts_box { struct ts_fraction x, y, w, h; }; /* inside the unit square */

/* In the order in which they are resolved. */
enum ts_show {
	TS_SHOW_PARTICIPANT,
	TS_SHOW_IDENTITY,
	TS_SHOW_PRESENTATION,
	TS_SHOW_ROLE,
	TS_SHOW_SPEAKER,
	TS_SHOW_NEXT,
	TS_SHOW_IMAGE, /* from here on: nobody */
	TS_SHOW_TEXT,
	TS_SHOW_BLANK,
	TS_SHOW_NOBODY /* no `else` */
};
struct ts_selector { enum ts_show show; char value[TS_SELECTOR_MAX + 1]; };
/* "participant:01H...", "next"; at most TS_SELECTOR_MAX + 16 bytes. NOBODY is "". */
void ts_selector_text(const struct ts_selector *selector, char *out, size_t cap);

enum ts_grid_kind { TS_GRID_NONE, TS_GRID_AUTO, TS_GRID_FIXED };

struct ts_doc_region {
	struct ts_box box;
	int z;
	enum ts_fit fit;
	struct ts_selector show, otherwise; /* otherwise: `else` */
	enum ts_grid_kind grid;
	int columns, rows;                  /* TS_GRID_FIXED */
	bool label;
	struct ts_fraction border, radius;  /* of the canvas's height */
	struct ts_rgb border_colour, background;
	bool has_background;                /* it was given */
};

enum ts_whether { TS_EITHER, TS_YES, TS_NO };

struct ts_doc_variant {
	size_t max;                                /* people shown; 0: any number */
	enum ts_whether presentation;
	struct ts_fraction aspect_min, aspect_max; /* width : height, inclusive; num 0: no bound */
	size_t n;
	struct ts_doc_region *region;
};

struct ts_layout_doc {
	struct ts_ref refs;
	char name[TS_LAYOUT_NAME_MAX + 1];
	struct ts_rgb background;
	bool count_overflow;   /* "+3" in the last tile */
	/* those not shown take their turns every so many seconds; 0: never */
	int rotate_s;
	size_t n;
	struct ts_doc_variant *variant;
	char *text;            /* canonical JSON, as the API gives it back */
};

/* The image or text that a region shows which was made of that document; NULL: it shows neither. */
const struct ts_selector *ts_region_names(const struct ts_layout_doc *doc,
	const struct ts_layout *layout, const struct ts_region *region);
/* Does a region of it show that image? */
bool ts_layout_doc_has_image(const struct ts_layout_doc *doc, const char *name);

/* What is wrong with a document, for its author: where (a JSON pointer, "" for the whole) and a
 * sentence. */
enum { TS_LAYOUT_POINTER_MAX = 256, TS_LAYOUT_REASON_MAX = 256 };
struct ts_layout_error { char pointer[TS_LAYOUT_POINTER_MAX], reason[TS_LAYOUT_REASON_MAX]; };

/* Reads a document. TS_EBADMSG: *err says what is wrong; TS_ENOMEM. text need not end with NUL.
 * [give] *out */
int ts_layout_parse(struct ts_layout_doc **out, const char *text, size_t len,
	struct ts_layout_error *err);
/* Is it of use on a canvas of that size: a variant for rooms with and without a presentation, no
 * region that rounds to nothing? TS_EINVAL: *err says what is wrong. */
int ts_layout_check(const struct ts_layout_doc *doc, int canvas_w, int canvas_h,
	struct ts_layout_error *err);

struct ts_layout_doc *ts_layout_doc_ref(struct ts_layout_doc *doc);
void ts_layout_doc_unref(struct ts_layout_doc **doc); /* NULL is allowed */

/* 1 to 64 of A-Z a-z 0-9 . _ ~ -, not beginning with a dot */
bool ts_layout_name_ok(const char *name);

/* The layouts of config/layouts/, carried inside the program. NULL: there is none of that index or
 * name. Never freed. */
struct ts_layout_doc *ts_layout_shipped(size_t index);
struct ts_layout_doc *ts_layout_shipped_named(const char *name);

#endif
