#include "control/recordings/tracks.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/sink/track.h"
#include "mixer/source/coded.h"
#include <string.h>

struct track {
	struct ts_tracks *all;
	struct ts_track_file *file;
	char participant[TS_ULID_LEN + 1], name[TS_NAME_MAX + 1];
	enum ts_stream_kind kind;
	int number;
	bool finishing;
};

struct ts_tracks {
	struct ts_recorded *recorded;
	void (*closed)(struct ts_recorded *recorded);
	GPtrArray *list; /* [owned] struct track: open, or being closed */
	bool failed;     /* none is begun any more */
};

struct ts_tracks *ts_tracks_new(
	struct ts_recorded *recorded, void (*closed)(struct ts_recorded *recorded))
{
	struct ts_tracks *all = g_new0(struct ts_tracks, 1);
	all->recorded = recorded;
	all->closed = closed;
	all->list = g_ptr_array_new_with_free_func(g_free);
	return all;
}

void ts_tracks_free(struct ts_tracks *all)
{
	if (!all) return;
	g_ptr_array_unref(all->list);
	g_free(all);
}

bool ts_tracks_are_open(const struct ts_tracks *all)
{
	return all && all->list->len;
}

/* ---- what the recording tells of them */

static struct ts_recording_track *shown(const struct ts_tracks *all, int number)
{
	GArray *tracks = all->recorded->r.tracks;
	for (guint i = 0; i < tracks->len; i++) {
		struct ts_recording_track *t = &g_array_index(tracks, struct ts_recording_track, i);
		if (t->number == number) return t;
	}
	return NULL;
}

static void look(struct track *t)
{
	struct ts_recording *r = &t->all->recorded->r;
	struct ts_recording_track *to = shown(t->all, t->number);
	struct ts_track_info info;
	ts_track_info(t->file, &info);
	if (!info.codec) return;
	if (!to) {
		struct ts_recording_track fresh = {.number = t->number, .kind = t->kind};
		g_strlcpy(fresh.participant, t->participant, sizeof(fresh.participant));
		g_strlcpy(fresh.name, t->name, sizeof(fresh.name));
		g_array_append_val(r->tracks, fresh);
		to = shown(t->all, t->number);
	}
	g_strlcpy(to->codec, info.codec, sizeof(to->codec));
	to->bytes = info.bytes;
	to->packets = info.packets;
	to->lost = info.lost;
	to->width = info.width;
	to->height = info.height;
	to->first_ms = ts_unix_ms_from_ns(info.first_ns);
	to->duration_ms = (info.last_ns - info.first_ns) / TS_NS_PER_MS;
}

void ts_tracks_look(struct ts_tracks *all)
{
	struct ts_recording *r = &all->recorded->r;
	for (guint i = 0; i < all->list->len; i++) look(all->list->pdata[i]);
	r->track_bytes = 0;
	for (guint i = 0; i < r->tracks->len; i++)
		r->track_bytes += g_array_index(r->tracks, struct ts_recording_track, i).bytes;
}

/* ---- ending */

static void finish(struct track *t)
{
	if (t->finishing) return;
	t->finishing = true;
	ts_track_finish(t->file);
}

static void on_ended(void *arg, enum ts_track_end why)
{
	struct track *t = arg;
	if (why == TS_TRACK_FAILED) {
		ts_warn("tracks end", "recording=%s participant=%s", t->all->recorded->r.id,
			t->participant);
		t->all->failed = true;
	}
	finish(t);
}

static void on_done(void *arg)
{
	struct track *t = arg;
	struct ts_tracks *all = t->all;
	ts_tracks_look(all);
	ts_track_destroy(&t->file);
	g_ptr_array_remove(all->list, t);
	if (all->recorded->room)
		ts_tracks_follow(all);
	else if (!all->list->len)
		all->closed(all->recorded);
}

void ts_tracks_end(struct ts_tracks *all)
{
	for (guint i = 0; i < all->list->len; i++) finish(all->list->pdata[i]);
}

/* ---- beginning */

static bool is_wanted(
	const struct ts_tracks *all, struct ts_participant *p, enum ts_stream_kind kind)
{
	const enum ts_participant_state state = ts_participant_state(p);
	struct ts_participant_info info;
	if (all->failed || all->recorded->r.state != TS_RECORDING_RUNS) return false;
	/* of an input from its first packet on: no keyframe can be requested of it */
	const bool begins = ts_participant_kind(p) == TS_KIND_INPUT && state != TS_P_ENDED;
	if (state != TS_P_CONNECTED && state != TS_P_STALLED && !begins) return false;
	ts_participant_info(p, &info); /* as the room has them, by their role as well */
	if (kind == TS_STREAM_VOICE) return info.muted_by == TS_MUTED_NOT;
	return kind != TS_STREAM_CAMERA || !info.video_muted;
}

static struct track *find(
	const struct ts_tracks *all, const char *participant, enum ts_stream_kind kind)
{
	for (guint i = 0; i < all->list->len; i++) {
		struct track *t = all->list->pdata[i];
		if (t->kind == kind && !strcmp(t->participant, participant)) return t;
	}
	return NULL;
}

static bool is_used(const struct ts_tracks *all, int number)
{
	for (guint i = 0; i < all->list->len; i++)
		if (((struct track *)all->list->pdata[i])->number == number) return true;
	return shown(all, number);
}

/* One that had nothing to write leaves its number to another. 0: there are as many as may be. */
static int free_number(const struct ts_tracks *all, const char *participant)
{
	const GArray *tracks = all->recorded->r.tracks;
	int its = 0, number = 1;
	for (guint i = 0; i < tracks->len; i++)
		its += !strcmp(g_array_index(tracks, struct ts_recording_track, i).participant,
			participant);
	if (its >= TS_RECORDING_TRACKS_EACH) return 0;
	while (number <= TS_RECORDING_TRACKS_MAX && is_used(all, number)) number++;
	return number <= TS_RECORDING_TRACKS_MAX ? number : 0;
}

/* What is kept: packets of RTP, or of an input. */
struct stream {
	struct ts_branch *branch;
	struct ts_coded *coded;
};

static int stream_open(const struct stream *s)
{
	return s->coded ? ts_coded_open(s->coded) : ts_branch_open(s->branch);
}

static void stream_close(const struct stream *s)
{
	if (s->coded) {
		ts_coded_close(s->coded);
		ts_coded_leave(s->coded);
	} else {
		ts_branch_close(s->branch);
		ts_branch_leave(s->branch);
	}
}

static void stream_unref(struct stream *s)
{
	ts_branch_unref(&s->branch);
	ts_coded_unref(&s->coded);
}

static void begin(struct ts_tracks *all, struct ts_participant *p, enum ts_stream_kind kind)
{
	static const struct ts_track_events events = {on_ended, on_done};
	struct ts_files *files = all->recorded->all->files;
	struct ts_participant_settings settings;
	char file[TS_TRACK_NAME_MAX];
	const int number = free_number(all, ts_participant_id(p));
	struct stream stream = {NULL, NULL};
	if (number) {
		stream.branch = ts_participant_branch(p, kind);
		stream.coded = ts_participant_coded(p, kind);
	}
	if (!stream.branch && !stream.coded) return; /* there is no such stream */
	/* another recording's, of the room that they came from, is closing: with the next look */
	if (stream_open(&stream)) {
		stream_unref(&stream);
		return;
	}
	ts_participant_settings(p, &settings);
	struct track *t = g_new0(struct track, 1);
	t->all = all;
	t->kind = kind;
	t->number = number;
	g_strlcpy(t->participant, ts_participant_id(p), sizeof(t->participant));
	g_strlcpy(t->name, settings.name, sizeof(t->name));
	ts_files_track_name(file, sizeof(file), all->recorded->r.id, (size_t)number);
	const int64_t now_ns = ts_now_ns();
	const struct ts_track_config config = {.pool = ts_files_pool(files),
		.control = all->recorded->all->loop,
		.folder = ts_files_folder(files),
		.file = file,
		.branch = stream.branch,
		.coded = stream.coded,
		.media = kind == TS_STREAM_VOICE ? TS_AUDIO : TS_VIDEO,
		.now_ns = now_ns,
		.unix_ms = ts_unix_ms_from_ns(now_ns)};
	if (ts_track_create(&t->file, &config, &events, t)) {
		stream_close(&stream);
		g_free(t);
	} else {
		g_ptr_array_add(all->list, t);
	}
	stream_unref(&stream);
}

/* Who has left is not in the room any more. */
static bool goes_on(const struct track *t)
{
	struct ts_participant *p = ts_room_first(t->all->recorded->room);
	while (p && strcmp(ts_participant_id(p), t->participant) != 0) p = ts_room_next(p);
	return p && is_wanted(t->all, p, t->kind);
}

void ts_tracks_follow(struct ts_tracks *all)
{
	struct ts_room *room = all->recorded->room;
	for (guint i = 0; i < all->list->len; i++) {
		struct track *t = all->list->pdata[i];
		if (!t->finishing && !goes_on(t)) finish(t);
	}
	for (struct ts_participant *p = ts_room_first(room); p; p = ts_room_next(p))
		for (int k = 0; k < TS_STREAM_KINDS; k++) {
			const enum ts_stream_kind kind = (enum ts_stream_kind)k;
			if (is_wanted(all, p, kind) && !find(all, ts_participant_id(p), kind))
				begin(all, p, kind);
		}
}
