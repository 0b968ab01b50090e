/* Every packet of a stream is lost once: what is shown then is a picture that the undamaged stream
 * has too, bit by bit. */
#include "tests/unit/codec/support.h"
#include <stdlib.h>
#include <string.h>

enum { W = 320, H = 180, PICTURES = 14, SECOND_KEY = 9, TICKS = 3000 };

struct run {
	uint32_t hash[PICTURES]; /* 0: not shown */
	int shown, broken;
};

static void pull_all(struct ts_depacketizer *depacketizer, struct ts_video_decoder *d,
	struct run *run, AVPacket *unit)
{
	struct ts_unit_info info;
	while (ts_depacketizer_pull(depacketizer, unit, &info) == 0) {
		uint32_t t = info.timestamp_rtp / TICKS;
		assert_true(t < PICTURES);
		if (info.broken) {
			assert_false(unit->flags & AV_PKT_FLAG_KEY);
			run->broken++;
			continue;
		}
		AVFrame *picture;
		assert_int_equal(ts_video_decode(d, unit, &picture), 0);
		run->hash[t] = ts_test_hash(picture);
		run->shown++;
		av_frame_free(&picture);
		av_packet_unref(unit);
	}
}

/* Without the packets of [lost, lost + n). */
static struct run play(const struct ts_test_stream *s, size_t lost, size_t n)
{
	struct ts_depacketizer *depacketizer;
	struct ts_video_decoder *d;
	struct run run = {0};
	AVPacket *unit = av_packet_alloc();
	assert_int_equal(ts_depacketizer_create(&depacketizer, s->codec), 0);
	assert_int_equal(ts_video_decoder_open(&d, s->codec), 0);
	for (size_t i = 0; i < s->n; i++) {
		if (i >= lost && i < lost + n) continue;
		struct ts_packet p = ts_test_stream_packet(s, i);
		p.gap = n && i == lost + n;
		assert_int_equal(ts_depacketizer_push(depacketizer, &p), 0);
		pull_all(depacketizer, d, &run, unit);
	}
	ts_depacketizer_destroy(&depacketizer);
	ts_video_decoder_close(&d);
	av_packet_free(&unit);
	return run;
}

static void make_stream(struct ts_test_stream *s, enum ts_codec codec, int mode)
{
	struct ts_video_encoder *e;
	struct ts_video_encoder_config config = {.codec = codec,
		.width = W,
		.height = H,
		.fps = 30,
		.bitrate_bps = 700000,
		.packetization_mode = mode};
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	AVFrame *in = ts_test_picture(W, H);
	AVPacket *packet = av_packet_alloc();
	s->codec = codec;
	for (int t = 0; t < PICTURES; t++) {
		ts_test_draw_noise(in, t % 5 * t);
		assert_int_equal(ts_video_encode(e, in, t == SECOND_KEY, packet), 0);
		ts_test_stream_add(s, packet, mode, (uint32_t)t * TICKS);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	av_frame_free(&in);
	ts_video_encoder_close(&e);
}

static void lose_each(enum ts_codec codec, int mode, size_t n)
{
	struct ts_test_stream *s = calloc(1, sizeof *s);
	make_stream(s, codec, mode);
	assert_true(s->n > 3 * PICTURES);
	struct run whole = play(s, 0, 0);
	assert_int_equal(whole.shown, PICTURES);
	for (size_t lost = 0; lost + n < s->n; lost++) {
		struct run run = play(s, lost, n);
		int hit = s->packet[lost].unit, next = s->packet[lost + n].unit;
		for (int t = 0; t < PICTURES; t++) {
			if (run.hash[t] && run.hash[t] != whole.hash[t])
				fail_msg("loss of %zu: picture %d is corrupt", lost, t);
			/* nothing before the loss and nothing from the next keyframe on may be
			 * missing */
			bool due = t < hit ||
				(t >= SECOND_KEY && hit < SECOND_KEY && next <= SECOND_KEY &&
					(next < SECOND_KEY || s->packet[lost + n].payload == 0));
			if (due && !run.hash[t])
				fail_msg("loss of %zu: picture %d is missing", lost, t);
			if (t >= hit && t < SECOND_KEY && hit < SECOND_KEY && run.hash[t])
				fail_msg("loss of %zu: picture %d shown", lost, t);
		}
	}
	ts_test_stream_free(s);
	free(s);
}

static void h264_mode_1(void **state)
{
	(void)state;
	lose_each(TS_CODEC_H264, 1, 1);
}

static void h264_mode_0(void **state)
{
	(void)state;
	lose_each(TS_CODEC_H264, 0, 1);
}

static void vp8(void **state)
{
	(void)state;
	lose_each(TS_CODEC_VP8, 0, 1);
}

static void bursts(void **state)
{
	(void)state;
	lose_each(TS_CODEC_H264, 1, 7);
	lose_each(TS_CODEC_VP8, 0, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h264_mode_1),
		cmocka_unit_test(h264_mode_0),
		cmocka_unit_test(vp8),
		cmocka_unit_test(bursts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
