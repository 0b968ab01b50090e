#include "tests/bench/crowd/voice.h"

#include "base/error.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FRAMES_MAX = 3000, /* 60 s */
	FRAMES = 250,      /* of what is made here */
	BITRATE = 32000,
	PULSE_ON = 20,
	PULSE_PERIOD = 50,
	QUIET = TS_AUDIO_RATE_HZ / 5
};

struct ts_voice {
	struct ts_voice *next;
	enum ts_voice_kind kind;
	enum ts_codec codec;
	int n;
	struct ts_voice_frame frame[FRAMES_MAX];
};

static struct ts_voice *made;
static atomic_int_fast64_t last_began_ns;

void ts_voice_began(int64_t at_ns)
{
	atomic_store(&last_began_ns, at_ns);
}

int64_t ts_voice_last_began(void)
{
	return atomic_load(&last_began_ns);
}

int ts_onset_find(struct ts_onset *o, const int16_t *pcm)
{
	int found = -1;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		o->power += ((double)pcm[i] * pcm[i] - o->power) / 96; /* 2 ms */
		o->quiet_samples = o->power > 100.0 * 100 ? 0 : o->quiet_samples + 1;
		o->armed |= o->quiet_samples > QUIET;
		if (!o->armed || o->power < 1500.0 * 1500) continue;
		o->armed = false;
		found = i;
	}
	return found;
}

static void fill(enum ts_voice_kind kind, int n, unsigned *seed, int16_t *pcm)
{
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		double t = (n * TS_AUDIO_FRAME + i) / (double)TS_AUDIO_RATE_HZ, v = 0;
		double noise = (double)(*seed = *seed * 1103515245u + 12345u) / 4294967296.0;
		if (kind == TS_VOICE_TALK)
			v = 6000 * sin(2 * M_PI * 180 * t) * (1 + sin(2 * M_PI * 3 * t)) +
				800 * noise;
		if (kind == TS_VOICE_NOISY) v = 110 * (noise - 0.5);
		if (kind == TS_VOICE_PULSE && n % PULSE_PERIOD < PULSE_ON)
			v = 9000 * sin(2 * M_PI * 619 * t);
		pcm[i] = (int16_t)lrint(v);
	}
}

/* Speech in the file that TS_SPEECH names, int16 mono at 48 kHz (bench/lib/speech.mjs); NULL:
 * none. */
static FILE *speech_open(enum ts_voice_kind kind)
{
	const char *path = kind == TS_VOICE_TALK ? getenv("TS_SPEECH") : NULL;
	return path && *path ? fopen(path, "rb") : NULL;
}

static uint8_t level_of(const int16_t *pcm)
{
	double sum = 0;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) sum += (double)pcm[i] * pcm[i];
	double db = sum < 1 ? 127 : 10 * log10(32768.0 * 32768.0 * TS_AUDIO_FRAME / sum);
	return (uint8_t)(db < 127 ? lrint(db) : 127);
}

static int code(
	struct ts_voice *v, struct ts_audio_encoder *encoder, struct ts_audio_decoder *decoder)
{
	struct ts_onset onset = {.armed = true};
	unsigned seed = 1;
	FILE *speech = speech_open(v->kind);
	int most = speech ? FRAMES_MAX : FRAMES, err = 0;
	for (v->n = 0; !err && v->n < most; v->n++) {
		struct ts_voice_frame *f = &v->frame[v->n];
		int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES];
		if (!speech)
			fill(v->kind, v->n, &seed, pcm);
		else if (fread(pcm, sizeof pcm[0], TS_AUDIO_FRAME, speech) != TS_AUDIO_FRAME)
			break;
		f->level = level_of(pcm);
		int len = ts_audio_encode(encoder, pcm, f->bytes, sizeof f->bytes);
		f->len = (uint16_t)(len > 0 ? len : 0);
		if (len <= 0 ||
			ts_audio_decode(decoder, f->bytes, f->len, pcm,
				TS_AUDIO_PACKET_MAX_SAMPLES) != TS_AUDIO_FRAME)
			err = TS_EINVAL;
		f->began = (int16_t)ts_onset_find(&onset, pcm);
	}
	if (speech) fclose(speech);
	return !err && !v->n ? TS_EINVAL : err;
}

int ts_voice_get(const struct ts_voice **out, enum ts_voice_kind kind, enum ts_codec codec)
{
	for (struct ts_voice *v = made; v; v = v->next) {
		*out = v;
		if (v->kind == kind && v->codec == codec) return 0;
	}
	struct ts_audio_encoder_config config = {.codec = codec, .bitrate_bps = BITRATE};
	struct ts_audio_encoder *encoder = NULL;
	struct ts_audio_decoder *decoder = NULL;
	struct ts_voice *v = calloc(1, sizeof *v);
	if (!v) return TS_ENOMEM;
	v->kind = kind;
	v->codec = codec;
	int err = ts_audio_encoder_open(&encoder, &config);
	if (!err) err = ts_audio_decoder_open(&decoder, codec);
	if (!err) err = code(v, encoder, decoder);
	ts_audio_encoder_close(&encoder);
	ts_audio_decoder_close(&decoder);
	v->next = made;
	*out = made = v;
	return err;
}

void ts_voice_forget_all(void)
{
	while (made) {
		struct ts_voice *v = made;
		made = v->next;
		free(v);
	}
}

const struct ts_voice_frame *ts_voice_frame(const struct ts_voice *v, int64_t n)
{
	return &v->frame[n % v->n];
}
