/* aac - a room's sound once more, as AAC, for all sinks whose container takes no Opus.
 *
 *   audio strand --samples--> [ 1 s ] --> strand of class encode: once --> sinks
 *
 * While all that it feeds want nothing, such as paused recordings, nothing is encoded.
 * Thread  create, publish, unref: control; its sink is the audio strand's, and those that it feeds
 *         are called on its own strand.
 * Life    counted, by its sink: the audio plan holds it for as long as it gives anything.
 * Full    frames of sound that wait for over a second are dropped and counted
 *         (tessera_sink_units_dropped_total).
 */
#ifndef TS_MIXER_SINK_AAC_H
#define TS_MIXER_SINK_AAC_H

#include "mixer/output/sink.h"
#include <stdbool.h>
#include <stddef.h>

struct ts_pool;
struct ts_track;

enum { TS_AAC_SINKS = 12 };

/* It takes int16 samples, 20 ms in each packet (mixer/audio/audio.h); stereo: of two channels. */
int ts_aac_create(struct ts_sink **out, struct ts_pool *pool, bool stereo);
/* Who gets AAC from now on: at most TS_AAC_SINKS. References are taken. TS_ENOMEM: as before. */
int ts_aac_publish(struct ts_sink *aac, struct ts_sink *const *sinks, size_t n);

/* What a container is to say of it. */
void ts_aac_track(struct ts_track *out, bool stereo);

#endif
