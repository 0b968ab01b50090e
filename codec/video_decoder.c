#include "base/counter.h"
#include "base/error.h"
#include "codec/convert.h"
#include "codec/libav.h"
#include "codec/registry.h"
#include "codec/video.h"
#include <assert.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>

struct ts_video_decoder {
	enum ts_codec codec;
	AVCodecContext *ctx;
	AVFrame *next; /* waiting for libavcodec to fill it */
	struct ts_convert convert;
	bool bad_size; /* why the last unit was refused */
};

static bool is_size_allowed(int w, int h)
{
	int longer = w > h ? w : h, shorter = w > h ? h : w;
	return longer <= TS_PICTURE_MAX_W && shorter <= TS_PICTURE_MAX_H && shorter >= TS_PICTURE_MIN;
}

/* libavcodec asks this whenever the stream's size is known and nothing was allocated for it yet. */
static enum AVPixelFormat get_format(AVCodecContext *ctx, const enum AVPixelFormat *formats)
{
	struct ts_video_decoder *d = ctx->opaque;
	d->bad_size = !is_size_allowed(ctx->coded_width, ctx->coded_height) ||
		!is_size_allowed(ctx->width, ctx->height);
	return d->bad_size ? AV_PIX_FMT_NONE : avcodec_default_get_format(ctx, formats);
}

/* The VP8 decoder asks for a format only once, so its sizes are read from the key frames themselves: RFC 6386 9.1. */
static bool is_vp8_size_allowed(const AVPacket *unit)
{
	const uint8_t *p = unit->data;
	if (unit->size < 10 || p[0] & 1) return true;
	return is_size_allowed((p[6] | p[7] << 8) & 0x3fff, (p[8] | p[9] << 8) & 0x3fff);
}

static AVCodecContext *open_context(struct ts_video_decoder *d)
{
	const AVCodec *codec = avcodec_find_decoder_by_name(d->codec == TS_CODEC_H264 ? "h264" : "vp8");
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx) return NULL;
	ctx->opaque = d;
	ctx->get_format = get_format;
	ctx->thread_count = 1;
	ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
	ctx->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
	/* a second fence behind is_size_allowed */
	ctx->max_pixels = (int64_t)TS_PICTURE_MAX_W * TS_PICTURE_MAX_W;
	if (avcodec_open2(ctx, codec, NULL) < 0) avcodec_free_context(&ctx);
	return ctx;
}

int ts_video_decoder_open(struct ts_video_decoder **out, enum ts_codec codec)
{
	const struct ts_codec_info *info = ts_codec_info(codec);
	if (!info || !info->can_receive || ts_codec_media(codec) != TS_VIDEO) return TS_EUNSUPPORTED;
	ts_libav_init();
	struct ts_video_decoder *d = calloc(1, sizeof *d);
	if (!d) return TS_ENOMEM;
	d->codec = codec;
	ts_convert_init(&d->convert);
	ts_count(info->decoders);
	if (!(d->ctx = open_context(d))) ts_video_decoder_close(&d);
	*out = d;
	return d ? 0 : TS_ENOMEM;
}

void ts_video_decoder_close(struct ts_video_decoder **pd)
{
	struct ts_video_decoder *d = *pd;
	if (!d) return;
	*pd = NULL;
	avcodec_free_context(&d->ctx);
	av_frame_free(&d->next);
	ts_convert_fini(&d->convert);
	ts_count_add(ts_codec_info(d->codec)->decoders, -1);
	free(d);
}

/* The decoder starts afresh at the next key picture. */
static int refuse(struct ts_video_decoder *d, int err)
{
	avcodec_flush_buffers(d->ctx);
	ts_count(TS_C_DECODE_ERRORS);
	return err;
}

/* Takes what comes out of the decoder; *newest is the last of it. */
static int receive(struct ts_video_decoder *d, AVFrame **newest)
{
	for (;;) {
		if (!d->next && !(d->next = av_frame_alloc())) return TS_ENOMEM;
		int err = avcodec_receive_frame(d->ctx, d->next);
		if (err == AVERROR(EAGAIN)) return 0;
		if (err < 0) return ts_libav_error(err);
		if (d->next->decode_error_flags || d->next->flags & AV_FRAME_FLAG_CORRUPT) return TS_EBADMSG;
		av_frame_free(newest);
		*newest = d->next;
		d->next = NULL;
	}
}

int ts_video_decode(struct ts_video_decoder *d, const AVPacket *unit, AVFrame **out)
{
	AVFrame *newest = NULL;
	*out = NULL;
	d->bad_size = d->codec == TS_CODEC_VP8 && !is_vp8_size_allowed(unit);
	if (d->bad_size) return refuse(d, TS_ELIMIT);
	int err = avcodec_send_packet(d->ctx, unit);
	err = err < 0 ? ts_libav_error(err) : receive(d, &newest);
	if (d->bad_size) err = TS_ELIMIT;
	if (!err && newest) err = ts_convert(&d->convert, &newest);
	if (err) {
		av_frame_free(&newest);
		if (d->next) av_frame_unref(d->next);
		return refuse(d, err);
	}
	*out = newest;
	return newest ? 0 : TS_EAGAIN;
}
