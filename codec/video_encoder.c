#include "base/counter.h"
#include "base/error.h"
#include "codec/encoder_kind.h"
#include "codec/registry.h"
#include "codec/video.h"
#include <assert.h>
#include <stdlib.h>

enum { BITRATE_MIN_BPS = 1000 };

struct ts_video_encoder {
	struct ts_video_encoder_config config;
	const struct ts_encoder_kind *kind;
	void *encoder; /* of the kind */
	int64_t pts;
};

static const struct ts_encoder_kind *kind_of(enum ts_codec codec)
{
	switch (codec) {
	case TS_CODEC_H264: return &ts_x264_encoder;
	case TS_CODEC_VP8: return &ts_vp8_encoder;
	case TS_CODEC_H263:
	case TS_CODEC_H263_1998:
	case TS_CODEC_H261: return &ts_h263_encoder;
	default: return NULL;
	}
}

int ts_video_encoder_open(
	struct ts_video_encoder **out, const struct ts_video_encoder_config *config)
{
	const struct ts_encoder_kind *kind = kind_of(config->codec);
	*out = NULL;
	if (!kind) return TS_EUNSUPPORTED;
	assert(config->width > 0 && config->height > 0 && !(config->width & 1) &&
		!(config->height & 1) && config->fps > 0);
	struct ts_video_encoder *e = calloc(1, sizeof *e);
	if (!e) return TS_ENOMEM;
	e->config = *config;
	e->kind = kind;
	e->encoder = kind->open(config);
	if (!e->encoder) {
		free(e);
		return TS_ENOMEM;
	}
	ts_count(ts_codec_info(config->codec)->encoders);
	*out = e;
	return 0;
}

void ts_video_encoder_close(struct ts_video_encoder **pe)
{
	struct ts_video_encoder *e = *pe;
	if (!e) return;
	*pe = NULL;
	e->kind->close(e->encoder);
	ts_count_add(ts_codec_info(e->config.codec)->encoders, -1);
	free(e);
}

int ts_video_encode(struct ts_video_encoder *e, const AVFrame *picture, bool key, AVPacket *out)
{
	assert(picture->format == AV_PIX_FMT_YUV420P && picture->width == e->config.width &&
		picture->height == e->config.height);
	return e->kind->encode(e->encoder, picture, e->pts++, key, out);
}

int ts_video_encoder_set_bitrate(struct ts_video_encoder *e, uint32_t bps)
{
	if (bps == e->config.bitrate_bps) return 0;
	if (bps < BITRATE_MIN_BPS) return TS_EINVAL;
	int err = e->kind->set_bitrate(e->encoder, bps);
	if (!err) e->config.bitrate_bps = bps;
	return err;
}
