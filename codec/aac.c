#include "codec/aac.h"

#include "base/error.h"
#include "base/media.h"
#include "codec/libav.h"
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdlib.h>

enum { CHANNEL_BPS = 64000 };

struct ts_aac_encoder {
	AVCodecContext *ctx;
	AVFrame *frame;
	int channels;
};

static AVCodecContext *open_context(int channels)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("aac");
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx) return NULL;
	ctx->sample_rate = TS_AUDIO_RATE_HZ;
	ctx->sample_fmt = AV_SAMPLE_FMT_FLTP;
	av_channel_layout_default(&ctx->ch_layout, channels);
	ctx->bit_rate = (int64_t)channels * CHANNEL_BPS;
	ctx->time_base = (AVRational){1, TS_AUDIO_RATE_HZ};
	ctx->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	/* a third of the cost of its default, and nearer to the original: docs/PERFORMANCE.md */
	av_opt_set(ctx->priv_data, "aac_coder", "fast", 0);
	if (avcodec_open2(ctx, codec, NULL) < 0) avcodec_free_context(&ctx);
	return ctx;
}

static AVFrame *new_frame(int channels)
{
	AVFrame *frame = av_frame_alloc();
	if (!frame) return NULL;
	frame->format = AV_SAMPLE_FMT_FLTP;
	frame->nb_samples = TS_AAC_FRAME;
	frame->sample_rate = TS_AUDIO_RATE_HZ;
	av_channel_layout_default(&frame->ch_layout, channels);
	if (av_frame_get_buffer(frame, 0) < 0) av_frame_free(&frame);
	return frame;
}

int ts_aac_encoder_open(struct ts_aac_encoder **out, bool stereo)
{
	ts_libav_init();
	struct ts_aac_encoder *e = calloc(1, sizeof *e);
	if (!e) return TS_ENOMEM;
	e->channels = stereo ? 2 : 1;
	e->ctx = open_context(e->channels);
	e->frame = new_frame(e->channels);
	*out = e;
	if (e->ctx && e->frame) return 0;
	ts_aac_encoder_close(out);
	return TS_ENOMEM;
}

void ts_aac_encoder_close(struct ts_aac_encoder **encoder)
{
	struct ts_aac_encoder *e = *encoder;
	*encoder = NULL;
	if (!e) return;
	avcodec_free_context(&e->ctx);
	av_frame_free(&e->frame);
	free(e);
}

int ts_aac_encode(struct ts_aac_encoder *e, const int16_t *pcm, int64_t at, AVPacket *out)
{
	if (av_frame_make_writable(e->frame) < 0) return TS_ENOMEM;
	for (int c = 0; c < e->channels; c++) {
		float *to = (float *)(void *)e->frame->data[c];
		for (int i = 0; i < TS_AAC_FRAME; i++)
			to[i] = (float)pcm[i * e->channels + c] / 32768.0f;
	}
	e->frame->pts = at;
	int err = avcodec_send_frame(e->ctx, e->frame);
	if (err >= 0) err = avcodec_receive_packet(e->ctx, out);
	return err < 0 ? ts_libav_error(err) : 0;
}
