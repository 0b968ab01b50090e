#include "container/demuxer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/pipe.h"
#include "codec/media_decoder.h"
#include "container/bytes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRACKS_MAX =
		8, /* a film with languages, a phone's with its metadata; MOV has 256 MB for each */
	PROBE_BYTES = 2 << 20,
	OPENS_MAX = 64, /* until it is open: playlists of HLS, and one segment of each */
	BAD_IN_A_ROW = 64,
	PARTS_MAX = 32, /* open at a time */
	PIPE_BUFFER_BYTES = 32 * 1024
};
#define PIPE_WAIT_NS (100 * TS_NS_PER_MS) /* then stop and the deadline are looked at */
#define ANALYZE_US "3000000"
#define WAIT_US "10000000"
#define START_US_MAX (INT64_MAX / 4000) /* fits into ns, with room to add */

/* Formats of files, by the names of libavformat. None of them opens other files by itself. */
#define FILE_FORMATS \
	"mov,mp4,m4a,matroska,webm,mpegts,mpeg,avi,flv,ogg,wav,mp3,aac,flac,ivf,h264,hevc,mpegvideo"

/* What libavformat may use for a scheme, and what it may find there. */
static const struct scheme {
	const char *name, *protocols, *formats;
	bool is_demuxer; /* the protocol is in its demuxer */
	bool live;
} schemes[] = {
	{"http", "http,tcp", FILE_FORMATS ",hls", false, false},
	{"https", "https,tls,tcp", FILE_FORMATS ",hls", false, false},
	{"rtmp", "rtmp,tcp", "flv,live_flv", false, true},
	{"rtmps", "rtmps,tls,tcp", "flv,live_flv", false, true},
	{"rtsp", "rtsp,tcp", "rtsp,rtp,mpegts", true, true},
	{"srt", "srt", "mpegts", false, true},
};

struct ts_demuxer {
	struct ts_demuxer_config config;
	AVFormatContext *ctx;
	struct ts_bytes bytes;
	AVIOContext *pb; /* of a descriptor or a pipe */
	struct ts_demuxed info;
	int stream[2]; /* -1: none */
	int64_t start_us;
	int64_t deadline_ns;
	char url[TS_DEMUXER_URL_MAX]; /* as it was opened; RTSP is led elsewhere by changing it */
	bool redirected;
	bool opening;
	int opens; /* so far, while opening */
	/* what libavformat has open by us, but for the first: that is ctx->pb */
	AVIOContext *part[PARTS_MAX];
	bool has_first;      /* ctx->pb is open, for as long as ctx is */
	int64_t bytes_gone;  /* of those that were closed */
	bool too_large;      /* pictures, to look into */
	const char *refused; /* by the guard */
};

/* ---- what libavformat asks while it waits and opens */

/* Decoders of tracks that are found on the way (FLV, MPEG-PS) cannot be told max_pixels: what the
 * parser sees is looked at before the next picture is decoded. */
static bool has_too_large(const AVFormatContext *ctx, int64_t pixels_max)
{
	for (unsigned i = 0; i < ctx->nb_streams; i++) {
		if (ts_parser_pixels(av_stream_get_parser(ctx->streams[i])) > pixels_max)
			return true;
	}
	return false;
}

static int64_t bytes_read(const struct ts_demuxer *d)
{
	int64_t bytes = d->bytes_gone;
	if (d->has_first && d->ctx && d->ctx->pb) bytes += d->ctx->pb->bytes_read;
	for (int i = 0; i < PARTS_MAX; i++)
		if (d->part[i]) bytes += d->part[i]->bytes_read;
	return bytes;
}

static bool is_spent(const struct ts_demuxer *d)
{
	return (d->config.until_ns && ts_now_ns() > d->config.until_ns) ||
		(d->config.bytes_max && bytes_read(d) > d->config.bytes_max);
}

static int is_over(void *arg)
{
	struct ts_demuxer *d = arg;
	if (d->opening && d->ctx && has_too_large(d->ctx, d->config.pixels_max))
		d->too_large = true;
	if (*d->url && d->ctx && d->ctx->url && strcmp(d->ctx->url, d->url) != 0)
		d->redirected = true;
	return d->redirected || d->too_large ||
		atomic_load_explicit(d->config.stop, memory_order_relaxed) ||
		ts_now_ns() > d->deadline_ns || is_spent(d);
}

static const struct scheme *scheme_of(const char *name)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (!strcmp(schemes[i].name, name)) return &schemes[i];
	return NULL;
}

/* The host that was asked for, to a server that knows several. In place of what HLS hands on from
 * the part before, which is our line of then: two of them are refused (RFC 9112 3.2). */
static void name_host(AVDictionary **options, const struct ts_demuxer_way *way)
{
	char headers[sizeof way->host + 16];
	snprintf(headers, sizeof headers, "Host: %s\r\n", way->host);
	av_dict_set(options, "headers", headers, 0);
}

/* rtmp://host/app/stream: the server is told rtmp://host/app, with the name. */
static void name_app(AVDictionary **options, const struct ts_demuxer_way *way)
{
	char url[TS_DEMUXER_URL_MAX + 320];
	const char *path = strstr(way->url, "://");
	path = path ? strchr(path + 3, '/') : NULL;
	const char *last = path ? strrchr(path, '/') : NULL;
	if (!path || last == path) return;
	snprintf(url, sizeof url, "%s://%s%.*s", way->scheme, way->host, (int)(last - path), path);
	av_dict_set(options, "rtmp_tcurl", url, 0);
}

static void set_protocol(
	AVDictionary **options, const struct scheme *s, const struct ts_demuxer_way *way)
{
	av_dict_set(options, "protocol_whitelist", s->protocols, 0);
	av_dict_set(options, "rw_timeout", WAIT_US, 0);
	if (!strncmp(s->name, "http", 4)) {
		av_dict_set(options, "max_redirects", "0", 0);
		av_dict_set(options, "multiple_requests", "0", 0);
		/* else the environment could name one */
		av_dict_set(options, "http_proxy", "", 0);
		name_host(options, way);
	}
	if (strstr(s->protocols, "tls")) av_dict_set(options, "tls_verify", "1", 0);
	if (!strncmp(s->name, "rtmp", 4)) name_app(options, way);
	if (!strcmp(s->name, "srt")) {
		av_dict_set(options, "mode", "caller", 0);
		av_dict_set(options, "connect_timeout", "5000", 0);
	}
}

/* Before it is freed: while a connection is closed is_over is asked yet. */
static void forget_part(struct ts_demuxer *d, const AVIOContext *pb)
{
	if (d->ctx && pb == d->ctx->pb && d->has_first) {
		d->has_first = false;
		d->bytes_gone += pb->bytes_read;
	}
	for (int i = 0; i < PARTS_MAX; i++) {
		if (d->part[i] != pb) continue;
		d->part[i] = NULL;
		d->bytes_gone += pb->bytes_read;
	}
}

static int close_part(AVFormatContext *ctx, AVIOContext *pb)
{
	if (pb) forget_part(ctx->opaque, pb);
	return avio_close(pb);
}

static int open_part(
	AVFormatContext *ctx, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	struct ts_demuxer *d = ctx->opaque;
	struct ts_demuxer_way way;
	AVDictionary *none = NULL;
	if (flags & AVIO_FLAG_WRITE || !d->config.url) return AVERROR(EPERM);
	if (d->opening && ++d->opens > OPENS_MAX) {
		d->refused = "it has too many parts to begin with";
		return AVERROR(EACCES);
	}
	const char *refused = d->config.guard(d->config.guard_arg, url, &way);
	const struct scheme *s = refused ? NULL : scheme_of(way.scheme);
	if (!s || s->is_demuxer) {
		d->refused = refused ? refused : "URLs of this scheme are not opened there";
		return AVERROR(EACCES);
	}
	if (!options) options = &none;
	set_protocol(options, s, &way);
	int place = 0;
	while (place < PARTS_MAX && d->part[place]) place++;
	if (place == PARTS_MAX) {
		d->refused = "it has too many parts at once";
		return AVERROR(EACCES);
	}
	const int err = avio_open2(pb, way.url, flags, &ctx->interrupt_callback, options);
	av_dict_free(&none);
	/* the first is closed without us where it is of no format that is read */
	if (err >= 0 && pb != &ctx->pb) d->part[place] = *pb;
	return err;
}

/* ---- tracks */

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

static void take_track(struct ts_demuxer *d, enum ts_media media, int index)
{
	struct ts_demuxed_track *t = &d->info.track[media];
	const AVStream *s = d->ctx->streams[index];
	d->stream[media] = index;
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

static int choose_tracks(struct ts_demuxer *d)
{
	AVFormatContext *ctx = d->ctx;
	int video = av_find_best_stream(ctx, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	int audio = av_find_best_stream(ctx, AVMEDIA_TYPE_AUDIO, -1, video, NULL, 0);
	/* a cover is no film */
	if (video >= 0 && ctx->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC)
		video = -1;
	if (d->config.no_video) video = -1;
	if (d->config.no_audio) audio = -1;
	for (unsigned i = 0; i < ctx->nb_streams; i++)
		if ((int)i != video && (int)i != audio) ctx->streams[i]->discard = AVDISCARD_ALL;
	if (video >= 0) take_track(d, TS_VIDEO, video);
	if (audio >= 0) take_track(d, TS_AUDIO, audio);
	return video >= 0 || audio >= 0 ? 0 : TS_EUNSUPPORTED;
}

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
	d->refused = d->config.guard(d->config.guard_arg, url, &way);
	const struct scheme *s = d->refused ? NULL : scheme_of(way.scheme);
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
		av_dict_set(&options, "timeout", WAIT_US, 0);
	} else if (!strncmp(s->name, "http", 4)) {
		/* each part of HLS is asked for */
		av_dict_set(&options, "http_persistent", "0", 0);
		av_dict_set(&options, "http_multiple", "0", 0);
	}
	if (s->is_demuxer) snprintf(d->url, sizeof d->url, "%s", url);
	const int err = avformat_open_input(&d->ctx, url, format, &options);
	av_dict_free(&options);
	return err;
}

static int open_file(struct ts_demuxer *d)
{
	AVDictionary *options = NULL;
	d->pb = ts_bytes_open(&d->bytes, d->config.fd, TS_IO_READ);
	if (!d->pb) return AVERROR(ENOMEM);
	set_limits(&options, FILE_FORMATS);
	d->ctx->pb = d->pb;
	const int err = avformat_open_input(&d->ctx, NULL, NULL, &options);
	av_dict_free(&options);
	return err;
}

static int read_pipe(void *opaque, uint8_t *buf, int len)
{
	struct ts_demuxer *d = opaque;
	int n;
	do n = ts_pipe_read(d->config.pipe, buf, (size_t)len, ts_now_ns() + PIPE_WAIT_NS);
	while (n == TS_EAGAIN && !is_over(d));
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
	d->ctx->pb = d->pb;
	const int err = avformat_open_input(
		&d->ctx, NULL, av_find_input_format(d->config.format), &options);
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
	d->ctx = avformat_alloc_context();
	if (!d->ctx) return AVERROR(ENOMEM);
	d->ctx->opaque = d;
	d->ctx->io_open = open_part;
	d->ctx->io_close2 = close_part;
	d->ctx->interrupt_callback = (AVIOInterruptCB){is_over, d};
	int err = d->config.url ? open_url(d) : d->config.pipe ? open_pipe(d) : open_file(d);
	d->has_first = err >= 0 && d->ctx->pb;
	if (err >= 0) err = look_into(d->ctx, d->config.pixels_max);
	d->opening = false;
	if (d->too_large) return AVERROR(ENOSYS);
	return err < 0 ? err : 0;
}

static int code_of(const struct ts_demuxer *d, int err)
{
	if (d->refused) return TS_EAUTH;
	if (d->too_large) return TS_EUNSUPPORTED;
	if (is_spent(d)) return TS_ELIMIT;
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
	if (d->refused)
		snprintf(why, TS_DEMUXER_WHY, "%s", d->refused);
	else if (d->too_large)
		snprintf(why, TS_DEMUXER_WHY, "its pictures are too large");
	else if (d->redirected)
		snprintf(why, TS_DEMUXER_WHY, "it leads elsewhere, which is not followed");
	else if (is_spent(d))
		snprintf(why, TS_DEMUXER_WHY, "it did not come in time, or is too large");
	else if (err == AVERROR(EIO) && d->config.url && !strncmp(d->config.url, "http", 4))
		snprintf(why, TS_DEMUXER_WHY,
			"it cannot be opened, or leads elsewhere, which is not followed");
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
	d->opening = true;
	d->deadline_ns = ts_now_ns() + config->open_ns;
	int err = open_input(d);
	int code = err ? code_of(d, err) : choose_tracks(d);
	if (code) {
		say_why(d, err ? err : code, why);
		ts_demuxer_close(&d);
		return code;
	}
	const AVFormatContext *ctx = d->ctx;
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
	d->deadline_ns = ts_now_ns() + TS_NS_PER_S / 2;
	d->has_first = false; /* freed before its connection is closed */
	avformat_close_input(&d->ctx);
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
	const AVRational base = d->ctx->streams[p->stream_index]->time_base;
	p->pts = ns_of(d, p->pts, base);
	p->dts = ns_of(d, p->dts, base);
	p->duration = p->duration > 0 ? av_rescale_q(p->duration, base, ns) : 0;
	if (p->duration > TS_NS_PER_S * 10) p->duration = 0;
	return true;
}

int ts_demuxer_read(struct ts_demuxer *d, AVPacket *packet, enum ts_media *track)
{
	d->deadline_ns = ts_now_ns() + d->config.read_ns;
	for (int bad = 0; bad < BAD_IN_A_ROW;) {
		const int err = av_read_frame(d->ctx, packet);
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
		if (is_over(d)) {
			const int code = code_of(d, AVERROR_EXIT);
			return code == TS_ECLOSED || code == TS_ELIMIT ? code : TS_EIO;
		}
	}
	return TS_EBADMSG;
}

int ts_demuxer_rewind(struct ts_demuxer *d)
{
	d->deadline_ns = ts_now_ns() + d->config.read_ns;
	if (d->info.endless) return TS_EUNSUPPORTED;
	return avformat_seek_file(d->ctx, -1, INT64_MIN, d->start_us, INT64_MAX, 0) < 0 &&
			av_seek_frame(d->ctx, -1, d->start_us, AVSEEK_FLAG_BACKWARD) < 0
		? TS_EUNSUPPORTED
		: 0;
}
