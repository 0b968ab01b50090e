/* waiting - /v1/rooms/{room}/waiting: guests who wait for a host, let in or refused. */
#include "control/api/handlers.h"
#include "control/http/http.h"
#include "control/join/hosting.h"
#include "control/rooms/rest.h"

void ts_get_waiting(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_waiting(api, request, room);
}

void ts_patch_waiting(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_change_waiting(api, request, room, param[1]);
}

void ts_delete_waiting(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_refuse_waiting(api, request, room, param[1]);
}
