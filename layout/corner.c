#include "layout/corner.h"

enum { BORDER_PX = 2, OF_WIDTH = 5, OF_WIDTH_UPRIGHT = 4, OF_MARGIN = 40 };

static int even(int px)
{
	return px & ~1;
}

bool ts_layout_add_corner(struct ts_layout *l, uint64_t occupant)
{
	const bool upright = l->canvas_h > l->canvas_w;
	const int margin = even((upright ? l->canvas_w : l->canvas_h) / OF_MARGIN);
	const int w = even(l->canvas_w / (upright ? OF_WIDTH_UPRIGHT : OF_WIDTH));
	const int h = even(w * 9 / 16);
	int top = 0, item = 0;
	if (l->n == TS_REGIONS_MAX) return false;
	for (size_t i = 0; i < l->n; i++) {
		if (l->region[i].z > top) top = l->region[i].z;
		if (l->region[i].item > item) item = l->region[i].item;
	}
	l->region[l->n++] = (struct ts_region){
		.rect = {even(l->canvas_w - margin - w), even(l->canvas_h - margin - h), w, h},
		.z = top + 1,
		.fit = TS_FIT_FILL,
		.shows = TS_SHOWS_CAMERA,
		.looks = {.border_px = BORDER_PX,
			.border = {255, 255, 255},
			.background = {16, 20, 24}},
		.occupant = occupant,
		.item = item + 1,
	};
	return true;
}
