/* VP8 by libvpx itself: libavcodec would need a new encoder, and so a keyframe, for another
 * bitrate. */
#include "base/error.h"
#include "codec/encoder_kind.h"
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

enum {
	QUANTIZER_MIN = 4,
	QUANTIZER_MAX = 63,
	UNDERSHOOT_PERCENT = 100,
	OVERSHOOT_PERCENT = 15,
	/* negative: no adapting to the machine's speed; at about the cost of x264's superfast */
	CPU_USED = -12,
	CPU_USED_FASTEST = -16,
	/* of a mean picture's size: half of the rate control's buffer at 30 pictures a second */
	MAX_KEY_PERCENT = 375,
};

struct vp8 {
	vpx_codec_ctx_t ctx;
	vpx_codec_enc_cfg_t config;
};

static unsigned kbps_of(uint32_t bps)
{
	return (bps + 500) / 1000;
}

static void configure(vpx_codec_enc_cfg_t *c, const struct ts_video_encoder_config *config)
{
	c->g_w = (unsigned)config->width;
	c->g_h = (unsigned)config->height;
	c->g_timebase = (struct vpx_rational){1, config->fps};
	c->g_threads = 1;
	c->g_pass = VPX_RC_ONE_PASS;
	c->g_lag_in_frames = 0;
	c->g_error_resilient = 0;
	c->rc_end_usage = VPX_CBR;
	c->rc_target_bitrate = kbps_of(config->bitrate_bps);
	c->rc_min_quantizer = QUANTIZER_MIN;
	c->rc_max_quantizer = QUANTIZER_MAX;
	c->rc_undershoot_pct = UNDERSHOOT_PERCENT;
	c->rc_overshoot_pct = OVERSHOOT_PERCENT;
	c->rc_dropframe_thresh = 0;
	c->rc_buf_sz = TS_ENCODER_VBV_MS;
	c->rc_buf_optimal_sz = TS_ENCODER_VBV_MS * 5 / 6;
	c->rc_buf_initial_sz = TS_ENCODER_VBV_MS * 3 / 4;
	/* equal: no automatic keyframes at all */
	c->kf_min_dist = c->kf_max_dist = TS_ENCODER_NO_PERIODIC_KEYS;
}

static bool set_controls(vpx_codec_ctx_t *ctx, bool fastest)
{
	const int cpu_used = fastest ? CPU_USED_FASTEST : CPU_USED;
	return !vpx_codec_control(ctx, VP8E_SET_CPUUSED, cpu_used) &&
		!vpx_codec_control(ctx, VP8E_SET_ENABLEAUTOALTREF, 0) &&
		!vpx_codec_control(ctx, VP8E_SET_NOISE_SENSITIVITY, 0) &&
		!vpx_codec_control(ctx, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION) &&
		!vpx_codec_control(ctx, VP8E_SET_STATIC_THRESHOLD, 1) &&
		!vpx_codec_control(ctx, VP8E_SET_MAX_INTRA_BITRATE_PCT, MAX_KEY_PERCENT);
}

static void vp8_close(void *encoder)
{
	struct vp8 *e = encoder;
	vpx_codec_destroy(&e->ctx);
	free(e);
}

static void *vp8_open(const struct ts_video_encoder_config *config)
{
	vpx_codec_iface_t *iface = vpx_codec_vp8_cx();
	struct vp8 *e = calloc(1, sizeof *e);
	if (!e || vpx_codec_enc_config_default(iface, &e->config, 0)) {
		free(e);
		return NULL;
	}
	configure(&e->config, config);
	if (vpx_codec_enc_init(&e->ctx, iface, &e->config, 0)) {
		free(e);
		return NULL;
	}
	if (set_controls(&e->ctx, config->fastest)) return e;
	vp8_close(e);
	return NULL;
}

static int error_of(vpx_codec_err_t err)
{
	return err == VPX_CODEC_MEM_ERROR ? TS_ENOMEM : TS_EBADMSG;
}

/* The only packet of one call, as nothing lags and nothing is cut into partitions. */
static int take_packet(struct vp8 *e, AVPacket *out)
{
	vpx_codec_iter_t it = NULL;
	const vpx_codec_cx_pkt_t *packet;
	while ((packet = vpx_codec_get_cx_data(&e->ctx, &it))) {
		if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
		if (packet->data.frame.sz > INT32_MAX / 2 ||
			av_new_packet(out, (int)packet->data.frame.sz) < 0)
			return TS_ENOMEM;
		memcpy(out->data, packet->data.frame.buf, packet->data.frame.sz);
		out->pts = out->dts = packet->data.frame.pts;
		if (packet->data.frame.flags & VPX_FRAME_IS_KEY) out->flags |= AV_PKT_FLAG_KEY;
		return 0;
	}
	return TS_EAGAIN;
}

static int vp8_encode(void *encoder, const AVFrame *picture, int64_t pts, bool key, AVPacket *out)
{
	struct vp8 *e = encoder;
	vpx_image_t image;
	/* its rows are taken from the picture's planes below */
	vpx_img_wrap(&image, VPX_IMG_FMT_I420, e->config.g_w, e->config.g_h, 1, picture->data[0]);
	for (int i = 0; i < 3; i++) {
		image.planes[i] = picture->data[i];
		image.stride[i] = picture->linesize[i];
	}
	vpx_codec_err_t err = vpx_codec_encode(
		&e->ctx, &image, pts, 1, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME);
	return err ? error_of(err) : take_packet(e, out);
}

static int vp8_set_bitrate(void *encoder, uint32_t bps)
{
	struct vp8 *e = encoder;
	vpx_codec_enc_cfg_t config = e->config;
	config.rc_target_bitrate = kbps_of(bps);
	vpx_codec_err_t err = vpx_codec_enc_config_set(&e->ctx, &config);
	if (err) return error_of(err);
	e->config = config;
	return 0;
}

const struct ts_encoder_kind ts_vp8_encoder = {vp8_open, vp8_encode, vp8_set_bitrate, vp8_close};
