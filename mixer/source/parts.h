/* parts - what a source is made of, and what its files call of each other. For source.c (its life,
 * what other threads ask of it), decoding.c (access units to pictures, and what they may cost) and
 * strand.c (packets to access units, and from one simulcast layer to the next) alone.
 *
 * Thread  as each part says; what is called here: the source's strand.
 */
#ifndef TS_MIXER_SOURCE_PARTS_H
#define TS_MIXER_SOURCE_PARTS_H

#include "base/hold.h"
#include "base/ref.h"
#include "base/ring.h"
#include "base/strand.h"
#include "codec/depacketize.h"
#include "codec/video.h"
#include "mixer/source/asking.h"
#include "mixer/source/decode_budget.h"
#include "mixer/source/decoded.h"
#include "mixer/source/next_layer.h"
#include "mixer/source/pictures.h"
#include "mixer/source/playout.h"
#include "mixer/source/simulcast.h"
#include "mixer/source/source.h"

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
	int foreign; /* packets of another codec since the last one of this */
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
	atomic_bool sparse;           /* keyframes alone are put */
	atomic_bool request_keyframe; /* strand to net thread */
	atomic_int stat_codec, stat_width, stat_height;
	atomic_int_fast64_t stat_last_packet_ns;
	atomic_uint_fast64_t stat_pictures, stat_keyframes;
	atomic_int_fast64_t stat_decode_ns, stat_tick_ns; /* smoothed; 0: not yet */
	atomic_uint_fast64_t stat_error; /* struct ts_refusal as it lies in memory */
};

/* ---- decoding.c */

/* The peer may change codec in mid-stream: the payload type says so. TS_EAGAIN: the packet is of
 * another codec and begins no keyframe of it, or it is a pause: it is not for the depacketizer. */
int ts_source_follow_codec(struct ts_source *s, const struct ts_packet *packet);
void ts_source_drop_decoder(struct ts_source *s);
void ts_source_forget_error(struct ts_source *s);
void ts_source_request_keyframe(struct ts_source *s);
void ts_source_note_keyframe(struct ts_source *s);
/* s->unit, or not if it may not be. whole_ns: when it could be decoded, which without a marker is
 * with the first packet of the next. */
void ts_source_decode(struct ts_source *s, const struct ts_unit_info *info, int64_t whole_ns);
/* What s->decoder made of s->unit. */
void ts_source_finish(struct ts_source *s, const struct ts_decoded *o,
	const struct ts_unit_info *info, int64_t whole_ns);
void ts_source_spend(struct ts_source *s, int64_t cpu_ns, int64_t whole_ns);
void ts_source_show(struct ts_source *s, AVFrame *frame, const struct ts_unit_info *info);
void ts_source_smooth(atomic_int_fast64_t *of, int64_t ns); /* of one writer */

/* ---- strand.c */

bool ts_source_step(struct ts_task *decode_task); /* true: there is more */

#endif
