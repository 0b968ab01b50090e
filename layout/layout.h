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

/* The automatic grid for n tiles (1..49) on a canvas: shapes that keep tiles near 16:9 and large; a short last row is centred
 * (3 = 2+1, 5 = 3+2). Tiles cover the canvas without gaps but for the short row's sides. Fills layout->region[0..n), occupants 0. */
void ts_grid(struct ts_layout *layout, size_t n, int canvas_w, int canvas_h);

/* Puts `people` (keys, in order of joining) into the layout's regions so that nobody who stays moves: `before` is the last layout.
 * While n stays, a tile keeps its owner and a newcomer takes the tile of one who left; when the number of tiles changes, order is
 * kept. People beyond the regions are hidden: *n_hidden of them. */
void ts_place(struct ts_layout *layout, const struct ts_layout *before, const uint64_t *people, size_t n_people, size_t *n_hidden);

#endif
