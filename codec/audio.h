/* audio - audio decoders and encoders behind one table per codec; 48 kHz int16 PCM, mono; of
 * Opus also stereo, interleaved.
 *
 * Thread  the audio strand of the room. Decode and encode allocate nothing.
 */
#ifndef TS_CODEC_AUDIO_H
#define TS_CODEC_AUDIO_H

#include "base/media.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TS_AUDIO_PACKET_MAX_SAMPLES = 9600, /* 200 ms, RFC 3551 4.2 */
	TS_AUDIO_PACKET_MAX_BYTES = 1275
};

struct ts_audio_decoder;
int ts_audio_decoder_open(struct ts_audio_decoder **out, enum ts_codec codec);
/* Opus in two channels, whatever the packets have: pcm is int16[n][2] then, and n and cap count
 * pairs. */
int ts_audio_decoder_open_stereo(struct ts_audio_decoder **out);
/* Has an Opus packet two channels? (RFC 6716 3.1) */
bool ts_audio_payload_is_stereo(enum ts_codec codec, const uint8_t *payload, size_t len);
void ts_audio_decoder_close(struct ts_audio_decoder **decoder);
/* int16[n] at 48 kHz into pcm; returns n (<= cap) or an error. */
int ts_audio_decode(struct ts_audio_decoder *decoder, const uint8_t *payload, size_t len,
	int16_t *pcm, int cap);
/* Makes up `samples` that were lost (a multiple of 120; at most TS_AUDIO_PACKET_MAX_SAMPLES): from
 * the in-band FEC of the packet after the gap when there is one (payload not NULL), else by packet
 * loss concealment. Returns the samples made or an error. With FEC ask for the whole gap at once:
 * its last packet is restored, what is before it concealed. */
int ts_audio_conceal(struct ts_audio_decoder *decoder, const uint8_t *next_payload, size_t len,
	int16_t *pcm, int samples);
/* Samples at 48 kHz a payload stands for, without decoding; TS_EBADMSG. */
int ts_audio_payload_samples(enum ts_codec codec, const uint8_t *payload, size_t len);
/* How loud a payload is, read without decoding (codec/level.h); false where that cannot be done:
 * all but G.711. */
bool ts_audio_payload_level(enum ts_codec codec, const uint8_t *payload, size_t len, int *dbov);

struct ts_audio_encoder;
struct ts_audio_encoder_config {
	enum ts_codec codec;
	uint32_t bitrate_bps;
	int loss_percent; /* what in-band FEC is made for; 0: no FEC */
	bool stereo;      /* Opus: two channels, interleaved */
	bool music;       /* Opus: made for any sound, not for speech above all */
	int frame_ms;     /* Opus: 10, 20, 40, 60 of one frame; 0, and all others: 20 */
};
enum { TS_AUDIO_FRAME_MAX = 3 * TS_AUDIO_FRAME };
int ts_audio_encoder_open(struct ts_audio_encoder **out,
	const struct ts_audio_encoder_config *config);
void ts_audio_encoder_close(struct ts_audio_encoder **encoder);
/* From the next frame on, without a seam; codec, stereo and music stay. */
int ts_audio_encoder_set(struct ts_audio_encoder *encoder,
	const struct ts_audio_encoder_config *config);
/* pcm: int16 of one frame, TS_AUDIO_FRAME of 20 ms; stereo: pairs. Returns the bytes
 * written to out[cap] or an error. */
int ts_audio_encode(struct ts_audio_encoder *encoder, const int16_t *pcm, uint8_t *out, size_t cap);
/* Makes dst (same codec, stereo and music; it keeps its config) continue exactly where src
 * is: what dst encodes next fits behind what src encoded last, so a receiver that is moved from one
 * to the other hears no seam. */
void ts_audio_encoder_copy(struct ts_audio_encoder *dst, const struct ts_audio_encoder *src);

#endif
