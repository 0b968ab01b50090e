#include "transport/rtp/estimate.h"

#include "base/clock.h"
#include "base/error.h"
#include "transport/rtp/aimd.h"
#include "transport/rtp/budget.h"
#include "transport/rtp/lossrate.h"
#include "transport/rtp/queueing.h"
#include "transport/rtp/rate.h"
#include "transport/rtp/rivals.h"

#include <stdlib.h>

#define AGE_MAX_NS (60 * TS_NS_PER_S)     /* of a packet that feedback is about */
#define ARRIVAL_MAX_NS ((int64_t)1 << 60) /* differences of two do not overflow */
#define BYTES_MAX 65535u
#define ACKED_NS (500 * TS_NS_PER_MS)
#define ACKED_LATELY_NS (160 * TS_NS_PER_MS)
#define TOLD_LEAST 0.25
#define TOLD_NS (2 * TS_NS_PER_S) /* within what ts_rate remembers */
#define SENT_NS TS_NS_PER_S
#define SILENCE_NS (2 * TS_NS_PER_S)
#define SILENCE_STEP_NS TS_NS_PER_S
#define SILENCE_SHARE 0.8
#define PROBE_AFTER_OVERUSE_NS (2 * TS_NS_PER_S)
#define WAITS_NS (8 * TS_NS_PER_MS)
#define STEEP 0.3
#define PACE 2.5
#define PACE_QUEUE 1.1
#define PASSES 0.8                   /* of what is sent arrives */
#define QUEUE_NS (50 * TS_NS_PER_MS) /* with a longer one loss is of it */
#define OTHERS_NS (2 * TS_NS_PER_S)
#define SMALL_SHARE 0.25
#define RTT_START_NS (200 * TS_NS_PER_MS)
#define RTT_MAX_NS (5 * TS_NS_PER_S)
#define RTT_WEIGHT 8
#define REPORT_LOSS_LOW 20 /* permille */
#define FILLED_NS (2 * TS_NS_PER_S)

struct ts_estimate {
	double min_bps, max_bps, peer_bps; /* peer_bps 0: no limit */
	bool has_feedback, has_reports;
	bool begins;       /* the first probe flies: what is known is a guess */
	int64_t filled_ns; /* that one has filled the way; 0: no */
	int64_t now_ns;    /* the highest that was given */
	int64_t rtt_ns;
	int64_t empty_ns;                 /* when packets waited for less than QUEUE_NS */
	int64_t unanswered_ns, silent_ns; /* sent since the last feedback; sank last; 0: no */
	uint16_t report_permille;

	struct ts_rate sent, told, acked; /* by time of sending; of that, told of; by arrival */
	struct ts_budget budget;
	struct ts_bursts bursts;
	struct ts_trendline trendline;
	struct ts_queueing queueing;
	struct ts_rivals rivals;
	struct ts_aimd aimd;
	struct ts_lossrate loss;
	struct ts_probing probing;
};

int ts_estimate_create(struct ts_estimate **out, const struct ts_estimate_config *config)
{
	if (!config->min_bps || config->min_bps > config->start_bps ||
		config->start_bps > config->max_bps)
		return TS_EINVAL;
	struct ts_estimate *e = calloc(1, sizeof(*e));
	if (!e) return TS_ENOMEM;
	e->min_bps = config->min_bps;
	e->max_bps = config->max_bps;
	e->rtt_ns = RTT_START_NS;
	ts_trendline_init(&e->trendline);
	ts_aimd_init(&e->aimd, config->start_bps, e->min_bps, e->max_bps);
	ts_lossrate_init(&e->loss);
	*out = e;
	return 0;
}

void ts_estimate_destroy(struct ts_estimate **estimate)
{
	free(*estimate);
	*estimate = NULL;
}

static double target_bps(const struct ts_estimate *e)
{
	double bps = ts_aimd_bps(&e->aimd), test_bps = ts_rivals_cap_bps(&e->rivals);
	if (bps > test_bps) bps = test_bps;
	if (bps > e->loss.cap_bps) bps = e->loss.cap_bps;
	if (e->peer_bps > 0 && bps > e->peer_bps) bps = e->peer_bps;
	return bps < e->min_bps ? e->min_bps : bps;
}

/* A clock that stands still or goes back is taken to stand. */
static int64_t forward(struct ts_estimate *e, int64_t now_ns)
{
	if (now_ns > e->now_ns) e->now_ns = now_ns;
	return e->now_ns;
}

static void sink_in_silence(struct ts_estimate *e, int64_t now_ns)
{
	if (!e->has_feedback) return;
	if (!e->unanswered_ns) e->unanswered_ns = now_ns;
	if (now_ns - e->unanswered_ns < SILENCE_NS || now_ns - e->silent_ns < SILENCE_STEP_NS)
		return;
	e->silent_ns = now_ns;
	ts_aimd_set(&e->aimd, SILENCE_SHARE * e->aimd.bps);
}

void ts_estimate_sent(struct ts_estimate *e, uint32_t bytes, int64_t now_ns)
{
	now_ns = forward(e, now_ns);
	if (bytes > BYTES_MAX) bytes = BYTES_MAX;
	ts_rate_packet(&e->sent, now_ns, bytes);
	ts_budget_sent(&e->budget, bytes, target_bps(e), now_ns);
	sink_in_silence(e, now_ns);
}

static void packet_arrived(
	struct ts_estimate *e, const struct ts_estimate_packet *p, uint32_t bytes)
{
	struct ts_bursts_step step;
	ts_rate_packet(&e->acked, p->arrived_ns, bytes);
	switch (ts_bursts_packet(&e->bursts, p->sent_ns, p->arrived_ns, &step)) {
	case TS_BURSTS_STEP: ts_trendline_step(&e->trendline, &step); break;
	case TS_BURSTS_AFRESH: ts_trendline_init(&e->trendline); break;
	case TS_BURSTS_NONE: break;
	}
}

static bool is_possible(const struct ts_estimate_packet *p, int64_t now_ns)
{
	if (p->sent_ns <= 0 || p->sent_ns > now_ns || now_ns - p->sent_ns > AGE_MAX_NS)
		return false;
	return p->arrived_ns == TS_ESTIMATE_LOST ||
		(p->arrived_ns < ARRIVAL_MAX_NS && p->arrived_ns > -ARRIVAL_MAX_NS);
}

static void learn_rtt(struct ts_estimate *e, int64_t rtt_ns)
{
	if (rtt_ns < 0) return;
	if (rtt_ns > RTT_MAX_NS) rtt_ns = RTT_MAX_NS;
	e->rtt_ns += (rtt_ns - e->rtt_ns) / RTT_WEIGHT;
}

/* Where the quickest packets do not wait the slope is jitter, unless it is steep: those that wait
 * are still under way. */
static enum ts_usage usage_of(const struct ts_estimate *e)
{
	bool waits = ts_queueing_ns(&e->queueing) >= WAITS_NS || e->trendline.slope >= STEEP;
	return e->trendline.usage == TS_USAGE_OVER && !waits ? TS_USAGE_NORMAL : e->trendline.usage;
}

/* What arrived, also by messages that were lost: as much of what was sent then as of what is
 * told. */
static double acked_bps(const struct ts_estimate *e, int64_t window_ns)
{
	double share = ts_rate_share(&e->told, &e->sent, window_ns);
	if (share < TOLD_LEAST) share = TOLD_LEAST;
	return ts_rate_bps(&e->acked, window_ns) / share;
}

/* What the first probe shows counts, also where it is less than the guess. */
static void use_first(struct ts_estimate *e, double shown_bps, int64_t now_ns)
{
	if (!e->probing.flying) e->begins = false;
	if (shown_bps <= 0) return;
	e->begins = false;
	if (ts_probing_filled(&e->probing)) e->filled_ns = now_ns;
	ts_aimd_set(&e->aimd, shown_bps);
}

static void judge(struct ts_estimate *e, int64_t now_ns)
{
	double acked = acked_bps(e, ACKED_NS);
	struct ts_lossrate_input loss = {.target_bps = target_bps(e),
		.acked_bps = acked,
		.queue = ts_queueing_ns(&e->queueing) > QUEUE_NS,
		.rivals = e->rivals.present};
	struct ts_aimd_input delay = {.usage = usage_of(e),
		.acked_bps = acked,
		.acked_lately_bps = acked_bps(e, ACKED_LATELY_NS),
		.sent_bps = ts_rate_bps(&e->sent, SENT_NS),
		.rtt_ns = e->rtt_ns,
		.queue_ns = ts_queueing_ns(&e->queueing),
		.app_limited = e->budget.limited};
	struct ts_rivals_input rivals = {.queue_ns = delay.queue_ns,
		.rtt_ns = e->rtt_ns,
		.sent_bps = delay.sent_bps,
		.app_limited = delay.app_limited,
		.passes = delay.acked_lately_bps >= PASSES * delay.sent_bps,
		.drains = e->aimd.drain_until_ns};
	ts_rivals_update(&e->rivals, &rivals, now_ns);
	delay.rivals = e->rivals.present;
	delay.tested = e->rivals.began_ns;
	delay.ours = e->rivals.ours;
	ts_lossrate_update(&e->loss, &loss, now_ns);
	double shown_bps = ts_probing_result(&e->probing, now_ns);
	if (e->begins) use_first(e, shown_bps, now_ns);
	if (delay.usage != TS_USAGE_OVER && shown_bps > e->aimd.bps)
		ts_aimd_set(&e->aimd, shown_bps);
	if (delay.usage != TS_USAGE_OVER && shown_bps > 0) ts_lossrate_passed(&e->loss, shown_bps);
	if (delay.usage == TS_USAGE_OVER)
		ts_probing_defer(&e->probing, now_ns + PROBE_AFTER_OVERUSE_NS);
	ts_aimd_update(&e->aimd, &delay, now_ns);
}

/* What is told twice, lost and then arrived after all, counts once. */
static void use_told(
	struct ts_estimate *e, const struct ts_estimate_packet *p, uint32_t bytes, int64_t now_ns)
{
	const bool lost = p->arrived_ns == TS_ESTIMATE_LOST;
	if (p->late) {
		ts_lossrate_found(&e->loss, p->sent_ns);
	} else {
		ts_lossrate_packet(&e->loss, p->sent_ns, lost);
		if (now_ns - p->sent_ns < TOLD_NS) ts_rate_packet(&e->told, p->sent_ns, bytes);
		if (p->probe) ts_probing_told(&e->probing, p->probe, p->sent_ns, bytes);
	}
	if (p->probe && !lost)
		ts_probing_arrived(&e->probing, p->probe, p->sent_ns, p->arrived_ns, bytes);
}

void ts_estimate_feedback(
	struct ts_estimate *e, const struct ts_estimate_packet *packet, size_t n, int64_t now_ns)
{
	int64_t way_ns = INT64_MAX, newest_ns = 0;
	bool any = false;
	now_ns = forward(e, now_ns);
	for (size_t i = 0; i < n; i++) {
		const struct ts_estimate_packet *p = &packet[i];
		bool lost = p->arrived_ns == TS_ESTIMATE_LOST;
		uint32_t bytes = p->bytes < BYTES_MAX ? p->bytes : BYTES_MAX;
		if (!is_possible(p, now_ns)) continue;
		any = true;
		use_told(e, p, bytes, now_ns);
		if (lost) continue;
		packet_arrived(e, p, bytes);
		if (p->arrived_ns - p->sent_ns < way_ns) way_ns = p->arrived_ns - p->sent_ns;
		if (p->sent_ns > newest_ns) newest_ns = p->sent_ns;
	}
	if (!any) return;
	e->has_feedback = true;
	e->unanswered_ns = 0;
	if (newest_ns) {
		ts_queueing_way(&e->queueing, way_ns, now_ns - newest_ns, now_ns);
		if (ts_queueing_ns(&e->queueing) <= QUEUE_NS) e->empty_ns = now_ns;
		learn_rtt(e, now_ns - newest_ns);
	}
	judge(e, now_ns);
}

/* Without feedback the delay is not known: the rate follows the peer's own limit, or goes up with
 * what is sent for as long as little is lost. */
void ts_estimate_report(
	struct ts_estimate *e, uint16_t loss_permille, int64_t rtt_ns, int64_t now_ns)
{
	now_ns = forward(e, now_ns);
	if (rtt_ns > 0) learn_rtt(e, rtt_ns);
	e->has_reports = true;
	if (e->has_feedback) return;
	if (loss_permille > 1000) loss_permille = 1000;
	double sent_bps = ts_rate_bps(&e->sent, SENT_NS), share = loss_permille / 1000.0;
	struct ts_lossrate_input loss = {
		.target_bps = target_bps(e), .acked_bps = sent_bps * (1 - share)};
	struct ts_aimd_input delay = {.usage = TS_USAGE_NORMAL,
		.acked_bps = loss.acked_bps,
		.rtt_ns = e->rtt_ns,
		.app_limited = e->budget.limited || loss_permille > REPORT_LOSS_LOW};
	ts_lossrate_report(&e->loss, share, &loss, now_ns);
	ts_aimd_update(&e->aimd, &delay, now_ns);
	e->report_permille = loss_permille;
}

void ts_estimate_limit(struct ts_estimate *e, uint32_t peer_bps, int64_t now_ns)
{
	forward(e, now_ns);
	e->peer_bps = peer_bps;
	if (!e->has_feedback && peer_bps > e->aimd.bps && e->report_permille <= REPORT_LOSS_LOW)
		ts_aimd_set(&e->aimd, peer_bps);
}

uint32_t ts_estimate_bps(const struct ts_estimate *e)
{
	return (uint32_t)target_bps(e);
}

uint32_t ts_estimate_pace_bps(const struct ts_estimate *e)
{
	bool ours = e->aimd.drain_until_ns || e->rivals.began_ns ||
		(ts_queueing_ns(&e->queueing) > QUEUE_NS && !e->rivals.present);
	double bps = (ours ? PACE_QUEUE : PACE) * target_bps(e);
	return bps < UINT32_MAX ? (uint32_t)bps : UINT32_MAX;
}

int64_t ts_estimate_queue_ns(const struct ts_estimate *e)
{
	return ts_queueing_ns(&e->queueing);
}

bool ts_estimate_app_limited(const struct ts_estimate *e)
{
	return e->budget.limited;
}

bool ts_estimate_known(const struct ts_estimate *e)
{
	return e->has_feedback && !e->begins;
}

bool ts_estimate_filled(const struct ts_estimate *e, int64_t now_ns)
{
	return e->filled_ns && now_ns - e->filled_ns < FILLED_NS;
}

/* Is there a queue that may be ours? Beside the little that an application sends it is of others,
 * who have to make room; so it is where it stays whatever we do, and we have but a small part. */
static bool may_fill(const struct ts_estimate *e, double wanted_bps, int64_t now_ns)
{
	if (ts_queueing_ns(&e->queueing) <= QUEUE_NS || e->budget.limited) return false;
	return target_bps(e) > SMALL_SHARE * wanted_bps || now_ns - e->empty_ns < OTHERS_NS;
}

bool ts_estimate_probe(
	struct ts_estimate *e, struct ts_probe *out, uint32_t wanted_bps, int64_t now_ns)
{
	now_ns = forward(e, now_ns);
	double wanted = wanted_bps < e->max_bps ? wanted_bps : e->max_bps;
	if (e->peer_bps > 0 && wanted > e->peer_bps) wanted = e->peer_bps;
	/* who reports already, and gives no feedback, would not tell of it */
	const bool first = !e->has_feedback && !e->has_reports && !e->probing.n_probes &&
		wanted > target_bps(e);
	if (!first &&
		(!e->has_feedback || e->loss.testing || e->aimd.drain_until_ns ||
			may_fill(e, wanted, now_ns)))
		return false;
	struct ts_probing_input in = {.target_bps = first ? 0 : target_bps(e),
		.wanted_bps = wanted,
		.jitter_ns = e->bursts.jitter_ns};
	const bool due = ts_probing_next(&e->probing, out, &in, now_ns);
	if (first && due) e->begins = true;
	return due;
}
