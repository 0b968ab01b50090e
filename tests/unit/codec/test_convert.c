/* Pictures that say they are something else than BT.601 limited YUV420P. */
#include "base/counter.h"
#include "codec/convert.h"
#include "codec/picture_pool.h"
#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 98, H = 54 };

struct colour {
	double r, g, b;
};
static const struct colour colours[] = {
	{1, 1, 1},
	{0, 0, 0},
	{0.5, 0.5, 0.5},
	{0.75, 0, 0},
	{0, 0.75, 0},
	{0, 0, 0.75},
	{0.75, 0.75, 0},
	{0.2, 0.6, 0.4},
	{0.8, 0.6, 0.5},
};

/* The definition, ITU-T H.273: what colour is in these terms. */
static void code(uint8_t yuv[3], const struct colour *c, double kr, double kb, bool full)
{
	double y = kr * c->r + (1 - kr - kb) * c->g + kb * c->b;
	double u = (c->b - y) / (2 * (1 - kb)), v = (c->r - y) / (2 * (1 - kr));
	yuv[0] = (uint8_t)lround(full ? 255 * y : 16 + 219 * y);
	yuv[1] = (uint8_t)lround(128 + (full ? 255 : 224) * u);
	yuv[2] = (uint8_t)lround(128 + (full ? 255 : 224) * v);
}

static AVFrame *plain(int w, int h, enum AVPixelFormat format, const uint8_t yuv[3])
{
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
	int bits = d->comp[0].depth;
	AVFrame *f = av_frame_alloc();
	f->width = w;
	f->height = h;
	f->format = format;
	f->pts = 1234;
	assert_int_equal(av_frame_get_buffer(f, 0), 0);
	for (int p = 0; p < d->nb_components; p++) {
		int pw = p ? AV_CEIL_RSHIFT(w, d->log2_chroma_w) : w,
		    ph = p ? AV_CEIL_RSHIFT(h, d->log2_chroma_h) : h;
		for (int y = 0; y < ph; y++)
			for (int x = 0; x < pw; x++) {
				uint8_t *at = f->data[p] + y * f->linesize[p];
				if (bits > 8)
					((uint16_t *)(void *)at)[x] = (uint16_t)(yuv[p]
						<< (bits - 8));
				else
					at[x] = yuv[p];
			}
	}
	return f;
}

static void check(AVFrame *f, const uint8_t want[3], int tolerance, const char *what)
{
	assert_int_equal(f->format, AV_PIX_FMT_YUV420P);
	assert_int_equal(f->pts, 1234);
	for (int p = 0; p < 3; p++)
		for (int y = 0; y < (p ? (f->height + 1) / 2 : f->height); y++)
			for (int x = 0; x < (p ? (f->width + 1) / 2 : f->width); x++) {
				int got = f->data[p][y * f->linesize[p] + x];
				if (abs(got - want[p]) > tolerance)
					fail_msg("%s, plane %d: %d instead of %d", what, p, got,
						want[p]);
			}
}

static const struct {
	const char *name;
	enum AVColorSpace space;
	enum AVColorRange range;
	enum AVPixelFormat format;
	double kr, kb;
	bool full, copied;
	int tolerance;
} rows[] = {
	{"nothing said", AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, AV_PIX_FMT_YUV420P, 0.299,
		0.114, false, false, 0},
	{"601 limited", AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV420P, 0.299, 0.114,
		false, false, 0},
	{"601 limited, PAL", AVCOL_SPC_BT470BG, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV420P, 0.299, 0.114,
		false, false, 0},
	{"709 limited", AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV420P, 0.2126, 0.0722,
		false, true, 2},
	{"709, range not said", AVCOL_SPC_BT709, AVCOL_RANGE_UNSPECIFIED, AV_PIX_FMT_YUV420P,
		0.2126, 0.0722, false, true, 2},
	{"2020 limited", AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV420P, 0.2627, 0.0593,
		false, true, 2},
	{"601 full", AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, AV_PIX_FMT_YUV420P, 0.299, 0.114, true,
		true, 2},
	{"yuvj420p", AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, AV_PIX_FMT_YUVJ420P, 0.299,
		0.114, true, true, 2},
	{"709 full", AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, AV_PIX_FMT_YUV420P, 0.2126, 0.0722, true,
		true, 2},
	{"4:4:4", AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV444P, 0.299, 0.114, false,
		true, 1},
	{"4:2:2, 709", AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV422P, 0.2126, 0.0722, false,
		true, 3},
	{"4:2:2 full", AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, AV_PIX_FMT_YUVJ422P, 0.299, 0.114,
		true, true, 3},
	{"10 bits", AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, AV_PIX_FMT_YUV420P10, 0.299, 0.114,
		false, true, 1},
	{"10 bits, 709 full", AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, AV_PIX_FMT_YUV420P10, 0.2126,
		0.0722, true, true, 3},
};

static void colours_stay(void **state)
{
	struct ts_convert c;
	struct ts_picture_pool pool = {.max = 4};
	(void)state;
	ts_convert_init(&c);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < sizeof colours / sizeof *colours; k++) {
			uint8_t in[3], want[3];
			code(in, &colours[k], rows[i].kr, rows[i].kb, rows[i].full);
			code(want, &colours[k], 0.299, 0.114, false);
			AVFrame *f = plain(W + (int)(i & 1), H + (int)(i >> 1 & 1), rows[i].format,
					in),
				*before;
			f->colorspace = rows[i].space;
			f->color_range = rows[i].range;
			before = av_frame_clone(f);
			assert_int_equal(ts_convert(&c, &pool, &f), 0);
			assert_int_equal(f->data[0] != before->data[0], rows[i].copied);
			av_frame_free(&before);
			check(f, want, rows[i].tolerance, rows[i].name);
			av_frame_free(&f);
		}
	ts_convert_fini(&c);
	ts_picture_pool_fini(&pool);
}

static void grey_alone(void **state)
{
	struct ts_convert c;
	struct ts_picture_pool pool = {.max = 4};
	(void)state;
	ts_convert_init(&c);
	AVFrame *f = plain(W, H, AV_PIX_FMT_GRAY8, (uint8_t[]){120, 0, 0});
	f->color_range = AVCOL_RANGE_MPEG;
	assert_int_equal(ts_convert(&c, &pool, &f), 0);
	check(f, (uint8_t[]){120, 128, 128}, 1, "grey");
	av_frame_free(&f);
	ts_convert_fini(&c);
	ts_picture_pool_fini(&pool);
}

/* Pictures may outlive the pool, which gives the same memory again. */
static void pictures_are_pooled(void **state)
{
	struct ts_convert c;
	struct ts_picture_pool pool = {.max = 4};
	(void)state;
	ts_convert_init(&c);
	const uint8_t grey[3] = {128, 128, 128}, *first = NULL;
	AVFrame *f;
	for (int k = 0; k < 3; k++) {
		f = plain(W, H, AV_PIX_FMT_YUVJ420P, grey);
		assert_int_equal(ts_convert(&c, &pool, &f), 0);
		if (!first) first = f->buf[0]->data;
		assert_ptr_equal(f->buf[0]->data, first);
		if (k < 2) av_frame_free(&f);
	}
	AVFrame *other = plain(2 * W, H, AV_PIX_FMT_YUVJ420P, grey);
	assert_int_equal(ts_convert(&c, &pool, &other), 0);
	ts_convert_fini(&c);
	ts_picture_pool_fini(&pool);
	check(f, (uint8_t[]){126, 128, 128}, 0, "after the pool");
	check(other, (uint8_t[]){126, 128, 128}, 0, "after the pool");
	av_frame_free(&f);
	av_frame_free(&other);
}

/* As decoded ones are, and with them. */
static void pictures_are_counted(void **state)
{
	enum { MAX = 3 };
	struct ts_convert c;
	struct ts_picture_pool pool = {.max = MAX};
	const struct ts_video_limits limits = ts_video_limits;
	const uint8_t grey[3] = {128, 128, 128};
	const int64_t before = ts_count_get(TS_C_PICTURE_MEMORY);
	AVFrame *held[MAX + 1];
	(void)state;
	ts_convert_init(&c);
	for (int i = 0; i <= MAX; i++) {
		held[i] = plain(W, H, AV_PIX_FMT_YUVJ420P, grey);
		assert_int_equal(ts_convert(&c, &pool, &held[i]), i < MAX ? 0 : TS_ENOMEM);
	}
	assert_true(pool.full);
	assert_true(ts_count_get(TS_C_PICTURE_MEMORY) >= before + MAX * W * H * 3 / 2);
	for (int i = 0; i <= MAX; i++) av_frame_free(&held[i]);
	ts_picture_pool_fini(&pool);
	assert_int_equal(ts_count_get(TS_C_PICTURE_MEMORY), before);

	ts_video_limits.memory_bytes = before + W * H;
	held[0] = plain(W, H, AV_PIX_FMT_YUVJ420P, grey);
	assert_int_equal(ts_convert(&c, &pool, &held[0]), TS_ENOMEM);
	ts_video_limits = limits;
	assert_int_equal(ts_convert(&c, &pool, &held[0]), 0);
	av_frame_free(&held[0]);
	ts_convert_fini(&c);
	ts_picture_pool_fini(&pool);
}

/* libavcodec writes and reads past the edges of a picture: what lies without margins is not for
 * it. */
static void a_decoder_gets_no_pool_without_margins(void **state)
{
	struct ts_picture_pool own = {.max = 2}, shared = {.max = 2};
	AVCodecContext *ctx = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
	AVFrame *made = av_frame_alloc(), *decoded = av_frame_alloc(), *again = av_frame_alloc();
	(void)state;
	made->format = decoded->format = again->format = ctx->pix_fmt = AV_PIX_FMT_YUV420P;
	made->width = decoded->width = again->width = 1280;
	made->height = decoded->height = again->height = 720;
	assert_int_equal(ts_picture_pool_get_buffer2(&own, ctx, again), 0);
	assert_int_equal(ts_picture_pool_get(&shared, made), 0);
	assert_int_equal(ts_picture_pool_get_buffer2(&shared, ctx, decoded), 0);
	for (int i = 0; i < 3; i++) assert_int_equal(shared.offset[i], own.offset[i]);
	assert_true(made->buf[0]->size < decoded->buf[0]->size);
	assert_int_equal(decoded->buf[0]->size, again->buf[0]->size);
	av_frame_free(&made);
	av_frame_free(&decoded);
	av_frame_free(&again);
	avcodec_free_context(&ctx);
	ts_picture_pool_fini(&own);
	ts_picture_pool_fini(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_stay),
		cmocka_unit_test(a_decoder_gets_no_pool_without_margins),
		cmocka_unit_test(grey_alone),
		cmocka_unit_test(pictures_are_pooled),
		cmocka_unit_test(pictures_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
