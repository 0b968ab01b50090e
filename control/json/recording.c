/* recording - a recording as JSON, and the shapes of what is asked for and shown. */
#include "control/recordings/recording.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/registry.h"
#include "control/rooms/windows.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const formats[] = {"mp4", "webm", "mkv", "m4a", NULL};
_Static_assert(sizeof(formats) / sizeof(*formats) == TS_CONTAINER_COUNT + 1,
	"formats are those of container/container.h");
static const char *const states[] = {"recording", "paused", "finishing", "done", "failed", NULL};
_Static_assert(sizeof(states) / sizeof(*states) == TS_RECORDING_STATES + 1,
	"states are those of control/recordings/recording.h");
static const char *const reasons[] = {"stopped", "room-empty", "room-closed", "max-duration",
	"disk-low", "disk-error", "disk-quota", "too-many-parts", "failed", "server-stopped",
	"server-died", NULL};
static const char view_help[] =
	"Whose pictures; one that is removed meanwhile is main from then on";
static const char *const tracks[] = {"mix", "mix+participants", NULL};
static const char *const kinds[] = {"camera", "slides", "voice", NULL};
_Static_assert(sizeof(kinds) / sizeof(*kinds) == TS_STREAM_KINDS + 1, "kinds are those of room.h");

#define MS_MAX 9e15
static const char format_help[] =
	"mp4 (H.264, Opus; what it is when left out), webm (VP8, Opus), mkv (what the room codes "
	"anyway), m4a (AAC, no pictures)";

static const struct ts_field part_fields[] = {
	{"part", TS_F_INT, .min = 1, .max = 1000, .help = "?part= of its file"},
	{"bytes", TS_F_INT, .min = 0, .max = MS_MAX},
	{"start_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "In the recording"},
	{"duration_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"width", TS_F_INT, .min = 0, .max = 65535, .help = "0: no pictures"},
	{"height", TS_F_INT, .min = 0, .max = 65535},
	{"seekable", TS_F_BOOL, .help = "Its index is there: players seek in it at once"},
};
static const struct ts_shape part = TS_SHAPE("RecordingPart", part_fields,
	"A file of a recording; another one begins where pictures of another size do");

static const struct ts_field track_fields[] = {
	{"number", TS_F_INT, .min = 1, .max = TS_RECORDING_TRACKS_MAX,
		.help = "At the end of its path; numbers may be missing"},
	{"participant", TS_F_STRING, .help = "Id of who sent it"},
	{"name", TS_F_STRING, .help = "What they were called when it began"},
	{"kind", TS_F_STRING, .choices = kinds},
	{"codec", TS_F_STRING, .help = "As they sent it: nothing is coded anew"},
	{"bytes", TS_F_INT, .min = 0, .max = MS_MAX},
	{"first_ms", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "When its first picture or sound was captured, in milliseconds since 1970"},
	{"start_ms", TS_F_INT, .min = -MS_MAX, .max = MS_MAX,
		.help = "The same, counted from first_ms of the recording, pauses included"},
	{"duration_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"packets", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Pictures, or frames of sound"},
	{"lost", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "Pictures that came damaged and were left out"},
	{"width", TS_F_INT, .min = 0, .max = 65535, .help = "Of the first picture; 0: sound"},
	{"height", TS_F_INT, .min = 0, .max = 65535},
};
static const struct ts_shape track = TS_SHAPE("RecordingTrack", track_fields,
	"One stream of one participant, as they sent it, in a file (Matroska) of its own; after a "
	"mute or a pause another one begins");

static const struct ts_field recording_fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},
	{"room", TS_F_STRING, TS_F_READ},
	{"name", TS_F_STRING, TS_F_NULL},
	{"format", TS_F_STRING, .choices = formats, .help = format_help},
	{"view", TS_F_STRING, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN, .help = view_help},
	{"tracks", TS_F_STRING, .choices = tracks},
	{"automatic", TS_F_BOOL, .help = "It is there because \"record\" of the room is always"},
	{"state", TS_F_STRING, .choices = states},
	{"paused", TS_F_BOOL},
	{"reason", TS_F_STRING, TS_F_NULL, .choices = reasons,
		.help = "Why it ended; null: it has not"},
	{"bytes", TS_F_INT, .min = 0, .max = MS_MAX},
	{"duration_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Without pauses"},
	{"max_duration_s", TS_F_INT, TS_F_NULL, .min = 1, .max = 604800},
	{"created_ms", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "Milliseconds since 1970, as those that follow"},
	{"first_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX,
		.help = "When its first picture or sound was"},
	{"last_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX},
	{"ended_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = MS_MAX},
	{"dropped", TS_F_INT, .min = 0, .max = MS_MAX,
		.help = "Pictures and frames of sound that are missing, because the disk was too "
			"slow"},
	{"parts", TS_F_LIST, .of = &part},
	{"track_files", TS_F_LIST, .of = &track, .help = "Of mix+participants"},
	{"captions", TS_F_INT, .min = 0, .max = 1e6,
		.help = "Cues in its WebVTT, .../captions.vtt; 0: nothing was captioned"},
};
const struct ts_shape ts_shape_recording = TS_SHAPE("Recording", recording_fields,
	"What a room saw and heard, in one file or several. It lasts while somebody is in the "
	"room");

static const struct ts_field sidecar_fields[] = {
	{"id", TS_F_STRING},
	{"room", TS_F_STRING},
	{"name", TS_F_STRING},
	{"format", TS_F_STRING, .choices = formats},
	{"view", TS_F_STRING},
	{"state", TS_F_STRING, .choices = states},
	{"reason", TS_F_STRING, .help = "Empty: it has not ended"},
	{"automatic", TS_F_BOOL},
	{"created_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "0, here and below: not yet"},
	{"first_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"last_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"ended_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"duration_ms", TS_F_INT, .min = 0, .max = MS_MAX},
	{"dropped", TS_F_INT, .min = 0, .max = MS_MAX},
	{"files", TS_F_ANY, .help = "As parts of a recording, with their names"},
	{"with_tracks", TS_F_BOOL, .help = "It is one of mix+participants"},
	{"tracks", TS_F_ANY, .help = "As track_files of a recording, with the names of files"},
	{"captions", TS_F_INT, .min = 0, .max = 1e6, .help = "Cues in ID.vtt; 0: there is none"},
	{"journal", TS_F_ANY, .help = "What happened, each with time_ms: docs/RECORDING.md"},
};
const struct ts_shape ts_shape_recording_sidecar = TS_SHAPE("RecordingSidecar", sidecar_fields,
	"Who was in a recording, who spoke and what was shown, by time");

static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_recording, .help = "The oldest first"}};
const struct ts_shape ts_shape_recordings = TS_SHAPE("Recordings", list_fields, NULL);

static const struct ts_field start_fields[] = {
	{"format", TS_F_STRING, .choices = formats, .help = format_help},
	{"view", TS_F_STRING, .ok = ts_view_id_ok, .pattern = TS_VIEW_PATTERN, .help = view_help},
	{"name", TS_F_STRING, TS_F_NULL, .min = 0, .max = TS_NAME_MAX,
		.help = "For people: part of the name that a download gets"},
	{"max_duration_s", TS_F_INT, TS_F_NULL, .min = 1, .max = 604800,
		.help = "It ends then; null: it does not by itself"},
	{"tracks", TS_F_STRING, .choices = tracks,
		.help = "mix+participants: also what each participant sends, as it came, in files "
			"of their own"},
};
const struct ts_shape ts_shape_recording_start = TS_SHAPE("RecordingStart", start_fields, NULL);

static const struct ts_field change_fields[] = {
	{"paused", TS_F_BOOL, .help = "A pause takes no time in the file"},
};
const struct ts_shape ts_shape_recording_change = TS_SHAPE("RecordingChange", change_fields, NULL);

static const struct ts_field file_query[] = {
	{"part", TS_F_INT, .min = 1, .max = 1000, .help = "Which of its files; 1 if left out"},
};
const struct ts_shape ts_shape_recording_file_query = TS_SHAPE(NULL, file_query, NULL);

static const struct ts_field delete_query[] = {
	{"delete_file", TS_F_BOOL,
		.help = "Its files go too, and it is known no more. One that has ended already is "
			"removed in any case"},
};
const struct ts_shape ts_shape_recording_delete_query = TS_SHAPE(NULL, delete_query, NULL);

/* ---- JSON */

static json_t *or_null(int64_t n)
{
	return n ? json_integer(n) : json_null();
}

static json_t *parts_json(const struct ts_recording *r)
{
	json_t *array = json_array();
	for (guint i = 0; i < r->parts->len; i++) {
		const struct ts_recording_part *p = &g_array_index(
			r->parts, struct ts_recording_part, i);
		json_array_append_new(array,
			json_pack("{s:i, s:I, s:I, s:I, s:i, s:i, s:b}", "part", (int)i + 1,
				"bytes", (json_int_t)p->bytes, "start_ms", (json_int_t)p->start_ms,
				"duration_ms", (json_int_t)p->duration_ms, "width", p->width,
				"height", p->height, "seekable", p->seekable));
	}
	return array;
}

static json_t *tracks_json(const struct ts_recording *r)
{
	json_t *array = json_array();
	for (guint i = 0; i < r->tracks->len; i++) {
		const struct ts_recording_track *t = &g_array_index(
			r->tracks, struct ts_recording_track, i);
		json_array_append_new(array,
			json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:i, "
				  "s:i}",
				"number", t->number, "participant", t->participant, "name", t->name,
				"kind", ts_stream_kind_name(t->kind), "codec", t->codec, "bytes",
				(json_int_t)t->bytes, "first_ms", (json_int_t)t->first_ms,
				"start_ms",
				(json_int_t)(r->first_ms ? t->first_ms - r->first_ms : 0),
				"duration_ms", (json_int_t)t->duration_ms, "packets",
				(json_int_t)t->packets, "lost", (json_int_t)t->lost, "width",
				t->width, "height", t->height));
	}
	return array;
}

json_t *ts_recording_json(const struct ts_recording *r)
{
	return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:s, s:b, s:s, s:b, s:s?, s:I, s:I, s:o, s:I, "
			 "s:o, s:o, s:o, s:I, s:o, s:o, s:i}",
		"id", r->id, "room", r->room, "name", ts_text_or_null(r->name), "format",
		ts_container_name(r->container), "view", r->view, "tracks",
		r->with_tracks ? "mix+participants" : "mix", "automatic", r->automatic, "state",
		ts_recording_state_name(r->state), "paused", r->state == TS_RECORDING_PAUSED,
		"reason", ts_text_or_null(r->reason), "bytes", (json_int_t)r->bytes, "duration_ms",
		(json_int_t)r->duration_ms, "max_duration_s", or_null(r->max_duration_s),
		"created_ms", (json_int_t)r->created_ms, "first_ms", or_null(r->first_ms),
		"last_ms", or_null(r->last_ms), "ended_ms", or_null(r->ended_ms), "dropped",
		(json_int_t)r->dropped, "parts", parts_json(r), "track_files", tracks_json(r),
		"captions", r->captions);
}
