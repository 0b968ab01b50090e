#include "container/stream.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "codec/libav.h"
#include "container/icecast.h"
#include "container/lookup.h"
#include "container/tracks.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_NS (10 * TS_NS_PER_S)
#define WRITE_NS (5 * TS_NS_PER_S)
#define CLOSE_NS (1 * TS_NS_PER_S)
#define INTERLEAVE_US 500000
#define TS_DELAY_US 200000 /* of MPEG-TS: how much ahead of its time a picture comes */
#define DATAGRAM "1316"    /* seven packets of MPEG-TS */
/* While an RTMP peer is being connected to: how often libavformat may ask whether to go on, which
 * it does twice for each read at least, and what one read gives. Without a bound the peer has as
 * much memory as it cares to send. */
enum { ASKED_MAX = 2048, RECEIVE_BYTES = 32 * 1024 };
enum { URL_CAP = TS_STREAM_URL_MAX + 2 * TS_STREAM_VALUE_MAX + 300, ADDRESSES_MAX = 16 };

struct ts_stream {
	const struct ts_stream_config *config;
	AVFormatContext *ctx;
	struct ts_icecast *icecast; /* in place of libavformat's network */
	AVPacket *packet;
	AVStream *track[2]; /* by enum ts_media */
	int64_t last[2];
	int64_t deadline_ns;
	int64_t asks_left; /* for is_over */
	bool begun, broken, closing;
	char address[INET6_ADDRSTRLEN]; /* where it goes */
	char url[URL_CAP];
};

static const struct {
	const char *format, *whitelist;
	enum ts_codec video, audio;
	bool takes_changes;
} kinds[TS_STREAM_PROTOCOLS] = {
	[TS_STREAM_RTMP] = {"flv", "rtmp,tcp", TS_CODEC_H264, TS_CODEC_AAC, false},
	[TS_STREAM_RTMPS] = {"flv", "rtmps,rtmp,tls,tcp", TS_CODEC_H264, TS_CODEC_AAC, false},
	[TS_STREAM_SRT] = {"mpegts", "srt", TS_CODEC_H264, TS_CODEC_AAC, true},
	[TS_STREAM_RTSP] = {"rtsp", "tcp", TS_CODEC_H264, TS_CODEC_AAC, false},
	[TS_STREAM_UDP] = {"mpegts", "udp", TS_CODEC_H264, TS_CODEC_AAC, true},
	[TS_STREAM_RTP] = {"rtp_mpegts", "rtp,udp", TS_CODEC_H264, TS_CODEC_AAC, true},
	[TS_STREAM_ICECAST] = {"ogg", "", TS_CODEC_NONE, TS_CODEC_OPUS, true},
};

enum ts_codec ts_stream_video(enum ts_stream_protocol p)
{
	return kinds[p].video;
}

enum ts_codec ts_stream_audio(enum ts_stream_protocol p)
{
	return kinds[p].audio;
}

bool ts_stream_takes_changes(enum ts_stream_protocol p)
{
	return kinds[p].takes_changes;
}

/* ---- time */

static bool is_stopped(const struct ts_stream *s)
{
	return atomic_load_explicit(s->config->stop, memory_order_relaxed);
}

static int is_over(void *arg)
{
	struct ts_stream *s = arg;
	if (s->asks_left-- <= 0) return true;
	return (!s->closing && is_stopped(s)) || ts_now_ns() > s->deadline_ns;
}

/* Of an error, when nothing was asked to stop. */
static enum ts_stream_end end_of(int averror)
{
	switch (averror) {
	case AVERROR(ECONNREFUSED):
	case AVERROR(EHOSTUNREACH):
	case AVERROR(ENETUNREACH): return TS_STREAM_REFUSED;
	case AVERROR(ETIMEDOUT): return TS_STREAM_TIMEOUT;
	case AVERROR_EOF:
	case AVERROR(EPIPE):
	case AVERROR(ECONNRESET):
	case AVERROR(EIO): return TS_STREAM_CLOSED;
	case AVERROR_HTTP_UNAUTHORIZED:
	case AVERROR_HTTP_FORBIDDEN:
	case AVERROR_HTTP_NOT_FOUND:
	case AVERROR_HTTP_BAD_REQUEST:
	case AVERROR_HTTP_OTHER_4XX:
	case AVERROR_HTTP_SERVER_ERROR:
	case AVERROR_UNKNOWN:
	case AVERROR(EACCES): return TS_STREAM_REJECTED;
	default: return TS_STREAM_FAILED;
	}
}

static enum ts_stream_end judge(struct ts_stream *s, int averror, enum ts_stream_end late)
{
	if (averror >= 0) return TS_STREAM_OK;
	s->broken = true;
	if (is_stopped(s)) return TS_STREAM_STOPPED;
	return ts_now_ns() > s->deadline_ns ? late : end_of(averror);
}

/* ---- where to */

static enum ts_stream_end choose(struct ts_stream *s, const struct addrinfo *list)
{
	const struct ts_stream_config *c = s->config;
	struct sockaddr_storage good[ADDRESSES_MAX];
	size_t n = 0, all = 0;
	const struct addrinfo *a = list;
	for (; a && all < ADDRESSES_MAX; a = a->ai_next, all++) {
		struct sockaddr_storage to = {0};
		memcpy(&to, a->ai_addr, a->ai_addrlen);
		if (c->may(c->may_arg, &to, &c->url)) good[n++] = to;
	}
	/* whoever gets the name may choose any of them */
	if (!n || (c->url.protocol == TS_STREAM_RTMPS && (n < all || a))) return TS_STREAM_DENIED;
	return ts_address_text(s->address, &good[c->attempt % n]) ? TS_STREAM_OK
								  : TS_STREAM_NO_NAME;
}

static enum ts_stream_end look_up(struct ts_stream *s)
{
	const struct ts_stream_url *u = &s->config->url;
	const AVIOInterruptCB interrupt = {is_over, s};
	char port[8];
	snprintf(port, sizeof port, "%u", u->port);
	struct addrinfo *list = ts_lookup(*u->host ? u->host : "0.0.0.0", port, &interrupt);
	if (!list) return is_stopped(s) ? TS_STREAM_STOPPED : TS_STREAM_NO_NAME;
	const enum ts_stream_end end = choose(s, list);
	freeaddrinfo(list);
	return end;
}

/* ---- what libavformat is given */

static void print_host(char *out, size_t cap, const char *host)
{
	snprintf(out, cap, strchr(host, ':') ? "[%s]" : "%s", host);
}

static int make_url(struct ts_stream *s)
{
	const struct ts_stream_url *u = &s->config->url;
	const bool by_name = u->protocol == TS_STREAM_RTMPS;
	char host[TS_STREAM_HOST_MAX + 3];
	print_host(host, sizeof host, by_name ? u->host : s->address);
	const int n = snprintf(s->url, sizeof s->url, "%s://%s%s%s%s%s:%u%s%s",
		ts_stream_protocol_name(u->protocol), u->user, *u->password ? ":" : "", u->password,
		*u->user || *u->password ? "@" : "", host, u->port, *u->path ? "/" : "", u->path);
	return n > 0 && (size_t)n < sizeof s->url ? 0 : AVERROR(EINVAL);
}

static void set_number(AVDictionary **options, const char *name, int64_t value)
{
	av_dict_set_int(options, name, value, 0);
}

/* The key goes beside the URL, and the name that the peer may go by. */
static void set_rtmp(const struct ts_stream_config *c, AVDictionary **options)
{
	const struct ts_stream_url *u = &c->url;
	const bool tls = u->protocol == TS_STREAM_RTMPS;
	char host[TS_STREAM_HOST_MAX + 3], target[TS_STREAM_URL_MAX + 300];
	print_host(host, sizeof host, u->host);
	if (u->port == (tls ? 443 : 1935))
		snprintf(
			target, sizeof target, "%s://%s/%s", tls ? "rtmps" : "rtmp", host, u->path);
	else
		snprintf(target, sizeof target, "%s://%s:%u/%s", tls ? "rtmps" : "rtmp", host,
			u->port, u->path);
	set_number(options, "recv_buffer_size", RECEIVE_BYTES);
	av_dict_set(options, "rtmp_app", u->path, 0);
	av_dict_set(options, "rtmp_playpath", u->key, 0);
	av_dict_set(options, "rtmp_tcurl", target, 0);
	if (tls) set_number(options, "tls_verify", c->verify);
}

static void set_srt(const struct ts_stream_url *u, AVDictionary **options)
{
	av_dict_set(options, "mode", u->listen ? "listener" : "caller", 0);
	av_dict_set(options, "pkt_size", DATAGRAM, 0);
	set_number(options, "connect_timeout", CONNECT_NS / TS_NS_PER_MS);
	if (*u->streamid) av_dict_set(options, "streamid", u->streamid, 0);
	if (*u->passphrase) av_dict_set(options, "passphrase", u->passphrase, 0);
	if (*u->passphrase) set_number(options, "enforced_encryption", 1);
	if (u->pbkeylen) set_number(options, "pbkeylen", u->pbkeylen);
	if (u->latency_us >= 0) set_number(options, "latency", u->latency_us);
}

static AVDictionary *options_of(const struct ts_stream_config *c)
{
	AVDictionary *options = NULL;
	av_dict_set(&options, "protocol_whitelist", kinds[c->url.protocol].whitelist, 0);
	switch (c->url.protocol) {
	case TS_STREAM_RTMP:
	case TS_STREAM_RTMPS: set_rtmp(c, &options); break;
	case TS_STREAM_SRT: set_srt(&c->url, &options); break;
	case TS_STREAM_UDP:
	case TS_STREAM_RTP:
		av_dict_set(&options, "pkt_size", DATAGRAM, 0);
		if (c->url.ttl) set_number(&options, "ttl", c->url.ttl);
		break;
	default: break;
	}
	return options;
}

/* ---- life */

static int open_url(struct ts_stream *s)
{
	const enum ts_stream_protocol p = s->config->url.protocol;
	const AVIOInterruptCB interrupt = {is_over, s};
	int err = make_url(s);
	if (!err) err = avformat_alloc_output_context2(&s->ctx, NULL, kinds[p].format, s->url);
	if (err < 0) return err;
	s->ctx->interrupt_callback = interrupt;
	s->ctx->protocol_whitelist = av_strdup(kinds[p].whitelist);
	s->ctx->max_interleave_delta = INTERLEAVE_US;
	s->ctx->max_delay = TS_DELAY_US;
	s->ctx->flush_packets = 1;
	if (p == TS_STREAM_ICECAST)
		return ts_icecast_open(&s->icecast, &s->ctx->pb, s->config, s->address, &interrupt);
	if (p == TS_STREAM_RTSP) return 0; /* it connects when it knows what to announce */
	AVDictionary *options = options_of(s->config);
	err = avio_open2(&s->ctx->pb, s->url, AVIO_FLAG_WRITE, &interrupt, &options);
	av_dict_free(&options);
	return err;
}

static bool is_rtmp(enum ts_stream_protocol p)
{
	return p == TS_STREAM_RTMP || p == TS_STREAM_RTMPS;
}

static void init_network(void)
{
	avformat_network_init();
}

enum ts_stream_end ts_stream_open(struct ts_stream **out, const struct ts_stream_config *config)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct ts_stream *s = calloc(1, sizeof *s);
	*out = NULL;
	if (!s) return TS_STREAM_FAILED;
	ts_libav_init();
	pthread_once(&once, init_network);
	s->config = config;
	s->last[TS_AUDIO] = s->last[TS_VIDEO] = -1;
	s->packet = av_packet_alloc();
	s->deadline_ns = ts_now_ns() + CONNECT_NS;
	s->asks_left = INT64_MAX;
	enum ts_stream_end end = s->packet ? look_up(s) : TS_STREAM_FAILED;
	if (!end) {
		s->deadline_ns = config->url.listen ? INT64_MAX : ts_now_ns() + CONNECT_NS;
		if (is_rtmp(config->url.protocol)) s->asks_left = ASKED_MAX;
		ts_libav_hush(true);
		end = judge(s, open_url(s), TS_STREAM_TIMEOUT);
		ts_libav_hush(false);
		s->asks_left = INT64_MAX;
	}
	/* libavformat tells no more of it */
	if (end == TS_STREAM_CLOSED && config->url.protocol == TS_STREAM_RTMPS)
		end = TS_STREAM_NO_TLS;
	if (end)
		ts_stream_close(&s);
	else
		*out = s;
	return end;
}

static int begin(struct ts_stream *s, const struct ts_track *video, const struct ts_track *audio)
{
	AVDictionary *options = NULL;
	int err = 0;
	if (video->codec) err = ts_add_video(s->ctx, video, &s->track[TS_VIDEO]);
	if (!err && audio->codec) err = ts_add_audio(s->ctx, audio, false, &s->track[TS_AUDIO]);
	if (err) return AVERROR(ENOMEM);
	switch (s->config->url.protocol) {
	case TS_STREAM_RTMP:
	case TS_STREAM_RTMPS: av_dict_set(&options, "flvflags", "no_duration_filesize", 0); break;
	case TS_STREAM_RTSP: av_dict_set(&options, "rtsp_transport", "tcp", 0); break;
	case TS_STREAM_ICECAST: set_number(&options, "page_duration", 200000); break;
	default: break;
	}
	err = avformat_write_header(s->ctx, &options);
	av_dict_free(&options);
	return err;
}

enum ts_stream_end ts_stream_begin(
	struct ts_stream *s, const struct ts_track *video, const struct ts_track *audio)
{
	s->deadline_ns = ts_now_ns() + CONNECT_NS;
	ts_libav_hush(true);
	const int err = begin(s, video, audio);
	ts_libav_hush(false);
	s->begun = err >= 0;
	return judge(s, err, TS_STREAM_TIMEOUT);
}

enum ts_stream_end ts_stream_write(struct ts_stream *s, enum ts_media media, const AVPacket *packet,
	int64_t time_ns, int64_t duration_ns)
{
	static const AVRational ns = {1, TS_NS_PER_S};
	AVStream *track = s->track[media];
	if (!track || av_packet_ref(s->packet, packet) < 0) return TS_STREAM_FAILED;
	int64_t at = av_rescale_q(time_ns, ns, track->time_base);
	if (at <= s->last[media]) at = s->last[media] + 1;
	s->last[media] = at;
	s->packet->pts = s->packet->dts = at;
	s->packet->duration = av_rescale_q(duration_ns, ns, track->time_base);
	s->packet->stream_index = track->index;
	s->deadline_ns = ts_now_ns() + WRITE_NS;
	ts_libav_hush(true);
	int err = av_interleaved_write_frame(s->ctx, s->packet); /* takes the reference */
	if (err >= 0 && s->ctx->pb && s->ctx->pb->error < 0) err = s->ctx->pb->error;
	/* RTSP's muxer does not look at what became of its writes */
	if (err >= 0 && is_over(s)) err = AVERROR_EXIT;
	ts_libav_hush(false);
	return judge(s, err, TS_STREAM_STALLED);
}

void ts_stream_close(struct ts_stream **stream)
{
	struct ts_stream *s = *stream;
	*stream = NULL;
	if (!s) return;
	/* one that is broken says no goodbye */
	s->closing = true;
	s->deadline_ns = s->broken ? 0 : ts_now_ns() + CLOSE_NS;
	ts_libav_hush(true);
	/* it frees what libavformat keeps */
	if (s->begun) av_write_trailer(s->ctx);
	if (s->icecast)
		ts_icecast_close(&s->icecast, &s->ctx->pb);
	else if (s->ctx && s->ctx->pb)
		avio_closep(&s->ctx->pb);
	avformat_free_context(s->ctx);
	ts_libav_hush(false);
	av_packet_free(&s->packet);
	explicit_bzero(s->url, sizeof s->url);
	free(s);
}
