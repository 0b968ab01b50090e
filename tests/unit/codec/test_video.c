/* Encoders and decoders, joined by payload formats where it matters. */
#include "base/counter.h"
#include "base/media.h"
#include "codec/registry.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { W = 320, H = 180, FPS = 30, KBPS = 800 };

static struct ts_video_encoder *encoder(enum ts_codec codec, int mode)
{
	struct ts_video_encoder *e;
	struct ts_video_encoder_config config = {.codec = codec,
		.width = W,
		.height = H,
		.fps = FPS,
		.bitrate_bps = KBPS * 1000,
		.packetization_mode = mode};
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	return e;
}

static struct ts_video_decoder *decoder(enum ts_codec codec)
{
	struct ts_video_decoder *d;
	assert_int_equal(ts_video_decoder_open(&d, codec), 0);
	return d;
}

/* One picture through everything; what comes out must be of this very picture. */
struct path {
	struct ts_video_encoder *e;
	struct ts_video_decoder *d;
	struct ts_depacketizer *depacketizer;
	enum ts_codec codec;
	int mode;
	uint32_t timestamp;
	size_t bytes;
	bool key;
};

static struct path path_open(enum ts_codec codec, int mode)
{
	struct path p = {
		.e = encoder(codec, mode), .d = decoder(codec), .codec = codec, .mode = mode};
	assert_int_equal(ts_depacketizer_create(&p.depacketizer, codec), 0);
	return p;
}

static void path_close(struct path *p)
{
	ts_video_encoder_close(&p->e);
	ts_video_decoder_close(&p->d);
	ts_depacketizer_destroy(&p->depacketizer);
}

static AVFrame *through(struct path *p, const AVFrame *picture, bool key)
{
	AVPacket *packet = av_packet_alloc(), *unit = av_packet_alloc();
	struct ts_au *au;
	struct ts_unit_info info;
	AVFrame *out = NULL;
	assert_int_equal(ts_video_encode(p->e, picture, key, packet), 0);
	assert_int_equal(ts_packetize(&au, p->codec, p->mode, packet, TS_MTU_PAYLOAD), 0);
	p->timestamp += 3000;
	for (uint32_t i = 0; i < au->n; i++) {
		assert_int_equal(ts_depacketizer_pull(p->depacketizer, unit, &info), TS_EAGAIN);
		struct ts_packet rtp = ts_test_packet(
			ts_au_bytes(au, i), au->pay[i].len, p->timestamp, i + 1 == au->n);
		assert_int_equal(ts_depacketizer_push(p->depacketizer, &rtp), 0);
	}
	assert_int_equal(ts_depacketizer_pull(p->depacketizer, unit, &info), 0);
	assert_false(info.broken);
	assert_int_equal(info.timestamp_rtp, p->timestamp);
	assert_int_equal(!!(unit->flags & AV_PKT_FLAG_KEY), au->key);
	assert_int_equal(!!(packet->flags & AV_PKT_FLAG_KEY), au->key);
	assert_int_equal(ts_video_decode(p->d, unit, &out), 0);
	p->bytes = (size_t)packet->size;
	p->key = au->key;
	ts_au_unref(&au);
	av_packet_free(&packet);
	av_packet_free(&unit);
	return out;
}

static void round_trip(enum ts_codec codec, int mode)
{
	struct path p = path_open(codec, mode);
	AVFrame *in = ts_test_picture(W, H);
	for (int t = 0; t < 40; t++) {
		ts_test_draw_scene(in, t);
		AVFrame *out = through(&p, in, t == 0 || t == 25);
		assert_int_equal(p.key, t == 0 || t == 25);
		if (ts_test_psnr(in, out) < 32)
			fail_msg("picture %d: %.1f dB", t, ts_test_psnr(in, out));
		av_frame_free(&out);
	}
	av_frame_free(&in);
	path_close(&p);
}

static void h264_mode_1_round_trip(void **state)
{
	(void)state;
	round_trip(TS_CODEC_H264, 1);
}

static void h264_mode_0_round_trip(void **state)
{
	(void)state;
	round_trip(TS_CODEC_H264, 0);
}

static void vp8_round_trip(void **state)
{
	(void)state;
	round_trip(TS_CODEC_VP8, 0);
}

/* The encoder must not keep the picture: the canvas is drawn again right after the call. */
static void encoder_keeps_no_reference(void **state)
{
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_VP8};
	(void)state;
	for (int c = 0; c < 2; c++) {
		struct ts_video_encoder *e = encoder(codecs[c], 1);
		AVFrame *in = ts_test_picture(W, H);
		AVPacket *packet = av_packet_alloc();
		for (int t = 0; t < 5; t++) {
			assert_int_equal(ts_video_encode(e, in, false, packet), 0);
			assert_true(av_frame_is_writable(in));
			assert_int_equal(packet->pts, t);
			assert_int_equal(!!(packet->flags & AV_PKT_FLAG_KEY), t == 0);
			av_packet_unref(packet);
		}
		av_packet_free(&packet);
		av_frame_free(&in);
		ts_video_encoder_close(&e);
	}
}

/* Scene cuts make no keyframe: only a request makes one. */
static void no_key_without_asking(void **state)
{
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_VP8};
	(void)state;
	for (int c = 0; c < 2; c++) {
		struct path p = path_open(codecs[c], 1);
		AVFrame *a = ts_test_picture(W, H), *b = ts_test_picture(W, H);
		ts_test_draw_scene(a, 0);
		ts_test_draw_noise(b, 0);
		for (int t = 0; t < 60; t++) {
			AVFrame *out = through(&p, t / 7 % 2 ? b : a, false);
			assert_int_equal(p.key, t == 0);
			av_frame_free(&out);
		}
		av_frame_free(&a);
		av_frame_free(&b);
		path_close(&p);
	}
}

/* As a room system: it goes on after a loss, however it looks. */
static AVFrame *decode_on(AVCodecContext *decoder, const AVPacket *packet)
{
	AVFrame *out = av_frame_alloc();
	assert_int_equal(avcodec_send_packet(decoder, packet), 0);
	assert_int_equal(avcodec_receive_frame(decoder, out), 0);
	return out;
}

static AVCodecContext *plain_decoder(void)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
	AVCodecContext *decoder = avcodec_alloc_context3(codec);
	decoder->flags |= AV_CODEC_FLAG_LOW_DELAY | AV_CODEC_FLAG_OUTPUT_CORRUPT;
	decoder->flags2 |= AV_CODEC_FLAG2_SHOW_ALL;
	decoder->thread_count = 1;
	assert_int_equal(avcodec_open2(decoder, codec, NULL), 0);
	return decoder;
}

/* Pictures until who missed two of them sees what others see; n: never. */
static int heals_after(bool refresh, int n)
{
	const struct ts_video_encoder_config config = {.codec = TS_CODEC_H264,
		.width = W,
		.height = H,
		.fps = FPS,
		.bitrate_bps = KBPS * 1000,
		.packetization_mode = 1,
		.refresh = refresh};
	struct ts_video_encoder *e;
	AVCodecContext *all = plain_decoder(), *some = plain_decoder();
	AVFrame *in = ts_test_picture(W, H);
	AVPacket *packet = av_packet_alloc();
	int worst = -1;
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	for (int t = 0; t < 30 + n; t++) {
		ts_test_draw_scene(in, t);
		assert_int_equal(ts_video_encode(e, in, t == 10, packet), 0);
		assert_int_equal(!!(packet->flags & AV_PKT_FLAG_KEY), t == 0 || t == 10);
		AVFrame *a = decode_on(all, packet);
		AVFrame *b = t == 30 || t == 31 ? NULL : decode_on(some, packet);
		if (b && ts_test_hash(a) != ts_test_hash(b)) worst = t;
		av_frame_free(&a);
		av_frame_free(&b);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	av_frame_free(&in);
	avcodec_free_context(&all);
	avcodec_free_context(&some);
	ts_video_encoder_close(&e);
	assert_true(worst > 31);
	return worst + 1 - 30;
}

static void what_is_refreshed_heals(void **state)
{
	enum { N = 3 * TS_ENCODER_REFRESH_S * FPS };
	(void)state;
	assert_int_equal(heals_after(false, N), N);
	assert_in_range(heals_after(true, N), 3, 2 * TS_ENCODER_REFRESH_S * FPS);
}

static size_t encode_seconds(struct ts_video_encoder *e, int seconds, int *t, size_t *largest)
{
	AVFrame *in = ts_test_picture(W, H);
	AVPacket *packet = av_packet_alloc();
	size_t bytes = 0;
	*largest = 0;
	for (int end = *t + seconds * FPS; *t < end; ++*t) {
		ts_test_draw_noise(in, *t % 37 * (*t % 3)); /* leaps: motion search finds little */
		assert_int_equal(ts_video_encode(e, in, *t % (2 * FPS) == 0, packet), 0);
		bytes += (size_t)packet->size;
		if ((size_t)packet->size > *largest) *largest = (size_t)packet->size;
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	av_frame_free(&in);
	return bytes;
}

static void assert_rate(const char *what, size_t bytes, int seconds, double bps)
{
	double got = (double)bytes * 8 / seconds;
	if (got < bps * 0.85 || got > bps * 1.15)
		fail_msg("%s: %.0f kbit/s instead of %.0f", what, got / 1000, bps / 1000);
}

static void bitrate_is_kept_and_changes(void **state)
{
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_VP8};
	(void)state;
	for (int c = 0; c < 2; c++) {
		struct ts_video_encoder *e = encoder(codecs[c], 1);
		int t = 0;
		size_t largest;
		for (int k = 0; k < 3; k++) {
			uint32_t bps = (k == 1 ? 2 : 1) * KBPS * 1000;
			assert_int_equal(ts_video_encoder_set_bitrate(e, bps), 0);
			/* settles */
			encode_seconds(e, 2, &t, &largest);
			size_t bytes = encode_seconds(e, 4, &t, &largest);
			assert_rate(ts_codec_name(codecs[c]), bytes, 4, bps);
			if (largest > bps / 8 * 6 / 10)
				fail_msg("%s: a picture of %zu bytes", ts_codec_name(codecs[c]),
					largest);
		}
		ts_video_encoder_close(&e);
	}
}

/* Not even a keyframe is needed for it. */
static void bitrate_changes_between_keyframes(void **state)
{
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_VP8};
	(void)state;
	for (int c = 0; c < 2; c++) {
		struct ts_video_encoder *e = encoder(codecs[c], 1);
		AVFrame *in = ts_test_picture(W, H);
		AVPacket *packet = av_packet_alloc();
		size_t bytes[2] = {0};
		int keys = 0;
		for (int t = 0; t < 8 * FPS; t++) {
			if (t == 4 * FPS)
				assert_int_equal(
					ts_video_encoder_set_bitrate(e, KBPS * 1000 * 6 / 10), 0);
			ts_test_draw_noise(in, t % 37 * (t % 3));
			assert_int_equal(ts_video_encode(e, in, false, packet), 0);
			if (t % (4 * FPS) >= FPS) bytes[t / (4 * FPS)] += (size_t)packet->size;
			keys += packet->flags & AV_PKT_FLAG_KEY;
			av_packet_unref(packet);
		}
		assert_int_equal(keys, 1);
		assert_rate(ts_codec_name(codecs[c]), bytes[0], 3, KBPS * 1000);
		assert_rate(ts_codec_name(codecs[c]), bytes[1], 3, KBPS * 1000 * 0.6);
		assert_int_equal(ts_video_encoder_set_bitrate(e, 999), TS_EINVAL);
		av_packet_free(&packet);
		av_frame_free(&in);
		ts_video_encoder_close(&e);
	}
}

static void colours_survive(enum ts_codec first, enum ts_codec second)
{
	struct path a = path_open(first, 1), b = path_open(second, 1);
	AVFrame *in = ts_test_picture(W, H);
	ts_test_draw_patches(in);
	for (int t = 0; t < 10; t++) {
		AVFrame *mid = through(&a, in, false), *canvas = ts_test_picture(W, H);
		av_frame_copy(canvas, mid);
		AVFrame *out = through(&b, canvas, false);
		for (int i = 0; t == 9 && i < TS_TEST_PATCHES; i++)
			for (int plane = 0; plane < 3; plane++) {
				int got = ts_test_patch_mean(out, i, plane),
				    want = ts_test_patch[i][plane];
				if (abs(got - want) > 4)
					fail_msg("patch %d plane %d: %d instead of %d", i, plane,
						got, want);
			}
		av_frame_free(&mid);
		av_frame_free(&canvas);
		av_frame_free(&out);
	}
	av_frame_free(&in);
	path_close(&a);
	path_close(&b);
}

static void colours_vp8_to_h264(void **state)
{
	(void)state;
	colours_survive(TS_CODEC_VP8, TS_CODEC_H264);
}

static void colours_h264_to_vp8(void **state)
{
	(void)state;
	colours_survive(TS_CODEC_H264, TS_CODEC_VP8);
}

/* What is in our H.264: parameter sets in every key packet, and nothing that nobody needs. */
static void h264_packets_are_lean(void **state)
{
	(void)state;
	for (int mode = 0; mode < 2; mode++) {
		struct ts_video_encoder *e = encoder(TS_CODEC_H264, mode);
		AVFrame *in = ts_test_picture(W, H);
		AVPacket *packet = av_packet_alloc();
		for (int t = 0; t < 20; t++) {
			bool key = t % 10 == 0;
			unsigned seen = 0;
			ts_test_draw_noise(in, t);
			assert_int_equal(ts_video_encode(e, in, key, packet), 0);
			for (int i = 0; i + 3 < packet->size; i++)
				if (!memcmp(packet->data + i, (uint8_t[]){0, 0, 1}, 3))
					seen |= 1u << (packet->data[i + 3] & 31);
			assert_int_equal(seen, key ? 1 << 7 | 1 << 8 | 1 << 5 : 1 << 1);
			if (key) { /* constrained baseline: RFC 6184 table 5 */
				assert_int_equal(packet->data[5], 66);
				assert_true(packet->data[6] & 0x40);
			}
			av_packet_unref(packet);
		}
		av_packet_free(&packet);
		av_frame_free(&in);
		ts_video_encoder_close(&e);
	}
}

static void h264_says_bt601(void **state)
{
	(void)state;
	struct path p = path_open(TS_CODEC_H264, 1);
	AVFrame *in = ts_test_picture(W, H), *out = through(&p, in, true);
	assert_int_equal(out->colorspace, AVCOL_SPC_SMPTE170M);
	assert_int_equal(out->color_primaries, AVCOL_PRI_SMPTE170M);
	assert_int_equal(out->color_trc, AVCOL_TRC_SMPTE170M);
	assert_int_equal(out->color_range, AVCOL_RANGE_MPEG);
	av_frame_free(&in);
	av_frame_free(&out);
	path_close(&p);
}

static int decode_one_of_size(enum ts_codec codec, int w, int h)
{
	struct ts_video_encoder *e;
	struct ts_video_encoder_config config = {.codec = codec,
		.width = w,
		.height = h,
		.fps = FPS,
		.bitrate_bps = 1000000,
		.packetization_mode = 1};
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	struct ts_video_decoder *d = decoder(codec);
	AVFrame *in = ts_test_picture(w, h), *out;
	AVPacket *packet = av_packet_alloc();
	for (int p = 0; p < 3; p++)
		memset(in->data[p], 99, (size_t)in->linesize[p] * (size_t)(p ? h / 2 : h));
	assert_int_equal(ts_video_encode(e, in, true, packet), 0);
	int err = ts_video_decode(d, packet, &out);
	assert_int_equal(!err, out != NULL);
	if (out) assert_true(out->width == w && out->height == h);
	av_frame_free(&in);
	av_frame_free(&out);
	av_packet_free(&packet);
	ts_video_encoder_close(&e);
	ts_video_decoder_close(&d);
	return err;
}

static void size_is_limited(void **state)
{
	static const struct {
		int w, h, err;
	} rows[] = {
		{1920, 1080, 0},
		{1920, 1088, 0},
		{1088, 1920, 0},
		{16, 16, 0},
		{8, 8, 0},
		{1936, 1088, 0},
		{1280, 1280, 0},
		{2560, 64, 0},
		{64, 2560, 0},
		{2560, 1440, 0},
		{4096, 2304, 0},
		{4096, 2320, TS_ELIMIT},
		{5120, 2880, TS_ELIMIT},
		{8208, 64, TS_ELIMIT},
	};
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_VP8};
	(void)state;
	for (int c = 0; c < 2; c++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			int err = decode_one_of_size(codecs[c], rows[i].w, rows[i].h);
			if (err != rows[i].err)
				fail_msg("%s %dx%d: %s", ts_codec_name(codecs[c]), rows[i].w,
					rows[i].h, ts_strerror(err));
		}
}

/* A stream may change its size at any keyframe; a refused size does not spoil the decoder for
 * good. */
static void size_changes_in_mid_stream(void **state)
{
	static const struct {
		int w, h, err;
	} rows[] = {
		{320, 180, 0},
		{640, 360, 0},
		{180, 320, 0},
		{5120, 2880, TS_ELIMIT},
		{320, 180, 0},
		{1920, 1080, 0},
		{160, 90, 0},
	};
	static const enum ts_codec codecs[] = {TS_CODEC_H264, TS_CODEC_VP8};
	(void)state;
	for (int c = 0; c < 2; c++) {
		struct ts_video_decoder *d = decoder(codecs[c]);
		AVPacket *packet = av_packet_alloc();
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct ts_video_encoder *e;
			struct ts_video_encoder_config config = {.codec = codecs[c],
				.width = rows[i].w,
				.height = rows[i].h,
				.fps = FPS,
				.bitrate_bps = 500000,
				.packetization_mode = 1};
			assert_int_equal(ts_video_encoder_open(&e, &config), 0);
			AVFrame *in = ts_test_picture(rows[i].w, rows[i].h);
			for (int t = 0; t < (rows[i].err ? 2 : 3); t++) {
				AVFrame *out;
				ts_test_draw_scene(in, t);
				assert_int_equal(ts_video_encode(e, in, false, packet), 0);
				int err = ts_video_decode(d, packet, &out);
				if (!rows[i].err) {
					assert_int_equal(err, 0);
					assert_true(ts_test_psnr(in, out) > 25);
				} else {
					assert_true(t ? err != 0 : err == rows[i].err);
				}
				av_packet_unref(packet);
				av_frame_free(&out);
			}
			av_frame_free(&in);
			ts_video_encoder_close(&e);
		}
		av_packet_free(&packet);
		ts_video_decoder_close(&d);
	}
}

/* Bytes that were changed on the way, or cut off: either refused or, where the format has no means
 * to notice, at least no crash; H.264 must notice slices that are missing. */
static void damage_is_noticed(void **state)
{
	(void)state;
	struct ts_video_encoder *e = encoder(TS_CODEC_H264, 0);
	struct ts_video_decoder *d = decoder(TS_CODEC_H264);
	AVFrame *in = ts_test_picture(W, H), *out;
	AVPacket *packet = av_packet_alloc();
	int64_t errors = ts_count_get(TS_C_DECODE_ERRORS);
	for (int t = 0; t < 6; t++) {
		ts_test_draw_noise(in, t);
		assert_int_equal(ts_video_encode(e, in, t == 0 || t == 4, packet), 0);
		if (t == 2) av_shrink_packet(packet, packet->size * 2 / 3);
		int err = ts_video_decode(d, packet, &out);
		if (t == 2)
			assert_int_equal(err, TS_EBADMSG);
		else if (t == 3)
			assert_true(err != 0); /* nothing until the next keyframe */
		else
			assert_int_equal(err, 0);
		av_frame_free(&out);
		av_packet_unref(packet);
	}
	assert_true(ts_count_get(TS_C_DECODE_ERRORS) > errors);
	av_packet_free(&packet);
	av_frame_free(&in);
	ts_video_encoder_close(&e);
	ts_video_decoder_close(&d);
}

static void gauges_follow(void **state)
{
	(void)state;
	int64_t enc = ts_count_get(TS_C_ENC_VIDEO_VP8), dec = ts_count_get(TS_C_DEC_VIDEO_H264);
	struct ts_video_encoder *e = encoder(TS_CODEC_VP8, 0);
	struct ts_video_decoder *d = decoder(TS_CODEC_H264);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), enc + 1);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_H264), dec + 1);
	ts_video_encoder_close(&e);
	ts_video_decoder_close(&d);
	assert_int_equal(ts_count_get(TS_C_ENC_VIDEO_VP8), enc);
	assert_int_equal(ts_count_get(TS_C_DEC_VIDEO_H264), dec);
	assert_int_equal(ts_video_decoder_open(&d, TS_CODEC_OPUS), TS_EUNSUPPORTED);
	assert_int_equal(ts_video_encoder_open(
				 &e, &(struct ts_video_encoder_config){.codec = TS_CODEC_OPUS}),
		TS_EUNSUPPORTED);
}

/* Level 1b of a baseline stream is 11 with constraint_set3 (H.264 7.4.2.1.1). */
static void level_1b_is_said(void **state)
{
	static const uint8_t start[] = {0, 0, 1, 0x67};
	struct ts_video_encoder *e;
	const struct ts_video_encoder_config config = {.codec = TS_CODEC_H264,
		.width = 176,
		.height = 144,
		.fps = 15,
		.bitrate_bps = 120000,
		.level_idc = TS_LEVEL_1B};
	AVPacket *packet = av_packet_alloc();
	AVFrame *picture = ts_test_picture(176, 144);
	(void)state;
	ts_test_draw_scene(picture, 0);
	assert_int_equal(ts_video_encoder_open(&e, &config), 0);
	assert_int_equal(ts_video_encode(e, picture, true, packet), 0);
	const uint8_t *sps = memmem(packet->data, (size_t)packet->size, start, sizeof start);
	assert_non_null(sps);
	assert_int_equal(sps[4], 66);
	assert_int_equal(sps[5] & 0x10, 0x10);
	assert_int_equal(sps[6], 11);
	av_packet_free(&packet);
	av_frame_free(&picture);
	ts_video_encoder_close(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h264_mode_1_round_trip),
		cmocka_unit_test(h264_mode_0_round_trip),
		cmocka_unit_test(vp8_round_trip),
		cmocka_unit_test(encoder_keeps_no_reference),
		cmocka_unit_test(no_key_without_asking),
		cmocka_unit_test(what_is_refreshed_heals),
		cmocka_unit_test(bitrate_is_kept_and_changes),
		cmocka_unit_test(bitrate_changes_between_keyframes),
		cmocka_unit_test(colours_vp8_to_h264),
		cmocka_unit_test(colours_h264_to_vp8),
		cmocka_unit_test(h264_packets_are_lean),
		cmocka_unit_test(h264_says_bt601),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(size_changes_in_mid_stream),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test(gauges_follow),
		cmocka_unit_test(level_1b_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
