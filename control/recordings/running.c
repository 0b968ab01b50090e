/* running - a recording from its first packet until its files are closed. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/recordings/core.h"
#include "control/recordings/sidecar.h"
#include "control/recordings/tracks.h"
#include "mixer/room/views.h"
#include <string.h>

#define SIDECAR_NS (10 * TS_NS_PER_S)
#define MB (INT64_C(1) << 20)

static int64_t now_ms(void)
{
	return ts_unix_ms_from_ns(ts_now_ns());
}

static struct ts_recorded *of(struct ts_room_sink *sink)
{
	return ts_container_of(sink, struct ts_recorded, sink);
}

static struct ts_sink *pictures_of(struct ts_room_sink *sink)
{
	return ts_writer_video(of(sink)->writer);
}

/* ---- the sidecar */

void ts_recorded_write(struct ts_recorded *e, int64_t now_ns)
{
	e->written_ns = now_ns;
	if (e->captions.dirty) {
		ts_files_write_captions(e->all->files, e->r.id, strdup(e->captions.text->str));
		e->captions.dirty = false;
	}
	if (!e->journal) return;
	ts_files_write_sidecar(
		e->all->files, e->r.id, ts_sidecar_text(&e->r, ts_journal_json(e->journal)));
}

/* ---- what its writer has done */

static int64_t unix_ms(int64_t ns)
{
	return ns ? ts_unix_ms_from_ns(ns) : 0;
}

static void follow(struct ts_recorded *e)
{
	struct ts_writer_info info;
	if (!e->writer) return;
	ts_writer_info(e->writer, &info);
	e->r.bytes = info.bytes;
	e->r.duration_ms = info.duration_ns / TS_NS_PER_MS;
	e->r.dropped = info.dropped;
	e->r.first_ms = unix_ms(info.first_ns);
	e->r.last_ms = unix_ms(info.last_ns);
	g_array_set_size(e->r.parts, (guint)info.n_parts);
	for (guint i = 0; i < info.n_parts; i++) {
		const struct ts_writer_part *from = &info.part[i];
		g_array_index(e->r.parts, struct ts_recording_part, i) = (struct ts_recording_part){
			.bytes = from->bytes,
			.start_ms = from->start_ns / TS_NS_PER_MS,
			.duration_ms = from->duration_ns / TS_NS_PER_MS,
			.packets = from->packets,
			.width = from->width,
			.height = from->height,
			.seekable = !ts_container_is_fragmented(e->r.container)};
	}
}

void ts_recorded_look(struct ts_recorded *e, int64_t now_ns)
{
	const guint parts = e->r.parts->len, tracks = e->r.tracks->len;
	follow(e);
	if (e->tracks) ts_tracks_look(e->tracks);
	if (!e->room) return;
	if (e->tracks) ts_tracks_follow(e->tracks);
	if (e->r.state == TS_RECORDING_RUNS)
		ts_journal_look(e->journal, e->room, e->sink.view, now_ms());
	if ((e->r.parts->len != parts || e->r.tracks->len != tracks ||
		    ((ts_journal_is_dirty(e->journal) || e->captions.dirty) &&
			    now_ns - e->written_ns >= SIDECAR_NS)) &&
		!ts_files_is_busy(e->all->files))
		ts_recorded_write(e, now_ns);
	if (e->r.parts->len != parts || e->r.tracks->len != tracks) ts_recorded_tell(e);
}

/* ---- its end */

static enum ts_counter counter_of(const char *reason)
{
	if (g_str_has_prefix(reason, "disk-")) return TS_C_RECORDINGS_DISK;
	return !strcmp(reason, "failed") ? TS_C_RECORDINGS_FAILED : TS_C_RECORDINGS_DONE;
}

void ts_recorded_end(struct ts_recorded *e, const char *reason)
{
	if (!ts_recording_is_running(&e->r)) return;
	struct ts_room *room = e->room;
	e->room = NULL;
	e->r.state = TS_RECORDING_FINISHING;
	e->r.ended_ms = now_ms();
	g_strlcpy(e->r.reason, reason, sizeof(e->r.reason));
	ts_journal_note(e->journal, "ended", e->r.ended_ms);
	ts_count_add(TS_C_RECORDINGS, -1);
	ts_count(counter_of(reason));
	ts_info("recording ends", "room=%s recording=%s reason=%s", e->r.room, e->r.id, reason);
	if (room) ts_room_remove_sink(room, &e->sink);
	ts_sink_unref(&e->sink.sound);
	ts_writer_finish(e->writer);
	if (e->tracks) ts_tracks_end(e->tracks);
	ts_recorded_tell(e);
}

static void on_ended(void *arg, enum ts_writer_end why)
{
	static const char *const reasons[] = {[TS_WRITER_DISK_LOW] = "disk-low",
		[TS_WRITER_DISK_ERROR] = "disk-error",
		[TS_WRITER_FAILED] = "failed",
		[TS_WRITER_TOO_LONG] = "max-duration",
		[TS_WRITER_TOO_MANY_PARTS] = "too-many-parts"};
	ts_recorded_end(arg, reasons[why]);
}

/* All files are closed. */
static void conclude(struct ts_recorded *e)
{
	struct ts_recordings *all = e->all;
	follow(e);
	if (e->tracks) ts_tracks_look(e->tracks);
	g_clear_pointer(&e->tracks, ts_tracks_free);
	ts_writer_destroy(&e->writer);
	ts_recorded_finish(e);
	ts_recordings_writer_gone(all);
}

static void on_done(void *arg)
{
	struct ts_recorded *e = arg;
	e->writer_done = true;
	if (!ts_tracks_are_open(e->tracks)) conclude(e);
}

static void on_tracks_closed(struct ts_recorded *e)
{
	if (e->writer_done) conclude(e);
}

/* ---- its beginning */

static int make_writer(struct ts_recorded *e, int64_t now_ns)
{
	static const struct ts_writer_events events = {on_ended, on_done};
	const struct ts_config *c = e->all->config;
	const struct ts_writer_config config = {.pool = ts_files_pool(e->all->files),
		.control = e->all->loop,
		.container = e->r.container,
		.video = ts_container_video(e->r.container) != TS_CODEC_NONE,
		.stereo = e->sink.stereo,
		.folder = ts_files_folder(e->all->files),
		.name = e->r.id,
		.min_free_bytes = c->recording.min_free_mb * MB,
		.max_ns = e->r.max_duration_s * TS_NS_PER_S,
		.now_ns = now_ns,
		.unix_ms = e->r.created_ms};
	return ts_writer_create(&e->writer, &config, &events, e);
}

static int join_room(struct ts_recorded *e, struct ts_room *room, struct ts_room_view *view)
{
	const enum ts_container container = e->r.container;
	e->sink = (struct ts_room_sink){.video_codec = ts_container_video(container),
		.any_video_codec = container == TS_CONTAINER_MKV,
		.audio_codec = ts_container_audio(container),
		.stereo = e->sink.stereo,
		.sound = ts_writer_audio(e->writer),
		.pictures_of = pictures_of,
		.view = view,
		.records = true};
	int err = e->sink.sound ? ts_room_add_sink(room, &e->sink) : TS_ENOMEM;
	if (!err) e->room = room;
	return err;
}

/* Nobody has heard of it; a writer that was made ends first, without a file. */
static int give_up(struct ts_recorded *e, int err)
{
	ts_sink_unref(&e->sink.sound);
	if (!e->writer) {
		ts_recorded_free(e);
		return err;
	}
	e->forget = true;
	e->r.state = TS_RECORDING_FINISHING;
	g_ptr_array_add(e->all->list, e);
	e->all->writers++;
	ts_writer_finish(e->writer);
	return err;
}

int ts_recorded_start(struct ts_recordings *all, struct ts_room *room,
	const struct ts_recording_wish *wish, bool automatic, struct ts_recorded **out)
{
	const int64_t now_ns = ts_now_ns();
	struct ts_recorded *e = g_new0(struct ts_recorded, 1);
	e->all = all;
	e->r.parts = g_array_new(FALSE, TRUE, sizeof(struct ts_recording_part));
	e->r.tracks = g_array_new(FALSE, TRUE, sizeof(struct ts_recording_track));
	e->r.with_tracks = wish->with_tracks;
	e->r.container = wish->container;
	e->r.max_duration_s = wish->max_duration_s;
	e->r.automatic = automatic;
	e->r.created_ms = ts_unix_ms_from_ns(now_ns);
	ts_ulid(e->r.id, e->r.created_ms);
	g_strlcpy(e->r.room, ts_room_config(room)->id, sizeof(e->r.room));
	g_strlcpy(e->r.name, wish->name, sizeof(e->r.name));
	g_strlcpy(e->r.view, wish->view ? ts_room_view_config(wish->view)->id : "main",
		sizeof(e->r.view));
	e->journal = ts_journal_new(NULL);
	e->sink.stereo = ts_room_is_stereo(ts_room_config(room));
	int err = make_writer(e, now_ns);
	if (!err) err = join_room(e, room, wish->view);
	if (err) return give_up(e, err);
	g_ptr_array_add(all->list, e);
	all->writers++;
	if (wish->with_tracks) e->tracks = ts_tracks_new(e, on_tracks_closed);
	if (e->tracks) ts_tracks_follow(e->tracks);
	ts_count(TS_C_RECORDINGS);
	ts_info("recording", "room=%s recording=%s view=%s format=%s automatic=%d", e->r.room,
		e->r.id, e->r.view, ts_container_name(e->r.container), automatic);
	ts_journal_look(e->journal, room, wish->view, e->r.created_ms);
	ts_recorded_write(e, now_ns);
	ts_recorded_tell(e);
	*out = e;
	return 0;
}

/* The room has given its sink main's pictures. */
void ts_recorded_view_removed(struct ts_recorded *e)
{
	g_strlcpy(e->r.view, "main", sizeof(e->r.view));
	ts_journal_note(e->journal, "view-removed", now_ms());
	ts_info("recording goes on with main", "room=%s recording=%s", e->r.room, e->r.id);
	ts_recorded_tell(e);
}

int ts_recorded_pause(struct ts_recorded *e, bool paused)
{
	if (!ts_recording_is_running(&e->r)) return TS_EINVAL;
	if (paused == (e->r.state == TS_RECORDING_PAUSED)) return 0;
	const int64_t now_ns = ts_now_ns();
	const int err = ts_writer_pause(e->writer, paused, now_ns);
	if (err) return err;
	e->r.state = paused ? TS_RECORDING_PAUSED : TS_RECORDING_RUNS;
	ts_recorded_captions_pause(&e->captions, paused, ts_unix_ms_from_ns(now_ns));
	e->sink.records = !paused;
	ts_journal_note(e->journal, paused ? "paused" : "resumed", ts_unix_ms_from_ns(now_ns));
	if (e->room && e->tracks) ts_tracks_follow(e->tracks);
	if (e->room) ts_room_notify_recorded(e->room);
	e->written_ns = now_ns -
		SIDECAR_NS; /* with the next look: pauses may come faster than a disk writes */
	ts_recorded_tell(e);
	return 0;
}
