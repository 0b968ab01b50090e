#include "layout/compositor.h"

#include <math.h>

/* Neighbouring keys get colours far apart (the finalizer of MurmurHash3). */
static uint64_t mix_bits(uint64_t k)
{
	k ^= k >> 33;
	k *= 0xff51afd7ed558ccdULL;
	k ^= k >> 33;
	k *= 0xc4ceb9fe1a85ec53ULL;
	return k ^ k >> 33;
}

/* A hue of its own, dark and of low saturation: it must not draw the eye from the faces. */
static struct ts_colour calm_colour(uint64_t key)
{
	const double hue = 2 * M_PI * (double)(mix_bits(key) >> 11) / 9007199254740992.0; /* 2^53 */
	return (struct ts_colour){
		72, (uint8_t)lround(128 + 22 * cos(hue)), (uint8_t)lround(128 + 22 * sin(hue))};
}

void ts_draw_placeholder(AVFrame *canvas, const struct ts_rect *rect, uint64_t key)
{
	ts_draw_fill(canvas, rect, calm_colour(key));
}
