/* encoder_kind - what an encoder of pictures is made of, one file a kind: x264_encoder.c,
 * vp8_encoder.c, h263_encoder.c. Private to codec/; everybody else enters by video.h.
 *
 * Thread  as of video.h: the strand that owns the encoder.
 */
#ifndef TS_CODEC_ENCODER_KIND_H
#define TS_CODEC_ENCODER_KIND_H

#include "codec/video.h"

enum {
	/* The rate control's buffer, in 1/1000 s of the bitrate: what a receiver on a link of just
	 * that rate waits at most for a picture. Keyframes are held to about half of it. */
	TS_ENCODER_VBV_MS = 250,
	TS_ENCODER_NO_PERIODIC_KEYS = 1 << 30,
};

struct ts_encoder_kind {
	/* NULL: out of memory, or the library refuses */
	void *(*open)(const struct ts_video_encoder_config *config);
	/* As ts_video_encode; pts counts pictures. */
	int (*encode)(void *encoder, const AVFrame *picture, int64_t pts, bool key, AVPacket *out);
	int (*set_bitrate)(void *encoder, uint32_t bps); /* with the next picture */
	void (*close)(void *encoder);
};

extern const struct ts_encoder_kind ts_x264_encoder, ts_vp8_encoder, ts_h263_encoder;

#endif
