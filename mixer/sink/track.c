#include "mixer/sink/track.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strand.h"
#include "codec/depacketize.h"
#include "codec/extradata.h"
#include "codec/peek.h"
#include "container/muxer.h"
#include "mixer/sink/coded_file.h"
#include "mixer/source/layer.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_NS (200 * TS_NS_PER_MS)
#define FRAME_NS (20 * TS_NS_PER_MS)
/* Sound waits so long for packets of before it. */
#define HOLD_NS (300 * TS_NS_PER_MS)
/* RTP time goes on by itself, unless it is off by more than that: clocks drift, and jump. */
#define DRIFT_NS (80 * TS_NS_PER_MS)
#define LAYER_SILENT_NS (2 * TS_NS_PER_S)
enum { HELD = 64, FPS_TOLD = 30, ALL_LAYERS = (1 << TS_LAYERS_MAX) - 1 };

struct ts_track_file {
	struct ts_track_config config;
	char file[TS_TRACK_NAME_MAX];
	struct ts_track_events events;
	void *arg;
	struct ts_strand *strand;
	struct ts_task ended_task, done_task; /* to control */

	/* strand */
	struct ts_timer timer;
	struct ts_muxer *muxer;
	int fd;
	enum ts_codec codec; /* of what comes; NONE: nothing did */
	enum ts_track_end why;
	/* when something was: RTP time `anchor_rtp` of `ssrc` stands for anchor_ns */
	bool anchored;
	uint32_t ssrc, anchor_rtp;
	int64_t anchor_ns, last_at_ns;
	/* pictures */
	struct ts_depacketizer *depacketizer;
	AVPacket *unit;
	int layer;         /* that is kept; -1: none yet */
	int64_t layer_ns;  /* when a packet of it came last */
	int64_t video_seq; /* of its packet that came last */
	int area[TS_LAYERS_MAX];
	int width, height; /* of the layer that is kept */
	/* sound that waits for what came late, in order */
	struct ts_packet *held[HELD];
	size_t n_held;
	int64_t written_seq;        /* of the newest that was written */
	struct ts_coded_file coded; /* of an input */

	_Atomic(const char *) seen_codec;
	atomic_int seen_width, seen_height;
	atomic_int_fast64_t bytes, packets, first_ns, last_ns, lost;
};

/* ---- ending by itself */

static void end(struct ts_track_file *t, enum ts_track_end why)
{
	if (t->why) return;
	t->why = why;
	ts_loop_post(t->config.control, &t->ended_task);
}

static void on_ended(struct ts_task *task)
{
	struct ts_track_file *t = ts_container_of(task, struct ts_track_file, ended_task);
	t->events.ended(t->arg, t->why);
}

/* ---- the file */

static void show(struct ts_track_file *t)
{
	if (!t->muxer) return;
	const int64_t bytes = ts_muxer_bytes(t->muxer);
	ts_count_add(TS_C_RECORDING_BYTES, bytes - atomic_load(&t->bytes));
	atomic_store(&t->bytes, bytes);
	atomic_store(&t->packets, ts_muxer_packets(t->muxer));
}

static void close_file(struct ts_track_file *t)
{
	if (!t->muxer) return;
	show(t);
	const int err = ts_muxer_close(&t->muxer);
	const off_t size = lseek(t->fd, 0, SEEK_END);
	if (size > 0) {
		ts_count_add(TS_C_RECORDING_BYTES, size - atomic_load(&t->bytes));
		atomic_store(&t->bytes, (int64_t)size);
	}
	if (err) ts_warn("recording", "file=%s error=%s", t->file, ts_strerror(err));
	close(t->fd);
}

static void open_file(struct ts_track_file *t, const struct ts_track *track, int64_t at_ns)
{
	struct ts_muxer_config config = {.container = TS_CONTAINER_MKV,
		.created_unix_ms = t->config.unix_ms + (at_ns - t->config.now_ns) / TS_NS_PER_MS};
	if (t->config.media == TS_VIDEO)
		config.video = *track;
	else
		config.audio = *track;
	t->fd = openat(t->config.folder, t->file,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (t->fd < 0) {
		ts_error("recording not begun", "file=%s error=%s", t->file, strerror(errno));
		end(t, TS_TRACK_FAILED);
		return;
	}
	if (ts_muxer_open(&t->muxer, t->fd, &config)) {
		close(t->fd);
		end(t, TS_TRACK_FAILED);
		return;
	}
	atomic_store(&t->seen_width, track->width);
	atomic_store(&t->seen_height, track->height);
	atomic_store(&t->first_ns, at_ns);
	atomic_store(&t->seen_codec, ts_codec_name(track->codec));
	ts_count(TS_C_RECORDING_TRACKS);
}

static void write_unit(
	struct ts_track_file *t, const AVPacket *unit, int64_t at_ns, int64_t duration_ns)
{
	int64_t file_ns = at_ns - atomic_load(&t->first_ns);
	if (file_ns < 0) file_ns = 0;
	if (ts_muxer_write(t->muxer, t->config.media, unit, file_ns, duration_ns))
		end(t, TS_TRACK_FAILED);
	else
		atomic_store(&t->last_ns, at_ns + duration_ns);
}

/* ---- when */

/* capture_ns: as far as it is known. */
static int64_t time_of(struct ts_track_file *t, uint32_t ssrc, uint32_t rtp, int64_t capture_ns,
	int64_t arrival_ns)
{
	const bool known = capture_ns != TS_CAPTURE_UNKNOWN;
	const int64_t told_ns = known ? capture_ns : arrival_ns;
	const int64_t most_ns = known ? DRIFT_NS : 10 * DRIFT_NS;
	const int64_t hz = ts_codec_clock_hz(t->codec);
	const int64_t by_ns = (int32_t)(rtp - t->anchor_rtp) * TS_NS_PER_S / hz;
	int64_t at_ns = t->anchor_ns + by_ns;
	if (!t->anchored || ssrc != t->ssrc || llabs(at_ns - told_ns) > most_ns) at_ns = told_ns;
	/* anew each time, so that the difference never goes round */
	t->anchored = true;
	t->ssrc = ssrc;
	t->anchor_rtp = rtp;
	t->anchor_ns = at_ns;
	if (at_ns <= t->last_at_ns) at_ns = t->last_at_ns + TS_NS_PER_MS;
	t->last_at_ns = at_ns;
	return at_ns;
}

/* False: another codec; with a file this one ends for that. */
static bool follow_codec(struct ts_track_file *t, enum ts_codec codec)
{
	if (codec == t->codec) return true;
	if (t->muxer) {
		end(t, TS_TRACK_OTHER_CODEC);
		return false;
	}
	ts_depacketizer_destroy(&t->depacketizer);
	t->codec = codec;
	return true;
}

/* ---- pictures */

static void lose(struct ts_track_file *t)
{
	atomic_fetch_add(&t->lost, 1);
	ts_branch_request_keyframe(t->config.branch, t->layer < 0 ? 1 : 1u << t->layer);
}

static void take_picture(struct ts_track_file *t, uint32_t ssrc, const struct ts_unit_info *info)
{
	const bool key = t->unit->flags & AV_PKT_FLAG_KEY;
	if (!key && (info->broken || !t->muxer)) {
		lose(t);
		return;
	}
	const int64_t at_ns = time_of(
		t, ssrc, info->timestamp_rtp, info->capture_ns, info->arrival_ns);
	if (!t->muxer) {
		struct ts_track track = {
			.codec = t->codec, .width = t->width, .height = t->height, .fps = FPS_TOLD};
		track.extradata_len = ts_extradata(t->codec, t->unit->data, (size_t)t->unit->size,
			track.extradata, sizeof track.extradata);
		if (!t->width || (ts_needs_extradata(t->codec) && !track.extradata_len)) {
			lose(t);
			return;
		}
		open_file(t, &track, at_ns);
	}
	if (t->muxer && !t->why) write_unit(t, t->unit, at_ns, TS_NS_PER_S / FPS_TOLD);
}

static void keep_layer(struct ts_track_file *t, int layer)
{
	if (layer == t->layer) return;
	t->layer = layer;
	ts_depacketizer_destroy(&t->depacketizer);
}

/* Is the packet of the layer that is kept? A larger one takes its place with the packet that begins
 * its keyframe. */
static bool follow_layer(struct ts_track_file *t, const struct ts_packet *p)
{
	int width, height;
	if (p->layer >= TS_LAYERS_MAX) return false;
	const bool told = ts_peek_size(
		(enum ts_codec)p->codec, p->payload, p->payload_len, &width, &height);
	if (told) t->area[p->layer] = width * height;
	const bool silent = p->arrival_ns - t->layer_ns > LAYER_SILENT_NS;
	if (t->layer < 0 || (silent && p->layer != t->layer)) {
		if (t->layer >= 0) ts_branch_request_keyframe(t->config.branch, 1u << p->layer);
		keep_layer(t, p->layer);
	} else if (told && t->area[p->layer] > t->area[t->layer]) {
		keep_layer(t, p->layer);
	}
	if (p->layer != t->layer) return false;
	t->layer_ns = p->arrival_ns;
	if (told) {
		t->width = width;
		t->height = height;
	}
	return true;
}

static void take_video(struct ts_track_file *t, const struct ts_packet *p)
{
	struct ts_unit_info info;
	const enum ts_codec codec = (enum ts_codec)p->codec;
	if (!ts_container_holds(TS_CONTAINER_MKV, codec)) return;
	if (!follow_codec(t, codec) || !follow_layer(t, p)) return;
	/* a loss on the way, or here: what was begun lacks something */
	if (t->depacketizer && p->ext_seq != t->video_seq + 1)
		ts_depacketizer_destroy(&t->depacketizer);
	t->video_seq = p->ext_seq;
	if (!t->depacketizer && ts_depacketizer_create(&t->depacketizer, codec)) {
		end(t, TS_TRACK_FAILED);
		return;
	}
	ts_depacketizer_push(t->depacketizer, p);
	while (!t->why && !ts_depacketizer_pull(t->depacketizer, t->unit, &info)) {
		take_picture(t, p->ssrc, &info);
		av_packet_unref(t->unit);
	}
}

/* ---- sound */

static bool is_sound(enum ts_codec codec)
{
	return codec == TS_CODEC_OPUS || codec == TS_CODEC_G722 || codec == TS_CODEC_PCMU ||
		codec == TS_CODEC_PCMA;
}

static void write_sound(struct ts_track_file *t, const struct ts_packet *p)
{
	if (t->why || !follow_codec(t, (enum ts_codec)p->codec)) return;
	const int64_t at_ns = time_of(t, p->ssrc, p->timestamp_rtp, p->capture_ns, p->arrival_ns);
	const struct ts_track track = {.codec = t->codec};
	if (!t->muxer) open_file(t, &track, at_ns);
	if (!t->muxer || t->why) return;
	if (av_new_packet(t->unit, (int)p->payload_len)) return;
	memcpy(t->unit->data, p->payload, p->payload_len);
	t->unit->flags = AV_PKT_FLAG_KEY;
	write_unit(t, t->unit, at_ns, FRAME_NS);
	av_packet_unref(t->unit);
}

/* The first n of those that wait. */
static void release(struct ts_track_file *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		t->written_seq = t->held[i]->ext_seq;
		write_sound(t, t->held[i]);
		ts_branch_free(&t->held[i]);
	}
	t->n_held -= n;
	memmove(t->held, t->held + n, t->n_held * sizeof *t->held);
}

/* packet: [take] Behind all that are of before it. */
static void hold(struct ts_track_file *t, struct ts_packet *p)
{
	if (t->n_held && t->held[t->n_held - 1]->ssrc != p->ssrc) release(t, t->n_held);
	if (t->n_held == HELD) release(t, 1);
	size_t i = t->n_held;
	while (i && t->held[i - 1]->ext_seq > p->ext_seq) i--;
	const bool twice = i && t->held[i - 1]->ext_seq == p->ext_seq;
	const bool late = t->anchored && p->ssrc == t->ssrc && p->ext_seq <= t->written_seq;
	if (twice || late || !p->payload_len) {
		ts_branch_free(&p);
		return;
	}
	memmove(t->held + i + 1, t->held + i, (t->n_held - i) * sizeof *t->held);
	t->held[i] = p;
	t->n_held++;
}

/* ---- work */

static void show_coded(struct ts_track_file *t)
{
	const struct ts_track_info *info = &t->coded.info;
	atomic_store(&t->bytes, info->bytes);
	atomic_store(&t->packets, info->packets);
	atomic_store(&t->lost, info->lost);
	atomic_store(&t->first_ns, info->first_ns);
	atomic_store(&t->last_ns, info->last_ns);
	atomic_store(&t->seen_width, info->width);
	atomic_store(&t->seen_height, info->height);
	atomic_store(&t->seen_codec, info->codec); /* the last: now there is a file */
}

static void drain_coded(struct ts_track_file *t)
{
	struct ts_coded_unit *unit;
	while ((unit = ts_coded_pop(t->config.coded))) {
		const enum ts_track_end why = t->why ? t->why
						     : ts_coded_file_write(&t->coded, unit);
		ts_coded_free(&unit);
		if (why) end(t, why);
	}
	show_coded(t);
}

static void drain(struct ts_track_file *t)
{
	struct ts_packet *p;
	if (t->config.coded) {
		drain_coded(t);
		return;
	}
	while ((p = ts_branch_pop(t->config.branch))) {
		const bool old = p->arrival_ns < t->config.now_ns;
		if (!old && !t->why && t->config.media == TS_AUDIO && is_sound(p->codec)) {
			hold(t, p);
			continue;
		}
		if (!old && !t->why && t->config.media == TS_VIDEO) take_video(t, p);
		ts_branch_free(&p);
	}
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_track_file *t = ts_container_of(timer, struct ts_track_file, timer);
	size_t ripe = 0;
	drain(t);
	while (ripe < t->n_held && now_ns - t->held[ripe]->arrival_ns >= HOLD_NS) ripe++;
	release(t, ripe);
	show(t);
	ts_strand_timer_set(t->strand, timer, now_ns + PERIOD_NS);
}

/* ---- life */

static void on_done(struct ts_task *task)
{
	struct ts_track_file *t = ts_container_of(task, struct ts_track_file, done_task);
	t->events.done(t->arg);
}

/* On a worker, behind the last turn of the strand. */
static void on_closed(void *arg)
{
	struct ts_track_file *t = arg;
	drain(t);
	if (t->config.coded) {
		ts_coded_leave(t->config.coded);
		ts_coded_file_close(&t->coded);
		show_coded(t);
	} else {
		ts_branch_leave(t->config.branch);
		release(t, t->n_held);
		close_file(t);
	}
	ts_loop_post(t->config.control, &t->done_task);
}

int ts_track_create(struct ts_track_file **out, const struct ts_track_config *config,
	const struct ts_track_events *events, void *arg)
{
	struct ts_track_file *t = calloc(1, sizeof *t);
	if (!t) return TS_ENOMEM;
	t->config = *config;
	t->events = *events;
	t->arg = arg;
	t->layer = -1;
	snprintf(t->file, sizeof t->file, "%s", config->file);
	t->timer.fn = on_timer;
	t->ended_task.fn = on_ended;
	t->done_task.fn = on_done;
	t->unit = av_packet_alloc();
	const int err = t->unit ? ts_strand_create(&t->strand, config->pool, TS_CLASS_LOW)
				: TS_ENOMEM;
	if (err) {
		av_packet_free(&t->unit);
		free(t);
		return err;
	}
	if (config->coded)
		ts_coded_ref(config->coded);
	else
		ts_branch_ref(config->branch);
	if (config->branch && config->media == TS_VIDEO)
		ts_branch_request_keyframe(config->branch, ALL_LAYERS);
	ts_coded_file_init(&t->coded, &t->config, t->file);
	ts_strand_timer_set(t->strand, &t->timer, config->now_ns + PERIOD_NS);
	*out = t;
	return 0;
}

void ts_track_info(const struct ts_track_file *t, struct ts_track_info *out)
{
	*out = (struct ts_track_info){.codec = atomic_load(&t->seen_codec),
		.bytes = atomic_load(&t->bytes),
		.packets = atomic_load(&t->packets),
		.first_ns = atomic_load(&t->first_ns),
		.last_ns = atomic_load(&t->last_ns),
		.lost = atomic_load(&t->lost),
		.width = atomic_load(&t->seen_width),
		.height = atomic_load(&t->seen_height)};
}

void ts_track_finish(struct ts_track_file *t)
{
	if (t->config.coded)
		ts_coded_close(t->config.coded);
	else
		ts_branch_close(t->config.branch);
	ts_strand_close(t->strand, on_closed, t);
}

void ts_track_destroy(struct ts_track_file **track)
{
	struct ts_track_file *t = *track;
	*track = NULL;
	if (!t) return;
	ts_branch_unref(&t->config.branch);
	ts_coded_unref(&t->config.coded);
	ts_depacketizer_destroy(&t->depacketizer);
	av_packet_free(&t->unit);
	free(t);
}
