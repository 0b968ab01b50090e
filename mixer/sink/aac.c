#include "mixer/sink/aac.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/aac.h"
#include "container/muxer.h"
#include <stdlib.h>
#include <string.h>

enum { WAITING = 64 }; /* frames of 20 ms */

struct frame {
	int64_t time_ns;
	int16_t pcm[]; /* of TS_AUDIO_FRAME, in all channels */
};

struct list {
	size_t n;
	struct ts_sink *sink[TS_AAC_SINKS];
};

struct aac {
	struct ts_sink sink;
	struct ts_strand *strand;
	struct ts_task task;
	struct ts_ring frames; /* from the audio strand */
	_Atomic(struct list *) pending;

	/* strand */
	struct list *list;
	struct ts_aac_encoder *encoder;
	AVPacket *packet;
	int64_t base_ns, at; /* the time of sample 0, and the number of pcm[0] */
	int channels;
	int n; /* samples in pcm, of each */
	int16_t pcm[2 * TS_AAC_FRAME];
};

static struct aac *of(struct ts_sink *sink)
{
	return ts_container_of(sink, struct aac, sink);
}

static void list_free(struct list *list)
{
	for (size_t i = 0; list && i < list->n; i++) ts_sink_unref(&list->sink[i]);
	free(list);
}

static int64_t time_of(const struct aac *a, int64_t sample)
{
	return a->base_ns + sample * TS_NS_PER_S / TS_AUDIO_RATE_HZ;
}

static void encode(struct aac *a)
{
	const int64_t at = a->at;
	a->at += TS_AAC_FRAME;
	a->n = 0;
	if (!a->encoder && ts_aac_encoder_open(&a->encoder, a->channels == 2)) {
		ts_count(TS_C_SINK_DROPPED);
		ts_log_limited(TS_LOG_ERROR, "encoder failed", "codec=%s", "aac");
		return;
	}
	if (ts_aac_encode(a->encoder, a->pcm, at, a->packet)) return;
	const struct ts_unit_time time = {.media_time = a->packet->pts,
		.capture_ns = time_of(a, a->packet->pts),
		.now_ns = time_of(a, at),
		.duration_ns = TS_AAC_FRAME * TS_NS_PER_S / TS_AUDIO_RATE_HZ};
	for (size_t i = 0; a->list && i < a->list->n; i++)
		a->list->sink[i]->ops->packet(a->list->sink[i], a->packet, &time);
	av_packet_unref(a->packet);
}

/* Ticks that were skipped, or frames that were dropped here, are a gap: counted anew behind it. */
static void follow_time(struct aac *a, int64_t time_ns)
{
	const int64_t off_ns = time_ns - time_of(a, a->at + a->n);
	if (a->base_ns && off_ns > -TS_NS_PER_MS && off_ns < TS_NS_PER_MS) return;
	ts_aac_encoder_close(&a->encoder);
	a->base_ns = time_ns;
	a->at = a->n = 0;
}

static void take(struct aac *a, const struct frame *frame)
{
	follow_time(a, frame->time_ns);
	for (int done = 0; done < TS_AUDIO_FRAME;) {
		const int left = TS_AUDIO_FRAME - done, room = TS_AAC_FRAME - a->n;
		const int some = left < room ? left : room;
		memcpy(a->pcm + a->n * a->channels, frame->pcm + done * a->channels,
			(size_t)(some * a->channels) * sizeof a->pcm[0]);
		a->n += some;
		done += some;
		if (a->n == TS_AAC_FRAME) encode(a);
	}
}

static bool is_wanted(const struct aac *a)
{
	const int64_t now_ns = ts_now_ns();
	for (size_t i = 0; a->list && i < a->list->n; i++)
		if (a->list->sink[i]->ops->wants(a->list->sink[i], now_ns) != TS_SINK_NOTHING)
			return true;
	return false;
}

/* What comes after is a gap. */
static void rest(struct aac *a)
{
	ts_aac_encoder_close(&a->encoder);
	a->base_ns = 0;
}

static bool run(struct ts_task *task)
{
	struct aac *a = ts_container_of(task, struct aac, task);
	struct list *fresh = atomic_exchange_explicit(&a->pending, NULL, memory_order_acq_rel);
	if (fresh) {
		list_free(a->list);
		a->list = fresh;
	}
	struct frame *frame = ts_ring_pop(&a->frames);
	if (frame && is_wanted(a))
		take(a, frame);
	else if (frame)
		rest(a);
	free(frame);
	return ts_ring_count(&a->frames) > 0;
}

/* ---- the sink */

static enum ts_sink_wants aac_wants(struct ts_sink *sink, int64_t now_ns)
{
	(void)sink, (void)now_ns;
	return TS_SINK_PACKETS;
}

static void aac_start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	(void)sink, (void)params;
}

static int aac_packet(struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	struct aac *a = of(sink);
	const size_t bytes = (size_t)a->channels * TS_AUDIO_FRAME * sizeof a->pcm[0];
	struct frame *frame = malloc(sizeof *frame + bytes);
	if (frame) {
		frame->time_ns = time->capture_ns;
		memcpy(frame->pcm, packet->data, bytes);
	}
	if (!frame || ts_ring_push(&a->frames, frame)) {
		ts_count(TS_C_SINK_DROPPED);
		free(frame);
		return 0;
	}
	ts_strand_post(a->strand, &a->task);
	return 0;
}

static void aac_stop(struct ts_sink *sink)
{
	(void)sink;
}

static void closed(void *arg)
{
	struct aac *a = arg;
	struct frame *frame;
	while ((frame = ts_ring_pop(&a->frames))) free(frame);
	ts_ring_fini(&a->frames);
	list_free(atomic_exchange(&a->pending, NULL));
	list_free(a->list);
	ts_aac_encoder_close(&a->encoder);
	av_packet_free(&a->packet);
	free(a);
}

static void aac_free(struct ts_sink *sink)
{
	struct aac *a = of(sink);
	ts_strand_close(a->strand, closed, a);
}

int ts_aac_create(struct ts_sink **out, struct ts_pool *pool, bool stereo)
{
	static const struct ts_sink_ops ops = {.wants = aac_wants,
		.start = aac_start,
		.packet = aac_packet,
		.stop = aac_stop,
		.free = aac_free};
	struct aac *a = calloc(1, sizeof *a);
	if (!a) return TS_ENOMEM;
	ts_sink_init(&a->sink, &ops);
	a->task.step = run;
	a->channels = stereo ? 2 : 1;
	a->packet = av_packet_alloc();
	int err = a->packet ? ts_ring_init(&a->frames, WAITING) : TS_ENOMEM;
	if (!err) err = ts_strand_create(&a->strand, pool, TS_CLASS_ENCODE);
	if (err) {
		if (a->frames.slots) ts_ring_fini(&a->frames);
		av_packet_free(&a->packet);
		free(a);
		return err;
	}
	*out = &a->sink;
	return 0;
}

int ts_aac_publish(struct ts_sink *sink, struct ts_sink *const *sinks, size_t n)
{
	struct aac *a = of(sink);
	struct list *fresh = calloc(1, sizeof *fresh);
	if (!fresh) return TS_ENOMEM;
	for (; fresh->n < n && fresh->n < TS_AAC_SINKS; fresh->n++)
		fresh->sink[fresh->n] = ts_sink_ref(sinks[fresh->n]);
	list_free(atomic_exchange_explicit(&a->pending, fresh, memory_order_acq_rel));
	ts_strand_post(a->strand, &a->task);
	return 0;
}

void ts_aac_track(struct ts_track *out, bool stereo)
{
	/* AAC-LC, 48 kHz, channels (ISO/IEC 14496-3 1.6.2.1) */
	const uint8_t lc_48k[] = {0x11, stereo ? 0x90 : 0x88};
	*out = (struct ts_track){
		.codec = TS_CODEC_AAC, .stereo = stereo, .extradata_len = sizeof lc_48k};
	memcpy(out->extradata, lc_48k, sizeof lc_48k);
}
