/* Streams as other senders make them: reordered pictures, slices, other colours, other VP8
 * settings. */
#include "base/counter.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sender {
	const char *encoder, *options; /* key=value key=value */
	int w, h, max_b_frames;
	enum AVColorSpace space;
	enum AVColorRange range;
	int gop;
};

static AVCodecContext *open_sender(const struct sender *s)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(s->encoder);
	assert_non_null(codec);
	AVCodecContext *ctx = avcodec_alloc_context3(codec);
	ctx->width = s->w;
	ctx->height = s->h;
	ctx->pix_fmt = AV_PIX_FMT_YUV420P;
	ctx->time_base = (AVRational){1, 30};
	ctx->bit_rate = 1500000;
	ctx->max_b_frames = s->max_b_frames;
	ctx->thread_count = 1;
	ctx->gop_size = s->gop ? s->gop : 1000;
	ctx->colorspace = s->space;
	ctx->color_range = s->range;
	assert_true(av_set_options_string(ctx->priv_data, s->options, "=", " ") >= 0);
	assert_int_equal(avcodec_open2(ctx, codec, NULL), 0);
	return ctx;
}

struct receiver {
	struct ts_depacketizer *depacketizer;
	struct ts_video_decoder *decoder;
	AVPacket *unit;
	enum ts_codec codec;
	uint32_t timestamp;
	AVFrame *last;
	int shown, last_brightness, backwards;
};

static void receive(struct receiver *r, const AVPacket *packet)
{
	struct ts_au *au;
	struct ts_unit_info info;
	r->timestamp += 3000;
	assert_int_equal(ts_packetize(&au, r->codec, 1, packet, 700), 0);
	for (uint32_t i = 0; i < au->n; i++) {
		struct ts_packet p = ts_test_packet(
			ts_au_bytes(au, i), au->pay[i].len, r->timestamp, i + 1 == au->n);
		assert_int_equal(ts_depacketizer_push(r->depacketizer, &p), 0);
	}
	while (ts_depacketizer_pull(r->depacketizer, r->unit, &info) == 0) {
		AVFrame *f;
		assert_false(info.broken);
		int err = ts_video_decode(r->decoder, r->unit, &f);
		assert_true(err == 0 || err == TS_EAGAIN);
		if (!f) continue;
		av_frame_free(&r->last);
		r->last = f;
		r->shown++;
		int brightness = f->data[0][f->height / 2 * f->linesize[0] + f->width / 2];
		r->backwards += brightness < r->last_brightness - 1;
		r->last_brightness = brightness;
	}
	ts_au_unref(&au);
}

/* Pictures grow brighter by 2 each; returns the receiver for inspection. */
static struct receiver play(const struct sender *s, int n, void (*draw)(AVFrame *f, int t))
{
	AVCodecContext *ctx = open_sender(s);
	struct receiver r = {.codec = strcmp(s->encoder, "libvpx") ? TS_CODEC_H264 : TS_CODEC_VP8,
		.unit = av_packet_alloc()};
	AVPacket *packet = av_packet_alloc();
	AVFrame *in = ts_test_picture(s->w, s->h);
	assert_int_equal(ts_depacketizer_create(&r.depacketizer, r.codec), 0);
	assert_int_equal(ts_video_decoder_open(&r.decoder, r.codec), 0);
	for (int t = 0; t < n; t++) {
		assert_int_equal(av_frame_make_writable(in), 0);
		draw(in, t);
		in->pts = t;
		assert_int_equal(avcodec_send_frame(ctx, in), 0);
		while (avcodec_receive_packet(ctx, packet) >= 0) {
			receive(&r, packet);
			av_packet_unref(packet);
		}
	}
	avcodec_send_frame(ctx, NULL);
	while (avcodec_receive_packet(ctx, packet) >= 0) {
		receive(&r, packet);
		av_packet_unref(packet);
	}
	avcodec_free_context(&ctx);
	av_packet_free(&packet);
	av_frame_free(&in);
	return r;
}

static void finish(struct receiver *r)
{
	av_frame_free(&r->last);
	av_packet_free(&r->unit);
	ts_depacketizer_destroy(&r->depacketizer);
	ts_video_decoder_close(&r->decoder);
}

static void draw_brighter(AVFrame *f, int t)
{
	ts_test_draw_scene(f, t);
	for (int y = 0; y < f->height; y++)
		for (int x = f->width / 4; x < f->width * 3 / 4; x++)
			f->data[0][y * f->linesize[0] + x] = (uint8_t)(30 + 2 * t);
}

static void every_picture_comes(void **state)
{
	static const struct {
		struct sender s;
		int may_lack;
	} rows[] = {
		{{"libx264", "preset=ultrafast tune=zerolatency profile=baseline", 320, 180, 0, 0,
			 0, 0},
			0},
		{{"libx264", "preset=veryfast tune=zerolatency profile=high x264-params=slices=4",
			 320, 180, 0, 0, 0, 0},
			0},
		{{"libx264",
			 "preset=veryfast tune=zerolatency profile=main "
			 "x264-params=slice-max-size=400:ref=3",
			 320, 180, 0, 0, 0, 20},
			0},
		{{"libx264",
			 "preset=veryfast profile=high "
			 "x264-params=bframes=2:b-adapt=0:b-pyramid=0:rc-lookahead=5",
			 320, 180, 2, 0, 0, 0},
			1},
		{{"libx264",
			 "preset=veryfast profile=high "
			 "x264-params=bframes=3:b-adapt=0:b-pyramid=normal:ref=4:rc-lookahead=5",
			 320, 180, 3, 0, 0, 0},
			2},
		{{"libvpx", "deadline=realtime cpu-used=-8 lag-in-frames=0 error-resilient=default",
			 320, 180, 0, 0, 0, 0},
			0},
		{{"libvpx",
			 "deadline=realtime cpu-used=-8 lag-in-frames=0 error-resilient=partitions",
			 322, 182, 0, 0, 0, 0},
			0},
		/* with an invisible reference picture now and then */
		{{"libvpx", "deadline=good cpu-used=5 lag-in-frames=10 auto-alt-ref=1", 320, 180, 0,
			 0, 0, 0},
			0},
	};
	enum { N = 80 };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct receiver r = play(&rows[i].s, N, draw_brighter);
		if (r.shown < N - rows[i].may_lack || r.backwards)
			fail_msg("%s %s: %d of %d pictures, %d out of order", rows[i].s.encoder,
				rows[i].s.options, r.shown, N, r.backwards);
		finish(&r);
	}
}

/* Colour bars in BT.709: the same colours, other numbers. */
static const uint8_t bars_709[TS_TEST_PATCHES][3] = {
	{180, 128, 128},
	{168, 44, 136},
	{145, 147, 44},
	{133, 63, 52},
	{63, 193, 204},
	{51, 109, 212},
	{28, 212, 120},
	{16, 128, 128},
};

static void draw_709(AVFrame *f, int t)
{
	(void)t;
	for (int p = 0; p < 3; p++) {
		int w = p ? f->width / 2 : f->width, h = p ? f->height / 2 : f->height;
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++)
				f->data[p][y * f->linesize[p] + x] =
					bars_709[x * TS_TEST_PATCHES / w][p];
	}
}

static void draw_601(AVFrame *f, int t)
{
	(void)t;
	ts_test_draw_patches(f);
}

static void draw_full(AVFrame *f, int t)
{
	(void)t;
	for (int p = 0; p < 3; p++) {
		int w = p ? f->width / 2 : f->width, h = p ? f->height / 2 : f->height;
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++) {
				int v = ts_test_patch[x * TS_TEST_PATCHES / w][p];
				v = p ? 128 + (v - 128) * 255 / 224 : (v - 16) * 255 / 219;
				f->data[p][y * f->linesize[p] + x] = (uint8_t)v;
			}
	}
}

static void colours_are_understood(void **state)
{
	static const struct {
		const char *name;
		struct sender s;
		void (*draw)(AVFrame *, int);
	} rows[] = {
		{"nothing said",
			{"libx264", "tune=zerolatency", 320, 180, 0, AVCOL_SPC_UNSPECIFIED, 0, 0},
			draw_601},
		{"601",
			{"libx264", "tune=zerolatency", 320, 180, 0, AVCOL_SPC_SMPTE170M,
				AVCOL_RANGE_MPEG, 0},
			draw_601},
		{"709",
			{"libx264", "tune=zerolatency", 1280, 720, 0, AVCOL_SPC_BT709,
				AVCOL_RANGE_MPEG, 0},
			draw_709},
		{"601 full",
			{"libx264", "tune=zerolatency", 320, 180, 0, AVCOL_SPC_SMPTE170M,
				AVCOL_RANGE_JPEG, 0},
			draw_full},
		{"vp8",
			{"libvpx", "deadline=realtime cpu-used=-8 lag-in-frames=0", 320, 180, 0, 0,
				0, 0},
			draw_601},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct receiver r = play(&rows[i].s, 3, rows[i].draw);
		assert_int_equal(r.shown, 3);
		for (int p = 0; p < TS_TEST_PATCHES; p++)
			for (int plane = 0; plane < 3; plane++) {
				int got = ts_test_patch_mean(r.last, p, plane),
				    want = ts_test_patch[p][plane];
				if (abs(got - want) > 3)
					fail_msg("%s, bar %d plane %d: %d instead of %d",
						rows[i].name, p, plane, got, want);
			}
		finish(&r);
	}
}

/* Of a stream whose pictures are all converted, as many may be held as of any other. */
static void converted_pictures_count(void **state)
{
	enum { W = 320, H = 180, MANY = 60 };
	static const struct sender s = {
		"libx264", "tune=zerolatency", W, H, 0, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 0};
	AVCodecContext *ctx = open_sender(&s);
	AVFrame *in = ts_test_picture(W, H), *held[MANY];
	AVPacket *packet = av_packet_alloc();
	struct ts_video_decoder *d;
	const int64_t before = ts_count_get(TS_C_PICTURE_MEMORY);
	int n = 0, err = 0;
	(void)state;
	assert_int_equal(ts_video_decoder_open(&d, TS_CODEC_H264), 0);
	for (int t = 0; t < MANY && !err; t++) {
		assert_int_equal(av_frame_make_writable(in), 0);
		draw_full(in, t);
		in->pts = t;
		assert_int_equal(avcodec_send_frame(ctx, in), 0);
		assert_int_equal(avcodec_receive_packet(ctx, packet), 0);
		err = ts_video_decode(d, packet, &held[n]);
		n += !err;
		av_packet_unref(packet);
	}
	assert_int_equal(err, TS_ENOMEM);
	assert_int_equal(ts_video_decoder_refusal(d)->kind, TS_REFUSED_MEMORY);
	assert_in_range(n, 10, 40);
	assert_true(ts_count_get(TS_C_PICTURE_MEMORY) >= before + n * W * H * 3 / 2);
	while (n) av_frame_free(&held[--n]);
	ts_video_decoder_close(&d);
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), before);
	avcodec_free_context(&ctx);
	av_packet_free(&packet);
	av_frame_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_picture_comes),
		cmocka_unit_test(colours_are_understood),
		cmocka_unit_test(converted_pictures_count),
	};
	av_log_set_level(AV_LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
