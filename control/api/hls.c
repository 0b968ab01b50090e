/* hls - /hls/{room}/...: a room's mix for players of HLS. Who may join may watch: the index asks
 * for the PIN or token and answers with a key, which stands in the path of all else. */
#include "base/counter.h"
#include "control/api/handlers.h"
#include "control/hls/streams.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/registry.h"
#include "control/schema/params.h"
#include <string.h>

static void refuse_no_stream(struct ts_request *request)
{
	ts_problem_make(request, 404, "no-such-stream", NULL,
		"this room is not sent as HLS, or the link is old");
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_send(request);
}

static void refuse_no_path(struct ts_request *request)
{
	ts_problem_make(request, 404, NULL, NULL, "there is nothing at this path");
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_send(request);
}

void ts_get_hls_index(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_room *room = ts_registry_find(api->registry, param[0]);
	const bool shut = ts_registry_overload(api->registry) >= TS_OVERLOAD_NO_JOINS;
	const char *why;
	if (!ts_room_id_ok(param[0])) {
		refuse_no_stream(request);
		return;
	}
	if (!ts_admission_join(api->admission, request, param[0], room,
		    shut ? TS_DOOR_SHUT : TS_DOOR_JOIN, &why, NULL)) {
		ts_count(TS_C_HLS_REFUSED);
		return;
	}
	struct ts_hls_stream *stream = ts_hls_find(api->hls, param[0]);
	if (stream)
		ts_hls_reply_index(stream, request, true);
	else
		refuse_no_stream(request);
}

/* A key is a secret like the one of a session, and guesses at it are counted as such. No guess is
 * what asks for a stream that has ended, or by the key of before: every viewer does for a while. */
static struct ts_hls_stream *find_by_key(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_hls_stream *stream = ts_hls_find(api->hls, param[0]);
	if (stream && ts_hls_key_is(stream, param[1])) return stream;
	struct ts_hls_stream *ended = ts_hls_find_ended(api->hls, param[0], param[1]);
	if (ended) return ended;
	ts_count(TS_C_HLS_REFUSED);
	const bool guessed = stream && !ts_hls_key_was(api->hls, param[0], param[1]);
	if (!guessed || ts_admission_no_session(api->admission, request)) refuse_no_stream(request);
	return NULL;
}

/* By its key, too, the index is what somebody new asks for: viewers go on with the playlist that it
 * names. */
static void reply_index_by_key(struct ts_api *api, struct ts_hls_stream *stream,
	struct ts_request *request, const char *id)
{
	const struct ts_room *room = ts_registry_find(api->registry, id);
	const bool locked = room && ts_room_config(room)->locked;
	if (!locked && ts_registry_overload(api->registry) < TS_OVERLOAD_NO_JOINS) {
		ts_hls_reply_index(stream, request, false);
		return;
	}
	ts_count(TS_C_HLS_REFUSED);
	if (locked)
		ts_refuse_locked(request);
	else
		ts_refuse_overloaded(request);
}

static void reply_list(struct ts_hls_stream *stream, struct ts_request *request,
	const struct ts_playlist_name *name)
{
	int msn = -1, part = -1;
	if (ts_ask_int(request, &ts_shape_hls_query, "_HLS_msn", &msn) &&
		ts_ask_int(request, &ts_shape_hls_query, "_HLS_part", &part))
		ts_hls_reply_list(stream, request, name, msn, part);
}

void ts_get_hls_file(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_playlist_name name;
	struct ts_hls_stream *stream = find_by_key(api, request, param);
	if (!stream) return;
	if (!strcmp(param[2], "index.m3u8"))
		reply_index_by_key(api, stream, request, param[0]);
	else if (!ts_playlist_name_read(&name, param[2]))
		refuse_no_path(request);
	else if (name.kind == TS_PLAYLIST_LIST)
		reply_list(stream, request, &name);
	else if (name.kind == TS_PLAYLIST_CAPTIONS)
		ts_hls_reply_captions(stream, request);
	else
		ts_hls_reply_piece(stream, request, &name);
}
