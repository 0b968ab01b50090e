/* flv - the outlet that players come to: the room's HTTP-FLV, begun and ended as an output. */
#include "base/error.h"
#include "control/flv/streams.h"
#include "control/outputs/kind.h"
#include <glib.h>

static void look(struct ts_outlet_core *core)
{
	const struct ts_flv_stream *s = ts_flv_find(core->impl, core->o.room);
	struct ts_flv_info info;
	if (!s) return;
	ts_flv_info(s, &info);
	core->o.state = info.live ? TS_OUTLET_LIVE : TS_OUTLET_CONNECTING;
	core->o.bytes = info.made_bytes;
	core->o.dropped = info.dropped;
	g_snprintf(core->o.watch_url, sizeof(core->o.watch_url), "/flv/%s/%s.flv", info.room,
		info.key);
}

/* Where the room is closing its stream has gone by itself. */
static void stop(struct ts_outlet_core *core)
{
	struct ts_flv *flv = core->impl;
	struct ts_flv_stream *s = ts_flv_find(flv, core->o.room);
	if (s) ts_flv_stop(flv, s);
	explicit_bzero(core->o.watch_url, sizeof(core->o.watch_url));
	ts_outlet_gone(core);
}

static int start(struct ts_outlet_core *core, struct ts_outlet_wish *wish)
{
	struct ts_flv *flv = ts_outlets_players(core->all)->flv;
	struct ts_flv_stream *s;
	if (wish->url) wish->problem = "HTTP-FLV goes to no URL: players come to it";
	if (wish->audio_only) wish->problem = "HTTP-FLV has pictures always";
	if (wish->problem) return TS_EINVAL;
	const int err = ts_flv_start(flv, core->room, wish->view, &s);
	if (err) return err;
	core->impl = flv;
	core->o.attempts = 1;
	g_snprintf(core->o.url, sizeof(core->o.url), "/flv/%s.flv", core->o.room);
	look(core);
	return 0;
}

const struct ts_outlet_kind ts_outlet_flv = {
	.name = "flv", .start = start, .look = look, .stop = stop};
