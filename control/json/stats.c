/* What went on, as JSON: the sums of control/stats. */
#include "control/stats/stats.h"
#include "base/media.h"
#include "control/json/json.h"
#include "control/json/shapes.h"

#define COUNT TS_F_INT, TS_F_READ, .min = 0, .max = 9e15
#define MINUTES TS_F_NUMBER, TS_F_READ, .min = 0, .max = 9e15

static const struct ts_field kinds_fields[] = {{"webrtc", COUNT}, {"whip", COUNT}, {"whep", COUNT},
	{"sip", COUNT}, {"input", COUNT}, {"machine", COUNT}};
static const struct ts_shape kinds = TS_SHAPE(NULL, kinds_fields, NULL);
static const struct ts_field minutes_fields[] = {{"webrtc", MINUTES}, {"whip", MINUTES},
	{"whep", MINUTES}, {"sip", MINUTES}, {"input", MINUTES}, {"machine", MINUTES}};
static const struct ts_shape minutes = TS_SHAPE(NULL, minutes_fields, NULL);
_Static_assert(sizeof(kinds_fields) / sizeof(*kinds_fields) == TS_KIND_COUNT, "one each");

static const struct ts_field calls_fields[] = {
	{"in", COUNT}, {"out", COUNT}, {"answered", COUNT, .help = "Of both"}};
static const struct ts_shape calls = TS_SHAPE(NULL, calls_fields, NULL);

static const struct ts_field refusals_fields[] = {
#define X(id, name) {name, COUNT},
	TS_REFUSALS(X)
#undef X
};
static const struct ts_shape refusals = TS_SHAPE(NULL, refusals_fields, NULL);

static const struct ts_field bin_fields[] = {
	{"from", TS_F_NUMBER, TS_F_READ, .min = 1, .max = 5},
	{"to", TS_F_NUMBER, TS_F_READ, .min = 1, .max = 5},
	{"in", COUNT, .help = "Of what they sent"},
	{"out", COUNT, .help = "Of what they received"},
};
static const struct ts_shape bin = TS_SHAPE(NULL, bin_fields, NULL);

static const struct ts_field codec_fields[] = {
	{"codec", TS_F_STRING, .flags = TS_F_READ},
	{"in", COUNT, .help = "Who sent it"},
	{"out", COUNT, .help = "Who received it"},
};
static const struct ts_shape codec = TS_SHAPE(NULL, codec_fields, NULL);

#define SUMS_FIELDS                                                                        \
	{"joined", TS_F_OBJECT, TS_F_READ, .of = &kinds,                                   \
		.help = "Who came, once they were connected"},                             \
		{"minutes", TS_F_OBJECT, TS_F_READ, .of = &minutes,                        \
			.help = "That they were here, those who are included"},            \
		{"peak", COUNT, .help = "People at once; inputs are none"},                \
		{"meetings", COUNT, .help = "Begun: somebody came where nobody was"},      \
		{"calls", TS_F_OBJECT, TS_F_READ, .of = &calls, .help = "Of SIP, ended"},  \
		{"refused", TS_F_OBJECT, TS_F_READ, .of = &refusals,                       \
			.help = "Joins and calls, by reason"},                             \
		{"mos", TS_F_LIST, TS_F_READ, .of = &bin,                                  \
			.help = "Of sound, of those who have left: how many had which"},   \
		{"pictures", TS_F_LIST, TS_F_READ, .of = &bin,                             \
			.help = "The same of pictures: score_in and score_out of a call"}, \
		{"codecs", TS_F_LIST, TS_F_READ, .of = &codec,                             \
			.help = "Of those who have left, that were used"},                 \
		{"bytes_in", COUNT, .help = "Of media, of those who have left"},           \
	{                                                                                  \
		"bytes_out", COUNT                                                         \
	}

static const struct ts_field sums_fields[] = {SUMS_FIELDS};
static const struct ts_shape sums_shape = TS_SHAPE("StatsSums", sums_fields, NULL);
static const struct ts_field hour_fields[] = {
	{"begins_ms", TS_F_INT, TS_F_READ, .min = 0, .max = 9e15,
		.help = "An hour of UTC, in milliseconds since 1970"},
	SUMS_FIELDS,
};
static const struct ts_shape hour = TS_SHAPE("StatsHour", hour_fields, NULL);

#define TALLY_FIELDS                                                                       \
	{"since_ms", TS_F_INT, TS_F_READ, .min = 0, .max = 9e15,                           \
		.help = "In milliseconds since 1970; a start of the server begins anew"},  \
		{"here", TS_F_OBJECT, TS_F_READ, .of = &kinds, .help = "Who is here now"}, \
		{"total", TS_F_OBJECT, TS_F_READ, .of = &sums_shape},                      \
	{                                                                                  \
		"hours", TS_F_LIST, TS_F_READ,                                             \
			.of = &hour,                                                       \
			.help = "The last 24, this one first; where nothing happened none" \
	}

static const struct ts_field room_fields[] = {
	{"room", TS_F_STRING, .flags = TS_F_READ},
	{"since_ms", TS_F_INT, TS_F_READ, .min = 0, .max = 9e15},
	{"here", TS_F_OBJECT, TS_F_READ, .of = &kinds},
	{"total", TS_F_OBJECT, TS_F_READ, .of = &sums_shape},
};
static const struct ts_shape room_shape = TS_SHAPE("StatsOfRoom", room_fields, NULL);

static const struct ts_field node_fields[] = {
	TALLY_FIELDS,
	{"rooms", TS_F_LIST, TS_F_READ, .of = &room_shape,
		.help = "Those of 128 that something happened in last, that one first"},
};
const struct ts_shape ts_shape_stats = TS_SHAPE("Stats", node_fields,
	"What has been going on: sums since the start and by the hour, in a memory that never "
	"grows");
static const struct ts_field one_room_fields[] = {
	{"room", TS_F_STRING, .flags = TS_F_READ}, TALLY_FIELDS};
const struct ts_shape ts_shape_room_stats = TS_SHAPE("RoomStats", one_room_fields, NULL);

/* ---- making it */

static json_t *counts_json(const uint32_t n[TS_KIND_COUNT])
{
	json_t *json = json_object();
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		json_object_set_new(json, ts_kind_name((enum ts_kind)kind), json_integer(n[kind]));
	return json;
}

static json_t *minutes_json(const int64_t ms[TS_KIND_COUNT])
{
	json_t *json = json_object();
	for (int kind = 0; kind < TS_KIND_COUNT; kind++)
		json_object_set_new(json, ts_kind_name((enum ts_kind)kind),
			json_real((double)ms[kind] / 60000));
	return json;
}

static json_t *refused_json(const uint32_t n[TS_REFUSALS_COUNT])
{
	json_t *json = json_object();
	for (int i = 0; i < TS_REFUSALS_COUNT; i++)
		json_object_set_new(json, ts_refused_name((enum ts_refused)i), json_integer(n[i]));
	return json;
}

static json_t *bins_json(const uint32_t *in, const uint32_t *out, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(array,
			json_pack("{s:f, s:f, s:i, s:i}", "from", 1 + (double)i / 2, "to",
				1.5 + (double)i / 2, "in", (int)in[i], "out", (int)out[i]));
	return array;
}

static json_t *codecs_json(const struct ts_sums *s)
{
	json_t *array = json_array();
	for (int i = 0; i < TS_CODEC_COUNT; i++)
		if (s->codec_in[i] || s->codec_out[i])
			json_array_append_new(array,
				json_pack("{s:s, s:i, s:i}", "codec",
					ts_codec_name((enum ts_codec)i), "in", (int)s->codec_in[i],
					"out", (int)s->codec_out[i]));
	return array;
}

static json_t *sums_json(const struct ts_sums *s)
{
	return json_pack("{s:o, s:o, s:I, s:I, s:{s:I, s:I, s:I}, s:o, s:o, s:o, s:o, s:I, s:I}",
		"joined", counts_json(s->joined), "minutes", minutes_json(s->present_ms), "peak",
		(json_int_t)s->peak, "meetings", (json_int_t)s->meetings, "calls", "in",
		(json_int_t)s->calls_in, "out", (json_int_t)s->calls_out, "answered",
		(json_int_t)s->calls_answered, "refused", refused_json(s->refused), "mos",
		bins_json(s->mos_in, s->mos_out, TS_MOS_BINS), "pictures",
		bins_json(s->picture_in, s->picture_out, TS_PICTURE_BINS), "codecs", codecs_json(s),
		"bytes_in", (json_int_t)s->bytes_in, "bytes_out", (json_int_t)s->bytes_out);
}

static json_t *hours_json(const struct ts_tally *tally)
{
	json_t *array = json_array();
	for (size_t ago = 0; ago < TS_SUMS_HOURS; ago++) {
		int64_t begins_ms;
		const struct ts_sums *sums = ts_tally_hour(tally, ago, &begins_ms);
		json_t *json = sums ? sums_json(sums) : NULL;
		if (!json) continue;
		json_object_set_new(json, "begins_ms", json_integer(begins_ms));
		json_array_append_new(array, json);
	}
	return array;
}

static json_t *tally_json(const struct ts_tally *tally)
{
	return json_pack("{s:I, s:o, s:o}", "since_ms", (json_int_t)tally->since_ms, "here",
		counts_json(tally->here), "total", sums_json(&tally->all));
}

json_t *ts_stats_json(struct ts_stats *stats)
{
	const struct ts_tally *node = ts_stats_node(stats);
	json_t *json = tally_json(node), *rooms = json_array();
	const void *at = NULL;
	const char *id;
	while ((id = ts_stats_next_room(stats, &at)) != NULL) {
		json_t *room = tally_json(ts_stats_room(stats, id));
		if (room) json_object_set_new(room, "room", json_string(id));
		json_array_append_new(rooms, room);
	}
	if (json) json_object_set_new(json, "hours", hours_json(node));
	if (json) json_object_set_new(json, "rooms", rooms);
	return json;
}

json_t *ts_room_stats_json(const char *room_id, const struct ts_tally *tally)
{
	json_t *json = tally_json(tally);
	if (json) json_object_set_new(json, "room", json_string(room_id));
	if (json) json_object_set_new(json, "hours", hours_json(tally));
	return json;
}
