#include "control/keypad/act.h"
#include "base/clock.h"
#include "control/recordings/recordings.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/windows.h"
#include "mixer/room/roles.h"
#include "mixer/room/views.h"
#include <glib.h>
#include <string.h>

#define SAY(...) g_snprintf(notice, TS_NOTICE_MAX + 1, __VA_ARGS__)
#define STEP_DB 3.0

const char *ts_key_outcome_name(enum ts_key_outcome outcome)
{
	static const char *const names[] = {[TS_KEYS_DONE] = "done",
		[TS_KEYS_REFUSED] = "refused",
		[TS_KEYS_FAILED] = "failed",
		[TS_KEYS_NONE] = "unknown"};
	return names[outcome];
}

/* ---- of themselves */

static enum ts_key_outcome mute(struct ts_participant *p, char *notice)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	if (s.muted_by == TS_MUTED_API || !(ts_role_rights(s.role) & TS_MAY_SPEAK)) {
		SAY("muted by a moderator");
		return TS_KEYS_REFUSED;
	}
	s.muted_by = s.muted_by ? TS_MUTED_NOT : TS_MUTED_SELF;
	ts_participant_set(p, &s);
	SAY("%s", s.muted_by ? "muted" : "unmuted");
	return TS_KEYS_DONE;
}

static enum ts_key_outcome louder(struct ts_participant *p, double by_db, char *notice)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	const double before = s.listen_db;
	s.listen_db = CLAMP(before + by_db, TS_LISTEN_DB_MIN, TS_LISTEN_DB_MAX);
	ts_participant_set(p, &s);
	SAY("volume %+.0f dB", s.listen_db);
	return s.listen_db == before ? TS_KEYS_FAILED : TS_KEYS_DONE;
}

static enum ts_key_outcome raise_hand(struct ts_participant *p, char *notice)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	s.hand_unix_ms = s.hand_unix_ms ? 0 : ts_unix_ms_from_ns(ts_now_ns());
	ts_participant_set(p, &s);
	SAY("hand %s", s.hand_unix_ms ? "raised" : "lowered");
	return TS_KEYS_DONE;
}

static enum ts_key_outcome help(
	const struct ts_key_actor *actor, const struct ts_participant *p, char *notice)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	const bool host = ts_role_is_host(s.role);
	*notice = '\0';
	for (size_t i = 0; i < actor->table->n; i++) {
		const struct ts_key_entry *e = &actor->table->entry[i];
		char one[TS_NOTICE_MAX + 1];
		if (e->action == TS_KEY_HELP || (e->host && !host)) continue;
		g_snprintf(one, sizeof(one), "%s%s %s", *notice ? "  " : "", e->keys,
			*e->name ? e->name : ts_key_action_name(e->action));
		if (strlen(notice) + strlen(one) > TS_NOTICE_MAX) break;
		g_strlcat(notice, one, TS_NOTICE_MAX + 1);
	}
	return TS_KEYS_DONE;
}

static struct ts_room_view *next_view(struct ts_participant *p)
{
	struct ts_room *room = ts_participant_room(p);
	struct ts_participant_info info;
	ts_participant_info(p, &info);
	struct ts_room_view *now = ts_room_find_view(room, info.view),
			    *next = now ? ts_room_next_view(room, now) : NULL;
	return next ? next : ts_room_main_view(room);
}

/* Of their own picture alone. */
static enum ts_key_outcome set_view(
	const struct ts_key_actor *actor, struct ts_participant *p, const char *name, char *notice)
{
	struct ts_room_view *view = *name ? ts_room_find_view(ts_participant_room(p), name)
					  : next_view(p);
	if (!view) {
		SAY("no view %s", name);
		return TS_KEYS_FAILED;
	}
	if (ts_window_choose(actor->config->registry, p, view)) return TS_KEYS_FAILED;
	SAY("view %s", ts_room_view_config(view)->id);
	return TS_KEYS_DONE;
}

static enum ts_key_outcome set_channel(struct ts_participant *p, const char *name, char *notice)
{
	struct ts_participant_settings settings;
	ts_participant_settings(p, &settings);
	if (g_strlcpy(settings.channel, name, sizeof(settings.channel)) > TS_CHANNEL_MAX) {
		SAY("no channel %s", name);
		return TS_KEYS_FAILED;
	}
	ts_participant_set(p, &settings);
	SAY("channel %s", *name ? name : "floor");
	return TS_KEYS_DONE;
}

/* ---- of the room */

static struct ts_layout_doc *next_layout(
	const struct ts_layout_store *store, const struct ts_room *room)
{
	const char *now = ts_room_layout_doc(room)->name;
	for (size_t i = 0; ts_layout_store_at(store, i); i++)
		if (!strcmp(ts_layout_store_at(store, i)->name, now) &&
			ts_layout_store_at(store, i + 1))
			return ts_layout_store_at(store, i + 1);
	return ts_layout_store_at(store, 0);
}

static enum ts_key_outcome set_layout(
	const struct ts_key_actor *actor, struct ts_room *room, const char *name, char *notice)
{
	const struct ts_layout_store *store = actor->config->layouts;
	struct ts_layout_doc *doc = *name ? ts_layout_store_find(store, name)
					  : next_layout(store, room);
	if (!doc) {
		SAY("no layout %s", name);
		return TS_KEYS_FAILED;
	}
	SAY("layout %s", doc->name);
	ts_room_set_layout(room, doc);
	return TS_KEYS_DONE;
}

static enum ts_key_outcome spotlight(
	struct ts_room *room, const struct ts_participant *p, char *notice)
{
	struct ts_wishes wishes = *ts_room_wishes(room);
	struct ts_wish *w = &wishes.spotlight;
	const uint64_t key = ts_participant_key(p);
	size_t at = 0;
	while (at < w->n && w->key[at] != key) at++;
	const bool was = at < w->n;
	if (was) {
		w->n--;
		memmove(&w->key[at], &w->key[at + 1], (w->n - at) * sizeof(w->key[0]));
	} else {
		if (w->n == TS_WISHES_MAX) w->n--; /* the last one makes room */
		memmove(&w->key[1], &w->key[0], w->n * sizeof(w->key[0]));
		w->key[0] = key;
		w->n++;
	}
	ts_room_set_wishes(room, &wishes);
	SAY("spotlight %s", was ? "off" : "on");
	return TS_KEYS_DONE;
}

static enum ts_key_outcome lock(
	const struct ts_key_actor *actor, struct ts_room *room, char *notice)
{
	struct ts_room_config config = *ts_room_config(room);
	config.locked = !config.locked;
	const bool locked = config.locked;
	if (ts_registry_change(actor->config->registry, room, &config, false))
		return TS_KEYS_FAILED;
	SAY("room %s", locked ? "locked" : "unlocked");
	return TS_KEYS_DONE;
}

static enum ts_key_outcome record(
	const struct ts_key_actor *actor, struct ts_room *room, char *notice)
{
	struct ts_recordings *all = actor->config->recordings;
	const struct ts_recording_wish wish = {.name = ""};
	const struct ts_recording *r;
	size_t at = 0;
	bool stopped = false;
	while ((r = ts_recordings_next(all, ts_room_config(room)->id, &at))) {
		if (r->state != TS_RECORDING_RUNS && r->state != TS_RECORDING_PAUSED) continue;
		ts_recordings_stop(all, r, false);
		stopped = true;
	}
	if (!stopped && ts_recordings_start(all, room, &wish, &r)) {
		SAY("no recording now");
		return TS_KEYS_FAILED;
	}
	SAY("recording %s", stopped ? "stopped" : "started");
	return TS_KEYS_DONE;
}

enum ts_key_outcome ts_key_act(const struct ts_key_actor *actor, struct ts_participant *p,
	const struct ts_key_entry *entry, char notice[TS_NOTICE_MAX + 1])
{
	struct ts_participant_settings s;
	struct ts_room *room = ts_participant_room(p);
	ts_participant_settings(p, &s);
	SAY("not now");
	if (entry->host && !ts_role_is_host(s.role)) {
		SAY("for hosts alone");
		return TS_KEYS_REFUSED;
	}
	/* a guest's tones come back as the echo of a host's telephone */
	if (entry->host && actor->by_tone) {
		SAY("not by tones");
		return TS_KEYS_REFUSED;
	}
	switch (entry->action) {
	case TS_KEY_MUTE: return mute(p, notice);
	case TS_KEY_LOUDER: return louder(p, STEP_DB, notice);
	case TS_KEY_QUIETER: return louder(p, -STEP_DB, notice);
	case TS_KEY_HAND: return raise_hand(p, notice);
	case TS_KEY_KEYFRAME:
		SAY("picture sent anew");
		ts_participant_send_keyframe(p);
		return TS_KEYS_DONE;
	case TS_KEY_HELP: return help(actor, p, notice);
	case TS_KEY_VIEW: return set_view(actor, p, entry->name, notice);
	case TS_KEY_CHANNEL: return set_channel(p, entry->name, notice);
	case TS_KEY_HANGUP: ts_participant_leave(p, "hangup"); return TS_KEYS_DONE;
	case TS_KEY_LAYOUT: return set_layout(actor, room, entry->name, notice);
	case TS_KEY_SPOTLIGHT: return spotlight(room, p, notice);
	case TS_KEY_LOCK: return lock(actor, room, notice);
	case TS_KEY_RECORD: return record(actor, room, notice);
	case TS_KEY_NONE:
	case TS_KEY_ACTION_COUNT: break;
	}
	return TS_KEYS_FAILED;
}
