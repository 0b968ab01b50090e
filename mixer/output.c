#include "mixer/output.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/pay.h"
#include "codec/video.h"
#include "layout/compositor.h"
#include "mixer/keybudget.h"
#include "mixer/roster.h"
#include "transport/fanout.h"
#include <stdlib.h>

enum { CANVASES = 2, REPLAY_MAX = 64 };

struct ts_output {
	atomic_int refs;
	struct ts_output_config config;
	struct ts_strand *strand;
	struct ts_task task;

	struct ts_ring canvases;             /* from the view's strand */
	_Atomic(struct ts_roster *) pending; /* from control: who receives now */
	atomic_bool key_asked;               /* from anybody */

	/* strand */
	struct ts_video_encoder *encoder;
	bool failed;
	AVFrame *scaled;
	AVPacket *packet;
	struct ts_keybudget budget;
	struct ts_roster *roster;         /* everybody */
	struct ts_fanout *fanout;         /* those who had their key picture */
	bool waiting;                     /* the roster has somebody who is not in the fanout */
	struct ts_au *replay[REPLAY_MAX]; /* since the last key picture, while its window lasts */
	size_t n_replay;
};

static void forget_replay(struct ts_output *o)
{
	while (o->n_replay) ts_au_unref(&o->replay[--o->n_replay]);
}

static void close_encoder(struct ts_output *o)
{
	ts_video_encoder_close(&o->encoder);
	av_frame_free(&o->scaled);
	forget_replay(o);
	ts_keybudget_init(&o->budget);
}

static void set_fanout(struct ts_output *o, struct ts_sender *const *senders, size_t n)
{
	struct ts_fanout *fanout = NULL;
	if (ts_fanout_create(&fanout, senders, n)) return; /* out of memory: those who receive go on as they are */
	ts_fanout_unref(&o->fanout);
	o->fanout = fanout;
}

/* Gives newcomers everything since the last key picture, if that is recent and whole. */
static bool replay_to(struct ts_output *o, struct ts_sender *const *newcomers, size_t n, int64_t now_ns)
{
	if (!o->n_replay || now_ns - o->budget.last_ns >= TS_KEY_SPACING_NS) return false;
	struct ts_fanout *fanout = NULL;
	if (ts_fanout_create(&fanout, newcomers, n)) return false;
	for (size_t i = 0; i < o->n_replay; i++) ts_fanout_send(fanout, o->replay[i]);
	ts_fanout_unref(&fanout);
	return true;
}

/* Takes the new list: who stays goes on, who is new is served by replay or waits for the next key picture. */
static void take_roster(struct ts_output *o, int64_t now_ns)
{
	struct ts_roster *fresh = atomic_exchange_explicit(&o->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	struct ts_sender *stay[TS_ROSTER_MAX], *came[TS_ROSTER_MAX];
	size_t n_stay = 0, n_came = 0;
	for (size_t i = 0; i < fresh->n; i++) {
		struct ts_roster_entry *e = &fresh->entry[i];
		e->started = ts_roster_started(o->roster, e->sender);
		if (e->started)
			stay[n_stay++] = e->sender;
		else
			came[n_came++] = e->sender;
	}
	if (n_came && replay_to(o, came, n_came, now_ns)) {
		for (size_t i = 0; i < fresh->n; i++) fresh->entry[i].started = true;
		for (size_t i = 0; i < n_came; i++) stay[n_stay++] = came[i];
		n_came = 0;
	}
	ts_roster_free(&o->roster);
	o->roster = fresh;
	o->waiting = n_came > 0;
	if (o->waiting) ts_keybudget_ask(&o->budget);
	set_fanout(o, stay, n_stay);
	if (fresh->n == 0) close_encoder(o);
}

/* A key picture starts everybody who waited. */
static void start_waiting(struct ts_output *o)
{
	struct ts_sender *all[TS_ROSTER_MAX];
	for (size_t i = 0; i < o->roster->n; i++) {
		o->roster->entry[i].started = true;
		all[i] = o->roster->entry[i].sender;
	}
	o->waiting = false;
	set_fanout(o, all, o->roster->n);
}

static const AVFrame *to_step(struct ts_output *o, const AVFrame *canvas)
{
	if (canvas->width == o->config.step.width && canvas->height == o->config.step.height) return canvas;
	if (!o->scaled) {
		o->scaled = av_frame_alloc();
		if (!o->scaled) return NULL;
		o->scaled->format = AV_PIX_FMT_YUV420P;
		o->scaled->width = o->config.step.width;
		o->scaled->height = o->config.step.height;
		if (av_frame_get_buffer(o->scaled, 0)) {
			av_frame_free(&o->scaled);
			return NULL;
		}
	}
	ts_draw_scaled(o->scaled, canvas);
	return o->scaled;
}

static void keep_for_replay(struct ts_output *o, struct ts_au *au, int64_t now_ns)
{
	if (au->key)
		forget_replay(o);
	else if (!o->n_replay)
		return; /* the window is over */
	if (o->n_replay == REPLAY_MAX || now_ns - o->budget.last_ns >= TS_KEY_SPACING_NS)
		forget_replay(o);
	else
		o->replay[o->n_replay++] = ts_au_ref(au);
}

static void deliver(struct ts_output *o, int64_t tick, int64_t capture_ns, int64_t now_ns)
{
	struct ts_au *au = NULL;
	if (ts_pay(&au, o->config.codec, o->config.packetization_mode, o->packet, TS_MTU_PAYLOAD)) {
		ts_count(TS_C_ENCODE_SKIPPED);
		ts_keybudget_ask(&o->budget); /* a hole in the references of everybody */
		return;
	}
	au->media_time = tick * TS_VIDEO_CLOCK_HZ / o->config.tick_fps;
	au->capture_ns = capture_ns;
	if (au->key) {
		ts_count(TS_C_KEYFRAMES_SENT);
		ts_keybudget_made(&o->budget, now_ns);
		if (o->waiting) start_waiting(o);
	}
	keep_for_replay(o, au, now_ns);
	if (o->fanout) ts_fanout_send(o->fanout, au);
	ts_au_unref(&au);
}

static bool open_encoder(struct ts_output *o)
{
	if (o->encoder || o->failed) return o->encoder != NULL;
	struct ts_video_encoder_config config = {
		.codec = o->config.codec,
		.width = o->config.step.width,
		.height = o->config.step.height,
		.fps = o->config.step.fps,
		.bitrate_bps = o->config.step.bitrate_bps,
		.packetization_mode = o->config.packetization_mode,
	};
	int err = ts_video_encoder_open(&o->encoder, &config);
	if (err) {
		o->failed = true;
		ts_error("encoder failed", "codec=%s width=%d height=%d error=%s", ts_codec_name(config.codec),
			config.width, config.height, ts_strerror(err));
		return false;
	}
	ts_keybudget_ask(&o->budget);
	return true;
}

static void encode(struct ts_output *o, const AVFrame *canvas)
{
	int64_t now_ns = ts_now_ns();
	if (!o->roster || !o->roster->n || !open_encoder(o)) return;
	const AVFrame *picture = to_step(o, canvas);
	if (!picture) return;
	if (atomic_exchange_explicit(&o->key_asked, false, memory_order_relaxed)) ts_keybudget_ask(&o->budget);
	bool key = ts_keybudget_due(&o->budget, now_ns);
	int err = ts_video_encode(o->encoder, picture, key, o->packet);
	if (!err)
		deliver(o, canvas->pts, (int64_t)(intptr_t)canvas->opaque, now_ns);
	else
		ts_count(TS_C_ENCODE_SKIPPED);
	av_packet_unref(o->packet);
	ts_observe(TS_STAGE_ENCODE, ts_now_ns() - now_ns);
}

static void run(struct ts_task *task)
{
	struct ts_output *o = ts_container_of(task, struct ts_output, task);
	take_roster(o, ts_now_ns());
	AVFrame *canvas;
	while ((canvas = ts_ring_pop(&o->canvases))) {
		encode(o, canvas);
		av_frame_free(&canvas);
	}
}

int ts_output_create(struct ts_output **out, struct ts_pool *pool, const struct ts_output_config *config)
{
	struct ts_output *o = calloc(1, sizeof *o);
	if (!o) return TS_ENOMEM;
	atomic_init(&o->refs, 1);
	o->config = *config;
	o->task.fn = run;
	ts_keybudget_init(&o->budget);
	o->packet = av_packet_alloc();
	int err = o->packet ? 0 : TS_ENOMEM;
	if (!err) err = ts_ring_init(&o->canvases, CANVASES);
	if (!err) err = ts_strand_create(&o->strand, pool, TS_CLASS_ENCODE);
	if (err) {
		if (o->canvases.slots) ts_ring_fini(&o->canvases);
		av_packet_free(&o->packet);
		free(o);
		return err;
	}
	*out = o;
	return 0;
}

static void output_free(void *arg)
{
	struct ts_output *o = arg;
	struct ts_roster *pending = atomic_exchange(&o->pending, NULL);
	AVFrame *canvas;
	while ((canvas = ts_ring_pop(&o->canvases))) av_frame_free(&canvas);
	close_encoder(o);
	ts_roster_free(&pending);
	ts_roster_free(&o->roster);
	ts_fanout_unref(&o->fanout);
	av_packet_free(&o->packet);
	ts_ring_fini(&o->canvases);
	free(o);
}

struct ts_output *ts_output_ref(struct ts_output *o)
{
	atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return o;
}

void ts_output_unref(struct ts_output **output)
{
	struct ts_output *o = *output;
	*output = NULL;
	if (o && atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1)
		ts_strand_close(o->strand, output_free, o);
}

const struct ts_output_config *ts_output_config(const struct ts_output *o)
{
	return &o->config;
}

int ts_output_publish(struct ts_output *o, struct ts_sender *const *senders, size_t n)
{
	struct ts_roster *fresh = NULL;
	int err = ts_roster_create(&fresh, senders, n);
	if (err) return err;
	struct ts_roster *unread = atomic_exchange_explicit(&o->pending, fresh, memory_order_acq_rel);
	ts_roster_free(&unread);
	ts_strand_post(o->strand, &o->task);
	return 0;
}

void ts_output_push(struct ts_output *o, AVFrame *canvas, int64_t tick, int64_t capture_ns)
{
	if (tick % (o->config.tick_fps / o->config.step.fps)) {
		av_frame_free(&canvas);
		return;
	}
	canvas->pts = tick;
	canvas->opaque = (void *)(intptr_t)capture_ns;
	if (ts_ring_push(&o->canvases, canvas)) {
		ts_count(TS_C_ENCODE_SKIPPED);
		av_frame_free(&canvas);
		return;
	}
	ts_strand_post(o->strand, &o->task);
}

void ts_output_ask_key(struct ts_output *o)
{
	atomic_store_explicit(&o->key_asked, true, memory_order_relaxed);
}
