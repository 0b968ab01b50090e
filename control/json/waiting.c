/* waiting - guests who wait for the host of a room, to those who may let them in. */
#include "control/json/json.h"
#include "control/json/shapes.h"

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const char *const kinds[] = {"webrtc", "sip", "whip", "whep", "input", "machine", NULL};
_Static_assert(sizeof(kinds) / sizeof(*kinds) == TS_KIND_COUNT + 1, "kinds are those of room.h");
static const char *const states[] = {"connecting", "connected", "stalled", NULL};

static const struct ts_field fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "Theirs as a participant, which they keep"},
	{"room", TS_F_STRING, TS_F_READ, .help = "They wait for"},
	{"name", TS_F_STRING, TS_F_READ},
	{"identity", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"kind", TS_F_STRING, TS_F_READ, .choices = kinds},
	{"state", TS_F_STRING, TS_F_READ, .choices = states},
	{"role", TS_F_STRING, TS_F_READ | TS_F_NULL},
	{"joined_ms", TS_F_INT, TS_F_READ, .help = "They came, in milliseconds since 1970"},
	{"waiting", TS_F_BOOL, TS_F_NEEDED,
		.help = "false lets them in; it is true in the answer while they still connect, or "
			"the room is full: then they come in as soon as they can"},
};
const struct ts_shape ts_shape_waiting = TS_SHAPE(
	"Waiting", fields, "A guest who waits for the host of a room");
static const struct ts_field list_fields[] = {
	{"items", TS_F_LIST, .of = &ts_shape_waiting, .help = "In order of coming"}};
const struct ts_shape ts_shape_waitings = TS_SHAPE("Waitings", list_fields, NULL);

json_t *ts_waiting_json(struct ts_participant *participant)
{
	const struct ts_room_config *config = ts_room_config(ts_participant_room(participant));
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s?, s:I, s:b}", "id", info.id, "room",
		ts_room_id_told(config), "name", info.name, "identity",
		ts_text_or_null(info.identity), "kind", ts_kind_name(info.kind), "state",
		ts_participant_state_name(info.state), "role", ts_text_or_null(info.role),
		"joined_ms", (json_int_t)info.joined_unix_ms, "waiting", *config->waits_for != 0);
}
