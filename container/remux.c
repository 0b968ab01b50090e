#include "container/remux.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/ref.h"
#include "container/bytes.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLUSTER_MS "1000"
enum { COMPLIANCE_NORMAL = 0 }; /* FF_COMPLIANCE_NORMAL, of a header of codec/ */
/* Where nothing says when a packet is to be decoded: so long before it is shown. */
#define REORDER_NS (TS_NS_PER_S / 2)

struct ts_coded_format {
	struct ts_ref refs;
	AVCodecParameters *parameters;
};

struct ts_remux {
	AVFormatContext *ctx;
	struct ts_bytes bytes;
	AVPacket *packet;             /* ours, that refers to the caller's for a call */
	int64_t last_dts;             /* in the stream's units */
	int64_t packets, whole_bytes; /* whole: as of the last write that went well */
	int err;
};

/* ---- formats */

struct ts_coded_format *ts_coded_format_create(const AVCodecParameters *parameters)
{
	struct ts_coded_format *f = calloc(1, sizeof *f);
	if (!f) return NULL;
	ts_ref_init(&f->refs, 1);
	f->parameters = avcodec_parameters_alloc();
	if (!f->parameters || avcodec_parameters_copy(f->parameters, parameters) < 0)
		ts_coded_format_unref(&f);
	return f;
}

struct ts_coded_format *ts_coded_format_ref(struct ts_coded_format *f)
{
	ts_ref_get(&f->refs);
	return f;
}

void ts_coded_format_unref(struct ts_coded_format **format)
{
	struct ts_coded_format *f = *format;
	*format = NULL;
	if (!f || !ts_ref_put(&f->refs)) return;
	avcodec_parameters_free(&f->parameters);
	free(f);
}

static int channels_of(const AVCodecParameters *p)
{
	return p->ch_layout.nb_channels;
}

bool ts_coded_format_same(const struct ts_coded_format *a, const struct ts_coded_format *b)
{
	const AVCodecParameters *p = a->parameters, *q = b->parameters;
	return a == b ||
		(p->codec_id == q->codec_id && p->width == q->width && p->height == q->height &&
			p->sample_rate == q->sample_rate && channels_of(p) == channels_of(q) &&
			p->extradata_size == q->extradata_size &&
			(!p->extradata_size ||
				!memcmp(p->extradata, q->extradata, (size_t)p->extradata_size)));
}

bool ts_coded_format_fits(const struct ts_coded_format *f)
{
	const AVOutputFormat *matroska = av_guess_format("matroska", NULL, NULL);
	const enum AVCodecID id = f->parameters->codec_id;
	/* by a name of its own, or as AVI and WAV name it */
	return matroska &&
		(avformat_query_codec(matroska, id, COMPLIANCE_NORMAL) == 1 ||
			av_codec_get_tag(matroska->codec_tag, id));
}

const char *ts_coded_format_name(const struct ts_coded_format *f)
{
	return avcodec_get_name(f->parameters->codec_id);
}

void ts_coded_format_size(const struct ts_coded_format *f, int *width, int *height)
{
	*width = f->parameters->width;
	*height = f->parameters->height;
}

/* ---- the file */

static int add_track(struct ts_remux *r, const struct ts_coded_format *format)
{
	AVStream *s = avformat_new_stream(r->ctx, NULL);
	if (!s || avcodec_parameters_copy(s->codecpar, format->parameters) < 0) return TS_ENOMEM;
	s->codecpar->codec_tag = 0; /* of the other container */
	/* times are of what is heard first, and so is the file's */
	s->codecpar->initial_padding = 0;
	s->time_base = (AVRational){1, 1000};
	return 0;
}

static int write_header(struct ts_remux *r, int64_t created_unix_ms)
{
	AVDictionary *options = NULL;
	char created[32];
	struct tm tm;
	const time_t seconds = (time_t)(created_unix_ms / 1000);
	if (!gmtime_r(&seconds, &tm) || !strftime(created, sizeof created, "%FT%TZ", &tm))
		return TS_EINVAL;
	av_dict_set(&r->ctx->metadata, "creation_time", created, 0);
	av_dict_set(&options, "cluster_time_limit", CLUSTER_MS, 0);
	const int err = avformat_write_header(r->ctx, &options);
	av_dict_free(&options);
	if (err < 0) return r->bytes.error ? TS_EIO : ts_container_error(err);
	avio_flush(r->ctx->pb);
	r->whole_bytes = r->bytes.size;
	return r->bytes.error ? TS_EIO : 0;
}

static int open_file(
	struct ts_remux *r, int fd, const struct ts_coded_format *format, int64_t created_unix_ms)
{
	const int err = avformat_alloc_output_context2(&r->ctx, NULL, "matroska", NULL);
	if (err < 0) return ts_container_error(err);
	r->packet = av_packet_alloc();
	r->ctx->pb = ts_bytes_open(&r->bytes, fd, TS_IO_WRITE);
	if (!r->ctx->pb || !r->packet) return TS_ENOMEM;
	r->ctx->flush_packets = 1;
	r->ctx->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED; /* dts alone may be below 0 */
	const int added = add_track(r, format);
	return added ? added : write_header(r, created_unix_ms);
}

static void destroy(struct ts_remux **remux)
{
	struct ts_remux *r = *remux;
	*remux = NULL;
	if (r->ctx) ts_bytes_close(&r->ctx->pb);
	avformat_free_context(r->ctx);
	av_packet_free(&r->packet);
	free(r);
}

int ts_remux_open(struct ts_remux **out, int fd, const struct ts_coded_format *format,
	int64_t created_unix_ms)
{
	*out = NULL;
	if (!ts_coded_format_fits(format)) return TS_EINVAL;
	struct ts_remux *r = calloc(1, sizeof *r);
	if (!r) return TS_ENOMEM;
	r->last_dts = INT64_MIN;
	const int err = open_file(r, fd, format, created_unix_ms);
	if (err)
		destroy(&r);
	else
		*out = r;
	return err;
}

static int give_up(struct ts_remux *r, int err)
{
	r->err = err;
	if (ftruncate(r->bytes.fd, r->whole_bytes)) r->err = TS_EIO;
	r->bytes.size = r->whole_bytes;
	return r->err;
}

/* Matroska stores no dts, but libavformat wants them in order, and none behind its pts. */
static int64_t dts_of(const struct ts_remux *r, const AVPacket *packet, int64_t pts)
{
	static const AVRational ns = {1, TS_NS_PER_S};
	const int64_t dts_ns = packet->dts != AV_NOPTS_VALUE ? packet->dts
							     : packet->pts - REORDER_NS;
	int64_t dts = av_rescale_q(dts_ns, ns, r->ctx->streams[0]->time_base);
	if (dts > pts) dts = pts;
	return dts < r->last_dts ? r->last_dts : dts;
}

int ts_remux_write(struct ts_remux *r, const AVPacket *packet)
{
	static const AVRational ns = {1, TS_NS_PER_S};
	if (r->err) return r->err;
	const AVStream *s = r->ctx->streams[0];
	const int64_t pts = av_rescale_q(packet->pts, ns, s->time_base);
	const int64_t dts = dts_of(r, packet, pts);
	if (packet->pts < 0 || dts > pts) return TS_EBADMSG;
	if (av_packet_ref(r->packet, packet) < 0) return give_up(r, TS_ENOMEM);
	r->packet->pts = pts;
	r->packet->dts = r->last_dts = dts;
	r->packet->duration = av_rescale_q(packet->duration, ns, s->time_base);
	r->packet->stream_index = 0;
	const int err = av_write_frame(r->ctx, r->packet);
	av_packet_unref(r->packet);
	if (r->bytes.error || err == AVERROR(ENOMEM))
		return give_up(r, r->bytes.error ? TS_EIO : TS_ENOMEM);
	if (err < 0) return TS_EBADMSG; /* damaged: Matroska's way cannot be made of it */
	r->packets++;
	r->whole_bytes = r->bytes.size;
	return 0;
}

int64_t ts_remux_bytes(const struct ts_remux *r)
{
	return r->bytes.size;
}

int64_t ts_remux_packets(const struct ts_remux *r)
{
	return r->packets;
}

int ts_remux_close(struct ts_remux **remux)
{
	struct ts_remux *r = *remux;
	if (!r) return 0;
	int err = r->err;
	/* after an error too: it frees what libavformat keeps; nothing reaches the file */
	if (err) r->bytes.fd = -1;
	const int trailer = av_write_trailer(r->ctx);
	if (!err && (trailer < 0 || r->bytes.error)) err = give_up(r, TS_EIO);
	destroy(remux);
	return err;
}
