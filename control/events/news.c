#include "control/events/news.h"
#include "base/log.h"
#include "control/http/context.h"
#include "control/identity/caller.h"
#include "control/json/json.h"
#include "control/rooms/rest.h"
#include "mixer/room/views.h"
#include <stdlib.h>
#include <string.h>

enum { LEVEL_STEP_DB = 3 }; /* a smaller change is not told while nobody starts or stops to speak */

struct ts_news {
	struct ts_api *api;
	struct ts_event_log *log;
	struct ts_news_receiver teller;
	GHashTable *rooms; /* ts_room -> [owned] struct room_state */
};

/* What readers know of a room. */
struct room_state {
	bool told, changed, layout_changed, somebody_changed;
	GHashTable *views; /* [owned] ids of those that changed; NULL: none did */
};

static void state_free(void *state)
{
	struct room_state *told = state;
	if (told->views) g_hash_table_unref(told->views);
	g_free(told);
}

static struct room_state *state_of(struct ts_news *news, struct ts_room *room)
{
	return g_hash_table_lookup(news->rooms, room);
}

static struct ts_member *member_of(struct ts_news *news, struct ts_participant *participant)
{
	return ts_registry_member(news->api->registry, participant);
}

static const char *id_of(const struct ts_room *room)
{
	return ts_room_config(room)->id;
}

/* ---- noticing */

static void on_opened(void *arg, struct ts_room *room)
{
	struct ts_news *news = arg;
	struct room_state *told = g_new0(struct room_state, 1);
	told->changed = told->layout_changed = true;
	g_hash_table_insert(news->rooms, room, told);
	news->teller.wanted(news->teller.arg);
}

/* `id` of the thing whose state it tells, "" the room; NULL: it happens once. */
static void emit(struct ts_news *news, enum ts_event_kind kind, struct ts_room *room,
	const char *id, json_t *api, json_t *person)
{
	struct ts_event *event = ts_event_new(news->log, kind, id_of(room), api, person);
	if (id) ts_event_is_state(event, kind, id);
	news->teller.tell(news->teller.arg, event);
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_news *news = arg;
	struct room_state *told = state_of(news, room);
	if (told && told->told) {
		struct ts_event *event = ts_event_new(news->log, TS_EVENT_ROOM_REMOVED, id_of(room),
			json_pack("{s:s}", "id", id_of(room)),
			json_pack("{s:s}", "id", id_of(room)));
		event->room_gone = true;
		news->teller.tell(news->teller.arg, event);
	}
	g_hash_table_remove(news->rooms, room);
}

static void on_left(struct ts_news *news, struct ts_room *room, struct ts_participant *participant)
{
	struct ts_participant_info info;
	struct ts_member *member = member_of(news, participant);
	if (!member || !member->news.told) return;
	const struct ts_room *to = ts_participant_moves_to(participant);
	const bool waits = to && *ts_room_config(to)->waits_for;
	ts_participant_info(participant, &info);
	const bool ended = !strcmp(ts_participant_left_because(participant), "meeting-ended");
	json_t *json = json_pack("{s:s, s:s, s:s*, s:o*, s:o*}", "room", id_of(room), "id", info.id,
		"moved_to", to && !waits ? id_of(to) : NULL, "waits", waits ? json_true() : NULL,
		"ended", ended ? json_true() : NULL);
	struct ts_event *event = ts_event_new(
		news->log, TS_EVENT_PARTICIPANT_LEFT, id_of(room), json, json_incref(json));
	g_strlcpy(event->left, info.id, sizeof(event->left));
	if (to)
		g_strlcpy(event->moved_to, ts_room_id_told(ts_room_config(to)),
			sizeof(event->moved_to));
	event->waits = waits;
	member->news.told = false; /* who is in the room they go to does not know them */
	news->teller.tell(news->teller.arg, event);
}

static void on_waits(void *arg, struct ts_room *hidden, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_news *news = arg;
	const char *room = ts_room_config(hidden)->waits_for, *id = NULL;
	if (what == TS_ROOM_JOINED) {
		struct ts_event *event = ts_event_new(news->log, TS_EVENT_WAITING_JOINED, room,
			json_pack("{s:s, s:o}", "room", room, "waiting",
				ts_waiting_json(participant)),
			NULL);
		news->teller.tell(news->teller.arg, event);
	}
	if (what != TS_ROOM_LEFT) return;
	struct ts_room *to = ts_participant_moves_to(participant);
	const bool admitted = to && !*ts_room_config(to)->waits_for;
	id = ts_participant_id(participant);
	json_t *json = json_pack("{s:s, s:s, s:b, s:s?}", "room", room, "id", id, "admitted",
		admitted, "reason",
		admitted ? NULL : ts_text_or_null(ts_participant_left_because(participant)));
	struct ts_event *event = ts_event_new(
		news->log, TS_EVENT_WAITING_LEFT, room, json, json_incref(json));
	event->for_left = true;
	g_strlcpy(event->left, id, sizeof(event->left));
	if (to)
		g_strlcpy(event->moved_to, ts_room_id_told(ts_room_config(to)),
			sizeof(event->moved_to));
	event->waits = to && !admitted;
	news->teller.tell(news->teller.arg, event);
	if (to) news->teller.wanted(news->teller.arg);
}

static void note_where_from(struct ts_news *news, struct ts_participant *participant)
{
	struct ts_member *member = member_of(news, participant);
	const struct ts_room *from = ts_participant_moved_from(participant);
	if (!member || !from || ts_registry_is_hidden(news->api->registry, from)) return;
	g_strlcpy(member->news.moved_from, id_of(from), sizeof(member->news.moved_from));
}

static void on_view(struct ts_news *news, struct ts_room *room, struct room_state *told, bool gone)
{
	const char *id = ts_room_view_config(ts_room_told_view(room))->id;
	if (!told->views && !gone)
		told->views = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (!gone) g_hash_table_add(told->views, g_strdup(id));
	if (!gone || !told->told) return;
	if (told->views) g_hash_table_remove(told->views, id);
	emit(news, TS_EVENT_VIEW_REMOVED, room, NULL,
		json_pack("{s:s, s:s}", "room", id_of(room), "id", id), NULL);
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_news *news = arg;
	struct room_state *told = state_of(news, room);
	struct ts_member *member = participant ? member_of(news, participant) : NULL;
	if (!told) return;
	if (what == TS_ROOM_LEFT) on_left(news, room, participant);
	if (what == TS_ROOM_VIEW_CREATED || what == TS_ROOM_VIEW_CHANGED)
		on_view(news, room, told, false);
	if (what == TS_ROOM_VIEW_REMOVED) on_view(news, room, told, true);
	/* the room names its layout */
	if (what == TS_ROOM_LAYOUT) told->layout_changed = told->changed = true;
	/* and the canvas is the room's */
	if (what == TS_ROOM_CONFIG) told->changed = told->layout_changed = true;
	if (what == TS_ROOM_JOINED || what == TS_ROOM_PARTICIPANT) {
		told->somebody_changed = true;
		if (member) member->news.changed = true;
	}
	if (what == TS_ROOM_JOINED) note_where_from(news, participant);
	news->teller.wanted(news->teller.arg);
}

/* ---- telling */

static void emit_room(struct ts_news *news, struct ts_room *room, struct room_state *told)
{
	if (!told->changed) return;
	emit(news, told->told ? TS_EVENT_ROOM_UPDATED : TS_EVENT_ROOM_CREATED, room,
		told->told ? "" : NULL, ts_room_json(room), ts_own_room_json(room));
	told->changed = false;
	told->told = true;
}

static json_t *about_json(struct ts_room *room, const char *what, json_t *json)
{
	return json_pack("{s:s, s:o}", "room", id_of(room), what, json);
}

static uint32_t digest(const struct ts_participant_info *info)
{
	const struct ts_source_info *c = &info->camera, *s = &info->slides;
	const int seen[] = {c->active, (int)c->codec, c->width, c->height, s->active, (int)s->codec,
		s->width, s->height, c->frozen, c->error.kind, c->error.width, c->error.height,
		s->error.kind, s->error.width, s->error.height, info->region, info->slides_region,
		info->tile_w, info->tile_h, (int)info->audio_codec, (int)info->receives_codec,
		info->receives.width, info->receives.height, info->receives.fps,
		(int)info->receives.bitrate_bps, (int)info->limited_by};
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < G_N_ELEMENTS(seen); i++)
		hash = (hash ^ (uint32_t)seen[i]) * 16777619u;
	return hash;
}

static void emit_participant(
	struct ts_news *news, struct ts_room *room, struct ts_participant *participant)
{
	struct ts_participant_info info;
	struct ts_member *member = member_of(news, participant);
	if (!member || !member->news.changed) return;
	ts_participant_info(participant, &info);
	json_t *api = about_json(room, "participant", ts_participant_json(news->api, participant));
	json_t *person = about_json(room, "participant", ts_own_person_json(participant));
	if (!member->news.told && *member->news.moved_from) {
		json_object_set_new(api, "moved_from", json_string(member->news.moved_from));
		json_object_set_new(person, "moved_from", json_string(member->news.moved_from));
	}
	emit(news, member->news.told ? TS_EVENT_PARTICIPANT_UPDATED : TS_EVENT_PARTICIPANT_JOINED,
		room, member->news.told ? info.id : NULL, api, person);
	*member->news.moved_from = '\0';
	member->news.changed = false;
	member->news.told = true;
	member->news.looks = digest(&info);
}

static void emit_views(struct ts_news *news, struct ts_room *room, struct room_state *told)
{
	GHashTable *views = g_steal_pointer(&told->views);
	struct ts_room_view *v = views ? ts_room_main_view(room) : NULL;
	for (; v; v = ts_room_next_view(room, v)) {
		const char *id = ts_room_view_config(v)->id;
		if (g_hash_table_contains(views, id))
			emit(news, TS_EVENT_VIEW_UPDATED, room, id,
				about_json(room, "view", ts_view_json(room, v)), NULL);
	}
	if (views) g_hash_table_unref(views);
}

static void flush_room(struct ts_news *news, struct ts_room *room)
{
	struct room_state *told = state_of(news, room);
	if (!told) return;
	emit_room(news, room, told);
	if (told->somebody_changed)
		for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
			emit_participant(news, room, p);
	told->somebody_changed = false;
	if (told->layout_changed)
		emit(news, TS_EVENT_LAYOUT_UPDATED, room, "",
			about_json(room, "layout", ts_layout_json(room)), NULL);
	told->layout_changed = false;
	emit_views(news, room, told);
}

void ts_news_flush(struct ts_news *news)
{
	struct ts_registry *registry = news->api->registry;
	for (struct ts_room *room = ts_registry_first(registry); room;
		room = ts_registry_next(registry, room))
		flush_room(news, room);
}

/* ---- looking */

/* True when what readers know of the participant's voice is worth a new event. */
static bool voice_moved(struct ts_member_news *told, const struct ts_participant_info *info)
{
	return told->speaking != info->speaking ||
		abs(told->level_dbov - info->level_dbov) >= LEVEL_STEP_DB;
}

static void compare_participant(struct ts_news *news, struct ts_participant *participant,
	struct room_state *told, bool *moved)
{
	struct ts_participant_info info;
	struct ts_member *member = member_of(news, participant);
	if (!member || !member->news.told) return;
	ts_participant_info(participant, &info);
	*moved |= voice_moved(&member->news, &info);
	if (digest(&info) == member->news.looks) return;
	member->news.changed = told->somebody_changed = true;
}

static void note_voice(struct ts_news *news, struct ts_participant *participant)
{
	struct ts_participant_info info;
	struct ts_member *member = member_of(news, participant);
	if (!member) return;
	ts_participant_info(participant, &info);
	member->news.speaking = info.speaking;
	member->news.level_dbov = info.level_dbov;
}

static void emit_levels(
	struct ts_news *news, struct ts_room *room, const struct ts_news_receiver *to)
{
	json_t *levels = json_array();
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p)) {
		struct ts_participant_info info;
		struct ts_member *member = member_of(news, p);
		if (!member || !member->news.told) continue;
		ts_participant_info(p, &info);
		if (!info.speaking && info.level_dbov <= -127) continue;
		json_array_append_new(levels,
			json_pack("{s:s, s:i, s:b}", "id", info.id, "level_dbov", info.level_dbov,
				"speaking", info.speaking));
	}
	json_t *json = about_json(room, "levels", levels);
	struct ts_event *event = ts_event_passing(
		TS_EVENT_LEVELS, id_of(room), json_incref(json), json);
	ts_event_is_state(event, TS_EVENT_LEVELS, "");
	to->tell(to->arg, event);
}

void ts_news_poll(struct ts_news *news)
{
	struct ts_registry *registry = news->api->registry;
	for (struct ts_room *room = ts_registry_first(registry); room;
		room = ts_registry_next(registry, room)) {
		struct room_state *told = state_of(news, room);
		bool moved = false;
		for (struct ts_participant *p = ts_room_first(room); p && told; p = ts_room_next(p))
			compare_participant(news, p, told, &moved);
		if (told) flush_room(news, room);
		if (!moved) continue;
		for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
			note_voice(news, p);
		emit_levels(news, room, &news->teller);
	}
}

void ts_news_emit_levels(struct ts_news *news, const struct ts_news_receiver *to)
{
	struct ts_registry *registry = news->api->registry;
	for (struct ts_room *room = ts_registry_first(registry); room;
		room = ts_registry_next(registry, room))
		if (ts_room_first(room)) emit_levels(news, room, to);
}

/* ---- all at once */

static json_t *room_snapshot(struct ts_news *news, struct ts_room *room, bool person)
{
	json_t *people = json_array();
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		json_array_append_new(
			people, person ? ts_own_person_json(p) : ts_participant_json(news->api, p));
	if (person)
		return json_pack(
			"{s:o, s:o}", "room", ts_own_room_json(room), "participants", people);
	json_t *views = ts_views_json(room);
	json_array_remove(views, 0); /* main: the layout */
	return json_pack("{s:o, s:o, s:o, s:o}", "room", ts_room_json(room), "participants", people,
		"layout", ts_layout_json(room), "views", views);
}

json_t *ts_news_snapshot(struct ts_news *news, const struct ts_events_scope *scope)
{
	struct ts_registry *registry = news->api->registry;
	json_t *rooms = json_array();
	for (struct ts_room *room = ts_registry_first(registry); room;
		room = ts_registry_next(registry, room))
		if ((!*scope->room || !strcmp(scope->room, id_of(room))) &&
			(!scope->caller || ts_caller_has_room(scope->caller, id_of(room))))
			json_array_append_new(rooms, room_snapshot(news, room, *scope->person));
	return json_pack("{s:o}", "rooms", rooms);
}

/* ---- life */

struct ts_news *ts_news_new(
	struct ts_api *api, struct ts_event_log *log, const struct ts_news_receiver *teller)
{
	static const struct ts_registry_watcher watcher = {.opened = on_opened,
		.changed = on_changed,
		.closing = on_closing,
		.waits = on_waits};
	struct ts_news *news = g_new0(struct ts_news, 1);
	news->api = api;
	news->log = log;
	news->teller = *teller;
	news->rooms = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, state_free);
	ts_registry_watch(api->registry, &watcher, news);
	return news;
}

void ts_news_free(struct ts_news *news)
{
	ts_registry_unwatch(news->api->registry, news);
	g_hash_table_unref(news->rooms);
	g_free(news);
}
