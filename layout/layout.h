/* layout - where things are on the canvas: the solved layout that the compositor draws and the API shows.
 *
 *   people in order + canvas --(grid, later the layout language)--> ts_layout: regions in pixels, each with its occupant
 *
 * Pure values. Thread any. The layout language (DESIGN section 2) is another producer of the same struct.
 */
#ifndef TS_LAYOUT_LAYOUT_H
#define TS_LAYOUT_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum { TS_REGIONS_MAX = 49 };

struct ts_rect { int x, y, w, h; };          /* canvas pixels, all even */
enum ts_fit { TS_FIT_FILL, TS_FIT_FIT };     /* crop to the shape | letterbox */

struct ts_region {
	struct ts_rect rect;
	int z;
	enum ts_fit fit;
	uint64_t occupant; /* the caller's key of who is shown; 0: nobody */
};

struct ts_layout {
	int canvas_w, canvas_h;
	size_t n;
	struct ts_region region[TS_REGIONS_MAX];
};

/* The automatic grid for n tiles (1..49) on a canvas of even size: the number of columns that gives the largest tiles.
 *
 *     2                    3                    5
 *   +-----------+        +-----+-----+        +-----------+     A short last row is centred. Edges, not sizes, are
 *   +-----+-----+        |  0  |  1  |        +---+---+---+     rounded to even pixels: tiles touch, none overlap.
 *   |  0  |  1  |        +--+--+--+--+        | 0 | 1 | 2 |
 *   +-----+-----+           |  2  |           +-+-+-+-+-+-+
 *   +-----------+           +-----+             | 3 | 4 |
 *
 * A tile is between 4:3 and 2:1, so that cropping never takes more than a quarter of a 16:9 picture: where the cells
 * of the canvas are narrower (on 1280x720: 2, whose cells of 640x720 hold tiles of 640x480, 5 and 6) or wider, the
 * tiles stay together in its middle and background shows around them. Otherwise they cover it. Fills
 * layout->region[0..n); occupants 0, fit FILL. */
void ts_grid(struct ts_layout *layout, size_t n, int canvas_w, int canvas_h);

/* Puts `people` (keys, not 0, each once, in order of joining) into the layout's regions so that nobody who stays
 * moves. `before` is the last layout, NULL at first. While the number of tiles stays, a tile keeps its owner and a
 * newcomer takes the tile of one who left; when it changes, those who were shown keep their order and newcomers
 * follow. Whoever was shown goes before who was not. People beyond the regions are hidden: *n_hidden of them. */
void ts_place(struct ts_layout *layout, const struct ts_layout *before, const uint64_t *people, size_t n_people, size_t *n_hidden);

#endif
