/* simulcast - the layers of one source: which is decoded now, and which is to be from its next
 * keyframe on.
 *
 *   net thread: packet --> of a layer that is decoded or to be? --> ring       else dropped
 *               each 100 ms: what comes, how large, the tile --> layer.h --> target
 *   strand:     taken goes on being decoded until target has a keyframe; then it is target
 *
 * Refused what the decoder will not have is left until its size changes, or for 10 s, and twice as
 *         long each time that it is refused again, up to 320 s.
 * Thread  packet, look, wanted: the net thread; take, refuse: the strand; need: control; read: any.
 * Source  RFC 8853. One layer (n <= 1): nothing here is used.
 */
#ifndef TS_MIXER_SOURCE_SIMULCAST_H
#define TS_MIXER_SOURCE_SIMULCAST_H

#include "base/packet.h"
#include "mixer/source/layer.h"
#include "mixer/source/pictures.h"
#include <stdatomic.h>

struct ts_simulcast {
	size_t n; /* constant once anything comes */

	/* net thread */
	struct ts_layers layers;
	int64_t looked_ns, counted_ns;
	uint64_t bytes[TS_LAYERS_MAX];
	struct ts_simulcast_ban {
		int64_t since_ns;  /* 0: it is not refused */
		int64_t wait_ns;   /* of the last time; 0: never */
		int width, height; /* as it was then */
	} ban[TS_LAYERS_MAX];

	atomic_int target, taken;    /* -1: none yet */
	atomic_uint refused;         /* set of layers: the strand adds, the net thread takes away */
	atomic_bool turned;          /* the last picture lies on its side */
	atomic_uint_fast64_t need[TS_VIEWS_MAX]; /* packed */
	atomic_uint_fast64_t stat[TS_LAYERS_MAX]; /* packed struct ts_layer_info */
};

void ts_simulcast_init(struct ts_simulcast *simulcast);
/* Before anything comes. */
void ts_simulcast_set_layers(struct ts_simulcast *simulcast, size_t n);
/* The tile of that view; width 0: none. */
void ts_simulcast_need(struct ts_simulcast *simulcast, int view, const struct ts_layer_need *need);

/* False: of no use, to be dropped. */
bool ts_simulcast_packet(struct ts_simulcast *simulcast, const struct ts_packet *packet);
/* The layers whose packets are of use, a set. */
unsigned ts_simulcast_wanted(const struct ts_simulcast *simulcast);

static inline int ts_simulcast_target(const struct ts_simulcast *s)
{
	return atomic_load_explicit(&s->target, memory_order_relaxed);
}

static inline int ts_simulcast_taken(const struct ts_simulcast *s)
{
	return atomic_load_explicit(&s->taken, memory_order_relaxed);
}

/* -1: none is decoded any more, and what was refused is tried again. */
void ts_simulcast_take(struct ts_simulcast *simulcast, int layer);
/* The decoder will not have that layer. */
void ts_simulcast_refuse(struct ts_simulcast *simulcast, int layer);
/* Nor that one and those that the description puts above it: they cost too much. Of the smallest
 * nothing is refused. */
void ts_simulcast_refuse_from(struct ts_simulcast *simulcast, int layer);

void ts_simulcast_read(const struct ts_simulcast *simulcast, size_t layer,
	struct ts_layer_info *out);

#endif
