/* trunks - /v1/sip/trunks: where we register and call by; /v1/sip/registrations: who registered
 * here. */
#include "control/trunks/trunks.h"
#include "base/clock.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/api/trunks.h"
#include "control/calls/call.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include "control/trunks/registrations.h"
#include <glib.h>
#include <string.h>

static void on_changed(void *arg, const struct ts_trunk *trunk, bool gone)
{
	struct ts_api *api = arg;
	const char *id = trunk->config->name;
	if (!api->events) return;
	if (gone)
		ts_events_emit(
			api->events, TS_EVENT_TRUNK_REMOVED, "", id, json_pack("{s:s}", "id", id));
	else
		ts_events_emit(api->events, TS_EVENT_TRUNK, "", id, ts_trunk_json(trunk));
}

void ts_trunk_events(struct ts_api *api)
{
	ts_trunks_watch(ts_calls_trunks(api->calls), on_changed, api);
}

/* ---- handlers */

static struct ts_trunks *all(const struct ts_api *api)
{
	return api->calls ? ts_calls_trunks(api->calls) : NULL;
}

static const struct ts_trunk *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_trunk *trunk = ts_trunks_find(all(api), param[0]);
	if (!trunk)
		ts_problem(request, 404, "no-such-trunk", NULL, "there is no trunk \"%.64s\"",
			param[0]);
	return trunk;
}

void ts_get_trunks(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_trunk *trunk;
	(void)param;
	for (size_t i = 0; (trunk = ts_trunks_at(all(api), i)); i++)
		json_array_append_new(array, ts_trunk_json(trunk));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_trunk(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_trunk *trunk = find(api, request, param);
	if (trunk) ts_reply_json(request, ts_trunk_json(trunk), NULL);
}

static void refuse(struct ts_request *request, int rc)
{
	if (rc == TS_EEXIST)
		ts_problem(request, 409, "trunk-of-file", NULL,
			"the trunk stands in the configuration file, and stays as it is");
	else if (rc == TS_ELIMIT)
		ts_problem(request, 409, "too-many-trunks", NULL,
			"the server has as many trunks as it may have");
	else
		ts_reply_later(request, rc);
}

/* Makes or replaces it; answered unless it succeeds. */
static const struct ts_trunk *put(
	struct ts_api *api, struct ts_request *request, const json_t *settings)
{
	struct ts_shape_error error = {"", ""};
	struct ts_trunk_config *config = ts_trunk_from_json(settings, false, &error);
	if (!config) {
		ts_problem(request, 422, "trunk", error.pointer, "%s", error.detail);
		return NULL;
	}
	char name[TS_TRUNK_NAME_MAX + 1];
	g_strlcpy(name, config->name, sizeof(name));
	int rc = ts_trunks_put(all(api), config);
	if (!rc) return ts_trunks_find(all(api), name);
	ts_trunk_config_unref(config);
	refuse(request, rc);
	return NULL;
}

void ts_post_trunks(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_trunk *trunk = NULL;
	(void)param;
	json_t *body = ts_body_read(request, &ts_shape_trunk, TS_USE_BODY);
	if (!body) return;
	if (!all(api))
		ts_problem(request, 409, "no-sip", NULL, "SIP is off on this server");
	else if (ts_trunks_find(all(api), json_string_value(json_object_get(body, "id"))))
		ts_problem(request, 409, "trunk-exists", "/id", "there is a trunk of that id");
	else
		trunk = put(api, request, body);
	json_decref(body);
	if (!trunk) return;
	char location[80];
	g_snprintf(location, sizeof(location), "/v1/sip/trunks/%s", trunk->config->name);
	ts_json_make(request, 201, ts_trunk_json(trunk));
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}

void ts_patch_trunk(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_trunk *trunk = find(api, request, param);
	if (!trunk) return;
	json_t *patch = ts_body_read(request, &ts_shape_trunk, TS_USE_PATCH);
	if (!patch) return;
	const char *id = json_string_value(json_object_get(patch, "id"));
	json_t *settings = ts_trunk_settings(trunk->config);
	if (json_object_get(patch, "id") && (!id || strcmp(id, param[0]) != 0)) {
		ts_problem(request, 422, "trunk", "/id", "the id of a trunk never changes");
	} else if (ts_body_merge(settings, patch)) {
		ts_reply_later(request, TS_ENOMEM);
	} else {
		trunk = put(api, request, settings);
		if (trunk) ts_reply_json(request, ts_trunk_json(trunk), NULL);
	}
	json_decref(settings);
	json_decref(patch);
}

void ts_delete_trunk(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	if (!find(api, request, param)) return;
	int rc = ts_trunks_remove(all(api), param[0]);
	if (rc)
		refuse(request, rc);
	else
		ts_reply_nothing(request);
}

void ts_get_registrations(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	ts_reply_json(request,
		ts_items_json(api->calls ? ts_registrations_json(
						   ts_calls_registrations(api->calls), ts_now_ns())
					 : json_array()),
		NULL);
}
