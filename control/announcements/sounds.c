#include "control/announcements/sounds.h"
#include <glib.h>
#include <string.h>

struct ts_sounds {
	struct ts_sound *tune[TS_TUNE_COUNT];
};

#define C5 523.25f
#define E5 659.26f
#define G5 783.99f
#define C4 261.63f
#define E4 329.63f
#define F4 349.23f
#define G4 392.00f
#define A4 440.00f
#define PAUSE(ms)             \
	{                     \
		{0, 0}, ms, 0 \
	}

static const struct ts_tone chime[] = {
	{{E5, 0}, 180, -24}, {{C5, 0}, 180, -24}, {{G4, 0}, 420, -24}};
static const struct ts_tone join[] = {{{C5, 0}, 120, -28}, {{G5, 0}, 200, -28}};
static const struct ts_tone leave[] = {{{G5, 0}, 120, -28}, {{C5, 0}, 200, -28}};
/* slow thirds, quiet enough to be talked over */
static const struct ts_tone alone[] = {{{C4, E4}, 1200, -34}, PAUSE(400), {{A4, C5}, 1200, -34},
	PAUSE(400), {{F4, A4}, 1200, -34}, PAUSE(400), {{G4, E4}, 1600, -34}, PAUSE(2400)};
/* 1400 Hz, as 47 CFR 64.501 has it of recorded calls; three of them say that it begins */
static const struct ts_tone recorded[] = {{{1400, 0}, 200, -28}, PAUSE(150), {{1400, 0}, 200, -28},
	PAUSE(150), {{1400, 0}, 200, -28}};

static const struct ts_tone done[] = {{{G5, 0}, 90, -28}};
static const struct ts_tone refused[] = {{{C4, 0}, 120, -26}, PAUSE(60), {{C4, 0}, 200, -26}};

#define TUNE(name)                              \
	{                                       \
#name, name, G_N_ELEMENTS(name) \
	}
static const struct {
	const char *name;
	const struct ts_tone *tones;
	size_t n;
} tunes[TS_TUNE_COUNT] = {[TS_TUNE_CHIME] = TUNE(chime),
	[TS_TUNE_JOIN] = TUNE(join),
	[TS_TUNE_LEAVE] = TUNE(leave),
	[TS_TUNE_ALONE] = TUNE(alone),
	[TS_TUNE_RECORDED] = TUNE(recorded),
	[TS_TUNE_DONE] = TUNE(done),
	[TS_TUNE_REFUSED] = TUNE(refused)};

struct ts_sounds *ts_sounds_new(void)
{
	return g_new0(struct ts_sounds, 1);
}

void ts_sounds_free(struct ts_sounds *sounds)
{
	for (int i = 0; sounds && i < TS_TUNE_COUNT; i++) ts_sound_unref(&sounds->tune[i]);
	g_free(sounds);
}

const char *ts_tune_name(enum ts_tune tune)
{
	return tunes[tune].name;
}

bool ts_tune_named(enum ts_tune *out, const char *name)
{
	for (int i = 0; i < TS_TUNE_COUNT; i++) {
		if (strcmp(tunes[i].name, name)) continue;
		*out = (enum ts_tune)i;
		return true;
	}
	return false;
}

struct ts_sound *ts_sounds_tune(struct ts_sounds *sounds, enum ts_tune tune)
{
	if (!sounds->tune[tune])
		sounds->tune[tune] = ts_sound_tones(tunes[tune].tones, tunes[tune].n);
	return sounds->tune[tune];
}
