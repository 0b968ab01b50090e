/* call_rest - /v1/rooms/{room}/calls: who called and whom we call. */
#include "control/call_rest.h"
#include "base/error.h"
#include "control/api.h"
#include "control/body.h"
#include "control/events.h"
#include "control/handlers.h"
#include "control/http.h"
#include "control/rest.h"
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* ---- shapes */

static const char *const directions[] = {"in", "out", NULL};
static const char *const states[] = {"dialling", "ringing", "answered", "held", "ended", NULL};
static const char *const outcomes[] = {
	"completed", "busy", "declined", "no-answer", "timeout", "cancelled", "failed", NULL};
static const char *const srtps[] = {"off", "offered", "required", NULL};

static bool to_ok(const char *text)
{
	if (strncmp(text, "sip:", 4) != 0 && strncmp(text, "sips:", 5) != 0) return false;
	for (; *text; text++)
		if (*text <= ' ' || *text == 0x7f || strchr("<>\"", *text)) return false;
	return true;
}

static const struct ts_field fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"direction", TS_F_STRING, TS_F_READ, .choices = directions},
	{"to", TS_F_STRING, TS_F_NEEDED, .min = 5, .max = TS_SIP_TEXT_MAX - 1, .ok = to_ok,
		.pattern = "^sips?:[^ <>\"]+$",
		.help = "Whom we call, e.g. sip:boardroom@host;transport=tls; of a call that came, who called"},
	{"name", TS_F_STRING, .min = 0, .max = TS_NAME_MAX, .help = "Of the participant; the URI where it is left out"},
	{"srtp", TS_F_STRING, TS_F_WRITE, .choices = srtps, .help = "As sip.srtp, for this call"},
	{"video", TS_F_BOOL, TS_F_WRITE, .help = "false: offer sound alone"},
	{"redial", TS_F_BOOL, TS_F_WRITE, .help = "Call again when the connection breaks off"},
	{"participant", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "Its id"},
	{"user_agent", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"secure", TS_F_BOOL, TS_F_READ,
		.help = "Signalled over TLS, so that nobody on the way reads the keys of SRTP; of a call of ours known when it is answered"},
	{"state", TS_F_STRING, TS_F_READ, .choices = states},
	{"outcome", TS_F_STRING, TS_F_READ | TS_F_NULL, .choices = outcomes, .help = "null while it goes on"},
	{"code", TS_F_INT, TS_F_READ | TS_F_NULL, .min = 100, .max = 699, .help = "SIP status that said so"},
	{"reason", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"began_ms", TS_F_INT, TS_F_READ, .help = "Unix time, as the following"},
	{"answered_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
	{"ended_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
	{"redials", TS_F_INT, TS_F_READ},
};
const struct ts_shape ts_shape_call = TS_SHAPE("Call", fields, "A SIP call; one that ended is kept for some minutes");
static const struct ts_field list_fields[] = {{"items", TS_F_LIST, .of = &ts_shape_call, .help = "Oldest first"}};
const struct ts_shape ts_shape_calls = TS_SHAPE("Calls", list_fields, NULL);

static const struct ts_field message_fields[] = {
	{"sent", TS_F_BOOL, .help = "By us"},
	{"at_ms", TS_F_INT, .help = "Unix time"},
	{"text", TS_F_STRING, .help = "Without secrets"},
};
static const struct ts_shape message = TS_SHAPE(NULL, message_fields, NULL);
static const struct ts_field ladder_fields[] = {
	{"items", TS_F_LIST, .of = &message, .help = "The first ones of the call"}};
const struct ts_shape ts_shape_ladder = TS_SHAPE("Ladder", ladder_fields, "The SIP messages of a call");

/* ---- JSON */

static json_t *text_or_null(const char *text)
{
	json_t *json = *text ? json_string(text) : NULL;
	return json ? json : json_null(); /* a reason phrase need not be UTF-8 */
}

static json_t *number_or_null(int64_t value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *call_json(const struct ts_call *call)
{
	const struct ts_call_info *info = ts_call_info(call);
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:s, s:s?, s:o, s:o, s:I, s:o, s:o, s:i}", "id", info->id,
		"direction", info->dialled ? "out" : "in", "to", text_or_null(info->peer), "name",
		text_or_null(info->name), "participant", text_or_null(info->participant), "user_agent",
		text_or_null(info->agent), "secure", info->secure, "state", ts_call_state_name(info->state), "outcome",
		info->outcome, "code", number_or_null(info->code), "reason", text_or_null(info->reason), "began_ms",
		(json_int_t)info->began_unix_ms, "answered_ms", number_or_null(info->answered_unix_ms), "ended_ms",
		number_or_null(info->ended_unix_ms), "redials", info->redials);
}

static void on_changed(void *arg, const struct ts_call *call)
{
	struct ts_api *api = arg;
	json_t *json = call_json(call);
	if (!json || !api->events) {
		json_decref(json);
		return;
	}
	json_object_set_new(json, "room", json_string(ts_call_info(call)->room));
	ts_events_tell(api->events, "call.updated", ts_call_info(call)->room, ts_call_info(call)->id, json);
}

void ts_call_events(struct ts_api *api)
{
	ts_calls_watch(api->calls, on_changed, api);
}

/* ---- handlers */

static struct ts_call *find(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_call *call = ts_calls_find(api->calls, param[0], param[1]);
	if (!call)
		ts_problem(
			request, 404, "no-such-call", NULL, "room \"%.64s\" has no call \"%.64s\"", param[0], param[1]);
	return call;
}

void ts_get_calls(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_call *call = NULL;
	while ((call = ts_calls_next(api->calls, param[0], call))) json_array_append_new(array, call_json(call));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_call(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_call *call = find(api, request, param);
	if (call) ts_reply_json(request, call_json(call), NULL);
}

void ts_delete_call(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_call *call = find(api, request, param);
	if (!call) return;
	ts_call_hang_up(call);
	ts_reply_nothing(request);
}

void ts_get_ladder(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_call *call = find(api, request, param);
	if (!call) return;
	json_t *array = json_array();
	for (const GList *link = ts_call_ladder(call)->head; link; link = link->next) {
		const struct ts_call_message *m = link->data;
		json_array_append_new(array,
			json_pack("{s:b, s:I, s:s}", "sent", m->sent, "at_ms", (json_int_t)m->at_unix_ms, "text",
				m->text));
	}
	ts_reply_json(request, ts_items_json(array), NULL);
}

static void take_wish(struct ts_dial *dial, const json_t *body, const struct ts_config *config)
{
	const char *name = json_string_value(json_object_get(body, "name"));
	const char *srtp = json_string_value(json_object_get(body, "srtp"));
	g_strlcpy(dial->to, json_string_value(json_object_get(body, "to")), sizeof(dial->to));
	g_strlcpy(dial->name, name ? name : "", sizeof(dial->name));
	dial->srtp = config->sip.srtp;
	for (int i = 0; srtp && srtps[i]; i++)
		if (!strcmp(srtp, srtps[i])) dial->srtp = i;
	dial->redial = json_is_true(json_object_get(body, "redial"));
	dial->no_video = json_is_false(json_object_get(body, "video"));
}

static void refuse(struct ts_request *request, int err)
{
	if (err == TS_EINVAL)
		ts_problem(request, 422, "to", "/to", "this is no SIP URI that can be called from here");
	else if (err == TS_EAUTH)
		ts_problem(request, 422, "to", "/to", "sip.dial of this server lets no call go there");
	else if (err == TS_EFULL)
		ts_problem(request, 409, "room-full", NULL, "the room is full");
	else if (err == TS_ECLOSED)
		ts_problem(request, 409, "no-sip", NULL, "SIP is off on this server");
	else
		ts_reply_later(request, err);
}

void ts_post_calls(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_dial dial = {.redial = false};
	const struct ts_call *call;
	if (!ts_room_id_ok(param[0])) {
		ts_problem(request, 400, "room-id", "/room", "a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -",
			TS_ROOM_ID_MAX);
		return;
	}
	json_t *body = ts_body_read(request, &ts_shape_call, TS_USE_BODY);
	if (!body) return;
	take_wish(&dial, body, api->config);
	json_decref(body);
	int rc = ts_calls_dial(api->calls, param[0], &dial, &call);
	if (rc) {
		refuse(request, rc);
		return;
	}
	char location[200];
	g_autofree char *text = NULL;
	json_t *json = call_json(call);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	g_snprintf(location, sizeof(location), "/v1/rooms/%s/calls/%s", param[0], ts_call_info(call)->id);
	ts_reply(request, 202, "application/json", text ? text : "{}", text ? strlen(text) : 2, TS_BODY_COPY);
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}
