#include "codec/media_decoder.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/convert.h"
#include "codec/deinterlace.h"
#include "codec/libav.h"
#include "codec/picture_pool.h"
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <stdlib.h>

enum {
	POOL_PICTURES = 24,
	CHANNELS_MAX = 16,
	RATE_MIN = 4000,
	RATE_MAX = 384000,
	HELD_MAX = TS_AUDIO_RATE_HZ / 10, /* more than the filter of swresample needs */
	SKIPPED_MAX = 600
};

struct ts_media_decoder {
	AVCodecContext *ctx;
	AVFrame *frame;
	struct ts_convert convert;
	struct ts_picture_pool pictures;
	struct ts_refusal refusal;
	enum ts_media_effort effort;
	bool broken_off; /* packets were left out: the next one is to be a keyframe */
	bool alone;      /* the last one was sent as if nothing followed */
	int skipped;     /* in a row */

	SwrContext *swr;
	AVChannelLayout layout; /* what swr was made for, as are: */
	int rate, format;
	int16_t *pcm;       /* [TS_MEDIA_SAMPLES_MAX] */
	int64_t pcm_end_ns; /* of what was given last; TS_MEDIA_NO_TIME */
};

/* The decoders that may run, by the names of libavcodec: the first that is there. */
static const struct {
	enum AVCodecID id;
	const char *name[3];
} decoders[] = {
	{AV_CODEC_ID_H264, {"h264"}},
	{AV_CODEC_ID_HEVC, {"hevc"}},
	{AV_CODEC_ID_VP8, {"vp8"}},
	{AV_CODEC_ID_VP9, {"vp9"}},
	{AV_CODEC_ID_AV1, {"libdav1d", "libaom-av1"}},
	{AV_CODEC_ID_MPEG1VIDEO, {"mpeg1video"}},
	{AV_CODEC_ID_MPEG2VIDEO, {"mpeg2video"}},
	{AV_CODEC_ID_MPEG4, {"mpeg4"}},
	{AV_CODEC_ID_MJPEG, {"mjpeg"}},
	{AV_CODEC_ID_THEORA, {"theora"}},
	{AV_CODEC_ID_AAC, {"aac"}},
	{AV_CODEC_ID_AAC_LATM, {"aac_latm"}},
	{AV_CODEC_ID_MP2, {"mp2float", "mp2"}},
	{AV_CODEC_ID_MP3, {"mp3float", "mp3"}},
	{AV_CODEC_ID_AC3, {"ac3"}},
	{AV_CODEC_ID_EAC3, {"eac3"}},
	{AV_CODEC_ID_OPUS, {"libopus", "opus"}},
	{AV_CODEC_ID_VORBIS, {"vorbis"}},
	{AV_CODEC_ID_FLAC, {"flac"}},
	{AV_CODEC_ID_PCM_S16LE, {"pcm_s16le"}},
	{AV_CODEC_ID_PCM_S16BE, {"pcm_s16be"}},
	{AV_CODEC_ID_PCM_S24LE, {"pcm_s24le"}},
	{AV_CODEC_ID_PCM_S24BE, {"pcm_s24be"}},
	{AV_CODEC_ID_PCM_S32LE, {"pcm_s32le"}},
	{AV_CODEC_ID_PCM_F32LE, {"pcm_f32le"}},
	{AV_CODEC_ID_PCM_U8, {"pcm_u8"}},
	{AV_CODEC_ID_PCM_MULAW, {"pcm_mulaw"}},
	{AV_CODEC_ID_PCM_ALAW, {"pcm_alaw"}},
};

static const AVCodec *decoder_of(enum AVCodecID id)
{
	for (size_t i = 0; i < sizeof decoders / sizeof *decoders; i++) {
		if (decoders[i].id != id) continue;
		for (size_t k = 0; k < 3 && decoders[i].name[k]; k++) {
			const AVCodec *codec = avcodec_find_decoder_by_name(decoders[i].name[k]);
			if (codec) return codec;
		}
	}
	return NULL;
}

/* ---- pictures */

static void refuse_as(struct ts_media_decoder *d, enum ts_refusal_kind kind, int w, int h)
{
	d->refusal = (struct ts_refusal){
		.kind = (uint16_t)kind, .width = (uint16_t)w, .height = (uint16_t)h};
}

/* What the pool lays out is counted there; other formats are libavcodec's, bounded by max_pixels
 * and by how many a codec may refer to. */
static int get_buffer(AVCodecContext *ctx, AVFrame *frame, int flags)
{
	struct ts_media_decoder *d = ctx->opaque;
	if (ctx->codec_type != AVMEDIA_TYPE_VIDEO)
		return avcodec_default_get_buffer2(ctx, frame, flags);
	if (!ts_picture_is_allowed(ctx->width, ctx->height)) {
		refuse_as(d, TS_REFUSED_SIZE, ctx->width, ctx->height);
		return AVERROR(EINVAL);
	}
	return avcodec_default_get_buffer2(ctx, frame, flags);
}

/* Never a hardware format: they come first in the list, and nothing here reads them. */
static enum AVPixelFormat get_format(AVCodecContext *ctx, const enum AVPixelFormat *formats)
{
	(void)ctx;
	for (; *formats != AV_PIX_FMT_NONE; formats++) {
		const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(*formats);
		if (desc && !(desc->flags & AV_PIX_FMT_FLAG_HWACCEL)) return *formats;
	}
	return AV_PIX_FMT_NONE;
}

static bool is_interlaced(const AVFrame *f, bool *top)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
	*top = f->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST;
	return f->flags & AV_FRAME_FLAG_INTERLACED;
#else
	*top = f->top_field_first;
	return f->interlaced_frame;
#endif
}

/* A picture of our own, that may be written to. */
static int own(struct ts_media_decoder *d, AVFrame **frame)
{
	if (av_frame_is_writable(*frame)) return 0;
	AVFrame *copy = av_frame_alloc();
	if (!copy) return TS_ENOMEM;
	copy->format = (*frame)->format;
	copy->width = (*frame)->width;
	copy->height = (*frame)->height;
	if (av_frame_copy_props(copy, *frame) < 0 || ts_picture_pool_get(&d->pictures, copy) ||
		av_frame_copy(copy, *frame) < 0) {
		av_frame_free(&copy);
		return TS_ENOMEM;
	}
	av_frame_free(frame);
	*frame = copy;
	return 0;
}

static int deinterlace(struct ts_media_decoder *d, AVFrame **frame, bool top)
{
	const int err = own(d, frame);
	if (err) return err;
	AVFrame *f = *frame;
	for (int p = 0; p < 3; p++)
		ts_deinterlace(f->data[p], f->linesize[p], p ? (f->width + 1) / 2 : f->width,
			p ? (f->height + 1) / 2 : f->height, top);
	return 0;
}

/* *frame: [take] on error too. */
static int to_picture(struct ts_media_decoder *d, AVFrame **frame)
{
	bool top;
	if (!ts_picture_is_allowed((*frame)->width, (*frame)->height)) {
		refuse_as(d, TS_REFUSED_SIZE, (*frame)->width, (*frame)->height);
		return TS_ELIMIT;
	}
	const bool interlaced = is_interlaced(*frame, &top);
	d->pictures.max = POOL_PICTURES;
	/* margins that a decoder cuts off are no place to begin in a row of chroma */
	int err = (*frame)->crop_left | (*frame)->crop_top ? av_frame_apply_cropping(*frame, 0) : 0;
	if (err >= 0) err = ts_convert(&d->convert, &d->pictures, frame);
	if (!err && interlaced) err = deinterlace(d, frame, top);
	if (err == TS_ENOMEM) refuse_as(d, TS_REFUSED_MEMORY, d->ctx->width, d->ctx->height);
	if (err == TS_EUNSUPPORTED) refuse_as(d, TS_REFUSED_FORMAT, d->ctx->width, d->ctx->height);
	return err;
}

static int receive(struct ts_media_decoder *d)
{
	const int err = avcodec_receive_frame(d->ctx, d->frame);
	if (err == AVERROR_EOF && d->alone) {
		ts_media_decoder_reset(d);
		return TS_EAGAIN;
	}
	if (err == AVERROR_EOF) return TS_ECLOSED;
	return err < 0 ? ts_libav_error(err) : 0;
}

static int64_t time_of(const AVFrame *f)
{
	return f->best_effort_timestamp == AV_NOPTS_VALUE ? TS_MEDIA_NO_TIME
							  : f->best_effort_timestamp;
}

int ts_media_decoder_picture(struct ts_media_decoder *d, AVFrame **out, int64_t *time_ns)
{
	*out = NULL;
	d->refusal = (struct ts_refusal){0};
	int err = receive(d);
	if (err) return d->refusal.kind == TS_REFUSED_SIZE ? TS_ELIMIT : err;
	AVFrame *picture = av_frame_alloc();
	if (!picture) return TS_ENOMEM;
	av_frame_move_ref(picture, d->frame);
	*time_ns = time_of(picture);
	err = to_picture(d, &picture);
	if (err) {
		av_frame_free(&picture);
		return err < 0 && err >= TS_EAUTH ? err : TS_EBADMSG;
	}
	*out = picture;
	return 0;
}

/* ---- sound */

static int make_swr(struct ts_media_decoder *d, const AVFrame *f)
{
	AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO, from = {0};
	swr_free(&d->swr);
	if (f->ch_layout.nb_channels < 1 || f->ch_layout.nb_channels > CHANNELS_MAX ||
		f->sample_rate < RATE_MIN || f->sample_rate > RATE_MAX)
		return TS_EUNSUPPORTED;
	/* where the stream does not say which channel is where */
	if (f->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
		av_channel_layout_default(&from, f->ch_layout.nb_channels);
	else if (av_channel_layout_copy(&from, &f->ch_layout) < 0)
		return TS_ENOMEM;
	int err = swr_alloc_set_opts2(&d->swr, &mono, AV_SAMPLE_FMT_S16, TS_AUDIO_RATE_HZ, &from,
		(enum AVSampleFormat)f->format, f->sample_rate, 0, NULL);
	if (err >= 0) err = swr_init(d->swr);
	av_channel_layout_uninit(&from);
	av_channel_layout_uninit(&d->layout);
	if (err < 0 || av_channel_layout_copy(&d->layout, &f->ch_layout) < 0) {
		swr_free(&d->swr);
		return TS_EUNSUPPORTED;
	}
	d->rate = f->sample_rate;
	d->format = f->format;
	return 0;
}

static int given(struct ts_media_decoder *d, int n, int64_t time_ns)
{
	d->pcm_end_ns = n < 0 || time_ns == TS_MEDIA_NO_TIME
		? TS_MEDIA_NO_TIME
		: time_ns + n * TS_NS_PER_S / TS_AUDIO_RATE_HZ;
	return n < 0 ? TS_EBADMSG : n;
}

/* What did not fit into the last piece; 0: nothing. One frame of FLAC may have 16 s. */
static int take_held(struct ts_media_decoder *d, int64_t *time_ns)
{
	const uint8_t *none[CHANNELS_MAX];
	uint8_t *out = (uint8_t *)d->pcm;
	if (!d->swr || swr_get_delay(d->swr, TS_AUDIO_RATE_HZ) <= HELD_MAX) return 0;
	/* without pointers it would be the end of the stream */
	for (int i = 0; i < CHANNELS_MAX; i++) none[i] = out;
	*time_ns = d->pcm_end_ns;
	return given(d, swr_convert(d->swr, &out, TS_MEDIA_SAMPLES_MAX, none, 0), *time_ns);
}

static int resample(struct ts_media_decoder *d, const AVFrame *f, int64_t *time_ns)
{
	if (!d->swr || d->rate != f->sample_rate || d->format != f->format ||
		av_channel_layout_compare(&d->layout, &f->ch_layout) != 0) {
		const int err = make_swr(d, f);
		if (err) return err;
	}
	/* what swresample still holds is older than this frame */
	const int64_t delay_ns = swr_get_delay(d->swr, TS_NS_PER_S);
	uint8_t *out = (uint8_t *)d->pcm;
	*time_ns = time_of(f);
	if (*time_ns != TS_MEDIA_NO_TIME) *time_ns -= delay_ns;
	const int n = swr_convert(d->swr, &out, TS_MEDIA_SAMPLES_MAX,
		(const uint8_t **)(void *)f->extended_data, f->nb_samples);
	return given(d, n, *time_ns);
}

int ts_media_decoder_sound(struct ts_media_decoder *d, const int16_t **pcm, int64_t *time_ns)
{
	int n = take_held(d, time_ns);
	if (n) {
		*pcm = d->pcm;
		return n;
	}
	n = receive(d);
	if (n) return n;
	n = resample(d, d->frame, time_ns);
	av_frame_unref(d->frame);
	*pcm = d->pcm;
	return n == TS_EUNSUPPORTED ? TS_EBADMSG : n;
}

/* ---- life */

int ts_media_decoder_send(struct ts_media_decoder *d, const AVPacket *packet)
{
	const int err = avcodec_send_packet(d->ctx, packet);
	d->alone = packet && err >= 0 && d->effort == TS_MEDIA_KEYFRAMES;
	/* it comes out without those that are shown before it */
	if (d->alone) avcodec_send_packet(d->ctx, NULL);
	d->broken_off |= d->alone;
	if (err >= 0) return 0;
	if (err != AVERROR(EAGAIN)) ts_count(TS_C_DECODE_ERRORS);
	return err == AVERROR_EOF ? TS_ECLOSED : ts_libav_error(err);
}

void ts_media_decoder_reset(struct ts_media_decoder *d)
{
	avcodec_flush_buffers(d->ctx);
	d->alone = false;
}

void ts_media_decoder_set_effort(struct ts_media_decoder *d, enum ts_media_effort effort)
{
	d->effort = effort;
	d->ctx->skip_frame = effort == TS_MEDIA_REFERENCES ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
}

bool ts_media_decoder_skips(struct ts_media_decoder *d, const AVPacket *packet)
{
	const bool keyframe = packet->flags & AV_PKT_FLAG_KEY;
	const bool wanted = d->effort != TS_MEDIA_KEYFRAMES && !d->broken_off;
	if (keyframe || wanted || d->skipped >= SKIPPED_MAX) {
		d->broken_off = d->broken_off && !keyframe && d->skipped < SKIPPED_MAX;
		d->skipped = 0;
		return false;
	}
	d->broken_off = true;
	d->skipped++;
	return true;
}

const struct ts_refusal *ts_media_decoder_refusal(const struct ts_media_decoder *d)
{
	return &d->refusal;
}

int64_t ts_media_pixels_max(void)
{
	return 2 * ts_video_limits.picture_px + TS_PICTURE_SIDE_MAX * 64;
}

static int open_context(struct ts_media_decoder *d, const AVCodecParameters *p)
{
	const AVCodec *codec = decoder_of(p->codec_id);
	if (!codec) return TS_EUNSUPPORTED;
	d->ctx = avcodec_alloc_context3(codec);
	if (!d->ctx) return TS_ENOMEM;
	if (avcodec_parameters_to_context(d->ctx, p) < 0) return TS_EBADMSG;
	d->ctx->opaque = d;
	d->ctx->get_buffer2 = get_buffer;
	d->ctx->get_format = get_format;
	d->ctx->thread_count = 1;
	d->ctx->pkt_timebase = (AVRational){1, 1000000000};
	d->ctx->max_pixels = ts_media_pixels_max();
	d->ctx->max_samples = TS_MEDIA_SAMPLES_MAX;
	return avcodec_open2(d->ctx, codec, NULL) < 0 ? TS_EUNSUPPORTED : 0;
}

int ts_media_decoder_open(struct ts_media_decoder **out, const AVCodecParameters *p)
{
	*out = NULL;
	ts_libav_init();
	if (p->codec_type == AVMEDIA_TYPE_VIDEO && p->width > 0 &&
		!ts_picture_is_allowed(p->width, p->height))
		return TS_EUNSUPPORTED;
	struct ts_media_decoder *d = calloc(1, sizeof *d);
	if (!d) return TS_ENOMEM;
	ts_convert_init(&d->convert);
	d->frame = av_frame_alloc();
	if (p->codec_type == AVMEDIA_TYPE_AUDIO)
		d->pcm = malloc(TS_MEDIA_SAMPLES_MAX * sizeof *d->pcm);
	int err = !d->frame || (p->codec_type == AVMEDIA_TYPE_AUDIO && !d->pcm) ? TS_ENOMEM : 0;
	if (!err) err = open_context(d, p);
	if (err) ts_media_decoder_close(&d);
	*out = d;
	return err;
}

void ts_media_decoder_close(struct ts_media_decoder **decoder)
{
	struct ts_media_decoder *d = *decoder;
	*decoder = NULL;
	if (!d) return;
	avcodec_free_context(&d->ctx);
	av_frame_free(&d->frame);
	swr_free(&d->swr);
	av_channel_layout_uninit(&d->layout);
	ts_convert_fini(&d->convert);
	ts_picture_pool_fini(&d->pictures);
	free(d->pcm);
	free(d);
}

int64_t ts_parser_pixels(const struct AVCodecParserContext *parser)
{
	return parser ? (int64_t)parser->width * parser->height : 0;
}
