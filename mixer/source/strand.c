#include "mixer/source/parts.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "transport/rtp/keystart.h"
#include <stdlib.h>

/* PACKETS_A_TURN: that belong to no unit which is decoded; what goes beyond waits for the next turn
 * of the strand. */
enum { PACKETS_A_TURN = 256 };

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
		ts_source_spend(s, o.cpu_ns, whole_ns);
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
	ts_source_note_keyframe(s);
	ts_source_finish(s, &o, info, whole_ns);
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
	if (ts_source_follow_codec(s, packet)) return false;
	/* what is malformed is dropped and counted there */
	ts_depacketizer_push(s->depacketizer, packet);
	/* Not only when a whole unit has come that cannot be shown: on a way that loses so much
	 * that may be seconds later. */
	if (packet->gap && !ts_begins_keyframe(packet->codec, packet->payload, packet->payload_len))
		ts_source_request_keyframe(s);
	struct ts_unit_info info;
	while (ts_depacketizer_pull(s->depacketizer, s->unit, &info) == 0) {
		ts_source_decode(s, &info, packet->arrival_ns);
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

bool ts_source_step(struct ts_task *task)
{
	struct ts_source *s = ts_container_of(task, struct ts_source, decode_task);
	struct ts_packet *packet;
	bool shown = atomic_load_explicit(&s->shown, memory_order_relaxed) != 0, complete = false;
	if (!shown && s->codec) {
		ts_source_drop_decoder(s);
		ts_next_layer_drop(&s->next);
		ts_simulcast_take(&s->simulcast, -1);
		ts_pictures_forget(&s->pictures);
		ts_source_forget_error(s);
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
