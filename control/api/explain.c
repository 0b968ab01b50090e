/* explain - /v1/rooms/{room}/participants/{id}/explain and /quality: why a participant receives
 * what they receive, and how good it is. */
#include "control/api/handlers.h"
#include "control/json/json.h"
#include "control/rooms/rest.h"

static struct ts_participant *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	return room ? ts_api_participant(request, room, param[1]) : NULL;
}

/* Without the room's entity tag: what is measured changes all the time. */
void ts_get_explain(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant *participant = find(api, request, param);
	if (participant) ts_reply_json(request, ts_explain_json(participant, false), NULL);
}

void ts_get_quality(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_participant *participant = find(api, request, param);
	if (participant) ts_reply_json(request, ts_quality_json(api, participant), NULL);
}
