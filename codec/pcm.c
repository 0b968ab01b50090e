#include "base/error.h"
#include "codec/audio_codec.h"
#include <string.h>

static size_t no_bytes(void)
{
	return 0;
}

static int no_init(void *state)
{
	(void)state;
	return 0;
}

static int samples_of(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len % sizeof(int16_t) ? TS_EBADMSG : (int)(len / sizeof(int16_t));
}

static int decode(void *state, const uint8_t *payload, size_t len, int16_t *pcm, int cap)
{
	const int n = samples_of(payload, len);
	(void)state;
	if (n < 0 || n > cap) return TS_EBADMSG;
	memcpy(pcm, payload, len);
	return n;
}

/* Nothing is lost between threads: where nothing comes, there is nothing. */
static int conceal(void *state, const uint8_t *next, size_t len, int16_t *pcm, int samples)
{
	(void)state;
	(void)next;
	(void)len;
	memset(pcm, 0, (size_t)samples * sizeof *pcm);
	return samples;
}

const struct ts_audio_codec ts_pcm = {
	.decoder_bytes = no_bytes,
	.decoder_init = no_init,
	.decode = decode,
	.conceal = conceal,
	.payload_samples = samples_of,
};
