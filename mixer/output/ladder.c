#include "mixer/output/ladder.h"

#include "codec/registry.h"
#include <math.h>
#include <string.h>

enum { MB = 16, CIF_MB = 396, KBPS_LEAST = 24, THIRD_FROM = 1080, STEP_LEAST = 128, FPS_LEAST = 7 };
enum { SIDE_LEAST = 96, SHAPES_EQUAL = 50 /* within 1/50 */ };

/* Steps below the canvas, as parts of its size and bitrate that suit each other; at the end of a
 * row num is 0. A step of half or a quarter of the canvas costs next to nothing to scale. A third
 * is for canvases of 1080 lines: 640x360 is the most that decoders of level 3.0 take at 30/s. */
struct part {
	int num, den;
	int fps_div;
	int bits_num, bits_den;
};
enum { PARTS = 6 };
static const struct part close_parts[PARTS] = {
	{3, 4, 1, 3, 5}, {1, 2, 1, 1, 3}, {3, 8, 1, 1, 6}, {1, 4, 2, 2, 25}};
static const struct part close_parts_1080[PARTS] = {
	{2, 3, 1, 11, 20}, {1, 2, 1, 1, 3}, {1, 3, 1, 1, 5}, {1, 4, 1, 1, 10}, {1, 6, 2, 1, 20}};
static const struct part wide_parts[PARTS] = {{1, 2, 1, 1, 3}, {1, 4, 2, 1, 10}};
static const struct part wide_parts_1080[PARTS] = {
	{1, 2, 1, 1, 3}, {1, 3, 1, 1, 5}, {1, 4, 2, 1, 10}};
static const struct part no_parts[PARTS];

static const struct {
	const char *name;
	const struct part *part, *part_1080;
} presets[TS_LADDER_PRESETS] = {
	[TS_LADDER_CLOSE] = {"close", close_parts, close_parts_1080},
	[TS_LADDER_WIDE] = {"wide", wide_parts, wide_parts_1080},
	[TS_LADDER_ONE] = {"one", no_parts, no_parts},
};

/* For decoders to which even those are too large. */
static const struct {
	int width, height;
	int rate_div;
} small[] = {{352, 288, 10}, {176, 144, 25}, {128, 96, 40}};

/* H.263: small and few, so that callers share them. 96 and PCMU beside it pass where b=AS:192 is
 * said, 28 with G.729 where all is 64 kbit/s. */
static const struct ts_step old_steps[] = {
	{352, 288, 15, 384000, true, 0},
	{352, 288, 15, 192000, true, 0},
	{176, 144, 15, 96000, true, 0},
	{176, 144, 10, 48000, true, 0},
	{176, 144, 7, 28000, true, 0},
	{128, 96, 7, 24000, true, 0},
};

static uint32_t mb_of(int width, int height)
{
	return (uint32_t)((width + MB - 1) / MB) * (uint32_t)((height + MB - 1) / MB);
}

const char *ts_ladder_preset_name(enum ts_ladder_preset preset)
{
	return preset < TS_LADDER_PRESETS ? presets[preset].name : NULL;
}

bool ts_ladder_preset_named(enum ts_ladder_preset *out, const char *name)
{
	for (int i = 0; i < TS_LADDER_PRESETS; i++) {
		if (strcmp(name, presets[i].name)) continue;
		*out = (enum ts_ladder_preset)i;
		return true;
	}
	return false;
}

const char *ts_ladder_plan_fault(const struct ts_ladder_plan *plan, size_t *wrong)
{
	*wrong = 0;
	if (plan->preset == TS_LADDER_OWN && !plan->n) return "is missing: a list has steps";
	for (uint32_t i = 0; plan->preset == TS_LADDER_OWN && i < plan->n; i++) {
		const struct ts_ladder_own *own = &plan->own[i];
		*wrong = i;
		if (own->width < SIDE_LEAST || own->height < SIDE_LEAST) return "is too small";
		if (own->width % 2 || own->height % 2) return "has an odd size";
		if (own->fps < 1) return "has no pictures";
		if (own->kbps < KBPS_LEAST) return "has too few bits";
		if (i && own->kbps >= plan->own[i - 1].kbps)
			return "has as many bits as the step before, or more";
	}
	return NULL;
}

static void add(struct ts_ladder *l, struct ts_step step)
{
	uint32_t least = KBPS_LEAST * 1000;
	if (step.bitrate_bps < least) step.bitrate_bps = least;
	if (l->n < TS_LADDER_MAX) l->step[l->n++] = step;
}

/* Half the pictures a second are enough for small ones, where that is a whole number. */
static int lower_rate(int fps, int div)
{
	return fps % div ? fps : fps / div;
}

static void add_parts(struct ts_ladder *l, const struct part *part, const struct ts_step *top)
{
	for (; part->num; part++) {
		struct ts_step step = {.width = top->width * part->num / part->den & ~1,
			.height = top->height * part->num / part->den & ~1,
			.fps = lower_rate(top->fps, part->fps_div),
			.bitrate_bps = (uint32_t)((uint64_t)top->bitrate_bps *
				(uint32_t)part->bits_num / (uint32_t)part->bits_den)};
		if (step.width < STEP_LEAST || step.height < STEP_LEAST) break;
		add(l, step);
	}
}

/* Sizes that are rounded to even numbers are still of the shape that they come from. */
static bool is_of_shape(const struct ts_step *step, const struct ts_step *top)
{
	const int64_t a = (int64_t)step->width * top->height,
		      b = (int64_t)step->height * top->width;
	return (a > b ? a - b : b - a) * SHAPES_EQUAL <= b;
}

static int least_of(int a, int b)
{
	return a < b ? a : b;
}

static void add_own(
	struct ts_ladder *l, const struct ts_ladder_plan *plan, const struct ts_step *top)
{
	for (uint32_t i = 0; i < plan->n && i < TS_LADDER_OWN_MAX; i++) {
		struct ts_step step = {.width = least_of(plan->own[i].width, top->width),
			.height = least_of(plan->own[i].height, top->height),
			.fps = least_of(plan->own[i].fps, top->fps),
			.bitrate_bps = plan->own[i].kbps * 1000};
		step.letterbox = !is_of_shape(&step, top);
		add(l, step);
	}
}

/* For decoders to which even the last step is too large. */
static void add_small(struct ts_ladder *l, const struct ts_step *top)
{
	const bool portrait = top->width < top->height;
	for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
		const struct ts_step *last = &l->step[l->n - 1];
		int w = portrait ? small[i].height : small[i].width;
		int h = portrait ? small[i].width : small[i].height;
		uint32_t bps = top->bitrate_bps / (uint32_t)small[i].rate_div;
		if (i == 0 && mb_of(last->width, last->height) <= CIF_MB) continue;
		if (mb_of(w, h) >= mb_of(last->width, last->height)) continue;
		if (bps > last->bitrate_bps) bps = last->bitrate_bps;
		add(l,
			(struct ts_step){w, h, least_of(lower_rate(top->fps, 2), last->fps), bps,
				w * top->height != h * top->width, 0});
	}
}

void ts_ladder_make(
	struct ts_ladder *l, const struct ts_ladder_plan *plan, const struct ts_step *top)
{
	const bool is_1080 = least_of(top->width, top->height) >= THIRD_FROM;
	l->n = 0;
	if (plan->preset == TS_LADDER_OWN && plan->n) {
		add_own(l, plan, top);
	} else {
		const enum ts_ladder_preset preset = plan->preset < TS_LADDER_PRESETS
			? plan->preset
			: TS_LADDER_CLOSE;
		add(l,
			(struct ts_step){
				top->width, top->height, top->fps, top->bitrate_bps, false, 0});
		add_parts(l, is_1080 ? presets[preset].part_1080 : presets[preset].part, top);
	}
	l->n_main = l->n;
	add_small(l, top);
}

void ts_ladder_thin(struct ts_ladder *l)
{
	size_t n = 0, n_main = 0;
	for (size_t i = 0; i < l->n; i++) {
		const bool is_main = i < l->n_main;
		if (is_main && i % 2 && i + 1 != l->n_main) continue;
		l->step[n++] = l->step[i];
		n_main += is_main;
	}
	l->n = n;
	l->n_main = n_main;
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
	memcpy(need->mpi, l.mpi, sizeof need->mpi);
	if (format->codec == TS_CODEC_H264) {
		need->level_idc = format->level_idc;
		if (ts_format_is_level_1b(format)) need->level_idc = TS_LEVEL_1B;
	}
}

static bool is_sized(const struct ts_need *need)
{
	for (int i = 0; i < TS_H263_SIZES; i++)
		if (need->mpi[i]) return true;
	return false;
}

/* The rate at which a decoder of H.263 takes the step's size; 0: it does not. */
static int rate_of_size(const struct ts_step *step, const struct ts_need *need)
{
	const int size = ts_h263_size(step->width, step->height);
	return size < 0 ? 0 : ts_h263_fps(need->mpi[size]);
}

bool ts_step_fits_decoder(const struct ts_step *step, const struct ts_need *need)
{
	if (is_sized(need) && step->fps > rate_of_size(step, need)) return false;
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
	uint32_t most = (uint32_t)step->fps;
	if (is_sized(need) && (uint32_t)rate_of_size(step, need) < most)
		most = (uint32_t)rate_of_size(step, need);
	uint32_t mb = mb_of(step->width, step->height);
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
	/* 1b stands between 1.0 and 1.1 */
	const int most = need->level_idc == TS_LEVEL_1B ? 10 : need->level_idc;
	if (natural > most) step->level_idc = need->level_idc;
}

/* Of the step as it would be sent; false: the decoder takes it in no way. */
static bool adapt(struct ts_step *step, const struct ts_need *need, int least_fps)
{
	int fps = rate_for(step, need, least_fps);
	if (!fps) return false;
	use_rate(step, fps);
	return ts_step_fits_decoder(step, need);
}

/* Within what was asked for, too? */
static bool is_asked(const struct ts_step *step, const struct ts_need *need)
{
	if (need->max_height && step->height > need->max_height) return false;
	return !need->max_kbps || step->bitrate_bps <= need->max_kbps * UINT64_C(1000);
}

/* What is sent in H.263: of the sizes that the peer takes, none with more bits or pictures than the
 * room has. */
static void fit_sizes(
	const struct ts_ladder *ladder, const struct ts_need *need, struct ts_ladder *out)
{
	const struct ts_step *top = &ladder->step[0];
	struct ts_step smallest = {0};
	for (size_t i = 0; i < sizeof old_steps / sizeof *old_steps; i++) {
		struct ts_step step = old_steps[i];
		step.fps = least_of(step.fps, top->fps);
		const int fps = rate_for(&step, need, 1);
		if (!fps) continue;
		step.fps = fps;
		smallest = step;
		if (step.bitrate_bps <= top->bitrate_bps && is_asked(&step, need)) add(out, step);
	}
	if (out->n || !smallest.width) return;
	const uint32_t kbps = lower(top->bitrate_bps / 1000, need->max_kbps);
	if (kbps * UINT64_C(1000) < smallest.bitrate_bps) smallest.bitrate_bps = kbps * 1000;
	add(out, smallest); /* with KBPS_LEAST at least */
}

void ts_ladder_fit(
	const struct ts_ladder *ladder, const struct ts_need *need, struct ts_ladder *out)
{
	out->n = out->n_main = 0;
	if (is_sized(need)) {
		fit_sizes(ladder, need, out);
		out->n_main = out->n;
		return;
	}
	for (size_t i = 0; i < ladder->n; i++) {
		struct ts_step step = ladder->step[i];
		const bool last = i + 1 == ladder->n;
		if (i >= ladder->n_main && out->n) break; /* a larger one does */
		if (!adapt(&step, need, step.fps < FPS_LEAST || last ? 1 : FPS_LEAST)) continue;
		if (!is_asked(&step, need)) {
			if (!last) continue;
			uint32_t kbps = need->max_kbps > KBPS_LEAST ? need->max_kbps : KBPS_LEAST;
			if (need->max_kbps && kbps * UINT64_C(1000) < step.bitrate_bps)
				step.bitrate_bps = kbps * 1000;
		}
		/* at lower rates their bitrates may come to stand in another order */
		if (out->n && step.bitrate_bps >= out->step[out->n - 1].bitrate_bps) continue;
		use_level(&step, need);
		add(out, step);
	}
	out->n_main = out->n;
}

uint32_t ts_ladder_auto_kbps(int width, int height, int fps)
{
	double kbps = 1500 * pow((double)width * height * fps / (1280.0 * 720 * 30), 0.75);
	uint32_t rounded = (uint32_t)(kbps / 50 + 0.5) * 50;
	return rounded < 100 ? 100 : rounded;
}
