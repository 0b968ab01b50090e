#include "layout/image.h"

#include "base/error.h"
#include "layout/model.h"
#include "layout/png.h"
#include <assert.h>
#include <libyuv/planar_functions.h>
#include <libyuv/rotate_argb.h>
#include <libyuv/scale_argb.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* BGRA in memory, which is ARGB to libyuv and cairo. */
struct pixels {
	uint8_t *data;
	int stride, w, h;
};

static int pixels_of(struct pixels *out, int w, int h)
{
	*out = (struct pixels){malloc((size_t)w * (size_t)h * 4), w * 4, w, h};
	return out->data ? 0 : TS_ENOMEM;
}

static void scale(const struct pixels *dst, const struct pixels *src)
{
	const bool smaller = src->w > dst->w || src->h > dst->h;
	ARGBScale(src->data, src->stride, src->w, src->h, dst->data, dst->stride, dst->w, dst->h,
		smaller ? kFilterBox : kFilterBilinear);
}

static int at_least_1(double v)
{
	return v < 1 ? 1 : (int)v;
}

/* ---- as it is kept */

/* Turned after it was scaled: that is less to turn. */
static int turn(struct pixels *p, int orientation)
{
	static const enum RotationMode by[9] = {[3] = kRotate180,
		[4] = kRotate180,
		[5] = kRotate90,
		[6] = kRotate90,
		[7] = kRotate270,
		[8] = kRotate270};
	const bool mirrored = orientation == 2 || orientation == 4 || orientation == 5 ||
		orientation == 7;
	const bool lies = orientation >= 5;
	struct pixels turned;
	if (orientation <= 1 || orientation > 8) return 0;
	if (pixels_of(&turned, lies ? p->h : p->w, lies ? p->w : p->h)) return TS_ENOMEM;
	ARGBRotate(p->data, p->stride, turned.data, turned.stride, p->w, p->h, by[orientation]);
	free(p->data);
	*p = turned;
	if (!mirrored) return 0;
	/* after the rotation all four are mirrored from left to right */
	struct pixels flipped;
	if (pixels_of(&flipped, p->w, p->h)) return TS_ENOMEM;
	ARGBMirror(p->data, p->stride, flipped.data, flipped.stride, p->w, p->h);
	free(p->data);
	*p = flipped;
	return 0;
}

static int keep(struct pixels *out, const AVFrame *bgra)
{
	const double pixels = (double)bgra->width * bgra->height;
	const double by = pixels > TS_IMAGE_KEPT_PIXELS ? sqrt(TS_IMAGE_KEPT_PIXELS / pixels) : 1;
	struct pixels whole;
	if (pixels_of(&whole, bgra->width, bgra->height)) return TS_ENOMEM;
	ARGBAttenuate(bgra->data[0], bgra->linesize[0], whole.data, whole.stride, whole.w, whole.h);
	*out = whole;
	if (by >= 1) return 0;
	const int err = pixels_of(out, at_least_1(whole.w * by), at_least_1(whole.h * by));
	if (!err) scale(out, &whole);
	free(whole.data);
	return err;
}

int ts_image_make(struct ts_image **out, const AVFrame *bgra, int orientation)
{
	struct pixels p;
	assert(bgra->format == AV_PIX_FMT_BGRA && bgra->width > 0 && bgra->height > 0);
	struct ts_image *image = calloc(1, sizeof(*image));
	if (!image || keep(&p, bgra)) {
		free(image);
		return TS_ENOMEM;
	}
	if (turn(&p, orientation)) {
		free(p.data);
		free(image);
		return TS_ENOMEM;
	}
	ts_ref_init(&image->refs, 1);
	image->w = p.w;
	image->h = p.h;
	image->argb = p.data;
	*out = image;
	return 0;
}

struct ts_image *ts_image_ref(struct ts_image *image)
{
	ts_ref_get(&image->refs);
	return image;
}

void ts_image_unref(struct ts_image **image)
{
	struct ts_image *i = *image;
	*image = NULL;
	if (!i || !ts_ref_put(&i->refs)) return;
	free(i->argb);
	free(i);
}

size_t ts_image_bytes(const struct ts_image *image)
{
	return (size_t)image->w * (size_t)image->h * 4;
}

int ts_image_png(uint8_t **out, size_t *len, const struct ts_image *image)
{
	return ts_png_of_argb(out, len, image->argb, image->w, image->h);
}

bool ts_image_name_ok(const char *name)
{
	return ts_layout_name_ok(name);
}
_Static_assert((int)TS_IMAGE_NAME_MAX == (int)TS_LAYOUT_NAME_MAX, "names are of one kind");

/* ---- as it is drawn */

static int even_up(double v)
{
	const int even = 2 * (int)lround(v / 2);
	return even < 2 ? 2 : even;
}

/* The middle of the image, of the shape of w x h. */
static struct pixels crop(const struct ts_image *image, int w, int h)
{
	struct pixels p = {image->argb, image->w * 4, image->w, image->h};
	if ((int64_t)p.w * h > (int64_t)p.h * w)
		p.w = at_least_1((double)p.h * w / h);
	else
		p.h = at_least_1((double)p.w * h / w);
	p.data += (ptrdiff_t)((image->h - p.h) / 2) * p.stride +
		(ptrdiff_t)(image->w - p.w) / 2 * 4;
	return p;
}

static void size_of(const struct ts_image *image, const struct ts_image_spec *spec, int *w, int *h)
{
	*w = spec->w;
	*h = spec->h;
	if (spec->shape != TS_IMAGE_FIT) return;
	if ((int64_t)image->w * spec->h > (int64_t)image->h * spec->w)
		*h = even_up((double)image->h * spec->w / image->w);
	else
		*w = even_up((double)image->w * spec->h / image->h);
	if (*w > spec->w) *w = spec->w;
	if (*h > spec->h) *h = spec->h;
}

/* By k of 256; all four values, as alpha is multiplied into three of them. */
static void fade(uint8_t *argb, int k)
{
	for (int i = 0; i < 4; i++) argb[i] = (uint8_t)(argb[i] * k >> 8);
}

/* What lies outside of the circle goes, with an edge of one pixel. */
static void cut_disc(const struct pixels *p)
{
	const double r = p->w / 2.0;
	for (int y = 0; y < p->h; y++)
		for (int x = 0; x < p->w; x++) {
			const double over = hypot(x + 0.5 - r, y + 0.5 - r) - r + 0.5;
			if (over > 0)
				fade(p->data + (ptrdiff_t)y * p->stride + 4 * (ptrdiff_t)x,
					over < 1 ? (int)(256 * (1 - over)) : 0);
		}
}

struct ts_overlay *ts_image_draw(const struct ts_image *image, const struct ts_image_spec *spec)
{
	struct pixels p;
	int w, h;
	assert(spec->w > 0 && spec->h > 0 && !((spec->w | spec->h) & 1));
	assert(spec->shape != TS_IMAGE_DISC || spec->w == spec->h);
	size_of(image, spec, &w, &h);
	const struct pixels from = spec->shape == TS_IMAGE_FIT
		? (struct pixels){image->argb, image->w * 4, image->w, image->h}
		: crop(image, w, h);
	if (pixels_of(&p, w, h)) return NULL;
	scale(&p, &from);
	if (spec->shape == TS_IMAGE_DISC) cut_disc(&p);
	const size_t n = (size_t)w * (size_t)h;
	for (size_t i = 0; spec->opacity < 256 && i < n; i++)
		fade(p.data + 4 * i, spec->opacity < 0 ? 0 : spec->opacity);
	struct ts_overlay *overlay = ts_overlay_from_argb(p.data, p.stride, w, h);
	free(p.data);
	return overlay;
}
