#include "control/rooms/personal.h"

#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include <glib.h>
#include <string.h>

const char *const ts_self_names[] = {"show", "hide", "corner", NULL};
_Static_assert(G_N_ELEMENTS(ts_self_names) == TS_SELF_ROOM + 1, "one each");

enum ts_self ts_self_named(const char *text)
{
	int i = 0;
	while (text && ts_self_names[i] && strcmp(ts_self_names[i], text) != 0) i++;
	return text && ts_self_names[i] ? (enum ts_self)i : TS_SELF_ROOM;
}

static bool read_layout(struct ts_api *api, struct ts_request *request,
	const struct ts_room_view *view, const json_t *layout, struct ts_wants *out)
{
	const char *name = json_string_value(layout);
	struct ts_layout_error err;
	out->doc = name ? ts_layout_store_find(api->layouts, name) : NULL;
	if (name && !out->doc) {
		ts_problem(request, 422, "no-such-layout", "/layout",
			"there is no layout \"%.64s\"", name);
		return false;
	}
	if (!out->doc || !view) return true;
	const struct ts_room_view_config *c = ts_room_view_config(view);
	if (!ts_layout_check(out->doc, c->width, c->height, &err)) return true;
	ts_problem(request, 422, "layout", "/layout", "%s%s%s", err.pointer,
		*err.pointer ? ": " : "", err.reason);
	return false;
}

/* 0: there is nobody of that id besides them. */
static uint64_t key_of(const struct ts_participant *participant, const char *id)
{
	struct ts_room *room = ts_participant_room((struct ts_participant *)participant);
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		if (p != participant && !strcmp(ts_participant_id(p), id))
			return ts_participant_key(p);
	return 0;
}

/* False: there are too many. */
static bool put_volume(struct ts_personal_change *out, uint64_t key, const json_t *value)
{
	const double gain = json_is_null(value) ? 1 : json_number_value(value);
	size_t i = 0;
	while (i < out->n_volumes && out->volume[i].key != key) i++;
	if (gain == 1) { /* as it is without */
		if (i < out->n_volumes) out->volume[i] = out->volume[--out->n_volumes];
		return true;
	}
	if (i == TS_VOLUMES_MAX) return false;
	out->volume[i] = (struct ts_volume){.key = key, .gain = (float)gain};
	if (i == out->n_volumes) out->n_volumes++;
	return true;
}

static bool read_volumes(struct ts_request *request, const struct ts_participant *participant,
	json_t *volumes, struct ts_personal_change *out)
{
	const struct ts_volumes *now = ts_participant_volumes(participant);
	const char *id;
	json_t *value;
	/* each is looked for among all people */
	if (json_object_size(volumes) > 2 * TS_VOLUMES_MAX) {
		ts_problem(request, 422, "field", "/volumes",
			"/volumes changes at most %d entries at once", 2 * TS_VOLUMES_MAX);
		return false;
	}
	for (size_t i = 0; now && json_is_object(volumes) && i < now->n; i++)
		out->volume[out->n_volumes++] = now->of[i];
	/* first what goes, which makes room for what comes */
	for (int pass = 0; pass < 2; pass++) json_object_foreach(volumes, id, value)
		{
			const bool goes = json_is_null(value) || json_number_value(value) == 1;
			if (goes != !pass) continue;
			const uint64_t key = key_of(participant, id);
			if (!key && json_is_null(value)) continue; /* they have left */
			if (!key) {
				ts_problem(request, 422, "no-such-participant", "/volumes",
					"there is nobody else \"%.64s\" in the room", id);
				return false;
			}
			if (put_volume(out, key, value)) continue;
			ts_problem(request, 422, "field", "/volumes",
				"/volumes has at most %d entries", TS_VOLUMES_MAX);
			return false;
		}
	return true;
}

bool ts_personal_read(struct ts_api *api, struct ts_request *request,
	const struct ts_participant *participant, const struct ts_room_view *view,
	const json_t *patch, struct ts_personal_change *out)
{
	const json_t *self = json_object_get(patch, "self"),
		     *layout = json_object_get(patch, "layout");
	json_t *volumes = json_object_get(patch, "volumes");
	*out = (struct ts_personal_change){.wants = *ts_participant_wants(participant),
		.wants_named = self || layout,
		.volumes_named = volumes != NULL};
	if (self) out->wants.self = ts_self_named(json_string_value(self));
	return (!layout || read_layout(api, request, view, layout, &out->wants)) &&
		(!volumes || read_volumes(request, participant, volumes, out));
}

void ts_personal_use(struct ts_participant *participant, const struct ts_personal_change *change)
{
	if (change->wants_named) ts_participant_set_wants(participant, &change->wants);
	if (change->volumes_named)
		ts_participant_set_volumes(participant, change->volume, change->n_volumes);
}
