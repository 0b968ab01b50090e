/* flv - /flv/...: a room's mix for players of HTTP-FLV. Who may join may watch: by the PIN or token
 * in the query, or by the stream's key in the path. */
#include "base/counter.h"
#include "control/api/handlers.h"
#include "control/flv/streams.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/rooms/admission.h"
#include "control/rooms/registry.h"

static void refuse_no_stream(struct ts_request *request)
{
	ts_problem_make(request, 404, "no-such-stream", NULL,
		"this room is not sent as HTTP-FLV, or the link is old");
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_send(request);
}

void ts_get_flv(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const char *id = param[0];
	const bool shut = ts_registry_overload(api->registry) >= TS_OVERLOAD_NO_JOINS;
	const char *why;
	if (!ts_room_id_ok(id)) {
		refuse_no_stream(request);
		return;
	}
	if (!ts_admission_join(api->admission, request, id, ts_registry_find(api->registry, id),
		    shut ? TS_DOOR_SHUT : TS_DOOR_JOIN, &why, NULL)) {
		ts_count(TS_C_FLV_REFUSED);
		return;
	}
	struct ts_flv_stream *stream = ts_flv_find(api->flv, id);
	if (stream)
		ts_flv_watch(stream, request);
	else
		refuse_no_stream(request);
}

/* A wrong key is a guess, but for one of a stream that has ended or has another by now. */
void ts_get_flv_by_key(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_room *room = ts_registry_find(api->registry, param[0]);
	struct ts_flv_stream *stream = ts_flv_find(api->flv, param[0]);
	if (!stream || !ts_flv_key_is(stream, param[1])) {
		ts_count(TS_C_FLV_REFUSED);
		const bool guessed = stream && !ts_flv_key_was(api->flv, param[0], param[1]);
		if (!guessed || ts_admission_no_session(api->admission, request))
			refuse_no_stream(request);
	} else if (room && ts_room_config(room)->locked) {
		ts_count(TS_C_FLV_REFUSED);
		ts_refuse_locked(request);
	} else if (ts_registry_overload(api->registry) >= TS_OVERLOAD_NO_JOINS) {
		ts_count(TS_C_FLV_REFUSED);
		ts_refuse_overloaded(request);
	} else {
		ts_flv_watch(stream, request);
	}
}
