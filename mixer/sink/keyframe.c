#include "mixer/sink/keyframe.h"

#include "codec/extradata.h"
#include <string.h>

bool ts_keyframe_track(const struct ts_unit *unit, struct ts_track *out)
{
	const struct ts_stream_params *p = &unit->params;
	*out = (struct ts_track){
		.codec = p->codec, .width = p->width, .height = p->height, .fps = p->fps};
	out->extradata_len = ts_extradata(p->codec, unit->packet->data, (size_t)unit->packet->size,
		out->extradata, sizeof out->extradata);
	return p->codec != TS_CODEC_H264 || out->extradata_len;
}

bool ts_keyframe_same(const struct ts_track *a, const struct ts_track *b)
{
	return a->codec == b->codec && a->width == b->width && a->height == b->height &&
		a->extradata_len == b->extradata_len &&
		!memcmp(a->extradata, b->extradata, a->extradata_len);
}
