#include "codec/registry.h"
#include "mixer/output/ladder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void steps_of_720p(void **state)
{
	(void)state;
	struct ts_ladder l;
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	assert_int_equal(l.n, 5);
	assert_int_equal(l.step[3].width, 176); /* with bars: every decoder takes it */
	assert_true(l.step[3].letterbox);
	assert_int_equal(l.step[0].height, 720);
	assert_int_equal(l.step[1].width, 640);
	assert_int_equal(l.step[1].bitrate_bps, 500000);
	assert_int_equal(l.step[2].height, 180);
	assert_int_equal(l.step[2].fps, 15);
}

static void small_canvases_have_few_steps(void **state)
{
	(void)state;
	struct ts_ladder l;
	ts_ladder_make(&l, 320, 180, 30, 300000);
	assert_int_equal(l.n, 3);
	ts_ladder_make(&l, 640, 360, 25, 600000);
	assert_int_equal(l.n, 4);
	ts_ladder_make(&l, 160, 90, 25, 600000);
	assert_int_equal(l.n, 2);
	ts_ladder_make(&l, 1280, 720, 25, 1500000);
	assert_int_equal(l.step[2].fps, 25); /* 12.5 is not a whole number of ticks */
}

static void a_thin_ladder_keeps_its_ends(void **state)
{
	(void)state;
	for (int height = 90; height <= 1080; height += 2) {
		struct ts_ladder l, thin;
		ts_ladder_make(&l, height * 16 / 9 & ~1, height, 30, 1500000);
		thin = l;
		ts_ladder_thin(&thin);
		assert_int_equal(thin.n, l.n / 2 + 1);
		assert_memory_equal(&thin.step[0], &l.step[0], sizeof(l.step[0]));
		assert_memory_equal(&thin.step[thin.n - 1], &l.step[l.n - 1], sizeof(l.step[0]));
	}
	struct ts_ladder one = {.n = 1}, none = {.n = 0};
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
		ts_ladder_make(&l, 1918, 1078, fps, 3000000);
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
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ts_need need = {.max_height = rows[i].max_height,
			.max_fps = rows[i].max_fps,
			.max_kbps = rows[i].max_kbps};
		struct ts_step step;
		assert_true(ts_ladder_pick(&l, &need, &step));
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
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format format;
		struct ts_need need = {0};
		assert_int_equal(
			ts_codec_info(rows[i].codec)->parse_fmtp(&format, rows[i].fmtp), 0);
		ts_need_limit(&need, &format, rows[i].kbps);
		struct ts_step step;
		assert_true(ts_ladder_pick(&l, &need, &step));
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
	ts_ladder_make(&l, 720, 720, 30, 1200000);
	assert_int_equal(
		ts_codec_info(TS_CODEC_H264)->parse_fmtp(&format, "profile-level-id=42e01e"), 0);
	ts_need_limit(&need, &format, 9000);
	assert_int_equal(need.max_kbps, 700);
	assert_int_equal(need.max_height, 800);
	struct ts_step step;
	assert_true(ts_ladder_pick(&l, &need, &step));
	assert_int_equal(step.height, 360);
	assert_int_equal(ts_need_from_as(1000), 950);
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
	for (size_t c = 0; c < sizeof canvases / sizeof *canvases; c++)
		for (size_t i = 0; i < sizeof fmtps / sizeof *fmtps; i++) {
			struct ts_ladder l;
			struct ts_format format;
			struct ts_need need = {0};
			struct ts_step s;
			ts_ladder_make(&l, canvases[c].w, canvases[c].h, canvases[c].fps,
				canvases[c].kbps * 1000);
			assert_int_equal(
				ts_codec_info(TS_CODEC_H264)->parse_fmtp(&format, fmtps[i]), 0);
			ts_need_limit(&need, &format, 0);
			struct ts_format_limits limits;
			ts_format_limits(&format, &limits);
			assert_true(ts_ladder_pick(&l, &need, &s));
			print_message("%-44s %4dx%-4d@%d -> %dx%d@%d %u kbit/s%s level %d\n",
				fmtps[i], canvases[c].w, canvases[c].h, canvases[c].fps, s.width,
				s.height, s.fps, s.bitrate_bps / 1000, s.letterbox ? " bars" : "",
				s.level_idc);
			assert_true(ts_format_allows(&format, s.width, s.height, s.fps));
			assert_true(s.bitrate_bps <= limits.kbps * 1000);
			assert_true(s.fps >= 5 && s.width % 2 + s.height % 2 == 0);
			assert_true(!s.level_idc || s.level_idc == format.level_idc);
			int level = ts_h264_level(s.width, s.height, s.fps, s.bitrate_bps);
			assert_true((s.level_idc ? s.level_idc : level) <= format.level_idc);
		}
}

static void a_room_of_1080p_sends_level_3_640x360(void **state)
{
	struct ts_ladder l;
	struct ts_step s;
	struct ts_need need = {
		.max_mb = 1620, .max_mb_per_s = 40500, .max_mb_side = 113, .max_kbps = 10000};
	(void)state;
	ts_ladder_make(&l, 1920, 1080, 30, 3000000);
	assert_true(ts_ladder_pick(&l, &need, &s));
	assert_int_equal(s.width, 640);
	assert_int_equal(s.height, 360);
	assert_int_equal(s.fps, 30);
	/* no decoder is so small that it must be lied to */
	need = (struct ts_need){.max_mb = 20};
	assert_false(ts_ladder_pick(&l, &need, &s));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_720p),
		cmocka_unit_test(small_canvases_have_few_steps),
		cmocka_unit_test(a_thin_ladder_keeps_its_ends),
		cmocka_unit_test(every_step_is_even),
		cmocka_unit_test(needs_are_rounded_down),
		cmocka_unit_test(decoders_and_lines_choose_the_step),
		cmocka_unit_test(other_shapes),
		cmocka_unit_test(never_above_a_decoder),
		cmocka_unit_test(a_room_of_1080p_sends_level_3_640x360),
		cmocka_unit_test(bitrates_by_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
