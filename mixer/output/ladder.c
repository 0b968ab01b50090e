#include "mixer/output/ladder.h"

#include "codec/registry.h"
#include <math.h>

enum { MB = 16, CIF_MB = 396, KBPS_LEAST = 24, THIRD_FROM = 1080, STEP_LEAST = 128, FPS_LEAST = 7 };

/* Steps below the canvas: heights that people know, with a rate and bitrate that suit them. A step
 * of half or a quarter of the canvas costs next to nothing to scale. */
static const struct {
	int div;
	int fps_div;
	int rate_div;
} steps[] = {{2, 1, 3}, {3, 1, 5}, {4, 2, 10}};

/* For decoders to which even those are too large. */
static const struct {
	int width, height;
	int rate_div;
} small[] = {{352, 288, 10}, {176, 144, 25}, {128, 96, 40}};

static uint32_t mb_of(int width, int height)
{
	return (uint32_t)((width + MB - 1) / MB) * (uint32_t)((height + MB - 1) / MB);
}

static void add(struct ts_ladder *l, struct ts_step step)
{
	uint32_t least = KBPS_LEAST * 1000;
	if (step.bitrate_bps < least) step.bitrate_bps = least;
	l->step[l->n++] = step;
}

/* Half the pictures a second are enough for small ones, where that is a whole number. */
static int lower_rate(int fps, int div)
{
	return fps % div ? fps : fps / div;
}

void ts_ladder_make(struct ts_ladder *l, int canvas_w, int canvas_h, int fps, uint32_t bitrate_bps)
{
	int shorter = canvas_w < canvas_h ? canvas_w : canvas_h;
	l->n = 0;
	add(l, (struct ts_step){canvas_w, canvas_h, fps, bitrate_bps, false, 0});
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		int w = canvas_w / steps[i].div & ~1, h = canvas_h / steps[i].div & ~1;
		if (steps[i].div == 3 && shorter < THIRD_FROM) continue;
		if (w < STEP_LEAST || h < STEP_LEAST) break;
		add(l,
			(struct ts_step){w, h, lower_rate(fps, steps[i].fps_div),
				bitrate_bps / (uint32_t)steps[i].rate_div, false, 0});
	}
	for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
		const struct ts_step *last = &l->step[l->n - 1];
		int w = canvas_w < canvas_h ? small[i].height : small[i].width;
		int h = canvas_w < canvas_h ? small[i].width : small[i].height;
		if (i == 0 && mb_of(last->width, last->height) <= CIF_MB) continue;
		if (mb_of(w, h) >= mb_of(last->width, last->height)) continue;
		add(l,
			(struct ts_step){w, h, lower_rate(fps, 2),
				bitrate_bps / (uint32_t)small[i].rate_div,
				w * canvas_h != h * canvas_w, 0});
	}
}

void ts_ladder_thin(struct ts_ladder *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (i % 2 == 0 || i + 1 == l->n) l->step[n++] = l->step[i];
	l->n = n;
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
	if (format->codec == TS_CODEC_H264) need->level_idc = format->level_idc;
}

bool ts_step_fits_decoder(const struct ts_step *step, const struct ts_need *need)
{
	uint32_t w = ((uint32_t)step->width + MB - 1) / MB,
		 h = ((uint32_t)step->height + MB - 1) / MB;
	if (need->max_mb && w * h > need->max_mb) return false;
	if (need->max_mb_side && (w > h ? w : h) > need->max_mb_side) return false;
	return !need->max_mb_per_s || w * h * (uint32_t)step->fps <= need->max_mb_per_s;
}

/* The highest rate of a short list (so that receivers share encoders) at which the step fits; 0:
 * none. */
static int rate_for(const struct ts_step *step, const struct ts_need *need, int least)
{
	static const int rates[] = {50, 30, 25, 20, 15, 12, 10, 7, 5, 3, 1};
	uint32_t most = (uint32_t)step->fps, mb = mb_of(step->width, step->height);
	if (need->max_mb_per_s && need->max_mb_per_s / mb < most) most = need->max_mb_per_s / mb;
	if (need->max_fps && (uint32_t)need->max_fps < most) most = (uint32_t)need->max_fps;
	if (most == (uint32_t)step->fps) return step->fps;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		if ((uint32_t)rates[i] <= most) return rates[i] >= least ? rates[i] : 0;
	return 0;
}

/* Sent at a rate below its own a step needs fewer bits, but each picture differs more from the one
 * before. */
static void use_rate(struct ts_step *step, int fps)
{
	step->bitrate_bps = (uint32_t)((uint64_t)step->bitrate_bps * (uint32_t)(step->fps + fps) /
		(2u * (uint32_t)step->fps));
	step->fps = fps;
}

/* The SPS may not say more than the peer did, even where its max-fs or max-mbps lets us send more
 * (RFC 6184 8.1). */
static void use_level(struct ts_step *step, const struct ts_need *need)
{
	if (!need->level_idc) return;
	int natural = ts_h264_level(step->width, step->height, step->fps, step->bitrate_bps);
	if (natural > need->level_idc) step->level_idc = need->level_idc;
}

bool ts_ladder_pick(const struct ts_ladder *ladder, const struct ts_need *need, struct ts_step *out)
{
	for (size_t i = 0; i < ladder->n; i++) {
		struct ts_step step = ladder->step[i];
		bool last = i + 1 == ladder->n;
		int fps = rate_for(&step, need, step.fps < FPS_LEAST || last ? 1 : FPS_LEAST);
		if (!fps) continue;
		use_rate(&step, fps);
		if (!ts_step_fits_decoder(&step, need)) continue;
		if (need->max_height && step.height > need->max_height && !last) continue;
		if (need->max_kbps && step.bitrate_bps > need->max_kbps * UINT64_C(1000)) {
			if (!last) continue;
			uint32_t kbps = need->max_kbps > KBPS_LEAST ? need->max_kbps : KBPS_LEAST;
			step.bitrate_bps = kbps * 1000;
		}
		use_level(&step, need);
		*out = step;
		return true;
	}
	return false;
}

uint32_t ts_ladder_auto_kbps(int width, int height, int fps)
{
	double kbps = 1500 * pow((double)width * height * fps / (1280.0 * 720 * 30), 0.75);
	uint32_t rounded = (uint32_t)(kbps / 50 + 0.5) * 50;
	return rounded < 100 ? 100 : rounded;
}
