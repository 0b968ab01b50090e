#include "mixer/source/source.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/hold.h"
#include "base/log.h"
#include "base/ref.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/depacketize.h"
#include "codec/video.h"
#include "mixer/source/asking.h"
#include "mixer/source/decode_budget.h"
#include "mixer/source/next_layer.h"
#include "mixer/source/playout.h"
#include "mixer/sync/lipsync.h"
#include "transport/rtp/keystart.h"
#include <stdlib.h>
#include <string.h>

enum { PACKETS = 1024 };
/* PACKETS_A_TURN: that belong to no unit which is decoded; what goes beyond waits for the next turn
 * of the strand. */
enum { PACKETS_A_TURN = 256, SMOOTH = 16 };

#define FAIR_PERCENT 75 /* of the workers' time is shared out among decoders: encoders want some */
#define TOLD_NS (5 * TS_NS_PER_S)      /* "too demanding" is told for so long after the pause */
#define NO_MEMORY_NS (5 * TS_NS_PER_S) /* until it is tried again */

struct ts_source {
	struct ts_ref refs;
	struct ts_hold hold[TS_VIEWS_MAX]; /* of the strands that take */
	struct ts_hold lead;               /* of the view that tells how long pictures wait */
	struct ts_strand *strand;

	/* net thread */
	struct ts_ring packets;
	uint32_t last_timestamp_rtp;
	bool unit_ended;
	unsigned overflowed; /* set of layers: the next packet pushed stands behind a hole */
	struct ts_asking asking;

	/* strand */
	struct ts_pool *pool;
	struct ts_decode_budget budget;
	bool refused;     /* as it is now: no use in requesting keyframes */
	int64_t retry_ns; /* refused for want of memory: until then */
	bool told;        /* an error is, until something is decoded after told_ns */
	int64_t told_ns;
	struct ts_task decode_task;
	enum ts_codec codec;
	struct ts_depacketizer *depacketizer;
	struct ts_video_decoder *decoder;
	struct ts_next_layer next;
	AVPacket *unit;
	bool waits_for_keyframe;
	struct ts_parameter_sets *sets; /* NULL: none were told */

	_Atomic(struct ts_parameter_sets *) new_sets; /* from control */

	struct ts_playout playout;

	struct ts_pictures pictures;
	struct ts_lipsync *lipsync; /* NULL: no sound goes with it */
	struct ts_simulcast simulcast;

	atomic_uint shown;            /* set of views */
	atomic_bool request_keyframe; /* strand to net thread */
	atomic_int stat_codec, stat_width, stat_height;
	atomic_int_fast64_t stat_last_packet_ns;
	atomic_uint_fast64_t stat_pictures, stat_keyframes;
	atomic_int_fast64_t stat_decode_ns, stat_tick_ns; /* smoothed; 0: not yet */
	atomic_uint_fast64_t stat_error; /* struct ts_refusal as it lies in memory */
};

static void notify_error(struct ts_source *s, const struct ts_refusal *error)
{
	uint64_t bytes = 0;
	memcpy(&bytes, error, sizeof *error);
	s->told = error->kind != TS_REFUSED_NOT;
	if (atomic_exchange_explicit(&s->stat_error, bytes, memory_order_relaxed) != bytes && bytes)
		ts_count(TS_C_DECODE_REFUSED);
}

static void forget_error(struct ts_source *s)
{
	s->refused = false;
	notify_error(s, &(struct ts_refusal){0});
}

static void drop_decoder(struct ts_source *s)
{
	ts_video_decoder_close(&s->decoder);
	ts_depacketizer_destroy(&s->depacketizer);
	s->codec = TS_CODEC_NONE;
	s->waits_for_keyframe = true;
}

static void request_keyframe(struct ts_source *s)
{
	if (!s->waits_for_keyframe && s->depacketizer)
		ts_depacketizer_lose_references(s->depacketizer);
	s->waits_for_keyframe = true;
	atomic_store_explicit(&s->request_keyframe, !s->refused, memory_order_relaxed);
}

/* The peer may change codec in mid-stream: the payload type says so. */
static int follow_codec(struct ts_source *s, enum ts_codec codec)
{
	if (codec == s->codec) return 0;
	drop_decoder(s);
	int err = ts_depacketizer_create(&s->depacketizer, codec);
	if (!err) err = ts_video_decoder_open(&s->decoder, codec);
	if (err) {
		drop_decoder(s);
		return err;
	}
	s->codec = codec;
	if (s->sets) ts_depacketizer_parameter_sets(s->depacketizer, s->sets);
	return 0;
}

/* Of one writer. */
static void smooth(atomic_int_fast64_t *of, int64_t ns)
{
	int64_t was_ns = atomic_load_explicit(of, memory_order_relaxed);
	int64_t now_ns = was_ns ? was_ns + (ns - was_ns) / SMOOTH : ns;
	atomic_store_explicit(of, now_ns, memory_order_relaxed);
}

static void show(struct ts_source *s, AVFrame *frame, const struct ts_unit_info *info)
{
	atomic_store_explicit(&s->stat_width, frame->width, memory_order_relaxed);
	atomic_store_explicit(&s->stat_height, frame->height, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->stat_pictures, 1, memory_order_relaxed);
	struct ts_picture *picture = ts_picture_new(frame);
	if (!picture) return;
	picture->ready_ns = picture->due_ns = ts_now_ns();
	smooth(&s->stat_decode_ns, picture->ready_ns - info->arrival_ns);
	picture->capture_ns = info->capture_ns;
	picture->rotation = info->rotation;
	atomic_store_explicit(&s->simulcast.turned, info->rotation % 180, memory_order_relaxed);
	int64_t wait_max_ns = ts_playout_wait_max_ns(&s->playout, picture->ready_ns);
	if (s->lipsync)
		picture->due_ns = ts_lipsync_picture(
			s->lipsync, picture->capture_ns, picture->ready_ns, wait_max_ns);
	picture->slack_ns = ts_playout_slack_ns(&s->playout, info->timestamp_rtp, picture->due_ns);
	ts_pictures_push(
		&s->pictures, picture, atomic_load_explicit(&s->shown, memory_order_relaxed));
}

/* ---- what is too much */

static int64_t fair_share_ns(const struct ts_source *s)
{
	int64_t decoders = ts_count_get(TS_C_DEC_VIDEO_H264) + ts_count_get(TS_C_DEC_VIDEO_VP8) +
		ts_count_get(TS_C_DEC_VIDEO_H263) + ts_count_get(TS_C_DEC_VIDEO_H263_1998) +
		ts_count_get(TS_C_DEC_VIDEO_H261);
	return ts_pool_threads(s->pool) * (TS_NS_PER_S / 100 * FAIR_PERCENT) /
		(decoders > 0 ? decoders : 1);
}

/* Of the layer that is taken nothing is decoded during the pause; behind it a keyframe is
 * requested. A smaller one may take its place at once. */
static void begin_pause(struct ts_source *s)
{
	struct ts_refusal error = {.kind = TS_REFUSED_DEMANDING,
		.width = (uint16_t)atomic_load_explicit(&s->stat_width, memory_order_relaxed),
		.height = (uint16_t)atomic_load_explicit(&s->stat_height, memory_order_relaxed),
		.detail = (uint16_t)(s->budget.rate < UINT16_MAX ? s->budget.rate : UINT16_MAX)};
	ts_count(TS_C_DECODE_BUDGET);
	s->told_ns = s->budget.until_ns + TOLD_NS;
	s->waits_for_keyframe = true;
	atomic_store_explicit(&s->request_keyframe, false, memory_order_relaxed);
	if (s->depacketizer) ts_depacketizer_lose_references(s->depacketizer);
	ts_simulcast_refuse_from(&s->simulcast, ts_simulcast_taken(&s->simulcast));
	notify_error(s, &error);
}

/* whole_ns: when the unit could be decoded, which without a marker is with the first packet of the
 * next. */
static void spend(struct ts_source *s, int64_t cpu_ns, int64_t whole_ns)
{
	int64_t now_ns = ts_now_ns();
	switch (ts_decode_budget_spend(
		&s->budget, now_ns, cpu_ns, now_ns - whole_ns, fair_share_ns(s))) {
	case TS_BUDGET_GO_ON: break;
	case TS_BUDGET_BEHIND:
		ts_count(TS_C_DECODE_BUDGET);
		request_keyframe(s);
		break;
	case TS_BUDGET_EXCEEDED: begin_pause(s); break;
	}
}

/* The decoder will not have it. Requesting keyframes of the same kind is of no use: it is tried
 * again when one comes. */
static void be_refused(struct ts_source *s, const struct ts_refusal *why)
{
	s->refused = true;
	s->retry_ns = why->kind == TS_REFUSED_MEMORY ? ts_now_ns() + NO_MEMORY_NS : INT64_MAX;
	s->told_ns = 0;
	notify_error(s, why);
	if (why->kind != TS_REFUSED_MEMORY)
		ts_simulcast_refuse(&s->simulcast, ts_simulcast_taken(&s->simulcast));
	request_keyframe(s);
}

/* While refused: a unit that is no keyframe may bring what changes that. */
static bool has_changed(struct ts_source *s, int64_t now_ns)
{
	return now_ns >= s->retry_ns || ts_video_decoder_would_take(s->decoder, s->unit);
}

/* ---- units */

static void note_keyframe(struct ts_source *s)
{
	s->waits_for_keyframe = false;
	atomic_store_explicit(&s->request_keyframe, false, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->stat_keyframes, 1, memory_order_relaxed);
}

static bool is_decoded(struct ts_source *s, const struct ts_unit_info *info, int64_t now_ns)
{
	if (!ts_decode_budget_allows(&s->budget, now_ns)) {
		s->waits_for_keyframe = true;
		/* whatever this unit was, it is not decoded */
		ts_depacketizer_lose_references(s->depacketizer);
		return false;
	}
	if (s->unit->flags & AV_PKT_FLAG_KEY) {
		note_keyframe(s);
		return true;
	}
	if (!info->broken && !s->waits_for_keyframe) return true;
	if (s->refused && has_changed(s, now_ns)) s->refused = false;
	request_keyframe(s);
	return false;
}

static void finish(struct ts_source *s, const struct ts_decoded *o, const struct ts_unit_info *info,
	int64_t whole_ns)
{
	const struct ts_refusal *why = ts_video_decoder_refusal(s->decoder);
	if (!o->err) {
		s->refused = false;
		if (s->told && o->began_ns > s->told_ns) forget_error(s);
		show(s, o->picture, info);
	} else if (o->err != TS_EAGAIN && why->kind) {
		be_refused(s, why);
	} else if (o->err != TS_EAGAIN) {
		request_keyframe(s);
	}
	spend(s, o->cpu_ns, whole_ns);
}

static void decode_unit(struct ts_source *s, const struct ts_unit_info *info, int64_t whole_ns)
{
	if (!is_decoded(s, info, ts_now_ns())) return;
	const struct ts_decoded o = ts_decoded_of(s->decoder, s->unit);
	finish(s, &o, info, whole_ns);
}

/* ---- layers */

/* During a pause only to a layer that costs less: the pause is over with that. */
static bool may_change(struct ts_source *s, int64_t now_ns)
{
	if (ts_decode_budget_allows(&s->budget, now_ns)) return true;
	if (s->next.layer > ts_simulcast_taken(&s->simulcast)) return false;
	ts_decode_budget_resume(&s->budget, now_ns);
	return true;
}

/* The next layer is the one that is decoded, from this keyframe on. False: out of memory, during a
 * pause, or that layer is refused while this one is not, and all goes on as before. */
static bool take_next(struct ts_source *s, const struct ts_unit_info *info, int64_t whole_ns)
{
	struct ts_video_decoder *fresh = NULL;
	struct ts_decoded o;
	if (!may_change(s, ts_now_ns())) return false;
	if (ts_next_layer_try(&s->next, s->unit, &fresh, &o)) return false;
	if (o.err && o.err != TS_EAGAIN && !s->refused) {
		if (ts_video_decoder_refusal(fresh)->kind) {
			ts_count(TS_C_DECODE_REFUSED);
			ts_simulcast_refuse(&s->simulcast, s->next.layer);
		}
		ts_video_decoder_close(&fresh);
		spend(s, o.cpu_ns, whole_ns);
		return false;
	}
	ts_video_decoder_close(&s->decoder);
	s->decoder = fresh;
	ts_next_layer_move(&s->next, &s->depacketizer);
	s->codec = s->next.codec;
	s->refused = false;
	ts_playout_init(&s->playout); /* its timestamps are others */
	ts_simulcast_take(&s->simulcast, s->next.layer);
	ts_count(TS_C_LAYER_SWITCHED);
	note_keyframe(s);
	finish(s, &o, info, whole_ns);
	return true;
}

/* True: the keyframe came that was waited for, and what is taken goes on in s->depacketizer. */
static bool await_next(struct ts_source *s, const struct ts_packet *packet)
{
	struct ts_unit_info info;
	if (ts_next_layer_push(&s->next, packet, s->sets)) return false;
	while (ts_next_layer_pull(&s->next, s->unit, &info) == 0) {
		const bool taken = take_next(s, &info, packet->arrival_ns);
		av_packet_unref(s->unit);
		if (taken) return true;
	}
	return false;
}

/* False: of another layer than the one that is decoded; *complete: a unit of it was. */
static bool is_of_layer(struct ts_source *s, const struct ts_packet *packet, bool *complete)
{
	struct ts_simulcast *layers = &s->simulcast;
	const int taken = ts_simulcast_taken(layers), target = ts_simulcast_target(layers);
	if (layers->n <= 1 || packet->layer == taken) {
		if (taken == target) ts_next_layer_drop(&s->next);
		return true;
	}
	if (packet->layer != target) return false;
	if (taken >= 0) {
		*complete = await_next(s, packet);
		return false;
	}
	ts_simulcast_take(layers, packet->layer);
	return true;
}

/* True: a unit was complete. */
static bool feed(struct ts_source *s, const struct ts_packet *packet)
{
	bool complete = false;
	if (!is_of_layer(s, packet, &complete)) return complete;
	if (follow_codec(s, packet->codec)) return false;
	/* what is malformed is dropped and counted there */
	ts_depacketizer_push(s->depacketizer, packet);
	/* Not only when a whole unit has come that cannot be shown: on a way that loses so much
	 * that may be seconds later. */
	if (packet->gap && !ts_begins_keyframe(packet->codec, packet->payload, packet->payload_len))
		request_keyframe(s);
	struct ts_unit_info info;
	while (ts_depacketizer_pull(s->depacketizer, s->unit, &info) == 0) {
		decode_unit(s, &info, packet->arrival_ns);
		av_packet_unref(s->unit);
		complete = true;
	}
	return complete;
}

static void take_sets(struct ts_source *s)
{
	struct ts_parameter_sets *fresh = atomic_exchange_explicit(
		&s->new_sets, NULL, memory_order_acq_rel);
	if (!fresh) return;
	free(s->sets);
	s->sets = fresh;
	if (s->depacketizer) ts_depacketizer_parameter_sets(s->depacketizer, fresh);
	ts_next_layer_parameter_sets(&s->next, fresh);
}

static bool decode(struct ts_task *task)
{
	struct ts_source *s = ts_container_of(task, struct ts_source, decode_task);
	struct ts_packet *packet;
	bool shown = atomic_load_explicit(&s->shown, memory_order_relaxed) != 0, complete = false;
	if (!shown && s->codec) {
		drop_decoder(s);
		ts_next_layer_drop(&s->next);
		ts_simulcast_take(&s->simulcast, -1);
		ts_pictures_forget(&s->pictures);
		forget_error(s);
		/* what nobody sees needs none; a unit that is shown later asks for it again */
		atomic_store_explicit(&s->request_keyframe, false, memory_order_relaxed);
	}
	take_sets(s);
	for (int i = 0; i < PACKETS_A_TURN && !complete && (packet = ts_ring_pop(&s->packets));
		i++) {
		if (shown) complete = feed(s, packet);
		ts_packet_unref(&packet);
	}
	return ts_ring_count(&s->packets) > 0;
}

int ts_source_create(struct ts_source **out, struct ts_pool *pool)
{
	struct ts_source *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	ts_ref_init(&s->refs, 1);
	/* Shown until somebody says otherwise: the keyframe that opens the stream must not be
	 * missed while the plan is made. */
	atomic_init(&s->shown, 1u << TS_VIEW_MAIN);
	s->decode_task.step = decode;
	s->pool = pool;
	ts_decode_budget_init(&s->budget, ts_now_ns());
	ts_playout_init(&s->playout);
	ts_simulcast_init(&s->simulcast);
	s->asking.target = -1;
	s->waits_for_keyframe = true;
	s->unit = av_packet_alloc();
	int err = s->unit ? 0 : TS_ENOMEM;
	if (!err) err = ts_ring_init(&s->packets, PACKETS);
	if (!err) err = ts_pictures_init(&s->pictures);
	if (!err) err = ts_strand_create(&s->strand, pool, TS_CLASS_DECODE);
	if (err) {
		if (s->packets.slots) ts_ring_fini(&s->packets);
		ts_pictures_fini(&s->pictures);
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
	drop_decoder(s);
	ts_next_layer_drop(&s->next);
	av_packet_free(&s->unit);
	ts_ring_fini(&s->packets);
	ts_pictures_fini(&s->pictures);
	free(atomic_load_explicit(&s->new_sets, memory_order_relaxed));
	free(s->sets);
	ts_lipsync_unref(&s->lipsync);
	free(s);
}

void ts_source_set_lipsync(struct ts_source *s, struct ts_lipsync *lipsync)
{
	s->lipsync = ts_lipsync_ref(lipsync);
}

struct ts_source *ts_source_ref(struct ts_source *s)
{
	ts_ref_get(&s->refs);
	return s;
}

void ts_source_unref(struct ts_source **source)
{
	struct ts_source *s = *source;
	*source = NULL;
	if (s && ts_ref_put(&s->refs)) ts_strand_close(s->strand, source_free, s);
}

void ts_source_push(struct ts_source *s, struct ts_packet *packet)
{
	atomic_store_explicit(&s->stat_codec, packet->codec, memory_order_relaxed);
	atomic_store_explicit(&s->stat_last_packet_ns, packet->arrival_ns, memory_order_relaxed);
	if (s->simulcast.n > 1 && !ts_simulcast_packet(&s->simulcast, packet)) {
		ts_packet_unref(&packet);
		return;
	}
	if (packet->marker || packet->timestamp_rtp != s->last_timestamp_rtp) s->unit_ended = true;
	s->last_timestamp_rtp = packet->timestamp_rtp;
	if (s->overflowed >> packet->layer & 1) packet->gap = 1;
	s->overflowed &= ~(1u << packet->layer);
	if (ts_ring_push(&s->packets, packet)) {
		s->overflowed |= 1u << packet->layer;
		ts_count(TS_C_DROP_QUEUE_FULL);
		ts_packet_unref(&packet);
	}
}

/* The strand has nothing to decode, so what is its own is the caller's. */
void ts_source_put(struct ts_source *s, AVFrame *frame, int rotation, int64_t capture_ns)
{
	const int64_t now_ns = ts_now_ns();
	const struct ts_unit_info info = {.arrival_ns = now_ns,
		.capture_ns = capture_ns,
		.rotation = rotation,
		.timestamp_rtp = (uint32_t)(capture_ns / 1000 * 9 / 100)};
	atomic_store_explicit(&s->stat_last_packet_ns, now_ns, memory_order_relaxed);
	show(s, frame, &info);
}

void ts_source_keep(struct ts_source *s, int64_t now_ns)
{
	atomic_store_explicit(&s->stat_last_packet_ns, now_ns, memory_order_relaxed);
}

bool ts_source_is_shown(const struct ts_source *s)
{
	return atomic_load_explicit(&s->shown, memory_order_relaxed) != 0;
}

void ts_source_flush(struct ts_source *s)
{
	if (!s->unit_ended && ts_ring_count(&s->packets) < PACKETS / 2) return;
	s->unit_ended = false;
	ts_strand_post(s->strand, &s->decode_task);
}

unsigned ts_source_wants_keyframe(struct ts_source *s, int64_t now_ns)
{
	const bool layers = s->simulcast.n > 1;
	return ts_asking_layers(&s->asking,
		&(struct ts_asking_need){.taken = layers ? ts_simulcast_taken(&s->simulcast) : 0,
			.target = layers ? ts_simulcast_target(&s->simulcast) : 0,
			.waits = atomic_load_explicit(&s->request_keyframe, memory_order_relaxed),
			.shown = atomic_load_explicit(&s->shown, memory_order_relaxed) != 0,
			.keyframes = atomic_load_explicit(
				&s->stat_keyframes, memory_order_relaxed)},
		now_ns);
}

unsigned ts_source_wanted_layers(const struct ts_source *s)
{
	if (s->simulcast.n <= 1) return ~0u;
	return atomic_load_explicit(&s->shown, memory_order_relaxed)
		? ts_simulcast_wanted(&s->simulcast)
		: 0;
}

void ts_source_set_layers(struct ts_source *s, size_t n)
{
	if (n > 1) ts_simulcast_set_layers(&s->simulcast, n);
}

void ts_source_set_tile(struct ts_source *s, int view, const struct ts_layer_need *tile)
{
	ts_simulcast_need(&s->simulcast, view, tile);
}

void ts_source_set_shown(struct ts_source *s, int view, bool shown)
{
	const unsigned bit = 1u << view;
	const unsigned was = shown
		? atomic_fetch_or_explicit(&s->shown, bit, memory_order_relaxed)
		: atomic_fetch_and_explicit(&s->shown, ~bit, memory_order_relaxed);
	if (!!(was & bit) == shown) return;
	if (was & ~bit) { /* another view shows it */
		if (shown) ts_pictures_begin(&s->pictures, view);
		return;
	}
	/* Nothing was received yet: the stream will start with a keyframe by itself. */
	bool receiving = atomic_load_explicit(&s->stat_last_packet_ns, memory_order_relaxed) != 0;
	if (shown && receiving)
		atomic_store_explicit(&s->request_keyframe, true, memory_order_relaxed);
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

bool ts_source_hold(struct ts_source *s, int view, const void *by)
{
	return ts_hold_take(&s->hold[view], by);
}

void ts_source_let_go(struct ts_source *s, int view, const void *by)
{
	ts_hold_release(&s->lead, &s->hold[view]);
	ts_hold_release(&s->hold[view], by);
}

/* The first of the views that show it. */
static bool leads(struct ts_source *s, int view)
{
	const unsigned shown = atomic_load_explicit(&s->shown, memory_order_relaxed);
	if (shown >> view & 1 && !(shown & ((1u << view) - 1)))
		return ts_hold_take(&s->lead, &s->hold[view]);
	ts_hold_release(&s->lead, &s->hold[view]);
	return false;
}

struct ts_picture *ts_source_take(struct ts_source *s, int view, int64_t tick_ns)
{
	struct ts_picture *picture = ts_pictures_take(&s->pictures, view, tick_ns);
	if (!picture || !leads(s, view)) return picture;
	int64_t waited_ns = tick_ns - picture->ready_ns;
	ts_observe(TS_STAGE_TICK, waited_ns);
	smooth(&s->stat_tick_ns, waited_ns);
	if (s->lipsync) ts_lipsync_shown(s->lipsync, picture->capture_ns, picture->due_ns, tick_ns);
	return picture;
}

void ts_source_stats(const struct ts_source *s, struct ts_source_stats *out)
{
	out->codec = (enum ts_codec)atomic_load_explicit(&s->stat_codec, memory_order_relaxed);
	out->width = atomic_load_explicit(&s->stat_width, memory_order_relaxed);
	out->height = atomic_load_explicit(&s->stat_height, memory_order_relaxed);
	out->last_packet_ns = atomic_load_explicit(&s->stat_last_packet_ns, memory_order_relaxed);
	out->pictures = atomic_load_explicit(&s->stat_pictures, memory_order_relaxed);
	out->decode_ns = atomic_load_explicit(&s->stat_decode_ns, memory_order_relaxed);
	out->tick_ns = atomic_load_explicit(&s->stat_tick_ns, memory_order_relaxed);
	uint64_t error = atomic_load_explicit(&s->stat_error, memory_order_relaxed);
	memcpy(&out->error, &error, sizeof out->error);
	out->n_layers = s->simulcast.n > 1 ? s->simulcast.n : 0;
	out->layer = ts_simulcast_taken(&s->simulcast);
	out->next_layer = ts_simulcast_target(&s->simulcast);
	for (size_t i = 0; i < out->n_layers; i++)
		ts_simulcast_read(&s->simulcast, i, &out->layers[i]);
}
