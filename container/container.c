#include "container/container.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *type;
	enum ts_codec video, audio;
	unsigned others; /* bits of codecs that it holds as well */
	bool fragmented;
} containers[TS_CONTAINER_COUNT] = {
	[TS_CONTAINER_MP4] = {"mp4", "video/mp4", TS_CODEC_H264, TS_CODEC_OPUS, 0, true},
	[TS_CONTAINER_WEBM] = {"webm", "video/webm", TS_CODEC_VP8, TS_CODEC_OPUS, 0, false},
	[TS_CONTAINER_MKV] = {"mkv", "video/x-matroska", TS_CODEC_H264, TS_CODEC_OPUS,
		1u << TS_CODEC_VP8 | 1u << TS_CODEC_VP9 | 1u << TS_CODEC_AV1 | 1u << TS_CODEC_H265 |
			1u << TS_CODEC_G722 | 1u << TS_CODEC_PCMU | 1u << TS_CODEC_PCMA,
		false},
	[TS_CONTAINER_M4A] = {"m4a", "audio/mp4", TS_CODEC_NONE, TS_CODEC_AAC, 0, true},
};

const char *ts_container_name(enum ts_container c)
{
	return containers[c].name;
}

bool ts_container_named(enum ts_container *out, const char *name)
{
	for (int i = 0; i < TS_CONTAINER_COUNT; i++) {
		if (strcmp(containers[i].name, name) != 0) continue;
		*out = (enum ts_container)i;
		return true;
	}
	return false;
}

const char *ts_container_type(enum ts_container c)
{
	return containers[c].type;
}

enum ts_codec ts_container_video(enum ts_container c)
{
	return containers[c].video;
}

enum ts_codec ts_container_audio(enum ts_container c)
{
	return containers[c].audio;
}

bool ts_container_holds(enum ts_container c, enum ts_codec codec)
{
	return codec == containers[c].video || codec == containers[c].audio ||
		(containers[c].others >> codec & 1);
}

bool ts_container_is_fragmented(enum ts_container c)
{
	return containers[c].fragmented;
}
