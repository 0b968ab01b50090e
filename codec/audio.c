#include "codec/audio.h"
#include "base/counter.h"
#include "base/error.h"
#include "codec/audio_codec.h"
#include "codec/registry.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct ts_audio_decoder {
	const struct ts_codec_info *info;
	const struct ts_audio_codec *audio;
	max_align_t state[];
};

struct ts_audio_encoder {
	const struct ts_codec_info *info;
	const struct ts_audio_codec *audio;
	struct ts_audio_encoder_config config;
	size_t state_bytes;
	max_align_t state[];
};

/* Of the registry, or what no peer has. */
static const struct ts_codec_info *info_of(enum ts_codec codec)
{
	static const struct ts_codec_info pcm = {.codec = TS_CODEC_PCM,
		.can_receive = true,
		.decoders = TS_C_DEC_AUDIO_PCM,
		.audio = &ts_pcm};
	return codec == TS_CODEC_PCM ? &pcm : ts_codec_info(codec);
}

static int decoder_open(struct ts_audio_decoder **out, const struct ts_codec_info *info,
	const struct ts_audio_codec *audio)
{
	struct ts_audio_decoder *d = calloc(1, sizeof *d + audio->decoder_bytes());
	if (!d) return TS_ENOMEM;
	d->info = info;
	d->audio = audio;
	int err = audio->decoder_init(d->state);
	if (err) {
		free(d);
		return err;
	}
	ts_count(info->decoders);
	*out = d;
	return 0;
}

int ts_audio_decoder_open(struct ts_audio_decoder **out, enum ts_codec codec)
{
	const struct ts_codec_info *info = info_of(codec);
	*out = NULL;
	if (!info || !info->audio || !info->can_receive) return TS_EUNSUPPORTED;
	return decoder_open(out, info, info->audio);
}

int ts_audio_decoder_open_stereo(struct ts_audio_decoder **out)
{
	*out = NULL;
	return decoder_open(out, info_of(TS_CODEC_OPUS), &ts_opus_stereo);
}

void ts_audio_decoder_close(struct ts_audio_decoder **pd)
{
	if (!*pd) return;
	if ((*pd)->audio->decoder_fini) (*pd)->audio->decoder_fini((*pd)->state);
	ts_count_add((*pd)->info->decoders, -1);
	free(*pd);
	*pd = NULL;
}

int ts_audio_decode(
	struct ts_audio_decoder *d, const uint8_t *payload, size_t len, int16_t *pcm, int cap)
{
	return d->audio->decode(d->state, payload, len, pcm, cap);
}

int ts_audio_conceal(struct ts_audio_decoder *d, const uint8_t *next_payload, size_t len,
	int16_t *pcm, int samples)
{
	return d->audio->conceal(d->state, next_payload, len, pcm, samples);
}

int ts_audio_payload_samples(enum ts_codec codec, const uint8_t *payload, size_t len)
{
	const struct ts_codec_info *info = info_of(codec);
	return info && info->audio ? info->audio->payload_samples(payload, len) : TS_EUNSUPPORTED;
}

bool ts_audio_payload_is_stereo(enum ts_codec codec, const uint8_t *payload, size_t len)
{
	return codec == TS_CODEC_OPUS && len && (payload[0] & 4);
}

bool ts_audio_payload_level(enum ts_codec codec, const uint8_t *payload, size_t len, int *dbov)
{
	const struct ts_codec_info *info = info_of(codec);
	if (!info || !info->audio || !info->audio->payload_level) return false;
	*dbov = info->audio->payload_level(payload, len);
	return true;
}

int ts_audio_encoder_open(
	struct ts_audio_encoder **out, const struct ts_audio_encoder_config *config)
{
	const struct ts_codec_info *info = ts_codec_info(config->codec);
	*out = NULL;
	if (!info || !info->audio || !info->can_send) return TS_EUNSUPPORTED;
	const bool stereo = config->stereo && config->codec == TS_CODEC_OPUS;
	const struct ts_audio_codec *audio = stereo ? &ts_opus_stereo : info->audio;
	size_t bytes = audio->encoder_bytes();
	struct ts_audio_encoder *e = calloc(1, sizeof *e + bytes);
	if (!e) return TS_ENOMEM;
	e->info = info;
	e->audio = audio;
	e->config = *config;
	e->state_bytes = bytes;
	int err = audio->encoder_init(e->state, config);
	if (err) {
		free(e);
		return err;
	}
	ts_count(info->encoders);
	*out = e;
	return 0;
}

void ts_audio_encoder_close(struct ts_audio_encoder **pe)
{
	if (!*pe) return;
	if ((*pe)->audio->encoder_fini) (*pe)->audio->encoder_fini((*pe)->state);
	ts_count_add((*pe)->info->encoders, -1);
	free(*pe);
	*pe = NULL;
}

/* What differs besides may change while it runs. */
static bool is_like(
	const struct ts_audio_encoder_config *a, const struct ts_audio_encoder_config *b)
{
	return a->codec == b->codec && a->stereo == b->stereo && a->music == b->music;
}

int ts_audio_encoder_set(struct ts_audio_encoder *e, const struct ts_audio_encoder_config *config)
{
	assert(is_like(config, &e->config));
	e->config = *config;
	return e->audio->encoder_set ? e->audio->encoder_set(e->state, config) : 0;
}

int ts_audio_encode(struct ts_audio_encoder *e, const int16_t *pcm, uint8_t *out, size_t cap)
{
	const int ms = e->config.frame_ms ? e->config.frame_ms : 20;
	return e->audio->encode(e->state, pcm, ms * (TS_AUDIO_RATE_HZ / 1000), out, cap);
}

void ts_audio_encoder_copy(struct ts_audio_encoder *dst, const struct ts_audio_encoder *src)
{
	assert(is_like(&dst->config, &src->config));
	if (dst->audio->encoder_copy)
		dst->audio->encoder_copy(dst->state, src->state);
	else
		memcpy(dst->state, src->state, src->state_bytes);
	if (dst->audio->encoder_set) dst->audio->encoder_set(dst->state, &dst->config);
}
