#include "control/json/matrix.h"

#include <glib.h>
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { END_MAX = 9 + TS_IDENTITY_MAX };

static const struct ts_field entry_fields[] = {
	{"from", TS_F_STRING, TS_F_NEEDED, .min = 1, .max = END_MAX,
		.help = "Who is heard: the id of a participant, identity:NAME, role:NAME, or *"},
	{"to", TS_F_STRING, TS_F_NEEDED, .min = 1, .max = END_MAX, .help = "By whom; likewise"},
	{"gain_db", TS_F_NUMBER, .min = TS_MATRIX_DB_MIN, .max = TS_MATRIX_DB_MAX,
		.help = "How much louder or quieter"},
	{"off", TS_F_BOOL, .help = "Not at all"},
};
static const struct ts_shape entry = TS_SHAPE(NULL, entry_fields, NULL);

static const struct ts_field matrix_fields[] = {
	{"entries", TS_F_LIST, TS_F_NEEDED, .of = &entry, .max = TS_MATRIX_ENTRIES,
		.help = "Of several that fit, the one whose from says more counts, then the one "
			"whose to does, then the last"},
	{"rows", TS_F_INT, TS_F_READ, .min = 0, .max = TS_AUDIO_ROWS,
		.help = "What it costs, language channels included: so many different mixes "
			"besides the common one, each coded once for all who hear it, in each "
			"codec and profile of theirs. At most 16 in a room, and 256 in all"},
};
const struct ts_shape ts_shape_matrix = TS_SHAPE(
	"AudioMatrix", matrix_fields, "Who hears whom, where that is not everybody as they are");

static const char *const prefixes[] = {
	[TS_WHO_ROLE] = "role:", [TS_WHO_IDENTITY] = "identity:", [TS_WHO_ID] = ""};

static json_t *end_json(const struct ts_matrix_end *end)
{
	char text[END_MAX + 1];
	if (end->who == TS_WHO_ALL) return json_string("*");
	g_snprintf(text, sizeof(text), "%s%s", prefixes[end->who], end->name);
	return json_string(text);
}

json_t *ts_matrix_json(const struct ts_room *room)
{
	const struct ts_matrix *matrix = ts_room_matrix(room);
	json_t *entries = json_array();
	for (size_t i = 0; matrix && i < matrix->n; i++) {
		const struct ts_matrix_entry *e = &matrix->entry[i];
		json_array_append_new(entries,
			json_pack("{s:o, s:o, s:f, s:b}", "from", end_json(&e->from), "to",
				end_json(&e->to), "gain_db", e->gain_db, "off", e->off));
	}
	return json_pack(
		"{s:o, s:I}", "entries", entries, "rows", (json_int_t)ts_room_matrix_rows(room));
}

static bool read_end(struct ts_matrix_end *out, const json_t *of, const char *name)
{
	const char *text = json_string_value(json_object_get(of, name));
	if (!text) return false;
	*out = (struct ts_matrix_end){.who = TS_WHO_ALL};
	if (!strcmp(text, "*")) return true;
	out->who = g_str_has_prefix(text, "role:")    ? TS_WHO_ROLE
		: g_str_has_prefix(text, "identity:") ? TS_WHO_IDENTITY
						      : TS_WHO_ID;
	text += strlen(prefixes[out->who]);
	return *text && g_strlcpy(out->name, text, sizeof(out->name)) < sizeof(out->name);
}

bool ts_matrix_read(struct ts_matrix *out, const json_t *body, size_t *at)
{
	const json_t *list = json_object_get(body, "entries");
	out->n = 0;
	for (*at = 0; *at < json_array_size(list); ++*at) {
		const json_t *of = json_array_get(list, *at);
		struct ts_matrix_entry *e = &out->entry[out->n];
		if (out->n == TS_MATRIX_ENTRIES) return false; /* cannot be: the shape says so */
		*e = (struct ts_matrix_entry){.off = json_is_true(json_object_get(of, "off")),
			.gain_db = json_number_value(json_object_get(of, "gain_db"))};
		if (!read_end(&e->from, of, "from") || !read_end(&e->to, of, "to")) return false;
		out->n++;
	}
	return true;
}
