/* layout - where things are on the canvas: the solved layout that the compositor draws and the API
 * shows.
 *
 *   layout document + people + canvas
 *       --(solve, policy)--> ts_layout: regions in pixels, each with its occupant and looks
 *
 * Pure values. Thread any. Made by layout/policy.h from a document (layout/model.h), or by ts_grid
 * alone.
 */
#ifndef TS_LAYOUT_LAYOUT_H
#define TS_LAYOUT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_REGIONS_MAX = 49 };

struct ts_rect { int x, y, w, h; };          /* canvas pixels, all even */
struct ts_rgb { uint8_t r, g, b; };          /* sRGB, as written in a layout */
enum ts_fit { TS_FIT_FILL, TS_FIT_FIT };     /* crop to the shape | letterbox */
/* which picture of its occupant a region shows */
/* the last two: of nobody, what its document names */
enum ts_shows { TS_SHOWS_CAMERA, TS_SHOWS_SLIDES, TS_SHOWS_IMAGE, TS_SHOWS_TEXT };

/* What happens to the occupant at the moment; not part of a layout: policy leaves it 0, whoever
 * draws fills it in. */
enum ts_marks {
	TS_MARK_MUTED = 1,
	TS_MARK_SPEAKING = 2,
	TS_MARK_STALLED = 4, /* dimmed: nothing new came for 2 s */
	TS_MARK_PINNED = 8,
	TS_MARK_HAND = 16, /* raised */
};

/* How a region is drawn, whoever is in it. Border and radius are inside rect. */
struct ts_looks {
	bool label;                /* the name, with mute and speaking marks */
	int border_px;             /* even; 0: none */
	int radius_px;             /* of the corners; 0: square */
	struct ts_rgb border;
	/* behind the picture: letterbox bars, rounded corners are cut to the canvas's */
	struct ts_rgb background;
};

struct ts_region {
	struct ts_rect rect;
	int z;                     /* higher is drawn later; equal only where nothing overlaps */
	enum ts_fit fit;
	enum ts_shows shows;
	struct ts_looks looks;
	uint64_t occupant;         /* the caller's key of who is shown; 0: nobody */
	/* nobody is shown, but the background is drawn (`"else":"blank"`), or an image or text */
	bool blank;
	/* of an image or text without a background of its own: what lies beneath is seen */
	bool clear;
	/* "+3" in the corner of this tile: so many people are not shown; 0: nothing is drawn */
	int more;
	unsigned marks;            /* enum ts_marks */
	int item;                  /* the region of the document's variant that it was made of */
};

/* Regions are in the order of the document; those of a grid follow each other. One that has no
 * occupant and is not blank is not drawn. */
struct ts_layout {
	int canvas_w, canvas_h;
	struct ts_rgb background;
	int variant;               /* of the document */
	int64_t turn;              /* of those who are shown in turns (layout/policy.h) */
	size_t n;
	struct ts_region region[TS_REGIONS_MAX];
};

/* The automatic grid for n tiles (1..49) on a canvas of even size: the number of columns that gives
 * the largest tiles.
 *
 *     2                    3                    5
 *   +-----------+        +-----+-----+        +-----------+     A short last row is centred.
 *   +-----+-----+        |  0  |  1  |        +---+---+---+     Edges, not sizes, are rounded to
 *   |  0  |  1  |        +--+--+--+--+        | 0 | 1 | 2 |     even pixels: tiles touch, none
 *   +-----+-----+           |  2  |           +-+-+-+-+-+-+     overlap.
 *   +-----------+           +-----+             | 3 | 4 |
 *
 * A tile is between 4:3 and 2:1, so that cropping never takes more than a quarter of a 16:9
 * picture: where the cells of the canvas are narrower (on 1280x720: 2, whose cells of 640x720 hold
 * tiles of 640x480, 5 and 6) or wider, the tiles stay together in its middle and background shows
 * around them. Otherwise they cover it. Fills layout->region[0..n); occupants 0, fit FILL, plain
 * looks. */
void ts_grid(struct ts_layout *layout, size_t n, int canvas_w, int canvas_h);

#endif
