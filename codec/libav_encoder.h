/* libav_encoder - an encoder of libavcodec, as x264_encoder.c and h263_encoder.c have one: one
 * picture in, one packet out.
 *
 * Thread  as of encoder_kind.h. Private to codec/.
 */
#ifndef TS_CODEC_LIBAV_ENCODER_H
#define TS_CODEC_LIBAV_ENCODER_H

#include "codec/video.h"
#include <libavcodec/avcodec.h>

struct ts_libav_encoder {
	AVCodecContext *ctx;
	AVFrame *shell; /* refers to the caller's picture during a call: pts and type are ours */
};

/* set: what is the codec's own, not 0: refused. TS_ENOMEM: out of memory, or refused; nothing is
 * left. */
int ts_libav_encoder_open(struct ts_libav_encoder *e, const char *name,
	const struct ts_video_encoder_config *config,
	int (*set)(AVCodecContext *ctx, const struct ts_video_encoder_config *config));
void ts_libav_encoder_close(struct ts_libav_encoder *e);
/* quality: of shell; 0: the codec's own rate control. Errors as ts_libav_error. */
int ts_libav_encoder_encode(struct ts_libav_encoder *e, const AVFrame *picture, int64_t pts,
	enum AVPictureType type, int quality, AVPacket *out);

#endif
