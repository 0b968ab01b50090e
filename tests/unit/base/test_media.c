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
	static const struct {
		enum ts_codec codec;
		enum ts_media media;
		uint32_t clock_hz;
	} rows[] = {{TS_CODEC_H264, TS_VIDEO, 90000}, {TS_CODEC_VP8, TS_VIDEO, 90000},
		{TS_CODEC_PCMU, TS_AUDIO, 8000}, {TS_CODEC_PCMA, TS_AUDIO, 8000},
		{TS_CODEC_G722, TS_AUDIO, 8000} /* RFC 3551 4.5.2: not its 16 kHz */};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ts_codec_media(rows[i].codec), rows[i].media);
		assert_int_equal(ts_codec_clock_hz(rows[i].codec), rows[i].clock_hz);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(codecs_have_name_media_and_clock)};
	return cmocka_run_group_tests_name("base/media", tests, NULL, NULL);
}
