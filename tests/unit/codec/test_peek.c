#include "codec/peek.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void sizes_of_vp8(void **state)
{
	static const struct {
		const char *name;
		uint8_t payload[16];
		size_t len;
		bool told;
	} rows[] = {
		{"a keyframe", {0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, 11, true},
		{"with a picture number and all",
			{0x90, 0xf0, 0x80, 1, 2, 3, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1},
			16, true},
		{"scaled by two, which is not obeyed",
			{0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0x68, 0x81}, 11, true},
		{"another picture", {0x10, 0x11, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, 11, false},
		{"not its beginning", {0x00, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, 11,
			false},
		{"another partition", {0x11, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, 11,
			false},
		{"no start code", {0x10, 0x10, 0, 0, 0x9d, 1, 0x2b, 0x80, 2, 0x68, 1}, 11, false},
		{"of no width", {0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0, 0, 0x68, 1}, 11, false},
		{"cut", {0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68}, 10, false},
		{"a descriptor alone", {0x10}, 1, false},
		{"nothing", {0}, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int w = 1, h = 2;
		bool told = ts_peek_size(TS_CODEC_VP8, rows[i].payload, rows[i].len, &w, &h);
		if (told != rows[i].told) fail_msg("%s", rows[i].name);
		assert_int_equal(w, told ? 640 : 1);
		assert_int_equal(h, told ? 360 : 2);
		assert_false(ts_peek_size(TS_CODEC_OPUS, rows[i].payload, rows[i].len, &w, &h));
	}
}

/* 64x48, baseline, level 1. */
static const uint8_t sps[] = {0x67, 0x42, 0xc0, 0x0a, 0xda, 0x11, 0xe4};

static void sizes_of_h264(void **state)
{
	int w = 0, h = 0;
	uint8_t stap[64] = {0x78, 0, 2, 0x09, 0xf0, 0, sizeof sps};
	(void)state;
	memcpy(stap + 7, sps, sizeof sps);
	assert_true(ts_peek_size(TS_CODEC_H264, sps, sizeof sps, &w, &h));
	assert_true(w == 64 && h == 48);
	w = h = 0;
	assert_true(ts_peek_size(TS_CODEC_H264, stap, 7 + sizeof sps, &w, &h));
	assert_true(w == 64 && h == 48);
	for (size_t len = 0; len < 7 + sizeof sps; len++)
		ts_peek_size(TS_CODEC_H264, stap, len, &w, &h);
	stap[6] = 255; /* longer than what there is */
	assert_false(ts_peek_size(TS_CODEC_H264, stap, 7 + sizeof sps, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_H264, (const uint8_t *)"\x65\x88", 2, &w, &h));
	assert_false(ts_peek_size(TS_CODEC_H264, (const uint8_t *)"", 0, &w, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_of_vp8),
		cmocka_unit_test(sizes_of_h264),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
