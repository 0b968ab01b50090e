/* voice - one participant's incoming sound: packets to 20 ms of PCM a tick, and whether he talks.
 *
 *   net thread --push--> [ ring of 256 ] -> jitter -> silent? keep the last 3 packets, do not decode
 *                                                  -> decode, FEC, PLC -> level -> talker gate -> int16[960]
 *
 * Talking starts with one frame above -55 dBov and ends 400 ms after the last; only a talker is in the mix, so that whoever is in it can be
 * given a mix without himself. The gate opens and closes with a short ramp. A level below the threshold spares the decoding: that of G.711 is
 * read from the samples; a header's (RFC 6464) is believed only while a decoded frame, once a second, agrees.
 * Thread  push: the member's net thread; tick: the room's audio strand; create, ref, unref, info: any.
 * Life    counted: plans and the participant hold it.
 * Full    the ring drops the new packet and counts it.
 */
#ifndef TS_MIXER_VOICE_H
#define TS_MIXER_VOICE_H

#include "base/media.h"
#include "base/packet.h"
#include <stdbool.h>

struct ts_voice;

int ts_voice_create(struct ts_voice **out);
struct ts_voice *ts_voice_ref(struct ts_voice *voice);
void ts_voice_unref(struct ts_voice **voice);
void ts_voice_push(struct ts_voice *voice, struct ts_packet *packet /* [take] */);

/* One tick. Returns int16[TS_AUDIO_FRAME], valid until the next tick, or NULL when he is not heard. */
const int16_t *ts_voice_tick(struct ts_voice *voice, int64_t now_ns);
/* Nobody will hear him (muted): the packets are dropped. */
void ts_voice_skip(struct ts_voice *voice, int64_t now_ns);

struct ts_voice_info { enum ts_codec codec; bool talking; int level_dbov; int64_t last_talk_ns; }; /* codec NONE: nothing received */
void ts_voice_info(const struct ts_voice *voice, struct ts_voice_info *out);

#endif
