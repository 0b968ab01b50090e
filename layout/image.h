/* image - a still picture that was uploaded, and what is drawn of it: scaled once for each place
 * where it is shown, then blended as labels are.
 *
 *   BGRA, as decoded --make--> upright, at most so many pixels, alpha multiplied in (ts_image)
 *       --draw (size, shape, opacity)--> ts_overlay --> canvas
 *
 * Scaling is done on colours that alpha is multiplied into, so that no edge takes the colour of
 * what is invisible. Colours are taken as sRGB.
 * Thread  any; immutable once made, the count is atomic. Making takes some 50 ms, drawing 30 ms at
 *         1080p: never on a tick.
 */
#ifndef TS_LAYOUT_IMAGE_H
#define TS_LAYOUT_IMAGE_H

#include "base/ref.h"
#include "layout/overlay.h"

/* What is kept of a larger one: no canvas of a room needs more. */
enum { TS_IMAGE_KEPT_PIXELS = 1920 * 1080, TS_IMAGE_NAME_MAX = 64 };

struct ts_image {
	struct ts_ref refs;
	int w, h;
	uint8_t *argb;      /* uint32[h][w] in native order, premultiplied */
};

/* 1 to 64 of A-Z a-z 0-9 . _ ~ -, not beginning with a dot */
bool ts_image_name_ok(const char *name);

/* orientation: 1 to 8, as of EXIF. TS_ENOMEM. [give] *out */
int ts_image_make(struct ts_image **out, const AVFrame *bgra, int orientation);
struct ts_image *ts_image_ref(struct ts_image *image);
void ts_image_unref(struct ts_image **image); /* also of NULL */
size_t ts_image_bytes(const struct ts_image *image);
/* [give] *out, from malloc: a PNG of it. TS_ENOMEM */
int ts_image_png(uint8_t **out, size_t *len, const struct ts_image *image);

enum ts_image_shape {
	TS_IMAGE_FILL, /* cropped to w x h */
	TS_IMAGE_FIT,  /* all of it, no larger than w x h */
	TS_IMAGE_DISC, /* cropped to the largest circle in w x h, which are equal */
};
struct ts_image_spec {
	int w, h;               /* even, more than 0 */
	enum ts_image_shape shape;
	int opacity;            /* of 256 */
};

/* [give]; NULL: out of memory. */
struct ts_overlay *ts_image_draw(const struct ts_image *image, const struct ts_image_spec *spec);

#endif
