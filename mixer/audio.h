/* audio - the sound of one room: every 20 ms one sum, for each talker the sum without himself, for all others one shared mix.
 *
 *   net thread --push--> [ ring ] -> jitter -> decode (PLC, FEC) -> level, talker -> int32 sum --+-> sum - own -> limiter -> encode -> his sender
 *                                                                                                +-> sum ----> limiter -> encode -> fanout to all who are silent
 *
 * Rules (DESIGN section 4): a stream at silence (RFC 6464 level, believed only while a spot-check once a second agrees) is not decoded; its last 3
 * packets are kept and decoded first when it is heard again. Talking starts after one frame and ends 400 ms after the last; whoever starts gets his own
 * encoder as a copy of the shared one's state and keeps it 500 ms after he stops.
 * Thread  ts_audio_source_push: the member's net thread; everything else: any thread, takes effect at the next tick (the control loop publishes
 *         one immutable plan). The mix itself is a strand of the audio pool with absolute deadlines and a phase of its own; late ticks are counted and skipped.
 * Life    sources are counted (plans and transports hold them). ts_audio_close stops the strand; then done(arg).
 */
#ifndef TS_MIXER_AUDIO_H
#define TS_MIXER_AUDIO_H

#include "base/media.h"
#include "base/packet.h"
#include "transport/transport.h"
#include <stdbool.h>

struct ts_pool;
struct ts_audio;        /* one room's audio */
struct ts_audio_source; /* one participant's incoming voice */

/* Made on control; NULL codecs impossible: payload types select the decoder by packet->codec. */
int ts_audio_source_create(struct ts_audio_source **out, uint64_t key);
struct ts_audio_source *ts_audio_source_ref(struct ts_audio_source *source);
void ts_audio_source_unref(struct ts_audio_source **source);
void ts_audio_source_push(struct ts_audio_source *source, struct ts_packet *packet /* [take] */);
/* For the API; relaxed atomics, any thread. codec NONE: nothing received yet. */
struct ts_audio_source_info { enum ts_codec codec; bool talking; int level_dbov; int64_t last_talk_ns; };
void ts_audio_source_info(const struct ts_audio_source *source, struct ts_audio_source_info *out);

struct ts_audio_member {
	struct ts_audio_source *source; /* NULL: only listens */
	struct ts_sender *sender;       /* NULL: only speaks */
	enum ts_codec codec;            /* of the sender */
	uint64_t key;
	float gain;                     /* linear, 1.0 */
	bool muted;
};

/* epoch_ns: media time 0 of the room, shared with its video. */
int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns);
/* Copies the list, takes references of its own; effective at the next tick, at once for all. n = 0 stops the timer until the next publish. */
int ts_audio_publish(struct ts_audio *audio, const struct ts_audio_member *members, size_t n);
void ts_audio_close(struct ts_audio *audio, void (*done)(void *arg), void *arg); /* [take] */

#endif
