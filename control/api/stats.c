/* stats - /v1/stats: what has been going on, on the server and in a room; and what is told of a
 * meeting that is over. */
#include "control/api/stats.h"
#include "control/api/handlers.h"
#include "control/cdr/cdr.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/stats/stats.h"

static void on_participant(void *arg, const char *room_id, const char *id, json_t *line)
{
	const struct ts_api *api = arg;
	ts_events_emit(api->events, TS_EVENT_PARTICIPANT_ENDED, room_id, id, line);
}

static void on_meeting(void *arg, const char *room_id, const char *id, json_t *line)
{
	const struct ts_api *api = arg;
	ts_events_emit(api->events, TS_EVENT_ROOM_ENDED, room_id, id, line);
}

void ts_meeting_events(struct ts_api *api, struct ts_cdr *cdr)
{
	static const struct ts_cdr_events events = {on_meeting, on_participant};
	ts_cdr_watch(cdr, &events, api);
}

/* ---- handlers */

void ts_get_stats(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	ts_reply_json(request, ts_stats_json(api->stats), NULL);
}

void ts_get_room_stats(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_tally *tally = ts_stats_room(api->stats, param[0]);
	if (tally)
		ts_reply_json(request, ts_room_stats_json(param[0], tally), NULL);
	else
		ts_problem(request, 404, "no-such-room", NULL,
			"nothing is known of what went on in a room \"%.64s\"", param[0]);
}
