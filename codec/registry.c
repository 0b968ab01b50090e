#include "codec/registry.h"
#include "codec/audio_codec.h"
#include "codec/decoder_kind.h"
#include "codec/fmtp.h"
#include "codec/rtp_format.h"
#include <assert.h>
#include <strings.h>

/* In the order of our offers. H.264 before VP8: at the same picture quality its encoder is cheaper,
 * and receivers more often decode it in hardware. */
static const struct ts_codec_info codecs[] = {
	{
		.codec = TS_CODEC_OPUS,
		.sdp_name = "opus",
		.clock_hz = TS_AUDIO_RATE_HZ,
		.channels = 2,
		.parse_fmtp = ts_fmtp_parse_opus,
		.write_fmtp = ts_fmtp_write_opus,
		.can_send = true,
		.can_receive = true,
		.encoders = TS_C_ENC_AUDIO_OPUS,
		.decoders = TS_C_DEC_AUDIO_OPUS,
		.audio = &ts_opus,
		.offer = {{111, "useinbandfec=1"}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_G722,
		.sdp_name = "G722",
		.clock_hz = 8000,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_none,
		.write_fmtp = ts_fmtp_write_none,
		.can_send = true,
		.can_receive = true,
		.encoders = TS_C_ENC_AUDIO_G722,
		.decoders = TS_C_DEC_AUDIO_G722,
		.audio = &ts_g722,
		.offer = {{9, NULL}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_PCMU,
		.sdp_name = "PCMU",
		.clock_hz = 8000,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_none,
		.write_fmtp = ts_fmtp_write_none,
		.can_send = true,
		.can_receive = true,
		.encoders = TS_C_ENC_AUDIO_PCMU,
		.decoders = TS_C_DEC_AUDIO_PCMU,
		.audio = &ts_pcmu,
		.offer = {{0, NULL}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_PCMA,
		.sdp_name = "PCMA",
		.clock_hz = 8000,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_none,
		.write_fmtp = ts_fmtp_write_none,
		.can_send = true,
		.can_receive = true,
		.encoders = TS_C_ENC_AUDIO_PCMA,
		.decoders = TS_C_DEC_AUDIO_PCMA,
		.audio = &ts_pcma,
		.offer = {{8, NULL}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_G729,
		.sdp_name = "G729",
		.clock_hz = 8000,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_g729,
		.write_fmtp = ts_fmtp_write_g729,
		.can_send = true,
		.can_receive = true,
		.is_old = true,
		.encoders = TS_C_ENC_AUDIO_G729,
		.decoders = TS_C_DEC_AUDIO_G729,
		.audio = &ts_g729,
		.offer = {{18, "annexb=no"}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_DTMF,
		.sdp_name = "telephone-event",
		.clock_hz = 8000,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_events,
		.write_fmtp = ts_fmtp_write_events,
		.can_send = false,
		.can_receive = true,
		.offer = {{101, NULL}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_CN,
		.sdp_name = "CN",
		.clock_hz = 8000,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_none,
		.write_fmtp = ts_fmtp_write_none,
		.can_send = false,
		.can_receive = true,
		.offer = {{13, NULL}},
		.n_offers = 1,
	},
	{
		/* offered to nobody: of use where the peer has it */
		.codec = TS_CODEC_RED,
		.sdp_name = "red",
		.clock_hz = TS_AUDIO_RATE_HZ,
		.channels = 2,
		.parse_fmtp = ts_fmtp_parse_none,
		.write_fmtp = ts_fmtp_write_none,
		.can_send = false, /* by itself */
		.can_receive = true,
	},
	{
		.codec = TS_CODEC_H264,
		.sdp_name = "H264",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_h264,
		.write_fmtp = ts_fmtp_write_h264,
		.can_send = true,
		.can_receive = true,
		.encoders = TS_C_ENC_VIDEO_H264,
		.decoders = TS_C_DEC_VIDEO_H264,
		.rtp = &ts_rtp_h264,
		.decoder = &ts_h264_decoder,
		.offer = {{97,
				  "profile-level-id=42e01f;packetization-mode=1;"
				  "level-asymmetry-allowed=1"},
			{98,
				"profile-level-id=42e01f;packetization-mode=0;"
				"level-asymmetry-allowed=1"}},
		.n_offers = 2,
	},
	{
		.codec = TS_CODEC_VP8,
		.sdp_name = "VP8",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_vp8,
		.write_fmtp = ts_fmtp_write_vp8,
		.can_send = true,
		.can_receive = true,
		.encoders = TS_C_ENC_VIDEO_VP8,
		.decoders = TS_C_DEC_VIDEO_VP8,
		.rtp = &ts_rtp_vp8,
		.decoder = &ts_vp8_decoder,
		.offer = {{99, NULL}},
		.n_offers = 1,
	},
	{
		/* received alone, so in no offer of ours: RFC 3264 5.1 */
		.codec = TS_CODEC_VP9,
		.sdp_name = "VP9",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_vp9,
		.write_fmtp = ts_fmtp_write_vp9,
		.can_receive = true,
		.decoders = TS_C_DEC_VIDEO_VP9,
		.rtp = &ts_rtp_vp9,
		.decoder = &ts_vp9_decoder,
	},
	{
		/* received alone, so in no offer of ours: RFC 3264 5.1 */
		.codec = TS_CODEC_AV1,
		.sdp_name = "AV1",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_av1,
		.write_fmtp = ts_fmtp_write_av1,
		.can_receive = true,
		.decoders = TS_C_DEC_VIDEO_AV1,
		.rtp = &ts_rtp_av1,
		.decoder = &ts_av1_decoder,
	},
	{
		/* received alone, so in no offer of ours: RFC 3264 5.1 */
		.codec = TS_CODEC_H265,
		.sdp_name = "H265",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_h265,
		.write_fmtp = ts_fmtp_write_h265,
		.can_receive = true,
		.decoders = TS_C_DEC_VIDEO_H265,
		.rtp = &ts_rtp_h265,
		.decoder = &ts_h265_decoder,
	},
	{
		.codec = TS_CODEC_H263_1998,
		.sdp_name = "H263-1998",
		.sdp_alias = "H263-2000",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_h263_1998,
		.write_fmtp = ts_fmtp_write_h263,
		.can_send = true,
		.can_receive = true,
		.is_old = true,
		.encoders = TS_C_ENC_VIDEO_H263_1998,
		.decoders = TS_C_DEC_VIDEO_H263_1998,
		.rtp = &ts_rtp_h263_1998,
		.decoder = &ts_h263_1998_decoder,
		.offer = {{96, "CIF=1;QCIF=1"}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_H263,
		.sdp_name = "H263",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_h263,
		.write_fmtp = ts_fmtp_write_h263,
		.can_send = true,
		.can_receive = true,
		.is_old = true,
		.encoders = TS_C_ENC_VIDEO_H263,
		.decoders = TS_C_DEC_VIDEO_H263,
		.rtp = &ts_rtp_h263,
		.decoder = &ts_h263_decoder,
		.offer = {{34, "CIF=1;QCIF=1"}},
		.n_offers = 1,
	},
	{
		.codec = TS_CODEC_H261,
		.sdp_name = "H261",
		.clock_hz = TS_VIDEO_CLOCK_HZ,
		.channels = 1,
		.parse_fmtp = ts_fmtp_parse_h261,
		.write_fmtp = ts_fmtp_write_h261,
		.can_send = true,
		.can_receive = true,
		.is_old = true,
		.encoders = TS_C_ENC_VIDEO_H261,
		.decoders = TS_C_DEC_VIDEO_H261,
		.rtp = &ts_rtp_h261,
		.decoder = &ts_h261_decoder,
		.offer = {{31, "CIF=1;QCIF=1"}},
		.n_offers = 1,
	},
};

enum { N_CODECS = sizeof codecs / sizeof *codecs };

const struct ts_codec_info *ts_codec_info(enum ts_codec codec)
{
	for (size_t i = 0; i < N_CODECS; i++)
		if (codecs[i].codec == codec) return &codecs[i];
	return NULL;
}

const struct ts_codec_info *ts_codec_row(size_t i)
{
	return i < N_CODECS ? &codecs[i] : NULL;
}

bool ts_codec_has_sizes(enum ts_codec codec)
{
	return codec == TS_CODEC_H261 || codec == TS_CODEC_H263 || codec == TS_CODEC_H263_1998;
}

static bool is_clock_of(const struct ts_codec_info *c, uint32_t clock_hz)
{
	/* an event has the clock of the sound that it interrupts */
	return c->clock_hz == clock_hz || c->codec == TS_CODEC_DTMF ||
		(c->codec == TS_CODEC_G722 && clock_hz == 16000);
}

unsigned ts_codecs_off;

int64_t ts_codec_count_decoders(void)
{
	int64_t n = 0;
	for (size_t i = 0; i < N_CODECS; i++)
		if (codecs[i].decoder) n += ts_count_get(codecs[i].decoders);
	return n;
}

enum ts_codec ts_codec_find(const char *name, uint32_t clock_hz, unsigned channels)
{
	for (size_t i = 0; i < N_CODECS; i++) {
		const struct ts_codec_info *c = &codecs[i];
		bool count = !channels || channels == c->channels ||
			(c->codec == TS_CODEC_OPUS && channels == 1);
		if ((strcasecmp(c->sdp_name, name) == 0 ||
			    (c->sdp_alias && strcasecmp(c->sdp_alias, name) == 0)) &&
			is_clock_of(c, clock_hz) && count)
			return ts_codecs_off >> c->codec & 1 ? TS_CODEC_NONE : c->codec;
	}
	return TS_CODEC_NONE;
}
