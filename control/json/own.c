#include "control/identity/card.h"
#include "control/json/json.h"

json_t *ts_own_room_json(const struct ts_room *room)
{
	const struct ts_room_config *config = ts_room_config(room);
	return json_pack("{s:s, s:b, s:b, s:b, s:I, s:o}", "id", config->id, "locked",
		config->locked, "recorded", ts_room_is_recorded(room), "streamed",
		ts_room_is_streamed(room), "waiting", (json_int_t)ts_room_waiting(room), "ends_ms",
		ts_time_or_null(ts_room_end_unix_ms(room)));
}

/* null: their camera is not shown. */
static json_t *tile_json(const struct ts_participant_info *info)
{
	return info->tile_w ? json_pack("{s:i, s:i}", "width", info->tile_w, "height", info->tile_h)
			    : json_null();
}

json_t *ts_own_person_json(struct ts_participant *participant)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s?, s:b, s:s?, s:b, s:b, s:b, s:b, s:o, s:o}", "id",
		info.id, "name", info.name, "kind", ts_kind_name(info.kind), "state",
		ts_participant_state_name(info.state), "role", ts_text_or_null(info.role), "muted",
		info.muted_by != TS_MUTED_NOT, "muted_by", ts_muted_by_name(info.muted_by),
		"video_muted", info.video_muted, "presenting", info.slides.active, "speaking",
		info.speaking, "hand", info.hand_unix_ms != 0, "hand_ms",
		ts_time_or_null(info.hand_unix_ms), "tile", tile_json(&info));
	if (json) ts_card_add(json, info.card);
	return json;
}
