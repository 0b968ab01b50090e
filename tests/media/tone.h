/* tone - pulsed tones by which listeners know each other, and ears for them: which tones are here,
 * was there a click?
 *
 *   everybody's own frequency, 419 + 150 x who Hz; on and off with soft edges:
 *      __/~~~~\______/~~~~\____
 *
 * Neighbours are 3 x 50 Hz apart: a Hann window of one 20 ms frame tells them apart. No frequency
 * has whole periods in 20 ms, so that a frame lost, doubled or put in the wrong place is a jump in
 * phase.
 * Thread  any; objects are not shared, but for struct ts_tone_clip, which is immutable.
 */
#ifndef TS_TESTS_MEDIA_TONE_H
#define TS_TESTS_MEDIA_TONE_H

#include "base/au.h"
#include "base/media.h"

enum { TS_TONE_PEOPLE = 49 };

struct ts_tone {
	double hz;
	int amplitude;                   /* peak, of 32767 */
	/* on from phase_ms to phase_ms + on_ms of every period; on_ms = period_ms: always */
	int on_ms, period_ms, phase_ms;
};

double ts_tone_hz(unsigned who);
/* The tone of one person: amplitude 6000, 400 ms of every second, shifted by 150 ms from person to
 * person; silent at whole seconds. */
struct ts_tone ts_tone_of(unsigned who);
/* int16[n] at 48 kHz, from the sample with number `at` (at 0 the first period begins). */
void ts_tone_fill(const struct ts_tone *tone, int64_t at, int16_t *pcm, int n);

/* The same in Opus, in frames of 20 ms. To play it endlessly make it a whole number of periods that
 * end in silence. */
struct ts_tone_clip;
int ts_tone_clip_create(struct ts_tone_clip **out, const struct ts_tone *tone, int n_frames,
	uint32_t bitrate_bps);
/* The melody of that person (melody.h), all of it, with FEC data for as much loss as browsers are
 * told of on a bad way. */
int ts_tone_clip_melody(struct ts_tone_clip **out, unsigned who, uint32_t bitrate_bps);
void ts_tone_clip_destroy(struct ts_tone_clip **clip);
int ts_tone_clip_frames(const struct ts_tone_clip *clip);
/* A unit of one payload [give], ready to send; frame counts on for ever, the clip repeats. NULL:
 * out of memory. */
struct ts_au *ts_tone_clip_unit(const struct ts_tone_clip *clip, int64_t frame, int64_t media_time,
	int64_t capture_ns);
/* The level as RFC 6464 wants it: 0 .. 127 -dBov; 127 is silence. */
uint8_t ts_tone_clip_level(const struct ts_tone_clip *clip, int64_t frame);

/* Which of the people's tones a frame holds. */
struct ts_tones {
	/* bit `who`: at least 1/4 of the strongest and not below -36 dBFS */
	uint64_t present;
	/* peak, as in struct ts_tone, of a tone that lasts the whole frame */
	float amplitude[TS_TONE_PEOPLE];
};
void ts_tones_detect(struct ts_tones *out, const int16_t pcm[TS_AUDIO_FRAME]);

/* Listens for clicks. A jump in level or phase rings through the whole spectrum, while soft-edged
 * tones leave what is above them empty: so the loudest 2.5 ms above a cutoff say how bad the worst
 * click was. With one tone of 419 Hz, amplitude 6000, cutoff at 838 Hz: soft pulses behind Opus at
 * 32 kbit/s -61 dBFS and less, a coder that lost its state in mid-tone -45 and more, PCM cut off
 * -30. What it cannot hear: packets left out of an Opus stream, which the decoder smooths to -55.
 * Low tones show most. */
struct ts_click {
	double loudest_dbfs;             /* RMS, -120 when nothing was heard */
	int64_t at_sample;               /* where */
	/* private */
	double c[4][5], z[4][2];         /* Butterworth high pass of order 8: coefficients, state */
	double power;
	int64_t n;
};
void ts_click_init(struct ts_click *click, double cutoff_hz); /* twice the highest tone */
void ts_click_feed(struct ts_click *click, const int16_t *pcm, int n);

#endif
