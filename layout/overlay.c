#include "layout/overlay.h"

#include <assert.h>
#include <libyuv/planar_functions.h>
#include <libyuv/scale.h>
#include <stdlib.h>
#include <string.h>

/* BT.601 limited range in 16-bit fixed point; the sums stay within 16..235 and 16..240. */
static uint8_t luma_of(int r, int g, int b)
{
	return (uint8_t)((16829 * r + 33039 * g + 6416 * b + (16 << 16) + 32768) >> 16);
}
static uint8_t u_of(int r, int g, int b)
{
	return (uint8_t)((-9714 * r - 19070 * g + 28784 * b + (128 << 16) + 32768) >> 16);
}
static uint8_t v_of(int r, int g, int b)
{
	return (uint8_t)((28784 * r - 24103 * g - 4681 * b + (128 << 16) + 32768) >> 16);
}

struct ts_colour ts_colour_of(struct ts_rgb c)
{
	return (struct ts_colour){luma_of(c.r, c.g, c.b), u_of(c.r, c.g, c.b), v_of(c.r, c.g, c.b)};
}

/* Sums of one or four premultiplied pixels. */
struct sums {
	int a, r, g, b;
};

static void add(struct sums *s, const uint8_t *argb, int stride_bytes, int x, int y)
{
	uint32_t p;
	memcpy(&p, argb + (ptrdiff_t)y * stride_bytes + 4 * (ptrdiff_t)x, sizeof(p));
	s->a += (int)(p >> 24);
	s->r += (int)(p >> 16 & 0xff);
	s->g += (int)(p >> 8 & 0xff);
	s->b += (int)(p & 0xff);
}

/* Back to plain colours. */
static struct sums divide(const struct sums *s)
{
	if (!s->a) return (struct sums){0, 0, 0, 0};
	const int half = s->a / 2;
	const struct sums c = {s->a, (s->r * 255 + half) / s->a, (s->g * 255 + half) / s->a,
		(s->b * 255 + half) / s->a};
	return (struct sums){
		c.a, c.r < 255 ? c.r : 255, c.g < 255 ? c.g : 255, c.b < 255 ? c.b : 255};
}

static void fill_luma(struct ts_overlay *o, const uint8_t *argb, int stride_bytes)
{
	for (int y = 0; y < o->h; y++) {
		for (int x = 0; x < o->w; x++) {
			struct sums s = {0};
			add(&s, argb, stride_bytes, x, y);
			const struct sums c = divide(&s);
			o->data[0][y * o->w + x] = luma_of(c.r, c.g, c.b);
			o->alpha[0][y * o->w + x] = (uint8_t)s.a;
		}
	}
}

static void fill_chroma(struct ts_overlay *o, const uint8_t *argb, int stride_bytes)
{
	const int w = o->w / 2;
	for (int y = 0; y < o->h / 2; y++) {
		for (int x = 0; x < w; x++) {
			struct sums s = {0};
			for (int i = 0; i < 4; i++)
				add(&s, argb, stride_bytes, 2 * x + i % 2, 2 * y + i / 2);
			const struct sums c = divide(&s);
			o->data[1][y * w + x] = u_of(c.r, c.g, c.b);
			o->data[2][y * w + x] = v_of(c.r, c.g, c.b);
			o->alpha[1][y * w + x] = (uint8_t)((s.a + 2) / 4);
		}
	}
}

static struct ts_overlay *overlay_new(int w, int h)
{
	const size_t luma = (size_t)w * (size_t)h;
	struct ts_overlay *o = malloc(sizeof(*o) + 2 * luma + luma / 4 * 3);
	if (!o) return NULL;
	uint8_t *at = (uint8_t *)(o + 1);
	o->w = w;
	o->h = h;
	o->data[0] = at;
	o->alpha[0] = at + luma;
	o->data[1] = at + 2 * luma;
	o->data[2] = o->data[1] + luma / 4;
	o->alpha[1] = o->data[2] + luma / 4;
	return o;
}

struct ts_overlay *ts_overlay_from_argb(const uint8_t *argb, int stride_bytes, int w, int h)
{
	assert(w > 0 && h > 0 && w % 2 == 0 && h % 2 == 0);
	struct ts_overlay *o = overlay_new(w, h);
	if (!o) return NULL;
	fill_luma(o, argb, stride_bytes);
	fill_chroma(o, argb, stride_bytes);
	return o;
}

struct ts_overlay *ts_overlay_scaled(const struct ts_overlay *from, int w, int h)
{
	assert(w > 0 && h > 0 && w % 2 == 0 && h % 2 == 0);
	struct ts_overlay *o = overlay_new(w, h);
	if (!o) return NULL;
	for (int i = 0; i < 5; i++) { /* Y, U, V, and alpha of both */
		const int s = i == 1 || i == 2 || i == 4;
		const uint8_t *src = i < 3 ? from->data[i] : from->alpha[i - 3];
		uint8_t *dst = i < 3 ? o->data[i] : o->alpha[i - 3];
		ScalePlane(src, from->w >> s, from->w >> s, from->h >> s, dst, w >> s, w >> s,
			h >> s, kFilterBilinear);
	}
	return o;
}

void ts_overlay_free(struct ts_overlay **overlay)
{
	struct ts_overlay *o = *overlay;
	*overlay = NULL;
	free(o);
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}
static int min_int(int a, int b)
{
	return a < b ? a : b;
}

void ts_draw_overlay(
	AVFrame *canvas, const struct ts_rect *clip, int x, int y, const struct ts_overlay *o)
{
	const int left = max_int(x, clip->x), top = max_int(y, clip->y);
	const int w = min_int(x + o->w, clip->x + clip->w) - left,
		  h = min_int(y + o->h, clip->y + clip->h) - top;
	assert(((x | y | left | top) & 1) == 0);
	if (w <= 0 || h <= 0) return;
	for (int p = 0; p < 3; p++) {
		const int s = p > 0, stride = o->w >> s;
		const ptrdiff_t from = (ptrdiff_t)((top - y) >> s) * stride + ((left - x) >> s);
		uint8_t *dst = canvas->data[p] + (ptrdiff_t)(top >> s) * canvas->linesize[p] +
			(left >> s);
		BlendPlane(o->data[p] + from, stride, dst, canvas->linesize[p], o->alpha[s] + from,
			stride, dst, canvas->linesize[p], w >> s, h >> s);
	}
}
