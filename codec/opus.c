#include "base/error.h"
#include "base/media.h"
#include "codec/audio_codec.h"
#include <opus/opus.h>

enum {
	CONCEAL_STEP = TS_AUDIO_RATE_HZ / 400, /* 2.5 ms */
	FEC_USUAL_PERCENT = 5 /* of loss that FEC is made for on ways that hardly lose */
};

static int from_opus(int n)
{
	if (n >= 0) return n;
	switch (n) {
	case OPUS_ALLOC_FAIL: return TS_ENOMEM;
	case OPUS_BUFFER_TOO_SMALL: return TS_ELIMIT;
	default: return TS_EBADMSG;
	}
}

static size_t decoder_bytes(void)
{
	return (size_t)opus_decoder_get_size(1);
}

static int decoder_init(void *state)
{
	return from_opus(opus_decoder_init(state, TS_AUDIO_RATE_HZ, 1));
}

static size_t stereo_decoder_bytes(void)
{
	return (size_t)opus_decoder_get_size(2);
}

static int stereo_decoder_init(void *state)
{
	return from_opus(opus_decoder_init(state, TS_AUDIO_RATE_HZ, 2));
}

static int decode(void *state, const uint8_t *payload, size_t len, int16_t *pcm, int cap)
{
	if (!len || len > INT32_MAX) return TS_EBADMSG; /* libopus would take 0 bytes for a loss */
	return from_opus(opus_decode(state, payload, (opus_int32)len, pcm, cap, 0));
}

static int conceal(void *state, const uint8_t *next, size_t len, int16_t *pcm, int samples)
{
	samples -= samples % CONCEAL_STEP; /* libopus knows no finer time */
	if (samples <= 0) return 0;
	/* a packet without FEC data makes libopus conceal; a gap longer than what it covers is
	 * concealed up to there */
	if (next && len && len <= INT32_MAX) {
		int n = opus_decode(state, next, (opus_int32)len, pcm, samples, 1);
		if (n >= 0) return n;
	}
	return from_opus(opus_decode(state, NULL, 0, pcm, samples, 0));
}

static int payload_samples(const uint8_t *payload, size_t len)
{
	if (!len || len > INT32_MAX) return TS_EBADMSG;
	return from_opus(opus_packet_get_nb_samples(payload, (opus_int32)len, TS_AUDIO_RATE_HZ));
}

static size_t encoder_bytes(void)
{
	return (size_t)opus_encoder_get_size(1);
}

static size_t stereo_encoder_bytes(void)
{
	return (size_t)opus_encoder_get_size(2);
}

/* Complexity 5 takes half the time of 7, which nobody hears where hardly anything is lost; where
 * more is, 7 conceals better (docs/PERFORMANCE.md, "Opus"). */
static int encoder_set(void *state, const struct ts_audio_encoder_config *config)
{
	const int complexity = config->loss_percent > FEC_USUAL_PERCENT ? 7 : 5;
	int err = opus_encoder_ctl(state, OPUS_SET_BITRATE((opus_int32)config->bitrate_bps));
	if (err == OPUS_OK)
		err = opus_encoder_ctl(state, OPUS_SET_COMPLEXITY((opus_int32)complexity));
	if (err == OPUS_OK)
		err = opus_encoder_ctl(state, OPUS_SET_INBAND_FEC(config->loss_percent > 0));
	if (err == OPUS_OK)
		err = opus_encoder_ctl(state, OPUS_SET_PACKET_LOSS_PERC(config->loss_percent));
	return from_opus(err);
}

/* No DTX: whether a silent mix is sent is a matter of each receiver
 * (mixer/audio/coder.h). */
static int init(void *state, const struct ts_audio_encoder_config *config, int channels)
{
	const int application = config->music ? OPUS_APPLICATION_AUDIO : OPUS_APPLICATION_VOIP,
		  signal = config->music ? OPUS_AUTO : OPUS_SIGNAL_VOICE;
	int err = opus_encoder_init(state, TS_AUDIO_RATE_HZ, channels, application);
	if (err == OPUS_OK) err = opus_encoder_ctl(state, OPUS_SET_SIGNAL(signal));
	return err == OPUS_OK ? encoder_set(state, config) : from_opus(err);
}

static int encoder_init(void *state, const struct ts_audio_encoder_config *config)
{
	return init(state, config, 1);
}

static int stereo_encoder_init(void *state, const struct ts_audio_encoder_config *config)
{
	return init(state, config, 2);
}

static int encode(void *state, const int16_t *pcm, int samples, uint8_t *out, size_t cap)
{
	opus_int32 max = cap < TS_AUDIO_PACKET_MAX_BYTES ? (opus_int32)cap
							 : TS_AUDIO_PACKET_MAX_BYTES;
	return from_opus(opus_encode(state, pcm, samples, out, max));
}

const struct ts_audio_codec ts_opus = {
	.decoder_bytes = decoder_bytes,
	.decoder_init = decoder_init,
	.decode = decode,
	.conceal = conceal,
	.payload_samples = payload_samples,
	.encoder_bytes = encoder_bytes,
	.encoder_init = encoder_init,
	.encoder_set = encoder_set,
	.encode = encode,
};

const struct ts_audio_codec ts_opus_stereo = {
	.decoder_bytes = stereo_decoder_bytes,
	.decoder_init = stereo_decoder_init,
	.decode = decode,
	.conceal = conceal,
	.payload_samples = payload_samples,
	.encoder_bytes = stereo_encoder_bytes,
	.encoder_init = stereo_encoder_init,
	.encoder_set = encoder_set,
	.encode = encode,
};
