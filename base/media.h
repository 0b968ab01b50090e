/* media - the words that transport, codec, mixer and control share about a media format. Constants
 * only. */
#ifndef TS_BASE_MEDIA_H
#define TS_BASE_MEDIA_H

#include <stdint.h>

enum ts_media { TS_AUDIO, TS_VIDEO };
/* What the sound of a room is for: speech in one channel, anything in two as it comes, or speech
 * placed where its tiles are. */
enum ts_audio_mode { TS_AUDIO_VOICE, TS_AUDIO_MUSIC, TS_AUDIO_SPATIAL };
enum ts_codec {
	TS_CODEC_NONE,
	TS_CODEC_OPUS,
	TS_CODEC_H264,
	TS_CODEC_VP8,
	TS_CODEC_H263,      /* as RFC 2190 sends it */
	TS_CODEC_H263_1998, /* as RFC 4629 does: H263-1998, H263-2000 */
	TS_CODEC_H261,
	TS_CODEC_VP9, /* this and the next two are received alone */
	TS_CODEC_AV1,
	TS_CODEC_H265,
	TS_CODEC_G722,
	TS_CODEC_PCMU,
	TS_CODEC_PCMA,
	TS_CODEC_G729,
	/* comfort noise, RFC 3389: what stands for silence between packets of another codec */
	TS_CODEC_CN,
	TS_CODEC_DTMF, /* telephone-event, RFC 4733 */
	/* redundant audio, RFC 2198: packets that hold frames of Opus, also earlier ones */
	TS_CODEC_RED,
	TS_CODEC_AAC, /* in files alone */
	/* samples as they are, int16 at 48 kHz: between threads of ours alone */
	TS_CODEC_PCM,
	TS_CODEC_COUNT,
};

/* "opus", "h264", "vp8", ...: as in JSON, logs and metrics. */
const char *ts_codec_name(enum ts_codec codec);
enum ts_media ts_codec_media(enum ts_codec codec);
/* RTP clock rate: 48000 for Opus, 90000 for video, 8000 for the telephone's codecs, G.722 (RFC 3551
 * 4.5.2) included. */
uint32_t ts_codec_clock_hz(enum ts_codec codec);

/* Limits of one process; queues and tables are sized by them. */
enum {
	/* largest RTP payload we make: fits 1280-byte paths with SRTP, RTX and extensions */
	TS_MTU_PAYLOAD = 1180,
	TS_PICTURE_MAX_W = 1920,
	TS_PICTURE_MAX_H = 1088,
	TS_AUDIO_RATE_HZ = 48000,
	TS_AUDIO_FRAME = 960, /* samples per 20 ms at 48 kHz */
	/* samples at 48 kHz that libopus looks ahead: what a packet begins with is so much older */
	TS_OPUS_AHEAD = 312,
	TS_VIDEO_CLOCK_HZ = 90000,
};

#endif
