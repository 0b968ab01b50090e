#include "control/recordings/journal.h"

#include "mixer/room/views.h"
#include <glib.h>
#include <string.h>

/* Of one who is in the room. */
struct present {
	char id[TS_ULID_LEN + 1];
	bool speaking, seen;
};

struct ts_journal {
	json_t *events;
	GHashTable *people; /* id, inside of -> [owned] struct present */
	struct ts_layout layout;
	bool dirty, has_layout;
};

struct ts_journal *ts_journal_new(json_t *events)
{
	struct ts_journal *j = g_new0(struct ts_journal, 1);
	j->events = json_is_array(events) ? events : json_array();
	if (j->events != events) json_decref(events);
	j->people = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	return j;
}

void ts_journal_free(struct ts_journal *j)
{
	if (!j) return;
	json_decref(j->events);
	g_hash_table_unref(j->people);
	g_free(j);
}

/* entry: [take], also NULL */
static void add(struct ts_journal *j, json_t *entry)
{
	const size_t n = json_array_size(j->events);
	if (n >= TS_JOURNAL_MAX || !entry) {
		json_decref(entry);
		return;
	}
	if (n == TS_JOURNAL_MAX - 1) json_object_set_new(entry, "event", json_string("full"));
	json_array_append_new(j->events, entry);
	j->dirty = true;
}

static json_t *entry(const char *event, int64_t now_ms)
{
	return json_pack("{s:I, s:s}", "time_ms", (json_int_t)now_ms, "event", event);
}

static json_t *entry_of(const char *event, const char *id, int64_t now_ms)
{
	json_t *json = entry(event, now_ms);
	if (json) json_object_set_new(json, "participant", json_string(id));
	return json;
}

void ts_journal_note(struct ts_journal *j, const char *event, int64_t now_ms)
{
	add(j, entry(event, now_ms));
}

/* ---- people */

static void note_join(struct ts_journal *j, const struct ts_participant_info *info, int64_t now_ms)
{
	json_t *json = entry_of("joined", info->id, now_ms);
	if (!json) return;
	json_object_set_new(json, "name", json_string(info->name));
	json_object_set_new(json, "kind", json_string(ts_kind_name(info->kind)));
	if (*info->identity) json_object_set_new(json, "identity", json_string(info->identity));
	add(j, json);
}

static void see_participant(
	struct ts_journal *j, struct ts_participant *participant, int64_t now_ms)
{
	struct ts_participant_info info;
	ts_participant_info(participant, &info);
	if (info.state == TS_P_CONNECTING) return;
	struct present *p = g_hash_table_lookup(j->people, info.id);
	if (!p) {
		p = g_new0(struct present, 1);
		g_strlcpy(p->id, info.id, sizeof(p->id));
		g_hash_table_insert(j->people, p->id, p);
		note_join(j, &info, now_ms);
	}
	p->seen = true;
	if (p->speaking == info.speaking) return;
	p->speaking = info.speaking;
	add(j, entry_of(info.speaking ? "speaks" : "silent", info.id, now_ms));
}

static void look_at_people(struct ts_journal *j, struct ts_room *room, int64_t now_ms)
{
	GHashTableIter iter;
	struct present *p;
	for (struct ts_participant *q = ts_room_first(room); q; q = ts_room_next(q))
		see_participant(j, q, now_ms);
	g_hash_table_iter_init(&iter, j->people);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&p)) {
		const bool seen = p->seen;
		p->seen = false;
		if (seen) continue;
		add(j, entry_of("left", p->id, now_ms));
		g_hash_table_iter_remove(&iter);
	}
}

/* ---- layout */

static json_t *tile_json(struct ts_room *room, const struct ts_region *region)
{
	struct ts_participant_info info;
	struct ts_participant *p = ts_room_by_key(room, region->occupant);
	if (!p) return NULL;
	ts_participant_info(p, &info);
	return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "participant", info.id, "shows",
		region->shows == TS_SHOWS_SLIDES ? "slides" : "camera", "x", region->rect.x, "y",
		region->rect.y, "width", region->rect.w, "height", region->rect.h);
}

static void look_at_layout(
	struct ts_journal *j, struct ts_room *room, struct ts_room_view *view, int64_t now_ms)
{
	const struct ts_layout *layout = ts_room_view_layout(view);
	if (j->has_layout && ts_layout_same(layout, &j->layout)) return;
	j->layout = *layout;
	j->has_layout = true;
	json_t *json = entry("layout", now_ms), *tiles = json_array();
	for (size_t i = 0; i < layout->n; i++) {
		json_t *tile = tile_json(room, &layout->region[i]);
		if (tile) json_array_append_new(tiles, tile);
	}
	json_object_set_new(json, "name", json_string(ts_room_view_layout_doc(view)->name));
	json_object_set_new(json, "canvas",
		json_pack("{s:i, s:i}", "width", layout->canvas_w, "height", layout->canvas_h));
	json_object_set_new(json, "tiles", tiles);
	add(j, json);
}

void ts_journal_look(
	struct ts_journal *j, struct ts_room *room, struct ts_room_view *view, int64_t now_ms)
{
	look_at_people(j, room, now_ms);
	if (ts_room_first(room))
		look_at_layout(j, room, view ? view : ts_room_main_view(room), now_ms);
}

bool ts_journal_is_dirty(const struct ts_journal *j)
{
	return j->dirty;
}

json_t *ts_journal_json(struct ts_journal *j)
{
	j->dirty = false;
	return json_incref(j->events);
}
