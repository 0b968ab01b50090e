#include "codec/jpeg.h"

#include "base/error.h"
#include "codec/libav.h"
#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

enum { QUALITY = 4 }; /* of mjpeg's 1..31: about 85 of 100 */

/* JFIF is full range: 16..235 is stretched. */
static AVFrame *full_range_of(const AVFrame *p)
{
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_YUVJ420P;
	f->width = p->width;
	f->height = p->height;
	f->color_range = AVCOL_RANGE_JPEG;
	f->quality = QUALITY * FF_QP2LAMBDA;
	struct SwsContext *sws = sws_getContext(p->width, p->height, AV_PIX_FMT_YUV420P, p->width,
		p->height, AV_PIX_FMT_YUVJ420P, SWS_FAST_BILINEAR, NULL, NULL, NULL);
	const int *bt601 = sws_getCoefficients(SWS_CS_ITU601);
	if (!sws || sws_setColorspaceDetails(sws, bt601, 0, bt601, 1, 0, 1 << 16, 1 << 16) < 0 ||
		av_frame_get_buffer(f, 0) < 0 ||
		sws_scale(sws, (const uint8_t *const *)p->data, p->linesize, 0, p->height, f->data,
			f->linesize) < 0)
		av_frame_free(&f);
	sws_freeContext(sws);
	return f;
}

static int encode(AVCodecContext *ctx, const AVFrame *picture, AVPacket *packet)
{
	ctx->pix_fmt = AV_PIX_FMT_YUVJ420P;
	ctx->color_range = AVCOL_RANGE_JPEG;
	ctx->width = picture->width;
	ctx->height = picture->height;
	ctx->time_base = (AVRational){1, 1};
	ctx->thread_count = 1;
	ctx->flags |= AV_CODEC_FLAG_QSCALE;
	ctx->global_quality = picture->quality;
	int rc = avcodec_open2(ctx, NULL, NULL);
	if (rc >= 0) rc = avcodec_send_frame(ctx, picture);
	if (rc >= 0) rc = avcodec_receive_packet(ctx, packet);
	return rc < 0 ? ts_libav_error(rc) : 0;
}

int ts_jpeg(uint8_t **out, size_t *len, const AVFrame *picture)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("mjpeg");
	if (!codec) return TS_EUNSUPPORTED;
	ts_libav_init();
	AVCodecContext *ctx = avcodec_alloc_context3(codec);
	AVPacket *packet = av_packet_alloc();
	AVFrame *full = full_range_of(picture);
	int rc = ctx && packet && full ? encode(ctx, full, packet) : TS_ENOMEM;
	uint8_t *data = rc ? NULL : malloc((size_t)packet->size);
	if (!rc && !data) rc = TS_ENOMEM;
	if (!rc) {
		memcpy(data, packet->data, (size_t)packet->size);
		*out = data;
		*len = (size_t)packet->size;
	}
	av_frame_free(&full);
	av_packet_free(&packet);
	avcodec_free_context(&ctx);
	return rc;
}
