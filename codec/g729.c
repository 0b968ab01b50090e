/* G.729 by libbcg729, as audio.h wants it: 48 kHz on our side. A payload is frames of 10 bytes, 10
 * ms each, then perhaps one of 2 bytes: comfort noise of Annex B (RFC 3551 4.5.6). We send two
 * frames a packet, and no pauses. */
#include "base/error.h"
#include "base/media.h"
#include "codec/audio_codec.h"
#include "codec/resample.h"
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
#include <string.h>

enum {
	FACTOR = TS_AUDIO_RATE_HZ / 8000,
	FRAME_BYTES = 10,
	SID_BYTES = 2,
	FRAME = 80,                     /* samples at 8 kHz */
	FRAME_SAMPLES = FRAME * FACTOR, /* at 48 kHz */
	FRAMES = TS_AUDIO_FRAME / FRAME_SAMPLES,
	BYTES_MAX = TS_AUDIO_PACKET_MAX_SAMPLES / FRAME_SAMPLES * FRAME_BYTES,
	/* An encoder that has coded this much of what another one did makes nearly the same of what
	 * follows: 10 frames hold its long-term predictor and four predictions of gains. */
	PAST = 10 * FRAME,
};

struct decoder {
	bcg729DecoderChannelContextStruct *channel;
	struct ts_resample up;
};

struct encoder {
	bcg729EncoderChannelContextStruct *channel;
	struct ts_resample down;
	int16_t past[PAST]; /* what was coded last */
};

/* ---- decoder */

static size_t decoder_bytes(void)
{
	return sizeof(struct decoder);
}

static int decoder_init(void *state)
{
	struct decoder *d = state;
	ts_resample_init(&d->up, FACTOR);
	d->channel = initBcg729DecoderChannel();
	return d->channel ? 0 : TS_ENOMEM;
}

static void decoder_fini(void *state)
{
	struct decoder *d = state;
	closeBcg729DecoderChannel(d->channel);
}

static int payload_samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	const size_t rest = len % FRAME_BYTES;
	if (!len || len > BYTES_MAX || (rest && rest != SID_BYTES)) return TS_EBADMSG;
	return (int)((len + FRAME_BYTES - 1) / FRAME_BYTES) * FRAME_SAMPLES;
}

static int decode(void *state, const uint8_t *payload, size_t len, int16_t *pcm, int cap)
{
	struct decoder *d = state;
	const int samples = payload_samples(payload, len);
	if (samples < 0) return samples;
	if (samples > cap) return TS_ELIMIT;
	for (size_t at = 0; at < len; at += FRAME_BYTES, pcm += FRAME_SAMPLES) {
		int16_t low[FRAME];
		const bool sid = len - at < FRAME_BYTES;
		bcg729Decoder(
			d->channel, payload + at, sid ? SID_BYTES : FRAME_BYTES, 0, sid, 0, low);
		ts_resample_up(&d->up, low, pcm, FRAME);
	}
	return samples;
}

/* 2.5 ms are the finest that are asked for; frames are made whole, and the rest of the last one is
 * left out. */
static int conceal(void *state, const uint8_t *next_payload, size_t len, int16_t *pcm, int samples)
{
	struct decoder *d = state;
	(void)next_payload; /* no FEC */
	(void)len;
	if (samples > TS_AUDIO_PACKET_MAX_SAMPLES) samples = TS_AUDIO_PACKET_MAX_SAMPLES;
	for (int at = 0; at < samples; at += FRAME_SAMPLES) {
		int16_t low[FRAME];
		const int left = samples - at, n = left < FRAME_SAMPLES ? left : FRAME_SAMPLES;
		bcg729Decoder(d->channel, NULL, 0, 1, 0, 0, low);
		ts_resample_up(&d->up, low, pcm + at, (size_t)n / FACTOR);
	}
	return samples > 0 ? samples : 0;
}

/* ---- encoder */

static size_t encoder_bytes(void)
{
	return sizeof(struct encoder);
}

static int encoder_init(void *state, const struct ts_audio_encoder_config *config)
{
	struct encoder *e = state;
	(void)config;
	memset(e->past, 0, sizeof e->past);
	ts_resample_init(&e->down, FACTOR);
	e->channel = initBcg729EncoderChannel(0);
	return e->channel ? 0 : TS_ENOMEM;
}

static void encoder_fini(void *state)
{
	struct encoder *e = state;
	closeBcg729EncoderChannel(e->channel);
}

static void code_frame(struct encoder *e, const int16_t *low, uint8_t out[FRAME_BYTES])
{
	uint8_t len;
	bcg729Encoder(e->channel, low, out, &len);
}

static int encode(void *state, const int16_t *pcm, int samples, uint8_t *out, size_t cap)
{
	struct encoder *e = state;
	int16_t low[FRAMES * FRAME];
	(void)samples; /* always TS_AUDIO_FRAME */
	if (cap < FRAMES * FRAME_BYTES) return TS_ELIMIT;
	ts_resample_down(&e->down, pcm, low, FRAMES * FRAME);
	for (int i = 0; i < FRAMES; i++) code_frame(e, low + i * FRAME, out + i * FRAME_BYTES);
	memmove(e->past, e->past + FRAMES * FRAME, (PAST - FRAMES * FRAME) * sizeof e->past[0]);
	memcpy(e->past + PAST - FRAMES * FRAME, low, sizeof low);
	return FRAMES * FRAME_BYTES;
}

/* The library's state has pointers into itself: the copy codes what src coded last, for nobody. */
static void encoder_copy(void *dst, const void *src)
{
	struct encoder *to = dst;
	const struct encoder *from = src;
	uint8_t unused[FRAME_BYTES];
	to->down = from->down;
	memcpy(to->past, from->past, sizeof to->past);
	for (int at = 0; at < PAST; at += FRAME) code_frame(to, to->past + at, unused);
}

const struct ts_audio_codec ts_g729 = {
	.decoder_bytes = decoder_bytes,
	.decoder_init = decoder_init,
	.decoder_fini = decoder_fini,
	.decode = decode,
	.conceal = conceal,
	.payload_samples = payload_samples,
	.encoder_bytes = encoder_bytes,
	.encoder_init = encoder_init,
	.encoder_fini = encoder_fini,
	.encoder_copy = encoder_copy,
	.encode = encode,
};
