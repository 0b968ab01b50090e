#include "base/counter.h"
#include "base/error.h"
#include "codec/libav.h"
#include "codec/registry.h"
#include "codec/video.h"
#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

enum {
	NO_PERIODIC_KEYS = 1 << 30,
	/* The rate control's buffer, in 1/1000 s of the bitrate: what a receiver on a link of just
	 * that rate waits at most for a picture. Keyframes are held to about half of it. */
	VBV_MS = 250,
	/* of a mean picture's size: VBV_MS / 2 at 30 pictures a second */
	VP8_MAX_KEY_PERCENT = 375,
};

struct ts_video_encoder {
	struct ts_video_encoder_config config;
	const struct encoder_kind *kind;
	AVCodecContext *ctx;
	AVFrame *shell; /* refers to the caller's picture during a call: pts and type are ours */
	int64_t pts;
	bool reopen; /* the bitrate changed in a way that only a new context can follow */
	bool is_first;
};

struct encoder_kind {
	const char *name;
	int (*set_options)(AVCodecContext *ctx, const struct ts_video_encoder_config *config);
	bool rate_changes_live; /* else by a new context at the next keyframe */
};

static int set(AVCodecContext *ctx, const char *name, const char *value)
{
	return av_opt_set(ctx->priv_data, name, value, 0);
}

static int set_x264(AVCodecContext *ctx, const struct ts_video_encoder_config *config)
{
	int err = set(ctx, "preset", config->fastest ? "ultrafast" : "superfast") |
		set(ctx, "tune", "zerolatency") | set(ctx, "profile", "baseline") |
		set(ctx, "sc_threshold", "0") | set(ctx, "forced-idr", "1") |
		set(ctx, "a53cc", "0") | set(ctx, "aud", "0");
	if (config->packetization_mode == 0)
		err |= av_opt_set_int(ctx->priv_data, "slice-max-size", TS_MTU_PAYLOAD, 0);
	if (config->level_idc) ctx->level = config->level_idc;
	return err;
}

/* cpu-used is fixed (negative: no adapting to the machine's speed), at about the cost of x264's
 * superfast. */
static int set_vpx(AVCodecContext *ctx, const struct ts_video_encoder_config *config)
{
	ctx->rc_min_rate = ctx->bit_rate; /* all equal: constant bitrate */
	ctx->qmin = 4;
	ctx->qmax = 63;
	ctx->keyint_min = NO_PERIODIC_KEYS; /* equal to gop_size: no automatic keyframes at all */
	return set(ctx, "deadline", "realtime") |
		set(ctx, "cpu-used", config->fastest ? "-16" : "-12") |
		set(ctx, "lag-in-frames", "0") | set(ctx, "auto-alt-ref", "0") |
		set(ctx, "error-resilient", "0") | set(ctx, "static-thresh", "1") |
		set(ctx, "undershoot-pct", "100") | set(ctx, "overshoot-pct", "15") |
		set(ctx, "drop-threshold", "0") |
		av_opt_set_int(ctx->priv_data, "max-intra-rate", VP8_MAX_KEY_PERCENT, 0);
}

static const struct encoder_kind *kind_of(enum ts_codec codec)
{
	static const struct encoder_kind x264 = {"libx264", set_x264, true},
					 vpx = {"libvpx", set_vpx, false};
	switch (codec) {
	case TS_CODEC_H264: return &x264;
	case TS_CODEC_VP8: return &vpx;
	default: return NULL;
	}
}

static void set_rate(AVCodecContext *ctx, uint32_t bps)
{
	ctx->bit_rate = ctx->rc_max_rate = bps;
	ctx->rc_buffer_size = (int)((int64_t)bps * VBV_MS / 1000);
}

static AVCodecContext *open_context(
	const struct encoder_kind *kind, const struct ts_video_encoder_config *config)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(kind->name);
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx) return NULL;
	ctx->width = config->width;
	ctx->height = config->height;
	ctx->pix_fmt = AV_PIX_FMT_YUV420P;
	ctx->time_base = (AVRational){1, config->fps};
	ctx->framerate = (AVRational){config->fps, 1};
	ctx->color_range = AVCOL_RANGE_MPEG;
	ctx->colorspace = AVCOL_SPC_SMPTE170M;
	ctx->color_primaries = AVCOL_PRI_SMPTE170M;
	ctx->color_trc = AVCOL_TRC_SMPTE170M;
	ctx->gop_size = NO_PERIODIC_KEYS;
	ctx->max_b_frames = 0;
	ctx->thread_count = 1;
	set_rate(ctx, config->bitrate_bps);
	if (kind->set_options(ctx, config) != 0 || avcodec_open2(ctx, codec, NULL) < 0)
		avcodec_free_context(&ctx);
	return ctx;
}

int ts_video_encoder_open(
	struct ts_video_encoder **out, const struct ts_video_encoder_config *config)
{
	const struct encoder_kind *kind = kind_of(config->codec);
	*out = NULL;
	if (!kind) return TS_EUNSUPPORTED;
	assert(config->width > 0 && config->height > 0 && !(config->width & 1) &&
		!(config->height & 1) && config->fps > 0);
	ts_libav_init();
	struct ts_video_encoder *e = calloc(1, sizeof *e);
	if (!e) return TS_ENOMEM;
	e->config = *config;
	e->kind = kind;
	e->is_first = true;
	e->shell = av_frame_alloc();
	e->ctx = open_context(kind, config);
	ts_count(ts_codec_info(config->codec)->encoders);
	if (!e->shell || !e->ctx) ts_video_encoder_close(&e);
	*out = e;
	return e ? 0 : TS_ENOMEM;
}

void ts_video_encoder_close(struct ts_video_encoder **pe)
{
	struct ts_video_encoder *e = *pe;
	if (!e) return;
	*pe = NULL;
	avcodec_free_context(&e->ctx);
	av_frame_free(&e->shell);
	ts_count_add(ts_codec_info(e->config.codec)->encoders, -1);
	free(e);
}

static void reopen(struct ts_video_encoder *e)
{
	AVCodecContext *ctx = open_context(e->kind, &e->config);
	e->reopen = false;
	if (!ctx) return; /* go on at the old rate */
	avcodec_free_context(&e->ctx);
	e->ctx = ctx;
	e->is_first = true;
}

/* Cuts out x264's advertisement, an SEI of 700 bytes which it writes between the parameter sets and
 * the slices of its first picture. */
static void cut_sei(AVPacket *packet)
{
	static const uint8_t sei[] = {0, 0, 1, 6}, idr[] = {0, 0, 1, 0x65};
	size_t size = (size_t)packet->size;
	uint8_t *from = memmem(packet->data, size, sei, sizeof sei);
	uint8_t *to = from ? memmem(from, size - (size_t)(from - packet->data), idr, sizeof idr)
			   : NULL;
	if (!to) return;
	size_t left = size - (size_t)(to - packet->data);
	memmove(from, to, left);
	av_shrink_packet(packet, (int)((size_t)(from - packet->data) + left));
}

int ts_video_encode(struct ts_video_encoder *e, const AVFrame *picture, bool key, AVPacket *out)
{
	assert(picture->format == AV_PIX_FMT_YUV420P && picture->width == e->config.width &&
		picture->height == e->config.height);
	if (key && e->reopen) reopen(e);
	if (av_frame_ref(e->shell, picture) < 0) return TS_ENOMEM;
	e->shell->pts = e->pts++;
	e->shell->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	int err = avcodec_send_frame(e->ctx, e->shell);
	av_frame_unref(e->shell);
	if (err >= 0) err = avcodec_receive_packet(e->ctx, out);
	if (err < 0) return ts_libav_error(err);
	if (e->is_first && e->config.codec == TS_CODEC_H264) cut_sei(out);
	e->is_first = false;
	return 0;
}

int ts_video_encoder_set_bitrate(struct ts_video_encoder *e, uint32_t bps)
{
	if (bps == e->config.bitrate_bps) return 0;
	if (bps < 1000) return TS_EINVAL;
	e->config.bitrate_bps = bps;
	if (e->kind->rate_changes_live)
		/* libavcodec compares these with x264's before each picture */
		set_rate(e->ctx, bps);
	else
		e->reopen = true;
	return 0;
}
