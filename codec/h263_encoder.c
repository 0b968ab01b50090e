/* H.263 baseline and H.261 by libavcodec. H.263: each group of blocks is begun by a start code, and
 * macroblocks are listed at which a packet may be cut (rtp_h263_packetize.c). H.261: each group
 * must
 * fit into a packet (rtp_h261.c), else the picture is coded again, coarser.
 *
 * libavcodec's rate control takes a rate for good, and lets a keyframe be as large as it likes: at
 * 64 kbit/s that is seconds. So the quantizer is chosen here, once a picture: from what the last
 * picture of its kind cost, and from how full the line is. A picture that finds more waiting than
 * TS_ENCODER_VBV_MS worth is left out. */
#include "base/error.h"
#include "codec/encoder_kind.h"
#include "codec/h261.h"
#include "codec/libav_encoder.h"
#include <libavutil/opt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

enum {
	Q_MIN = 2,
	Q_MAX = 31,
	/* H.263 4.4, H.261 3.4: each macroblock is to be coded by itself at least once in 132
	 * times */
	KEY_EVERY = 132,
	CUT_BYTES = TS_MTU_PAYLOAD / 3,
	GROUP_BYTES = TS_MTU_PAYLOAD - 4, /* H.261: behind the header of RFC 4587 */
	/* of a macroblock, times the quantizer: a guess, until a picture of the kind was coded */
	MB_COST_KEY = 2400,
	MB_COST = 500,
};

struct h263 {
	struct ts_libav_encoder libav;
	bool is_h261;
	int fps;
	uint32_t bps;
	int64_t coded;  /* pictures, those that were coded again too */
	double cost[2]; /* bits times quantizer, of the last picture that is none / is a keyframe */
	double waiting; /* bits */
	int q;          /* of the last picture */
	int since_key;
};

static int set_options(AVCodecContext *ctx, const struct ts_video_encoder_config *config)
{
	/* pixels are 12:11 in all its sizes */
	ctx->sample_aspect_ratio = (AVRational){12, 11};
	ctx->gop_size = 600; /* the most that it takes; keyframes are asked for below */
	ctx->flags |= AV_CODEC_FLAG_QSCALE;
	ctx->qmin = Q_MIN;
	ctx->qmax = Q_MAX;
	ctx->global_quality = FF_QP2LAMBDA * Q_MAX;
	int err = av_opt_set_int(ctx->priv_data, "sc_threshold", INT_MAX, 0);
	if (config->codec == TS_CODEC_H261) return err;
	err |= av_opt_set_int(ctx->priv_data, "ps", 1, 0);
	return err | av_opt_set_int(ctx->priv_data, "mb_info", CUT_BYTES, 0);
}

static void h263_close(void *encoder)
{
	struct h263 *e = encoder;
	ts_libav_encoder_close(&e->libav);
	free(e);
}

static void *h263_open(const struct ts_video_encoder_config *config)
{
	struct h263 *e = calloc(1, sizeof *e);
	if (!e) return NULL;
	const double mb = config->width * config->height / 256.0;
	e->is_h261 = config->codec == TS_CODEC_H261;
	e->fps = config->fps;
	e->bps = config->bitrate_bps;
	e->cost[false] = mb * MB_COST;
	e->cost[true] = mb * MB_COST_KEY;
	e->since_key = KEY_EVERY;
	if (!ts_libav_encoder_open(&e->libav, e->is_h261 ? "h261" : "h263", config, set_options))
		return e;
	free(e);
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

static int encode_once(struct h263 *e, const AVFrame *picture, bool key, AVPacket *out)
{
	return ts_libav_encoder_encode(&e->libav, picture, e->coded++,
		key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_P, FF_QP2LAMBDA * e->q, out);
}

static bool is_cuttable(const struct h263 *e, const AVPacket *packet)
{
	return !e->is_h261 ||
		ts_h261_largest_group(packet->data, (size_t)packet->size) <= GROUP_BYTES;
}

static int h263_encode(void *encoder, const AVFrame *picture, int64_t pts, bool key, AVPacket *out)
{
	struct h263 *e = encoder;
	const double share = (double)e->bps / e->fps;
	e->waiting = e->waiting > share ? e->waiting - share : 0;
	if (e->waiting > vbv_bits(e)) return TS_EAGAIN;
	if (e->since_key >= KEY_EVERY) key = true;
	e->q = quantizer(e, key);
	int err = encode_once(e, picture, key, out);
	/* the receivers do not have what libavcodec refers to from now on */
	while (!err && !is_cuttable(e, out)) {
		av_packet_unref(out);
		e->since_key = KEY_EVERY;
		if (e->q == Q_MAX) return TS_EAGAIN;
		key = true;
		e->q = e->q * 3 / 2 + 1 < Q_MAX ? e->q * 3 / 2 + 1 : Q_MAX;
		err = encode_once(e, picture, key, out);
	}
	if (err) return err;
	out->pts = out->dts = pts;
	if (e->is_h261 && key) ts_h261_release(out->data, (size_t)out->size);
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
