/* stereo - the second channel of a voice, where its room takes music: Opus is decoded in pairs, and
 * half of their sum goes into the voice's queue, half of their difference beside it.
 *
 *   payload --> L R L R .. --> (L + R) / 2 --> queue           what is done to voices is done to it
 *                          \-> (L - R) / 2 --> queue.side      and this goes with it
 *
 * Thread  the voice's strand.
 * Life    there from the first packet of two channels on, until the voice wants it no more.
 */
#ifndef TS_MIXER_AUDIO_STEREO_H
#define TS_MIXER_AUDIO_STEREO_H

#include "mixer/audio/pcm_queue.h"
#include <stddef.h>
#include <stdint.h>

struct ts_audio_decoder;
struct ts_stereo;

/* The queue has a second plane from now on, of silence. TS_ENOMEM: it has one channel. */
int ts_stereo_open(struct ts_stereo **out, struct ts_pcm_queue *queue);
/* Also of NULL. */
void ts_stereo_close(struct ts_stereo **stereo, struct ts_pcm_queue *queue);
/* As ts_audio_decode and ts_audio_conceal, by a decoder of two channels, to the end of the queue,
 * whose count stays. */
int ts_stereo_decode(struct ts_stereo *stereo, struct ts_audio_decoder *decoder,
	const uint8_t *payload, size_t len);
int ts_stereo_conceal(struct ts_stereo *stereo, struct ts_audio_decoder *decoder,
	const uint8_t *next_payload, size_t len, int samples);

#endif
