#include "mixer/audio/comfort.h"

#include "base/clock.h"
#include "base/media.h"
#include <math.h>
#include <string.h>

#define LEAST_DBOV (-74.5f) /* a floor of TS_ACTIVITY_FLOOR_DBOV says: none known */
#define BACKGROUND_DBOV (-42.0f)
#define MOST_DBOV (-45.0f)
#define KEPT_NS (3 * TS_NS_PER_S)
#define SINK_DB 0.2f /* a tick */
#define LOW 0.3f     /* one pole, 2.7 kHz */
/* RMS of the low-passed noise: uniform in +-1 has 1/3 of power, of which a / (2 - a) is left. */
#define UNIT_RMS 0.2425f

void ts_comfort_init(struct ts_comfort *c)
{
	*c = (struct ts_comfort){.level_dbov = TS_COMFORT_NONE, .seed = 1};
}

static float rms_of(float dbov)
{
	return 32768.0f * powf(10.0f, dbov / 20.0f);
}

void ts_comfort_tick(struct ts_comfort *c, float present_dbov, int64_t now_ns)
{
	bool background = present_dbov > LEAST_DBOV && present_dbov < BACKGROUND_DBOV;
	float present = !background        ? TS_COMFORT_NONE
		: present_dbov > MOST_DBOV ? MOST_DBOV
					   : present_dbov;
	if (present >= c->level_dbov && background) {
		c->level_dbov = present;
		c->heard_ns = now_ns;
	} else if (c->level_dbov > TS_COMFORT_NONE && now_ns - c->heard_ns > KEPT_NS) {
		c->level_dbov -= SINK_DB;
		if (c->level_dbov < present) c->level_dbov = present;
		if (c->level_dbov < LEAST_DBOV) c->level_dbov = TS_COMFORT_NONE;
	}
	c->to_rms = 0;
	if (c->level_dbov <= TS_COMFORT_NONE) return;
	float want = rms_of(c->level_dbov), there = present > TS_COMFORT_NONE ? rms_of(present) : 0;
	c->to_rms = sqrtf(fmaxf(want * want - there * there, 0));
}

bool ts_comfort_add(struct ts_comfort *c, int32_t *sum)
{
	if (c->rms < 1 && c->to_rms < 1) {
		c->rms = c->to_rms;
		return false;
	}
	float gain = c->rms / UNIT_RMS;
	const float step = (c->to_rms - c->rms) / UNIT_RMS / TS_AUDIO_FRAME;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) {
		c->seed = c->seed * 1664525u + 1013904223u;
		c->low += ((float)(int32_t)c->seed / 2147483648.0f - c->low) * LOW;
		sum[i] += (int32_t)lrintf(c->low * gain);
		gain += step;
	}
	c->rms = c->to_rms;
	return true;
}
