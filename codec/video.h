/* video - video decoders and encoders: one access unit in, its picture out; one picture in, its packet out.
 *
 * Pictures are AVFrames: YUV420P, BT.601 limited range. ts_video_decode converts what is anything else on its way (another pixel
 * format, matrix or full range), which costs nothing for the usual case. Every codec context runs on one thread of its owner.
 * Thread  the strand that owns the object. Memory: picture buffers come from libavcodec's pools.
 */
#ifndef TS_CODEC_VIDEO_H
#define TS_CODEC_VIDEO_H

#include "base/media.h"
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
#include <stdbool.h>

enum { TS_PICTURE_MIN = 16 }; /* smaller pictures (either side) are refused like too large ones */

struct ts_video_decoder;

int ts_video_decoder_open(struct ts_video_decoder **out, enum ts_codec codec);
void ts_video_decoder_close(struct ts_video_decoder **decoder);
/* Decodes one unit. 0: *out [give] is the newest picture; TS_EAGAIN: none came out (not an error: a stream with reordered pictures has
 * some delay); TS_EBADMSG: the decoder refused it or concealed errors: show nothing until a key picture; TS_ELIMIT: larger than
 * TS_PICTURE_MAX_W x TS_PICTURE_MAX_H (either orientation). After any error but TS_EAGAIN the decoder starts afresh at the next key picture,
 * and TS_C_DECODE_ERRORS was counted. A unit that depay calls broken and that is no key picture is better not given at all: references
 * may be missing without the decoder noticing. */
int ts_video_decode(struct ts_video_decoder *decoder, const AVPacket *unit, AVFrame **out);

struct ts_video_encoder;

struct ts_video_encoder_config {
	enum ts_codec codec;
	int width, height, fps;        /* even sizes */
	uint32_t bitrate_bps;
	int packetization_mode;        /* H.264: 0 makes slices of at most TS_MTU_PAYLOAD bytes */
	int level_idc;                 /* H.264: 0 lets the encoder choose */
};

int ts_video_encoder_open(struct ts_video_encoder **out, const struct ts_video_encoder_config *config);
void ts_video_encoder_close(struct ts_video_encoder **encoder);
/* Low delay: the picture's own packet comes out of this call (TS_EAGAIN if the rate control dropped it). The frame is only read, and no
 * longer referenced after the call. Key pictures come on demand only. H.264 is constrained baseline, Annex B with parameter sets
 * in every key packet. */
int ts_video_encode(struct ts_video_encoder *encoder, const AVFrame *picture, bool key, AVPacket *out);
/* H.264 follows with the next picture, VP8 (whose encoder must be opened again) with the next key picture. */
int ts_video_encoder_set_bitrate(struct ts_video_encoder *encoder, uint32_t bps);

#endif
