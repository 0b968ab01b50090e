/* source - one participant's camera on its way in: packets to pictures.
 *
 *   net thread --push--> [ ring of 1024 packets ] -> strand: depacketizer -> decoder
 *       --> [ 8 pictures with due times ] --take--> view strand
 *
 * Of several layers (simulcast.h) one is decoded; while another is to be, its packets go to a
 * depacketizer of their own, and with its first keyframe it takes the place of the one before.
 *
 * Not shown: not decoded; the packets are dropped, and when it is shown again a keyframe is
 * requested. After an unrepaired loss nothing new comes out until a keyframe. One unit is decoded a
 * turn of the strand. A stream that takes more than its budget (mixer/source/decode_budget.h) is
 * dropped to a keyframe after a pause; one that is refused (too large, not as negotiated) gets no
 * keyframe requests until it changes. Both say so in stats.
 * Thread  push, flush, wants_keyframe: the member's net thread; take: a view's strand that holds
 *         it; set_shown, set_tile: control; stats: any.
 * Life    counted: plans and the participant hold it; the last unref closes its strand and decoder.
 * Full    the packet ring drops the new packet, the picture queue the oldest picture; both are
 *         counted.
 */
#ifndef TS_MIXER_SOURCE_SOURCE_H
#define TS_MIXER_SOURCE_SOURCE_H

#include "base/media.h"
#include "base/packet.h"
#include "codec/video.h"
#include "mixer/source/pictures.h"
#include "mixer/source/simulcast.h"
#include <stdbool.h>

struct ts_lipsync;
struct ts_parameter_sets;
struct ts_pool;
struct ts_source;

int ts_source_create(struct ts_source **out, struct ts_pool *pool);
/* With whose sound its pictures go; before anything is pushed, takes a reference. */
void ts_source_set_lipsync(struct ts_source *source, struct ts_lipsync *lipsync);
/* What the description tells of the stream, at first and whenever it is told anew; copied. Thread:
 * control. Out of memory: as before. */
void ts_source_set_parameter_sets(struct ts_source *source, const struct ts_parameter_sets *sets);
struct ts_source *ts_source_ref(struct ts_source *source);
void ts_source_unref(struct ts_source **source);

void ts_source_push(struct ts_source *source, struct ts_packet *packet /* [take] */);
/* Wakes the decoder if a unit may be complete. */
void ts_source_flush(struct ts_source *source);
/* A picture that was decoded elsewhere, in place of packets: all come by this or none does, from
 * one thread, in order. Captured at capture_ns of our clock, which is when it goes with the sound
 * of that time; rotation as of struct ts_picture. */
void ts_source_put(struct ts_source *source, AVFrame *frame /* [take] */, int rotation,
	int64_t capture_ns);
/* The picture that was put last still stands: none comes for some time. */
void ts_source_keep(struct ts_source *source, int64_t now_ns);
/* Is it shown by any view? Pictures that are put meanwhile go nowhere. */
bool ts_source_is_shown(const struct ts_source *source);
/* The server is overloaded: who puts pictures decodes keyframes alone. Thread: control; any. */
void ts_source_set_sparse(struct ts_source *source, bool sparse);
bool ts_source_is_sparse(const struct ts_source *source);
/* The layers (a set; 1 where there is but one) whose keyframe the decoder waits for, and for which
 * the last request is long enough ago to repeat it: 400 ms at first, up to 10 s if none comes. */
unsigned ts_source_wants_keyframe(struct ts_source *source, int64_t now_ns);
/* The layers whose packets are of use, a set: what is decoded, and what is to be. */
unsigned ts_source_wanted_layers(const struct ts_source *source);

/* So many layers come; before anything is pushed. */
void ts_source_set_layers(struct ts_source *source, size_t n);
void ts_source_set_shown(struct ts_source *source, int view, bool shown);
/* How large that view shows it: the layer goes by it. */
void ts_source_set_tile(struct ts_source *source, int view, const struct ts_layer_need *tile);

/* Only who holds it may take: a participant who is moved is in the plans of two rooms for a moment.
 * False: the view before has not let go yet. by: the strand's. */
bool ts_source_hold(struct ts_source *source, int view, const void *by);
void ts_source_let_go(struct ts_source *source, int view, const void *by);
/* The newest picture that is due (mixer/source/pictures.h), NULL when there is no newer one than
 * the view has taken. tick_ns: the tick's deadline. [give] */
struct ts_picture *ts_source_take(struct ts_source *source, int view, int64_t tick_ns);

struct ts_source_stats {
	enum ts_codec codec;   /* of the last packet; NONE: nothing received yet */
	int width, height;     /* of the last picture; 0: none yet */
	int64_t last_packet_ns;
	uint64_t pictures;
	/* smoothed, 0: not known: from the last packet of a picture until it is decoded, and from
	 * then until the tick of the first view that shows it */
	int64_t decode_ns, tick_ns;
	/* why it is not shown; kind TS_REFUSED_NOT: it is, or is about to be */
	struct ts_refusal error;
	/* of simulcast; 0: one stream. Which is decoded, and which is to be: -1: none */
	size_t n_layers;
	int layer, next_layer;
	struct ts_layer_info layers[TS_LAYERS_MAX];
};
void ts_source_stats(const struct ts_source *source, struct ts_source_stats *out);

#endif
