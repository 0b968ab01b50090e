#include "base/media.h"
#include <assert.h>
#include <stddef.h>

static const struct {
	const char *name;
	enum ts_media media;
	uint32_t clock_hz;
} codecs[TS_CODEC_COUNT] = {
	[TS_CODEC_NONE] = {"none", TS_AUDIO, 0},
	[TS_CODEC_OPUS] = {"opus", TS_AUDIO, TS_AUDIO_RATE_HZ},
	[TS_CODEC_H264] = {"h264", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_VP8] = {"vp8", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_H263] = {"h263", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_H263_1998] = {"h263-1998", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_H261] = {"h261", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_VP9] = {"vp9", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_AV1] = {"av1", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_H265] = {"h265", TS_VIDEO, TS_VIDEO_CLOCK_HZ},
	[TS_CODEC_G722] = {"g722", TS_AUDIO, 8000},
	[TS_CODEC_PCMU] = {"pcmu", TS_AUDIO, 8000},
	[TS_CODEC_PCMA] = {"pcma", TS_AUDIO, 8000},
	[TS_CODEC_G729] = {"g729", TS_AUDIO, 8000},
	[TS_CODEC_CN] = {"cn", TS_AUDIO, 8000},
	[TS_CODEC_DTMF] = {"telephone-event", TS_AUDIO, 8000},
	[TS_CODEC_RED] = {"red", TS_AUDIO, TS_AUDIO_RATE_HZ},
	[TS_CODEC_AAC] = {"aac", TS_AUDIO, TS_AUDIO_RATE_HZ},
	[TS_CODEC_PCM] = {"pcm", TS_AUDIO, TS_AUDIO_RATE_HZ},
};

const char *ts_codec_name(enum ts_codec codec)
{
	assert(codec < TS_CODEC_COUNT);
	return codecs[codec].name;
}

enum ts_media ts_codec_media(enum ts_codec codec)
{
	assert(codec > TS_CODEC_NONE && codec < TS_CODEC_COUNT);
	return codecs[codec].media;
}

uint32_t ts_codec_clock_hz(enum ts_codec codec)
{
	assert(codec > TS_CODEC_NONE && codec < TS_CODEC_COUNT);
	return codecs[codec].clock_hz;
}
