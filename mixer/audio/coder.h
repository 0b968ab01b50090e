/* coder - one distinct mix in one codec and profile, on its way to those who hear it: limiter,
 * encoder, and what its packets look like to each kind of receiver.
 *
 *   sum ------> limiter --> [ 10..60 ms ] --> encoder --+--> plain -------> fanout
 *                                                         +--> and earlier -> fanout (RED)
 *                                                         +--> no pauses ---> fanout (DTX)
 *                                                         +--> plain -------> sinks
 *
 * Limiter and encoder go together, since both must continue without a seam. Every frame is coded
 * once, whatever its deliveries. An Opus mix that is nothing but zeros for 400 ms is at rest: it is
 * coded no more, and its last packet is sent again and again. Who said usedtx=1 gets that packet
 * once in 400 ms, an empty frame behind it, and nothing in between; the first packet after the
 * pause has the RTP marker. RED has nothing to repeat then. Where frames of 40 or 60 ms become
 * short ones, the ticks of a frame that has begun are sent first, one by one.
 * Thread  the audio strand of the room.
 * Source  RFC 7587 3.1.3 (DTX), RFC 6716 3.1 (the empty frame), RFC 3551 4.1, RFC 2198.
 * Full    a frame for which there is no memory is not sent.
 */
#ifndef TS_MIXER_AUDIO_CODER_H
#define TS_MIXER_AUDIO_CODER_H

#include "mixer/audio/bus.h"
#include "mixer/audio/group.h"
#include "mixer/output/sink.h"
#include "transport/fanout.h"

struct ts_coder;

/* codec: one that we encode. from: NULL, or a coder of the same codec that this one continues; one
 * of other channels is begun anew. */
int ts_coder_create(struct ts_coder **out, enum ts_codec codec,
	const struct ts_audio_profile *profile, const struct ts_coder *from);
void ts_coder_destroy(struct ts_coder **coder); /* also of NULL */
enum ts_codec ts_coder_codec(const struct ts_coder *coder);
const struct ts_audio_profile *ts_coder_profile(const struct ts_coder *coder);
/* From now on, without a seam but where channels, or what it is made for, are others. TS_ENOMEM: it
 * stays as it was. */
int ts_coder_set(struct ts_coder *coder, const struct ts_audio_profile *profile);

struct ts_coder_receiver { struct ts_sender *sender; struct ts_audio_delivery delivery; };
/* Who hears it from now on. scratch: [n]. TS_ENOMEM: some of them do not. */
int ts_coder_send_to(struct ts_coder *coder, const struct ts_coder_receiver *receivers, size_t n,
	struct ts_sender **scratch);

/* What takes its packets besides: plain ones, each frame, no pauses. At most TS_CODER_SINKS;
 * references are taken. TS_ENOMEM: none do. */
enum { TS_CODER_SINKS = 12 };
int ts_coder_set_sinks(struct ts_coder *coder, struct ts_sink *const *sinks, size_t n);

struct ts_coder_tick {
	const struct ts_bus *sum; /* of it the planes that the profile has */
	int64_t number;      /* since the room's epoch */
	int64_t time_ns;
	int64_t delay_ns;    /* since the capture of the oldest in it; 0: not known */
};
/* 20 ms. */
void ts_coder_run(struct ts_coder *coder, const struct ts_coder_tick *tick);

#endif
