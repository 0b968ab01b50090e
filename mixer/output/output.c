#include "mixer/output/output.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/ref.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/video.h"
#include "layout/compositor.h"
#include "mixer/output/keybudget.h"
#include "mixer/output/rtp_sink.h"
#include "mixer/output/sinks.h"
#include "mixer/source/picture.h"
#include <stdlib.h>

enum { CANVASES = 2, SMOOTH = 16 };
#define RETRY_NS TS_NS_PER_S

struct ts_output {
	struct ts_ref refs;
	struct ts_output_config config;
	struct ts_strand *strand;
	struct ts_task task;

	struct ts_ring canvases;        /* from the view's strand */
	atomic_bool keyframe_requested; /* from anybody */
	atomic_size_t n_receivers;      /* in the list published last */
	atomic_uint bitrate_bps;        /* wanted */
	uint32_t id;
	atomic_int_fast64_t compose_ns, encode_ns; /* smoothed; 0: not yet */

	/* strand */
	struct ts_video_encoder *encoder;
	uint32_t encoder_bps; /* what it has */
	int64_t retry_ns;     /* the encoder is not opened before */
	AVFrame *scaled;
	AVPacket *packet;
	struct ts_keybudget budget;
	bool spares;          /* a keyframe is wanted soon, at a time of its own */
	struct ts_sink *sink; /* all of them (sinks.h) */
	struct ts_sink *rtp;  /* the first of those */
	size_t n_sinks;       /* control: the others, as published last */
};

static void close_encoder(struct ts_output *o)
{
	if (o->encoder) o->sink->ops->stop(o->sink);
	ts_video_encoder_close(&o->encoder);
	av_frame_free(&o->scaled);
	ts_keybudget_init(&o->budget);
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
		ts_draw_picture(
			o->scaled, &all, canvas, TS_FIT_FIT, 0, (struct ts_colour){16, 128, 128});
	} else {
		ts_draw_scaled(o->scaled, canvas);
	}
	return o->scaled;
}

static void deliver(struct ts_output *o, const struct ts_unit_time *time)
{
	const bool key = o->packet->flags & AV_PKT_FLAG_KEY;
	if (o->sink->ops->packet(o->sink, o->packet, time)) {
		ts_count(TS_C_ENCODE_SKIPPED);
		ts_keybudget_request(&o->budget); /* a hole in the references of everybody */
		return;
	}
	if (!key) return;
	ts_count(TS_C_KEYFRAMES_SENT);
	ts_keybudget_made(&o->budget, time->now_ns);
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
		.bitrate_bps = ts_output_bitrate(o),
		.packetization_mode = o->config.packetization_mode,
		.level_idc = o->config.step.level_idc,
		.fastest = o->config.fastest,
		.refresh = o->config.refresh,
		.slides = o->config.slides,
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
	const struct ts_stream_params params = {.codec = config.codec,
		.packetization_mode = config.packetization_mode,
		.width = config.width,
		.height = config.height,
		.fps = config.fps,
		.output = o->id};
	o->encoder_bps = config.bitrate_bps;
	o->sink->ops->start(o->sink, &params);
	ts_keybudget_request(&o->budget);
	return true;
}

/* Of one writer. */
static void smooth(atomic_int_fast64_t *of, int64_t ns)
{
	int64_t was_ns = atomic_load_explicit(of, memory_order_relaxed);
	int64_t now_ns = was_ns ? was_ns + (ns - was_ns) / SMOOTH : ns;
	atomic_store_explicit(of, now_ns, memory_order_relaxed);
}

/* A rate that the encoder refuses is not what is sent. */
static void follow_bitrate(struct ts_output *o)
{
	const uint32_t wanted_bps = ts_output_bitrate(o);
	if (!ts_video_encoder_set_bitrate(o->encoder, wanted_bps)) {
		o->encoder_bps = wanted_bps;
		return;
	}
	ts_count(TS_C_ENCODER_FAILED);
	atomic_store_explicit(&o->bitrate_bps, o->encoder_bps, memory_order_relaxed);
}

static void encode(struct ts_output *o, const struct ts_picture *canvas)
{
	int64_t now_ns = ts_now_ns();
	if (!open_encoder(o, now_ns)) return;
	const AVFrame *picture = to_step(o, canvas->frame);
	if (!picture) return;
	if (atomic_exchange_explicit(&o->keyframe_requested, false, memory_order_relaxed))
		ts_keybudget_request(&o->budget);
	bool key = !o->spares && ts_keybudget_due(&o->budget, now_ns);
	const struct ts_unit_time time = {
		.media_time = canvas->tick * TS_VIDEO_CLOCK_HZ / o->config.tick_fps,
		.capture_ns = canvas->capture_ns,
		.now_ns = now_ns};
	follow_bitrate(o);
	int err = ts_video_encode(o->encoder, picture, key, o->packet);
	if (!err)
		deliver(o, &time);
	else
		ts_count(TS_C_ENCODE_SKIPPED);
	/* the encoder goes on from a picture that nobody got */
	if (err && err != TS_EAGAIN) ts_keybudget_request(&o->budget);
	av_packet_unref(o->packet);
	int64_t took_ns = ts_now_ns() - now_ns;
	ts_observe(TS_STAGE_ENCODE, took_ns);
	smooth(&o->compose_ns, now_ns - canvas->capture_ns);
	smooth(&o->encode_ns, took_ns);
}

static bool run(struct ts_task *task)
{
	struct ts_output *o = ts_container_of(task, struct ts_output, task);
	const unsigned all = o->sink->ops->wants(o->sink, ts_now_ns());
	const enum ts_sink_wants wants = all & TS_SINK_WANTS_MASK;
	o->spares = all & TS_SINK_SPARES;
	if (wants == TS_SINK_NOTHING) close_encoder(o);
	if (wants == TS_SINK_KEYFRAME) ts_keybudget_request(&o->budget);
	struct ts_picture *canvas = ts_ring_pop(&o->canvases);
	if (canvas && wants != TS_SINK_NOTHING) encode(o, canvas);
	ts_picture_unref(&canvas);
	return ts_ring_count(&o->canvases) > 0;
}

/* Any number but 0, and not soon again. */
static uint32_t new_id(void)
{
	static atomic_uint last;
	uint32_t id;
	do id = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
	while (!id);
	return id;
}

int ts_output_create(
	struct ts_output **out, struct ts_pool *pool, const struct ts_output_config *config)
{
	struct ts_output *o = calloc(1, sizeof *o);
	if (!o) return TS_ENOMEM;
	ts_ref_init(&o->refs, 1);
	o->config = *config;
	o->id = new_id();
	atomic_init(&o->bitrate_bps, config->step.bitrate_bps);
	o->task.step = run;
	ts_keybudget_init(&o->budget);
	o->packet = av_packet_alloc();
	int err = o->packet ? 0 : TS_ENOMEM;
	if (!err) err = ts_rtp_sink_create(&o->rtp);
	if (!err) err = ts_sinks_create(&o->sink, o->rtp);
	if (!err) err = ts_ring_init(&o->canvases, CANVASES);
	if (!err) err = ts_strand_create(&o->strand, pool, TS_CLASS_ENCODE);
	if (err) {
		if (o->canvases.slots) ts_ring_fini(&o->canvases);
		ts_sink_unref(&o->sink);
		ts_sink_unref(&o->rtp);
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
	struct ts_picture *canvas;
	while ((canvas = ts_ring_pop(&o->canvases))) ts_picture_unref(&canvas);
	close_encoder(o);
	ts_sink_unref(&o->sink);
	ts_sink_unref(&o->rtp);
	av_packet_free(&o->packet);
	ts_ring_fini(&o->canvases);
	free(o);
}

struct ts_output *ts_output_ref(struct ts_output *o)
{
	ts_ref_get(&o->refs);
	return o;
}

void ts_output_unref(struct ts_output **output)
{
	struct ts_output *o = *output;
	*output = NULL;
	if (o && ts_ref_put(&o->refs)) ts_strand_close(o->strand, output_free, o);
}

const struct ts_output_config *ts_output_config(const struct ts_output *o)
{
	return &o->config;
}

uint32_t ts_output_id(const struct ts_output *o)
{
	return o->id;
}

int ts_output_publish(struct ts_output *o, const struct ts_receiving *list, size_t n)
{
	int err = ts_rtp_sink_publish(o->rtp, list, n);
	if (err) return err;
	atomic_store_explicit(&o->n_receivers, n, memory_order_relaxed);
	ts_strand_post(o->strand, &o->task);
	return 0;
}

int ts_output_publish_sinks(struct ts_output *o, struct ts_sink *const *list, size_t n)
{
	if (!n && !o->n_sinks) return 0; /* as nearly always */
	int err = ts_sinks_publish(o->sink, list, n);
	if (err) return err;
	o->n_sinks = n;
	ts_strand_post(o->strand, &o->task);
	return 0;
}

/* A step of fewer pictures a second takes the first that is drawn in each of its periods. */
static bool is_taken(const struct ts_output_config *config, const struct ts_output_time *time)
{
	int64_t n = time->tick / time->every;
	int64_t fps = (int64_t)config->step.fps * time->every, of = config->tick_fps;
	return fps >= of || n * fps / of != (n - 1) * fps / of;
}

void ts_output_push(struct ts_output *o, AVFrame *canvas, const struct ts_output_time *time)
{
	if (!is_taken(&o->config, time)) {
		av_frame_free(&canvas);
		return;
	}
	struct ts_picture *picture = ts_picture_new(canvas);
	if (picture) {
		picture->tick = time->tick;
		picture->capture_ns = time->capture_ns;
	}
	if (!picture || ts_ring_push(&o->canvases, picture)) {
		ts_count(TS_C_ENCODE_SKIPPED);
		ts_picture_unref(&picture);
		return;
	}
	ts_strand_post(o->strand, &o->task);
}

void ts_output_set_bitrate(struct ts_output *o, uint32_t bps)
{
	atomic_store_explicit(&o->bitrate_bps, bps, memory_order_relaxed);
}

uint32_t ts_output_bitrate(const struct ts_output *o)
{
	return atomic_load_explicit(&o->bitrate_bps, memory_order_relaxed);
}

size_t ts_output_receivers(const struct ts_output *o)
{
	return atomic_load_explicit(&o->n_receivers, memory_order_relaxed);
}

void ts_output_latency(const struct ts_output *o, int64_t *compose_ns, int64_t *encode_ns)
{
	*compose_ns = atomic_load_explicit(&o->compose_ns, memory_order_relaxed);
	*encode_ns = atomic_load_explicit(&o->encode_ns, memory_order_relaxed);
}

void ts_output_request_keyframe(struct ts_output *o)
{
	atomic_store_explicit(&o->keyframe_requested, true, memory_order_relaxed);
}
