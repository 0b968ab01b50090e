#include "base/media.h"
#include "tests/unit/base/cmocka_all.h"

static void codecs_have_name_media_and_clock(void **state)
{
	(void)state;
	assert_string_equal(ts_codec_name(TS_CODEC_OPUS), "opus");
	assert_string_equal(ts_codec_name(TS_CODEC_H264), "h264");
	assert_string_equal(ts_codec_name(TS_CODEC_VP8), "vp8");
	assert_string_equal(ts_codec_name(TS_CODEC_NONE), "none");
	assert_int_equal(ts_codec_media(TS_CODEC_OPUS), TS_AUDIO);
	assert_int_equal(ts_codec_clock_hz(TS_CODEC_OPUS), 48000);
	for (int c = TS_CODEC_H264; c < TS_CODEC_COUNT; c++) {
		assert_int_equal(ts_codec_media((enum ts_codec)c), TS_VIDEO);
		assert_int_equal(ts_codec_clock_hz((enum ts_codec)c), 90000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(codecs_have_name_media_and_clock)};
	return cmocka_run_group_tests_name("base/media", tests, NULL, NULL);
}
