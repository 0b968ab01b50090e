/* hls - the outlet that players come to: the room's HLS, begun and ended as an output. */
#include "base/error.h"
#include "control/hls/streams.h"
#include "control/outputs/kind.h"
#include <glib.h>

static void look(struct ts_outlet_core *core)
{
	const struct ts_hls_stream *s = ts_hls_find(core->impl, core->o.room);
	struct ts_hls_info info;
	if (!s) return;
	ts_hls_info(s, &info);
	core->o.state = info.live ? TS_OUTLET_LIVE : TS_OUTLET_CONNECTING;
	core->o.bytes = info.made_bytes;
	core->o.dropped = info.dropped;
	g_snprintf(core->o.watch_url, sizeof(core->o.watch_url), "/hls/%s/%s/index.m3u8", info.room,
		info.key);
}

/* Where the room is closing its stream has gone by itself. */
static void stop(struct ts_outlet_core *core)
{
	struct ts_hls *hls = core->impl;
	struct ts_hls_stream *s = ts_hls_find(hls, core->o.room);
	if (s && core->o.reason)
		ts_hls_end(hls, s);
	else if (s)
		ts_hls_stop(hls, s); /* it was removed */
	explicit_bzero(core->o.watch_url, sizeof(core->o.watch_url));
	ts_outlet_gone(core);
}

static int start(struct ts_outlet_core *core, struct ts_outlet_wish *wish)
{
	struct ts_hls *hls = ts_outlets_players(core->all)->hls;
	struct ts_hls_stream *s;
	if (wish->url) wish->problem = "HLS goes to no URL: players come to it";
	if (wish->audio_only) wish->problem = "HLS has pictures always";
	if (wish->problem) return TS_EINVAL;
	const int err = ts_hls_start(hls, core->room, wish->view, &s);
	if (err) return err;
	core->impl = hls;
	core->o.attempts = 1;
	g_snprintf(core->o.url, sizeof(core->o.url), "/hls/%s/index.m3u8", core->o.room);
	look(core);
	return 0;
}

const struct ts_outlet_kind ts_outlet_hls = {
	.name = "hls", .start = start, .look = look, .stop = stop};
