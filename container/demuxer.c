#include "container/demuxer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/pipe.h"
#include "container/bytes.h"
#include "container/choice.h"
#include "container/guarded.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRACKS_MAX =
		8, /* a film with languages, a phone's with its metadata; MOV has 256 MB for each */
	PROBE_BYTES = 2 << 20,
	BAD_IN_A_ROW = 64,
	PIPE_BUFFER_BYTES = 32 * 1024
};
#define PIPE_WAIT_NS (100 * TS_NS_PER_MS) /* then stop and the deadline are looked at */
#define ANALYZE_US "3000000"
#define START_US_MAX (INT64_MAX / 4000) /* fits into ns, with room to add */

struct ts_demuxer {
	struct ts_demuxer_config config;
	struct ts_guarded asked;
	struct ts_bytes bytes;
	AVIOContext *pb; /* of a descriptor or a pipe */
	struct ts_demuxed info;
	int stream[2]; /* by enum ts_media; -1: none */
	int64_t start_us;
};

/* ---- opening */

static void set_limits(AVDictionary **options, const char *formats)
{
	char text[16];
	snprintf(text, sizeof text, "%d", PROBE_BYTES);
	av_dict_set(options, "probesize", text, 0);
	av_dict_set(options, "analyzeduration", ANALYZE_US, 0);
	snprintf(text, sizeof text, "%d", TRACKS_MAX);
	av_dict_set(options, "max_streams", text, 0);
	av_dict_set(options, "format_whitelist", formats, 0);
	/* decoders that look at the first packets: those of codec/media_decoder.c */
	av_dict_set(options, "codec_whitelist",
		"h264,hevc,vp8,vp9,libdav1d,av1,mpeg1video,mpeg2video,mpeg4,mjpeg,theora,"
		"aac,aac_latm,mp2,mp2float,mp3,mp3float,ac3,eac3,opus,libopus,vorbis,flac,"
		"pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8,pcm_mulaw,"
		"pcm_alaw",
		0);
}

static int open_url(struct ts_demuxer *d)
{
	struct ts_demuxer_way way;
	AVDictionary *options = NULL;
	const AVInputFormat *format = NULL;
	const char *url = d->config.url;
	d->asked.refused = d->config.guard(d->config.guard_arg, url, &way);
	const struct ts_scheme *s = d->asked.refused ? NULL : ts_scheme_of(way.scheme);
	if (!s) return AVERROR(EACCES);
	set_limits(&options, s->formats);
	d->info.endless = d->info.realtime = s->live;
	if (s->is_demuxer) {
		/* it connects by itself, without asking: to the address that was looked at */
		format = av_find_input_format(s->name);
		url = way.url;
		av_dict_set(&options, "protocol_whitelist",
			d->config.datagrams ? "rtsp,tcp,rtp,udp" : s->protocols, 0);
		av_dict_set(&options, "rtsp_transport", d->config.datagrams ? "udp" : "tcp", 0);
		av_dict_set(&options, "timeout", TS_WAIT_US, 0);
	} else if (!strncmp(s->name, "http", 4)) {
		/* each part of HLS is asked for */
		av_dict_set(&options, "http_persistent", "0", 0);
		av_dict_set(&options, "http_multiple", "0", 0);
	}
	if (s->is_demuxer) snprintf(d->asked.url, sizeof d->asked.url, "%s", url);
	const int err = avformat_open_input(&d->asked.ctx, url, format, &options);
	av_dict_free(&options);
	return err;
}

static int open_file(struct ts_demuxer *d)
{
	AVDictionary *options = NULL;
	d->pb = ts_bytes_open(&d->bytes, d->config.fd, TS_IO_READ);
	if (!d->pb) return AVERROR(ENOMEM);
	set_limits(&options, TS_FILE_FORMATS);
	d->asked.ctx->pb = d->pb;
	const int err = avformat_open_input(&d->asked.ctx, NULL, NULL, &options);
	av_dict_free(&options);
	return err;
}

static int read_pipe(void *opaque, uint8_t *buf, int len)
{
	struct ts_demuxer *d = opaque;
	int n;
	do n = ts_pipe_read(d->config.pipe, buf, (size_t)len, ts_now_ns() + PIPE_WAIT_NS);
	while (n == TS_EAGAIN && !ts_guarded_is_over(&d->asked));
	return n > 0 ? n : n == 0 ? AVERROR_EOF : AVERROR_EXIT;
}

static int open_pipe(struct ts_demuxer *d)
{
	AVDictionary *options = NULL;
	uint8_t *buffer = av_malloc(PIPE_BUFFER_BYTES);
	if (buffer)
		d->pb = avio_alloc_context(buffer, PIPE_BUFFER_BYTES, 0, d, read_pipe, NULL, NULL);
	if (!d->pb) {
		av_free(buffer);
		return AVERROR(ENOMEM);
	}
	set_limits(&options, d->config.format);
	d->info.endless = d->info.realtime = true;
	d->asked.ctx->pb = d->pb;
	const int err = avformat_open_input(
		&d->asked.ctx, NULL, av_find_input_format(d->config.format), &options);
	av_dict_free(&options);
	return err;
}

/* What the headers do not tell; decoders are opened for that, of pictures not too large. */
static int look_into(AVFormatContext *ctx, int64_t pixels_max)
{
	const unsigned n = ctx->nb_streams;
	AVDictionary **options = av_calloc(n ? n : 1, sizeof(AVDictionary *));
	if (!options) return AVERROR(ENOMEM);
	for (unsigned i = 0; i < n; i++) av_dict_set_int(&options[i], "max_pixels", pixels_max, 0);
	const int err = avformat_find_stream_info(ctx, options);
	for (unsigned i = 0; i < n; i++) av_dict_free(&options[i]);
	av_free(options);
	return err;
}

static int open_input(struct ts_demuxer *d)
{
	if (ts_guarded_init(&d->asked, &d->config)) return AVERROR(ENOMEM);
	int err = d->config.url ? open_url(d) : d->config.pipe ? open_pipe(d) : open_file(d);
	d->asked.has_first = err >= 0 && d->asked.ctx->pb;
	if (err >= 0) err = look_into(d->asked.ctx, d->config.pixels_max);
	d->asked.opening = false;
	if (d->asked.too_large) return AVERROR(ENOSYS);
	return err < 0 ? err : 0;
}

static int code_of(const struct ts_demuxer *d, int err)
{
	if (d->asked.refused) return TS_EAUTH;
	if (d->asked.too_large) return TS_EUNSUPPORTED;
	if (ts_guarded_is_spent(&d->asked)) return TS_ELIMIT;
	if (atomic_load_explicit(d->config.stop, memory_order_relaxed)) return TS_ECLOSED;
	switch (err) {
	case AVERROR(ENOMEM): return TS_ENOMEM;
	case AVERROR_INVALIDDATA:
	case AVERROR_EOF:
	case AVERROR_DEMUXER_NOT_FOUND:
	case AVERROR_PATCHWELCOME:
	case AVERROR_DECODER_NOT_FOUND: return TS_EBADMSG;
	default: return TS_ENOTFOUND;
	}
}

static void say_why(const struct ts_demuxer *d, int err, char why[TS_DEMUXER_WHY])
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";
	if (d->asked.refused)
		snprintf(why, TS_DEMUXER_WHY, "%s", d->asked.refused);
	else if (d->asked.too_large)
		snprintf(why, TS_DEMUXER_WHY, "its pictures are too large");
	else if (d->asked.redirected)
		snprintf(why, TS_DEMUXER_WHY, "it leads elsewhere, which is not followed");
	else if (ts_guarded_is_spent(&d->asked))
		snprintf(why, TS_DEMUXER_WHY, "it did not come in time, or is too large");
	else if (err == AVERROR_EXIT)
		snprintf(why, TS_DEMUXER_WHY, "nothing came in time");
	else if (err == AVERROR_INVALIDDATA || err == AVERROR_EOF)
		snprintf(why, TS_DEMUXER_WHY, "it is broken, or of a format that is not read");
	else if (err == TS_EUNSUPPORTED)
		snprintf(why, TS_DEMUXER_WHY, "there is nothing in it to show or to hear");
	else
		snprintf(why, TS_DEMUXER_WHY, "it cannot be opened: %s",
			av_make_error_string(text, sizeof text, err));
}

int ts_demuxer_open(
	struct ts_demuxer **out, const struct ts_demuxer_config *config, char why[TS_DEMUXER_WHY])
{
	struct ts_demuxer *d = calloc(1, sizeof *d);
	*out = NULL;
	snprintf(why, TS_DEMUXER_WHY, "out of memory");
	if (!d) return TS_ENOMEM;
	d->config = *config;
	d->stream[TS_AUDIO] = d->stream[TS_VIDEO] = -1;
	int err = open_input(d);
	int code = err ? code_of(d, err)
		       : ts_choose_tracks(d->asked.ctx, &d->config, d->info.track, d->stream);
	if (code) {
		say_why(d, err ? err : code, why);
		ts_demuxer_close(&d);
		return code;
	}
	const AVFormatContext *ctx = d->asked.ctx;
	/* what no clock reaches is no time (AV_NOPTS_VALUE is such) */
	d->start_us = ctx->start_time > START_US_MAX || ctx->start_time < -START_US_MAX
		? 0
		: ctx->start_time;
	if (ctx->duration > 0 && ctx->duration < INT64_MAX / 1000)
		d->info.duration_ns = ctx->duration * 1000;
	/* a stream of HTTP without an end: radio, or a playlist that goes on */
	d->info.endless |= config->url && !d->info.duration_ns;
	*why = '\0';
	*out = d;
	return 0;
}

void ts_demuxer_close(struct ts_demuxer **demuxer)
{
	struct ts_demuxer *d = *demuxer;
	*demuxer = NULL;
	if (!d) return;
	/* a server need not be told for long that nobody listens any more */
	d->asked.deadline_ns = ts_now_ns() + TS_NS_PER_S / 2;
	d->asked.has_first = false; /* freed before its connection is closed */
	avformat_close_input(&d->asked.ctx);
	ts_bytes_close(&d->pb);
	free(d);
}

const struct ts_demuxed *ts_demuxer_info(const struct ts_demuxer *d)
{
	return &d->info;
}

/* ---- reading */

static int64_t ns_of(const struct ts_demuxer *d, int64_t t, AVRational base)
{
	static const AVRational ns = {1, 1000000000};
	if (t == AV_NOPTS_VALUE) return t;
	const int64_t at = av_rescale_q(t, base, ns);
	/* what no clock reaches is no time */
	if (at > INT64_MAX / 4 || at < -(INT64_MAX / 4)) return AV_NOPTS_VALUE;
	return at - d->start_us * 1000;
}

static bool take(struct ts_demuxer *d, AVPacket *p, enum ts_media *track)
{
	static const AVRational ns = {1, 1000000000};
	if (p->stream_index == d->stream[TS_VIDEO])
		*track = TS_VIDEO;
	else if (p->stream_index == d->stream[TS_AUDIO])
		*track = TS_AUDIO;
	else
		return false;
	if (p->size <= 0 || p->size > TS_DEMUXER_PACKET_MAX) return false;
	const AVRational base = d->asked.ctx->streams[p->stream_index]->time_base;
	p->pts = ns_of(d, p->pts, base);
	p->dts = ns_of(d, p->dts, base);
	p->duration = p->duration > 0 ? av_rescale_q(p->duration, base, ns) : 0;
	if (p->duration > TS_NS_PER_S * 10) p->duration = 0;
	return true;
}

int ts_demuxer_read(struct ts_demuxer *d, AVPacket *packet, enum ts_media *track)
{
	d->asked.deadline_ns = ts_now_ns() + d->config.read_ns;
	for (int bad = 0; bad < BAD_IN_A_ROW;) {
		const int err = av_read_frame(d->asked.ctx, packet);
		if (err == AVERROR_EOF) return TS_ENOTFOUND;
		if (err == AVERROR_INVALIDDATA) {
			bad++;
			continue;
		}
		if (err < 0) {
			const int code = code_of(d, err);
			return code == TS_ECLOSED || code == TS_EBADMSG || code == TS_ELIMIT
				? code
				: TS_EIO;
		}
		if (take(d, packet, track)) return 0;
		av_packet_unref(packet);
		/* tracks that nobody wants must not keep the thread for ever */
		if (ts_guarded_is_over(&d->asked)) {
			const int code = code_of(d, AVERROR_EXIT);
			return code == TS_ECLOSED || code == TS_ELIMIT ? code : TS_EIO;
		}
	}
	return TS_EBADMSG;
}

int ts_demuxer_rewind(struct ts_demuxer *d)
{
	d->asked.deadline_ns = ts_now_ns() + d->config.read_ns;
	if (d->info.endless) return TS_EUNSUPPORTED;
	return avformat_seek_file(d->asked.ctx, -1, INT64_MIN, d->start_us, INT64_MAX, 0) < 0 &&
			av_seek_frame(d->asked.ctx, -1, d->start_us, AVSEEK_FLAG_BACKWARD) < 0
		? TS_EUNSUPPORTED
		: 0;
}
