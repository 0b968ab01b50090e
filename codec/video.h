/* video - video decoders and encoders: one access unit in, its picture out; one picture in, its
 * packet out.
 *
 * Pictures are AVFrames: YUV420P, BT.601 limited range. ts_video_decode converts what is anything
 * else on its way (another pixel format, matrix or full range), which costs nothing for the usual
 * case. Every codec context runs on one thread of its owner.
 * Thread  the strand that owns the object. Memory: decoded pictures lie in pools of ours
 *         (picture_pool.h).
 */
#ifndef TS_CODEC_VIDEO_H
#define TS_CODEC_VIDEO_H

#include "base/media.h"
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
#include <stdbool.h>

enum {
	/* smaller pictures (either side) are refused like too large ones */
	TS_PICTURE_MIN = 2,
	TS_PICTURE_SIDE_MAX = 8192, /* larger ones (either side), too, whatever their area */
};

/* Of the whole process. Set by main before the first decoder is opened, constant afterwards. */
struct ts_video_limits {
	/* area of a picture to be decoded, rounded up to macroblocks; either orientation */
	int64_t picture_px;
	int64_t memory_bytes; /* of all decoders' pictures together, converted ones too */
};
extern struct ts_video_limits ts_video_limits;
bool ts_picture_is_allowed(int width, int height);

/* Why a decoder refuses a stream that is not damaged. */
enum ts_refusal_kind {
	TS_REFUSED_NOT,
	TS_REFUSED_SIZE,       /* ts_picture_is_allowed says no */
	/* a profile that was not negotiated, or not 4:2:0 of 8 bits (VP9, AV1, H.265: or 10);
	 * detail: the profile's number, or 0 */
	TS_REFUSED_FORMAT,
	/* more reference pictures than its level or its size allows; detail: how many */
	TS_REFUSED_REFERENCES,
	TS_REFUSED_MEMORY,     /* pictures take up all memory they may */
	TS_REFUSED_DEMANDING,  /* mixer/source/decode_budget.h */
	TS_REFUSED_OVERLOAD,   /* mixer/overload: it came on too late */
};
struct ts_refusal {
	uint16_t kind; /* enum ts_refusal_kind */
	uint16_t width, height, detail;
};
enum { TS_REFUSAL_TEXT = 96 };
/* "picture too large: 5120x2880, at most 9437184 pixels"; "" for TS_REFUSED_NOT. */
void ts_refusal_print(char out[TS_REFUSAL_TEXT], const struct ts_refusal *refusal);

struct ts_video_decoder;

/* Codecs that we receive and that this libavcodec was built without a decoder for: a set of
 * 1 << enum ts_codec. */
unsigned ts_video_decoders_missing(void);
int ts_video_decoder_open(struct ts_video_decoder **out, enum ts_codec codec);
void ts_video_decoder_close(struct ts_video_decoder **decoder);
/* Decodes one unit. 0: *out [give] is the newest picture; TS_EAGAIN: none came out (not an error: a
 * stream with reordered pictures has some delay); TS_EBADMSG: the decoder refused it or concealed
 * errors: show nothing until a keyframe; TS_ELIMIT: too large or too small; TS_EUNSUPPORTED: not
 * 4:2:0 of a negotiated profile and depth, or with too many references; TS_ENOMEM. Of the last
 * three ts_video_decoder_refusal tells more. After any error but TS_EAGAIN the decoder starts
 * afresh at the next keyframe, and TS_C_DECODE_ERRORS was counted. A unit that the depacketizer
 * calls broken and that is no keyframe is better not given at all: references may be missing
 * without the decoder noticing. */
int ts_video_decode(struct ts_video_decoder *decoder, const AVPacket *unit, AVFrame **out);

/* Of the last unit that was given; kind TS_REFUSED_NOT: it was not refused, or damaged. */
const struct ts_refusal *ts_video_decoder_refusal(const struct ts_video_decoder *decoder);
/* For a unit that is not to be decoded, in a stream that was refused: does it bring parameters with
 * which it no longer would be? */
bool ts_video_decoder_would_take(struct ts_video_decoder *decoder, const AVPacket *unit);

struct ts_video_encoder;

enum { TS_ENCODER_REFRESH_S = 2 };

struct ts_video_encoder_config {
	enum ts_codec codec;
	int width, height, fps;        /* even sizes */
	uint32_t bitrate_bps;
	int packetization_mode;        /* H.264: 0 makes slices of at most TS_MTU_PAYLOAD bytes */
	int level_idc;                 /* H.264: 0 lets the encoder choose */
	bool fastest;                  /* at the cost of quality */
	/* H.264: a column of macroblocks coded by itself wanders over each picture, once in
	 * TS_ENCODER_REFRESH_S, so that who has lost something sees all of it again after at most
	 * twice that time without a keyframe. Other codecs: nothing */
	bool refresh;
	/* H.264: pages of text: sharp at once, though a keyframe takes a second on a link of that
	 * rate. Other codecs: nothing */
	bool slides;
};

int ts_video_encoder_open(struct ts_video_encoder **out,
	const struct ts_video_encoder_config *config);
void ts_video_encoder_close(struct ts_video_encoder **encoder);
/* Low delay: the picture's own packet comes out of this call (TS_EAGAIN if the rate control dropped
 * it). The frame is only read, and no longer referenced after the call. Keyframes come on demand
 * only, of H.263 also every 132 pictures (H.263 4.4). H.264 is constrained baseline, Annex B with
 * parameter sets in every key packet. */
int ts_video_encode(struct ts_video_encoder *encoder, const AVFrame *picture, bool key,
	AVPacket *out);
/* With the next picture, which need not be a keyframe. */
int ts_video_encoder_set_bitrate(struct ts_video_encoder *encoder, uint32_t bps);

#endif
