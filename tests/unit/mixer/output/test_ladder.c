#include "codec/registry.h"
#include "mixer/output/ladder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void make(struct ts_ladder *l, enum ts_ladder_preset preset, struct ts_step top)
{
	const struct ts_ladder_plan plan = {.preset = preset};
	ts_ladder_make(l, &plan, &top);
}

/* The largest step that there is for them. */
static bool pick(const struct ts_ladder *l, const struct ts_need *need, struct ts_step *out)
{
	struct ts_ladder steps;
	ts_ladder_fit(l, need, &steps);
	if (steps.n) *out = steps.step[0];
	return steps.n > 0;
}

static void steps_of_720p(void **state)
{
	(void)state;
	struct ts_ladder l;
	make(&l, TS_LADDER_WIDE, (struct ts_step){1280, 720, 30, 1500000, false, 0});
	assert_int_equal(l.n, 5);
	assert_int_equal(l.step[3].width, 176); /* with bars: every decoder takes it */
	assert_true(l.step[3].letterbox);
	assert_int_equal(l.step[0].height, 720);
	assert_int_equal(l.step[1].width, 640);
	assert_int_equal(l.step[1].bitrate_bps, 500000);
	assert_int_equal(l.step[2].height, 180);
	assert_int_equal(l.step[2].fps, 15);
}

static void close_steps(void **state)
{
	static const struct ts_step steps[] = {{1280, 720, 30, 1500000, false, 0},
		{960, 540, 30, 900000, false, 0}, {640, 360, 30, 500000, false, 0},
		{480, 270, 30, 250000, false, 0}, {320, 180, 15, 120000, false, 0}};
	struct ts_ladder l, all;
	struct ts_step step = {0};
	(void)state;
	make(&l, TS_LADDER_CLOSE, steps[0]);
	assert_int_equal(l.n_main, 5);
	for (size_t i = 0; i < l.n_main; i++) {
		assert_int_equal(l.step[i].width, steps[i].width);
		assert_int_equal(l.step[i].height, steps[i].height);
		assert_int_equal(l.step[i].fps, steps[i].fps);
		assert_int_equal(l.step[i].bitrate_bps, steps[i].bitrate_bps);
	}
	/* those for small decoders are nobody else's */
	assert_true(l.n > l.n_main);
	ts_ladder_fit(&l, &(struct ts_need){0}, &all);
	assert_int_equal(all.n, 5);
	ts_ladder_fit(&l, &(struct ts_need){.max_height = 540, .max_fps = 15}, &all);
	assert_int_equal(all.n, 4);
	assert_int_equal(all.step[0].bitrate_bps, 675000);
	assert_true(pick(&l, &(struct ts_need){.max_kbps = 90}, &step));
	assert_int_equal(step.width, 176);
	make(&l, TS_LADDER_CLOSE, (struct ts_step){1920, 1080, 30, 2750000, false, 0});
	assert_int_equal(l.n_main, 6);
	assert_int_equal(l.step[3].width, 640); /* what level 3.0 takes at 30/s */
	make(&l, TS_LADDER_ONE, steps[0]);
	assert_int_equal(l.n_main, 1);
	ts_ladder_fit(&l, &(struct ts_need){0}, &all);
	assert_int_equal(all.n, 1);
}

static void own_ladders(void **state)
{
	static const struct {
		const char *name, *fault;
		size_t wrong;
		struct ts_ladder_plan plan;
	} rows[] = {
		{"good", NULL, 0, {TS_LADDER_OWN, 2, {{1280, 720, 30, 2000}, {640, 360, 15, 400}}}},
		{"of a preset nothing is looked at", NULL, 0, {TS_LADDER_ONE, 0, {{1, 1, 1, 1}}}},
		{"none", "is missing: a list has steps", 0, {TS_LADDER_OWN, 0, {{0}}}},
		{"small", "is too small", 0, {TS_LADDER_OWN, 1, {{94, 720, 30, 2000}}}},
		{"odd", "has an odd size", 1,
			{TS_LADDER_OWN, 2, {{1280, 720, 30, 2000}, {640, 361, 15, 400}}}},
		{"still", "has no pictures", 0, {TS_LADDER_OWN, 1, {{1280, 720, 0, 2000}}}},
		{"thin", "has too few bits", 0, {TS_LADDER_OWN, 1, {{1280, 720, 30, 23}}}},
		{"order", "has as many bits as the step before, or more", 1,
			{TS_LADDER_OWN, 2, {{1280, 720, 30, 2000}, {640, 360, 15, 2000}}}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t wrong = 0;
		const char *fault = ts_ladder_plan_fault(&rows[i].plan, &wrong);
		if ((fault != NULL) != (rows[i].fault != NULL)) fail_msg("%s", rows[i].name);
		if (!fault) continue;
		assert_string_equal(fault, rows[i].fault);
		assert_int_equal(wrong, rows[i].wrong);
	}
	/* never larger or faster than the canvas; bars where the shape is another */
	const struct ts_ladder_plan plan = {TS_LADDER_OWN, 3,
		{{1920, 1080, 60, 3000}, {640, 480, 30, 700}, {426, 240, 10, 200}}};
	struct ts_ladder l;
	ts_ladder_make(&l, &plan, &(struct ts_step){1280, 720, 30, 1500000, false, 0});
	assert_int_equal(l.n_main, 3);
	assert_int_equal(l.step[0].width, 1280);
	assert_int_equal(l.step[0].fps, 30);
	assert_int_equal(l.step[0].bitrate_bps, 3000000);
	assert_false(l.step[0].letterbox);
	assert_true(l.step[1].letterbox);
	assert_false(l.step[2].letterbox);
	assert_int_equal(l.step[2].fps, 10);
}

static void presets_have_names(void **state)
{
	enum ts_ladder_preset preset = TS_LADDER_OWN;
	(void)state;
	for (int i = 0; i < TS_LADDER_PRESETS; i++) {
		assert_true(ts_ladder_preset_named(
			&preset, ts_ladder_preset_name((enum ts_ladder_preset)i)));
		assert_int_equal(preset, i);
	}
	assert_null(ts_ladder_preset_name(TS_LADDER_OWN));
	assert_false(ts_ladder_preset_named(&preset, "own"));
}

static void small_canvases_have_few_steps(void **state)
{
	(void)state;
	struct ts_ladder l;
	make(&l, TS_LADDER_WIDE, (struct ts_step){320, 180, 30, 300000, false, 0});
	assert_int_equal(l.n, 3);
	make(&l, TS_LADDER_WIDE, (struct ts_step){640, 360, 25, 600000, false, 0});
	assert_int_equal(l.n, 4);
	make(&l, TS_LADDER_WIDE, (struct ts_step){160, 90, 25, 600000, false, 0});
	assert_int_equal(l.n, 2);
	make(&l, TS_LADDER_WIDE, (struct ts_step){1280, 720, 25, 1500000, false, 0});
	assert_int_equal(l.step[2].fps, 25); /* 12.5 is not a whole number of ticks */
}

static void a_thin_ladder_keeps_its_ends(void **state)
{
	(void)state;
	for (int height = 90; height <= 1080; height += 2) {
		struct ts_ladder l, thin;
		make(&l, TS_LADDER_CLOSE,
			(struct ts_step){height * 16 / 9 & ~1, height, 30, 1500000, false, 0});
		thin = l;
		ts_ladder_thin(&thin);
		assert_int_equal(thin.n_main, l.n_main / 2 + 1);
		assert_int_equal(thin.n - thin.n_main, l.n - l.n_main);
		assert_memory_equal(&thin.step[0], &l.step[0], sizeof(l.step[0]));
		assert_memory_equal(&thin.step[thin.n - 1], &l.step[l.n - 1], sizeof(l.step[0]));
	}
	struct ts_ladder one = {.n = 1, .n_main = 1}, none = {.n = 0};
	ts_ladder_thin(&one);
	ts_ladder_thin(&none);
	assert_int_equal(one.n, 1);
	assert_int_equal(none.n, 0);
}

static void every_step_is_even(void **state)
{
	(void)state;
	for (int fps = 5; fps <= 60; fps++) {
		struct ts_ladder l;
		make(&l, TS_LADDER_WIDE, (struct ts_step){1918, 1078, fps, 3000000, false, 0});
		for (size_t i = 0; i < l.n; i++) {
			assert_int_equal(l.step[i].width % 2 + l.step[i].height % 2, 0);
			assert_true(l.step[i].fps > 0 && l.step[i].fps <= fps);
		}
	}
}

static void needs_are_rounded_down(void **state)
{
	(void)state;
	static const struct {
		int max_height, max_fps;
		uint32_t max_kbps;
		int height;
	} rows[] = {
		{0, 0, 0, 720},
		{720, 0, 0, 720},
		{719, 0, 0, 360},
		{360, 30, 500, 360},
		{1080, 60, 9000, 720},
		{0, 0, 1499, 360},
		{0, 15, 0, 720},
		{0, 0, 499, 180},
		{100, 5, 10, 96}, /* none fits: the smallest */
		{0, 0, UINT32_MAX, 720},
	};
	struct ts_ladder l;
	make(&l, TS_LADDER_WIDE, (struct ts_step){1280, 720, 30, 1500000, false, 0});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ts_need need = {.max_height = rows[i].max_height,
			.max_fps = rows[i].max_fps,
			.max_kbps = rows[i].max_kbps};
		struct ts_step step = {0};
		assert_true(pick(&l, &need, &step));
		if (step.height != rows[i].height) fail_msg("row %zu: %d", i, step.height);
		assert_true(!rows[i].max_fps || step.fps <= rows[i].max_fps);
	}
}

/* What descriptions say, and the step of a 720p30 room at 1500 kbit/s that it comes to. */
static void decoders_and_lines_choose_the_step(void **state)
{
	static const struct {
		const char *name;
		enum ts_codec codec;
		const char *fmtp;
		uint32_t kbps;
		int height;
	} rows[] = {
		{"level 3.1 holds 720p30", TS_CODEC_H264, "profile-level-id=42e01f", 0, 720},
		{"level 3.0 does not", TS_CODEC_H264, "profile-level-id=42e01e", 0, 360},
		{"level 3.0 with more", TS_CODEC_H264,
			"profile-level-id=42e01e;max-fs=3600;max-mbps=108000", 0, 720},
		{"larger pictures, but no more of them", TS_CODEC_H264,
			"profile-level-id=42e01e;max-fs=3600", 0, 720},
		{"less than the level says nothing", TS_CODEC_H264,
			"profile-level-id=42e01f;max-fs=99;max-mbps=99;max-br=1", 0, 720},
		{"level 2.1 is too small", TS_CODEC_H264, "profile-level-id=42e015", 0, 180},
		{"level 1.3", TS_CODEC_H264, "profile-level-id=42800d", 0, 180},
		{"level 1.2 with the picture but not the bits", TS_CODEC_H264,
			"profile-level-id=42e00c;max-fs=3600;max-mbps=108000", 0, 180},
		{"and with the bits", TS_CODEC_H264,
			"profile-level-id=42e00c;max-fs=3600;max-mbps=108000;max-br=2000", 0, 720},
		{"no fmtp: level 1", TS_CODEC_H264, "", 0, 144},
		{"a line of 1 Mbit/s", TS_CODEC_H264, "profile-level-id=42e01f", 1000, 360},
		{"a line of 512 kbit/s", TS_CODEC_H264, "profile-level-id=640028", 512, 360},
		{"a thin line", TS_CODEC_H264, "profile-level-id=640028", 384, 180},
		{"VP8 without limits", TS_CODEC_VP8, "", 0, 720},
		{"VP8 max-fs", TS_CODEC_VP8, "max-fs=1200;max-fr=30", 0, 360},
		{"VP8 max-fr", TS_CODEC_VP8, "max-fs=3600;max-fr=15", 0, 720},
	};
	struct ts_ladder l;
	(void)state;
	make(&l, TS_LADDER_WIDE, (struct ts_step){1280, 720, 30, 1500000, false, 0});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format format;
		struct ts_need need = {0};
		assert_int_equal(
			ts_codec_info(rows[i].codec)->parse_fmtp(&format, rows[i].fmtp), 0);
		ts_need_limit(&need, &format, rows[i].kbps);
		struct ts_step step = {0};
		assert_true(pick(&l, &need, &step));
		if (step.height != rows[i].height) fail_msg("%s: %d", rows[i].name, step.height);
	}
}

/* A square canvas: its height alone would say too little. */
static void other_shapes(void **state)
{
	struct ts_ladder l;
	struct ts_format format;
	struct ts_need need = {.max_height = 800, .max_kbps = 700};
	(void)state;
	make(&l, TS_LADDER_WIDE, (struct ts_step){720, 720, 30, 1200000, false, 0});
	assert_int_equal(
		ts_codec_info(TS_CODEC_H264)->parse_fmtp(&format, "profile-level-id=42e01e"), 0);
	ts_need_limit(&need, &format, 9000);
	assert_int_equal(need.max_kbps, 700);
	assert_int_equal(need.max_height, 800);
	struct ts_step step = {0};
	assert_true(pick(&l, &need, &step));
	assert_int_equal(step.height, 360);
	assert_int_equal(ts_need_from_as(1000), 950);
}

static void suits(const struct ts_ladder *l, const char *fmtp)
{
	struct ts_format format;
	struct ts_need need = {0};
	struct ts_ladder steps;
	struct ts_format_limits limits;
	assert_int_equal(ts_codec_info(TS_CODEC_H264)->parse_fmtp(&format, fmtp), 0);
	ts_need_limit(&need, &format, 0);
	ts_format_limits(&format, &limits);
	ts_ladder_fit(l, &need, &steps);
	assert_true(steps.n > 0);
	for (size_t i = 0; i < steps.n; i++) {
		const struct ts_step s = steps.step[i];
		assert_true(ts_format_allows(&format, s.width, s.height, s.fps));
		assert_true(s.bitrate_bps <= limits.kbps * 1000);
		assert_true(s.fps >= 5 && s.width % 2 + s.height % 2 == 0);
		assert_true(!i || s.bitrate_bps < steps.step[i - 1].bitrate_bps);
		assert_true(!s.level_idc || s.level_idc == format.level_idc ||
			(ts_format_is_level_1b(&format) && s.level_idc == TS_LEVEL_1B));
		int level = ts_h264_level(s.width, s.height, s.fps, s.bitrate_bps);
		assert_true((s.level_idc ? s.level_idc : level) <= format.level_idc);
	}
}

/* Whatever the decoder's level and the canvas: never more than it said, and something. */
static void never_above_a_decoder(void **state)
{
	static const char *const fmtps[] = {"profile-level-id=42e00a", "profile-level-id=42f00b",
		"profile-level-id=42e00b", "profile-level-id=42e00c", "profile-level-id=42e00d",
		"profile-level-id=42e014", "profile-level-id=42e015", "profile-level-id=42e016",
		"profile-level-id=42e01e", "profile-level-id=42e01f", "profile-level-id=640028",
		"profile-level-id=42e016;max-fs=3600",
		"profile-level-id=42e016;max-fs=3600;max-mbps=108000",
		"profile-level-id=428016;max-fs=8160", "profile-level-id=42e00d;max-mbps=40500",
		"profile-level-id=42e00b;max-br=2000;max-fs=396"};
	static const struct {
		int w, h, fps;
		uint32_t kbps;
	} canvases[] = {{1280, 720, 30, 1500}, {1920, 1080, 30, 3000}, {640, 480, 30, 800},
		{720, 1280, 30, 1500}, {1920, 1080, 60, 6000}, {1280, 720, 25, 1500},
		{640, 360, 5, 100}, {160, 90, 30, 100}, {1920, 90, 30, 500}};
	(void)state;
	for (int preset = 0; preset < TS_LADDER_PRESETS; preset++)
		for (size_t c = 0; c < sizeof canvases / sizeof *canvases; c++)
			for (size_t i = 0; i < sizeof fmtps / sizeof *fmtps; i++) {
				struct ts_ladder l;
				make(&l, (enum ts_ladder_preset)preset,
					(struct ts_step){canvases[c].w, canvases[c].h,
						canvases[c].fps, canvases[c].kbps * 1000, false,
						0});
				suits(&l, fmtps[i]);
			}
}

static void a_room_of_1080p_sends_level_3_640x360(void **state)
{
	struct ts_ladder l;
	struct ts_step s = {0};
	struct ts_need need = {
		.max_mb = 1620, .max_mb_per_s = 40500, .max_mb_side = 113, .max_kbps = 10000};
	(void)state;
	make(&l, TS_LADDER_WIDE, (struct ts_step){1920, 1080, 30, 3000000, false, 0});
	assert_true(pick(&l, &need, &s));
	assert_int_equal(s.width, 640);
	assert_int_equal(s.height, 360);
	assert_int_equal(s.fps, 30);
	/* no decoder is so small that it must be lied to */
	need = (struct ts_need){.max_mb = 20};
	assert_false(pick(&l, &need, &s));
}

static void bitrates_by_size(void **state)
{
	static const struct {
		int w, h, fps;
		uint32_t kbps;
	} rows[] = {{1280, 720, 30, 1500}, {1920, 1080, 30, 2750}, {640, 360, 30, 550},
		{1280, 720, 15, 900}, {160, 90, 5, 100}, {1920, 1080, 60, 4650}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			ts_ladder_auto_kbps(rows[i].w, rows[i].h, rows[i].fps), rows[i].kbps);
}

/* Old decoders in H.264: what each level takes, and what the SPS may say. */
static void old_levels(void **state)
{
	static const struct {
		const char *fmtp;
		uint32_t kbps;
		int w, h, fps, level;
		uint32_t most_kbps;
	} rows[] = {
		{"profile-level-id=42e00a", 0, 176, 144, 15, 0, 64},
		{"profile-level-id=42f00b", 0, 176, 144, 15, 0, 128}, /* 1b */
		{"profile-level-id=42e00b", 0, 352, 288, 12, 0, 192},
		{"profile-level-id=42e00c", 0, 352, 288, 15, 0, 384},
		{"profile-level-id=42e00d", 0, 352, 288, 15, 0, 768},
		{"profile-level-id=42e00a;max-br=128", 0, 176, 144, 15, 0, 128},
		{"profile-level-id=42e00a;max-fs=396;max-mbps=5940;max-br=256", 0, 352, 288, 15, 10,
			256},
		{"profile-level-id=42e00d", 128, 352, 288, 15, 0, 128},
		{"profile-level-id=42e00d", 64, 352, 288, 15, 0, 64},
		{"profile-level-id=42e00d;max-br=64", 0, 352, 288, 15, 0,
			768}, /* it may not lower */
	};
	struct ts_ladder l;
	(void)state;
	make(&l, TS_LADDER_CLOSE, (struct ts_step){1280, 720, 30, 1500000, false, 0});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format f;
		struct ts_need need = {0};
		struct ts_step step;
		assert_int_equal(ts_codec_info(TS_CODEC_H264)->parse_fmtp(&f, rows[i].fmtp), 0);
		ts_need_limit(&need, &f, rows[i].kbps);
		assert_true(pick(&l, &need, &step));
		const int said = step.level_idc
			? step.level_idc
			: ts_h264_level(step.width, step.height, step.fps, step.bitrate_bps);
		const int most = ts_format_is_level_1b(&f) ? 10 : f.level_idc;
		if (step.bitrate_bps > rows[i].most_kbps * 1000 || step.width > rows[i].w ||
			step.height > rows[i].h || step.fps > rows[i].fps ||
			(said > most && said != TS_LEVEL_1B) ||
			(rows[i].level && step.level_idc != rows[i].level))
			fail_msg("%s: %dx%d@%d %u level %d (%d)", rows[i].fmtp, step.width,
				step.height, step.fps, step.bitrate_bps, step.level_idc, said);
	}
}

/* H.263: the sizes that the peer lists alone, few rates, so that like callers share. */
static void old_sizes(void **state)
{
	static const struct {
		const char *name, *fmtp;
		uint32_t kbps;
		int w, fps;
		uint32_t step_kbps; /* 0: none */
	} rows[] = {
		{"nothing said", NULL, 0, 176, 10, 48},
		{"QCIF", "QCIF=1", 0, 176, 15, 96},
		{"QCIF, all b=AS:192: 128 left", "QCIF=2", 128, 176, 15, 96},
		{"QCIF, all b=AS:64: 32 left", "QCIF=2", 32, 176, 7, 28},
		{"QCIF every third", "QCIF=3", 0, 176, 10, 96},
		{"QCIF every sixth", "QCIF=6", 0, 176, 5, 96},
		{"CIF", "CIF=1;QCIF=1", 0, 352, 15, 384},
		{"CIF, MaxBR", "CIF=1;QCIF=1;MaxBR=1920", 0, 352, 15, 192},
		{"CIF every fourth", "QCIF=2 CIF=4 MaxBR=3840", 0, 352, 7, 384},
		{"CIF at 128", "CIF=2;QCIF=2", 128, 176, 15, 96},
		{"SQCIF alone", "SQCIF=2", 0, 128, 7, 24},
		{"SQCIF at 10 kbit/s: no encoder does less", "SQCIF=2", 10, 128, 7, 24},
		{"QCIF at 20 kbit/s", "QCIF=2", 20, 176, 7, 24},
		{"CIF4 alone, which we do not send", "CIF4=1", 0, 0, 0, 0},
		{"level 20", "profile=0;level=20", 0, 176, 15, 96},
	};
	struct ts_ladder l;
	(void)state;
	make(&l, TS_LADDER_CLOSE, (struct ts_step){1280, 720, 30, 1500000, false, 0});
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format f;
		struct ts_need need = {0};
		struct ts_step step = {0};
		assert_int_equal(ts_codec_info(TS_CODEC_H263)->parse_fmtp(&f, rows[i].fmtp), 0);
		ts_need_limit(&need, &f, rows[i].kbps);
		const bool any = pick(&l, &need, &step);
		if (any != (rows[i].step_kbps > 0) ||
			(any &&
				(step.width != rows[i].w || step.fps != rows[i].fps ||
					step.bitrate_bps != rows[i].step_kbps * 1000 ||
					!step.letterbox || !ts_step_fits_decoder(&step, &need))))
			fail_msg("%s: %dx%d@%d %u", rows[i].name, step.width, step.height, step.fps,
				step.bitrate_bps);
	}
	/* no more than the room has, and not in another shape */
	make(&l, TS_LADDER_ONE, (struct ts_step){320, 180, 10, 100000, false, 0});
	struct ts_need need = {.mpi = {[TS_SIZE_CIF] = 1, [TS_SIZE_QCIF] = 1}};
	struct ts_step step;
	assert_true(pick(&l, &need, &step));
	assert_int_equal(step.width, 176);
	assert_int_equal(step.fps, 10);
	assert_int_equal(step.bitrate_bps, 96000);
	make(&l, TS_LADDER_ONE, (struct ts_step){320, 180, 10, 24000, false, 0});
	assert_true(pick(&l, &need, &step));
	assert_int_equal(step.width, 176);
	assert_int_equal(step.bitrate_bps, 24000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_720p),
		cmocka_unit_test(close_steps),
		cmocka_unit_test(own_ladders),
		cmocka_unit_test(presets_have_names),
		cmocka_unit_test(small_canvases_have_few_steps),
		cmocka_unit_test(a_thin_ladder_keeps_its_ends),
		cmocka_unit_test(every_step_is_even),
		cmocka_unit_test(needs_are_rounded_down),
		cmocka_unit_test(decoders_and_lines_choose_the_step),
		cmocka_unit_test(other_shapes),
		cmocka_unit_test(never_above_a_decoder),
		cmocka_unit_test(a_room_of_1080p_sends_level_3_640x360),
		cmocka_unit_test(bitrates_by_size),
		cmocka_unit_test(old_levels),
		cmocka_unit_test(old_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
