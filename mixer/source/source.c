#include "mixer/source/parts.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "mixer/sync/lipsync.h"
#include <stdlib.h>
#include <string.h>

enum { PACKETS = 1024 };

int ts_source_create(struct ts_source **out, struct ts_pool *pool)
{
	struct ts_source *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	ts_ref_init(&s->refs, 1);
	/* Shown until somebody says otherwise: the keyframe that opens the stream must not be
	 * missed while the plan is made. */
	atomic_init(&s->shown, 1u << TS_VIEW_MAIN);
	s->decode_task.step = ts_source_step;
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
	ts_source_drop_decoder(s);
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
	ts_source_show(s, frame, &info);
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
	ts_source_smooth(&s->stat_tick_ns, waited_ns);
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
