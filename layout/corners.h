/* corners - round corners and borders of a tile. What lies beneath is saved before the tile is
 * drawn over it, and put back outside the curve with its edge smoothed; so a tile that lies on top
 * of another shows that, not a patch of background, in its corners.
 *
 * Thread  the view's strand. Allocates at ts_corners_init only.
 */
#ifndef TS_LAYOUT_CORNERS_H
#define TS_LAYOUT_CORNERS_H

#include "layout/overlay.h"

struct ts_corners {
	int radius;    /* 0: square, nothing is saved */
	int box;       /* side of a corner, even */
	/* 4 corners of box x box luma and twice a quarter of that of chroma; NULL: square */
	uint8_t *save;
};

/* radius_px: at most half of the shorter side of the tile. Out of memory: the tile stays square. */
void ts_corners_init(struct ts_corners *corners, int radius_px);
/* Another radius until the next, at most that of ts_corners_init. */
void ts_corners_use(struct ts_corners *corners, int radius_px);
void ts_corners_fini(struct ts_corners *corners);
/* Before the tile is drawn, whenever something beneath it was. */
void ts_corners_save(struct ts_corners *corners, const AVFrame *canvas, const struct ts_rect *rect);
/* After: a border of even width (0: none) inside rect, and the corners. */
void ts_corners_draw(const struct ts_corners *corners, AVFrame *canvas, const struct ts_rect *rect,
	int border_px, struct ts_colour border);

#endif
