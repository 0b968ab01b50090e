/* health - is the server alive, does it take people, and how much does it leave out. */
#include "control/api/health.h"
#include "base/counter.h"
#include "config/config.h"
#include "control/api/handlers.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/rooms/drain.h"
#include "control/rooms/registry.h"
#include "mixer/room/engine.h"

static void on_overload(void *arg, const struct ts_load_news *news)
{
	const struct ts_api *api = arg;
	json_t *json = json_pack("{s:i, s:s, s:i, s:s}", "level", (int)news->level, "step",
		ts_overload_name(news->level), "before", (int)news->before, "because",
		ts_pressure_name(news->why.kind));
	if (json) ts_events_emit(api->events, TS_EVENT_OVERLOAD, "", "overload", json);
}

void ts_overload_events(struct ts_api *api)
{
	ts_load_set_listener(api->engine, on_overload, api);
}

/* ---- handlers */

static void reply_status(const struct ts_api *api, struct ts_request *request, const char *status)
{
	const enum ts_overload_level level = ts_registry_overload(api->registry);
	ts_reply_json(request,
		json_pack("{s:s, s:{s:i, s:s}}", "status", status, "overload", "level", (int)level,
			"step", ts_overload_name(level)),
		NULL);
}

void ts_get_health(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	reply_status(api, request, "ok");
}

static bool is_draining(const struct ts_api *api)
{
	struct ts_drain_info info;
	ts_drain_info(api->drain, &info);
	return info.draining;
}

/* A balancer that asks sends new rooms elsewhere. */
void ts_get_ready(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const enum ts_overload_level level = ts_registry_overload(api->registry);
	(void)param;
	if (ts_registry_is_closing(api->registry))
		ts_problem(request, 503, "stopping", NULL, "the server stops");
	else if (is_draining(api))
		ts_problem(request, 503, "draining", NULL,
			"the server makes no new rooms, and ends when nobody is left");
	else if (ts_count_get(TS_C_ROOMS) >= api->config->limits.max_rooms)
		ts_problem(request, 503, "too-many-rooms", NULL,
			"the server has as many rooms as it may have");
	else if (level >= TS_OVERLOAD_NO_CAMERAS)
		ts_problem(request, 503, "overloaded", NULL,
			"the server is overloaded: level %d, %s", (int)level,
			ts_overload_name(level));
	else
		reply_status(api, request, "ready");
}
