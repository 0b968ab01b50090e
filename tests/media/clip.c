#include "tests/media/clip.h"
#include "base/error.h"
#include "codec/packetize.h"
#include "tests/media/scene.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ts_clip {
	struct ts_clip *next;
	struct ts_clip_spec spec;
	char *path;         /* of the file it came from; NULL: made here */
	struct ts_au *au[]; /* [spec.frames] */
};

enum { FILE_FRAMES_MAX = 900 };

static struct ts_clip *made;

/* ---- encoder: what libwebrtc does, in libavcodec's words */

static const AVCodec *codec_of(const struct ts_clip_spec *spec, AVDictionary **options)
{
	switch (spec->codec) {
	case TS_CODEC_H264:
		av_dict_set(options, "preset", "superfast", 0);
		av_dict_set(options, "tune", "zerolatency", 0);
		av_dict_set(options, "profile", "baseline", 0);
		av_dict_set(options, "x264-params",
			"scenecut=0:sliced-threads=0:keyint=infinite:nal-hrd=none", 0);
		return avcodec_find_encoder_by_name("libx264");
	case TS_CODEC_VP8:
		av_dict_set(options, "deadline", "realtime", 0);
		av_dict_set(options, "cpu-used", "-8", 0);
		av_dict_set(options, "lag-in-frames", "0", 0);
		av_dict_set(options, "static-thresh", "1", 0);
		av_dict_set(options, "undershoot-pct", "100", 0);
		av_dict_set(options, "overshoot-pct", "15", 0);
		return avcodec_find_encoder_by_name("libvpx");
	default: return NULL;
	}
}

static int encoder_open(AVCodecContext **out, const struct ts_clip_spec *spec)
{
	AVDictionary *options = NULL;
	const AVCodec *codec = codec_of(spec, &options);
	AVCodecContext *enc = codec ? avcodec_alloc_context3(codec) : NULL;
	int err = TS_EUNSUPPORTED;
	if (enc) {
		enc->width = spec->width;
		enc->height = spec->height;
		enc->pix_fmt = AV_PIX_FMT_YUV420P;
		enc->time_base = (AVRational){1, spec->fps};
		enc->framerate = (AVRational){spec->fps, 1};
		enc->bit_rate = enc->rc_max_rate = spec->kbps * 1000LL;
		enc->rc_buffer_size = spec->kbps * 600;
		enc->gop_size = spec->frames + 1;
		enc->thread_count = 1;
		enc->log_level_offset = AV_LOG_INFO; /* errors only */
		if (avcodec_open2(enc, codec, &options) == 0) err = 0;
	}
	av_dict_free(&options);
	if (err)
		avcodec_free_context(&enc);
	else
		*out = enc;
	return err;
}

/* One picture in, its packet out. */
static int encode_frame(struct ts_au **out, AVCodecContext *enc, AVFrame *picture, AVPacket *packet,
	enum ts_codec codec)
{
	picture->pict_type = picture->pts == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	if (avcodec_send_frame(enc, picture) < 0 || avcodec_receive_packet(enc, packet) < 0)
		return TS_EUNSUPPORTED;
	const int err = ts_packetize(out, codec, 1, packet, TS_MTU_PAYLOAD);
	av_packet_unref(packet);
	return err;
}

const struct ts_colour ts_clip_bars[8] = {{180, 128, 128}, {162, 44, 142}, {131, 156, 44},
	{112, 72, 58}, {84, 184, 198}, {65, 100, 212}, {35, 212, 114}, {16, 128, 128}};

static void draw_bars(AVFrame *picture)
{
	for (int i = 0; i < 8; i++) {
		const int left = picture->width * i / 8 & ~1,
			  right = picture->width * (i + 1) / 8 & ~1;
		ts_draw_fill(picture,
			&(struct ts_rect){left, 0, right - left, picture->height & ~1},
			ts_clip_bars[i]);
	}
}

static int encode_all(struct ts_clip *clip, AVCodecContext *enc)
{
	struct ts_scene *scene = NULL;
	AVPacket *packet = av_packet_alloc();
	int err = packet
		? ts_scene_create(&scene, clip->spec.who, clip->spec.width, clip->spec.height)
		: TS_ENOMEM;
	for (int i = 0; i < clip->spec.frames && !err; i++) {
		AVFrame *picture = ts_scene_draw(scene, i, (double)i / clip->spec.fps);
		if (!picture) {
			err = TS_ENOMEM;
			break;
		}
		if (clip->spec.bars) draw_bars(picture);
		picture->pts = i;
		err = encode_frame(&clip->au[i], enc, picture, packet, clip->spec.codec);
		av_frame_free(&picture);
	}
	ts_scene_destroy(&scene);
	av_packet_free(&packet);
	return err;
}

/* ---- cache */

static void clip_free(struct ts_clip *clip)
{
	for (int i = 0; i < clip->spec.frames; i++) ts_au_unref(&clip->au[i]);
	free(clip->path);
	free(clip);
}

static bool same_spec(const struct ts_clip_spec *a, const struct ts_clip_spec *b)
{
	return a->who == b->who && a->codec == b->codec && a->width == b->width &&
		a->height == b->height && a->fps == b->fps && a->kbps == b->kbps &&
		a->bars == b->bars && a->frames == b->frames;
}

int ts_clip_get(const struct ts_clip **out, const struct ts_clip_spec *spec)
{
	for (const struct ts_clip *c = made; c; c = c->next) {
		if (!c->path && same_spec(&c->spec, spec)) {
			*out = c;
			return 0;
		}
	}
	struct ts_clip *clip = calloc(
		1, sizeof(*clip) + (size_t)spec->frames * sizeof(clip->au[0]));
	if (!clip) return TS_ENOMEM;
	clip->spec = *spec;
	AVCodecContext *enc = NULL;
	int err = encoder_open(&enc, spec);
	if (!err) err = encode_all(clip, enc);
	avcodec_free_context(&enc);
	if (err) {
		clip_free(clip);
		return err;
	}
	clip->next = made;
	made = clip;
	*out = clip;
	return 0;
}

/* ---- from a file */

/* Opens the track and a filter that brings H.264 to Annex B. */
static int file_open(
	AVFormatContext **file, AVBSFContext **filter, enum ts_codec *codec, const char *path)
{
	if (avformat_open_input(file, path, NULL, NULL) < 0 ||
		avformat_find_stream_info(*file, NULL) < 0)
		return TS_EIO;
	int track = av_find_best_stream(*file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (track < 0) return TS_EUNSUPPORTED;
	const AVCodecParameters *par = (*file)->streams[track]->codecpar;
	*codec = par->codec_id == AV_CODEC_ID_H264 ? TS_CODEC_H264
		: par->codec_id == AV_CODEC_ID_VP8 ? TS_CODEC_VP8
						   : TS_CODEC_NONE;
	if (!*codec) return TS_EUNSUPPORTED;
	const char *name = *codec == TS_CODEC_H264 ? "h264_mp4toannexb" : "null";
	if (av_bsf_list_parse_str(name, filter) < 0) return TS_ENOMEM;
	(*filter)->time_base_in = (AVRational){track, 1}; /* only to carry the track's number */
	if (avcodec_parameters_copy((*filter)->par_in, par) < 0 || av_bsf_init(*filter) < 0)
		return TS_EUNSUPPORTED;
	return 0;
}

static int file_read(struct ts_clip *clip, AVFormatContext *file, AVBSFContext *filter)
{
	AVPacket *packet = av_packet_alloc();
	int err = packet ? 0 : TS_ENOMEM;
	while (!err && clip->spec.frames < FILE_FRAMES_MAX && av_read_frame(file, packet) >= 0) {
		if (packet->stream_index != filter->time_base_in.num ||
			av_bsf_send_packet(filter, packet) < 0) {
			av_packet_unref(packet);
			continue;
		}
		while (!err && clip->spec.frames < FILE_FRAMES_MAX &&
			av_bsf_receive_packet(filter, packet) == 0) {
			err = ts_packetize(&clip->au[clip->spec.frames], clip->spec.codec, 1,
				packet, TS_MTU_PAYLOAD);
			clip->spec.frames += !err;
			av_packet_unref(packet);
		}
	}
	av_packet_free(&packet);
	return err ? err : clip->spec.frames ? 0 : TS_EUNSUPPORTED;
}

int ts_clip_load(const struct ts_clip **out, const char *path)
{
	for (*out = made; *out; *out = (*out)->next)
		if ((*out)->path && strcmp((*out)->path, path) == 0) return 0;
	struct ts_clip *clip = calloc(1, sizeof(*clip) + FILE_FRAMES_MAX * sizeof(clip->au[0]));
	if (!clip || !(clip->path = strdup(path))) {
		free(clip);
		return TS_ENOMEM;
	}
	AVFormatContext *file = NULL;
	AVBSFContext *filter = NULL;
	int err = file_open(&file, &filter, &clip->spec.codec, path);
	if (!err) err = file_read(clip, file, filter);
	av_bsf_free(&filter);
	avformat_close_input(&file);
	if (err) {
		clip_free(clip);
		return err;
	}
	clip->next = made;
	*out = made = clip;
	return 0;
}

void ts_clip_forget_all(void)
{
	while (made) {
		struct ts_clip *clip = made;
		made = clip->next;
		clip_free(clip);
	}
}

const struct ts_clip_spec *ts_clip_spec(const struct ts_clip *clip)
{
	return &clip->spec;
}

struct ts_au *ts_clip_unit(
	const struct ts_clip *clip, int frame, int64_t media_time, int64_t capture_ns)
{
	assert(frame >= 0 && frame < clip->spec.frames);
	const struct ts_au *from = clip->au[frame];
	struct ts_au *au = ts_au_create(from->n, from->data_len);
	if (!au) return NULL;
	for (uint32_t i = 0; i < from->n; i++)
		memcpy(ts_au_add(au, from->pay[i].len), ts_au_bytes(from, i), from->pay[i].len);
	au->media_time = media_time;
	au->capture_ns = capture_ns;
	au->key = from->key;
	return au;
}
