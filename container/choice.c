#include "container/choice.h"

#include "base/clock.h"
#include "base/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int turn_of(const AVStream *s)
{
	const uint8_t *matrix = NULL;
#if LIBAVFORMAT_VERSION_MAJOR >= 61
	for (int i = 0; i < s->codecpar->nb_coded_side_data; i++) {
		const AVPacketSideData *side = &s->codecpar->coded_side_data[i];
		if (side->type == AV_PKT_DATA_DISPLAYMATRIX && side->size >= 9 * sizeof(int32_t))
			matrix = side->data;
	}
#else
	size_t size = 0;
	matrix = av_stream_get_side_data(s, AV_PKT_DATA_DISPLAYMATRIX, &size);
	if (size < 9 * sizeof(int32_t)) matrix = NULL;
#endif
	if (!matrix) return 0;
	int32_t m[9];
	memcpy(m, matrix, sizeof m);
	/* how x and y of the picture become x: a quarter is what turns it most */
	if (abs(m[0] / 2) >= abs(m[1] / 2)) return m[0] < 0 ? 180 : 0;
	return m[1] > 0 ? 90 : 270;
}

static void describe(struct ts_demuxed_track *t, enum ts_media media, const AVStream *s)
{
	*t = (struct ts_demuxed_track){.parameters = s->codecpar};
	snprintf(t->codec, sizeof t->codec, "%s", avcodec_get_name(s->codecpar->codec_id));
	if (media != TS_VIDEO) return;
	t->rotation = turn_of(s);
	const AVRational fps = s->avg_frame_rate.num > 0 ? s->avg_frame_rate : s->r_frame_rate;
	const int64_t picture_ns = fps.num > 0 && fps.den > 0
		? av_rescale(TS_NS_PER_S, fps.den, fps.num)
		: 0;
	if (picture_ns >= TS_NS_PER_MS && picture_ns <= 10 * TS_NS_PER_S)
		t->picture_ns = picture_ns;
}

int ts_choose_tracks(AVFormatContext *ctx, const struct ts_demuxer_config *config,
	struct ts_demuxed_track track[2], int stream[2])
{
	int video = av_find_best_stream(ctx, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	int audio = av_find_best_stream(ctx, AVMEDIA_TYPE_AUDIO, -1, video, NULL, 0);
	/* a cover is no film */
	if (video >= 0 && ctx->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC)
		video = -1;
	stream[TS_VIDEO] = config->no_video || video < 0 ? -1 : video;
	stream[TS_AUDIO] = config->no_audio || audio < 0 ? -1 : audio;
	for (unsigned i = 0; i < ctx->nb_streams; i++)
		if ((int)i != stream[TS_VIDEO] && (int)i != stream[TS_AUDIO])
			ctx->streams[i]->discard = AVDISCARD_ALL;
	for (int media = 0; media < 2; media++)
		if (stream[media] >= 0)
			describe(&track[media], (enum ts_media)media, ctx->streams[stream[media]]);
	return stream[TS_VIDEO] >= 0 || stream[TS_AUDIO] >= 0 ? 0 : TS_EUNSUPPORTED;
}
