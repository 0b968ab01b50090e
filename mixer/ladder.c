#include "mixer/ladder.h"

#include "codec/registry.h"

/* Steps below the canvas: heights that people know, with a rate and bitrate that suit them. A step of half or a quarter of the
 * canvas costs next to nothing to scale. */
static const struct {
	int div;
	int fps_div;
	int rate_div;
} steps[] = {{2, 1, 3}, {4, 2, 10}};

void ts_ladder_make(struct ts_ladder *ladder, int canvas_w, int canvas_h, int fps, uint32_t bitrate_bps)
{
	ladder->n = 0;
	ladder->step[ladder->n++] = (struct ts_step){canvas_w, canvas_h, fps, bitrate_bps};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		int w = canvas_w / steps[i].div & ~1, h = canvas_h / steps[i].div & ~1;
		if (w < 128 || h < 128) break;
		int step_fps = fps % steps[i].fps_div ? fps : fps / steps[i].fps_div; /* a step takes every k-th tick */
		ladder->step[ladder->n++] = (struct ts_step){w, h, step_fps, bitrate_bps / (uint32_t)steps[i].rate_div};
	}
}

static uint32_t lower(uint32_t limit, uint32_t other)
{
	return !limit || (other && other < limit) ? other : limit;
}

void ts_need_limit(struct ts_need *need, const struct ts_format *format, uint32_t kbps)
{
	struct ts_format_limits l;
	ts_format_limits(format, &l);
	need->max_mb = lower(need->max_mb, l.mb);
	need->max_mb_per_s = lower(need->max_mb_per_s, l.mb_per_s);
	need->max_mb_side = lower(need->max_mb_side, l.mb_side);
	need->max_fps = (int)lower((uint32_t)need->max_fps, l.fps);
	need->max_kbps = lower(lower(need->max_kbps, l.kbps), kbps);
}

static int fits_decoder(const struct ts_step *step, const struct ts_need *need)
{
	uint32_t w = ((uint32_t)step->width + 15) / 16, h = ((uint32_t)step->height + 15) / 16;
	if (need->max_mb && w * h > need->max_mb) return 0;
	if (need->max_mb_side && (w > h ? w : h) > need->max_mb_side) return 0;
	return !need->max_mb_per_s || w * h * (uint32_t)step->fps <= need->max_mb_per_s;
}

static int fits(const struct ts_step *step, const struct ts_need *need)
{
	if (need->max_height && step->height > need->max_height) return 0;
	if (need->max_fps && step->fps > need->max_fps) return 0;
	if (!fits_decoder(step, need)) return 0;
	return !need->max_kbps || step->bitrate_bps <= need->max_kbps * UINT64_C(1000);
}

size_t ts_ladder_pick(const struct ts_ladder *ladder, const struct ts_need *need)
{
	for (size_t i = 0; i < ladder->n; i++)
		if (fits(&ladder->step[i], need)) return i;
	return ladder->n - 1;
}
