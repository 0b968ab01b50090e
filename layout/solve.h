/* solve - from a document to pixels: which variant, and where its regions lie. Pure.
 *
 *   fractions of the canvas
 *       --edges to the nearest even pixel--> ts_rect     0, 1/3, 2/3, 1 of 1280:  0, 426, 854, 1280
 *
 * Edges are rounded, not sizes: regions that touch in the document touch on the canvas. Thread any.
 */
#ifndef TS_LAYOUT_SOLVE_H
#define TS_LAYOUT_SOLVE_H

#include "layout/model.h"

struct ts_occasion { size_t people; bool presentation; int canvas_w, canvas_h; };

/* The first variant whose `when` holds and that shows so many people; if none shows so many, the
 * last whose `when` holds; if none holds (ts_layout_check refuses such documents), the last of
 * all. */
size_t ts_solve_variant(const struct ts_layout_doc *doc, const struct ts_occasion *occasion);

struct ts_rect ts_solve_box(const struct ts_box *box, int canvas_w, int canvas_h);
/* The n cells of a grid region (1..49), row by row; for a fixed grid n is columns * rows. */
void ts_solve_cells(struct ts_rect *cell, size_t n, const struct ts_doc_region *region,
	const struct ts_rect *rect);
struct ts_looks ts_solve_looks(const struct ts_doc_region *region, const struct ts_rect *rect,
	int canvas_h);

#endif
