/* rooms - /v1/rooms: rooms are listed, made, changed and removed. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/keypad.h"
#include "control/api/branding.h"
#include "control/api/handlers.h"
#include "control/api/room_scopes.h"
#include "control/api/templates.h"
#include "control/http/http.h"
#include "control/identity/caller.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/personal.h"
#include "control/rooms/registry.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <glib.h>
#include <string.h>

void ts_get_rooms(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	(void)param;
	for (struct ts_room *room = ts_registry_first(api->registry); room;
		room = ts_registry_next(api->registry, room))
		if (ts_caller_has_room(ts_request_caller(request), ts_room_config(room)->id))
			json_array_append_new(array, ts_room_json(room));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_room(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (room) ts_reply_of_room(api, request, room, ts_room_json(room));
}

/* ---- writing */

static void read_int(const json_t *json, const char *name, int *out)
{
	const json_t *value = json_object_get(json, name);
	if (json_is_number(value)) *out = (int)json_number_value(value);
}

static void read_bool(const json_t *json, const char *name, bool *out)
{
	const json_t *value = json_object_get(json, name);
	if (json_is_boolean(value)) *out = json_is_true(value);
}

static void read_size(const json_t *json, const char *name, size_t *out)
{
	int value = (int)*out;
	read_int(json, name, &value);
	*out = (size_t)value;
}

static void read_switch(const json_t *json, const char *name, bool *out)
{
	const json_t *value = json_object_get(json, name);
	if (json_is_boolean(value)) *out = json_is_true(value);
}

static void read_tones(const json_t *json, struct ts_room_config *out)
{
	read_switch(json, "join", &out->tones.join);
	read_switch(json, "leave", &out->tones.leave);
	read_switch(json, "alone", &out->tones.alone);
	read_switch(json, "recorded", &out->tones.recorded);
}

static void read_audio(const json_t *json, struct ts_room_config *out)
{
	const char *mode = json_string_value(json_object_get(json, "mode"));
	for (int i = 0; mode && ts_audio_mode_names[i]; i++)
		if (!strcmp(mode, ts_audio_mode_names[i])) out->audio_mode = (enum ts_audio_mode)i;
	const json_t *floor_db = json_object_get(json, "floor_db");
	if (json_is_number(floor_db)) out->floor_db = json_number_value(floor_db);
}

static void read_ladder(const json_t *json, struct ts_ladder_plan *out)
{
	size_t i;
	const json_t *step;
	if (json_is_string(json)) {
		*out = (struct ts_ladder_plan){0};
		ts_ladder_preset_named(&out->preset, json_string_value(json));
	}
	if (!json_is_array(json)) return;
	*out = (struct ts_ladder_plan){.preset = TS_LADDER_OWN};
	json_array_foreach(json, i, step)
	{
		struct ts_ladder_own *own = &out->own[i];
		int kbps = 0;
		if (i == TS_LADDER_OWN_MAX) break; /* cannot be: the shape says so */
		read_int(step, "width", &own->width);
		read_int(step, "height", &own->height);
		read_int(step, "fps", &own->fps);
		read_int(step, "kbps", &kbps);
		own->kbps = (uint32_t)kbps;
		out->n++;
	}
}

static bool ladder_is_good(struct ts_request *request, const struct ts_room_config *config)
{
	char pointer[40];
	size_t i = 0;
	const char *fault = ts_ladder_plan_fault(&config->ladder, &i);
	if (!fault) return true;
	g_snprintf(pointer, sizeof(pointer), "/video/ladder/%zu", i);
	if (request) ts_problem(request, 422, "field", pointer, "%s %s", pointer, fault);
	return false;
}

/* False: answered. */
static bool read_keypad(struct ts_request *request, json_t *json, struct ts_room_config *out)
{
	GString *text = g_string_new(NULL);
	const char *keys;
	json_t *value;
	bool good = json_object_size(json) <= TS_KEYS_MAX;
	if (!good && request)
		ts_problem(request, 422, "field", "/keypad", "/keypad has at most %d entries",
			TS_KEYS_MAX);
	json_object_foreach(json, keys, value)
	{
		struct ts_key_entry entry;
		if (!good) break;
		good = ts_key_entry_read(&entry, keys, json_string_value(value));
		g_string_append_printf(
			text, "%s%s=%s", text->len ? " " : "", keys, json_string_value(value));
		good &= text->len < sizeof(out->keypad);
		if (good || !request) continue;
		ts_problem(request, 422, "field", "/keypad",
			"/keypad has 1 to %d keys of 0-9 * # A-D, and an action of docs/KEYPAD.md "
			"for each",
			TS_KEYS_LEN);
	}
	if (good) g_strlcpy(out->keypad, text->str, sizeof(out->keypad));
	g_string_free(text, TRUE);
	return good;
}

/* What guests give there, else. */
static const char *guest_pin(const struct ts_api *api, const struct ts_room_config *room)
{
	const bool common = api->config->join.policy == TS_JOIN_PIN;
	return *room->pin ? room->pin : common ? api->config->join.pin : "";
}

/* own: the room that is changed; NULL: one is made. False: answered. */
static bool read_hosts(struct ts_api *api, struct ts_request *request, const json_t *json,
	const struct ts_room *own, struct ts_room_config *out)
{
	const char *pin = json_string_value(json_object_get(json, "host_pin"));
	const char *leaves = json_string_value(json_object_get(json, "when_host_leaves"));
	const char *number = json_string_value(json_object_get(json, "number"));
	const char *language = json_string_value(json_object_get(json, "language"));
	g_strlcpy(out->host_pin, pin ? pin : "", sizeof(out->host_pin));
	out->wait_for_host = json_is_true(json_object_get(json, "wait_for_host"));
	out->when_host_leaves = TS_HOST_LEAVES_STAY;
	for (int i = 0; leaves && ts_host_leaves_names[i]; i++)
		if (!strcmp(leaves, ts_host_leaves_names[i]))
			out->when_host_leaves = (enum ts_host_leaves)i;
	read_int(json, "host_grace_s", &out->host_grace_s);
	g_strlcpy(out->language, language ? language : "", sizeof(out->language));
	if (number && !strcmp(number, "auto") && own && *ts_room_config(own)->number)
		g_strlcpy(out->number, ts_room_config(own)->number, sizeof(out->number));
	else if (number && !strcmp(number, "auto"))
		ts_registry_new_number(api->registry, out->number);
	else
		g_strlcpy(out->number, number ? number : "", sizeof(out->number));
	if (!ts_registry_number_is_free(api->registry, out->number, own)) {
		if (request)
			ts_problem(request, 409, "number-taken", "/number",
				"another room has that number, or is called so");
		return false;
	}
	if (!*out->host_pin || strcmp(out->host_pin, guest_pin(api, out)) != 0) return true;
	if (request)
		ts_problem(request, 422, "field", "/host_pin", "/host_pin is what guests give");
	return false;
}

bool ts_read_video(struct ts_request *request, const json_t *video, struct ts_room_config *out)
{
	int bitrate_kbps = (int)out->bitrate_kbps;
	read_int(video, "width", &out->width);
	read_int(video, "height", &out->height);
	read_int(video, "fps", &out->fps);
	read_int(video, "bitrate_kbps", &bitrate_kbps);
	out->bitrate_kbps = (uint32_t)bitrate_kbps;
	read_ladder(json_object_get(video, "ladder"), &out->ladder);
	return ladder_is_good(request, out);
}

static void read_time(const json_t *json, const char *name, int64_t *out)
{
	const json_t *value = json_object_get(json, name);
	*out = json_is_number(value) ? (int64_t)json_number_value(value) : 0;
}

/* False: answered. */
static bool read_meeting(struct ts_request *request, const json_t *json, struct ts_room_config *out)
{
	const char *template = json_string_value(json_object_get(json, "template"));
	read_int(json, "max_duration_s", &out->max_duration_s);
	read_time(json, "valid_from_ms", &out->valid_from_ms);
	read_time(json, "valid_until_ms", &out->valid_until_ms);
	out->mute_on_entry = ts_mute_named(
		json_string_value(json_object_get(json, "mute_on_entry")));
	g_strlcpy(out->template, template ? template : "", sizeof(out->template));
	if (!out->valid_until_ms || out->valid_from_ms < out->valid_until_ms) return true;
	if (request)
		ts_problem(request, 422, "field", "/valid_until_ms",
			"/valid_until_ms is not after /valid_from_ms");
	return false;
}

bool ts_room_config_read(struct ts_api *api, struct ts_request *request, json_t *json,
	const struct ts_room *own, struct ts_room_config *out)
{
	const json_t *video = json_object_get(json, "video");
	const char *pin = json_string_value(json_object_get(json, "pin"));
	*out = *ts_registry_defaults(api->registry);
	if (own)
		g_strlcpy(out->breakout_of, ts_room_config(own)->breakout_of,
			sizeof(out->breakout_of));
	read_int(json, "transition_ms", &out->transition_ms);
	read_bool(json, "agc", &out->agc);
	read_bool(json, "denoise", &out->denoise);
	read_size(json, "max_participants", &out->max_participants);
	read_size(json, "max_watchers", &out->max_watchers);
	out->locked = json_is_true(json_object_get(json, "locked"));
	const char *self = json_string_value(json_object_get(json, "self"));
	out->self = self ? ts_self_named(self) : TS_SELF_SHOW;
	const char *record = json_string_value(json_object_get(json, "record"));
	out->record_always = record && !strcmp(record, "always");
	read_tones(json_object_get(json, "tones"), out);
	read_audio(json_object_get(json, "audio"), out);
	const char *hls = json_string_value(json_object_get(json, "hls"));
	out->hls_always = hls && !strcmp(hls, "always");
	const char *flv = json_string_value(json_object_get(json, "flv"));
	out->flv_always = flv && !strcmp(flv, "always");
	g_strlcpy(out->pin, pin ? pin : "", sizeof(out->pin));
	*out->keypad = '\0';
	return ts_read_branding(api, request, json, own ? &ts_room_config(own)->branding : NULL,
		       &out->branding) &&
		ts_read_video(request, video, out) && read_meeting(request, json, out) &&
		read_hosts(api, request, json, own, out) &&
		read_keypad(request, json_object_get(json, "keypad"), out) &&
		(!request ||
			ts_may_set_room(request,
				own ? ts_room_config(own) : ts_registry_defaults(api->registry),
				out));
}

/* Is it of use on the canvas? What does not change is not judged. False: answered. */
static bool layout_fits(struct ts_request *request, const struct ts_room *room,
	const struct ts_layout_doc *fresh, const struct ts_room_config *config)
{
	const struct ts_room_config *was = room ? ts_room_config(room) : NULL;
	const struct ts_layout_doc *doc = fresh ? fresh : ts_room_layout_doc(room);
	struct ts_layout_error err;
	if (was && !fresh && was->width == config->width && was->height == config->height)
		return true;
	if (!ts_layout_check(doc, config->width, config->height, &err)) return true;
	ts_problem(request, 422, "layout", "/layout", "%s%s%s", err.pointer,
		*err.pointer ? ": " : "", err.reason);
	return false;
}

/* Sets *out to the layout that a checked body names: NULL when it is the one that the room shows.
 * [give] False: answered. */
static bool read_layout(struct ts_api *api, struct ts_request *request, const json_t *json,
	const struct ts_room *room, const struct ts_room_config *config, struct ts_layout_doc **out)
{
	const char *name = json_string_value(json_object_get(json, "layout"));
	struct ts_layout_doc *found = NULL;
	if (!name) name = "grid";
	*out = NULL;
	if (!room || strcmp(name, ts_room_layout_doc(room)->name) != 0) {
		found = ts_layout_store_find(api->layouts, name);
		if (!found) {
			ts_problem(request, 422, "no-such-layout", "/layout",
				"there is no layout \"%.64s\"", name);
			return false;
		}
	}
	if (!layout_fits(request, room, found, config)) return false;
	if (found) *out = ts_layout_doc_ref(found);
	return true;
}

/* [take] A checked body, and below it what its template says. NULL: answered. */
static json_t *over_template(struct ts_api *api, struct ts_request *request, json_t *body)
{
	const json_t *name = json_object_get(body, "template");
	json_t *whole = NULL;
	if (!body || !json_is_string(name)) return body;
	json_t *template = ts_templates_find(api->templates, json_string_value(name));
	if (!template)
		ts_problem(request, 422, "no-such-template", "/template",
			"there is no template \"%.64s\"", json_string_value(name));
	else if (!(whole = json_deep_copy(template)) || ts_body_merge(whole, body))
		ts_reply_later(request, TS_ENOMEM);
	else
		return json_decref(body), whole;
	json_decref(whole);
	json_decref(body);
	return NULL;
}

static void use_layout(struct ts_room *room, struct ts_layout_doc *doc /* [take] */)
{
	if (doc) ts_room_set_layout(room, doc);
	ts_layout_doc_unref(&doc);
}

static void refuse(struct ts_request *request, const char *id, int err)
{
	if (err == TS_EEXIST)
		ts_problem(
			request, 409, "room-exists", "/id", "there is a room \"%s\" already", id);
	else
		ts_reply_later(request, err);
}

static void make_room(struct ts_api *api, struct ts_request *request,
	const struct ts_room_config *config, const json_t *body)
{
	struct ts_room *room;
	struct ts_layout_doc *layout;
	char location[sizeof("/v1/rooms/") + TS_ROOM_ID_MAX], etag[TS_ETAG_MAX];
	if (!read_layout(api, request, body, NULL, config, &layout)) return;
	int rc = ts_registry_make(api->registry, config, &room);
	if (rc) {
		ts_layout_doc_unref(&layout);
		refuse(request, config->id, rc);
		return;
	}
	use_layout(room, layout);
	g_snprintf(location, sizeof(location), "/v1/rooms/%s", config->id);
	ts_registry_etag(api->registry, room, etag);
	ts_json_make(request, 201, ts_room_json(room));
	ts_reply_header(request, "Location", location);
	ts_reply_header(request, "ETag", etag);
	ts_reply_send(request);
}

void ts_post_rooms(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room_config config;
	json_t *body = over_template(
		api, request, ts_body_read(request, &ts_shape_room, TS_USE_BODY));
	(void)param;
	if (!body) return;
	const char *id = json_string_value(json_object_get(body, "id"));
	if (!ts_room_config_read(api, request, body, NULL, &config)) {
		json_decref(body);
		return;
	}
	if (id)
		g_strlcpy(config.id, id, sizeof(config.id));
	else
		ts_ulid(config.id, ts_unix_ms_from_ns(ts_now_ns()));
	make_room(api, request, &config, body);
	json_decref(body);
}

static void change_room(struct ts_api *api, struct ts_request *request, struct ts_room *room,
	json_t *body, bool keep)
{
	struct ts_room_config config;
	struct ts_layout_doc *layout;
	if (!ts_room_config_read(api, request, body, room, &config)) return;
	if (!read_layout(api, request, body, room, &config, &layout)) return;
	int rc = ts_registry_change(api->registry, room, &config, keep);
	if (rc) ts_layout_doc_unref(&layout);
	use_layout(room, layout);
	if (rc)
		refuse(request, ts_room_config(room)->id, rc);
	else
		ts_reply_of_room(api, request, room, ts_room_json(room));
}

static bool id_stays(struct ts_request *request, const json_t *body, const char *id)
{
	const json_t *given = json_object_get(body, "id");
	if (!given || (json_is_string(given) && !strcmp(json_string_value(given), id))) return true;
	ts_problem(request, 422, "field", "/id", "/id is \"%s\" and never changes", id);
	return false;
}

void ts_put_room(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_registry_find(api->registry, param[0]);
	if (!ts_room_id_ok(param[0])) {
		ts_problem(request, 404, "room-id", NULL,
			"a room id is 1 to %d of A-Z a-z 0-9 . _ ~ -", TS_ROOM_ID_MAX);
		return;
	}
	if (!ts_api_precondition(api, request, room)) return;
	json_t *body = over_template(
		api, request, ts_body_read(request, &ts_shape_room, TS_USE_BODY));
	if (!body) return;
	if (!id_stays(request, body, param[0])) {
		json_decref(body);
		return;
	}
	if (room) {
		change_room(api, request, room, body, true);
	} else {
		struct ts_room_config config;
		const bool good = ts_room_config_read(api, request, body, NULL, &config);
		g_strlcpy(config.id, param[0], sizeof(config.id));
		if (good) make_room(api, request, &config, body);
	}
	json_decref(body);
}

void ts_patch_room(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room || !ts_api_precondition(api, request, room)) return;
	json_t *patch = ts_body_read(request, &ts_shape_room, TS_USE_PATCH);
	if (!patch) return;
	const json_t *name = json_object_get(patch, "template");
	json_t *template = json_is_string(name)
		? ts_templates_find(api->templates, json_string_value(name))
		: NULL;
	if (json_is_string(name) && !template) {
		ts_problem(request, 422, "no-such-template", "/template",
			"there is no template \"%.64s\"", json_string_value(name));
		json_decref(patch);
		return;
	}
	const struct ts_room_config *now = ts_room_config(room);
	json_t *whole = ts_room_settings_json(room);
	if (whole && *now->pin) json_object_set_new(whole, "pin", json_string(now->pin));
	if (whole && *now->host_pin)
		json_object_set_new(whole, "host_pin", json_string(now->host_pin));
	/* as it was set, not as it is in effect: 0 goes on following size and rate */
	if (whole)
		json_object_set_new(json_object_get(whole, "video"), "bitrate_kbps",
			json_integer(now->bitrate_kbps));
	if (whole && template && ts_body_merge(whole, template))
		json_decref(g_steal_pointer(&whole));
	if (!whole || ts_body_merge(whole, patch))
		ts_reply_later(request, TS_ENOMEM);
	else if (id_stays(request, patch, now->id))
		change_room(api, request, room, whole, false);
	json_decref(whole);
	json_decref(patch);
}

void ts_delete_room(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_room *room = ts_api_room(api, request, param[0]);
	if (!room || !ts_api_precondition(api, request, room)) return;
	ts_registry_remove(api->registry, room);
	ts_reply_nothing(request);
}
