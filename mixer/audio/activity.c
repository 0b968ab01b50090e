#include "mixer/audio/activity.h"

#include "base/clock.h"
#include "base/media.h"
#include <string.h>

enum {
	/* heard, be it as steady as it likes: music on hold, a test tone; a moderator sees whose
	 * it is */
	LOUD_DBOV = -26,
	PART_FRAMES = 25,
	MEANS_MIN = 11,     /* of the first 300 ms; fewer say nothing yet */
	FORGET_FRAMES = 30, /* without a loud one, and what comes next is a new sound */
	CONTRADICT_FRAMES = 10,
	RUN_MIN = 3, /* loud frames that make more than a click */
	RUN_MAX = 30,
};
#define OPEN_DB 9.0f
#define HOLD_DB 5.0f
#define SWING_DB 7.5f
#define CONTRADICT_DB 15.0f
#define SMOOTH 0.25f
#define SINK 0.02f /* of the level of speech: within a second */
/* The least of 3 s of smoothed steady noise lies below its mean by about that much. */
#define BIAS_DB 1.0f
#define HOLD_NS (600 * TS_NS_PER_MS)
/* a lone loud frame may be a key of a keyboard, or the beginning of a word */
#define CLICK_NS (200 * TS_NS_PER_MS)

void ts_activity_init(struct ts_activity *a)
{
	memset(a, 0, sizeof *a);
	a->smooth_db = TS_ACTIVITY_FLOOR_DBOV;
	a->speech_db = TS_ACTIVITY_OPEN_DBOV;
	for (int i = 0; i < TS_ACTIVITY_PARTS; i++) a->least_db[i] = TS_ACTIVITY_FLOOR_DBOV;
}

static float least_of(const float *db, int n)
{
	float least = db[0];
	for (int i = 1; i < n; i++)
		if (db[i] < least) least = db[i];
	return least;
}

static float most_of(const float *db, int n)
{
	float most = db[0];
	for (int i = 1; i < n; i++)
		if (db[i] > most) most = db[i];
	return most;
}

float ts_activity_floor_dbov(const struct ts_activity *a)
{
	float least = least_of(a->least_db, TS_ACTIVITY_PARTS);
	if (least <= TS_ACTIVITY_FLOOR_DBOV) return TS_ACTIVITY_FLOOR_DBOV;
	return least + BIAS_DB > 0 ? 0 : least + BIAS_DB;
}

/* ---- what the sender says ---- */

/* Is their "no voice" to be believed? */
static bool is_denied(const struct ts_activity *a, enum ts_vad vad)
{
	return vad == TS_VAD_NO && !a->doubted;
}

/* Louder than the floor as only a near voice is, again and again, and never called one: they do not
 * use the bit. */
static void follow_vad(struct ts_activity *a, int level_dbov, enum ts_vad vad)
{
	if (vad == TS_VAD_YES) {
		a->said_yes = true;
		a->doubted = false;
	}
	if (vad != TS_VAD_NO) return;
	a->said_no = true;
	if (a->said_yes) return;
	bool near = level_dbov > TS_ACTIVITY_OPEN_DBOV &&
		(float)level_dbov >= ts_activity_floor_dbov(a) + CONTRADICT_DB;
	a->contradicted += near ? 1 : a->contradicted > 0 ? -1 : 0;
	if (a->contradicted >= CONTRADICT_FRAMES) a->doubted = true;
}

static bool stands_out(const struct ts_activity *a, int level_dbov, enum ts_vad vad)
{
	bool affirmed = vad == TS_VAD_YES && a->said_no;
	float by_db = a->heard || affirmed ? HOLD_DB : OPEN_DB;
	return level_dbov >= TS_ACTIVITY_OPEN_DBOV &&
		(float)level_dbov >= ts_activity_floor_dbov(a) + by_db;
}

bool ts_activity_is_loud(const struct ts_activity *a, int level_dbov, enum ts_vad vad)
{
	return level_dbov >= LOUD_DBOV || (stands_out(a, level_dbov, vad) && !is_denied(a, vad));
}

/* ---- what the levels say ---- */

static void follow_floor(struct ts_activity *a, float level_db)
{
	float db = level_db < TS_ACTIVITY_FLOOR_DBOV ? TS_ACTIVITY_FLOOR_DBOV : level_db;
	a->smooth_db += (db - a->smooth_db) * SMOOTH;
	float *now = &a->least_db[TS_ACTIVITY_PARTS - 1];
	if (++a->part_frames > PART_FRAMES) {
		memmove(a->least_db, a->least_db + 1,
			(TS_ACTIVITY_PARTS - 1) * sizeof a->least_db[0]);
		a->part_frames = 1;
		*now = a->smooth_db;
	} else if (a->smooth_db < *now) {
		*now = a->smooth_db;
	}
}

static void forget_means(struct ts_activity *a)
{
	a->n_means = a->n_recent = 0;
}

/* The last second, or what of it there is since the sound began. */
static void follow_means(struct ts_activity *a, float level_db, bool loud)
{
	a->since_loud = loud ? 0 : a->since_loud + 1;
	if (a->since_loud >= FORGET_FRAMES) {
		forget_means(a);
		return;
	}
	if (a->n_recent == TS_ACTIVITY_MEAN_FRAMES)
		memmove(a->recent_db, a->recent_db + 1, --a->n_recent * sizeof a->recent_db[0]);
	a->recent_db[a->n_recent++] = level_db < TS_ACTIVITY_FLOOR_DBOV ? TS_ACTIVITY_FLOOR_DBOV
									: level_db;
	if (a->n_recent < TS_ACTIVITY_MEAN_FRAMES) return;
	if (a->n_means == TS_ACTIVITY_MEANS)
		memmove(a->mean_db, a->mean_db + 1, --a->n_means * sizeof a->mean_db[0]);
	float sum_db = 0;
	for (int i = 0; i < TS_ACTIVITY_MEAN_FRAMES; i++) sum_db += a->recent_db[i];
	a->mean_db[a->n_means++] = sum_db / TS_ACTIVITY_MEAN_FRAMES;
}

static bool swings(const struct ts_activity *a)
{
	if (a->n_means < MEANS_MIN) return false;
	return most_of(a->mean_db, a->n_means) - least_of(a->mean_db, a->n_means) >= SWING_DB;
}

static void frame(struct ts_activity *a, float level_db, enum ts_vad vad)
{
	int level = (int)level_db;
	follow_vad(a, level, vad);
	bool loud = ts_activity_is_loud(a, level, vad);
	follow_floor(a, level_db);
	follow_means(a, level_db, loud);
	a->run += loud ? (a->run < RUN_MAX) : -(a->run > 0);
	a->new_loud |= loud;
	a->new_talk |= loud && !is_denied(a, vad);
	if (!stands_out(a, level, vad) || is_denied(a, vad) || !swings(a)) return;
	a->new_speech = true;
	a->speech_db += (level_db - a->speech_db) * (level_db > a->speech_db ? SMOOTH : SINK);
}

void ts_activity_update(struct ts_activity *a, int level_dbov, enum ts_vad vad, int samples)
{
	/* at once, or the beginning of a word would wait until its frame is full */
	if (ts_activity_is_loud(a, level_dbov, vad)) a->new_loud = true;
	if (!a->samples || (float)level_dbov > a->level_db) a->level_db = (float)level_dbov;
	for (a->samples += samples; a->samples >= TS_AUDIO_FRAME; a->samples -= TS_AUDIO_FRAME) {
		frame(a, a->level_db, vad);
		a->level_db = (float)level_dbov;
	}
}

void ts_activity_noise(struct ts_activity *a, int level_dbov)
{
	float db = level_dbov < TS_ACTIVITY_FLOOR_DBOV ? TS_ACTIVITY_FLOOR_DBOV : (float)level_dbov;
	a->smooth_db = db;
	if (db < a->least_db[TS_ACTIVITY_PARTS - 1]) a->least_db[TS_ACTIVITY_PARTS - 1] = db;
	forget_means(a);
}

/* ---- the gates ---- */

static bool held(const struct ts_activity *a, int64_t *until_ns, bool *fresh, int64_t now_ns)
{
	int64_t fresh_ns = now_ns + (a->run >= RUN_MIN ? HOLD_NS : CLICK_NS);
	if (*fresh && fresh_ns > *until_ns) *until_ns = fresh_ns;
	*fresh = false;
	return now_ns < *until_ns;
}

void ts_activity_tick(struct ts_activity *a, int64_t now_ns)
{
	a->heard = held(a, &a->heard_until_ns, &a->new_loud, now_ns);
	a->talking = held(a, &a->talking_until_ns, &a->new_talk, now_ns);
	a->speech = held(a, &a->speech_until_ns, &a->new_speech, now_ns);
}
