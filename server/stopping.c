/* stopping - the end: HTTP first, then calls, rooms, recordings, outputs, each when the one before
 * it is over; the control loop ends with the last. */
#include "base/clock.h"
#include "control/calls/call.h"
#include "control/flv/streams.h"
#include "control/hls/streams.h"
#include "control/machines/machines.h"
#include "control/outputs/outlets.h"
#include "control/recordings/recordings.h"
#include "control/rooms/drain.h"
#include "control/rooms/registry.h"
#include "server/server.h"

#define STOP_MAX_NS (4500 * TS_NS_PER_MS) /* calls end within 5 s of SIGTERM */

static void on_hls_closed(void *arg)
{
	struct ts_server *server = arg;
	ts_loop_stop(server->engine.control);
}

static void on_outlets_closed(void *arg)
{
	struct ts_server *server = arg;
	ts_flv_close(server->api.flv);
	ts_hls_close(server->api.hls, on_hls_closed, server);
}

static void on_recordings_closed(void *arg)
{
	struct ts_server *server = arg;
	ts_outlets_close(server->api.outlets, on_outlets_closed, server);
}

static void on_rooms_closed(void *arg)
{
	struct ts_server *server = arg;
	ts_recordings_close(server->api.recordings, on_recordings_closed, server);
}

static void on_calls_closed(void *arg)
{
	struct ts_server *server = arg;
	ts_registry_close(server->registry, on_rooms_closed, server);
}

static void on_stop_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_server *server = ts_container_of(timer, struct ts_server, stop_timer);
	(void)now_ns;
	server->overdue = true;
	ts_loop_stop(server->engine.control);
}

/* STOPPING=1 is for the stop itself: from it on systemd allows TimeoutStopSec= alone. */
static void on_drain(void *arg, const struct ts_drain_info *info)
{
	(void)arg;
	ts_notify(info->draining ? "STATUS=draining: no new rooms, ends when nobody is left"
				 : "STATUS=running");
}

static void on_drained(void *arg, bool overdue)
{
	struct ts_server *server = arg;
	(void)overdue;
	if (!server->stopping) ts_server_stop(server);
}

void ts_server_watch_drain(struct ts_server *server)
{
	ts_drain_watch(server->drain,
		&(struct ts_drain_watcher){.changed = on_drain, .over = on_drained}, server);
}

void ts_server_stop(struct ts_server *server)
{
	if (server->stopping) {
		on_stop_timer(&server->stop_timer, 0);
		return;
	}
	server->stopping = true;
	ts_notify("STOPPING=1");
	server->stop_timer.fn = on_stop_timer;
	ts_loop_timer_set(server->engine.control, &server->stop_timer, ts_now_ns() + STOP_MAX_NS);
	ts_machines_close(server->api.machines); /* while they can be told */
	ts_server_stop_http(server);
	ts_calls_close(server->api.calls, on_calls_closed, server);
}
