#include "tests/unit/common/speech.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const readers[TS_SPEECH_PEOPLE] = {"libri_1688_M_winam", "libri_1998_F_sonja",
	"libri_2414_M_jain", "libri_2609_M_hatley", "libri_3331_F_peggy", "libri_367_F_dang",
	"asterisk_ivr_en", "asterisk_ivr_fr"};
static const char *const voices[TS_SPEECH_PEOPLE] = {
	"en", "en+f2", "en+m3", "en+f4", "en+m5", "en+f1", "en+m7", "en+f5"};
static const char text[] =
	"The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It "
	"is easy to tell the "
	"depth of a well. These days a chicken leg is a rare dish. Rice is often served in round "
	"bowls. "
	"The juice of lemons makes fine punch. The box was thrown beside the parked truck.";

static size_t read_from(const char *command, int16_t *pcm, size_t n)
{
	FILE *f = popen(command, "r");
	size_t got = f ? fread(pcm, sizeof *pcm, n, f) : 0;
	if (f) pclose(f);
	return got;
}

/* Bursts of noise with the rise and fall of syllables, and a pause after a dozen. */
static size_t synthesize(unsigned who, int rate_hz, int16_t *pcm, size_t n)
{
	uint32_t seed = 77 + who;
	double low = 0;
	for (size_t i = 0; i < n; i++) {
		double t = (double)i / rate_hz, in_phrase = fmod(t, 3.1),
		       in_syllable = fmod(t, 0.22) / 0.22;
		seed = seed * 1664525u + 1013904223u;
		low += ((double)seed / 2147483648.0 - 1 - low) * 0.3;
		pcm[i] = in_phrase > 2.6 ? 0
					 : (int16_t)(9000 * low * pow(sin(M_PI * in_syllable), 2));
	}
	return n;
}

double ts_speech_level_dbov(const int16_t *pcm, size_t n, size_t frame)
{
	double least = 0, loud = 0;
	size_t loud_frames = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t at = 0; at + frame <= n; at += frame) {
			double power = 0;
			for (size_t i = 0; i < frame; i++)
				power += (double)pcm[at + i] * pcm[at + i];
			power /= (double)frame;
			if (pass == 0) least += power * (double)frame / (double)n / 10;
			if (pass == 0 || power < least) continue;
			loud += power;
			loud_frames++;
		}
	}
	return loud_frames ? 10 * log10(loud / (double)loud_frames / (32768.0 * 32768.0)) : -127;
}

int16_t *ts_speech_make(unsigned who, int rate_hz, int seconds, double level_dbov)
{
	char command[1200];
	size_t n = (size_t)rate_hz * (size_t)seconds, got = 0;
	int16_t *pcm = calloc(n, sizeof *pcm);
	if (!pcm) abort();
	who %= TS_SPEECH_PEOPLE;
	snprintf(command, sizeof command,
		"test -r ../shared/media/audio/dev/%s.flac && ffmpeg -v quiet -i "
		"../shared/media/audio/dev/%s.flac -ac 1 -ar %d -f s16le -",
		readers[who], readers[who], rate_hz);
	got = read_from(command, pcm, n);
	if (!got) {
		snprintf(command, sizeof command,
			"espeak-ng -v %s --stdout '%s' 2>/dev/null | ffmpeg -v quiet -i - -ac 1 "
			"-ar %d -f s16le - 2>/dev/null",
			voices[who], text, rate_hz);
		got = read_from(command, pcm, n);
	}
	if (got < (size_t)rate_hz) got = synthesize(who, rate_hz, pcm, n);
	for (size_t i = got; i < n; i++) pcm[i] = pcm[i - got];
	double gain = pow(
		10, (level_dbov - ts_speech_level_dbov(pcm, n, (size_t)rate_hz / 50)) / 20);
	for (size_t i = 0; i < n; i++) {
		double v = pcm[i] * gain;
		pcm[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : lrint(v));
	}
	return pcm;
}
