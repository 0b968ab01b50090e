#include "control/calls/call.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/windows.h"
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* ---- shapes */

static const char *const directions[] = {"in", "out", NULL};
static const char *const states[] = {"dialling", "ringing", "answered", "held", "ended", NULL};
static const char *const outcomes[] = {"completed", "busy", "declined", "no-answer", "timeout",
	"cancelled", "failed", "not-admitted", NULL};

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

static const char *const transfers[] = {"asked", "trying", "done", "failed", NULL};

static const struct ts_field cause_fields[] = {
	{"sip", TS_F_INT, TS_F_NULL, .min = 1, .max = 999},
	{"q850", TS_F_INT, TS_F_NULL, .min = 1, .max = 999},
	{"text", TS_F_STRING, TS_F_NULL},
};
static const struct ts_shape cause = TS_SHAPE(NULL, cause_fields, NULL);

static const struct ts_field transfer_fields[] = {
	{"to", TS_F_STRING, TS_F_NEEDED, .min = 5, .max = TS_SIP_TEXT_MAX - 1, .ok = to_ok,
		.pattern = "^sips?:[^ <>\"]+$", .help = "Whom they shall call instead"},
	{"state", TS_F_STRING, TS_F_READ, .choices = transfers,
		.help = "trying: they accepted; done: they are there, and left here; failed: the "
			"call goes on"},
	{"code", TS_F_INT, TS_F_READ | TS_F_NULL, .min = 100, .max = 699,
		.help = "SIP status, the last they told"},
};
const struct ts_shape ts_shape_transfer = TS_SHAPE(
	"Transfer", transfer_fields, "What the other side of a call was asked to do (REFER)");

#define SHARE TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1
#define MILLISECONDS TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1e7
#define MOS TS_F_NUMBER, TS_F_NULL | TS_F_OPTIONAL, .min = 1, .max = 4.5
#define SCORE TS_F_NUMBER, TS_F_NULL | TS_F_OPTIONAL, .min = 1, .max = 5
static const struct ts_field stream_fields[] = {
	{"codec_in", TS_F_STRING, TS_F_NULL, .help = "Of what they send"},
	{"codec_out", TS_F_STRING, TS_F_NULL},
	{"packets_in", TS_F_INT},
	{"bytes_in", TS_F_INT},
	{"packets_out", TS_F_INT},
	{"bytes_out", TS_F_INT},
	{"lost", TS_F_INT, .help = "Packets of theirs"},
	{"loss_in", SHARE, .help = "Of all of theirs"},
	{"loss_out", SHARE, .help = "By their last report"},
	{"jitter_ms", MILLISECONDS, .help = "Of what they send"},
	{"rtt_ms", MILLISECONDS},
	{"mos_in", MOS, .help = "Of sound, by the E-model (ITU-T G.107)"},
	{"mos_out", MOS},
	{"score_in", SCORE,
		.help = "Of pictures, by size, rate and freezes: the mean of looks each 10 s, once "
			"they have left"},
	{"score_out", SCORE},
};
static const struct ts_shape stream = TS_SHAPE(NULL, stream_fields, NULL);
static const struct ts_field media_fields[] = {
	{"audio", TS_F_OBJECT, .of = &stream},
	{"video", TS_F_OBJECT, .of = &stream},
};
static const struct ts_shape media = TS_SHAPE(NULL, media_fields, NULL);

static const struct ts_field fields[] = {
	{"id", TS_F_STRING, TS_F_READ},
	{"room", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "null: asked for it, or for its PIN"},
	{"direction", TS_F_STRING, TS_F_READ, .choices = directions},
	{"to", TS_F_STRING, TS_F_NEEDED, .min = 2, .max = TS_SIP_TEXT_MAX - 1, .ok = to_ok,
		.pattern = "^((sips?|tel|user):[^ <>\"]+|[-+0-9*#().]+|[^ <>\"]+@[^ <>\"]+)$",
		.help = "Whom we call: sip:boardroom@host;transport=tls, a number or tel: URI that "
			"a trunk takes, user:NAME of a phone that registered here; of a call that "
			"came, who called"},
	{"trunk", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "By which it came or goes"},
	{"attributes", TS_F_ANY, TS_F_READ,
		.help = "What headers said that `headers` of the trunk names"},
	{"name", TS_F_STRING, .min = 0, .max = TS_NAME_MAX,
		.help = "Of the participant; the URI where it is left out"},
	{"srtp", TS_F_STRING, TS_F_WRITE, .choices = TS_SIP_SRTP_NAMES,
		.help = "As sip.srtp, for this call; else as its trunk has it, else sip.srtp"},
	{"browser", TS_F_BOOL, TS_F_WRITE,
		.help = "true: what we call is a browser (behind a proxy, say): the offer has ICE, "
			"DTLS and one path for all"},
	{"video", TS_F_BOOL, TS_F_WRITE, .help = "false: offer sound alone"},
	{"content", TS_F_BOOL, TS_F_WRITE,
		.help = "false: offer no second stream and no BFCP, for peers that refuse a "
			"call with them"},
	{"view", TS_F_STRING, TS_F_WRITE, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN,
		.help = "Of which they receive video; left out: by the shape of pictures that "
			"their description tells"},
	{"redial", TS_F_BOOL, TS_F_WRITE, .help = "Call again when the connection breaks off"},
	{"participant", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "Its id"},
	{"user_agent", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"secure", TS_F_BOOL, TS_F_READ,
		.help = "Signalled over TLS, so that nobody on the way reads the keys of SRTP; of "
			"a call of ours known when it is answered"},
	{"state", TS_F_STRING, TS_F_READ, .choices = states},
	{"outcome", TS_F_STRING, TS_F_READ | TS_F_NULL, .choices = outcomes,
		.help = "null while it goes on; not-admitted: they were asked for a number or PIN, "
			"and never in a room"},
	{"code", TS_F_INT, TS_F_READ | TS_F_NULL, .min = 100, .max = 699,
		.help = "SIP status that said so"},
	{"reason", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"began_ms", TS_F_INT, TS_F_READ, .help = "Unix time, as the following"},
	{"answered_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
	{"ended_ms", TS_F_INT, TS_F_READ | TS_F_NULL},
	{"redials", TS_F_INT, TS_F_READ},
	{"address", TS_F_STRING, TS_F_READ | TS_F_NULL, .help = "They signal from"},
	{"referred", TS_F_BOOL, TS_F_READ, .help = "Another caller's REFER asked for it"},
	{"cause", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &cause,
		.help = "The Reason that they gave for the end (RFC 3326)"},
	{"transfer", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &ts_shape_transfer,
		.help = "The last that was asked of them"},
	{"media", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &media,
		.help = "From the first packet to now, or to the end"},
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

static json_t *cause_json(const struct ts_call_info *info)
{
	if (!info->sip_cause && !info->q850_cause && !*info->cause_text) return json_null();
	return json_pack("{s:o, s:o, s:o}", "sip", number_or_null(info->sip_cause), "q850",
		number_or_null(info->q850_cause), "text", text_or_null(info->cause_text));
}

json_t *ts_call_transfer_json(const struct ts_call_info *info)
{
	if (info->transfer.state == TS_CALL_TRANSFER_NONE) return json_null();
	return json_pack("{s:s, s:s, s:o}", "to", info->transfer.to, "state",
		transfers[info->transfer.state - TS_CALL_TRANSFER_ASKED], "code",
		number_or_null(info->transfer.code));
}

static json_t *codec_json(enum ts_codec codec)
{
	return codec == TS_CODEC_NONE ? json_null() : json_string(ts_codec_name(codec));
}

static json_t *known(double value)
{
	return value < 0 ? json_null() : json_real(value);
}

static json_t *mark_or_null(double mark)
{
	return mark > 0 ? json_real(mark) : json_null();
}

json_t *ts_media_summary_json(const struct ts_media_summary *m, bool sound)
{
	json_t *json = json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:f, s:o}",
		"codec_in", codec_json(m->in), "codec_out", codec_json(m->out), "packets_in",
		(json_int_t)m->packets_in, "bytes_in", (json_int_t)m->bytes_in, "packets_out",
		(json_int_t)m->packets_out, "bytes_out", (json_int_t)m->bytes_out, "lost",
		(json_int_t)m->lost, "loss_in", known(m->loss_in), "loss_out", known(m->loss_out),
		"jitter_ms", m->jitter_ms, "rtt_ms", known(m->rtt_ms));
	if (!json) return json;
	json_object_set_new(
		json, sound ? "mos_in" : "score_in", mark_or_null(sound ? m->mos_in : m->score_in));
	json_object_set_new(json, sound ? "mos_out" : "score_out",
		mark_or_null(sound ? m->mos_out : m->score_out));
	return json;
}

static json_t *media_json(const struct ts_call *call)
{
	struct ts_summary summary;
	if (!ts_call_media(call, &summary)) return json_null();
	return json_pack("{s:o, s:o}", "audio", ts_media_summary_json(&summary.audio, true),
		"video", ts_media_summary_json(&summary.video, false));
}

json_t *ts_call_json(const struct ts_call *call)
{
	const struct ts_call_info *info = ts_call_info(call);
	return json_pack(
		"{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:s, s:s?, s:o, s:o, s:I, s:o, s:o, s:i, "
		"s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
		"room", text_or_null(info->room), "id", info->id, "direction",
		info->dialled ? "out" : "in", "to", text_or_null(info->peer), "name",
		text_or_null(info->name), "participant", text_or_null(info->participant),
		"user_agent", text_or_null(info->agent), "secure", info->secure, "state",
		ts_call_state_name(info->state), "outcome", info->outcome, "code",
		number_or_null(info->code), "reason", text_or_null(info->reason), "began_ms",
		(json_int_t)info->began_unix_ms, "answered_ms",
		number_or_null(info->answered_unix_ms), "ended_ms",
		number_or_null(info->ended_unix_ms), "redials", info->redials, "trunk",
		text_or_null(info->trunk), "attributes", attributes_json(info->attributes),
		"address", text_or_null(info->address), "referred", info->referred, "cause",
		cause_json(info), "transfer", ts_call_transfer_json(info), "media",
		media_json(call));
}
