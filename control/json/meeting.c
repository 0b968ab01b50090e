/* Templates, mute all and breakouts: their shapes, and what they look like. */
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/meetings/breakouts.h"
#include <string.h>

static const struct ts_field template_fields[] = {
	{"name", TS_F_STRING, .flags = TS_F_READ},
	{"settings", TS_F_ANY, .flags = TS_F_READ,
		.help = "Those of a Room that it gives, without PINs"},
	{"pin_set", TS_F_BOOL, .flags = TS_F_READ},
	{"host_pin_set", TS_F_BOOL, .flags = TS_F_READ},
};
static const struct ts_shape template = TS_SHAPE(
	"Template", template_fields, "Settings that rooms may be made from: [template NAME]");
static const struct ts_field templates_fields[] = {
	{"items", TS_F_LIST, .of = &template, .help = "As in the configuration"}};
const struct ts_shape ts_shape_templates = TS_SHAPE("Templates", templates_fields, NULL);

/* ---- mute all */

static const char *const mutes[] = {"off", "soft", "hard", NULL};
static const struct ts_field mute_all_fields[] = {
	{"mute", TS_F_STRING, .flags = TS_F_NEEDED, .choices = mutes,
		.help = "soft: they may unmute themselves; hard: they may not; off: all are heard, "
			"but those who muted themselves"},
	{"hosts", TS_F_BOOL, .help = "Hosts as well; else they stay as they are"},
	{"except", TS_F_LIST, .max = 100, .help = "Ids of participants who stay as they are"},
};
const struct ts_shape ts_shape_mute_all = TS_SHAPE("MuteAll", mute_all_fields, NULL);
static const struct ts_field muted_all_fields[] = {{"changed", TS_F_INT, .flags = TS_F_READ,
	.min = 0, .max = 100000, .help = "How many are otherwise than before"}};
const struct ts_shape ts_shape_muted_all = TS_SHAPE("MutedAll", muted_all_fields, NULL);

/* ---- breakouts */

static bool name_ok(const char *text)
{
	const size_t len = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~-");
	return len >= 1 && len <= TS_BREAKOUT_NAME_MAX && !text[len];
}

static const char *const splits[] = {"none", "even", NULL};
static const struct ts_field wish_fields[] = {
	{"name", TS_F_STRING, .ok = name_ok, .pattern = "^[A-Za-z0-9_~-]{1,32}$",
		.help = "Its id is that of the parent, a dot and this; 1, 2, ... where it is left "
			"out"},
	{"participants", TS_F_LIST, .max = 1000, .help = "Ids of who goes there"},
};
static const struct ts_shape wish = TS_SHAPE(NULL, wish_fields, NULL);
static const struct ts_field start_fields[] = {
	{"rooms", TS_F_LIST, .flags = TS_F_NEEDED, .max = TS_BREAKOUTS_MAX, .of = &wish,
		.help = "One at least"},
	{"split", TS_F_STRING, .choices = splits,
		.help = "even: who is assigned to none, hosts left out, is spread over all"},
	{"return_after_s", TS_F_INT, .min = 0, .max = 86400,
		.help = "All come back then, and are told a minute before; 0: when asked to"},
};
const struct ts_shape ts_shape_breakouts_start = TS_SHAPE("BreakoutsStart", start_fields, NULL);

static const struct ts_field person_fields[] = {
	{"id", TS_F_STRING, .flags = TS_F_READ},
	{"name", TS_F_STRING, .flags = TS_F_READ},
	{"kind", TS_F_STRING, .flags = TS_F_READ},
};
static const struct ts_shape person = TS_SHAPE(NULL, person_fields, NULL);
static const struct ts_field one_fields[] = {
	{"room", TS_F_STRING, .flags = TS_F_READ, .help = "Its id"},
	{"name", TS_F_STRING, .flags = TS_F_READ},
	{"participants", TS_F_LIST, .flags = TS_F_READ, .of = &person},
};
static const struct ts_shape one = TS_SHAPE(NULL, one_fields, NULL);
static const char *const whys[] = {"not-here", "not-movable", "room-full", "failed", NULL};
static const struct ts_field not_moved_fields[] = {
	{"id", TS_F_STRING, .flags = TS_F_READ},
	{"reason", TS_F_STRING, .flags = TS_F_READ, .choices = whys,
		.help = "not-here: nobody of that id is in the room; not-movable: they are "
			"connecting, or renegotiate"},
};
static const struct ts_shape not_moved = TS_SHAPE(NULL, not_moved_fields, NULL);
static const char *const states[] = {"running", "returning", "over", NULL};
static const struct ts_field breakouts_fields[] = {
	{"state", TS_F_STRING, .flags = TS_F_READ, .choices = states,
		.help = "returning: until all are back, who cannot be moved yet is tried for 30 s"},
	{"returns_ms", TS_F_INT, .flags = TS_F_READ | TS_F_NULL, .min = 0, .max = 9e15},
	{"rooms", TS_F_LIST, .flags = TS_F_READ, .of = &one},
	{"here", TS_F_LIST, .flags = TS_F_READ, .of = &person, .help = "In the parent"},
	{"not_moved", TS_F_LIST, .flags = TS_F_READ, .of = &not_moved,
		.help = "Of the request that is answered"},
};
const struct ts_shape ts_shape_breakouts = TS_SHAPE("Breakouts", breakouts_fields,
	"Who of a room is where. In memory alone: a restart of the server ends them");

static json_t *people_json(struct ts_room *room)
{
	json_t *array = json_array();
	for (struct ts_participant *p = ts_room_first_person(room); p; p = ts_room_next_person(p)) {
		struct ts_participant_settings s;
		ts_participant_settings(p, &s);
		json_array_append_new(array,
			json_pack("{s:s, s:s, s:s}", "id", ts_participant_id(p), "name", s.name,
				"kind", ts_kind_name(ts_participant_kind(p))));
	}
	return array;
}

json_t *ts_breakouts_json(
	struct ts_room *parent, const struct ts_breakout_set *set, json_t *not_moved_list)
{
	json_t *rooms = json_array();
	struct ts_room *room;
	for (size_t i = 0; set && (room = ts_breakout_room(set, i)) != NULL; i++)
		json_array_append_new(rooms,
			json_pack("{s:s, s:s, s:o}", "room", ts_room_config(room)->id, "name",
				ts_breakout_name(set, room), "participants", people_json(room)));
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "state",
		!set                               ? "over"
			: ts_breakout_returns(set) ? "returning"
						   : "running",
		"returns_ms", ts_time_or_null(set ? ts_breakout_return_unix_ms(set) : 0), "rooms",
		rooms, "here", people_json(parent), "not_moved",
		not_moved_list ? not_moved_list : json_array());
}
