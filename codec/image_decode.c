#include "codec/image_decode.h"

#include "base/error.h"
#include "codec/libav.h"
#include "codec/png_data.h"
#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <string.h>

_Static_assert((int)TS_IMAGE_PADDING >= (int)AV_INPUT_BUFFER_PADDING_SIZE,
	"what libavcodec may read past the end");

/* A file may say less than its picture has room for, and nobody shall see what was in the memory
 * before. */
static int get_zeroed(AVCodecContext *ctx, AVFrame *frame, int flags)
{
	const int rc = avcodec_default_get_buffer2(ctx, frame, flags);
	for (int i = 0; rc >= 0 && i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
		memset(frame->buf[i]->data, 0, frame->buf[i]->size);
	return rc;
}

static int decode(AVFrame *picture, AVPacket *packet, const struct ts_image_file *file)
{
	static const char *const names[] = {NULL, "png", "mjpeg", "webp"};
	const AVCodec *codec = avcodec_find_decoder_by_name(names[file->kind]);
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx) return codec ? AVERROR(ENOMEM) : AVERROR_DECODER_NOT_FOUND;
	ctx->thread_count = 1;
	ctx->max_pixels = TS_IMAGE_PIXELS_MAX;
	ctx->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
	ctx->get_buffer2 = get_zeroed;
	packet->data = file->data;
	packet->size = (int)file->len;
	packet->flags = AV_PKT_FLAG_KEY;
	int rc = avcodec_open2(ctx, codec, NULL);
	if (rc >= 0) rc = avcodec_send_packet(ctx, packet);
	if (rc >= 0) rc = avcodec_send_packet(ctx, NULL);
	if (rc >= 0) rc = avcodec_receive_frame(ctx, picture);
	avcodec_free_context(&ctx);
	if (rc < 0) return rc;
	/* WebP may hold a smaller picture than it says: what is shown is what was limited */
	return picture->width == file->width && picture->height == file->height
		? 0
		: AVERROR_INVALIDDATA;
}

static AVFrame *to_bgra(const AVFrame *p)
{
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_BGRA;
	f->width = p->width;
	f->height = p->height;
	struct SwsContext *sws = sws_getContext(p->width, p->height, (enum AVPixelFormat)p->format,
		p->width, p->height, AV_PIX_FMT_BGRA,
		SWS_POINT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
	if (!sws || av_frame_get_buffer(f, 0) < 0 ||
		sws_scale(sws, (const uint8_t *const *)p->data, p->linesize, 0, p->height, f->data,
			f->linesize) < 0)
		av_frame_free(&f);
	sws_freeContext(sws);
	return f;
}

int ts_image_decode(AVFrame **out, const struct ts_image_file *file, const char **why)
{
	ts_libav_init();
	AVFrame *picture = av_frame_alloc();
	AVPacket *packet = av_packet_alloc();
	int rc = file->kind == TS_IMAGE_PNG ? ts_png_data_check(file->data, file->len) : 0;
	if (rc) rc = rc == TS_ENOMEM ? AVERROR(ENOMEM) : AVERROR_INVALIDDATA;
	if (!rc) rc = picture && packet ? decode(picture, packet, file) : AVERROR(ENOMEM);
	*out = rc ? NULL : to_bgra(picture);
	av_packet_free(&packet);
	av_frame_free(&picture);
	if (*out) return 0;
	rc = rc ? ts_libav_error(rc) : TS_ENOMEM;
	*why = rc == TS_ENOMEM ? "out of memory" : "the image is damaged, or ends too early";
	return rc == TS_ENOMEM ? rc : TS_EBADMSG;
}
