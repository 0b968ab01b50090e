#include "codec/registry.h"
#include "mixer/ladder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void steps_of_720p(void **state)
{
	(void)state;
	struct ts_ladder l;
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	assert_int_equal(l.n, 3);
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
	assert_int_equal(l.n, 1);
	ts_ladder_make(&l, 640, 360, 25, 600000);
	assert_int_equal(l.n, 2);
	ts_ladder_make(&l, 1280, 720, 25, 1500000);
	assert_int_equal(l.step[2].fps, 25); /* 12.5 is not a whole number of ticks */
}

static void every_step_is_even_and_divides_the_ticks(void **state)
{
	(void)state;
	for (int fps = 5; fps <= 60; fps++) {
		struct ts_ladder l;
		ts_ladder_make(&l, 1918, 1078, fps, 3000000);
		for (size_t i = 0; i < l.n; i++) {
			assert_int_equal(l.step[i].width % 2 + l.step[i].height % 2, 0);
			assert_int_equal(fps % l.step[i].fps, 0);
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
		{0, 15, 0, 180},
		{0, 0, 499, 180},
		{100, 5, 10, 180}, /* none fits: the smallest */
		{0, 0, UINT32_MAX, 720},
	};
	struct ts_ladder l;
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ts_need need = {
			.max_height = rows[i].max_height, .max_fps = rows[i].max_fps, .max_kbps = rows[i].max_kbps};
		assert_int_equal(l.step[ts_ladder_pick(&l, &need)].height, rows[i].height);
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
		{"level 3.0 with more", TS_CODEC_H264, "profile-level-id=42e01e;max-fs=3600;max-mbps=108000", 0, 720},
		{"larger pictures, but no more of them", TS_CODEC_H264, "profile-level-id=42e01e;max-fs=3600", 0, 360},
		{"less than the level says nothing", TS_CODEC_H264,
			"profile-level-id=42e01f;max-fs=99;max-mbps=99;max-br=1", 0, 720},
		{"level 2.1 is too small", TS_CODEC_H264, "profile-level-id=42e015", 0, 180},
		{"level 1.3", TS_CODEC_H264, "profile-level-id=42800d", 0, 180},
		{"level 1.2 with the picture but not the bits", TS_CODEC_H264,
			"profile-level-id=42e00c;max-fs=3600;max-mbps=108000", 0, 180},
		{"and with the bits", TS_CODEC_H264, "profile-level-id=42e00c;max-fs=3600;max-mbps=108000;max-br=2000",
			0, 720},
		{"no fmtp: level 1, the smallest there is", TS_CODEC_H264, "", 0, 180},
		{"a line of 1 Mbit/s", TS_CODEC_H264, "profile-level-id=42e01f", 1000, 360},
		{"a line of 512 kbit/s", TS_CODEC_H264, "profile-level-id=640028", 512, 360},
		{"a thin line", TS_CODEC_H264, "profile-level-id=640028", 384, 180},
		{"VP8 without limits", TS_CODEC_VP8, "", 0, 720},
		{"VP8 max-fs", TS_CODEC_VP8, "max-fs=1200;max-fr=30", 0, 360},
		{"VP8 max-fr", TS_CODEC_VP8, "max-fs=3600;max-fr=15", 0, 180},
	};
	struct ts_ladder l;
	(void)state;
	ts_ladder_make(&l, 1280, 720, 30, 1500000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_format format;
		struct ts_need need = {0};
		assert_int_equal(ts_codec_info(rows[i].codec)->parse_fmtp(&format, rows[i].fmtp), 0);
		ts_need_limit(&need, &format, rows[i].kbps);
		const struct ts_step *step = &l.step[ts_ladder_pick(&l, &need)];
		if (step->height != rows[i].height) fail_msg("%s: %d", rows[i].name, step->height);
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
	assert_int_equal(ts_codec_info(TS_CODEC_H264)->parse_fmtp(&format, "profile-level-id=42e01e"), 0);
	ts_need_limit(&need, &format, 9000);
	assert_int_equal(need.max_kbps, 700);
	assert_int_equal(need.max_height, 800);
	assert_int_equal(l.step[ts_ladder_pick(&l, &need)].height, 360);
	assert_int_equal(ts_need_from_as(1000), 950);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_720p),
		cmocka_unit_test(small_canvases_have_few_steps),
		cmocka_unit_test(every_step_is_even_and_divides_the_ticks),
		cmocka_unit_test(needs_are_rounded_down),
		cmocka_unit_test(decoders_and_lines_choose_the_step),
		cmocka_unit_test(other_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
