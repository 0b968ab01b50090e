#include "mixer/sink/writer.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strand.h"
#include "container/muxer.h"
#include "mixer/sink/aac.h"
#include "mixer/sink/keyframe.h"
#include "mixer/sink/queue.h"
#include "mixer/sink/tap.h"
#include "mixer/sink/timeline.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PERIOD_NS (200 * TS_NS_PER_MS)
enum { QUEUE_BYTES = 16 * 1024 * 1024, TICKS_PER_LOOK = 5 };
#define QUEUE_NS (8 * TS_NS_PER_S)
#define KEYFRAME_NS (10 * TS_NS_PER_S) /* for seeking */
/* Sound waits so long for pictures, which may come no more. */
#define HOLD_NS (1500 * TS_NS_PER_MS)

/* Written on the strand, read by anybody. */
struct shown_part {
	atomic_int_fast64_t bytes, start_ns, duration_ns, packets;
	atomic_int width, height;
};

struct ts_writer {
	struct ts_writer_config config;
	char name[TS_WRITER_NAME_MAX];
	struct ts_writer_events events;
	void *arg;
	struct ts_unit_queue *queue;
	struct ts_strand *strand;
	uint32_t taps; /* control: of pictures, made so far */

	/* strand */
	struct ts_timer timer;
	struct ts_timeline timeline;
	struct ts_muxer *muxer;
	int fd;
	uint32_t tap; /* whose pictures count: those of the last one that had a keyframe */
	struct ts_track video;
	int64_t part_ns;     /* of the recording, where the part begins */
	int64_t part_end_ns; /* and where the last that was written of it ends */
	size_t part;         /* number of the one being written; 0: none yet */
	/* sound that waits for the pictures of its time, which take longer: the oldest first */
	struct ts_unit *sound, **sound_end;
	int64_t sound_ns; /* of the newest that came */
	unsigned ticks;
	bool refused; /* pictures, as they were of before the keyframe with which it goes on */
	enum ts_writer_end why;

	struct ts_task ended_task, done_task; /* to control */
	atomic_size_t n_parts;
	atomic_int_fast64_t first_ns, last_ns;
	struct shown_part shown[TS_WRITER_PARTS_MAX];
};

void ts_writer_file(
	char *out, size_t cap, const char *name, size_t number, enum ts_container container)
{
	const char *suffix = ts_container_name(container);
	if (number <= 1)
		snprintf(out, cap, "%s.%s", name, suffix);
	else
		snprintf(out, cap, "%s-%u.%s", name, (unsigned)(number % 1000), suffix);
}

/* ---- ending by itself */

static void end(struct ts_writer *w, enum ts_writer_end why)
{
	if (w->why) return;
	w->why = why;
	ts_unit_queue_set_idle(w->queue, true);
	ts_loop_post(w->config.control, &w->ended_task);
}

static enum ts_writer_end end_of(int err)
{
	return err == TS_EIO ? TS_WRITER_DISK_ERROR : TS_WRITER_FAILED;
}

static void on_ended(struct ts_task *task)
{
	struct ts_writer *w = ts_container_of(task, struct ts_writer, ended_task);
	w->events.ended(w->arg, w->why);
}

static bool disk_is_low(const struct ts_writer *w)
{
	struct statvfs fs;
	if (!w->config.min_free_bytes || fstatvfs(w->config.folder, &fs)) return false;
	return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < w->config.min_free_bytes;
}

/* ---- parts */

static void show(struct ts_writer *w)
{
	if (!w->muxer) return;
	struct shown_part *p = &w->shown[w->part - 1];
	const int64_t bytes = ts_muxer_bytes(w->muxer);
	ts_count_add(TS_C_RECORDING_BYTES, bytes - atomic_load(&p->bytes));
	atomic_store(&p->bytes, bytes);
	atomic_store(&p->packets, ts_muxer_packets(w->muxer));
	atomic_store(&p->duration_ns, w->part_end_ns - w->part_ns);
}

static void close_part(struct ts_writer *w)
{
	struct shown_part *p = w->part ? &w->shown[w->part - 1] : NULL;
	if (!w->muxer) return;
	show(w);
	const int err = ts_muxer_close(&w->muxer);
	const off_t size = lseek(w->fd, 0, SEEK_END);
	if (size > 0) {
		ts_count_add(TS_C_RECORDING_BYTES, size - atomic_load(&p->bytes));
		atomic_store(&p->bytes, (int64_t)size);
	}
	if (err)
		ts_warn("recording", "name=%s part=%zu error=%s", w->name, w->part,
			ts_strerror(err));
	close(w->fd);
	w->fd = -1;
}

static int open_file(struct ts_writer *w)
{
	char file[TS_WRITER_NAME_MAX + 16];
	ts_writer_file(file, sizeof file, w->name, w->part + 1, w->config.container);
	w->fd = openat(
		w->config.folder, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (w->fd >= 0) return 0;
	ts_error("recording not begun", "file=%s error=%s", file, strerror(errno));
	return TS_EIO;
}

/* at: of the recording. */
static int open_part(struct ts_writer *w, int64_t at_ns)
{
	struct ts_muxer_config config = {.container = w->config.container,
		.video = w->video,
		.created_unix_ms = w->config.unix_ms + at_ns / TS_NS_PER_MS};
	config.audio.codec = ts_container_audio(w->config.container);
	if (config.audio.codec == TS_CODEC_AAC) ts_aac_track(&config.audio, w->config.stereo);
	config.audio.stereo = w->config.stereo;
	int err = open_file(w);
	if (err) return err;
	err = ts_muxer_open(&w->muxer, w->fd, &config);
	if (err) {
		close(w->fd);
		w->fd = -1;
		return err;
	}
	struct shown_part *p = &w->shown[w->part++];
	w->part_ns = w->part_end_ns = at_ns;
	atomic_store(&p->start_ns, at_ns);
	atomic_store(&p->width, w->video.width);
	atomic_store(&p->height, w->video.height);
	atomic_store(&w->n_parts, w->part);
	ts_count(TS_C_RECORDING_PARTS);
	return 0;
}

/* ---- units */

static void write_unit(
	struct ts_writer *w, enum ts_media media, const struct ts_unit *unit, int64_t at_ns)
{
	/* sound of before the keyframe with which this part began */
	if (at_ns < w->part_ns) return;
	const int err = ts_muxer_write(
		w->muxer, media, unit->packet, at_ns - w->part_ns, unit->duration_ns);
	if (err) end(w, end_of(err));
	if (at_ns + unit->duration_ns > w->part_end_ns) w->part_end_ns = at_ns + unit->duration_ns;
	if (!atomic_load(&w->first_ns)) atomic_store(&w->first_ns, unit->time_ns);
	atomic_store(&w->last_ns, unit->time_ns + unit->duration_ns);
}

static void begin_part(struct ts_writer *w, int64_t at_ns)
{
	close_part(w);
	if (w->part == TS_WRITER_PARTS_MAX) {
		end(w, TS_WRITER_TOO_MANY_PARTS);
		return;
	}
	const int err = open_part(w, at_ns);
	if (err) end(w, end_of(err));
}

static void write_audio(struct ts_writer *w, const struct ts_unit *unit)
{
	int64_t at_ns;
	if (!ts_timeline_place(
		    &w->timeline, unit->time_ns, unit->duration_ns, !w->config.video, &at_ns))
		return;
	if (!w->muxer && !w->config.video) begin_part(w, at_ns);
	if (w->muxer && !w->why) write_unit(w, TS_AUDIO, unit, at_ns);
}

/* What is of before that time. */
static void release_audio(struct ts_writer *w, int64_t until_ns)
{
	while (w->sound && w->sound->time_ns < until_ns) {
		struct ts_unit *unit = w->sound;
		if (!(w->sound = unit->next)) w->sound_end = &w->sound;
		if (!w->why) write_audio(w, unit);
		ts_unit_queue_release(w->queue, unit);
	}
}

static void take_video(struct ts_writer *w, const struct ts_unit *unit)
{
	struct ts_track track;
	int64_t at_ns;
	/* before this picture can begin a part */
	release_audio(w, unit->time_ns);
	/* of an output that another one has followed, or before the first keyframe of that */
	if (unit->tap < w->tap || (unit->tap > w->tap && !unit->key)) return;
	if (!ts_timeline_place(&w->timeline, unit->time_ns, unit->duration_ns, unit->key, &at_ns)) {
		w->refused = true;
		return;
	}
	w->tap = unit->tap;
	if (unit->key && ts_keyframe_track(unit, &track) &&
		(!w->muxer || !ts_keyframe_same(&track, &w->video))) {
		w->video = track;
		begin_part(w, at_ns);
	}
	if (w->muxer && !w->why) write_unit(w, TS_VIDEO, unit, at_ns);
}

/* unit: [take] */
static void hold_audio(struct ts_writer *w, struct ts_unit *unit)
{
	unit->next = NULL;
	*w->sound_end = unit;
	w->sound_end = &unit->next;
	w->sound_ns = unit->time_ns;
}

/* unit: [take] */
static void take(struct ts_writer *w, struct ts_unit *unit)
{
	switch (unit->kind) {
	case TS_UNIT_AUDIO: hold_audio(w, unit); return;
	case TS_UNIT_VIDEO: take_video(w, unit); break;
	case TS_UNIT_PAUSE: ts_timeline_pause(&w->timeline, unit->time_ns); break;
	case TS_UNIT_RESUME:
		release_audio(w, INT64_MAX);
		ts_timeline_resume(&w->timeline, unit->time_ns);
		break;
	}
	ts_unit_queue_release(w->queue, unit);
}

static void drain(struct ts_writer *w)
{
	struct ts_unit *unit = ts_unit_queue_take(w->queue);
	while (unit) {
		struct ts_unit *next = unit->next;
		if (w->why)
			ts_unit_queue_release(w->queue, unit);
		else
			take(w, unit);
		unit = next;
	}
	/* The tap saw the one keyframe that was captured just before the recording begins, or goes
	 * on, and would ask for the next one in ten seconds. */
	if (w->refused && w->timeline.state == TS_TIMELINE_OPENING)
		ts_unit_queue_request_keyframe(w->queue);
	w->refused = false;
	release_audio(w, w->config.video ? w->sound_ns - HOLD_NS : INT64_MAX);
	if (w->config.max_ns && w->timeline.end_ns >= w->config.max_ns) end(w, TS_WRITER_TOO_LONG);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_writer *w = ts_container_of(timer, struct ts_writer, timer);
	if (!w->why && w->ticks++ % TICKS_PER_LOOK == 0 && disk_is_low(w))
		end(w, TS_WRITER_DISK_LOW);
	drain(w);
	show(w);
	ts_strand_timer_set(w->strand, timer, now_ns + PERIOD_NS);
}

/* ---- life */

static void on_done(struct ts_task *task)
{
	struct ts_writer *w = ts_container_of(task, struct ts_writer, done_task);
	w->events.done(w->arg);
}

/* On a worker, behind the last turn of the strand. */
static void on_closed(void *arg)
{
	struct ts_writer *w = arg;
	drain(w);
	release_audio(w, INT64_MAX);
	close_part(w);
	ts_loop_post(w->config.control, &w->done_task);
}

int ts_writer_create(struct ts_writer **out, const struct ts_writer_config *config,
	const struct ts_writer_events *events, void *arg)
{
	static const struct ts_unit_limits limits = {QUEUE_BYTES, QUEUE_NS};
	struct ts_writer *w = calloc(1, sizeof *w);
	if (!w) return TS_ENOMEM;
	w->config = *config;
	w->events = *events;
	w->arg = arg;
	w->fd = -1;
	w->sound_end = &w->sound;
	snprintf(w->name, sizeof w->name, "%s", config->name);
	w->timer.fn = on_timer;
	w->ended_task.fn = on_ended;
	w->done_task.fn = on_done;
	ts_timeline_init(&w->timeline, config->now_ns);
	int err = ts_unit_queue_create(&w->queue, &limits);
	if (!err) err = ts_strand_create(&w->strand, config->pool, TS_CLASS_LOW);
	if (err) {
		ts_unit_queue_unref(&w->queue);
		free(w);
		return err;
	}
	ts_strand_timer_set(w->strand, &w->timer, config->now_ns + PERIOD_NS);
	*out = w;
	return 0;
}

struct ts_sink *ts_writer_video(struct ts_writer *w)
{
	struct ts_sink *sink;
	return ts_tap_create(
		       &sink, w->queue, ++w->taps, &(struct ts_tap_keys){.every_ns = KEYFRAME_NS})
		? NULL
		: sink;
}

struct ts_sink *ts_writer_audio(struct ts_writer *w)
{
	struct ts_sink *sink;
	return ts_tap_create(&sink, w->queue, 0, NULL) ? NULL : sink;
}

int ts_writer_pause(struct ts_writer *w, bool paused, int64_t now_ns)
{
	if (!ts_unit_queue_command(w->queue, paused ? TS_UNIT_PAUSE : TS_UNIT_RESUME, now_ns))
		return TS_ENOMEM;
	ts_unit_queue_set_idle(w->queue, paused);
	return 0;
}

void ts_writer_info(const struct ts_writer *w, struct ts_writer_info *out)
{
	out->n_parts = atomic_load(&w->n_parts);
	out->bytes = out->duration_ns = 0;
	out->first_ns = atomic_load(&w->first_ns);
	out->last_ns = atomic_load(&w->last_ns);
	out->dropped = ts_unit_queue_dropped(w->queue);
	for (size_t i = 0; i < out->n_parts; i++) {
		const struct shown_part *from = &w->shown[i];
		struct ts_writer_part *p = &out->part[i];
		p->bytes = atomic_load(&from->bytes);
		p->start_ns = atomic_load(&from->start_ns);
		p->duration_ns = atomic_load(&from->duration_ns);
		p->packets = atomic_load(&from->packets);
		p->width = atomic_load(&from->width);
		p->height = atomic_load(&from->height);
		out->bytes += p->bytes;
		out->duration_ns += p->duration_ns;
	}
}

void ts_writer_finish(struct ts_writer *w)
{
	ts_unit_queue_set_idle(w->queue, true);
	ts_strand_close(w->strand, on_closed, w);
}

void ts_writer_destroy(struct ts_writer **writer)
{
	struct ts_writer *w = *writer;
	*writer = NULL;
	if (!w) return;
	ts_unit_queue_unref(&w->queue);
	free(w);
}
