/* rest - what the handlers of /v1 share. */
#include "control/rest.h"
#include "base/error.h"
#include "control/handlers.h"
#include "control/query.h"
#include "control/shapes.h"
#include <glib.h>
#include <string.h>

enum { RETRY_AFTER_S = 10, TAGS_MAX = 16 };

json_t *ts_items_json(json_t *array)
{
	return json_pack("{s:o}", "items", array);
}

struct ts_participant *ts_api_participant(struct ts_request *request, struct ts_room *room, const char *id)
{
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		ts_participant_info(p, &info);
		if (!strcmp(info.id, id)) return p;
	}
	ts_problem(request, 404, "no-such-participant", NULL, "room \"%s\" has no participant \"%.64s\"",
		ts_room_config(room)->id, id);
	return NULL;
}

/* ---- entity tags */

/* One of a list of tags, or "*"; a weak tag of the same value never matches. */
static bool names(const char *list, const char *etag)
{
	g_auto(GStrv) tags = g_strsplit(list, ",", TAGS_MAX);
	for (char **tag = tags; *tag; tag++) {
		const char *one = g_strstrip(*tag);
		if (*etag && (!strcmp(one, "*") || !strcmp(one, etag))) return true;
	}
	return false;
}

bool ts_precondition(struct ts_request *request, const char *etag, const char *why)
{
	const char *match = ts_request_header(request, "If-Match");
	const char *none = ts_request_header(request, "If-None-Match");
	if ((!match || names(match, etag)) && (!none || !names(none, etag))) return true;
	ts_problem_make(request, 412, "changed", NULL, "%s", why);
	if (*etag) ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
	return false;
}

bool ts_api_precondition(struct ts_api *api, struct ts_request *request, struct ts_room *room)
{
	char etag[TS_ETAG_MAX] = "";
	if (room) ts_registry_etag(api->registry, room, etag);
	return ts_precondition(request, etag,
		room ? "the room is not what it was when you looked at it" : "there is no such room yet");
}

/* ---- replies */

void ts_reply_of_room(struct ts_api *api, struct ts_request *request, struct ts_room *room, json_t *json)
{
	char etag[TS_ETAG_MAX];
	ts_registry_etag(api->registry, room, etag);
	ts_reply_json(request, json, etag);
}

void ts_reply_nothing(struct ts_request *request)
{
	ts_reply(request, 204, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_send(request);
}

void ts_reply_later(struct ts_request *request, int err)
{
	char seconds[16];
	g_snprintf(seconds, sizeof(seconds), "%d", RETRY_AFTER_S);
	if (err == TS_ELIMIT)
		ts_problem_make(request, 503, "too-many-rooms", NULL, "the server has as many rooms as it may have");
	else
		ts_problem_make(request, 503, ts_strerror(err), NULL, "the server cannot do that now");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

/* ---- query parameters */

static bool refuse_query(struct ts_request *request, const char *name, const char *what)
{
	g_autofree char *pointer = g_strconcat("/", name, NULL);
	ts_problem(request, 400, "query", pointer, "%s is %s", name, what);
	return false;
}

bool ts_ask_int(struct ts_request *request, const struct ts_shape *query, const char *name, int *out)
{
	const struct ts_field *field = query->field;
	while (strcmp(field->name, name) != 0) field++; /* the names are literals of ours */
	if (!ts_query_int(request, name, (int)field->min, (int)field->max, out)) return true;
	g_autofree char *what = g_strdup_printf("a whole number from %.0f to %.0f", field->min, field->max);
	return refuse_query(request, name, what);
}

bool ts_ask_flag(struct ts_request *request, const char *name, bool *out)
{
	char text[8];
	*out = false;
	const bool ok = !ts_query_text(request, name, text, sizeof(text));
	if (ok && (!strcmp(text, "true") || !strcmp(text, "1"))) *out = true;
	if (ok && (*out || !*text || !strcmp(text, "false") || !strcmp(text, "0"))) return true;
	return refuse_query(request, name, "true or false");
}
