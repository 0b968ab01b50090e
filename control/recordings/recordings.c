#include "control/recordings/recordings.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "control/recordings/core.h"
#include "control/recordings/sidecar.h"
#include "control/recordings/tracks.h"
#include "control/text/texts.h"
#include "mixer/room/views.h"
#include <string.h>

#define POLL_NS (500 * TS_NS_PER_MS)
#define UPKEEP_NS (60 * TS_NS_PER_S)
#define RETRY_NS (30 * TS_NS_PER_S)
#define MB (INT64_C(1) << 20)

/* ---- the list */

void ts_recorded_free(void *recorded)
{
	struct ts_recorded *e = recorded;
	ts_journal_free(e->journal);
	ts_tracks_free(e->tracks);
	ts_recorded_captions_fini(&e->captions);
	g_array_unref(e->r.parts);
	g_array_unref(e->r.tracks);
	g_free(e);
}

static void tell(struct ts_recorded *e, bool gone)
{
	if (e->all->changed) e->all->changed(e->all->changed_arg, &e->r, gone);
}

void ts_recorded_tell(struct ts_recorded *e)
{
	e->told = true;
	tell(e, false);
}

void ts_recorded_remove(struct ts_recorded *e)
{
	ts_files_remove(e->all->files, e->r.id, e->r.container, e->r.parts->len,
		e->r.with_tracks ? TS_RECORDING_TRACKS_MAX : 0);
	if (e->told) tell(e, true);
	g_ptr_array_remove(e->all->list, e);
}

/* The oldest whose files nobody works on; without them the list would grow for ever. */
static void forget_oldest(struct ts_recordings *all)
{
	for (guint i = 0; all->list->len >= TS_RECORDINGS_MAX && i < all->list->len;) {
		const struct ts_recorded *e = all->list->pdata[i];
		if (e->r.state >= TS_RECORDING_DONE)
			g_ptr_array_remove_index(all->list, i);
		else
			i++;
	}
}

const struct ts_recording *ts_recordings_find(
	struct ts_recordings *all, const char *room_id, const char *id)
{
	for (guint i = 0; i < all->list->len; i++) {
		const struct ts_recorded *e = all->list->pdata[i];
		if (!e->forget && !strcmp(e->r.id, id) && !strcmp(e->r.room, room_id)) return &e->r;
	}
	return NULL;
}

const struct ts_recording *ts_recordings_next(
	struct ts_recordings *all, const char *room_id, size_t *at)
{
	while (*at < all->list->len) {
		const struct ts_recorded *e = all->list->pdata[(*at)++];
		if (!e->forget && !strcmp(e->r.room, room_id)) return &e->r;
	}
	return NULL;
}

/* Callers get them const: what they are is changed here alone. */
static struct ts_recorded *of(const struct ts_recording *r)
{
	return (struct ts_recorded *)(uintptr_t)r;
}

/* ---- time */

static size_t running(const struct ts_recordings *all)
{
	size_t n = 0;
	for (guint i = 0; i < all->list->len; i++)
		n += ts_recording_is_running(&((struct ts_recorded *)all->list->pdata[i])->r);
	return n;
}

/* What runs alone may be over the quota: the newest ends. */
static void keep_quota(struct ts_recordings *all)
{
	const int64_t quota = all->config->recording.quota_mb * MB;
	if (!quota || ts_recordings_bytes(all) <= quota) return;
	ts_recordings_keep_up(all);
	for (guint i = all->list->len; i-- && ts_recordings_bytes(all) > quota;) {
		struct ts_recorded *e = all->list->pdata[i];
		if (!ts_recording_is_running(&e->r)) continue;
		ts_recorded_end(e, "disk-quota");
		return;
	}
}

static void on_poll(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_recordings *all = ts_container_of(timer, struct ts_recordings, poll);
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->writer) ts_recorded_look(e, now_ns);
	}
	keep_quota(all);
	if (running(all)) ts_loop_timer_set(all->loop, timer, now_ns + POLL_NS);
}

static void on_upkeep(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_recordings *all = ts_container_of(timer, struct ts_recordings, upkeep);
	ts_recordings_keep_up(all);
	ts_loop_timer_set(all->loop, timer, now_ns + UPKEEP_NS);
}

/* ---- beginning and ending */

static bool runs_by_itself(const struct ts_recordings *all, const struct ts_room *room)
{
	for (guint i = 0; i < all->list->len; i++) {
		const struct ts_recorded *e = all->list->pdata[i];
		if (e->r.automatic && e->room == room) return true;
	}
	return false;
}

/* A participant's stream can be kept once; they are in one room. */
static bool has_tracks(const struct ts_recordings *all, const struct ts_room *room)
{
	for (guint i = 0; i < all->list->len; i++) {
		const struct ts_recorded *e = all->list->pdata[i];
		if (e->tracks && e->room == room) return true;
	}
	return false;
}

static int start(struct ts_recordings *all, struct ts_room *room,
	const struct ts_recording_wish *wish, bool automatic, struct ts_recorded **out)
{
	if (all->closing) return TS_ECLOSED;
	if (!ts_room_first(room)) return TS_ENOTFOUND;
	if (running(all) >= (size_t)all->config->recording.max_running) return TS_ELIMIT;
	if (wish->with_tracks && has_tracks(all, room)) return TS_EEXIST;
	int err = ts_files_open(all->files);
	if (err) return err;
	if (ts_recordings_disk_is_full(all)) return TS_EFULL;
	forget_oldest(all);
	err = ts_recorded_start(all, room, wish, automatic, out);
	if (!err) ts_loop_timer_set(all->loop, &all->poll, ts_now_ns() + POLL_NS);
	return err;
}

int ts_recordings_start(struct ts_recordings *all, struct ts_room *room,
	const struct ts_recording_wish *wish, const struct ts_recording **out)
{
	struct ts_recorded *e;
	int err = start(all, room, wish, false, &e);
	if (!err) *out = &e->r;
	return err;
}

int ts_recordings_pause(struct ts_recordings *all, const struct ts_recording *r, bool paused)
{
	(void)all;
	return ts_recorded_pause(of(r), paused);
}

static void forget(struct ts_recorded *e)
{
	e->forget = true;
	/* nothing of it is in work: at once, else when that is done */
	if (!e->writer && !e->indexing) ts_recorded_remove(e);
}

void ts_recordings_stop(struct ts_recordings *all, const struct ts_recording *r, bool and_forget)
{
	struct ts_recorded *e = of(r);
	struct ts_recorded_room *room = e->room ? g_hash_table_lookup(all->rooms, e->room) : NULL;
	if (room && r->automatic) room->stopped = true;
	ts_recorded_end(e, "stopped");
	if (and_forget) forget(e);
}

int ts_recordings_open(struct ts_recordings *all, const struct ts_recording *r, size_t part)
{
	return part <= r->parts->len ? ts_files_read_fd(all->files, r->id, part, r->container) : -1;
}

int ts_recordings_open_captions(struct ts_recordings *all, const struct ts_recording *r)
{
	return r->captions ? ts_files_captions_fd(all->files, r->id) : -1;
}

int ts_recordings_open_track(struct ts_recordings *all, const struct ts_recording *r, int number)
{
	for (guint i = 0; i < r->tracks->len; i++)
		if (g_array_index(r->tracks, struct ts_recording_track, i).number == number)
			return ts_files_track_fd(all->files, r->id, (size_t)number);
	return -1;
}

/* ---- rooms */

static void end_of_room(struct ts_recordings *all, const struct ts_room *room, const char *reason)
{
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->room == room) ts_recorded_end(e, reason);
	}
}

static bool somebody_is_here(struct ts_room *room)
{
	for (struct ts_participant *p = ts_room_first_person(room); p; p = ts_room_next_person(p))
		if (ts_participant_state(p) == TS_P_CONNECTED) return true;
	return false;
}

static void follow_always(
	struct ts_recordings *all, struct ts_room *room, struct ts_recorded_room *state)
{
	static const struct ts_recording_wish wish = {.container = TS_CONTAINER_MP4, .name = ""};
	const int64_t now_ns = ts_now_ns();
	struct ts_recorded *e;
	if (!ts_room_config(room)->record_always || state->stopped || now_ns < state->retry_ns ||
		runs_by_itself(all, room) || !somebody_is_here(room))
		return;
	/* before, as the room tells of its change while this begins */
	state->retry_ns = now_ns + RETRY_NS;
	const int err = start(all, room, &wish, true, &e);
	if (!err) {
		state->retry_ns = 0;
		return;
	}
	ts_error("recording not begun", "room=%s error=%s", ts_room_config(room)->id,
		err == TS_EFULL ? "disk-full" : ts_strerror(err));
}

static void on_opened(void *arg, struct ts_room *room)
{
	struct ts_recordings *all = arg;
	g_hash_table_insert(all->rooms, room, g_new0(struct ts_recorded_room, 1));
}

/* The last person has left, or the last of all. Not an input that ends beside others: it may be
 * inputs alone that are recorded by request. */
static bool is_left(struct ts_room *room, const struct ts_participant *leaver)
{
	if (!ts_room_first(room)) return true;
	return ts_kind_is_person(ts_participant_kind(leaver)) && !ts_room_first_person(room);
}

static void end_of_meeting(
	struct ts_recordings *all, const struct ts_room *room, struct ts_recorded_room *state)
{
	end_of_room(all, room, "room-empty");
	*state = (struct ts_recorded_room){.stopped = false};
}

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_recordings *all = arg;
	struct ts_recorded_room *state = g_hash_table_lookup(all->rooms, room);
	if (!state) return;
	if (what == TS_ROOM_LEFT && is_left(room, participant)) {
		state->left = ts_registry_is_held(all->registry, room);
		if (!state->left) {
			end_of_meeting(all, room, state);
			return;
		}
	}
	const struct ts_room_view *told = ts_room_told_view(room);
	for (guint i = 0; what == TS_ROOM_VIEW_REMOVED && i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->room == room && !strcmp(e->r.view, ts_room_view_config(told)->id))
			ts_recorded_view_removed(e);
	}
	/* a layout is looked at when it changes, people within half a second */
	const bool layout = what == TS_ROOM_LAYOUT || what == TS_ROOM_VIEW_CHANGED;
	for (guint i = 0; layout && i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->room == room) ts_recorded_look(e, ts_now_ns());
	}
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->room == room && e->tracks) ts_tracks_follow(e->tracks);
	}
	follow_always(all, room, state);
}

/* Those who were elsewhere have come back, or never will. */
static void on_released(void *arg, struct ts_room *room)
{
	struct ts_recordings *all = arg;
	struct ts_recorded_room *state = g_hash_table_lookup(all->rooms, room);
	if (!state) return;
	if (state->left && !ts_room_first_person(room)) end_of_meeting(all, room, state);
	state->left = false;
}

static void on_closing(void *arg, struct ts_room *room)
{
	struct ts_recordings *all = arg;
	end_of_room(all, room,
		ts_registry_is_closing(all->registry) ? "server-stopped" : "room-closed");
	g_hash_table_remove(all->rooms, room);
}

/* ---- those of before */

/* Their files are as they were left. */
static void mend_tracks(struct ts_recorded *e)
{
	e->r.track_bytes = 0;
	for (guint i = 0; i < e->r.tracks->len; i++) {
		struct ts_recording_track *t = &g_array_index(
			e->r.tracks, struct ts_recording_track, i);
		t->bytes = ts_files_track_size(e->all->files, e->r.id, (size_t)t->number);
		e->r.track_bytes += t->bytes;
	}
}

/* What ran when the process ended; or its index was not in front yet. */
static void mend(struct ts_recorded *e)
{
	struct ts_recordings *all = e->all;
	const bool was_killed = ts_recording_is_running(&e->r);
	guint parts = 0;
	e->r.bytes = 0;
	while (parts < TS_WRITER_PARTS_MAX) {
		const int64_t bytes = ts_files_size(all->files, e->r.id, parts + 1, e->r.container);
		if (!bytes) break;
		if (parts == e->r.parts->len) {
			struct ts_recording_part part = {.width = 0};
			g_array_append_val(e->r.parts, part);
		}
		struct ts_recording_part *p = &g_array_index(
			e->r.parts, struct ts_recording_part, parts++);
		p->bytes = bytes;
		if (was_killed) p->packets = 0;
		if (was_killed && !ts_container_is_fragmented(e->r.container)) p->seekable = false;
		e->r.bytes += bytes;
	}
	g_array_set_size(e->r.parts, parts);
	mend_tracks(e);
	e->r.duration_ms = 0;
	for (guint i = 0; i < parts; i++)
		e->r.duration_ms +=
			g_array_index(e->r.parts, struct ts_recording_part, i).duration_ms;
	if (was_killed) g_strlcpy(e->r.reason, "server-died", sizeof(e->r.reason));
	if (!e->r.ended_ms) e->r.ended_ms = e->r.last_ms ? e->r.last_ms : e->r.created_ms;
}

static void on_sidecar(void *arg, const char *id, const char *text, size_t len)
{
	struct ts_recordings *all = arg;
	json_t *events;
	struct ts_recording *r = ts_sidecar_read(id, text, len, &events);
	if (!r) {
		ts_warn("recording not read", "recording=%s", id);
		return;
	}
	struct ts_recorded *e = g_new0(struct ts_recorded, 1);
	e->r = *r;
	e->all = all;
	g_free(r);
	e->told = true;
	forget_oldest(all);
	g_ptr_array_add(all->list, e);
	if (e->r.state >= TS_RECORDING_DONE) {
		json_decref(events);
		return;
	}
	e->journal = ts_journal_new(events);
	mend(e);
}

/* Files that were not finished are finished now. */
static void finish_leftovers(struct ts_recordings *all)
{
	for (guint i = 0; i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->r.state >= TS_RECORDING_DONE) continue;
		ts_info("recording recovered", "recording=%s room=%s parts=%u bytes=%lld", e->r.id,
			e->r.room, e->r.parts->len, (long long)e->r.bytes);
		e->r.state = TS_RECORDING_FINISHING;
		if (!ts_files_open(all->files)) ts_recorded_finish(e);
	}
}

/* ---- life */

static void on_caption(void *arg, const struct ts_caption *c)
{
	struct ts_recordings *all = arg;
	for (guint i = 0; c->final && i < all->list->len; i++) {
		struct ts_recorded *e = all->list->pdata[i];
		if (e->room && !strcmp(e->r.room, c->room))
			ts_recorded_captions_add(&e->captions, &e->r, c);
	}
}

void ts_recordings_use_texts(struct ts_recordings *all, struct ts_texts *texts)
{
	static const struct ts_texts_watcher watcher = {.caption = on_caption};
	all->texts = texts;
	ts_texts_watch(texts, &watcher, all);
}

int ts_recordings_create(struct ts_recordings **out, struct ts_loop *loop,
	struct ts_registry *registry, const struct ts_config *config)
{
	static const struct ts_registry_watcher watcher = {.opened = on_opened,
		.changed = on_changed,
		.closing = on_closing,
		.released = on_released};
	struct ts_recordings *all = g_new0(struct ts_recordings, 1);
	all->loop = loop;
	all->registry = registry;
	all->config = config;
	all->list = g_ptr_array_new_with_free_func(ts_recorded_free);
	all->rooms = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
	all->hook = ts_hook_new(loop, config->recording.hook);
	all->poll.fn = on_poll;
	all->upkeep.fn = on_upkeep;
	*out = all;
	const int err = ts_files_create(&all->files, loop, config->recording.dir);
	ts_registry_watch(registry, &watcher, all);
	if (err) {
		ts_recordings_destroy(out);
		return err;
	}
	ts_files_read(all->files, on_sidecar, all);
	finish_leftovers(all);
	ts_loop_timer_set(loop, &all->upkeep, ts_now_ns() + UPKEEP_NS);
	return 0;
}

void ts_recordings_watch(struct ts_recordings *all, ts_recordings_changed changed, void *arg)
{
	all->changed = changed;
	all->changed_arg = arg;
}

static void finish_if_done(struct ts_recordings *all)
{
	void (*done)(void *) = all->done;
	if (!all->closing || all->writers || !done) return;
	all->done = NULL;
	done(all->done_arg);
}

void ts_recordings_writer_gone(struct ts_recordings *all)
{
	all->writers--;
	finish_if_done(all);
}

void ts_recordings_close(struct ts_recordings *all, void (*done)(void *arg), void *arg)
{
	all->closing = true;
	all->done = done;
	all->done_arg = arg;
	finish_if_done(all);
}

void ts_recordings_destroy(struct ts_recordings **recordings)
{
	struct ts_recordings *all = *recordings;
	*recordings = NULL;
	if (!all) return;
	ts_registry_unwatch(all->registry, all);
	if (all->texts) ts_texts_unwatch(all->texts, all);
	ts_loop_timer_cancel(all->loop, &all->poll);
	ts_loop_timer_cancel(all->loop, &all->upkeep);
	ts_files_destroy(&all->files);
	ts_hook_free(all->hook);
	g_ptr_array_unref(all->list);
	g_hash_table_unref(all->rooms);
	g_free(all);
}
