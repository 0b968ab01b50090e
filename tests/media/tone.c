#include "tests/media/tone.h"
#include "base/error.h"
#include "tests/media/melody.h"

#include <assert.h>
#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

enum {
	EDGE_SAMPLES = TS_AUDIO_RATE_HZ / 100, /* a tone comes and goes over 10 ms */
	CLICK_WINDOW_SAMPLES = TS_AUDIO_RATE_HZ / 400,
	SAMPLES_PER_MS = TS_AUDIO_RATE_HZ / 1000,
	PACKET_MAX_BYTES = 400,
	BAD_WAY_PERCENT = 10,
};

double ts_tone_hz(unsigned who)
{
	assert(who < TS_TONE_PEOPLE);
	return 419 + 150.0 * who;
}

struct ts_tone ts_tone_of(unsigned who)
{
	return (struct ts_tone){ts_tone_hz(who), 6000, 400, 1000, 50 + (int)(who % 4 * 150)};
}

/* 0 .. 1: raised cosine at both ends of a pulse. */
static double envelope(const struct ts_tone *tone, int64_t at)
{
	if (tone->on_ms >= tone->period_ms) return 1;
	const int64_t period = (int64_t)tone->period_ms * SAMPLES_PER_MS,
		      on = (int64_t)tone->on_ms * SAMPLES_PER_MS;
	const int64_t into = ((at - (int64_t)tone->phase_ms * SAMPLES_PER_MS) % period + period) %
		period;
	if (into >= on) return 0;
	const int64_t edge = into < on - into ? into : on - into;
	return edge >= EDGE_SAMPLES ? 1 : 0.5 - 0.5 * cos(M_PI * (double)edge / EDGE_SAMPLES);
}

void ts_tone_fill(const struct ts_tone *tone, int64_t at, int16_t *pcm, int n)
{
	const double step = 2 * M_PI * tone->hz / TS_AUDIO_RATE_HZ;
	for (int i = 0; i < n; i++) {
		const double gain = envelope(tone, at + i);
		pcm[i] = gain > 0
			? (int16_t)lrint(gain * tone->amplitude * sin(step * (double)(at + i)))
			: 0;
	}
}

/* ---- pre-encoded */

struct frame {
	uint16_t len;
	uint8_t level;
	uint8_t bytes[PACKET_MAX_BYTES];
};

struct ts_tone_clip {
	int n;
	struct frame frame[];
};

static uint8_t level_of(const int16_t *pcm)
{
	double sum = 0;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) sum += (double)pcm[i] * pcm[i];
	if (sum < 1) return 127;
	const double db = 10 * log10(32768.0 * 32768.0 * TS_AUDIO_FRAME / sum);
	return (uint8_t)(db < 127 ? lrint(db) : 127);
}

/* As browsers code speech. */
static OpusEncoder *encoder_open(uint32_t bitrate_bps, int loss_percent)
{
	int err;
	OpusEncoder *enc = opus_encoder_create(TS_AUDIO_RATE_HZ, 1, OPUS_APPLICATION_VOIP, &err);
	if (err != OPUS_OK) return NULL;
	opus_encoder_ctl(enc, OPUS_SET_BITRATE((opus_int32)bitrate_bps));
	opus_encoder_ctl(enc, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(enc, OPUS_SET_PACKET_LOSS_PERC(loss_percent));
	opus_encoder_ctl(enc, OPUS_SET_COMPLEXITY(5));
	return enc;
}

static int encode_frame(struct frame *f, OpusEncoder *enc, const int16_t *pcm)
{
	const int len = opus_encode(enc, pcm, TS_AUDIO_FRAME, f->bytes, PACKET_MAX_BYTES);
	if (len < 0) return TS_EINVAL;
	f->len = (uint16_t)len;
	f->level = level_of(pcm);
	return 0;
}

/* tone NULL: the melody of `who` */
static int encode(
	struct ts_tone_clip *clip, OpusEncoder *enc, const struct ts_tone *tone, unsigned who)
{
	double phase = 0;
	int err = 0;
	for (int i = 0; i < clip->n && !err; i++) {
		int16_t pcm[TS_AUDIO_FRAME];
		if (tone)
			ts_tone_fill(tone, (int64_t)i * TS_AUDIO_FRAME, pcm, TS_AUDIO_FRAME);
		else
			ts_melody_fill(who, i, &phase, pcm);
		err = encode_frame(&clip->frame[i], enc, pcm);
	}
	return err;
}

/* [take] enc, NULL included */
static int clip_create(struct ts_tone_clip **out, OpusEncoder *enc, const struct ts_tone *tone,
	unsigned who, int n_frames)
{
	struct ts_tone_clip *clip = enc
		? calloc(1, sizeof(*clip) + (size_t)n_frames * sizeof(clip->frame[0]))
		: NULL;
	int err = TS_ENOMEM;
	if (clip) {
		clip->n = n_frames;
		err = encode(clip, enc, tone, who);
	}
	if (enc) opus_encoder_destroy(enc);
	if (err)
		free(clip);
	else
		*out = clip;
	return err;
}

int ts_tone_clip_create(
	struct ts_tone_clip **out, const struct ts_tone *tone, int n_frames, uint32_t bitrate_bps)
{
	return clip_create(out, encoder_open(bitrate_bps, 0), tone, 0, n_frames);
}

int ts_tone_clip_melody(struct ts_tone_clip **out, unsigned who, uint32_t bitrate_bps)
{
	return clip_create(
		out, encoder_open(bitrate_bps, BAD_WAY_PERCENT), NULL, who, TS_MELODY_FRAMES);
}

void ts_tone_clip_destroy(struct ts_tone_clip **clip)
{
	free(*clip);
	*clip = NULL;
}

int ts_tone_clip_frames(const struct ts_tone_clip *clip)
{
	return clip->n;
}

struct ts_au *ts_tone_clip_unit(
	const struct ts_tone_clip *clip, int64_t frame, int64_t media_time, int64_t capture_ns)
{
	const struct frame *f = &clip->frame[frame % clip->n];
	struct ts_au *au = ts_au_create(1, f->len);
	if (!au) return NULL;
	memcpy(ts_au_add(au, f->len), f->bytes, f->len);
	au->media_time = media_time;
	au->capture_ns = capture_ns;
	au->key = true;
	au->talk_start = f->level < 127 &&
		(frame == 0 || ts_tone_clip_level(clip, frame - 1) == 127);
	return au;
}

uint8_t ts_tone_clip_level(const struct ts_tone_clip *clip, int64_t frame)
{
	return clip->frame[frame % clip->n].level;
}

/* ---- which tones */

/* Goertzel's algorithm on a windowed frame: peak amplitude of the tone. */
static double goertzel(const double *windowed, double hz)
{
	const double coeff = 2 * cos(2 * M_PI * hz / TS_AUDIO_RATE_HZ);
	double s1 = 0, s2 = 0;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		const double s0 = windowed[i] + coeff * s1 - s2;
		s2 = s1;
		s1 = s0;
	}
	/* the window's sum is half the frame, and a sine's energy is half at +hz and half at -hz */
	return sqrt(fmax(0, s1 * s1 + s2 * s2 - coeff * s1 * s2)) * 4 / TS_AUDIO_FRAME;
}

void ts_tones_detect(struct ts_tones *out, const int16_t pcm[TS_AUDIO_FRAME])
{
	double windowed[TS_AUDIO_FRAME];
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		windowed[i] = pcm[i] * (0.5 - 0.5 * cos(2 * M_PI * i / TS_AUDIO_FRAME));
	float strongest = 0;
	for (unsigned who = 0; who < TS_TONE_PEOPLE; who++) {
		out->amplitude[who] = (float)goertzel(windowed, ts_tone_hz(who));
		strongest = fmaxf(strongest, out->amplitude[who]);
	}
	const float least = fmaxf(strongest / 4, 32768 * powf(10, -36 / 20.f));
	out->present = 0;
	for (unsigned who = 0; who < TS_TONE_PEOPLE; who++)
		if (out->amplitude[who] >= least) out->present |= 1ULL << who;
}

/* ---- clicks */

void ts_click_init(struct ts_click *click, double cutoff_hz)
{
	/* the pole pairs of order 8 */
	static const double q[4] = {0.50979558, 0.60134489, 0.89997622, 2.5629154};
	*click = (struct ts_click){.loudest_dbfs = -120};
	const double w = 2 * M_PI * cutoff_hz / TS_AUDIO_RATE_HZ;
	for (int i = 0; i < 4; i++) { /* R. Bristow-Johnson, Audio EQ Cookbook: HPF */
		const double alpha = sin(w) / (2 * q[i]), a0 = 1 + alpha, b = (1 + cos(w)) / a0;
		const double c[5] = {b / 2, -b, b / 2, -2 * cos(w) / a0, (1 - alpha) / a0};
		memcpy(click->c[i], c, sizeof(c));
	}
}

static double high_pass(struct ts_click *click, double x)
{
	for (int i = 0; i < 4; i++) {
		const double *c = click->c[i], y = c[0] * x + click->z[i][0];
		click->z[i][0] = c[1] * x - c[3] * y + click->z[i][1];
		click->z[i][1] = c[2] * x - c[4] * y;
		x = y;
	}
	return x;
}

void ts_click_feed(struct ts_click *click, const int16_t *pcm, int n)
{
	for (int i = 0; i < n; i++) {
		const double y = high_pass(click, pcm[i] / 32768.0);
		click->power += y * y;
		if (++click->n % CLICK_WINDOW_SAMPLES) continue;
		const double db = 10 * log10(fmax(click->power / CLICK_WINDOW_SAMPLES, 1e-12));
		if (db > click->loudest_dbfs) {
			click->loudest_dbfs = db;
			click->at_sample = click->n - CLICK_WINDOW_SAMPLES;
		}
		click->power = 0;
	}
}
