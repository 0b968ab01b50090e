#include "mixer/output/output.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/packetize.h"
#include "codec/video.h"
#include "layout/compositor.h"
#include "mixer/output/keybudget.h"
#include "mixer/source/picture.h"
#include "mixer/output/receivers.h"
#include "transport/fanout.h"
#include <stdlib.h>

enum { CANVASES = 2, REPLAY_MAX = 64 };
#define RETRY_NS TS_NS_PER_S

struct ts_output {
	atomic_int refs;
	struct ts_output_config config;
	struct ts_strand *strand;
	struct ts_task task;

	struct ts_ring canvases;                /* from the view's strand */
	_Atomic(struct ts_receivers *) pending; /* from control: who receives now */
	atomic_bool keyframe_requested;         /* from anybody */
	atomic_size_t n_receivers;              /* in the list published last */

	/* strand */
	struct ts_video_encoder *encoder;
	int64_t retry_ns; /* the encoder is not opened before */
	AVFrame *scaled;
	AVPacket *packet;
	struct ts_keybudget budget;
	struct ts_receivers *receivers;   /* everybody */
	struct ts_fanout *fanout;         /* those who had their keyframe */
	bool waiting;                     /* one of the receivers is not in the fanout */
	struct ts_au *replay[REPLAY_MAX]; /* since the last keyframe, while its window lasts */
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

/* False: out of memory; those who receive go on as they are. */
static bool set_fanout(struct ts_output *o, struct ts_sender *const *senders, size_t n)
{
	struct ts_fanout *fanout = NULL;
	if (ts_fanout_create(&fanout, senders, n)) return false;
	ts_fanout_unref(&o->fanout);
	o->fanout = fanout;
	return true;
}

/* Gives newcomers everything since the last keyframe, if that is recent and whole. */
static bool replay_to(struct ts_output *o, struct ts_sender *const *newcomers, size_t n, int64_t now_ns)
{
	if (!o->n_replay || now_ns - o->budget.last_ns >= TS_KEY_SPACING_NS) return false;
	struct ts_fanout *fanout = NULL;
	if (ts_fanout_create(&fanout, newcomers, n)) return false;
	for (size_t i = 0; i < o->n_replay; i++) ts_fanout_send(fanout, o->replay[i]);
	ts_fanout_unref(&fanout);
	return true;
}

/* Takes the new list: who stays goes on, who is new is served by replay or waits for the next keyframe. */
static void take_receivers(struct ts_output *o, int64_t now_ns)
{
	struct ts_receivers *fresh = atomic_exchange_explicit(&o->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	struct ts_sender **stay = fresh->scratch, **came = fresh->scratch + fresh->n; /* from either end */
	size_t n_stay = 0, n_came = 0;
	for (size_t i = 0; i < fresh->n; i++) {
		struct ts_receivers_entry *e = &fresh->entry[i];
		e->started = ts_receivers_started(o->receivers, e->sender);
		if (e->started)
			stay[n_stay++] = e->sender;
		else
			came[-(ptrdiff_t)++n_came] = e->sender;
	}
	came -= n_came;
	if (n_came && replay_to(o, came, n_came, now_ns)) {
		for (size_t i = 0; i < fresh->n; i++) fresh->entry[i].started = true;
		n_stay += n_came; /* the two halves are one list */
		n_came = 0;
	}
	ts_receivers_free(&o->receivers);
	o->receivers = fresh;
	o->waiting = !set_fanout(o, stay, n_stay) || n_came > 0;
	if (o->waiting) ts_keybudget_request(&o->budget);
	if (fresh->n == 0) close_encoder(o);
}

/* A keyframe starts everybody who waited. */
static void start_waiting(struct ts_output *o)
{
	for (size_t i = 0; i < o->receivers->n; i++) {
		o->receivers->entry[i].started = true;
		o->receivers->scratch[i] = o->receivers->entry[i].sender;
	}
	o->waiting = !set_fanout(o, o->receivers->scratch, o->receivers->n);
	if (o->waiting) ts_keybudget_request(&o->budget);
}

/* Of the step's size; black where its shape is not the canvas's. */
static AVFrame *new_scaled(const struct ts_step *step)
{
	AVFrame *f = av_frame_alloc();
	if (!f) return NULL;
	f->format = AV_PIX_FMT_YUV420P;
	f->width = step->width;
	f->height = step->height;
	if (av_frame_get_buffer(f, 0)) {
		av_frame_free(&f);
		return NULL;
	}
	const struct ts_rect all = {0, 0, step->width, step->height};
	ts_draw_fill(f, &all, (struct ts_colour){16, 128, 128});
	return f;
}

static const AVFrame *to_step(struct ts_output *o, const AVFrame *canvas)
{
	const struct ts_step *step = &o->config.step;
	if (canvas->width == step->width && canvas->height == step->height) return canvas;
	if (!o->scaled && !(o->scaled = new_scaled(step))) return NULL;
	if (step->letterbox) {
		const struct ts_rect all = {0, 0, step->width, step->height};
		ts_draw_picture(o->scaled, &all, canvas, TS_FIT_FIT, 0, (struct ts_colour){16, 128, 128});
	} else {
		ts_draw_scaled(o->scaled, canvas);
	}
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
	if (ts_packetize(&au, o->config.codec, o->config.packetization_mode, o->packet, TS_MTU_PAYLOAD)) {
		ts_count(TS_C_ENCODE_SKIPPED);
		ts_keybudget_request(&o->budget); /* a hole in the references of everybody */
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

/* One that could not be opened is tried again after a while: memory may be there then. */
static bool open_encoder(struct ts_output *o, int64_t now_ns)
{
	if (o->encoder) return true;
	if (now_ns < o->retry_ns) return false;
	struct ts_video_encoder_config config = {
		.codec = o->config.codec,
		.width = o->config.step.width,
		.height = o->config.step.height,
		.fps = o->config.step.fps,
		.bitrate_bps = o->config.step.bitrate_bps,
		.packetization_mode = o->config.packetization_mode,
		.level_idc = o->config.step.level_idc,
	};
	int err = ts_video_encoder_open(&o->encoder, &config);
	if (err) {
		o->retry_ns = now_ns + RETRY_NS;
		ts_count(TS_C_ENCODER_FAILED);
		ts_error("encoder failed", "codec=%s width=%d height=%d error=%s retry_ms=%lld",
			ts_codec_name(config.codec), config.width, config.height, ts_strerror(err),
			(long long)(RETRY_NS / TS_NS_PER_MS));
		return false;
	}
	ts_keybudget_request(&o->budget);
	return true;
}

static void encode(struct ts_output *o, const struct ts_picture *canvas)
{
	int64_t now_ns = ts_now_ns();
	if (!o->receivers || !o->receivers->n || !open_encoder(o, now_ns)) return;
	const AVFrame *picture = to_step(o, canvas->frame);
	if (!picture) return;
	if (atomic_exchange_explicit(&o->keyframe_requested, false, memory_order_relaxed))
		ts_keybudget_request(&o->budget);
	bool key = ts_keybudget_due(&o->budget, now_ns);
	int err = ts_video_encode(o->encoder, picture, key, o->packet);
	if (!err)
		deliver(o, canvas->tick, canvas->capture_ns, now_ns);
	else
		ts_count(TS_C_ENCODE_SKIPPED);
	av_packet_unref(o->packet);
	ts_observe(TS_STAGE_ENCODE, ts_now_ns() - now_ns);
}

static bool run(struct ts_task *task)
{
	struct ts_output *o = ts_container_of(task, struct ts_output, task);
	take_receivers(o, ts_now_ns());
	struct ts_picture *canvas = ts_ring_pop(&o->canvases);
	if (canvas) encode(o, canvas);
	ts_picture_free(&canvas);
	return ts_ring_count(&o->canvases) > 0;
}

int ts_output_create(struct ts_output **out, struct ts_pool *pool, const struct ts_output_config *config)
{
	struct ts_output *o = calloc(1, sizeof *o);
	if (!o) return TS_ENOMEM;
	atomic_init(&o->refs, 1);
	o->config = *config;
	o->task.step = run;
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
	struct ts_receivers *pending = atomic_exchange(&o->pending, NULL);
	struct ts_picture *canvas;
	while ((canvas = ts_ring_pop(&o->canvases))) ts_picture_free(&canvas);
	close_encoder(o);
	ts_receivers_free(&pending);
	ts_receivers_free(&o->receivers);
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
	struct ts_receivers *fresh = NULL;
	int err = ts_receivers_create(&fresh, senders, n);
	if (err) return err;
	struct ts_receivers *unread = atomic_exchange_explicit(&o->pending, fresh, memory_order_acq_rel);
	ts_receivers_free(&unread);
	atomic_store_explicit(&o->n_receivers, n, memory_order_relaxed);
	ts_strand_post(o->strand, &o->task);
	return 0;
}

/* A step of fewer pictures a second takes the first tick of each of its periods. */
static bool is_taken(const struct ts_output_config *config, int64_t tick)
{
	int64_t fps = config->step.fps, of = config->tick_fps;
	return tick * fps / of != (tick - 1) * fps / of;
}

void ts_output_push(struct ts_output *o, AVFrame *canvas, int64_t tick, int64_t capture_ns)
{
	if (!is_taken(&o->config, tick)) {
		av_frame_free(&canvas);
		return;
	}
	struct ts_picture *picture = ts_picture_new(canvas);
	if (picture) {
		picture->tick = tick;
		picture->capture_ns = capture_ns;
	}
	if (!picture || ts_ring_push(&o->canvases, picture)) {
		ts_count(TS_C_ENCODE_SKIPPED);
		ts_picture_free(&picture);
		return;
	}
	ts_strand_post(o->strand, &o->task);
}

size_t ts_output_receivers(const struct ts_output *o)
{
	return atomic_load_explicit(&o->n_receivers, memory_order_relaxed);
}

void ts_output_request_keyframe(struct ts_output *o)
{
	atomic_store_explicit(&o->keyframe_requested, true, memory_order_relaxed);
}
