#include "mixer/audio/agc.h"

#include "base/media.h"
#include <math.h>
#include <stdbool.h>

enum {
	FRAMES_PER_S = TS_AUDIO_RATE_HZ / TS_AUDIO_FRAME,
	MEMORY = 3 * FRAMES_PER_S,
};
#define GAP_DB 10.0f  /* below the mean: between words, or hardly said */
#define VOICE_DB 9.0f /* above the noise, as activity.c has it */
#define LEARN_DB (8.0f / FRAMES_PER_S)
#define UP_DB (1.5f / FRAMES_PER_S)
#define DOWN_DB (3.0f / FRAMES_PER_S)
#define NEAR_DB 1.0f /* nobody hears the rest */

void ts_agc_init(struct ts_agc *agc)
{
	*agc = (struct ts_agc){0};
}

static float power_of(const int16_t *pcm)
{
	float sum = 0;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) sum += (float)pcm[i] * (float)pcm[i];
	return sum / TS_AUDIO_FRAME / (32768.0f * 32768.0f);
}

static float dbov(float power)
{
	return 10.0f * log10f(power);
}

/* What lies between words says nothing of how loud they speak; but where it is all that there is,
 * they have become quieter. */
static void follow_power(struct ts_agc *agc, float power, float noise_dbov)
{
	if (power <= 0 || dbov(power) < noise_dbov + VOICE_DB) return;
	if (agc->frames && dbov(power) < dbov(agc->power) - GAP_DB) {
		agc->power -= agc->power / (3 * MEMORY);
		return;
	}
	/* so far they had hardly begun */
	if (agc->frames < MEMORY && dbov(power) > dbov(agc->power) + GAP_DB) agc->frames = 0;
	if (agc->frames < MEMORY) agc->frames++;
	agc->power += (power - agc->power) / (float)agc->frames;
}

static float wished_db(const struct ts_agc *agc, float noise_dbov)
{
	const float wish = TS_AGC_TARGET_DBOV - dbov(agc->power),
		    lifts = fmaxf(TS_AGC_NOISE_DBOV - noise_dbov, 0);
	return fmaxf(fminf(fminf(wish, lifts), TS_AGC_MOST_DB), -TS_AGC_MOST_DB);
}

void ts_agc_speech(struct ts_agc *agc, const int16_t *pcm, float noise_dbov)
{
	follow_power(agc, power_of(pcm), noise_dbov);
	if (!agc->frames) return;
	const float by_db = wished_db(agc, noise_dbov) - agc->gain_db;
	const bool learns = agc->frames < MEMORY;
	const float up = learns ? LEARN_DB : UP_DB, down = learns ? 2 * LEARN_DB : DOWN_DB;
	if (fabsf(by_db) >= NEAR_DB) agc->gain_db += fminf(fmaxf(by_db, -down), up);
}
