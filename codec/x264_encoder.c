/* H.264 by libavcodec's libx264, which compares the bitrate with x264's before each picture. */
#include "codec/encoder_kind.h"
#include "codec/libav_encoder.h"
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

struct x264 {
	struct ts_libav_encoder libav;
	bool is_first;
	bool refresh;
	int vbv_ms;
};

/* Of pages: a keyframe may be as large as a second. */
enum { SLIDES_VBV_MS = 1000, SLIDES_QP_MAX = 36 };

static int set(AVCodecContext *ctx, const char *name, const char *value)
{
	return av_opt_set(ctx->priv_data, name, value, 0);
}

static int vbv_ms_of(const struct ts_video_encoder_config *config)
{
	return config->slides ? SLIDES_VBV_MS : TS_ENCODER_VBV_MS;
}

static void set_rate(AVCodecContext *ctx, uint32_t bps, int vbv_ms)
{
	ctx->bit_rate = ctx->rc_max_rate = bps;
	ctx->rc_buffer_size = (int)((int64_t)bps * vbv_ms / 1000);
}

static int set_options(AVCodecContext *ctx, const struct ts_video_encoder_config *config)
{
	ctx->color_range = AVCOL_RANGE_MPEG;
	ctx->colorspace = AVCOL_SPC_SMPTE170M;
	ctx->color_primaries = AVCOL_PRI_SMPTE170M;
	ctx->color_trc = AVCOL_TRC_SMPTE170M;
	ctx->gop_size = config->refresh ? TS_ENCODER_REFRESH_S * config->fps
					: TS_ENCODER_NO_PERIODIC_KEYS;
	if (config->slides) ctx->qmax = SLIDES_QP_MAX;
	set_rate(ctx, config->bitrate_bps, vbv_ms_of(config));
	/* few pictures a second leave time for each */
	const char *usual = config->slides ? "veryfast" : "superfast";
	int err = set(ctx, "preset", config->fastest ? "ultrafast" : usual) |
		set(ctx, "tune", config->slides ? "stillimage,zerolatency" : "zerolatency") |
		set(ctx, "profile", "baseline") | set(ctx, "sc_threshold", "0") |
		set(ctx, "forced-idr", "1") | set(ctx, "a53cc", "0") | set(ctx, "aud", "0");
	if (config->packetization_mode == 0)
		err |= av_opt_set_int(ctx->priv_data, "slice-max-size", TS_MTU_PAYLOAD, 0);
	if (config->refresh) err |= set(ctx, "intra-refresh", "1");
	if (config->level_idc) ctx->level = config->level_idc;
	return err;
}

static void x264_close(void *encoder)
{
	struct x264 *e = encoder;
	ts_libav_encoder_close(&e->libav);
	free(e);
}

static void *x264_open(const struct ts_video_encoder_config *config)
{
	struct x264 *e = calloc(1, sizeof *e);
	if (!e) return NULL;
	e->is_first = true;
	e->refresh = config->refresh;
	e->vbv_ms = vbv_ms_of(config);
	if (!ts_libav_encoder_open(&e->libav, "libx264", config, set_options)) return e;
	free(e);
	return NULL;
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

/* The beginning of a sweep is told as a keyframe, too: whoever begins there sees nothing but its
 * column at first. */
static bool has_idr(const AVPacket *packet)
{
	static const uint8_t idr[] = {0, 0, 1, 0x65};
	return memmem(packet->data, (size_t)packet->size, idr, sizeof idr) != NULL;
}

static int x264_encode(void *encoder, const AVFrame *picture, int64_t pts, bool key, AVPacket *out)
{
	struct x264 *e = encoder;
	const int err = ts_libav_encoder_encode(
		&e->libav, picture, pts, key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE, 0, out);
	if (err) return err;
	if (e->is_first) cut_sei(out);
	e->is_first = false;
	if (e->refresh && !has_idr(out)) out->flags &= ~AV_PKT_FLAG_KEY;
	return 0;
}

static int x264_set_bitrate(void *encoder, uint32_t bps)
{
	struct x264 *e = encoder;
	set_rate(e->libav.ctx, bps, e->vbv_ms);
	return 0;
}

const struct ts_encoder_kind ts_x264_encoder = {
	x264_open, x264_encode, x264_set_bitrate, x264_close};
