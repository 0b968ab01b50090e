/* breakouts - /v1/rooms/{room}/breakouts, and what is told of meetings that end soon. */
#include "control/api/breakouts.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/events/events.h"
#include "control/http/http.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/meetings/breakouts.h"
#include "control/meetings/meetings.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <glib.h>
#include <string.h>

/* ---- events */

static void emit_ending(
	const struct ts_api *api, const struct ts_room *room, int64_t unix_ms, const char *because)
{
	const char *id = ts_room_config(room)->id;
	json_t *json = json_pack("{s:s, s:o, s:s?}", "room", id, "ends_ms",
		ts_time_or_null(unix_ms), "because", because);
	ts_events_emit_in_room(api->events, TS_EVENT_ROOM_ENDING, id, json_incref(json), json);
}

static void on_meeting_ends(void *arg, struct ts_room *room, const struct ts_span *span)
{
	emit_ending(arg, room, span->end_ms, ts_span_because_name(span->because));
}

static void on_breakout_ends(void *arg, struct ts_room *room, int64_t unix_ms)
{
	emit_ending(arg, room, unix_ms, "breakout");
}

static void on_breakouts(void *arg, struct ts_room *parent, const struct ts_breakout_set *set)
{
	const struct ts_api *api = arg;
	const char *id = ts_room_config(parent)->id;
	json_t *json = set ? ts_breakouts_json(parent, set, NULL) : json_pack("{s:s}", "room", id);
	if (json && set) json_object_set_new(json, "room", json_string(id));
	ts_events_emit(api->events, set ? TS_EVENT_BREAKOUTS : TS_EVENT_BREAKOUTS_REMOVED, id,
		"breakouts", json);
}

void ts_ending_events(struct ts_api *api, struct ts_meetings *meetings)
{
	static const struct ts_breakouts_watcher watcher = {
		.changed = on_breakouts, .ending = on_breakout_ends};
	ts_meetings_watch(meetings, on_meeting_ends, api);
	ts_breakouts_watch(api->breakouts, &watcher, api);
}

/* ---- starting */

struct reading {
	struct ts_request *request;
	struct ts_room *room;
	struct ts_breakout_wish *wish;
	GHashTable *by_id;    /* id -> participant, of the room */
	GHashTable *assigned; /* ids that were named */
};

/* False: answered. */
static bool assign(const struct reading *r, size_t to, const json_t *ids)
{
	const json_t *value;
	size_t i;
	json_array_foreach(ids, i, value)
	{
		const char *id = json_string_value(value);
		if (!g_hash_table_add(r->assigned, (char *)(uintptr_t)id)) {
			ts_problem(r->request, 422, "field", "/rooms",
				"participant \"%.32s\" is assigned twice", id);
			return false;
		}
		if (r->wish->n_moves == r->wish->max_moves) {
			ts_problem(r->request, 422, "field", "/rooms",
				"more participants are assigned than there can be");
			return false;
		}
		struct ts_breakout_move *m = &r->wish->move[r->wish->n_moves++];
		*m = (struct ts_breakout_move){
			.to = to, .participant = g_hash_table_lookup(r->by_id, id)};
		g_strlcpy(m->id, id, sizeof(m->id));
	}
	return true;
}

static bool read_rooms(const struct reading *r, const json_t *rooms)
{
	const json_t *one;
	size_t i;
	json_array_foreach(rooms, i, one)
	{
		char *name = r->wish->name[i];
		const char *given = json_string_value(json_object_get(one, "name"));
		if (given)
			g_strlcpy(name, given, sizeof(r->wish->name[i]));
		else
			g_snprintf(name, sizeof(r->wish->name[i]), "%zu", i + 1);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(name, r->wish->name[k])) {
				ts_problem(r->request, 422, "field", "/rooms",
					"two breakouts are called \"%s\"", name);
				return false;
			}
		if (!assign(r, i, json_object_get(one, "participants"))) return false;
	}
	r->wish->n = json_array_size(rooms);
	if (r->wish->n) return true;
	ts_problem(r->request, 422, "field", "/rooms", "/rooms has one room at least");
	return false;
}

static json_t *not_moved_json(const struct ts_breakout_wish *wish)
{
	json_t *array = json_array();
	for (size_t i = 0; i < wish->n_moves; i++)
		if (wish->move[i].why)
			json_array_append_new(array,
				json_pack("{s:s, s:s}", "id", wish->move[i].id, "reason",
					wish->move[i].why));
	return array;
}

static void start(struct ts_api *api, const struct reading *r)
{
	int rc = ts_breakouts_start(api->breakouts, r->room, r->wish);
	switch (rc) {
	case 0: {
		char location[sizeof("/v1/rooms//breakouts") + TS_ROOM_ID_MAX];
		g_snprintf(location, sizeof(location), "/v1/rooms/%s/breakouts",
			ts_room_config(r->room)->id);
		ts_json_make(r->request, 201,
			ts_breakouts_json(r->room, ts_breakouts_of(api->breakouts, r->room),
				not_moved_json(r->wish)));
		ts_reply_header(r->request, "Location", location);
		ts_reply_send(r->request);
		return;
	}
	case TS_EAGAIN:
		ts_problem(r->request, 409, "breakouts-run", NULL,
			"the room has breakouts already, or is one");
		return;
	case TS_EEXIST:
		ts_problem(r->request, 409, "room-exists", "/rooms",
			"there is a room \"%.64s.%.32s\" already", ts_room_config(r->room)->id,
			r->wish->name[r->wish->refused]);
		return;
	case TS_EINVAL:
		ts_problem(r->request, 422, "field", "/rooms",
			"\"%.64s.%.32s\" is longer than the %d of a room id",
			ts_room_config(r->room)->id, r->wish->name[r->wish->refused],
			TS_ROOM_ID_MAX);
		return;
	case TS_ELIMIT:
		ts_problem_make(r->request, 503, "too-many-rooms", "/rooms",
			"breakouts leave one in %d of limits.max_rooms to other rooms",
			TS_BREAKOUTS_LEAVE);
		ts_reply_header(r->request, "Retry-After", "10");
		ts_reply_send(r->request);
		return;
	default: ts_reply_later(r->request, rc);
	}
}

void ts_post_breakouts(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	json_t *body = room ? ts_body_read(request, &ts_shape_breakouts_start, TS_USE_BODY) : NULL;
	if (!body) return;
	const char *split = json_string_value(json_object_get(body, "split"));
	struct ts_breakout_wish *wish = g_new0(struct ts_breakout_wish, 1);
	wish->even = split && !strcmp(split, "even");
	wish->return_after_s = (int)json_integer_value(json_object_get(body, "return_after_s"));
	struct reading r = {.request = request,
		.room = room,
		.wish = wish,
		.by_id = g_hash_table_new(g_str_hash, g_str_equal),
		.assigned = g_hash_table_new(g_str_hash, g_str_equal)};
	for (struct ts_participant *p = ts_room_first_person(room); p; p = ts_room_next_person(p))
		g_hash_table_insert(r.by_id, (char *)(uintptr_t)ts_participant_id(p), p);
	/* as many as are here, and of those who have just left some */
	wish->max_moves = g_hash_table_size(r.by_id) + 1000;
	wish->move = g_new0(struct ts_breakout_move, wish->max_moves);
	if (read_rooms(&r, json_object_get(body, "rooms"))) start(api, &r);
	g_hash_table_unref(r.by_id);
	g_hash_table_unref(r.assigned);
	g_free(wish->move);
	g_free(wish);
	json_decref(body);
}

/* ---- looking, and bringing back */

/* NULL: answered. */
static const struct ts_breakout_set *find(struct ts_api *api, struct ts_request *request,
	const char *const *param, struct ts_room **room)
{
	*room = ts_api_room(api, request, param[0]);
	const struct ts_breakout_set *set = *room ? ts_breakouts_of(api->breakouts, *room) : NULL;
	if (*room && !set)
		ts_problem(request, 404, "no-breakouts", NULL, "the room has no breakouts");
	return set;
}

void ts_get_breakouts(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	const struct ts_breakout_set *set = find(api, request, param, &room);
	if (set) ts_reply_json(request, ts_breakouts_json(room, set, NULL), NULL);
}

static json_t *still_there_json(const struct ts_breakout_set *set)
{
	json_t *array = json_array();
	struct ts_room *room;
	for (size_t i = 0; (room = ts_breakout_room(set, i)) != NULL; i++) {
		struct ts_participant *p = ts_room_first_person(room);
		for (; p; p = ts_room_next_person(p))
			json_array_append_new(array,
				json_pack("{s:s, s:s}", "id", ts_participant_id(p), "reason",
					"not-movable"));
	}
	return array;
}

void ts_delete_breakouts(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room;
	if (!find(api, request, param, &room)) return;
	ts_breakouts_return(api->breakouts, room);
	const struct ts_breakout_set *set = ts_breakouts_of(api->breakouts, room);
	ts_reply_json(
		request, ts_breakouts_json(room, set, set ? still_there_json(set) : NULL), NULL);
}
