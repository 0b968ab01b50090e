#include "mixer/sync/lipsync.h"

#include "base/error.h"
#include "base/histogram.h"
#include "base/packet.h"
#include "base/ref.h"
#include <stdlib.h>

enum {
	RECENT = 32,           /* pictures: about a second */
	RECENT_MIN = 8,        /* fewer say nothing yet */
	MOST = RECENT * 4 / 5, /* of RECENT, that the sound waits for */
	SMOOTH = 16,
	LAG_SMOOTH = 32,
};
#define MOVE_NS (8 * TS_NS_PER_MS)
#define LIE_NS TS_NS_PER_S
#define LASTS_NS (1500 * TS_NS_PER_MS)
#define LAG_MAX_NS (4 * TS_LIPSYNC_TICK_NS)
#define SOUND_STALE_NS (5 * TS_NS_PER_S) /* pauses of DTX say something each 400 ms */
#define PICTURE_STALE_NS (3 * TS_NS_PER_S)

struct ts_lipsync {
	struct ts_ref refs;

	/* audio strand; least: of what was wanted since, while that is more */
	int64_t wait_ns, more_since_ns, least_ns;

	/* source's strand: what the last pictures needed, a ring */
	int64_t recent_ns[RECENT];
	unsigned n_recent;

	/* main view's strand: smoothed */
	int64_t skew_ns, picture_ns, lag_ns;

	/* Of one writer each; at 0: not yet. own: the sound's delay without its waiting; needed:
	 * from the capture until most are decoded; lag: from when they are due until they are
	 * shown */
	atomic_int_fast64_t sound, sound_own, sound_at, needed, needed_at, lag, info_wait,
		info_skew, info_picture, shown_at;
};

static int64_t get(const atomic_int_fast64_t *of)
{
	return atomic_load_explicit(of, memory_order_relaxed);
}

static void set(atomic_int_fast64_t *of, int64_t value)
{
	atomic_store_explicit(of, value, memory_order_relaxed);
}

static bool is_fresh(const atomic_int_fast64_t *at, int64_t now_ns, int64_t stale_ns)
{
	int64_t at_ns = get(at);
	return at_ns && now_ns - at_ns < stale_ns;
}

int ts_lipsync_create(struct ts_lipsync **out)
{
	struct ts_lipsync *l = calloc(1, sizeof *l);
	if (!l) return TS_ENOMEM;
	ts_ref_init(&l->refs, 1);
	*out = l;
	return 0;
}

struct ts_lipsync *ts_lipsync_ref(struct ts_lipsync *l)
{
	ts_ref_get(&l->refs);
	return l;
}

void ts_lipsync_unref(struct ts_lipsync **lipsync)
{
	struct ts_lipsync *l = *lipsync;
	*lipsync = NULL;
	if (l && ts_ref_put(&l->refs)) free(l);
}

/* ---- sound ---- */

/* Less at once. More only where it lasts: one pause is enough to wait, catching up takes long. */
static void follow(struct ts_lipsync *l, int64_t wanted_ns, int64_t now_ns)
{
	if (wanted_ns <= l->wait_ns + MOVE_NS) {
		if (wanted_ns < l->wait_ns - MOVE_NS) l->wait_ns = wanted_ns;
		l->more_since_ns = 0;
		return;
	}
	if (!l->more_since_ns || wanted_ns < l->least_ns) l->least_ns = wanted_ns;
	if (!l->more_since_ns) l->more_since_ns = now_ns;
	if (now_ns - l->more_since_ns < LASTS_NS) return;
	l->wait_ns = l->least_ns;
	l->more_since_ns = 0;
}

int64_t ts_lipsync_sound(struct ts_lipsync *l, int64_t delay_ns, int64_t own_ns, int64_t now_ns)
{
	int64_t due_ns = get(&l->needed), earliest_ns = own_ns - TS_LIPSYNC_TICK_NS;
	if (due_ns < earliest_ns) due_ns = earliest_ns;
	bool shown = is_fresh(&l->shown_at, now_ns, PICTURE_STALE_NS);
	int64_t wait_ns = due_ns + (shown ? get(&l->lag) : TS_LIPSYNC_TICK_NS) - own_ns;
	if (!is_fresh(&l->needed_at, now_ns, PICTURE_STALE_NS) || wait_ns < 0 || wait_ns > LIE_NS)
		wait_ns = 0;
	if (wait_ns > TS_LIPSYNC_WAIT_NS) wait_ns = TS_LIPSYNC_WAIT_NS;
	follow(l, wait_ns, now_ns);
	set(&l->sound, delay_ns);
	set(&l->sound_own, delay_ns - l->wait_ns > own_ns ? delay_ns - l->wait_ns : own_ns);
	set(&l->sound_at, now_ns);
	set(&l->info_wait, l->wait_ns);
	return l->wait_ns;
}

/* ---- pictures ---- */

/* Enough for most of the recent ones: the least that so many do not exceed. */
static int64_t needed_by_most(const struct ts_lipsync *l)
{
	unsigned n = l->n_recent < RECENT ? l->n_recent : RECENT, most = n * MOST / RECENT;
	int64_t least = INT64_MAX;
	for (unsigned i = 0; i < n; i++) {
		unsigned within = 0;
		for (unsigned k = 0; k < n; k++) within += l->recent_ns[k] <= l->recent_ns[i];
		if (within >= most && l->recent_ns[i] < least) least = l->recent_ns[i];
	}
	return least;
}

int64_t ts_lipsync_picture(
	struct ts_lipsync *l, int64_t capture_ns, int64_t ready_ns, int64_t wait_max_ns)
{
	if (capture_ns == TS_CAPTURE_UNKNOWN) return ready_ns;
	l->recent_ns[l->n_recent++ % RECENT] = ready_ns - capture_ns;
	if (l->n_recent >= RECENT_MIN) {
		set(&l->needed, needed_by_most(l));
		set(&l->needed_at, ready_ns);
	}
	if (!is_fresh(&l->sound_at, ready_ns, SOUND_STALE_NS)) return ready_ns;
	int64_t wait_ns = capture_ns + get(&l->sound_own) - TS_LIPSYNC_TICK_NS - ready_ns;
	if (wait_ns <= 0 || wait_ns > LIE_NS) return ready_ns;
	return ready_ns + (wait_ns < wait_max_ns ? wait_ns : wait_max_ns);
}

void ts_lipsync_shown(struct ts_lipsync *l, int64_t capture_ns, int64_t due_ns, int64_t tick_ns)
{
	if (capture_ns == TS_CAPTURE_UNKNOWN) return;
	int64_t picture_ns = tick_ns - capture_ns, lag_ns = tick_ns - due_ns;
	bool first = !is_fresh(&l->shown_at, tick_ns, PICTURE_STALE_NS);
	if (lag_ns > LAG_MAX_NS) lag_ns = LAG_MAX_NS; /* the room's tick was late */
	l->lag_ns += (lag_ns - l->lag_ns) / (first ? 1 : LAG_SMOOTH);
	set(&l->lag, l->lag_ns);
	l->picture_ns += (picture_ns - l->picture_ns) / (first ? 1 : SMOOTH);
	set(&l->info_picture, l->picture_ns);
	set(&l->shown_at, tick_ns);
	if (!is_fresh(&l->sound_at, tick_ns, SOUND_STALE_NS)) return;
	int64_t skew_ns = picture_ns - get(&l->sound);
	l->skew_ns += (skew_ns - l->skew_ns) / (first ? 1 : SMOOTH);
	set(&l->info_skew, l->skew_ns);
	ts_observe(TS_STAGE_AV_SKEW, llabs(skew_ns));
}

void ts_lipsync_info(const struct ts_lipsync *l, struct ts_lipsync_info *out, int64_t now_ns)
{
	bool sound = is_fresh(&l->sound_at, now_ns, SOUND_STALE_NS),
	     picture = is_fresh(&l->shown_at, now_ns, PICTURE_STALE_NS);
	*out = (struct ts_lipsync_info){.known = sound && picture,
		.skew_ns = sound && picture ? get(&l->info_skew) : 0,
		.sound_wait_ns = sound ? get(&l->info_wait) : 0,
		.sound_ns = sound ? get(&l->sound) : 0,
		.picture_ns = picture ? get(&l->info_picture) : 0};
}
