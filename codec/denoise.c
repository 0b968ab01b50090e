#include "codec/denoise.h"

#include "base/error.h"
#include "base/media.h"
#include <speex/speex_preprocess.h>
#include <stdlib.h>

enum {
	SUPPRESS_DB = -18, /* more makes what is left of the noise chirp */
};

struct ts_denoise {
	SpeexPreprocessState *state;
};

int ts_denoise_create(struct ts_denoise **out)
{
	struct ts_denoise *d = *out = calloc(1, sizeof *d);
	if (!d) return TS_ENOMEM;
	/* its windows overlap by half: what comes out is half a window late */
	d->state = speex_preprocess_state_init(TS_DENOISE_DELAY, TS_AUDIO_RATE_HZ);
	if (!d->state) {
		ts_denoise_destroy(out);
		return TS_ENOMEM;
	}
	spx_int32_t suppress_db = SUPPRESS_DB;
	speex_preprocess_ctl(d->state, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &suppress_db);
	return 0;
}

void ts_denoise_destroy(struct ts_denoise **denoise)
{
	struct ts_denoise *d = *denoise;
	*denoise = NULL;
	if (!d) return;
	if (d->state) speex_preprocess_state_destroy(d->state);
	free(d);
}

void ts_denoise_run(struct ts_denoise *d, int16_t *pcm)
{
	for (int i = 0; i < TS_AUDIO_FRAME; i += TS_DENOISE_DELAY)
		speex_preprocess_run(d->state, pcm + i);
}
