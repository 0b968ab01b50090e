#include "container/guarded.h"

#include "base/clock.h"
#include "base/error.h"
#include "codec/media_decoder.h"
#include "container/redirect.h"
#include <stdio.h>
#include <string.h>

enum { OPENS_MAX = 64 }; /* until it is open: playlists of HLS, and one segment of each */

static const struct ts_scheme schemes[] = {
	{"http", "http,tcp", TS_FILE_FORMATS ",hls", false, false},
	{"https", "https,tls,tcp", TS_FILE_FORMATS ",hls", false, false},
	{"rtmp", "rtmp,tcp", "flv,live_flv", false, true},
	{"rtmps", "rtmps,tls,tcp", "flv,live_flv", false, true},
	{"rtsp", "rtsp,tcp", "rtsp,rtp,mpegts", true, true},
	{"srt", "srt", "mpegts", false, true},
};
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

static int64_t bytes_read(const struct ts_guarded *g)
{
	int64_t bytes = g->bytes_gone;
	if (g->has_first && g->ctx && g->ctx->pb) bytes += g->ctx->pb->bytes_read;
	for (int i = 0; i < TS_PARTS_MAX; i++)
		if (g->part[i]) bytes += g->part[i]->bytes_read;
	return bytes;
}

bool ts_guarded_is_spent(const struct ts_guarded *g)
{
	return (g->config->until_ns && ts_now_ns() > g->config->until_ns) ||
		(g->config->bytes_max && bytes_read(g) > g->config->bytes_max);
}

int ts_guarded_is_over(void *arg)
{
	struct ts_guarded *g = arg;
	if (g->opening && g->ctx && has_too_large(g->ctx, g->config->pixels_max))
		g->too_large = true;
	if (*g->url && g->ctx && g->ctx->url && strcmp(g->ctx->url, g->url) != 0)
		g->redirected = true;
	return g->redirected || g->too_large ||
		atomic_load_explicit(g->config->stop, memory_order_relaxed) ||
		ts_now_ns() > g->deadline_ns || ts_guarded_is_spent(g);
}

const struct ts_scheme *ts_scheme_of(const char *name)
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
	AVDictionary **options, const struct ts_scheme *s, const struct ts_demuxer_way *way)
{
	av_dict_set(options, "protocol_whitelist", s->protocols, 0);
	av_dict_set(options, "rw_timeout", TS_WAIT_US, 0);
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
static void forget_part(struct ts_guarded *g, const AVIOContext *pb)
{
	if (g->ctx && pb == g->ctx->pb && g->has_first) {
		g->has_first = false;
		g->bytes_gone += pb->bytes_read;
	}
	for (int i = 0; i < TS_PARTS_MAX; i++) {
		if (g->part[i] != pb) continue;
		g->part[i] = NULL;
		g->bytes_gone += pb->bytes_read;
	}
}

static int close_part(AVFormatContext *ctx, AVIOContext *pb)
{
	if (pb) forget_part(ctx->opaque, pb);
	return avio_close(pb);
}

/* ---- names and addresses */

/* Of "scheme://host:port/path" as much as is in front of the path. */
static size_t origin_len(const char *url)
{
	const char *host = strstr(url, "://");
	return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

/* Both with the account, by which parts are asked for too. */
static void note_origin(struct ts_guarded *g, const struct ts_demuxer_way *way)
{
	struct ts_origin now;
	int at = 0;
	const size_t len = origin_len(way->url);
	const char *account = len ? strstr(way->url, "://") + 3 : way->url;
	const char *sign = memrchr(account, '@', len - (size_t)(account - way->url));
	const int n = snprintf(now.asked, sizeof now.asked, "%s://%.*s%s", way->scheme,
		sign ? (int)(sign + 1 - account) : 0, account, way->host);
	const int m = snprintf(now.opened, sizeof now.opened, "%.*s", (int)len, way->url);
	if (n >= TS_ORIGIN_MAX || m >= TS_ORIGIN_MAX) return;
	while (at < TS_ORIGINS - 1 && strcmp(g->origin[at].opened, now.opened) != 0) at++;
	memmove(&g->origin[1], &g->origin[0], (size_t)at * sizeof now);
	g->origin[0] = now;
}

/* What is asked for at an address that stands for a name, by the name. NULL: it does not fit. */
static const char *by_name(
	const struct ts_guarded *g, const char *url, char out[TS_DEMUXER_URL_MAX])
{
	const size_t len = origin_len(url);
	for (int i = 0; i < TS_ORIGINS && len; i++) {
		const struct ts_origin *o = &g->origin[i];
		if (strlen(o->opened) != len || memcmp(o->opened, url, len) != 0) continue;
		return snprintf(out, TS_DEMUXER_URL_MAX, "%s%s", o->asked, url + len) <
				TS_DEMUXER_URL_MAX
			? out
			: NULL;
	}
	return url;
}

/* What the guard lets through; options as of avio_open2. */
static int open_once(struct ts_guarded *g, AVIOContext **pb, const char *url,
	AVDictionary **options, struct ts_demuxer_way *way)
{
	const char *refused = g->config->guard(g->config->guard_arg, url, way);
	const struct ts_scheme *s = refused ? NULL : ts_scheme_of(way->scheme);
	if (!s || s->is_demuxer) {
		g->refused = refused ? refused : "URLs of this scheme are not opened there";
		return AVERROR(EACCES);
	}
	set_protocol(options, s, way);
	note_origin(g, way);
	return avio_open2(pb, way->url, AVIO_FLAG_READ, &g->ctx->interrupt_callback, options);
}

/* Also where its server leads to: what is there is asked for as if it had been named first. */
static int open_led(struct ts_guarded *g, AVIOContext **pb, const char *url, AVDictionary **options)
{
	char here[TS_URL_MAX], next[TS_URL_MAX], location[TS_URL_MAX];
	for (int hops = 0;; hops++) {
		struct ts_demuxer_way way = {.scheme = ""};
		AVDictionary *own = NULL;
		if (av_dict_copy(&own, *options, 0) < 0) return AVERROR(ENOMEM);
		const int err = open_once(g, pb, url, &own, &way);
		/* libavformat says so of a redirect that it may not follow, and of others */
		if (err != AVERROR(EIO) || strncmp(way.scheme, "http", 4) != 0 ||
			ts_redirect_query(&way, &g->ctx->interrupt_callback, location)) {
			av_dict_free(options);
			*options = own;
			return err;
		}
		av_dict_free(&own);
		g->refused = hops == TS_REDIRECTS_MAX ? "it leads elsewhere more than five times"
						      : ts_redirect_to(next, url, location);
		if (g->refused) return AVERROR(EACCES);
		memcpy(here, next, sizeof here);
		url = here;
	}
}

static int open_part(
	AVFormatContext *ctx, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	struct ts_guarded *g = ctx->opaque;
	AVDictionary *none = NULL;
	char named[TS_DEMUXER_URL_MAX];
	if (flags & AVIO_FLAG_WRITE || !g->config->url) return AVERROR(EPERM);
	if (g->opening && ++g->opens > OPENS_MAX) {
		g->refused = "it has too many parts to begin with";
		return AVERROR(EACCES);
	}
	url = by_name(g, url, named);
	if (!url) return AVERROR(EINVAL);
	int place = 0;
	while (place < TS_PARTS_MAX && g->part[place]) place++;
	if (place == TS_PARTS_MAX) {
		g->refused = "it has too many parts at once";
		return AVERROR(EACCES);
	}
	const int err = open_led(g, pb, url, options ? options : &none);
	av_dict_free(&none);
	/* the first is closed without us where it is of no format that is read */
	if (err >= 0 && pb != &ctx->pb) g->part[place] = *pb;
	return err;
}

int ts_guarded_init(struct ts_guarded *g, const struct ts_demuxer_config *config)
{
	*g = (struct ts_guarded){.config = config,
		.ctx = avformat_alloc_context(),
		.opening = true,
		.deadline_ns = ts_now_ns() + config->open_ns};
	if (!g->ctx) return TS_ENOMEM;
	g->ctx->opaque = g;
	g->ctx->io_open = open_part;
	g->ctx->io_close2 = close_part;
	g->ctx->interrupt_callback = (AVIOInterruptCB){ts_guarded_is_over, g};
	return 0;
}
