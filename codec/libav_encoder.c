#include "codec/libav_encoder.h"
#include "base/error.h"
#include "codec/libav.h"

int ts_libav_encoder_open(struct ts_libav_encoder *e, const char *name,
	const struct ts_video_encoder_config *config,
	int (*set)(AVCodecContext *ctx, const struct ts_video_encoder_config *config))
{
	ts_libav_init();
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	e->ctx = ctx;
	e->shell = av_frame_alloc();
	if (ctx && e->shell) {
		ctx->width = config->width;
		ctx->height = config->height;
		ctx->pix_fmt = AV_PIX_FMT_YUV420P;
		ctx->time_base = (AVRational){1, config->fps};
		ctx->framerate = (AVRational){config->fps, 1};
		ctx->max_b_frames = 0;
		ctx->thread_count = 1;
		if (!set(ctx, config) && avcodec_open2(ctx, codec, NULL) >= 0) return 0;
	}
	ts_libav_encoder_close(e);
	return TS_ENOMEM;
}

void ts_libav_encoder_close(struct ts_libav_encoder *e)
{
	avcodec_free_context(&e->ctx);
	av_frame_free(&e->shell);
}

int ts_libav_encoder_encode(struct ts_libav_encoder *e, const AVFrame *picture, int64_t pts,
	enum AVPictureType type, int quality, AVPacket *out)
{
	if (av_frame_ref(e->shell, picture) < 0) return TS_ENOMEM;
	e->shell->pts = pts;
	e->shell->pict_type = type;
	e->shell->quality = quality;
	int err = avcodec_send_frame(e->ctx, e->shell);
	av_frame_unref(e->shell);
	if (err >= 0) err = avcodec_receive_packet(e->ctx, out);
	return err < 0 ? ts_libav_error(err) : 0;
}
