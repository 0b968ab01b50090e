/* input - an input as JSON, and the shapes of what is asked for and shown. */
#include "control/inputs/inputs.h"
#include "control/json/json.h"
#include "control/json/shapes.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const states[] = {"connecting", "live", "retrying", "failed", "ended", NULL};
_Static_assert(sizeof(states) / sizeof(*states) == TS_INPUT_STATES + 1,
	"states are those of mixer/leg/input.h");
static const char *const transports[] = {"tcp", "udp", NULL};

#define MS_MAX 9e15
static const char url_help[] =
	"rtsp, rtmp, rtmps, srt, http or https (a file, or HLS), where inputs.allow lets it; "
	"media:NAME, a file of inputs.media_dir; test:, the test pattern";

static const struct ts_field video_fields[] = {
	{"codec", TS_F_STRING},
	{"width", TS_F_INT, .min = 0, .max = 65535, .help = "0: nothing was decoded yet"},
	{"height", TS_F_INT, .min = 0, .max = 65535},
	{"late", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "Pictures that were left out, as they were decoded too late"},
};
static const struct ts_shape video = TS_SHAPE(NULL, video_fields, NULL);
static const struct ts_field audio_fields[] = {{"codec", TS_F_STRING}};
static const struct ts_shape audio = TS_SHAPE(NULL, audio_fields, NULL);

static const char *const protocols[] = {"rtmp", "rtmps", "srt", NULL};
_Static_assert(sizeof(protocols) / sizeof(*protocols) == TS_PUSH_PROTOCOLS + 1,
	"protocols are those of control/inputs/inputs.h");
static const struct ts_field pushed_fields[] = {
	{"protocol", TS_F_STRING, .choices = protocols},
	{"bytes", TS_F_INT, .min = 0, .max = MS_MAX},
	{"kbps", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Of the last second"},
	{"packets_lost", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX,
		.help = "That SRT did not get again in time; null: not known, as of RTMP"},
	{"rtt_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX, .help = "Likewise"},
};
static const struct ts_shape pushed = TS_SHAPE(NULL, pushed_fields, NULL);

static const struct ts_field input_fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},
	{"room", TS_F_STRING, TS_F_READ},
	{"name", TS_F_STRING, TS_F_NULL},
	{"url", TS_F_STRING,
		.help = "Without user, password, query and stream key; "
			"push:rtmp, push:rtmps, push:srt: a publisher brought it"},
	{"loop", TS_F_BOOL},
	{"audio", TS_F_BOOL},
	{"video", TS_F_BOOL},
	{"transport", TS_F_STRING, .choices = transports},
	{"participant", TS_F_STRING, TS_F_NULL, .help = "Its id in the room"},
	{"state", TS_F_STRING, .choices = states},
	{"reason", TS_F_STRING, TS_F_NULL, .help = "Why it is not live, in words"},
	{"retries", TS_F_INT, .min = 0, .max = MS_MAX},
	{"loops", TS_F_INT, .min = 0, .max = MS_MAX, .help = "How often it began once more"},
	{"video_info", TS_F_OBJECT, TS_F_NULL, .of = &video, .help = "What comes of pictures"},
	{"audio_info", TS_F_OBJECT, TS_F_NULL, .of = &audio, .help = "What comes of sound"},
	{"pushed", TS_F_OBJECT, TS_F_NULL, .of = &pushed,
		.help = "The connection of the publisher who pushes it; null: it is fetched"},
	{"live", TS_F_BOOL,
		.help = "It has no end that is known, and is tried again when it breaks"},
	{"duration_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX},
	{"created_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Milliseconds since 1970"},
	{"ended_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX},
};
const struct ts_shape ts_shape_input = TS_SHAPE("Input", input_fields,
	"What was brought into a room, as a participant of kind input. One that is over is kept "
	"for ten minutes");

static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_input, .help = "The oldest first"}};
const struct ts_shape ts_shape_inputs = TS_SHAPE("Inputs", list_fields, NULL);

static const struct ts_field start_fields[] = {
	{"url", TS_F_STRING, TS_F_NEEDED, .min = 5, .max = TS_URL_MAX - 1, .help = url_help},
	{"name", TS_F_STRING, TS_F_NULL, .min = 0, .max = TS_NAME_MAX,
		.help = "Of the participant, \"input\" where it is left out"},
	{"loop", TS_F_BOOL, .help = "A file begins once more at its end, without a gap"},
	{"audio", TS_F_BOOL, .help = "false: its sound is left out"},
	{"video", TS_F_BOOL, .help = "false: its pictures are left out"},
	{"transport", TS_F_STRING, .choices = transports,
		.help = "Of RTSP: RTP within its connection (tcp, as when left out), or over UDP"},
};
const struct ts_shape ts_shape_input_start = TS_SHAPE("InputStart", start_fields, NULL);

/* ---- JSON */

static json_t *or_null(int64_t n)
{
	return n ? json_integer(n) : json_null();
}

static json_t *video_json(const struct ts_input_info *info)
{
	return *info->video_codec
		? json_pack("{s:s, s:i, s:i, s:I}", "codec", info->video_codec, "width",
			  info->width, "height", info->height, "late", (json_int_t)info->late)
		: json_null();
}

static json_t *audio_json(const struct ts_input_info *info)
{
	return *info->audio_codec ? json_pack("{s:s}", "codec", info->audio_codec) : json_null();
}

static json_t *pushed_json(const struct ts_input *i)
{
	const bool srt = i->protocol == TS_PUSH_SRT;
	if (!i->pushed) return json_null();
	return json_pack("{s:s, s:I, s:i, s:o, s:o}", "protocol",
		ts_push_protocol_name(i->protocol), "bytes", (json_int_t)i->bytes, "kbps",
		(int)i->kbps, "packets_lost", srt ? json_integer((json_int_t)i->lost) : json_null(),
		"rtt_ms", srt ? json_integer(i->rtt_us / 1000) : json_null());
}

json_t *ts_input_json(const struct ts_input *i)
{
	const struct ts_input_info *info = &i->info;
	return json_pack(
		"{s:s, s:s, s:s?, s:s, s:b, s:b, s:b, s:s, s:s?, s:s, s:s?, s:i, s:i, s:o, "
		"s:o, s:o, s:b, s:o, s:I, s:o}",
		"id", i->id, "room", i->room, "name", ts_text_or_null(i->name), "url", i->url,
		"loop", i->loop, "audio", i->audio, "video", i->video, "transport",
		transports[i->datagrams], "participant", ts_text_or_null(i->participant), "state",
		ts_input_state_name(info->state), "reason", ts_text_or_null(info->reason),
		"retries", (int)info->retries, "loops", (int)info->loops, "video_info",
		video_json(info), "audio_info", audio_json(info), "pushed", pushed_json(i), "live",
		info->endless, "duration_ms", or_null(info->duration_ns / 1000000), "created_ms",
		(json_int_t)i->created_ms, "ended_ms", or_null(i->ended_ms));
}
