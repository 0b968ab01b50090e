#include "mixer/leg/input.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pipe.h"
#include "base/thread.h"
#include "codec/media_decoder.h"
#include "mixer/leg/pattern.h"
#include "mixer/leg/player.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OPEN_NS (15 * TS_NS_PER_S)
#define READ_NS (10 * TS_NS_PER_S)
#define PAUSE_NS TS_NS_PER_S /* before the first new try, then twice as long each time */
#define PAUSE_MAX_NS (15 * TS_NS_PER_S)
#define TELL_NS TS_NS_PER_S /* what changes all the time is told so often */
#define SOUND_NS (TS_NS_PER_S / 50)

struct input_leg {
	struct ts_leg leg;
	struct ts_leg_config config; /* transport, way NULL */
	struct ts_input_way way;
	struct ts_player *player;
	pthread_t thread;

	bool was_live; /* the thread's */
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ts_input_info info; /* under the lock */
	struct ts_reader *reader;  /* likewise; NULL: none */

	/* posted by the thread, in this order; on control: */
	struct ts_task status_task, done_task, closed_task;
	struct ts_timer poll;
	enum ts_input_state told;
	bool connected, closing, done;
};

static struct input_leg *of(const struct ts_leg *leg)
{
	return ts_container_of(leg, struct input_leg, leg);
}

/* ---- on control */

static void tell_participant(struct input_leg *l, const struct ts_input_info *info)
{
	const struct ts_leg_events *events = l->config.events;
	if (info->state == l->told) return;
	l->told = info->state;
	switch (info->state) {
	case TS_INPUT_LIVE:
		if (l->connected)
			events->stalled(l->config.arg, false);
		else
			events->connected(l->config.arg);
		l->connected = true;
		break;
	case TS_INPUT_RETRYING:
		if (l->connected) events->stalled(l->config.arg, true);
		break;
	case TS_INPUT_FAILED: events->failed(l->config.arg, "input-failed"); break;
	case TS_INPUT_ENDED: events->failed(l->config.arg, "input-ended"); break;
	default: break;
	}
}

static void look(struct input_leg *l)
{
	struct ts_player_stats stats;
	pthread_mutex_lock(&l->lock);
	struct ts_input_info info = l->info;
	pthread_mutex_unlock(&l->lock);
	ts_player_stats(l->player, &stats);
	info.width = stats.width;
	info.height = stats.height;
	info.late = stats.late;
	info.loops = stats.loops;
	l->way.changed(l->way.arg, &info);
	if (!l->closing) tell_participant(l, &info);
}

static void on_status(struct ts_task *task)
{
	look(ts_container_of(task, struct input_leg, status_task));
}

/* Sizes and what is late change without a word. */
static void on_poll(struct ts_timer *timer, int64_t now_ns)
{
	struct input_leg *l = ts_container_of(timer, struct input_leg, poll);
	ts_loop_timer_set(l->config.control, timer, now_ns + TELL_NS);
	look(l); /* the last, as it may be closed there */
}

static void on_closed(struct ts_task *task)
{
	struct input_leg *l = ts_container_of(task, struct input_leg, closed_task);
	const struct ts_leg_events *events = l->config.events;
	const struct ts_input_way way = l->way;
	void *arg = l->config.arg;
	ts_pipe_unref(&l->way.pipe);
	ts_player_destroy(&l->player);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
	way.gone(way.arg);
	events->closed(arg);
}

/* Its thread has nothing more to do. */
static void on_done(struct ts_task *task)
{
	struct input_leg *l = ts_container_of(task, struct input_leg, done_task);
	pthread_join(l->thread, NULL);
	l->done = true;
	if (l->closing) ts_loop_post(l->config.control, &l->closed_task);
}

/* ---- the input's thread */

static enum ts_counter gauge_of(enum ts_input_state state)
{
	return state == TS_INPUT_LIVE ? TS_C_INPUTS_LIVE : TS_C_INPUTS_WAITING;
}

static void set_state(struct input_leg *l, enum ts_input_state state, const char *reason)
{
	pthread_mutex_lock(&l->lock);
	const enum ts_input_state was = l->info.state;
	l->info.state = state;
	snprintf(l->info.reason, sizeof l->info.reason, "%s", reason);
	if (state == TS_INPUT_RETRYING) l->info.retries++;
	pthread_mutex_unlock(&l->lock);
	if (was < TS_INPUT_FAILED) ts_count_add(gauge_of(was), -1);
	if (state < TS_INPUT_FAILED) ts_count(gauge_of(state));
	if (state == TS_INPUT_RETRYING) ts_count(TS_C_INPUT_RETRIES);
	if (state == TS_INPUT_FAILED) ts_count(TS_C_INPUTS_FAILED);
	if (state == TS_INPUT_ENDED) ts_count(TS_C_INPUTS_ENDED);
	ts_loop_post(l->config.control, &l->status_task);
}

static bool must_stop(const struct input_leg *l)
{
	return atomic_load_explicit(&l->stop, memory_order_relaxed);
}

/* Until then, or the end. */
static void sleep_until(struct input_leg *l, int64_t until_ns)
{
	const struct timespec until = {until_ns / TS_NS_PER_S, until_ns % TS_NS_PER_S};
	pthread_mutex_lock(&l->lock);
	while (!must_stop(l) && ts_now_ns() < until_ns)
		pthread_cond_timedwait(&l->wake, &l->lock, &until);
	pthread_mutex_unlock(&l->lock);
}

/* 20 ms of sound each 20 ms, and a picture with every second one. */
static void play_pattern(struct input_leg *l)
{
	_Static_assert(TS_PATTERN_FPS == 25, "a picture lasts as long as two frames of sound");
	int64_t due_ns = ts_now_ns();
	int16_t pcm[TS_AUDIO_FRAME];
	pthread_mutex_lock(&l->lock);
	l->info.endless = true;
	snprintf(l->info.video_codec, sizeof l->info.video_codec, "rawvideo");
	snprintf(l->info.audio_codec, sizeof l->info.audio_codec, "pcm");
	pthread_mutex_unlock(&l->lock);
	for (int64_t n = 0; !must_stop(l); n++, due_ns += SOUND_NS) {
		/* a machine that stood still does not make good for it */
		if (ts_now_ns() - due_ns > TS_NS_PER_S) due_ns = ts_now_ns();
		sleep_until(l, due_ns);
		ts_pattern_sound(pcm, TS_AUDIO_FRAME, n * TS_AUDIO_FRAME);
		ts_player_sound(l->player, pcm, (uint32_t)(n * TS_AUDIO_FRAME), due_ns);
		AVFrame *picture = n % 2 ? NULL : ts_pattern_picture(n / 2);
		if (picture) ts_player_show(l->player, picture, 0, due_ns);
		if (n == 1) set_state(l, TS_INPUT_LIVE, "");
	}
}

static void on_live(void *arg)
{
	struct input_leg *l = arg;
	l->was_live = true;
	set_state(l, TS_INPUT_LIVE, "");
}

static void note_opened(struct input_leg *l, const struct ts_demuxed *info)
{
	pthread_mutex_lock(&l->lock);
	l->info.endless = info->endless;
	l->info.duration_ns = info->duration_ns;
	memcpy(l->info.video_codec, info->track[TS_VIDEO].codec, sizeof l->info.video_codec);
	memcpy(l->info.audio_codec, info->track[TS_AUDIO].codec, sizeof l->info.audio_codec);
	pthread_mutex_unlock(&l->lock);
}

static void set_reader(struct input_leg *l, struct ts_reader *reader)
{
	pthread_mutex_lock(&l->lock);
	l->reader = reader;
	pthread_mutex_unlock(&l->lock);
}

static void say_why(const struct input_leg *l, int err, char why[TS_DEMUXER_WHY])
{
	const struct ts_refusal *refusal = ts_player_refusal(l->player);
	_Static_assert((int)TS_REFUSAL_TEXT <= (int)TS_DEMUXER_WHY, "a refusal is a reason");
	if (err == TS_ENOTFOUND)
		snprintf(why, TS_DEMUXER_WHY, "it is over");
	else if (err == TS_EIO)
		snprintf(why, TS_DEMUXER_WHY, "the connection was lost, or fell silent");
	else if (refusal->kind)
		ts_refusal_print(why, refusal);
	else
		snprintf(why, TS_DEMUXER_WHY, "it is broken, or cannot be decoded");
}

/* Once from its beginning to its end. */
static int play_once(struct input_leg *l, char why[TS_DEMUXER_WHY])
{
	const bool file = !strncmp(l->way.url, "media:", 6);
	const bool opened_by_us = !file && !l->way.pipe;
	const struct ts_reader_config config = {.demuxer = {.url = opened_by_us ? l->way.url : NULL,
							.fd = -1,
							.pipe = l->way.pipe,
							.format = l->way.format,
							.datagrams = l->way.datagrams,
							.no_video = !l->config.camera->source,
							.no_audio = !l->config.voice,
							.guard = l->way.guard,
							.guard_arg = l->way.guard_arg,
							.pixels_max = ts_media_pixels_max(),
							.open_ns = OPEN_NS,
							.read_ns = READ_NS,
							.stop = &l->stop},
		.media_dir = l->way.media_dir,
		.path = file ? l->way.url + 6 : NULL,
		.loop = l->way.loop};
	struct ts_reader *reader;
	struct ts_reader_opened opened;
	snprintf(why, TS_DEMUXER_WHY, "there are too many threads");
	int err = ts_reader_start(&reader, &config);
	if (err) return err;
	set_reader(l, reader);
	err = ts_reader_wait(reader, &opened, why);
	if (!err) {
		note_opened(l, &opened.info);
		err = ts_player_run(l->player, reader, &opened, &l->stop, on_live, l);
		say_why(l, err, why);
	}
	set_reader(l, NULL);
	ts_reader_stop(&reader);
	return err;
}

static bool is_live_scheme(const char *url)
{
	return !strncmp(url, "rtsp:", 5) || !strncmp(url, "rtmp", 4) || !strncmp(url, "srt:", 4);
}

/* Is there any use in trying again? */
static bool may_come_back(struct input_leg *l, int err)
{
	if (l->way.pipe) return false;
	pthread_mutex_lock(&l->lock);
	const bool live = is_live_scheme(l->way.url) || l->info.endless;
	pthread_mutex_unlock(&l->lock);
	return live && err != TS_EAUTH && err != TS_ENOMEM;
}

static void play_and_retry(struct input_leg *l)
{
	char why[TS_DEMUXER_WHY];
	int64_t pause_ns = PAUSE_NS;
	for (;;) {
		const int64_t began_ns = ts_now_ns();
		const int err = play_once(l, why);
		if (must_stop(l)) return;
		if (!may_come_back(l, err)) {
			const bool over = err == TS_ENOTFOUND || (err == TS_EIO && l->way.pipe);
			set_state(l, over && l->was_live ? TS_INPUT_ENDED : TS_INPUT_FAILED, why);
			return;
		}
		if (ts_now_ns() - began_ns > PAUSE_MAX_NS) pause_ns = PAUSE_NS;
		set_state(l, TS_INPUT_RETRYING, why);
		ts_log_limited(TS_LOG_INFO, "input lost", "why=%s", TS_LOG_STR(why));
		sleep_until(l, ts_now_ns() + pause_ns);
		if (must_stop(l)) return;
		pause_ns = 2 * pause_ns < PAUSE_MAX_NS ? 2 * pause_ns : PAUSE_MAX_NS;
	}
}

static void *run(void *arg)
{
	struct input_leg *l = arg;
	if (!strcmp(l->way.url, "test:"))
		play_pattern(l);
	else
		play_and_retry(l);
	pthread_mutex_lock(&l->lock);
	const bool over = l->info.state >= TS_INPUT_FAILED;
	pthread_mutex_unlock(&l->lock);
	if (!over) set_state(l, TS_INPUT_ENDED, "it was removed");
	ts_loop_post(l->config.control, &l->done_task);
	return NULL;
}

/* ---- the leg */

static int start_thread(struct input_leg *l)
{
	pthread_condattr_t monotonic;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	ts_count(TS_C_INPUTS_WAITING);
	const int err = ts_thread_start(&l->thread, "input", run, l);
	if (!err) return 0;
	ts_count_add(TS_C_INPUTS_WAITING, -1);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	return err;
}

static int leg_start(struct ts_leg **out, const struct ts_leg_config *config)
{
	struct input_leg *l = calloc(1, sizeof *l);
	if (!l) return TS_ENOMEM;
	l->leg.ops = &ts_input_leg;
	l->config = *config;
	l->way = *(const struct ts_input_way *)config->way;
	l->config.transport = NULL;
	l->config.way = NULL;
	l->status_task.fn = on_status;
	l->done_task.fn = on_done;
	l->closed_task.fn = on_closed;
	l->poll.fn = on_poll;
	if (l->way.pipe) ts_pipe_ref(l->way.pipe);
	if (config->voice) ts_voice_set_ungated(config->voice);
	int err = ts_player_create(&l->player, config->voice, config->camera->source);
	if (!err) err = start_thread(l);
	if (err) {
		if (l->player) ts_player_destroy(&l->player);
		ts_pipe_unref(&l->way.pipe);
		free(l);
		return err;
	}
	ts_loop_timer_set(config->control, &l->poll, ts_now_ns() + TELL_NS);
	*out = &l->leg;
	return 0;
}

static void leg_close(struct ts_leg *leg)
{
	struct input_leg *l = of(leg);
	l->closing = true;
	ts_loop_timer_cancel(l->config.control, &l->poll);
	pthread_mutex_lock(&l->lock);
	atomic_store_explicit(&l->stop, true, memory_order_relaxed);
	pthread_cond_broadcast(&l->wake);
	if (l->reader) ts_reader_wake(l->reader);
	if (l->way.pipe) ts_pipe_close(l->way.pipe);
	pthread_mutex_unlock(&l->lock);
	if (l->done) ts_loop_post(l->config.control, &l->closed_task);
}

/* Nothing is sent to it. */
static struct ts_sender *leg_sender(struct ts_leg *leg, size_t media)
{
	(void)leg;
	(void)media;
	return NULL;
}

static void leg_stats(const struct ts_leg *leg, size_t media, struct ts_media_stats *out)
{
	(void)leg;
	(void)media;
	*out = (struct ts_media_stats){0};
}

static void leg_set_bps(struct ts_leg *leg, uint32_t bps)
{
	(void)leg;
	(void)bps;
}

static int leg_no_ice(struct ts_leg *leg, const struct ts_ice_description *remote)
{
	(void)leg;
	(void)remote;
	return TS_EUNSUPPORTED;
}

static int leg_no_change(struct ts_leg *leg, const struct ts_transport_config *config)
{
	(void)leg;
	(void)config;
	return TS_EUNSUPPORTED;
}

static void leg_prove(struct ts_leg *leg, const char *host)
{
	(void)leg;
	(void)host;
}

/* The test pattern is drawn: nothing of it is coded. */
static struct ts_coded *leg_coded(struct ts_leg *leg, enum ts_media track)
{
	struct input_leg *l = of(leg);
	return strcmp(l->way.url, "test:") != 0 ? ts_coded_ref(ts_player_coded(l->player, track))
						: NULL;
}

const struct ts_leg_ops ts_input_leg = {
	.start = leg_start,
	.close = leg_close,
	.sender = leg_sender,
	.stats = leg_stats,
	.set_receive_bps = leg_set_bps,
	.set_wanted_bps = leg_set_bps,
	.trickle = leg_no_ice,
	.restart = leg_no_ice,
	.answer = leg_no_change,
	.update = leg_no_change,
	.prove = leg_prove,
	.coded = leg_coded,
};
