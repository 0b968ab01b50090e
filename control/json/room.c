#include "config/keypad.h"
#include "control/json/branding.h"
#include "control/json/json.h"
#include "control/rooms/personal.h"
#include "control/rooms/registry.h"
#include <string.h>

/* A name, or the steps. */
json_t *ts_ladder_json(const struct ts_ladder_plan *plan)
{
	const char *name = ts_ladder_preset_name(plan->preset);
	if (name) return json_string(name);
	json_t *steps = json_array();
	for (uint32_t i = 0; i < plan->n; i++) {
		const struct ts_ladder_own *own = &plan->own[i];
		json_array_append_new(steps,
			json_pack("{s:i, s:i, s:i, s:I}", "width", own->width, "height",
				own->height, "fps", own->fps, "kbps", (json_int_t)own->kbps));
	}
	return steps;
}

/* KEYS: ACTION, as they were set. */
static json_t *keypad_json(const char *text)
{
	struct ts_keys keys = {.n = 0};
	json_t *json = json_object();
	ts_keys_read(&keys, text, true);
	for (size_t i = 0; json && i < keys.n; i++) {
		char action[TS_KEYS_ACTION_TEXT];
		ts_key_entry_print(action, &keys.entry[i]);
		json_object_set_new(json, keys.entry[i].keys, json_string(action));
	}
	return json;
}

static const char *const mute_names[] = {"off", "soft", "hard"}; /* by enum ts_mute_entry */

enum ts_mute_entry ts_mute_named(const char *name)
{
	int i = TS_ENTRY_HARD;
	while (i > TS_ENTRY_OPEN && (!name || strcmp(name, mute_names[i]) != 0)) i--;
	return (enum ts_mute_entry)i;
}

const char *const ts_host_leaves_names[] = {"stay", "wait", "end", NULL};

const char *const ts_audio_mode_names[] = {"voice", "music", "spatial", NULL};

/* What may be set of a room. */
json_t *ts_room_settings_json(const struct ts_room *room)
{
	const struct ts_room_config *c = ts_room_config(room);
	json_t *json = json_pack(
		"{s:s, s:{s:i, s:i, s:i, s:I, s:o}, s:s, s:i, s:b, s:b, s:I, s:I, s:b, s:s, s:s, "
		"s:s, s:o, "
		"s:{s:b, s:b, s:b, s:b}, s:{s:s, s:f}, "
		"s:b, s:s, s:i, s:s?, s:s?, s:s, s:i, s:o, s:o, s:s, s:s?}",
		"id", c->id, "video", "width", c->width, "height", c->height, "fps", c->fps,
		"bitrate_kbps", (json_int_t)ts_room_bitrate_kbps(c), "ladder",
		ts_ladder_json(&c->ladder), "layout", ts_room_layout_doc(room)->name,
		"transition_ms", c->transition_ms, "agc", c->agc, "denoise", c->denoise,
		"max_participants", (json_int_t)c->max_participants, "max_watchers",
		(json_int_t)c->max_watchers, "locked", c->locked, "record",
		c->record_always ? "always" : "off", "hls", c->hls_always ? "always" : "off", "flv",
		c->flv_always ? "always" : "off", "keypad", keypad_json(c->keypad), "tones", "join",
		c->tones.join, "leave", c->tones.leave, "alone", c->tones.alone, "recorded",
		c->tones.recorded, "audio", "mode", ts_audio_mode_names[c->audio_mode], "floor_db",
		c->floor_db, "wait_for_host", c->wait_for_host, "when_host_leaves",
		ts_host_leaves_names[c->when_host_leaves], "host_grace_s", c->host_grace_s,
		"number", ts_text_or_null(c->number), "language", ts_text_or_null(c->language),
		"self", ts_self_names[c->self], "max_duration_s", c->max_duration_s,
		"valid_from_ms", ts_time_or_null(c->valid_from_ms), "valid_until_ms",
		ts_time_or_null(c->valid_until_ms), "mute_on_entry", mute_names[c->mute_on_entry],
		"template", ts_text_or_null(c->template));
	if (json && ts_branding_add(json, &c->branding)) json_decref(json), json = NULL;
	return json;
}

json_t *ts_room_json(const struct ts_room *room)
{
	const struct ts_room_config *c = ts_room_config(room);
	json_t *json = ts_room_settings_json(room);
	if (json) json_object_set_new(json, "pin_set", json_boolean(*c->pin));
	if (json) json_object_set_new(json, "host_pin_set", json_boolean(*c->host_pin));
	if (json)
		json_object_set_new(
			json, "waiting", json_integer((json_int_t)ts_room_waiting(room)));
	if (json) json_object_set_new(json, "ends_ms", ts_time_or_null(ts_room_end_unix_ms(room)));
	if (json)
		json_object_set_new(json, "breakout_of",
			*c->breakout_of ? json_string(c->breakout_of) : json_null());
	if (json) json_object_set_new(json, "recorded", json_boolean(ts_room_is_recorded(room)));
	if (json) json_object_set_new(json, "streamed", json_boolean(ts_room_is_streamed(room)));
	return json;
}

json_t *ts_items_json(json_t *array)
{
	return json_pack("{s:o}", "items", array);
}
