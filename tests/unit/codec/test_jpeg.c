#include "tests/unit/codec/support.h"

#include "codec/jpeg.h"
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

/* Through the decoder of libavcodec: the picture comes back, stretched to full range. */
static void a_picture_comes_back(void **state)
{
	(void)state;
	static const int sizes[][2] = {{1280, 720}, {640, 360}, {426, 240}, {18, 16}};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AVFrame *in = ts_test_picture(sizes[i][0], sizes[i][1]), *out = av_frame_alloc();
		uint8_t *data = NULL;
		size_t len = 0;
		ts_test_draw_patches(in);
		assert_int_equal(ts_jpeg(&data, &len, in), 0);
		assert_true(len > 100 && data[0] == 0xff && data[1] == 0xd8);

		AVCodecContext *ctx = avcodec_alloc_context3(avcodec_find_decoder_by_name("mjpeg"));
		AVPacket *packet = av_packet_alloc();
		assert_int_equal(av_new_packet(packet, (int)len), 0);
		memcpy(packet->data, data, len);
		assert_int_equal(avcodec_open2(ctx, NULL, NULL), 0);
		assert_int_equal(avcodec_send_packet(ctx, packet), 0);
		assert_int_equal(avcodec_receive_frame(ctx, out), 0);
		assert_int_equal(out->width, in->width);
		assert_int_equal(out->height, in->height);
		for (int bar = 0; bar < TS_TEST_PATCHES && in->width > 100; bar++) {
			const int y = (ts_test_patch[bar][0] - 16) * 255 / 219,
				  u = 128 + (ts_test_patch[bar][1] - 128) * 255 / 224;
			assert_in_range(ts_test_patch_mean(out, bar, 0) + 4 - y, 0, 8);
			assert_in_range(ts_test_patch_mean(out, bar, 1) + 4 - u, 0, 8);
		}
		av_packet_free(&packet);
		avcodec_free_context(&ctx);
		av_frame_free(&in);
		av_frame_free(&out);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_picture_comes_back)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
