#include "layout/compositor.h"

#include <assert.h>
#include <libyuv/planar_functions.h>
#include <libyuv/rotate.h>
#include <libyuv/scale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Three planes of a picture, or of a part of one. Chroma has (w + 1) / 2 x (h + 1) / 2 samples. */
struct planes {
	uint8_t *data[3];
	int stride[3];
	int w, h;
};

/* uint8[h][stride] from (x, y) on; x and y are even. */
static struct planes part_of(const AVFrame *frame, int x, int y, int w, int h)
{
	struct planes p = {.w = w, .h = h};
	for (int i = 0; i < 3; i++) {
		const int shift = i > 0;
		p.stride[i] = frame->linesize[i];
		p.data[i] = frame->data[i] + (ptrdiff_t)(y >> shift) * frame->linesize[i] +
			(x >> shift);
	}
	return p;
}

static void assert_i420(const AVFrame *frame)
{
	assert(frame->format == AV_PIX_FMT_YUV420P && frame->width > 0 && frame->height > 0);
	(void)frame;
}

static void assert_inside(const AVFrame *canvas, const struct ts_rect *r)
{
	assert_i420(canvas);
	assert(((r->x | r->y | r->w | r->h) & 1) == 0 && r->x >= 0 && r->y >= 0 && r->w >= 0 &&
		r->h >= 0);
	assert(r->x + r->w <= canvas->width && r->y + r->h <= canvas->height);
	(void)canvas, (void)r;
}

/* ---- which part of the picture goes where */

static int even_of(int64_t num, int64_t den)
{
	const int even = 2 * (int)((num + den) / (2 * den));
	return even < 2 ? 2 : even;
}

/* An odd last row or column is left out: it has no chroma of its own, and without it all planes
 * scale alike. */
static int even_part(int size)
{
	return size > 1 ? size & ~1 : 1;
}

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

/* libyuv has ways of its own for 1:1, 2:1 and 4:1, several times as fast as its general scaler. A
 * picture that is larger than k times the tile by at most 1/32 is cropped a little more, to be
 * exactly that. */
static void snap_to_fast_ratio(int *w, int *h, int dst_w, int dst_h)
{
	for (int k = 1; k <= 4; k *= 2) {
		const int over_w = *w - k * dst_w, over_h = *h - k * dst_h;
		if (over_w >= 0 && over_h >= 0 && over_w <= *w / 32 && over_h <= *h / 32) {
			*w = k * dst_w;
			*h = k * dst_h;
			return;
		}
	}
}

/* The middle of the picture, of the shape of dst_w x dst_h. */
static struct planes crop_to_shape(const AVFrame *picture, int dst_w, int dst_h)
{
	const int full_w = even_part(picture->width), full_h = even_part(picture->height);
	int w = full_w, h = full_h;
	if ((int64_t)full_w * dst_h > (int64_t)full_h * dst_w)
		w = min_int(full_w, even_of((int64_t)full_h * dst_w, dst_h));
	else
		h = min_int(full_h, even_of((int64_t)full_w * dst_h, dst_w));
	snap_to_fast_ratio(&w, &h, dst_w, dst_h);
	return part_of(picture, (full_w - w) / 2 & ~1, (full_h - h) / 2 & ~1, w, h);
}

/* A third of 1280 is 426 pixels for a camera that fits its tile, and 428 for the tile in the
 * middle: a picture that lacks at most 2 pixels at a fast ratio is drawn by that, into this part of
 * the tile. */
static struct ts_rect fast_part(const struct ts_rect *tile, const AVFrame *picture)
{
	struct ts_rect part = *tile;
	for (int k = 1; k <= 4; k *= 2) {
		const int w = picture->width / k & ~1, h = picture->height / k & ~1;
		if (w < tile->w - 2 || h < tile->h - 2 || w > tile->w + tile->w / 32 ||
			h > tile->h + tile->h / 32)
			continue;
		part.w = min_int(tile->w, w);
		part.h = min_int(tile->h, h);
		break;
	}
	return part;
}

/* Fills what of a tile lies right of and below its part w x h with the last column and row of
 * that. */
static void repeat_edges(const struct planes *tile, int w, int h)
{
	for (int i = 0; i < 3; i++) {
		const int shift = i > 0, to_w = tile->w >> shift, to_h = tile->h >> shift,
			  from_w = w >> shift, from_h = h >> shift;
		uint8_t *row = tile->data[i];
		for (int y = 0; y < from_h && from_w < to_w; y++, row += tile->stride[i])
			memset(row + from_w, row[from_w - 1], (size_t)(to_w - from_w));
		row = tile->data[i] + (ptrdiff_t)from_h * tile->stride[i];
		for (int y = from_h; y < to_h; y++, row += tile->stride[i])
			memcpy(row, row - tile->stride[i], (size_t)to_w);
	}
}

/* The largest rectangle of shape w x h inside rect, in its middle. */
static struct ts_rect fit_into(const struct ts_rect *rect, int w, int h)
{
	struct ts_rect in = *rect;
	if ((int64_t)rect->w * h > (int64_t)rect->h * w)
		in.w = min_int(rect->w, even_of((int64_t)rect->h * w, h));
	else
		in.h = min_int(rect->h, even_of((int64_t)rect->w * h, w));
	in.x += (rect->w - in.w) / 2 & ~1;
	in.y += (rect->h - in.h) / 2 & ~1;
	return in;
}

/* What of rect lies around its part `in`. */
static void fill_around(AVFrame *canvas, const struct ts_rect *rect, const struct ts_rect *in,
	struct ts_colour colour)
{
	const int right = in->x + in->w, below = in->y + in->h;
	const struct ts_rect bars[4] = {
		{rect->x, rect->y, rect->w, in->y - rect->y},
		{rect->x, below, rect->w, rect->y + rect->h - below},
		{rect->x, in->y, in->x - rect->x, in->h},
		{right, in->y, rect->x + rect->w - right, in->h},
	};
	for (int i = 0; i < 4; i++) ts_draw_fill(canvas, &bars[i], colour);
}

/* ---- pixels */

struct way {
	enum ts_fit fit;
	int rotation;
	struct ts_colour background;
	bool quick; /* it is seen for one tick in this size */
};

static bool is_ratio(const struct planes *dst, const struct planes *src, int k)
{
	return src->w == k * dst->w && src->h == k * dst->h;
}

/* Box looks at every pixel of the source, bilinear at the nearest four. In faces the difference is
 * hard to see down to 1/3 and box costs 2.5 times as much; below that bilinear makes fine detail
 * flicker. Print loses strokes as soon as a pixel is passed over, below 1/2, so what is shown whole
 * (screens, slides) gets the box there. The fast ways of 2:1 and 4:1 want box. */
static enum FilterMode filter_for(
	const struct planes *dst, const struct planes *src, enum ts_fit fit)
{
	if (is_ratio(dst, src, 2) || is_ratio(dst, src, 4)) return kFilterBox;
	const int most = fit == TS_FIT_FIT ? 2 : 3;
	return src->w > most * dst->w || src->h > most * dst->h ? kFilterBox : kFilterBilinear;
}

static void scale_by(const struct planes *dst, const struct planes *src, enum FilterMode filter)
{
	I420Scale(src->data[0], src->stride[0], src->data[1], src->stride[1], src->data[2],
		src->stride[2], src->w, src->h, dst->data[0], dst->stride[0], dst->data[1],
		dst->stride[1], dst->data[2], dst->stride[2], dst->w, dst->h, filter);
}

/* Memory for a picture of that size, to be freed by data[0]; NULL there: out of memory. */
static struct planes planes_of(int w, int h)
{
	const size_t luma = (size_t)w * (size_t)h;
	uint8_t *buf = malloc(luma + luma / 2);
	if (!buf) return (struct planes){0};
	return (struct planes){{buf, buf + luma, buf + luma + luma / 4}, {w, w / 2, w / 2}, w, h};
}

/* A third of the general scaler's price, whatever the ratio: by 2:1 or 4:1 first, which are fast,
 * then the nearest pixel, less than one in two passed over. For what moves on. */
static void scale_quickly(const struct planes *dst, const struct planes *src)
{
	const int k = src->w >= 4 * dst->w && src->h >= 4 * dst->h ? 4
		: src->w >= 2 * dst->w && src->h >= 2 * dst->h     ? 2
								   : 1;
	struct planes part = *src, less = {0};
	if (k > 1) {
		part.w = src->w / (2 * k) * 2 * k;
		part.h = src->h / (2 * k) * 2 * k;
		less = planes_of(part.w / k, part.h / k);
	}
	if (less.data[0]) scale_by(&less, &part, kFilterBox);
	scale_by(dst, less.data[0] ? &less : src, kFilterNone);
	free(less.data[0]);
}

static void scale(const struct planes *dst, const struct planes *src, const struct way *way)
{
	const bool fast = is_ratio(dst, src, 1) || is_ratio(dst, src, 2) || is_ratio(dst, src, 4);
	if (way->quick && !fast)
		scale_quickly(dst, src);
	else
		scale_by(dst, src, filter_for(dst, src, way->fit));
}

/* src has the size of dst before it is turned. */
static void rotate(const struct planes *dst, const struct planes *src, int rotation)
{
	I420Rotate(src->data[0], src->stride[0], src->data[1], src->stride[1], src->data[2],
		src->stride[2], dst->data[0], dst->stride[0], dst->data[1], dst->stride[1],
		dst->data[2], dst->stride[2], src->w, src->h, (enum RotationMode)rotation);
}

/* Scaled first and turned second: the tile is what is small. */
static int scale_and_rotate(
	const struct planes *dst, const struct planes *src, const struct way *way)
{
	const bool lies = way->rotation % 180 != 0;
	const int w = lies ? dst->h : dst->w, h = lies ? dst->w : dst->h;
	if (src->w == w && src->h == h) {
		rotate(dst, src, way->rotation);
		return 0;
	}
	const struct planes upright = planes_of(w, h);
	if (!upright.data[0]) return -1;
	scale(&upright, src, way);
	rotate(dst, &upright, way->rotation);
	free(upright.data[0]);
	return 0;
}

static void draw(
	AVFrame *canvas, const struct ts_rect *rect, const AVFrame *picture, const struct way *way)
{
	assert_inside(canvas, rect);
	assert_i420(picture);
	assert(way->rotation >= 0 && way->rotation < 360 && way->rotation % 90 == 0);
	if (rect->w == 0 || rect->h == 0) return;

	/* on its side: width and height of the tile change places */
	const bool lies = way->rotation % 180 != 0;
	struct ts_rect in = *rect;
	if (way->fit == TS_FIT_FIT) {
		in = lies ? fit_into(rect, picture->height, picture->width)
			  : fit_into(rect, picture->width, picture->height);
		fill_around(canvas, rect, &in, way->background);
	}
	const struct planes tile = part_of(canvas, in.x, in.y, in.w, in.h);
	if (way->fit == TS_FIT_FILL && !lies) in = fast_part(&in, picture);
	const struct planes src = lies ? crop_to_shape(picture, in.h, in.w)
				       : crop_to_shape(picture, in.w, in.h);
	const struct planes dst = part_of(canvas, in.x, in.y, in.w, in.h);
	if (way->rotation == 0)
		scale(&dst, &src, way);
	else if (scale_and_rotate(&dst, &src, way) < 0)
		ts_draw_fill(canvas, &in, way->background);
	if (dst.w < tile.w || dst.h < tile.h) repeat_edges(&tile, dst.w, dst.h);
}

void ts_draw_picture(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *picture,
	enum ts_fit fit, int rotation, struct ts_colour background)
{
	draw(canvas, rect, picture, &(struct way){fit, rotation, background, false});
}

void ts_draw_picture_quickly(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *picture,
	enum ts_fit fit, int rotation, struct ts_colour background)
{
	draw(canvas, rect, picture, &(struct way){fit, rotation, background, true});
}

void ts_draw_fill(AVFrame *canvas, const struct ts_rect *rect, struct ts_colour colour)
{
	assert_inside(canvas, rect);
	if (rect->w == 0 || rect->h == 0) return;
	I420Rect(canvas->data[0], canvas->linesize[0], canvas->data[1], canvas->linesize[1],
		canvas->data[2], canvas->linesize[2], rect->x, rect->y, rect->w, rect->h, colour.y,
		colour.u, colour.v);
}

void ts_draw_dimmed(AVFrame *canvas, const struct ts_rect *rect)
{
	assert_inside(canvas, rect);
	const struct planes p = part_of(canvas, rect->x, rect->y, rect->w, rect->h);
	for (int i = 0; i < 3; i++) {
		const int w = i ? p.w / 2 : p.w, h = i ? p.h / 2 : p.h;
		const int mul = i ? 128 : 96,
			  /* chroma to a half, luma from 16 to 16 and 3/8 above */
			add = i ? 64 : 10;
		for (int y = 0; y < h; y++) {
			uint8_t *row = p.data[i] + (ptrdiff_t)y * p.stride[i];
			for (int x = 0; x < w; x++) row[x] = (uint8_t)((row[x] * mul >> 8) + add);
		}
	}
}

void ts_draw_scaled(AVFrame *out, const AVFrame *canvas)
{
	assert_i420(out);
	assert_i420(canvas);
	const struct planes dst = part_of(out, 0, 0, out->width, out->height);
	const struct planes src = part_of(canvas, 0, 0, canvas->width, canvas->height);
	scale_by(&dst, &src, filter_for(&dst, &src, TS_FIT_FILL));
}

void ts_draw_blended(AVFrame *canvas, const struct ts_rect *rect, const AVFrame *other, int share)
{
	assert_inside(canvas, rect);
	assert_inside(other, rect);
	assert(share >= 0 && share <= 256);
	const struct planes to = part_of(canvas, rect->x, rect->y, rect->w, rect->h);
	const struct planes from = part_of(other, rect->x, rect->y, rect->w, rect->h);
	for (int i = 0; i < 3; i++) {
		const int w = i ? to.w / 2 : to.w, h = i ? to.h / 2 : to.h;
		if (share == 256)
			CopyPlane(from.data[i], from.stride[i], to.data[i], to.stride[i], w, h);
		else
			InterpolatePlane(to.data[i], to.stride[i], from.data[i], from.stride[i],
				to.data[i], to.stride[i], w, h, share);
	}
}
