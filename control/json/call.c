#include "control/calls/call.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* ---- shapes */

static const char *const directions[] = {"in", "out", NULL};
static const char *const states[] = {"dialling", "ringing", "answered", "held", "ended", NULL};
static const char *const outcomes[] = {
	"completed", "busy", "declined", "no-answer", "timeout", "cancelled", "failed", NULL};
const char *const ts_call_srtp_names[] = {"off", "offered", "required", NULL};

static bool to_ok(const char *text)
{
	static const char *const schemes[] = {"sip:", "sips:", "tel:", "user:"};
	bool good = *text && strspn(text, "+0123456789*#().-") == strlen(text); /* a number */
	for (size_t i = 0; !good && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		good = !strncmp(text, schemes[i], strlen(schemes[i]));
	if (!good) return false;
	for (; *text; text++)
		if (*text <= ' ' || *text == 0x7f || strchr("<>\"", *text)) return false;
	return true;
}

static const struct ts_field fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"direction", TS_F_STRING, TS_F_READ, .choices = directions},
	{"to", TS_F_STRING, TS_F_NEEDED, .min = 2, .max = TS_SIP_TEXT_MAX - 1, .ok = to_ok,
		.pattern = "^((sips?|tel|user):[^ <>\"]+|[-+0-9*#().]+)$",
		.help = "Whom we call: sip:boardroom@host;transport=tls, a number or tel: URI that "
			"a trunk takes, user:NAME of a phone that registered here; of a call that "
			"came, who called"},
	{"trunk", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "By which it came or goes"},
	{"attributes", TS_F_ANY, TS_F_READ,
		.help = "What headers said that `headers` of the trunk names"},
	{"name", TS_F_STRING, .min = 0, .max = TS_NAME_MAX,
		.help = "Of the participant; the URI where it is left out"},
	{"srtp", TS_F_STRING, TS_F_WRITE, .choices = ts_call_srtp_names,
		.help = "As sip.srtp, for this call"},
	{"video", TS_F_BOOL, TS_F_WRITE, .help = "false: offer sound alone"},
	{"redial", TS_F_BOOL, TS_F_WRITE, .help = "Call again when the connection breaks off"},
	{"participant", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "Its id"},
	{"user_agent", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"secure", TS_F_BOOL, TS_F_READ,
		.help = "Signalled over TLS, so that nobody on the way reads the keys of SRTP; of "
			"a call of ours known when it is answered"},
	{"state", TS_F_STRING, TS_F_READ, .choices = states},
	{"outcome", TS_F_STRING, TS_F_READ | TS_F_NULL, .choices = outcomes,
		.help = "null while it goes on"},
	{"code", TS_F_INT, TS_F_READ | TS_F_NULL, .min = 100, .max = 699,
		.help = "SIP status that said so"},
	{"reason", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"began_ms", TS_F_INT, TS_F_READ, .help = "Unix time, as the following"},
	{"answered_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
	{"ended_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
	{"redials", TS_F_INT, TS_F_READ},
};
const struct ts_shape ts_shape_call = TS_SHAPE(
	"Call", fields, "A SIP call; one that ended is kept for some minutes");
static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_call, .help = "Oldest first"}};
const struct ts_shape ts_shape_calls = TS_SHAPE("Calls", list_fields, NULL);

static const struct ts_field message_fields[] = {
	{"sent", TS_F_BOOL, .help = "By us"},
	{"at_ms", TS_F_INT, .help = "Unix time"},
	{"text", TS_F_STRING, .help = "Without secrets"},
};
static const struct ts_shape message = TS_SHAPE(NULL, message_fields, NULL);
static const struct ts_field trace_fields[] = {{"items", TS_F_LIST, .of = &message,
	.help = "The last ones of the call: 48 at most, and 64 kB of text"}};
const struct ts_shape ts_shape_trace = TS_SHAPE(
	"Ladder", trace_fields, "The SIP messages of a call");

/* ---- */

static json_t *text_or_null(const char *text)
{
	json_t *json = *text ? json_string(text) : NULL;
	return json ? json : json_null(); /* a reason phrase need not be UTF-8 */
}

/* "name=value" lines */
static json_t *attributes_json(const char *lines)
{
	json_t *json = json_object();
	while (*lines) {
		const size_t n = strcspn(lines, "\n"), n_name = strcspn(lines, "=");
		char name[TS_SIP_TEXT_MAX];
		if (n_name < n && n_name < sizeof(name)) {
			memcpy(name, lines, n_name);
			name[n_name] = '\0';
			json_object_set_new(
				json, name, json_stringn(lines + n_name + 1, n - n_name - 1));
		}
		lines += n + (lines[n] == '\n');
	}
	return json;
}

static json_t *number_or_null(int64_t value)
{
	return value ? json_integer(value) : json_null();
}

json_t *ts_call_json(const struct ts_call *call)
{
	const struct ts_call_info *info = ts_call_info(call);
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:s, s:s?, s:o, s:o, s:I, s:o, s:o, s:i, "
		"s:o, s:o}",
		"id", info->id, "direction", info->dialled ? "out" : "in", "to",
		text_or_null(info->peer), "name", text_or_null(info->name), "participant",
		text_or_null(info->participant), "user_agent", text_or_null(info->agent), "secure",
		info->secure, "state", ts_call_state_name(info->state), "outcome", info->outcome,
		"code", number_or_null(info->code), "reason", text_or_null(info->reason),
		"began_ms", (json_int_t)info->began_unix_ms, "answered_ms",
		number_or_null(info->answered_unix_ms), "ended_ms",
		number_or_null(info->ended_unix_ms), "redials", info->redials, "trunk",
		text_or_null(info->trunk), "attributes", attributes_json(info->attributes));
}
