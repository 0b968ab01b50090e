#include "mixer/source/next_layer.h"

#include "base/au.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/packetize.h"
#include "layout/compositor.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { W = 64, H = 48 };

static struct ts_packet_pool *packets;
static struct ts_video_encoder *encoder;
static enum ts_codec codec;
static struct ts_next_layer next;
static AVPacket *unit;
static uint32_t timestamp;

static void use_codec(enum ts_codec which)
{
	const struct ts_video_encoder_config config = {.codec = which,
		.width = W,
		.height = H,
		.fps = 30,
		.bitrate_bps = 200000,
		.packetization_mode = 1};
	ts_video_encoder_close(&encoder);
	codec = which;
	assert_int_equal(ts_video_encoder_open(&encoder, &config), 0);
}

static int setup(void **state)
{
	(void)state;
	next = (struct ts_next_layer){.layer = 0};
	unit = av_packet_alloc();
	assert_int_equal(ts_packet_pool_create(&packets, 256), 0);
	use_codec(TS_CODEC_VP8);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_next_layer_drop(&next);
	ts_video_encoder_close(&encoder);
	av_packet_free(&unit);
	ts_packet_pool_close(&packets);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_VP8) + ts_count_get(TS_C_DEC_VIDEO_H264), 0);
	return 0;
}

/* One picture of that layer. */
static void push(uint8_t layer, bool key)
{
	AVFrame *f = av_frame_alloc();
	AVPacket *packet = av_packet_alloc();
	struct ts_au *au;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = W;
	f->height = H;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	ts_draw_fill(f, &(struct ts_rect){0, 0, W, H}, (struct ts_colour){100, 128, 128});
	assert_int_equal(ts_video_encode(encoder, f, key, packet), 0);
	assert_int_equal(ts_packetize(&au, codec, 1, packet, TS_MTU_PAYLOAD), 0);
	timestamp += 3000;
	for (uint32_t i = 0; i < au->n; i++) {
		struct ts_packet *p = ts_packet_get(packets);
		assert_non_null(p);
		memcpy(p->buf, ts_au_bytes(au, i), au->pay[i].len);
		p->payload = p->data = p->buf;
		p->payload_len = p->len = au->pay[i].len;
		p->timestamp_rtp = timestamp;
		p->marker = i + 1 == au->n;
		p->gap = false;
		p->codec = (uint8_t)codec;
		p->layer = layer;
		assert_int_equal(ts_next_layer_push(&next, p, NULL), 0);
		ts_packet_unref(&p);
	}
	ts_au_unref(&au);
	av_packet_free(&packet);
	av_frame_free(&f);
}

static int pull(void)
{
	struct ts_unit_info info;
	av_packet_unref(unit);
	return ts_next_layer_pull(&next, unit, &info);
}

static void only_keyframes_come_out(void **state)
{
	(void)state;
	assert_int_equal(pull(), TS_EAGAIN); /* not begun */
	push(1, true);
	push(1, false);
	assert_int_equal(next.layer, 1);
	assert_int_equal(next.codec, TS_CODEC_VP8);
	assert_int_equal(pull(), 0);
	assert_true(unit->flags & AV_PKT_FLAG_KEY);
	assert_int_equal(pull(), TS_EAGAIN);
	push(1, false);
	assert_int_equal(pull(), TS_EAGAIN);
}

/* Of the layer before nothing may come out that is taken for the new one's. */
static void another_layer_or_codec_begins_anew(void **state)
{
	(void)state;
	push(1, true);
	push(2, false);
	assert_int_equal(next.layer, 2);
	assert_int_equal(pull(), TS_EAGAIN);
	push(2, true);
	use_codec(TS_CODEC_H264);
	push(2, false); /* an encoder's first is a keyframe all the same */
	assert_int_equal(next.codec, TS_CODEC_H264);
	assert_int_equal(pull(), 0);
	assert_int_equal(pull(), TS_EAGAIN);
}

static void no_codec_of_pictures_is_refused(void **state)
{
	struct ts_packet *p = ts_packet_get(packets);
	(void)state;
	p->codec = TS_CODEC_OPUS;
	p->layer = 1;
	assert_int_not_equal(ts_next_layer_push(&next, p, NULL), 0);
	assert_null(next.depacketizer);
	ts_packet_unref(&p);
}

static void a_keyframe_is_tried_by_a_decoder_of_its_own(void **state)
{
	struct ts_video_decoder *decoder = NULL;
	struct ts_depacketizer *taken = NULL;
	struct ts_decoded decoded;
	(void)state;
	assert_int_equal(ts_depacketizer_create(&taken, TS_CODEC_VP8), 0); /* the layer before */
	push(1, true);
	assert_int_equal(pull(), 0);
	assert_int_equal(ts_next_layer_try(&next, unit, &decoder, &decoded), 0);
	assert_int_equal(decoded.err, 0);
	assert_int_equal(decoded.picture->width, W);
	assert_true(decoded.began_ns > 0 && decoded.cpu_ns >= 0);
	ts_next_layer_move(&next, &taken);
	assert_non_null(taken);
	assert_null(next.depacketizer);
	assert_int_equal(pull(), TS_EAGAIN);
	av_frame_free(&decoded.picture);
	ts_video_decoder_close(&decoder);
	ts_depacketizer_destroy(&taken);
}

/* The decoder is given all the same: it says why. */
static void what_is_refused_says_why(void **state)
{
	const struct ts_video_limits limits = ts_video_limits;
	struct ts_video_decoder *decoder = NULL;
	struct ts_decoded decoded;
	(void)state;
	ts_video_limits.picture_px = 16 * 16;
	push(1, true);
	assert_int_equal(pull(), 0);
	assert_int_equal(ts_next_layer_try(&next, unit, &decoder, &decoded), 0);
	assert_int_not_equal(decoded.err, 0);
	assert_null(decoded.picture);
	assert_int_equal(ts_video_decoder_refusal(decoder)->kind, TS_REFUSED_SIZE);
	ts_video_decoder_close(&decoder);
	ts_video_limits = limits;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_keyframes_come_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			another_layer_or_codec_begins_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(no_codec_of_pictures_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_keyframe_is_tried_by_a_decoder_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_refused_says_why, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
