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
	max_align_t state[];
};

struct ts_audio_encoder {
	const struct ts_codec_info *info;
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

int ts_audio_decoder_open(struct ts_audio_decoder **out, enum ts_codec codec)
{
	const struct ts_codec_info *info = info_of(codec);
	*out = NULL;
	if (!info || !info->audio || !info->can_receive) return TS_EUNSUPPORTED;
	struct ts_audio_decoder *d = calloc(1, sizeof *d + info->audio->decoder_bytes());
	if (!d) return TS_ENOMEM;
	d->info = info;
	int err = info->audio->decoder_init(d->state);
	if (err) {
		free(d);
		return err;
	}
	ts_count(info->decoders);
	*out = d;
	return 0;
}

void ts_audio_decoder_close(struct ts_audio_decoder **pd)
{
	if (!*pd) return;
	if ((*pd)->info->audio->decoder_fini) (*pd)->info->audio->decoder_fini((*pd)->state);
	ts_count_add((*pd)->info->decoders, -1);
	free(*pd);
	*pd = NULL;
}

int ts_audio_decode(
	struct ts_audio_decoder *d, const uint8_t *payload, size_t len, int16_t *pcm, int cap)
{
	return d->info->audio->decode(d->state, payload, len, pcm, cap);
}

int ts_audio_conceal(struct ts_audio_decoder *d, const uint8_t *next_payload, size_t len,
	int16_t *pcm, int samples)
{
	return d->info->audio->conceal(d->state, next_payload, len, pcm, samples);
}

int ts_audio_payload_samples(enum ts_codec codec, const uint8_t *payload, size_t len)
{
	const struct ts_codec_info *info = info_of(codec);
	return info && info->audio ? info->audio->payload_samples(payload, len) : TS_EUNSUPPORTED;
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
	size_t bytes = info->audio->encoder_bytes();
	struct ts_audio_encoder *e = calloc(1, sizeof *e + bytes);
	if (!e) return TS_ENOMEM;
	e->info = info;
	e->config = *config;
	e->state_bytes = bytes;
	int err = info->audio->encoder_init(e->state, config);
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
	if ((*pe)->info->audio->encoder_fini) (*pe)->info->audio->encoder_fini((*pe)->state);
	ts_count_add((*pe)->info->encoders, -1);
	free(*pe);
	*pe = NULL;
}

int ts_audio_encoder_set(struct ts_audio_encoder *e, const struct ts_audio_encoder_config *config)
{
	assert(config->codec == e->config.codec);
	e->config = *config;
	return e->info->audio->encoder_set ? e->info->audio->encoder_set(e->state, config) : 0;
}

int ts_audio_encode(struct ts_audio_encoder *e, const int16_t *pcm, uint8_t *out, size_t cap)
{
	const int ms = e->config.frame_ms ? e->config.frame_ms : 20;
	return e->info->audio->encode(e->state, pcm, ms * (TS_AUDIO_RATE_HZ / 1000), out, cap);
}

void ts_audio_encoder_copy(struct ts_audio_encoder *dst, const struct ts_audio_encoder *src)
{
	assert(dst->info == src->info && dst->state_bytes == src->state_bytes);
	if (dst->info->audio->encoder_copy)
		dst->info->audio->encoder_copy(dst->state, src->state);
	else
		memcpy(dst->state, src->state, src->state_bytes);
	if (dst->info->audio->encoder_set) dst->info->audio->encoder_set(dst->state, &dst->config);
}
