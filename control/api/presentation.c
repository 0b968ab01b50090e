/* presentation - /v1/rooms/{room}/presentation: who presents. */
#include "control/api/calls.h"
#include "control/api/handlers.h"
#include "control/calls/call.h"
#include "control/calls/content.h"
#include "control/events/events.h"
#include "control/json/json.h"
#include "control/rooms/rest.h"

void ts_get_presentation(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_json(request, ts_presentation_json(api, room), NULL);
}

static void on_changed(void *arg, struct ts_room *room)
{
	struct ts_api *api = arg;
	const char *id = ts_room_config(room)->id;
	json_t *json = api->events ? ts_presentation_json(api, room) : NULL;
	if (!json) return;
	json_object_set_new(json, "room", json_string(id));
	ts_events_emit(api->events, TS_EVENT_PRESENTATION, id, id, json);
}

void ts_presentation_events(struct ts_api *api)
{
	ts_contents_watch(ts_calls_contents(api->calls), on_changed, api);
}
