/* audio - the sound of one room: every 20 ms one sum, for each talker the sum without themselves,
 * for all others one shared mix.
 *
 *   voices --tick--> int32 sum --+-- minus own -> limiter -> an encoder, a sender of their own
 *                                +-- shared ----> limiter -> one encoder per group -> fanout to
 *                                                            all who do not talk
 *
 * A group (mixer/audio/group.h) are those of one codec with like limits and ways: on good ways all
 * of a codec.
 *
 * Whoever starts to talk gets an encoder of their own as a copy of the shared one's state and keeps
 * it until 500 ms after they stopped: by then both encoders have heard the same for that long, so
 * no receiver hears a seam. Who has not spoken for a while gets longer frames, where the room has
 * it so (mixer/audio/listener.h). Between sentences the room has a little noise
 * (mixer/audio/comfort.h). How a mix becomes packets: mixer/audio/coder.h. Sinks (a recording)
 * listen as if they were silent members of a group, TS_CODER_SINKS of them at most. A sound that is
 * played to all (play.h) is in the sum; one that is played to a single member makes a mix of their
 * own for them while it lasts. To whom others are louder or quieter (volumes.h), they hear the mix
 * of that taste, with all who have the same.
 *
 * Whose profile says so hears two channels (bus.h): voices where they are placed, music as it came.
 * Without one such the sum has one, and costs as much.
 * Thread  create, publish, close: control. The mix itself is a strand of the audio pool with
 *         absolute deadlines, epoch + k x 20 ms; late ticks are counted and skipped. The plan (the
 *         members) is immutable and taken whole at the next tick.
 * Life    no members: no timer, no encoders. ts_audio_close stops the strand, then done(arg).
 */
#ifndef TS_MIXER_AUDIO_AUDIO_H
#define TS_MIXER_AUDIO_AUDIO_H

#include "mixer/audio/ear.h"
#include "mixer/audio/group.h"
#include "mixer/audio/play.h"
#include "mixer/audio/voice.h"
#include "mixer/audio/volumes.h"
#include "mixer/output/sink.h"
#include "transport/transport.h"

struct ts_pool;
struct ts_audio;

struct ts_audio_member {
	uint64_t key;              /* ascending in a plan */
	struct ts_voice *voice;    /* NULL: only listens */
	struct ts_sender *sender;  /* NULL: only speaks */
	/* Instead of voice and sender: takes the shared mix as its group has it, or with codec NONE
	 * the samples themselves (int16, 20 ms, interleaved if the profile is stereo). NULL:
	 * none. */
	struct ts_sink *sink;
	/* Beside voice, in place of sender: takes what they hear as samples. NULL: none. */
	struct ts_ear *ear;
	/* Instead of all of these: a sound that is played, to the member of that key; 0: to all.
	 * NULL: none. */
	struct ts_play *play;
	uint64_t to;
	float ducks;               /* so much of voices is gone meanwhile; 0: nothing, 1: all */
	/* of the sender or sink */
	enum ts_codec codec;
	struct ts_audio_profile profile;
	struct ts_audio_delivery delivery;
	uint8_t listener_ms; /* frames while they only listen (listener.h); 0: the profile's */
	float gain;                /* linear; 1: as it came */
	float place;               /* of the voice: -1 left .. 1 right; it goes there smoothly */
	float hears;               /* of all that they hear; 0: as it is, else a mix of their own */
	struct ts_volumes *volumes; /* of single others, to them; NULL: all as they are */
	bool muted;
	/* came from another room, whose mix they heard until now: a mix of their own begins from
	 * silence, as nothing of it may refer to what their decoder has heard */
	bool anew;
};

int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns);
/* Copies the list and takes references. TS_ENOMEM leaves the old plan in force. */
int ts_audio_publish(struct ts_audio *audio, const struct ts_audio_member *members, size_t n);
void ts_audio_close(struct ts_audio *audio /* [take] */, void (*done)(void *arg), void *arg);

#endif
