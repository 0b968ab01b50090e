#include "container/tracks.h"

#include "base/error.h"
#include <string.h>

enum { OPUS_HEAD_BYTES = 19 };

static enum AVCodecID id_of(enum ts_codec codec)
{
	switch (codec) {
	case TS_CODEC_H264: return AV_CODEC_ID_H264;
	case TS_CODEC_VP8: return AV_CODEC_ID_VP8;
	case TS_CODEC_VP9: return AV_CODEC_ID_VP9;
	case TS_CODEC_AV1: return AV_CODEC_ID_AV1;
	case TS_CODEC_H265: return AV_CODEC_ID_HEVC;
	case TS_CODEC_OPUS: return AV_CODEC_ID_OPUS;
	case TS_CODEC_AAC: return AV_CODEC_ID_AAC;
	case TS_CODEC_G722: return AV_CODEC_ID_ADPCM_G722;
	case TS_CODEC_PCMU: return AV_CODEC_ID_PCM_MULAW;
	case TS_CODEC_PCMA: return AV_CODEC_ID_PCM_ALAW;
	default: return AV_CODEC_ID_NONE;
	}
}

static void write_opus_head(uint8_t out[OPUS_HEAD_BYTES], int channels)
{
	static const uint8_t head[OPUS_HEAD_BYTES] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1,
		TS_OPUS_AHEAD & 0xff, TS_OPUS_AHEAD >> 8, TS_AUDIO_RATE_HZ & 0xff,
		TS_AUDIO_RATE_HZ >> 8 & 0xff, TS_AUDIO_RATE_HZ >> 16, 0, 0, 0, 0};
	memcpy(out, head, sizeof head);
	out[9] = (uint8_t)channels;
}

static int set_extradata(AVCodecParameters *par, const uint8_t *data, size_t len)
{
	if (!len) return 0;
	par->extradata = av_mallocz(len + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!par->extradata) return TS_ENOMEM;
	memcpy(par->extradata, data, len);
	par->extradata_size = (int)len;
	return 0;
}

int ts_add_video(AVFormatContext *ctx, const struct ts_track *t, AVStream **out)
{
	AVStream *s = avformat_new_stream(ctx, NULL);
	if (!s) return TS_ENOMEM;
	AVCodecParameters *par = s->codecpar;
	par->codec_type = AVMEDIA_TYPE_VIDEO;
	par->codec_id = id_of(t->codec);
	par->format = AV_PIX_FMT_YUV420P;
	par->width = t->width;
	par->height = t->height;
	par->color_range = AVCOL_RANGE_MPEG;
	par->color_space = AVCOL_SPC_SMPTE170M;
	par->color_primaries = AVCOL_PRI_SMPTE170M;
	par->color_trc = AVCOL_TRC_SMPTE170M;
	s->time_base = (AVRational){1, TS_VIDEO_CLOCK_HZ};
	s->avg_frame_rate = (AVRational){t->fps, 1};
	*out = s;
	return set_extradata(par, t->extradata, t->extradata_len);
}

static bool is_telephone(enum ts_codec codec)
{
	return codec == TS_CODEC_G722 || codec == TS_CODEC_PCMU || codec == TS_CODEC_PCMA;
}

int ts_add_audio(AVFormatContext *ctx, const struct ts_track *t, bool pads, AVStream **out)
{
	uint8_t head[OPUS_HEAD_BYTES];
	AVStream *s = avformat_new_stream(ctx, NULL);
	if (!s) return TS_ENOMEM;
	AVCodecParameters *par = s->codecpar;
	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = id_of(t->codec);
	par->sample_rate = TS_AUDIO_RATE_HZ;
	av_channel_layout_default(&par->ch_layout, t->stereo ? 2 : 1);
	s->time_base = (AVRational){1, TS_AUDIO_RATE_HZ};
	*out = s;
	if (is_telephone(t->codec)) {
		/* as in WAV: Matroska has no names of its own for them */
		par->sample_rate = t->codec == TS_CODEC_G722 ? 16000 : 8000;
		par->bits_per_coded_sample = t->codec == TS_CODEC_G722 ? 4 : 8;
		par->block_align = 1;
		par->bit_rate = 64000;
		return 0;
	}
	if (t->codec != TS_CODEC_OPUS) {
		par->frame_size = 1024;
		return set_extradata(par, t->extradata, t->extradata_len);
	}
	par->frame_size = TS_AUDIO_FRAME;
	/* Matroska says it in the track; in MP4 it would become an edit list */
	if (pads) par->initial_padding = TS_OPUS_AHEAD;
	write_opus_head(head, t->stereo ? 2 : 1);
	return set_extradata(par, head, sizeof head);
}
