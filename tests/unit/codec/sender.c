#include "tests/unit/codec/sender.h"
#include "codec/av1_obu.h"
#include "codec/h265.h"
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	enum ts_codec codec;
	const char *encoder;
	const char *options[5][2];
} encoders[] = {
	{TS_CODEC_VP9, "libvpx-vp9",
		{{"deadline", "realtime"}, {"cpu-used", "8"}, {"lag-in-frames", "0"}}},
	{TS_CODEC_AV1, "libaom-av1",
		{{"usage", "realtime"}, {"cpu-used", "8"}, {"lag-in-frames", "0"}}},
	{TS_CODEC_H265, "libx265",
		{{"preset", "ultrafast"}, {"tune", "zerolatency"}, {"forced-idr", "1"},
			{"x265-params",
				"log-level=none:info=0:hash=1:pools=none:frame-threads=1:wpp=0"}}},
};

bool ts_test_sender_open(struct ts_test_sender *s, enum ts_codec codec, int width, int height,
	enum AVPixelFormat format)
{
	size_t i = 0;
	while (encoders[i].codec != codec) i++;
	const AVCodec *c = avcodec_find_encoder_by_name(encoders[i].encoder);
	if (!c) return false;
	*s = (struct ts_test_sender){.codec = codec, .ctx = avcodec_alloc_context3(c)};
	s->ctx->width = width;
	s->ctx->height = height;
	s->ctx->pix_fmt = format;
	s->ctx->time_base = (AVRational){1, 30};
	s->ctx->bit_rate = 600000;
	s->ctx->gop_size = 1000;
	s->ctx->thread_count = 1;
	s->ctx->color_range = AVCOL_RANGE_MPEG;
	s->ctx->colorspace = AVCOL_SPC_SMPTE170M;
	for (size_t k = 0; k < 5 && encoders[i].options[k][0]; k++)
		assert_return_code(av_opt_set(s->ctx->priv_data, encoders[i].options[k][0],
					   encoders[i].options[k][1], 0),
			0);
	if (avcodec_open2(s->ctx, c, NULL) < 0) {
		avcodec_free_context(&s->ctx);
		return false;
	}
	s->packet = av_packet_alloc();
	return true;
}

void ts_test_sender_close(struct ts_test_sender *s)
{
	avcodec_free_context(&s->ctx);
	av_packet_free(&s->packet);
}

/* The same picture with more bits a sample, or more chroma. */
static AVFrame *picture_of(const struct ts_test_sender *s)
{
	const AVCodecContext *ctx = s->ctx;
	AVFrame *eight = ts_test_picture(ctx->width, ctx->height);
	ts_test_draw_patches(eight);
	if (ctx->pix_fmt == AV_PIX_FMT_YUV420P) return eight;
	AVFrame *f = av_frame_alloc();
	f->format = ctx->pix_fmt;
	f->width = ctx->width;
	f->height = ctx->height;
	assert_return_code(av_frame_get_buffer(f, 0), 0);
	for (int p = 0; p < 3; p++) {
		const bool whole = !p || ctx->pix_fmt == AV_PIX_FMT_YUV444P;
		const int w = whole ? f->width : (f->width + 1) / 2;
		const int h = whole ? f->height : (f->height + 1) / 2;
		const int by = p && whole ? 2 : 1;
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++) {
				const uint8_t v =
					eight->data[p][y / by * eight->linesize[p] + x / by];
				uint8_t *row = f->data[p] + y * f->linesize[p];
				if (f->format == AV_PIX_FMT_YUV420P10)
					((uint16_t *)(void *)row)[x] = (uint16_t)(v << 2);
				else
					row[x] = v;
			}
	}
	av_frame_free(&eight);
	return f;
}

bool ts_test_sender_encode(struct ts_test_sender *s, bool key)
{
	AVFrame *f = picture_of(s);
	f->pts = s->pts++;
	f->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	av_packet_unref(s->packet);
	assert_return_code(avcodec_send_frame(s->ctx, f), 0);
	av_frame_free(&f);
	return avcodec_receive_packet(s->ctx, s->packet) == 0;
}

struct cut {
	ts_test_payload_fn *fn;
	void *arg;
	size_t mtu;
	uint8_t out[2048];
};

static void cut_vp9(const struct ts_test_sender *s, struct cut *c)
{
	enum { I = 0x80, P = 0x40, B = 0x08, E = 0x04, HEADER = 3 };
	const bool key = s->packet->flags & AV_PKT_FLAG_KEY;
	const uint8_t *at = s->packet->data, *end = at + s->packet->size;
	for (bool first = true; at < end; first = false) {
		const size_t n = (size_t)(end - at) < c->mtu ? (size_t)(end - at) : c->mtu;
		c->out[0] = (uint8_t)(I | (key ? 0 : P) | (first ? B : 0) |
			(at + n == end ? E : 0));
		c->out[1] = (uint8_t)(0x80 | (s->pts >> 8 & 0x7f));
		c->out[2] = (uint8_t)s->pts;
		memcpy(c->out + HEADER, at, n);
		at += n;
		c->fn(c->arg, c->out, HEADER + n, at == end);
	}
}

static void cut_av1(const struct ts_test_sender *s, struct cut *c)
{
	enum { Z = 0x80, Y = 0x40, ONE = 0x10, N = 0x08 };
	struct ts_rd r = ts_rd(s->packet->data, (size_t)s->packet->size);
	bool first = s->packet->flags & AV_PKT_FLAG_KEY;
	const uint8_t *from = r.p;
	for (struct ts_obu obu; ts_obu_next(&obu, &r); from = r.p) {
		if (obu.type == TS_OBU_TEMPORAL_DELIMITER) continue;
		/* as 4.4 wants it: without its size */
		const size_t head = from[0] & TS_OBU_HAS_EXT ? 2 : 1, len = head + obu.len;
		uint8_t *whole = malloc(len);
		memcpy(whole, from, head);
		whole[0] &= (uint8_t)~TS_OBU_HAS_SIZE;
		memcpy(whole + head, obu.payload, obu.len);
		for (size_t at = 0; at < len;) {
			const size_t n = len - at < c->mtu ? len - at : c->mtu;
			c->out[0] = (uint8_t)(ONE | (at ? Z : 0) | (at + n < len ? Y : 0) |
				(first ? N : 0));
			first = false;
			memcpy(c->out + 1, whole + at, n);
			at += n;
			c->fn(c->arg, c->out, 1 + n, at == len && !ts_rd_left(&r));
		}
		free(whole);
	}
}

static void cut_h265(const struct ts_test_sender *s, struct cut *c)
{
	enum { START = 0x80, END = 0x40, HEADER = 3 };
	const uint8_t *at = s->packet->data, *end = at + s->packet->size;
	struct ts_nal nal;
	while (ts_nal_next(&nal, &at, end)) {
		const bool last = at == end;
		if (nal.len <= c->mtu) {
			memcpy(c->out, nal.p, nal.len);
			c->fn(c->arg, c->out, nal.len, last);
			continue;
		}
		const uint8_t type = ts_h265_type(nal.p[0]);
		for (size_t i = 2; i < nal.len;) {
			const size_t n = nal.len - i < c->mtu ? nal.len - i : c->mtu;
			c->out[0] = (uint8_t)((nal.p[0] & 0x81) | TS_H265_FU << 1);
			c->out[1] = nal.p[1];
			c->out[2] = (uint8_t)(type | (i == 2 ? START : 0) |
				(i + n == nal.len ? END : 0));
			memcpy(c->out + HEADER, nal.p + i, n);
			i += n;
			c->fn(c->arg, c->out, HEADER + n, last && i == nal.len);
		}
	}
}

void ts_test_sender_cut(
	const struct ts_test_sender *s, size_t mtu, ts_test_payload_fn *fn, void *arg)
{
	struct cut c = {.fn = fn, .arg = arg, .mtu = mtu};
	assert_true(mtu + 3 <= sizeof c.out);
	if (s->codec == TS_CODEC_VP9) cut_vp9(s, &c);
	if (s->codec == TS_CODEC_AV1) cut_av1(s, &c);
	if (s->codec == TS_CODEC_H265) cut_h265(s, &c);
}
