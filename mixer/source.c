#include "mixer/source.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/depay.h"
#include "codec/video.h"
#include <stdlib.h>

/* PICTURES: of those that came since the last tick only the newest is drawn; each costs memory that its decoder keeps for good. */
enum { PACKETS = 1024, PICTURES = 4 };

#define KEY_REPEAT_NS (400 * TS_NS_PER_MS)

struct ts_source {
	atomic_int refs;
	struct ts_strand *strand;

	/* net thread */
	struct ts_ring packets;
	uint32_t last_timestamp_rtp;
	bool unit_ended;
	bool overflowed; /* the next packet pushed stands behind a hole */
	int64_t key_asked_ns;

	/* strand */
	struct ts_task decode_task;
	enum ts_codec codec;
	struct ts_depay *depay;
	struct ts_video_decoder *decoder;
	AVPacket *unit;
	bool waits_for_key;
	struct ts_parameter_sets *sets; /* NULL: none were told */

	_Atomic(struct ts_parameter_sets *) new_sets; /* from control */

	/* view strand */
	struct ts_ring pictures;
	AVFrame *next; /* popped, not yet due */

	atomic_bool shown;
	atomic_bool want_key; /* strand to net thread */
	atomic_int stat_codec, stat_width, stat_height;
	atomic_int_fast64_t stat_last_packet_ns;
	atomic_uint_fast64_t stat_pictures;
};

static void drop_decoder(struct ts_source *s)
{
	ts_video_decoder_close(&s->decoder);
	ts_depay_destroy(&s->depay);
	s->codec = TS_CODEC_NONE;
	s->waits_for_key = true;
}

static void want_key(struct ts_source *s)
{
	s->waits_for_key = true;
	atomic_store_explicit(&s->want_key, true, memory_order_relaxed);
}

/* The peer may change codec in mid-stream: the payload type says so. */
static int follow_codec(struct ts_source *s, enum ts_codec codec)
{
	if (codec == s->codec) return 0;
	drop_decoder(s);
	int err = ts_depay_create(&s->depay, codec);
	if (!err) err = ts_video_decoder_open(&s->decoder, codec);
	if (err) {
		drop_decoder(s);
		return err;
	}
	s->codec = codec;
	if (s->sets) ts_depay_parameter_sets(s->depay, s->sets);
	return 0;
}

static void show(struct ts_source *s, AVFrame *picture, const struct ts_unit_info *info)
{
	picture->pts = info->arrival_ns;
	picture->opaque = (void *)(intptr_t)info->rotation;
	atomic_store_explicit(&s->stat_width, picture->width, memory_order_relaxed);
	atomic_store_explicit(&s->stat_height, picture->height, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->stat_pictures, 1, memory_order_relaxed);
	if (ts_ring_push(&s->pictures, picture)) {
		ts_count(TS_C_DROP_PICTURE);
		av_frame_free(&picture);
	}
}

static void decode_unit(struct ts_source *s, const struct ts_unit_info *info)
{
	bool key = s->unit->flags & AV_PKT_FLAG_KEY;
	if (key) {
		s->waits_for_key = false;
		atomic_store_explicit(&s->want_key, false, memory_order_relaxed);
	} else if (info->broken || s->waits_for_key) {
		want_key(s);
		return;
	}
	AVFrame *picture = NULL;
	int64_t began_ns = ts_now_ns();
	int err = ts_video_decode(s->decoder, s->unit, &picture);
	ts_observe(TS_STAGE_DECODE, ts_now_ns() - began_ns);
	if (!err) {
		show(s, picture, info);
	} else if (err != TS_EAGAIN) {
		want_key(s);
	}
}

static void take_sets(struct ts_source *s)
{
	struct ts_parameter_sets *fresh = atomic_exchange_explicit(&s->new_sets, NULL, memory_order_acq_rel);
	if (!fresh) return;
	free(s->sets);
	s->sets = fresh;
	if (s->depay) ts_depay_parameter_sets(s->depay, fresh);
}

static void feed(struct ts_source *s, const struct ts_packet *packet)
{
	if (follow_codec(s, packet->codec)) return;
	ts_depay_push(s->depay, packet); /* what is malformed is dropped and counted there */
	struct ts_unit_info info;
	while (ts_depay_pull(s->depay, s->unit, &info) == 0) {
		decode_unit(s, &info);
		av_packet_unref(s->unit);
	}
}

static void decode(struct ts_task *task)
{
	struct ts_source *s = ts_container_of(task, struct ts_source, decode_task);
	struct ts_packet *packet;
	bool shown = atomic_load_explicit(&s->shown, memory_order_relaxed);
	if (!shown && s->codec) drop_decoder(s);
	take_sets(s);
	while ((packet = ts_ring_pop(&s->packets))) {
		if (shown) feed(s, packet);
		ts_packet_unref(&packet);
	}
}

int ts_source_create(struct ts_source **out, struct ts_pool *pool)
{
	struct ts_source *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	atomic_init(&s->refs, 1);
	/* Shown until somebody says otherwise: the key picture that opens the stream must not be missed while the plan is made. */
	atomic_init(&s->shown, true);
	s->decode_task.fn = decode;
	s->waits_for_key = true;
	s->unit = av_packet_alloc();
	int err = s->unit ? 0 : TS_ENOMEM;
	if (!err) err = ts_ring_init(&s->packets, PACKETS);
	if (!err) err = ts_ring_init(&s->pictures, PICTURES);
	if (!err) err = ts_strand_create(&s->strand, pool, TS_CLASS_DECODE);
	if (err) {
		if (s->packets.slots) ts_ring_fini(&s->packets);
		if (s->pictures.slots) ts_ring_fini(&s->pictures);
		av_packet_free(&s->unit);
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

static void source_free(void *arg)
{
	struct ts_source *s = arg;
	struct ts_packet *packet;
	while ((packet = ts_ring_pop(&s->packets))) ts_packet_unref(&packet);
	AVFrame *picture;
	while ((picture = ts_ring_pop(&s->pictures))) av_frame_free(&picture);
	av_frame_free(&s->next);
	drop_decoder(s);
	av_packet_free(&s->unit);
	ts_ring_fini(&s->packets);
	ts_ring_fini(&s->pictures);
	free(atomic_load_explicit(&s->new_sets, memory_order_relaxed));
	free(s->sets);
	free(s);
}

struct ts_source *ts_source_ref(struct ts_source *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void ts_source_unref(struct ts_source **source)
{
	struct ts_source *s = *source;
	*source = NULL;
	if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
		ts_strand_close(s->strand, source_free, s);
}

void ts_source_push(struct ts_source *s, struct ts_packet *packet)
{
	atomic_store_explicit(&s->stat_codec, packet->codec, memory_order_relaxed);
	atomic_store_explicit(&s->stat_last_packet_ns, packet->arrival_ns, memory_order_relaxed);
	if (packet->marker || packet->timestamp_rtp != s->last_timestamp_rtp) s->unit_ended = true;
	s->last_timestamp_rtp = packet->timestamp_rtp;
	if (s->overflowed) packet->gap = 1;
	s->overflowed = ts_ring_push(&s->packets, packet) != 0;
	if (s->overflowed) {
		ts_count(TS_C_DROP_QUEUE_FULL);
		ts_packet_unref(&packet);
	}
}

void ts_source_flush(struct ts_source *s)
{
	if (!s->unit_ended && ts_ring_count(&s->packets) < PACKETS / 2) return;
	s->unit_ended = false;
	ts_strand_post(s->strand, &s->decode_task);
}

bool ts_source_wants_key(struct ts_source *s, int64_t now_ns)
{
	if (!atomic_load_explicit(&s->want_key, memory_order_relaxed)) return false;
	if (now_ns - s->key_asked_ns < KEY_REPEAT_NS) return false;
	s->key_asked_ns = now_ns;
	return true;
}

void ts_source_set_shown(struct ts_source *s, bool shown)
{
	bool was = atomic_exchange_explicit(&s->shown, shown, memory_order_relaxed);
	if (was == shown) return;
	/* Nothing was received yet: the stream will start with a key picture by itself. */
	bool receiving = atomic_load_explicit(&s->stat_last_packet_ns, memory_order_relaxed) != 0;
	if (shown && receiving) atomic_store_explicit(&s->want_key, true, memory_order_relaxed);
	ts_strand_post(s->strand, &s->decode_task); /* hidden: lets go of the decoder */
}

void ts_source_set_parameter_sets(struct ts_source *s, const struct ts_parameter_sets *sets)
{
	if (!sets->len) return;
	struct ts_parameter_sets *fresh = malloc(sizeof *fresh);
	if (!fresh) return;
	*fresh = *sets;
	free(atomic_exchange_explicit(&s->new_sets, fresh, memory_order_acq_rel));
	ts_strand_post(s->strand, &s->decode_task);
}

AVFrame *ts_source_take(struct ts_source *s, int64_t now_ns)
{
	AVFrame *newest = NULL;
	for (;;) {
		if (!s->next) s->next = ts_ring_pop(&s->pictures);
		if (!s->next || s->next->pts > now_ns) return newest;
		if (newest) ts_count(TS_C_DROP_PICTURE);
		av_frame_free(&newest);
		newest = s->next;
		s->next = NULL;
	}
}

void ts_source_stats(const struct ts_source *s, struct ts_source_stats *out)
{
	out->codec = (enum ts_codec)atomic_load_explicit(&s->stat_codec, memory_order_relaxed);
	out->width = atomic_load_explicit(&s->stat_width, memory_order_relaxed);
	out->height = atomic_load_explicit(&s->stat_height, memory_order_relaxed);
	out->last_packet_ns = atomic_load_explicit(&s->stat_last_packet_ns, memory_order_relaxed);
	out->pictures = atomic_load_explicit(&s->stat_pictures, memory_order_relaxed);
}
