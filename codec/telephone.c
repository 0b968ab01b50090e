/* The codecs of telephones - G.722, PCMU, PCMA - as audio.h wants them: 48 kHz on our side, losses
 * made up. One byte stands for 125 us in all of them. */
#include "base/error.h"
#include "base/media.h"
#include "codec/audio_codec.h"
#include "codec/g711.h"
#include "codec/g722.h"
#include "codec/level.h"
#include "codec/plc.h"
#include "codec/resample.h"
#include <string.h>

enum {
	SAMPLES_PER_BYTE = TS_AUDIO_RATE_HZ / 8000,
	BYTES_MAX = TS_AUDIO_PACKET_MAX_SAMPLES / SAMPLES_PER_BYTE,
	FRAME_BYTES = TS_AUDIO_FRAME / SAMPLES_PER_BYTE,
	WIDE = 2, /* samples per byte of G.722 at its own rate */
};

struct decoder {
	enum ts_codec codec;
	struct ts_g722 g722;
	struct ts_plc plc;
	struct ts_resample up;
};

struct encoder {
	enum ts_codec codec;
	struct ts_g722 g722;
	struct ts_resample down;
};

static size_t samples_per_byte(enum ts_codec codec)
{
	return codec == TS_CODEC_G722 ? WIDE : 1;
}

/* ---- decoder */

static size_t decoder_bytes(void)
{
	return sizeof(struct decoder);
}

static int decoder_init(struct decoder *d, enum ts_codec codec)
{
	d->codec = codec;
	ts_g722_init(&d->g722);
	ts_plc_init(&d->plc, codec == TS_CODEC_G722 ? 16000 : 8000);
	ts_resample_init(&d->up, codec == TS_CODEC_G722 ? 3 : 6);
	return TS_OK;
}

static void from_u(const uint8_t *payload, size_t n, int16_t *low)
{
	for (size_t i = 0; i < n; i++) low[i] = ts_g711_from_u(payload[i]);
}

static void from_a(const uint8_t *payload, size_t n, int16_t *low)
{
	for (size_t i = 0; i < n; i++) low[i] = ts_g711_from_a(payload[i]);
}

static void decode_bytes(struct decoder *d, const uint8_t *payload, size_t n, int16_t *low)
{
	switch (d->codec) {
	case TS_CODEC_G722: ts_g722_decode(&d->g722, payload, low, n); break;
	case TS_CODEC_PCMU: from_u(payload, n, low); break;
	default: from_a(payload, n, low);
	}
}

static int level_u(const uint8_t *payload, size_t len)
{
	int16_t low[BYTES_MAX];
	const size_t n = len < BYTES_MAX ? len : BYTES_MAX;
	from_u(payload, n, low);
	return ts_level_dbov(low, (int)n);
}

static int level_a(const uint8_t *payload, size_t len)
{
	int16_t low[BYTES_MAX];
	const size_t n = len < BYTES_MAX ? len : BYTES_MAX;
	from_a(payload, n, low);
	return ts_level_dbov(low, (int)n);
}

static int payload_samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len && len <= BYTES_MAX ? (int)len * SAMPLES_PER_BYTE : TS_EBADMSG;
}

static int decode(void *state, const uint8_t *payload, size_t len, int16_t *pcm, int cap)
{
	struct decoder *d = state;
	int16_t low[BYTES_MAX * WIDE];
	int samples = payload_samples(payload, len);
	if (samples < 0) return samples;
	if (samples > cap) return TS_ELIMIT;
	const size_t n = len * samples_per_byte(d->codec);
	decode_bytes(d, payload, len, low);
	ts_plc_good(&d->plc, low, n);
	ts_resample_up(&d->up, low, pcm, n);
	return samples;
}

static int conceal(void *state, const uint8_t *next_payload, size_t len, int16_t *pcm, int samples)
{
	struct decoder *d = state;
	int16_t made[TS_G722_BEFORE + BYTES_MAX * WIDE + TS_G722_AHEAD],
		*low = made + TS_G722_BEFORE;
	(void)next_payload; /* no FEC in these */
	(void)len;
	size_t bytes = samples > 0 ? (size_t)samples / SAMPLES_PER_BYTE : 0;
	if (bytes > BYTES_MAX) bytes = BYTES_MAX;
	const size_t n = bytes * samples_per_byte(d->codec);
	memcpy(made, d->plc.past + d->plc.rate_hz / 20 - TS_G722_BEFORE,
		TS_G722_BEFORE * sizeof(made[0]));
	ts_plc_lost(&d->plc, low, n);
	if (d->codec == TS_CODEC_G722) {
		struct ts_plc ahead = d->plc;
		ts_plc_lost(&ahead, low + n, TS_G722_AHEAD);
		ts_g722_follow(&d->g722, made, bytes);
	}
	ts_resample_up(&d->up, low, pcm, n);
	return (int)bytes * SAMPLES_PER_BYTE;
}

/* ---- encoder */

static size_t encoder_bytes(void)
{
	return sizeof(struct encoder);
}

static int encoder_init(struct encoder *e, enum ts_codec codec)
{
	e->codec = codec;
	ts_g722_init(&e->g722);
	ts_resample_init(&e->down, codec == TS_CODEC_G722 ? 3 : 6);
	return TS_OK;
}

static int encode(void *state, const int16_t *pcm, int samples, uint8_t *out, size_t cap)
{
	struct encoder *e = state;
	(void)samples; /* always TS_AUDIO_FRAME */
	int16_t low[FRAME_BYTES * WIDE];
	if (cap < FRAME_BYTES) return TS_ELIMIT;
	ts_resample_down(&e->down, pcm, low, FRAME_BYTES * samples_per_byte(e->codec));
	switch (e->codec) {
	case TS_CODEC_G722: ts_g722_encode(&e->g722, low, out, FRAME_BYTES); break;
	case TS_CODEC_PCMU:
		for (int i = 0; i < FRAME_BYTES; i++) out[i] = ts_g711_to_u(low[i]);
		break;
	default:
		for (int i = 0; i < FRAME_BYTES; i++) out[i] = ts_g711_to_a(low[i]);
	}
	return FRAME_BYTES;
}

/* ---- the three of them: bitrate and loss_percent of an encoder's config mean nothing here */

#define TELEPHONE_CODEC(name, id, level)                                                          \
	static int name##_decoder_init(void *state)                                               \
	{                                                                                         \
		return decoder_init(state, id);                                                   \
	}                                                                                         \
	static int name##_encoder_init(void *state, const struct ts_audio_encoder_config *config) \
	{                                                                                         \
		(void)config;                                                                     \
		return encoder_init(state, id);                                                   \
	}                                                                                         \
	const struct ts_audio_codec ts_##name = {                                                 \
		.decoder_bytes = decoder_bytes,                                                   \
		.decoder_init = name##_decoder_init,                                              \
		.decode = decode,                                                                 \
		.conceal = conceal,                                                               \
		.payload_samples = payload_samples,                                               \
		.payload_level = level,                                                           \
		.encoder_bytes = encoder_bytes,                                                   \
		.encoder_init = name##_encoder_init,                                              \
		.encode = encode,                                                                 \
	}

TELEPHONE_CODEC(g722, TS_CODEC_G722, NULL);
TELEPHONE_CODEC(pcmu, TS_CODEC_PCMU, level_u);
TELEPHONE_CODEC(pcma, TS_CODEC_PCMA, level_a);
