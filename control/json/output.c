/* output - an output of a room as JSON, and the shapes of what is asked for and shown. */
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/outputs/outlets.h"
#include "control/rooms/windows.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const types[] = {"url", "hls", "flv", NULL};
static const char *const states[] = {"connecting", "live", "retrying", "failed", "ended", NULL};
_Static_assert(sizeof(states) / sizeof(*states) == TS_OUTLET_STATES + 1,
	"states are those of control/outputs/outlet.h");
static const char *const reasons[] = {"no-such-host", "not-allowed", "refused", "timeout",
	"rejected", "closed", "tls", "stalled", "failed", "room-empty", "server-stopped", NULL};
_Static_assert(sizeof(reasons) / sizeof(*reasons) == TS_OUTLET_REASONS,
	"reasons are those of control/outputs/outlet.h");

#define MS_MAX 9e15
static const char view_help[] =
	"Whose pictures; one that is removed meanwhile is main from then on";
static const char type_help[] =
	"url: a stream that is sent there; what it is when left out. hls, flv: players come to "
	"it: docs/HLS.md, docs/FLV.md";

static const struct ts_field output_fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},
	{"room", TS_F_STRING, TS_F_READ},
	{"name", TS_F_STRING, TS_F_NULL},
	{"type", TS_F_STRING, .choices = types, .help = type_help},
	{"url", TS_F_STRING, TS_F_NULL,
		.help = "Where it goes; what could be a key or password is shown as ***. Of hls "
			"and flv: where players ask"},
	{"watch_url", TS_F_STRING, TS_F_NULL,
		.help = "Of hls and flv: the same with the key that stands for the PIN, for "
			"players that can give none; another after each change of the PIN"},
	{"view", TS_F_STRING, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN, .help = view_help},
	{"audio_only", TS_F_BOOL},
	{"state", TS_F_STRING, .choices = states,
		.help = "retrying: it was lost, and is tried again after a pause of 1 to 30 s; "
			"failed: for good"},
	{"reason", TS_F_STRING, TS_F_NULL, .choices = reasons,
		.help = "Why it ended or was lost last; null: it was not"},
	{"detail", TS_F_STRING, TS_F_NULL, .help = "The reason in words"},
	{"since_ms", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "When the state began, in milliseconds since 1970"},
	{"created_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"bytes", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Of pictures and sound, so far"},
	{"bitrate_bps", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Over the last second or so"},
	{"dropped", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "Pictures and frames of sound that the peer was too slow for"},
	{"attempts", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Connections that were tried"},
};
const struct ts_shape ts_shape_output = TS_SHAPE("Output", output_fields,
	"Where what a room sees and hears is streamed to. It lasts while somebody is in the room");

static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_output, .help = "The oldest first"}};
const struct ts_shape ts_shape_outputs = TS_SHAPE("Outputs", list_fields, NULL);

static const struct ts_field start_fields[] = {
	{"type", TS_F_STRING, .choices = types, .help = type_help},
	{"url", TS_F_STRING, TS_F_NULL, .min = 0, .max = TS_STREAM_URL_MAX,
		.help = "rtmp://, rtmps://, srt://, rtsp://, udp://, rtp:// or icecast://: "
			"docs/STREAMING.md"},
	{"name", TS_F_STRING, TS_F_NULL, .min = 0, .max = TS_NAME_MAX, .help = "For people"},
	{"view", TS_F_STRING, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN, .help = view_help},
	{"audio_only", TS_F_BOOL, .help = "Without pictures"},
};
const struct ts_shape ts_shape_output_start = TS_SHAPE("OutputStart", start_fields, NULL);

json_t *ts_output_json(const struct ts_outlet *o)
{
	return json_pack(
		"{s:s, s:s, s:s?, s:s, s:s?, s:b, s:s, s:s?, s:s?, s:I, s:I, s:I, s:I, s:I, "
		"s:I, s:s?, s:s}",
		"id", o->id, "room", o->room, "name", ts_text_or_null(o->name), "type",
		ts_outlet_type(o), "url", ts_text_or_null(o->url), "audio_only", o->audio_only,
		"state", ts_outlet_state_name(o->state), "reason", ts_outlet_reason_name(o->reason),
		"detail", ts_outlet_reason_words(o->reason), "since_ms", (json_int_t)o->since_ms,
		"created_ms", (json_int_t)o->created_ms, "bytes", (json_int_t)o->bytes,
		"bitrate_bps", (json_int_t)o->bps, "dropped", (json_int_t)o->dropped, "attempts",
		(json_int_t)o->attempts, "watch_url", ts_text_or_null(o->watch_url), "view",
		o->view);
}
