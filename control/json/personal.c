/* personal - what a participant has of their own, view and sound, as JSON, and the shapes of it. */
#include "control/rooms/personal.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include <math.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const states[] = {"own", "shared", NULL};
static const char *const reasons[] = {
	"limit", "load", "overload", "room-limit", "layout", "no-encoder", NULL};

static const struct ts_field cost_fields[] = {
	{"encoders", TS_F_INT, .help = "That run for it now"},
	{"megapixels_per_s", TS_F_NUMBER,
		.help = "Drawn and coded for it besides all else; of one that is refused, what it "
			"would be"},
};
static const struct ts_shape cost = TS_SHAPE(NULL, cost_fields, NULL);

static const struct ts_field personal_fields[] = {
	{"state", TS_F_STRING, .choices = states,
		.help = "shared: they are sent what others are, as because says"},
	{"because", TS_F_STRING, TS_F_NULL, .choices = reasons,
		.help = "limit: overload.max_personal_views are there; load: the server has enough "
			"to do; overload: more than that; room-limit: as many are there as a room "
			"may have; layout: it is of no use on this canvas, and left out; "
			"no-encoder: there could be none"},
	{"shared_by", TS_F_INT, .help = "Who have this view, with equal wishes; 0: none is there"},
	{"cost", TS_F_OBJECT, .of = &cost},
};
const struct ts_shape ts_shape_personal = TS_SHAPE("Personal", personal_fields,
	"What became of the wish for a view of one's own; docs/VIEWS.md");

json_t *ts_personal_json(const struct ts_participant *participant)
{
	struct ts_personal_info info;
	ts_participant_personal_info(participant, &info);
	if (info.state == TS_PERSONAL_NONE) return json_null();
	return json_pack("{s:s, s:s?, s:I, s:{s:I, s:f}}", "state", info.sharers ? "own" : "shared",
		"because", ts_personal_because(info.state), "shared_by", (json_int_t)info.sharers,
		"cost", "encoders", (json_int_t)info.encoders, "megapixels_per_s",
		round((double)info.pixels_per_s / 1e5) / 10);
}

static json_t *volumes_json(struct ts_participant *participant)
{
	const struct ts_volumes *volumes = ts_participant_volumes(participant);
	struct ts_room *room = ts_participant_room(participant);
	json_t *json = json_object();
	for (size_t i = 0; volumes && i < volumes->n; i++) {
		const struct ts_participant *other = ts_room_by_key(room, volumes->of[i].key);
		if (!other) continue;
		/* as it was said: a float has more digits */
		json_object_set_new(json, ts_participant_id(other),
			json_real(round((double)volumes->of[i].gain * 1e4) / 1e4));
	}
	return json;
}

static json_t *name_json(const char *name)
{
	return *name ? json_string(name) : json_null();
}

void ts_add_channels(json_t *json, struct ts_participant *participant, bool interprets)
{
	struct ts_participant_settings settings;
	if (!json) return;
	ts_participant_settings(participant, &settings);
	json_object_set_new(json, "channel", name_json(settings.channel));
	if (interprets) json_object_set_new(json, "interprets", name_json(settings.interprets));
}

void ts_add_personal(json_t *json, struct ts_participant *participant)
{
	const enum ts_self self = ts_participant_wants(participant)->self;
	const bool heard = !ts_participant_volumes(participant) ||
		ts_participant_volumes_heard(participant);
	if (!json) return;
	json_object_set_new(json, "self",
		self == TS_SELF_ROOM ? json_null() : json_string(ts_self_names[self]));
	json_object_set_new(json, "volumes", volumes_json(participant));
	json_object_set_new(json, "volumes_heard", json_boolean(heard));
	json_object_set_new(json, "personal", ts_personal_json(participant));
}
