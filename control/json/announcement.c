/* announcement - a sound that is played, as JSON, and the shapes of what is asked for and shown. */
#include "control/announcements/announcements.h"
#include "control/json/json.h"
#include "control/json/shapes.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const tunes[] = {
	"chime", "join", "leave", "alone", "recorded", "done", "refused", NULL};
_Static_assert(sizeof(tunes) / sizeof(*tunes) == TS_TUNE_COUNT + 1,
	"tunes are those of control/announcements/sounds.h");

#define MS_MAX 9e15
enum { DUCK_DB_MAX = 60 };
static const char to_help[] = "all, or the id of a participant, who alone hears it";

static const struct ts_field announcement_fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},
	{"room", TS_F_STRING, TS_F_READ},
	{"sound", TS_F_STRING, TS_F_NULL, .help = "The tune; null: a file"},
	{"file", TS_F_STRING, TS_F_NULL, .help = "In inputs.media_dir; null: a tune"},
	{"url", TS_F_STRING, TS_F_NULL,
		.help = "Where it is fetched; what could be a password is shown as ***"},
	{"loading", TS_F_BOOL, .help = "The file is being read, or fetched"},
	{"to", TS_F_STRING, .help = to_help},
	{"gain_db", TS_F_NUMBER, .min = -60, .max = 12},
	{"duck_db", TS_F_NUMBER, .min = 0, .max = DUCK_DB_MAX},
	{"loop", TS_F_BOOL, .help = "Until it is stopped"},
	{"automatic", TS_F_BOOL,
		.help = "It is there because of `tones` of the room, or answers keys"},
	{"created_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Milliseconds since 1970"},
	{"duration_ms", TS_F_INT, .min = 0, .max = MS_MAX, .help = "Of the sound, played once"},
};
const struct ts_shape ts_shape_announcement = TS_SHAPE("Announcement", announcement_fields,
	"A sound that is played into a room; it is gone when it has ended");

static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_announcement, .help = "The oldest first"}};
const struct ts_shape ts_shape_announcements = TS_SHAPE("Announcements", list_fields, NULL);

static const struct ts_field start_fields[] = {
	{"sound", TS_F_STRING, .choices = tunes,
		.help = "A tune of the server's; chime if left out"},
	{"file", TS_F_STRING, .min = 1, .max = TS_SOUND_NAME_MAX,
		.help = "Instead of a tune: a file of inputs.media_dir, of five minutes at most"},
	{"url", TS_F_STRING, .min = 1, .max = TS_URL_MAX - 1,
		.help = "Instead of either: http:// or https://, where inputs.allow lets it"},
	{"to", TS_F_STRING, .min = 1, .max = 26, .help = to_help},
	{"gain_db", TS_F_NUMBER, .min = -60, .max = 12, .help = "0 if left out"},
	{"duck_db", TS_F_NUMBER, .min = 0, .max = DUCK_DB_MAX,
		.help = "Voices are so much quieter meanwhile; if left out 12, and 0 for a tune "
			"and what loops"},
	{"loop", TS_F_BOOL, .help = "Until it is stopped"},
};
const struct ts_shape ts_shape_announcement_start = TS_SHAPE(
	"AnnouncementStart", start_fields, NULL);

json_t *ts_announcement_json(const struct ts_announcement *a)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:b, s:s, s:f, s:f, s:b, s:b, s:I, s:I}",
		"id", a->id, "room", a->room, "sound", ts_text_or_null(a->sound), "file",
		ts_text_or_null(a->file), "url", ts_text_or_null(a->url), "loading", a->loading,
		"to", *a->to ? a->to : "all", "gain_db", a->gain_db, "duck_db", a->duck_db, "loop",
		a->loop, "automatic", a->automatic, "created_ms", (json_int_t)a->created_ms,
		"duration_ms", (json_int_t)a->duration_ms);
}
