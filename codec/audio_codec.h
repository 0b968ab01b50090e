/* audio_codec - what an audio codec gives to audio.c; one constant table per codec. Private to
 * codec/.
 *
 * A codec's state is one flat block without pointers into itself, so that copying the bytes copies
 * the codec; where a library hides it, encoder_copy does the same as well as it can.
 */
#ifndef TS_CODEC_AUDIO_CODEC_H
#define TS_CODEC_AUDIO_CODEC_H

#include "codec/audio.h"

struct ts_audio_codec {
	size_t (*decoder_bytes)(void);
	int (*decoder_init)(void *state);
	void (*decoder_fini)(void *state); /* NULL: there is nothing to free */
	int (*decode)(void *state, const uint8_t *payload, size_t len, int16_t *pcm, int cap);
	int (*conceal)(void *state, const uint8_t *next_payload, size_t len, int16_t *pcm,
		int samples);
	int (*payload_samples)(const uint8_t *payload, size_t len);
	/* dBov; NULL: the payload does not tell */
	int (*payload_level)(const uint8_t *payload, size_t len);
	size_t (*encoder_bytes)(void);
	int (*encoder_init)(void *state, const struct ts_audio_encoder_config *config);
	void (*encoder_fini)(void *state); /* NULL: likewise */
	/* dst, which was opened, goes on where src is; NULL: its bytes are copied */
	void (*encoder_copy)(void *dst, const void *src);
	/* in mid-stream; NULL: there is nothing to choose */
	int (*encoder_set)(void *state, const struct ts_audio_encoder_config *config);
	int (*encode)(void *state, const int16_t *pcm, int samples, uint8_t *out, size_t cap);
};

extern const struct ts_audio_codec ts_opus, ts_g722, ts_pcmu, ts_pcma, ts_g729;
/* of two channels: no row of the registry, codec/audio.c chooses it */
extern const struct ts_audio_codec ts_opus_stereo;
extern const struct ts_audio_codec ts_pcm; /* no row of the registry: no peer has it */

#endif
