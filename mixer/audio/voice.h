/* voice - one participant's incoming sound: packets to 20 ms of PCM a tick, and whether they talk.
 *
 *   net thread --push--> [ ring of 256 ] -> jitter -> silent? keep the last 3 packets, do not
 *                                                  |          decode
 *                                                  -> decode, FEC, PLC -> level -> activity: gate
 *                                                  -> int16[960]
 *
 * Only who is heard (mixer/audio/activity.h) is in the mix, so that whoever is in it can be given a
 * mix without themselves. The gate opens and closes with a short ramp. A level that cannot open it
 * spares the decoding: that of G.711 is read from the samples; a header's (RFC 6464) is believed
 * only while a decoded frame, once a second, agrees. Pauses of the sender (DTX, RFC 3389) are
 * silence here. Where the jitter buffer leaves out a packet, the sound before and behind it are
 * blended over 5 ms. What is heard is played up to 0.5 % faster or slower to keep its delay where
 * the jitter buffer wants it (mixer/audio/drift.h), and up to 200 ms later for the sake of their
 * picture (mixer/sync/lipsync.h). What is wished of noise and loudness: mixer/audio/enhance.h.
 * Thread  push: the member's net thread; tick: the audio strand that holds it; create, ref, unref,
 *         info: any.
 * Life    counted: plans and the participant hold it.
 * Full    the ring drops the new packet and counts it.
 */
#ifndef TS_MIXER_AUDIO_VOICE_H
#define TS_MIXER_AUDIO_VOICE_H

#include "base/media.h"
#include "base/packet.h"
#include <stdbool.h>

struct ts_lipsync;
struct ts_voice;

int ts_voice_create(struct ts_voice **out);
struct ts_voice *ts_voice_ref(struct ts_voice *voice);
void ts_voice_unref(struct ts_voice **voice);
/* With whose picture it goes; before anything is pushed, takes a reference. */
void ts_voice_set_lipsync(struct ts_voice *voice, struct ts_lipsync *lipsync);
/* What they send is meant to be heard, however quiet or steady it is: a film, not a microphone.
 * Before anything is pushed. */
void ts_voice_set_ungated(struct ts_voice *voice);
/* What they send is music: never gated, and of Opus both channels are taken where there are two.
 * At first it is not. Thread: any. */
void ts_voice_set_music(struct ts_voice *voice, bool music);
/* Whether their loudness is evened out, and noise suppressed. At first neither is. Thread: any. */
void ts_voice_enhance(struct ts_voice *voice, bool gain, bool denoise);
void ts_voice_push(struct ts_voice *voice, struct ts_packet *packet /* [take] */);

/* Only who holds it may tick it: a participant who is moved is in the plans of two rooms for a
 * moment. False: the other one has not let go yet. by: the strand's. */
bool ts_voice_hold(struct ts_voice *voice, const void *by);
void ts_voice_let_go(struct ts_voice *voice, const void *by);
/* One tick. Returns int16[TS_AUDIO_FRAME], valid until the next tick, or NULL when they are not
 * heard. */
const int16_t *ts_voice_tick(struct ts_voice *voice, int64_t now_ns);
/* Of what the last tick returned, half of what the left channel has more than the right:
 * int16[TS_AUDIO_FRAME], or NULL: it has one channel. */
const int16_t *ts_voice_side(const struct ts_voice *voice);
/* Nobody will hear them (muted): the packets are dropped. */
void ts_voice_skip(struct ts_voice *voice, int64_t now_ns);

/* The noise behind the voice as far as this tick's frame bears it; -127: none. Thread: the strand,
 * after tick. */
float ts_voice_noise_dbov(const struct ts_voice *voice);

/* Does somebody talk in it now? Thread: any. */
bool ts_voice_is_talking(const struct ts_voice *voice);

/* By how much it is to be louder, so that all voices are alike. Thread: any. */
float ts_voice_gain_db(const struct ts_voice *voice);

/* How long before this tick its sound was captured; 0: not known, or none. Thread: likewise. */
int64_t ts_voice_delay_ns(const struct ts_voice *voice);

/* Tones of keys (mixer/audio/dtmf.h) in what is decoded are noted, and silence takes their place
 * but for the first 15 ms. At first they are not. Thread: any. */
void ts_voice_listen_for_tones(struct ts_voice *voice, bool on);
/* The next key that was noted; 0: none. Of more than 16 that wait the new ones are dropped.
 * Thread: one, control. */
char ts_voice_take_tone(struct ts_voice *voice);

struct ts_voice_info {
	enum ts_codec codec; /* NONE: nothing received */
	bool talking;        /* they are heard */
	bool speech;         /* ... and it is speech: what moves pictures */
	/* of the last packet; of the louder parts of the last speech */
	int level_dbov, speech_dbov;
	float gain_db;       /* automatic */
	int64_t last_talk_ns;
	int64_t buffered_ns; /* from the arrival until it is played, smoothed; 0: not known */
};
void ts_voice_info(const struct ts_voice *voice, struct ts_voice_info *out);

#endif
