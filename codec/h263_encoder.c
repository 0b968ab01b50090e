/* H.263 baseline by libavcodec, with each group of blocks begun by a start code, and macroblocks
 * listed at which a packet may be cut (rtp_h263_packetize.c).
 *
 * libavcodec's rate control takes a rate for good, and lets a keyframe be as large as it likes: at
 * 64 kbit/s that is seconds. So the quantizer is chosen here, once a picture: from what the last
 * picture of its kind cost, and from how full the line is. A picture that finds more waiting than
 * TS_ENCODER_VBV_MS worth is left out. */
#include "base/error.h"
#include "codec/encoder_kind.h"
#include "codec/libav.h"
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

enum {
	Q_MIN = 2,
	Q_MAX = 31,
	/* H.263 4.4: each macroblock is to be coded by itself at least once in 132 times */
	KEY_EVERY = 132,
	CUT_BYTES = TS_MTU_PAYLOAD / 3,
	/* of a macroblock, times the quantizer: a guess, until a picture of the kind was coded */
	MB_COST_KEY = 2400,
	MB_COST = 500,
};

struct h263 {
	AVCodecContext *ctx;
	AVFrame *shell; /* refers to the caller's picture during a call */
	int fps;
	uint32_t bps;
	double cost[2]; /* bits times quantizer, of the last picture that is none / is a keyframe */
	double waiting; /* bits */
	int q;          /* of the last picture */
	int since_key;
};

static AVCodecContext *open_context(const struct ts_video_encoder_config *config)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("h263");
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx) return NULL;
	ctx->width = config->width;
	ctx->height = config->height;
	ctx->pix_fmt = AV_PIX_FMT_YUV420P;
	ctx->time_base = (AVRational){1, config->fps};
	ctx->framerate = (AVRational){config->fps, 1};
	/* pixels are 12:11 in all its sizes */
	ctx->sample_aspect_ratio = (AVRational){12, 11};
	ctx->gop_size = 600; /* the most that it takes; keyframes are asked for below */
	ctx->max_b_frames = 0;
	ctx->thread_count = 1;
	ctx->flags |= AV_CODEC_FLAG_QSCALE;
	ctx->qmin = Q_MIN;
	ctx->qmax = Q_MAX;
	ctx->global_quality = FF_QP2LAMBDA * Q_MAX;
	if (av_opt_set_int(ctx->priv_data, "ps", 1, 0) ||
		av_opt_set_int(ctx->priv_data, "sc_threshold", INT_MAX, 0) ||
		av_opt_set_int(ctx->priv_data, "mb_info", CUT_BYTES, 0) ||
		avcodec_open2(ctx, codec, NULL) < 0)
		avcodec_free_context(&ctx);
	return ctx;
}

static void h263_close(void *encoder)
{
	struct h263 *e = encoder;
	avcodec_free_context(&e->ctx);
	av_frame_free(&e->shell);
	free(e);
}

static void *h263_open(const struct ts_video_encoder_config *config)
{
	ts_libav_init();
	struct h263 *e = calloc(1, sizeof *e);
	if (!e) return NULL;
	const double mb = config->width * config->height / 256.0;
	e->fps = config->fps;
	e->bps = config->bitrate_bps;
	e->cost[false] = mb * MB_COST;
	e->cost[true] = mb * MB_COST_KEY;
	e->since_key = KEY_EVERY;
	e->shell = av_frame_alloc();
	e->ctx = open_context(config);
	if (e->shell && e->ctx) return e;
	h263_close(e);
	return NULL;
}

static double vbv_bits(const struct h263 *e)
{
	return e->bps * (TS_ENCODER_VBV_MS / 1000.0);
}

/* A keyframe may fill the buffer; others leave it at a quarter. */
static int quantizer(const struct h263 *e, bool key)
{
	const double share = (double)e->bps / e->fps;
	double bits = key ? vbv_bits(e) - e->waiting : share + (vbv_bits(e) / 4 - e->waiting) / 8;
	if (bits < share / 8) bits = share / 8;
	double q = ceil(e->cost[key] / bits);
	/* no leaps between pictures, which are seen */
	if (!key && e->q && q < e->q - 2) q = e->q - 2;
	return q < Q_MIN ? Q_MIN : q > Q_MAX ? Q_MAX : (int)q;
}

static void learn(struct h263 *e, bool key, double bits)
{
	const double cost = bits * e->q;
	e->cost[key] = key ? cost : (e->cost[key] + cost) / 2;
	e->waiting += bits;
	e->since_key = key ? 1 : e->since_key + 1;
}

static int h263_encode(void *encoder, const AVFrame *picture, int64_t pts, bool key, AVPacket *out)
{
	struct h263 *e = encoder;
	const double share = (double)e->bps / e->fps;
	e->waiting = e->waiting > share ? e->waiting - share : 0;
	if (e->waiting > vbv_bits(e)) return TS_EAGAIN;
	if (e->since_key >= KEY_EVERY) key = true;
	if (av_frame_ref(e->shell, picture) < 0) return TS_ENOMEM;
	e->q = quantizer(e, key);
	e->shell->pts = pts;
	e->shell->quality = FF_QP2LAMBDA * e->q;
	e->shell->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_P;
	int err = avcodec_send_frame(e->ctx, e->shell);
	av_frame_unref(e->shell);
	if (err >= 0) err = avcodec_receive_packet(e->ctx, out);
	if (err < 0) return ts_libav_error(err);
	learn(e, out->flags & AV_PKT_FLAG_KEY, 8.0 * out->size);
	return 0;
}

static int h263_set_bitrate(void *encoder, uint32_t bps)
{
	struct h263 *e = encoder;
	e->bps = bps;
	return 0;
}

const struct ts_encoder_kind ts_h263_encoder = {
	h263_open, h263_encode, h263_set_bitrate, h263_close};
