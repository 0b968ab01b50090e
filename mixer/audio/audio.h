/* audio - the sound of one room: every 20 ms one sum, for each talker the sum without themselves,
 * for all others one shared mix.
 *
 *   voices --tick--> int32 sum --+-- minus own -> limiter -> an encoder, a sender of their own
 *                                +-- shared ----> limiter -> one encoder per codec -> fanout to
 *                                                            all who do not talk
 *
 * Whoever starts to talk gets an encoder of their own as a copy of the shared one's state and keeps
 * it until 500 ms after they stopped: by then both encoders have heard the same for that long, so
 * no receiver hears a seam. Between sentences the room has a little noise (mixer/audio/comfort.h).
 * What is nothing but zeros for 400 ms is coded no more: its last Opus packet is sent again and
 * again.
 * Thread  create, publish, close: control. The mix itself is a strand of the audio pool with
 *         absolute deadlines, epoch + k x 20 ms; late ticks are counted and skipped. The plan (the
 *         members) is immutable and taken whole at the next tick.
 * Life    no members: no timer, no encoders. ts_audio_close stops the strand, then done(arg).
 */
#ifndef TS_MIXER_AUDIO_AUDIO_H
#define TS_MIXER_AUDIO_AUDIO_H

#include "mixer/audio/voice.h"
#include "transport/transport.h"

struct ts_pool;
struct ts_audio;

struct ts_audio_member {
	uint64_t key;              /* ascending in a plan */
	struct ts_voice *voice;    /* NULL: only listens */
	struct ts_sender *sender;  /* NULL: only speaks */
	enum ts_codec codec;       /* of the sender */
	/* Opus: what the peer takes at most (RFC 7587 6.1, maxaveragebitrate); 0: any */
	uint32_t max_bps;
	float gain;                /* linear; 1: as it came */
	bool muted;
};

int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns);
/* Copies the list and takes references. TS_ENOMEM leaves the old plan in force. */
int ts_audio_publish(struct ts_audio *audio, const struct ts_audio_member *members, size_t n);
void ts_audio_close(struct ts_audio *audio /* [take] */, void (*done)(void *arg), void *arg);

#endif
