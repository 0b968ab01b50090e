#include "layout/speakers.h"

#include <math.h>
#include <string.h>

#define COMES_IN \
	0.35 /* activity after 650 ms; one click counts as 400 ms of talk (mixer/audio/voice.h) */
#define FORGOTTEN 0.01 /* who coughed and was never ranked */
#define TIMES_AS_MUCH 2
#define NEAR_DB 12.0 /* telephones and headsets differ by that */
#define FAR_DB 27.0
#define FORGET_DB_PER_S 0.25
#define QUIETEST_DBOV -127.0

void ts_speakers_init(struct ts_speakers *s, int64_t hold_ns)
{
	memset(s, 0, sizeof(*s));
	s->hold_ns = hold_ns;
	s->last_ns = INT64_MIN;
	s->loudest_dbov = QUIETEST_DBOV;
}

static struct ts_speaker *find(struct ts_speakers *s, uint64_t key)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->speaker[i].key == key) return &s->speaker[i];
	return NULL;
}

static int64_t since_last_ns(struct ts_speakers *s, int64_t now_ns)
{
	const int64_t dt_ns = s->last_ns == INT64_MIN ? 100000000 : now_ns - s->last_ns;
	s->last_ns = now_ns;
	return dt_ns < 0 ? 0 : dt_ns;
}

static void follow_loudest(
	struct ts_speakers *s, const struct ts_talk *talk, size_t n, int64_t dt_ns)
{
	s->loudest_dbov -= FORGET_DB_PER_S * (double)dt_ns / 1e9;
	if (s->loudest_dbov < QUIETEST_DBOV) s->loudest_dbov = QUIETEST_DBOV;
	for (size_t i = 0; i < n; i++)
		if (talk[i].talking && talk[i].level_dbov && talk[i].level_dbov > s->loudest_dbov)
			s->loudest_dbov = talk[i].level_dbov;
}

/* How much their talking counts. */
static double weight_of(const struct ts_speakers *s, const struct ts_talk *talk)
{
	if (!talk->talking) return 0;
	const double below_db = talk->level_dbov ? s->loudest_dbov - talk->level_dbov : 0;
	return below_db <= NEAR_DB   ? 1
		: below_db >= FAR_DB ? 0
				     : (FAR_DB - below_db) / (FAR_DB - NEAR_DB);
}

static void follow(struct ts_speakers *s, const struct ts_talk *talk, double share)
{
	struct ts_speaker *who = find(s, talk->key);
	if (!who) {
		if (!talk->talking || s->n == TS_SPEAKERS_MAX) return;
		who = &s->speaker[s->n++];
		*who = (struct ts_speaker){.key = talk->key};
	}
	who->present = true;
	who->activity += (weight_of(s, talk) - who->activity) * share;
}

static bool forget(struct ts_speakers *s)
{
	bool changed = false;
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct ts_speaker *who = &s->speaker[i];
		if (who->present && (who->ranked || who->activity >= FORGOTTEN))
			s->speaker[kept++] = *who;
		else
			changed |= who->ranked;
	}
	s->n = kept;
	for (size_t i = 0; i < kept; i++) s->speaker[i].present = false;
	return changed;
}

static bool is_talking(const struct ts_talk *talk, size_t n, uint64_t key)
{
	for (size_t i = 0; i < n; i++)
		if (talk[i].key == key) return talk[i].talking;
	return false;
}

/* Whether b, behind a, comes before them now. */
static bool passes(const struct ts_speakers *s, const struct ts_speaker *a,
	const struct ts_speaker *b, int64_t now_ns)
{
	if (!a->ranked) return true;
	return now_ns - a->since_ns >= s->hold_ns && b->activity > TIMES_AS_MUCH * a->activity;
}

/* Moves the one at i as far to the front as they may go. */
static bool advance(struct ts_speakers *s, size_t i, int64_t now_ns)
{
	struct ts_speaker who = s->speaker[i];
	bool moved = !who.ranked;
	who.ranked = true;
	for (; i > 0 && passes(s, &s->speaker[i - 1], &who, now_ns); i--) {
		s->speaker[i] = s->speaker[i - 1];
		moved |= s->speaker[i].ranked;
	}
	if (moved) who.since_ns = now_ns;
	s->speaker[i] = who;
	return moved;
}

bool ts_speakers_update(struct ts_speakers *s, const struct ts_talk *talk, size_t n, int64_t now_ns)
{
	const int64_t dt_ns = since_last_ns(s, now_ns);
	/* of the leaky mean, what the time since the last update replaces */
	const double share = 1 - exp(-(double)dt_ns / (0.75 * (double)s->hold_ns));
	follow_loudest(s, talk, n, dt_ns);
	for (size_t i = 0; i < n; i++) follow(s, &talk[i], share);
	bool changed = forget(s);
	for (size_t i = 0; i < s->n; i++) {
		const struct ts_speaker *who = &s->speaker[i];
		if (who->activity >= COMES_IN && is_talking(talk, n, who->key))
			changed |= advance(s, i, now_ns);
	}
	return changed;
}

size_t ts_speakers_order(const struct ts_speakers *s, uint64_t *out)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->speaker[i].ranked) out[n++] = s->speaker[i].key;
	return n;
}
