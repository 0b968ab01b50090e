#include "mixer/scene/tier.h"

#include <string.h>

enum {
	HEADERS_PERCENT = 106, /* RTP, its extensions, SRTP, UDP and IP on 1200 bytes */
	LEAST_PERCENT = 60,    /* of its rate: what a step is sent with at least */
	ENOUGH_PERCENT = 70,   /* of its rate: what makes it better than the step below */
	MARGIN_PERCENT = 110,
	OVER_PERCENT = 90,
	LOSS_SOME = 20, /* permille */
	LOSS_BAD = 100,
	BAD_REPORTS = 2,
	QUEUE_MS = 100,
};
#define OVER_NS TS_NS_PER_S
#define CAPPED_NS (5 * TS_NS_PER_S)
#define SETTLE_NS (3 * TS_NS_PER_S / 2)
#define REQUESTS_NS (2 * TS_NS_PER_S)
#define STRIKES_NS (30 * TS_NS_PER_S)
#define TRIAL_NS (10 * TS_NS_PER_S)
#define TRIAL_MOST_NS (40 * TS_NS_PER_S)
#define TRIAL_HOLDS_NS (5 * TS_NS_PER_S)
#define QUIET_NS (10 * TS_NS_PER_S)
#define FITS_NS (3 * TS_NS_PER_S)
#define FITS_MOST_NS (12 * TS_NS_PER_S)
#define STARVED_NS TS_NS_PER_S
#define SQUEEZED_NS (5 * TS_NS_PER_S)
#define LEARNING_NS (2 * TS_NS_PER_S) /* an estimate begins low, and finds its way up */
#define RELAPSE_NS (15 * TS_NS_PER_S)

static int64_t min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static uint64_t percent(uint64_t value, uint64_t of_it)
{
	return value * of_it / 100;
}

size_t ts_tier_step(const struct ts_tier *t, const struct ts_tier_rates *rates)
{
	for (size_t i = 0; i < rates->n; i++)
		if (rates->bps[i] <= t->limit_bps) return i;
	return rates->n ? rates->n - 1 : 0;
}

/* What the way must take for a step with so many percent of its rate. */
static uint64_t need(const struct ts_tier_facts *f, size_t i, uint64_t of_it)
{
	return percent(percent(f->rates->bps[i], HEADERS_PERCENT), of_it) + f->audio_bps;
}

/* What the way must take for a step that is sent with what it takes: as much as others have of it
 * already, and enough for it to be worth more than the one below. */
static uint64_t need_live(const struct ts_tier_facts *f, size_t i, uint64_t of_it)
{
	const uint64_t rate = f->rates->bps[i], enough = percent(rate, ENOUGH_PERCENT);
	uint64_t bps = f->taken_bps[i] > enough ? f->taken_bps[i] : enough;
	if (bps > rate) bps = rate;
	return percent(percent(bps, HEADERS_PERCENT), of_it) + f->audio_bps;
}

static size_t fitting_live(
	const struct ts_tier_facts *f, size_t first, uint64_t bps, uint64_t of_it)
{
	size_t i = first;
	while (i + 1 < f->rates->n && need_live(f, i, of_it) > bps) i++;
	return i;
}

/* The largest step, from `first` on, that fits; else the last. */
static size_t fitting(const struct ts_tier_facts *f, size_t first, uint64_t bps, uint64_t of_it)
{
	size_t i = first;
	while (i + 1 < f->rates->n && need(f, i, of_it) > bps) i++;
	return i;
}

void ts_tier_init(struct ts_tier *t, int64_t now_ns)
{
	*t = (struct ts_tier){.limit_bps = UINT32_MAX,
		.target_bps = UINT32_MAX,
		.changed_ns = now_ns,
		.settled_ns = now_ns,
		.trial_ns = INT64_MAX,
		.trial_every_ns = TRIAL_NS,
		.fits_for_ns = FITS_NS,
		.struck_ns = INT64_MIN / 2};
	for (size_t i = 0; i < TS_TIER_REQUESTS; i++) t->request_ns[i] = INT64_MIN / 2;
}

/* ---- changes */

static void forget_evidence(struct ts_tier *t, int64_t now_ns)
{
	t->settled_ns = now_ns + SETTLE_NS;
	t->bad_reports = 0;
	t->over_ns = t->starved_ns = t->squeezed_ns = t->fits_ns = 0;
}

static void use_step(struct ts_tier *t, const struct ts_tier_facts *f, size_t i, int64_t now_ns)
{
	t->limit_bps = i ? f->rates->bps[i] : UINT32_MAX;
	t->changed_ns = now_ns;
	forget_evidence(t, now_ns);
}

/* To the step `to`, or the next lower one where that is none. What comes soon after a step up makes
 * the next one wait longer. */
static enum ts_tier_change go_down(struct ts_tier *t, const struct ts_tier_facts *f, size_t to,
	enum ts_tier_why why, int64_t now_ns)
{
	const size_t now = ts_tier_step(t, f->rates);
	forget_evidence(t, now_ns);
	if (now + 1 >= f->rates->n) return TS_TIER_STAYS;
	if (now_ns - t->changed_ns >= RELAPSE_NS) {
		t->trial_every_ns = TRIAL_NS;
		t->fits_for_ns = FITS_NS;
	} else if (t->went_up && t->was_trial) {
		t->trial_every_ns = min_ns(2 * t->trial_every_ns, TRIAL_MOST_NS);
	} else if (t->went_up) {
		t->fits_for_ns = min_ns(2 * t->fits_for_ns, FITS_MOST_NS);
	}
	use_step(t, f, to > now ? to : now + 1, now_ns);
	t->trial_ns = now_ns + t->trial_every_ns;
	t->on_trial = t->went_up = false;
	t->why = why;
	return TS_TIER_DOWN;
}

static enum ts_tier_change go_up(
	struct ts_tier *t, const struct ts_tier_facts *f, size_t to, bool trial, int64_t now_ns)
{
	use_step(t, f, to, now_ns);
	t->went_up = true;
	t->on_trial = t->was_trial = trial;
	t->trial_loss_permille = t->loss_permille;
	t->trial_ns = to ? now_ns + TRIAL_NS : INT64_MAX;
	if (!to) t->why = TS_TIER_FREE;
	return TS_TIER_UP;
}

/* ---- keyframe requests */

static bool is_quiet(const struct ts_tier *t, int64_t now_ns)
{
	return now_ns - t->request_ns[0] >= QUIET_NS;
}

/* Of what is sent so much arrives, as far as is known. */
static uint64_t arriving(const struct ts_network *n)
{
	if (n->estimate_bps) return n->estimate_bps;
	uint64_t bps = (uint64_t)n->sent_bps *
		(n->loss_permille < 1000 ? 1000u - n->loss_permille : 0);
	bps /= 1000;
	return n->peer_bps && n->peer_bps < bps ? n->peer_bps : bps;
}

/* A thin way makes who is behind it request keyframes. */
static bool is_thin(const struct ts_tier *t, const struct ts_tier_facts *f)
{
	const struct ts_network *n = f->network;
	const size_t now = ts_tier_step(t, f->rates);
	return t->loss_permille > LOSS_SOME || t->over_ns || n->queue_ms >= QUEUE_MS ||
		(n->estimate_bps && n->estimate_bps < need(f, now, 100));
}

enum ts_tier_change ts_tier_keyframe_request(
	struct ts_tier *t, const struct ts_tier_facts *f, int64_t now_ns)
{
	t->keyframe_requests++;
	if (f->moving || !f->rates->n) return TS_TIER_STAYS; /* one comes with the change */
	memmove(t->request_ns, t->request_ns + 1, sizeof t->request_ns - sizeof t->request_ns[0]);
	t->request_ns[TS_TIER_REQUESTS - 1] = now_ns;
	if (t->request_ns[0] < t->settled_ns || now_ns - t->request_ns[0] >= REQUESTS_NS)
		return TS_TIER_STAYS;
	const bool again = now_ns - t->struck_ns < STRIKES_NS;
	const size_t last = f->rates->n - 1, now = ts_tier_step(t, f->rates);
	const size_t next = now < last ? now + 1 : last;
	if (is_thin(t, f))
		return go_down(
			t, f, fitting(f, next, arriving(f->network), 100), TS_TIER_NETWORK, now_ns);
	t->struck_ns = now_ns;
	return go_down(t, f, again ? last : next, TS_TIER_KEYFRAMES, now_ns);
}

/* ---- without an estimate */

static void use_report(struct ts_tier *t, const struct ts_network *n, int64_t now_ns)
{
	t->reports = n->reports;
	t->loss_permille = n->loss_permille;
	if (now_ns < t->settled_ns) return;
	t->bad_reports = n->loss_permille > LOSS_BAD ? t->bad_reports + 1 : 0;
}

static void use_limit(struct ts_tier *t, const struct ts_network *n, int64_t now_ns)
{
	if (n->peer_bps != t->peer_bps) t->peer_ns = now_ns;
	t->peer_bps = n->peer_bps;
	const bool over = n->peer_bps && n->peer_bps < percent(n->sent_bps, OVER_PERCENT);
	if (!over || now_ns < t->settled_ns)
		t->over_ns = 0;
	else if (!t->over_ns)
		t->over_ns = now_ns;
}

static bool is_too_much(const struct ts_tier *t, int64_t now_ns)
{
	const int64_t over_ns = t->over_ns ? now_ns - t->over_ns : 0;
	return t->bad_reports >= BAD_REPORTS || over_ns >= CAPPED_NS ||
		(over_ns >= OVER_NS && t->loss_permille > LOSS_SOME);
}

/* A limit that stays the same is none that follows what is sent: it is meant (TMMBR). */
static bool may_try(
	const struct ts_tier *t, const struct ts_tier_facts *f, size_t to, int64_t now_ns)
{
	const bool capped = t->peer_bps && now_ns - t->peer_ns >= QUIET_NS &&
		t->peer_bps < need(f, to, 100);
	return t->loss_permille <= LOSS_BAD && !t->over_ns && !capped && is_quiet(t, now_ns);
}

static enum ts_tier_change by_reports(
	struct ts_tier *t, const struct ts_tier_facts *f, bool reported, int64_t now_ns)
{
	const size_t now = ts_tier_step(t, f->rates);
	const size_t next = now + 1 < f->rates->n ? now + 1 : now;
	t->target_bps = UINT32_MAX;
	if (t->on_trial && reported && t->loss_permille > t->trial_loss_permille + LOSS_SOME)
		return go_down(t, f, next, TS_TIER_NETWORK, now_ns);
	if (is_too_much(t, now_ns))
		return go_down(
			t, f, fitting(f, next, arriving(f->network), 100), TS_TIER_NETWORK, now_ns);
	if (t->on_trial && now_ns - t->changed_ns >= TRIAL_HOLDS_NS) {
		t->on_trial = false;
		t->trial_every_ns = TRIAL_NS;
	}
	if (!now || t->on_trial || now_ns < t->trial_ns || !may_try(t, f, now - 1, now_ns))
		return TS_TIER_STAYS;
	return go_up(t, f, now - 1, true, now_ns);
}

/* ---- with one */

static bool is_learning(const struct ts_tier *t, int64_t now_ns)
{
	return now_ns - t->estimate_ns < LEARNING_NS;
}

/* The estimate of one who is sent little says what is known to pass, not all that would; a new one
 * says what it began with, until a queue on the way shows what passes. */
static bool is_unknown(const struct ts_tier *t, const struct ts_network *n, int64_t now_ns)
{
	if (n->filled) return false;
	return (n->app_limited && n->estimate_bps >= n->sent_bps) ||
		(is_learning(t, now_ns) && n->way_queue_ms < QUEUE_MS);
}

/* Since when a condition holds; 0: it does not. */
static bool lasts(int64_t *since_ns, bool holds, int64_t for_ns, int64_t now_ns)
{
	if (!holds)
		*since_ns = 0;
	else if (!*since_ns)
		*since_ns = now_ns;
	return holds && now_ns - *since_ns >= for_ns;
}

static enum ts_tier_change up_by_estimate(
	struct ts_tier *t, const struct ts_tier_facts *f, size_t now, int64_t now_ns)
{
	const uint32_t bps = f->network->estimate_bps;
	const bool fits = now && bps >= need_live(f, now - 1, MARGIN_PERCENT);
	if (!t->fits_ns || bps < t->fits_bps) t->fits_bps = bps;
	if (!lasts(&t->fits_ns, fits, t->fits_for_ns, now_ns)) return TS_TIER_STAYS;
	if (t->why == TS_TIER_KEYFRAMES && (now_ns < t->trial_ns || !is_quiet(t, now_ns)))
		return TS_TIER_STAYS;
	const size_t to = t->why == TS_TIER_KEYFRAMES
		? now - 1
		: fitting_live(f, 0, t->fits_bps, MARGIN_PERCENT);
	return go_up(t, f, to < now ? to : now - 1, false, now_ns);
}

static enum ts_tier_change by_estimate(
	struct ts_tier *t, const struct ts_tier_facts *f, int64_t now_ns)
{
	const uint32_t bps = f->network->estimate_bps;
	const size_t now = ts_tier_step(t, f->rates);
	const uint64_t video = bps > f->audio_bps ? bps - f->audio_bps : 0;
	const bool unknown = is_unknown(t, f->network, now_ns);
	t->target_bps = unknown ? UINT32_MAX : (uint32_t)(video * 100 / HEADERS_PERCENT);
	const bool starved = !unknown && bps < need(f, now, LEAST_PERCENT);
	const bool squeezed = f->shared && !unknown && bps < need(f, now, OVER_PERCENT) &&
		t->target_bps < percent(f->others_bps, OVER_PERCENT);
	const bool sure = f->network->queue_ms >= QUEUE_MS || t->loss_permille > LOSS_BAD ||
		is_learning(t, now_ns);
	if (lasts(&t->starved_ns, starved, sure ? 0 : STARVED_NS, now_ns) ||
		lasts(&t->squeezed_ns, squeezed, SQUEEZED_NS, now_ns))
		return go_down(t, f, fitting_live(f, now, bps, 100), TS_TIER_NETWORK, now_ns);
	return f->moving ? TS_TIER_STAYS : up_by_estimate(t, f, now, now_ns);
}

enum ts_tier_change ts_tier_run(struct ts_tier *t, const struct ts_tier_facts *f, int64_t now_ns)
{
	const struct ts_network *n = f->network;
	const bool reported = n->reports != t->reports;
	if (f->moving) forget_evidence(t, now_ns);
	if (reported) use_report(t, n, now_ns);
	use_limit(t, n, now_ns);
	if (!n->estimate_bps)
		t->estimate_ns = 0;
	else if (!t->estimate_ns)
		t->estimate_ns = now_ns;
	if (!f->rates->n) return TS_TIER_STAYS;
	if (!ts_tier_step(t, f->rates)) t->why = TS_TIER_FREE; /* the ladder may be another */
	if (n->estimate_bps) return by_estimate(t, f, now_ns);
	return f->moving ? TS_TIER_STAYS : by_reports(t, f, reported, now_ns);
}

static uint32_t clamp_bps(uint64_t bps)
{
	return bps < UINT32_MAX ? (uint32_t)bps : UINT32_MAX;
}

uint32_t ts_tier_next_bps(const struct ts_tier *t, const struct ts_tier_facts *f)
{
	if (!f->rates->n) return 0;
	const size_t now = ts_tier_step(t, f->rates);
	return clamp_bps(now ? need_live(f, now - 1, MARGIN_PERCENT) : need(f, 0, 100));
}

uint32_t ts_tier_wanted_bps(const struct ts_tier *t, const struct ts_tier_facts *f)
{
	if (!f->rates->n || t->why == TS_TIER_KEYFRAMES || !ts_tier_step(t, f->rates))
		return ts_tier_next_bps(t, f);
	return clamp_bps(need(f, 0, MARGIN_PERCENT));
}
