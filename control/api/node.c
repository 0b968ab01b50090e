/* node - the server itself: what it is doing, and that it is to end without cutting anybody. */
#include "control/api/node.h"
#include "config/config.h"
#include "control/api/handlers.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/drain.h"
#include "control/schema/body.h"

static void on_changed(void *arg, const struct ts_drain_info *info)
{
	const struct ts_api *api = arg;
	(void)info;
	ts_events_emit_to_all(api->events, TS_EVENT_NODE_UPDATED, "node", ts_node_json(api),
		ts_own_node_json(api));
}

void ts_node_events(struct ts_api *api)
{
	ts_drain_watch(api->drain, &(struct ts_drain_watcher){.changed = on_changed}, api);
}

/* ---- handlers */

void ts_get_node(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	ts_reply_json(request, ts_node_json(api), NULL);
}

void ts_post_drain(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *body = ts_body_read(request, &ts_shape_drain, TS_USE_BODY);
	(void)param;
	if (!body) return;
	const json_t *deadline_s = json_object_get(body, "deadline_s");
	ts_drain_start(api->drain,
		deadline_s ? (int)json_integer_value(deadline_s) : api->config->node.drain_s);
	json_decref(body);
	ts_json_make(request, 202, ts_node_json(api));
	ts_reply_send(request);
}

/* Also where it does not drain: it is what was asked for. */
void ts_delete_drain(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	ts_drain_cancel(api->drain);
	ts_reply_nothing(request);
}
