#include "base/counter.h"
#include "base/error.h"
#include "codec/convert.h"
#include "codec/decoder_kind.h"
#include "codec/libav.h"
#include "codec/picture_pool.h"
#include "codec/registry.h"
#include "codec/video.h"
#include <assert.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	/* Pictures beside a stream's references: being decoded, reordered or converted, waiting to
	 * be drawn, drawn. */
	PICTURES_IN_FLIGHT = 15,
	/* Units for which a stream that was begun without a keyframe may show nothing: longer than
	 * any intra refresh takes. */
	RECOVERY_UNITS = 300,
};

struct ts_video_decoder {
	enum ts_codec codec;
	const struct ts_decoder_kind *kind;
	AVCodecContext *ctx;
	AVFrame *next; /* waiting for libavcodec to fill it */
	struct ts_convert convert;
	struct ts_picture_pool pictures;
	struct ts_gate gate; /* of the last unit; its refusal may be libavcodec's */
	/* begun without a keyframe proper (H.264's recovery points): units left, for errors are to
	 * be expected */
	int recovering;
	int64_t own_bytes;   /* of pictures that the library allocates itself, counted */
	max_align_t state[]; /* of the gate */
};

bool ts_picture_is_allowed(int w, int h)
{
	int longer = w > h ? w : h, shorter = w > h ? h : w;
	return longer <= TS_PICTURE_SIDE_MAX && shorter >= TS_PICTURE_MIN &&
		(int64_t)w * h <= ts_video_limits.picture_px;
}

/* H.263's sizes end where no camera sends any more. */
static bool is_size_taken(const struct ts_video_decoder *d, int w, int h)
{
	const struct ts_decoder_kind *k = d->kind;
	if (k->max_width && (w > k->max_width || h > k->max_height)) return false;
	return ts_picture_is_allowed(w, h);
}

int ts_gate_refuse(
	struct ts_gate *gate, enum ts_refusal_kind kind, int width, int height, unsigned detail)
{
	gate->refusal = (struct ts_refusal){.kind = (uint16_t)kind,
		.width = (uint16_t)width,
		.height = (uint16_t)height,
		.detail = (uint16_t)detail};
	return kind == TS_REFUSED_SIZE ? TS_ELIMIT : TS_EUNSUPPORTED;
}

static void refuse_as(struct ts_video_decoder *d, enum ts_refusal_kind kind, int w, int h)
{
	ts_gate_refuse(&d->gate, kind, w, h, 0);
}

/* libavcodec asks this whenever the stream's size is known and nothing was allocated for it yet. */
static enum AVPixelFormat get_format(AVCodecContext *ctx, const enum AVPixelFormat *formats)
{
	struct ts_video_decoder *d = ctx->opaque;
	/* H.263's decoder asks again when it knows the size */
	const bool sized = !d->kind->unsized || ctx->coded_width || ctx->coded_height;
	if (sized &&
		(!ts_picture_is_allowed(ctx->coded_width, ctx->coded_height) ||
			!is_size_taken(d, ctx->width, ctx->height))) {
		refuse_as(d, TS_REFUSED_SIZE, ctx->width, ctx->height);
		return AV_PIX_FMT_NONE;
	}
	for (; *formats != AV_PIX_FMT_NONE; formats++)
		if (*formats == AV_PIX_FMT_YUV420P || *formats == AV_PIX_FMT_YUVJ420P ||
			(d->kind->deep && *formats == AV_PIX_FMT_YUV420P10))
			return *formats;
	refuse_as(d, TS_REFUSED_FORMAT, ctx->width, ctx->height);
	return AV_PIX_FMT_NONE;
}

static int get_buffer(AVCodecContext *ctx, AVFrame *frame, int flags)
{
	struct ts_video_decoder *d = ctx->opaque;
	(void)flags;
	return ts_picture_pool_get_buffer2(&d->pictures, ctx, frame);
}

static int gate(struct ts_video_decoder *d, const AVPacket *unit)
{
	const struct ts_decoder_kind *k = d->kind;
	d->gate = (struct ts_gate){0};
	return k->gate ? k->gate(d->state, unit, &d->gate) : 0;
}

/* Pictures that the library allocates itself count like ours. */
static int count_own(struct ts_video_decoder *d, int64_t bytes)
{
	const int64_t more = bytes - d->own_bytes;
	if (more > 0 && ts_count_get(TS_C_PICTURE_MEMORY) + more > ts_video_limits.memory_bytes) {
		refuse_as(d, TS_REFUSED_MEMORY, d->ctx->width, d->ctx->height);
		return TS_ENOMEM;
	}
	ts_count_add(TS_C_PICTURE_MEMORY, more);
	d->own_bytes = bytes;
	return 0;
}

static AVCodecContext *open_context(struct ts_video_decoder *d)
{
	const AVCodec *codec = avcodec_find_decoder_by_name(d->kind->library);
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!ctx) return NULL;
	ctx->opaque = d;
	ctx->get_format = get_format;
	ctx->get_buffer2 = get_buffer;
	ctx->thread_count = 1;
	ctx->flags |= AV_CODEC_FLAG_LOW_DELAY;
	ctx->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER |
		(d->kind->strict ? AV_EF_EXPLODE : 0);
	/* a second fence behind ts_picture_is_allowed, where libavcodec adds its margins */
	ctx->max_pixels = d->gate.max_px
		? d->gate.max_px
		: 2 * ts_video_limits.picture_px + TS_PICTURE_SIDE_MAX * 64;
	if (avcodec_open2(ctx, codec, NULL) < 0) avcodec_free_context(&ctx);
	return ctx;
}

/* The library knows nothing of what was before. */
static int reopen_context(struct ts_video_decoder *d)
{
	AVCodecContext *fresh = open_context(d);
	if (!fresh) return TS_ENOMEM;
	avcodec_free_context(&d->ctx);
	d->ctx = fresh;
	return 0;
}

/* Some libraries hear of the largest area only when they are opened. */
static int limit_area(struct ts_video_decoder *d)
{
	const bool same = !d->gate.max_px || d->gate.max_px == d->ctx->max_pixels;
	return same ? 0 : reopen_context(d);
}

unsigned ts_video_decoders_missing(void)
{
	const struct ts_codec_info *info;
	unsigned missing = 0;
	for (size_t i = 0; (info = ts_codec_row(i)); i++)
		if (info->decoder && !avcodec_find_decoder_by_name(info->decoder->library))
			missing |= 1u << info->codec;
	return missing;
}

int ts_video_decoder_open(struct ts_video_decoder **out, enum ts_codec codec)
{
	const struct ts_codec_info *info = ts_codec_info(codec);
	if (!info || !info->can_receive || ts_codec_media(codec) != TS_VIDEO)
		return TS_EUNSUPPORTED;
	ts_libav_init();
	struct ts_video_decoder *d = calloc(1, sizeof *d + info->decoder->state_bytes);
	if (!d) return TS_ENOMEM;
	d->codec = codec;
	d->kind = info->decoder;
	d->pictures.layered = d->kind->layered;
	ts_convert_init(&d->convert);
	ts_count(info->decoders);
	if (!(d->ctx = open_context(d))) ts_video_decoder_close(&d);
	*out = d;
	return d ? 0 : TS_ENOMEM;
}

void ts_video_decoder_close(struct ts_video_decoder **pd)
{
	struct ts_video_decoder *d = *pd;
	if (!d) return;
	*pd = NULL;
	avcodec_free_context(&d->ctx);
	av_frame_free(&d->next);
	ts_picture_pool_fini(&d->pictures);
	ts_convert_fini(&d->convert);
	ts_count_add(TS_C_PICTURE_MEMORY, -d->own_bytes);
	ts_count_add(ts_codec_info(d->codec)->decoders, -1);
	free(d);
}

/* The decoder starts afresh at the next keyframe. */
static int refuse(struct ts_video_decoder *d, int err)
{
	if (!d->kind->tainted || reopen_context(d)) avcodec_flush_buffers(d->ctx);
	d->recovering = 0;
	ts_count(TS_C_DECODE_ERRORS);
	return err;
}

/* Takes what comes out of the decoder; *newest is the last of it. */
static int receive(struct ts_video_decoder *d, AVFrame **newest)
{
	for (;;) {
		if (!d->next && !(d->next = av_frame_alloc())) return TS_ENOMEM;
		int err = avcodec_receive_frame(d->ctx, d->next);
		if (err == AVERROR(EAGAIN)) return 0;
		if (err < 0) return ts_libav_error(err);
		if (d->next->decode_error_flags || d->next->flags & AV_FRAME_FLAG_CORRUPT)
			return TS_EBADMSG;
		av_frame_free(newest);
		*newest = d->next;
		d->next = NULL;
	}
}

/* What libavcodec said, and why it did if we know better. */
static int explain(struct ts_video_decoder *d, int err)
{
	if (d->pictures.full) refuse_as(d, TS_REFUSED_MEMORY, d->ctx->width, d->ctx->height);
	switch (d->gate.refusal.kind) {
	case TS_REFUSED_SIZE: return TS_ELIMIT;
	case TS_REFUSED_FORMAT: return TS_EUNSUPPORTED;
	case TS_REFUSED_MEMORY: return TS_ENOMEM;
	default: return err;
	}
}

/* Begun in the middle: references are missing until the sender's intra refresh has gone over the
 * picture once, and libavcodec shows nothing before it. */
static bool is_to_be_expected(struct ts_video_decoder *d, int err)
{
	if (!d->recovering || err != TS_EBADMSG) return false;
	d->recovering--;
	return true;
}

int ts_video_decode(struct ts_video_decoder *d, const AVPacket *unit, AVFrame **out)
{
	AVFrame *newest = NULL;
	*out = NULL;
	int err = gate(d, unit);
	if (!err) err = count_own(d, d->gate.own_bytes);
	if (!err) err = limit_area(d);
	if (err) return refuse(d, err);
	d->pictures.max = (int)d->gate.refs + PICTURES_IN_FLIGHT;
	if (unit->flags & AV_PKT_FLAG_KEY) d->recovering = d->gate.no_key ? RECOVERY_UNITS : 0;
	d->pictures.full = false;
	err = avcodec_send_packet(d->ctx, unit);
	err = err < 0 ? ts_libav_error(err) : receive(d, &newest);
	if (!err && newest && !is_size_taken(d, newest->width, newest->height))
		refuse_as(d, TS_REFUSED_SIZE, newest->width, newest->height);
	else if (!err && newest)
		err = ts_convert(&d->convert, &d->pictures, &newest);
	err = explain(d, err);
	if (err) {
		av_frame_free(&newest);
		if (d->next) av_frame_unref(d->next);
		return is_to_be_expected(d, err) ? TS_EAGAIN : refuse(d, err);
	}
	if (newest) d->recovering = 0;
	*out = newest;
	return newest ? 0 : TS_EAGAIN;
}

const struct ts_refusal *ts_video_decoder_refusal(const struct ts_video_decoder *d)
{
	return &d->gate.refusal;
}

bool ts_video_decoder_would_take(struct ts_video_decoder *d, const AVPacket *unit)
{
	const struct ts_gate was = d->gate;
	const bool takes = !gate(d, unit) && d->gate.renewed;
	d->gate = was;
	return takes;
}

void ts_refusal_print(char out[TS_REFUSAL_TEXT], const struct ts_refusal *r)
{
	out[0] = '\0';
	switch (r->kind) {
	case TS_REFUSED_SIZE:
		if (r->width < TS_PICTURE_MIN || r->height < TS_PICTURE_MIN)
			snprintf(out, TS_REFUSAL_TEXT, "picture too small: %ux%u", r->width,
				r->height);
		else
			snprintf(out, TS_REFUSAL_TEXT,
				"picture too large: %ux%u, at most %lld pixels, %d a side",
				r->width, r->height, (long long)ts_video_limits.picture_px,
				TS_PICTURE_SIDE_MAX);
		break;
	case TS_REFUSED_FORMAT:
		snprintf(out, TS_REFUSAL_TEXT,
			"not 4:2:0 of a negotiated profile and depth (profile %u)", r->detail);
		break;
	case TS_REFUSED_REFERENCES:
		snprintf(out, TS_REFUSAL_TEXT, "too many reference pictures: %u of %ux%u",
			r->detail, r->width, r->height);
		break;
	case TS_REFUSED_MEMORY:
		snprintf(out, TS_REFUSAL_TEXT, "no memory for pictures of %ux%u", r->width,
			r->height);
		break;
	case TS_REFUSED_DEMANDING:
		snprintf(out, TS_REFUSAL_TEXT, "camera too demanding: %ux%u, %u pictures a second",
			r->width, r->height, r->detail);
		break;
	case TS_REFUSED_OVERLOAD:
		snprintf(out, TS_REFUSAL_TEXT, "server overloaded: no new cameras now");
		break;
	default: break;
	}
}
