/* registry - what this build can send and receive: the one table that offer/answer, payload
 * formats, decoders and encoders are reached through. To add a codec: a row here, its payload
 * format file (docs/HOWTO.md).
 *
 * Constant data. Thread any. Source RFC 6184 8 (H.264), RFC 7741 6 (VP8), RFC 7587 6 (Opus), RFC
 * 3551 4.5 (G.722, PCMU, PCMA, G.729), RFC 4629 8 (H.263), RFC 9628 6 (VP9), RTP payload format for
 * AV1 7 (AV1), RFC 7798 7 (H.265), RFC 3389 (CN), RFC 4733 (telephone-event), RFC 2198 (RED). The
 * last three have neither encoder nor decoder; the first two of them are only received, as are VP9,
 * AV1 and H.265.
 */
#ifndef TS_CODEC_REGISTRY_H
#define TS_CODEC_REGISTRY_H

#include "base/counter.h"
#include "base/media.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_FMTP_MAX = 256 };
enum { TS_SIZE_SQCIF, TS_SIZE_QCIF, TS_SIZE_CIF, TS_SIZE_CIF4, TS_H263_SIZES };

/* What the peer said about one payload type, beyond its name. */
struct ts_format {
	enum ts_codec codec;
	/* H.264, RFC 6184 8.1 */
	uint8_t packetization_mode; /* 0 or 1 */
	/* H.264; also H.265, RFC 7798 7.1, and AV1: profile, tier and level; VP9, RFC 9628 6:
	 * profile */
	uint8_t profile_idc, profile_iop, level_idc;
	uint8_t tier;
	bool level_asymmetry;
	uint32_t max_fs, max_mbps, max_br; /* in the RFC's units; 0: not given */
	/* Opus, RFC 7587 */
	bool useinbandfec, usedtx, stereo;
	uint32_t maxaveragebitrate; /* bit/s; 0: not given */
	uint32_t maxplaybackrate;   /* Hz; 0: not given */
	/* VP8, RFC 7741 */
	uint32_t vp8_max_fs, vp8_max_fr;
	/* H.263, RFC 4629 8, and H.261, RFC 4587 6: what the peer takes of SQCIF, QCIF, CIF, CIF4:
	 * a picture each so many
	 * 1001/30000 s; 0: it does not take that size */
	uint8_t h263_mpi[TS_H263_SIZES];
	uint32_t h263_max_br; /* 100 bit/s; 0: not given */
	/* G.729, RFC 4856 2.1.9: frames of comfort noise may come */
	bool annexb;
};

/* What our answer asks for beyond what the codec is. */
struct ts_fmtp_wish {
	uint32_t start_bitrate_kbps; /* x-google-start-bitrate of video; 0: not written */
	/* macroblocks of the largest picture that we decode; 0: TS_PICTURE_MB */
	uint32_t max_picture_mb;
	/* H.264: up to the largest picture; a camera's level is that of 1920x1088 at 30/s, or of
	 * less */
	bool slides;
	bool dtx;                    /* Opus: silence need not be sent */
	/* Opus: what the room takes and sends: RFC 7587 6.1 */
	enum ts_audio_mode mode;
};
enum { TS_PICTURE_MB = 256 * 144 }; /* 4096x2304 */

struct ts_rtp_format;   /* codec/rtp_format.h: how video travels in RTP */
struct ts_decoder_kind; /* codec/decoder_kind.h: how video is decoded */
struct ts_audio_codec; /* codec/audio_codec.h */

struct ts_codec_info {
	enum ts_codec codec;
	const char *sdp_name; /* compared without case: "opus", "H264", "VP8" */
	const char *sdp_alias; /* means the same; NULL: there is none */
	uint32_t clock_hz;
	uint8_t channels;     /* as written in a=rtpmap: Opus 2 */
	/* Reads the fmtp of an offer (NULL or "" when there is none). TS_EUNSUPPORTED: a variant
	 * that we neither send nor receive (H.264 high 4:2:2, packetization-mode 2, ...);
	 * TS_EBADMSG: nonsense in a parameter we need. Unknown parameters are ignored. */
	int (*parse_fmtp)(struct ts_format *out, const char *fmtp);
	/* What our answer says to that format, "" for nothing. H.264: same profile and
	 * packetization-mode, level per RFC 6184 8.2.2; where that is lower than what we take,
	 * max-fs and max-mbps say so (8.1). */
	void (*write_fmtp)(char out[TS_FMTP_MAX], const struct ts_format *offered,
		const struct ts_fmtp_wish *wish);
	bool can_send, can_receive;
	bool is_old; /* of telephones and room systems alone: WebRTC is not answered with it */
	/* In offers of ours (SIP): the payload type, and an fmtp as if it were the peer's. */
	struct ts_codec_offer { uint8_t pt; const char *fmtp; } offer[2];
	size_t n_offers; /* 0: not offered */

	/* for codec/ itself */
	enum ts_counter encoders, decoders;  /* gauges */
	const struct ts_rtp_format *rtp;       /* video */
	const struct ts_decoder_kind *decoder; /* video */
	const struct ts_audio_codec *audio;  /* audio */
};

/* Codecs that this process does not take, a set of 1 << enum ts_codec: they are not found by name.
 * Set by main before the first offer is read, constant afterwards. */
extern unsigned ts_codecs_off;

/* Video decoders that run now, of all codecs. */
int64_t ts_codec_count_decoders(void);

/* NULL for TS_CODEC_NONE. */
const struct ts_codec_info *ts_codec_info(enum ts_codec codec);
/* One row after the other, in the order of our offers; NULL behind the last. */
const struct ts_codec_info *ts_codec_row(size_t i);
/* The codec of an a=rtpmap (name without case, clock, channels; 0 channels: not written), or
 * TS_CODEC_NONE. What endpoints are known to write wrongly means the right thing: opus/48000/1 (RFC
 * 7587 7: always 2), G722/16000 (RFC 3551 4.5.2: always 8000). */
enum ts_codec ts_codec_find(const char *name, uint32_t clock_hz, unsigned channels);
/* Whether the peer said that it decodes video of this size and rate: H.264 level with max-fs and
 * max-mbps, VP8 max-fs and max-fr. The ladder's steps for a receiver are those that pass. */
bool ts_format_allows(const struct ts_format *format, int width, int height, int fps);

/* Level 1b is written as 11 with a constraint bit where the profile is not above main (RFC 6184
 * 8.1), and is 9 in encoders and for other profiles. */
enum { TS_LEVEL_1B = 9 };
bool ts_format_is_level_1b(const struct ts_format *format);
/* The lowest H.264 level that holds video of this size, rate and bitrate (table A-1), times ten. */
int ts_h264_level(int width, int height, int fps, uint32_t bitrate_bps);

/* H.263 and H.261: a few sizes alone, each with its own rate. */
bool ts_codec_has_sizes(enum ts_codec codec);
/* The index among the sizes of H.263 that we send or receive; -1: none of them. */
int ts_h263_size(int width, int height);
/* Pictures a second of an MPI: 30000/1001 divided by it, which rooms of 30 a second keep to. */
static inline int ts_h263_fps(uint8_t mpi) { return mpi ? 30 / mpi + (mpi > 30) : 0; }

/* The same as numbers; 0: no limit. A macroblock is 16x16 pixels. */
struct ts_format_limits {
	uint32_t mb;       /* macroblocks of a picture */
	uint32_t mb_per_s;
	uint32_t mb_side;  /* of the longer side */
	uint32_t kbps;     /* H.264: MaxBR of the level, or max-br; H.263 likewise */
	uint32_t fps;
	uint8_t mpi[TS_H263_SIZES]; /* H.263: these sizes alone */
};
void ts_format_limits(const struct ts_format *format, struct ts_format_limits *out);

#endif
