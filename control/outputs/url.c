/* url - the outlet that goes to a URL. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "control/outputs/kind.h"
#include "control/outputs/where.h"
#include "mixer/sink/streamer.h"
#include <glib.h>
#include <string.h>

struct stream {
	struct ts_outlet_core *core;
	struct ts_streamer *streamer;
	struct ts_room_sink sink;
	enum ts_stream_protocol protocol;
};

static struct ts_sink *pictures_of(struct ts_room_sink *sink)
{
	return ts_streamer_video(ts_container_of(sink, struct stream, sink)->streamer);
}

/* On the stream's thread: the configuration does not change. */
static bool may(void *arg, const struct sockaddr_storage *to, const struct ts_stream_url *url)
{
	const struct ts_config *config = arg;
	return ts_where_ok(&config->outputs.allow, to, url);
}

_Static_assert((int)TS_C_OUTPUTS_ICECAST - (int)TS_C_OUTPUTS_RTMP == (int)TS_STREAM_ICECAST,
	"counters are in the order of protocols");

static void count(const struct stream *s, int64_t n)
{
	ts_count_add((enum ts_counter)(TS_C_OUTPUTS_RTMP + s->protocol), n);
}

/* ---- what its streamer has done */

static void look(struct ts_outlet_core *core)
{
	static const enum ts_outlet_state states[] = {
		[TS_STREAMER_CONNECTING] = TS_OUTLET_CONNECTING,
		[TS_STREAMER_LIVE] = TS_OUTLET_LIVE,
		[TS_STREAMER_RETRYING] = TS_OUTLET_RETRYING,
		[TS_STREAMER_FAILED] = TS_OUTLET_FAILED};
	static const enum ts_outlet_reason reasons[TS_STREAM_ENDS] = {
		[TS_STREAM_NO_NAME] = TS_OUTLET_NO_NAME,
		[TS_STREAM_DENIED] = TS_OUTLET_DENIED,
		[TS_STREAM_REFUSED] = TS_OUTLET_REFUSED,
		[TS_STREAM_TIMEOUT] = TS_OUTLET_TIMEOUT,
		[TS_STREAM_REJECTED] = TS_OUTLET_REJECTED,
		[TS_STREAM_CLOSED] = TS_OUTLET_CLOSED,
		[TS_STREAM_NO_TLS] = TS_OUTLET_NO_TLS,
		[TS_STREAM_STALLED] = TS_OUTLET_STALLED,
		[TS_STREAM_FAILED] = TS_OUTLET_BROKEN};
	const struct stream *s = core->impl;
	struct ts_streamer_info info;
	ts_streamer_info(s->streamer, &info);
	core->o.state = states[info.state];
	core->o.reason = reasons[info.why];
	core->o.since_ms = ts_unix_ms_from_ns(info.since_ns);
	core->o.bytes = info.bytes;
	core->o.dropped = info.dropped;
	core->o.attempts = info.attempts;
}

static void on_changed(void *arg)
{
	ts_outlet_changed(((struct stream *)arg)->core);
}

/* ---- its end */

static void on_done(void *arg)
{
	struct stream *s = arg;
	struct ts_outlet_core *core = s->core;
	ts_streamer_destroy(&s->streamer);
	g_free(s);
	ts_outlet_gone(core);
}

static void stop(struct ts_outlet_core *core)
{
	struct stream *s = core->impl;
	ts_room_remove_sink(core->room, &s->sink);
	ts_sink_unref(&s->sink.sound);
	count(s, -1);
	ts_streamer_finish(s->streamer);
}

/* ---- its beginning */

static int join_room(struct stream *s, bool video, struct ts_room_view *view)
{
	s->sink = (struct ts_room_sink){
		.video_codec = video ? ts_stream_video(s->protocol) : TS_CODEC_NONE,
		.audio_codec = ts_stream_audio(s->protocol),
		.stereo = ts_room_is_stereo(ts_room_config(s->core->room)),
		.sound = ts_streamer_audio(s->streamer),
		.pictures_of = pictures_of,
		.view = view,
		.streams = true};
	return s->sink.sound ? ts_room_add_sink(s->core->room, &s->sink) : TS_ENOMEM;
}

static bool has_pictures(const struct ts_outlet_core *core, enum ts_stream_protocol protocol)
{
	return !core->o.audio_only && ts_stream_video(protocol) != TS_CODEC_NONE;
}

static int begin(
	struct ts_outlet_core *core, const struct ts_stream_url *url, struct ts_room_view *view)
{
	static const struct ts_streamer_events events = {on_changed, on_done};
	const struct ts_config *config = ts_outlets_config(core->all);
	const bool video = has_pictures(core, url->protocol);
	const struct ts_streamer_config streamer = {.control = ts_outlets_loop(core->all),
		.stream = {.url = *url,
			.verify = config->outputs.verify_servers,
			.may = may,
			.may_arg = (void *)(uintptr_t)config},
		.video = video,
		.stereo = ts_room_is_stereo(ts_room_config(core->room)),
		.now_ns = ts_now_ns()};
	struct stream *s = g_new0(struct stream, 1);
	s->core = core;
	s->protocol = url->protocol;
	int err = ts_streamer_create(&s->streamer, &streamer, &events, s);
	if (err) {
		g_free(s);
		return err;
	}
	core->impl = s;
	err = join_room(s, video, view);
	if (err) {
		ts_sink_unref(&s->sink.sound);
		ts_streamer_finish(s->streamer);
		return err;
	}
	count(s, 1);
	return 0;
}

/* NULL: it may. Else why not, in words. */
static const char *forbids(const struct ts_config *config, const struct ts_stream_url *url)
{
	const struct ts_strings *rules = &config->outputs.allow;
	if (!ts_where_could_be(rules, url))
		return url->protocol == TS_STREAM_UDP || url->protocol == TS_STREAM_RTP
			? "outputs.allow of this server names no such host or network, as udp and "
			  "rtp need it (rtp with the port behind its own)"
			: "outputs.allow of this server lets no stream go there";
	if (url->protocol == TS_STREAM_RTMPS && !config->outputs.verify_servers &&
		!ts_where_is_named(rules, url))
		return "outputs.verify_servers is off: rtmps needs an item of outputs.allow that "
		       "names the host";
	return NULL;
}

static int start(struct ts_outlet_core *core, struct ts_outlet_wish *wish)
{
	struct ts_stream_url url;
	wish->problem = wish->url ? ts_stream_url_parse(&url, wish->url) : "a URL is needed";
	if (wish->problem) return TS_EINVAL;
	ts_stream_url_mask(core->o.url, wish->url);
	wish->problem = forbids(ts_outlets_config(core->all), &url);
	int err = wish->problem ? TS_EAUTH : 0;
	if (!err) {
		core->o.audio_only = !has_pictures(core, url.protocol);
		err = begin(core, &url, wish->view);
	}
	explicit_bzero(&url, sizeof(url));
	return err;
}

const struct ts_outlet_kind ts_outlet_url = {
	.name = "url", .has_thread = true, .start = start, .look = look, .stop = stop};
