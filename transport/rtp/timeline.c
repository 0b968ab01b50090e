#include "transport/rtp/timeline.h"

#include "base/packet.h"

enum { ODD_RUN = 3, SMOOTH = 4, CLOCK_HZ_MIN = 1000 };
#define WINDOW_NS (20 * TS_NS_PER_S)
#define CLOCK_JUMP_NS TS_NS_PER_S
#define DRIFT_MAX 500e-6
#define PAIR_JUMP_NS (200 * TS_NS_PER_MS)
#define PAIR_SAME_NS (50 * TS_NS_PER_MS)
#define CAPTURED_NS (10 * TS_NS_PER_S) /* so long reports stand back */
#define LAG_MAX_NS (400 * TS_NS_PER_MS)
#define STALE_NS (300 * TS_NS_PER_S)
#define AGE_MAX_NS (5 * TS_NS_PER_S)
#define FUTURE_MAX_NS (100 * TS_NS_PER_MS)
#define RTT_MAX_NS (10 * TS_NS_PER_S)

/* ---- the peer's clock ---- */

static int64_t drifted(const struct ts_peer_clock *c, int64_t offset_ns, int64_t span_ns)
{
	return offset_ns + (int64_t)(c->drift * (double)span_ns);
}

static int64_t offset_ns(const struct ts_peer_clock *c, int64_t now_ns)
{
	int64_t now = drifted(c, c->offset_ns, now_ns - c->offset_at_ns);
	int64_t before = drifted(c, c->before_ns, now_ns - c->before_at_ns);
	return now < before ? now : before;
}

static void clock_restart(struct ts_peer_clock *c, int64_t offset, int64_t now_ns)
{
	*c = (struct ts_peer_clock){.known = true,
		.offset_ns = offset,
		.offset_at_ns = now_ns,
		.before_ns = offset,
		.before_at_ns = now_ns,
		.window_ns = now_ns,
		.rtt_ns = c->rtt_ns};
}

/* Between the least offsets of two windows lies what the clocks drifted, and what their delays
 * differed by: averaged. */
static void clock_turn_window(struct ts_peer_clock *c, int64_t offset, int64_t now_ns)
{
	int64_t span_ns = c->offset_at_ns - c->before_at_ns;
	if (span_ns >= WINDOW_NS / 2) {
		double drift = (double)(c->offset_ns - c->before_ns) / (double)span_ns;
		drift = drift > DRIFT_MAX ? DRIFT_MAX : drift < -DRIFT_MAX ? -DRIFT_MAX : drift;
		c->drift += (drift - c->drift) / SMOOTH;
	}
	c->before_ns = c->offset_ns;
	c->before_at_ns = c->offset_at_ns;
	c->offset_ns = offset;
	c->offset_at_ns = c->window_ns = now_ns;
}

static void clock_sample(struct ts_peer_clock *c, int64_t wall_ns, int64_t now_ns)
{
	int64_t offset = now_ns - wall_ns;
	if (!c->known || now_ns - c->window_ns > 10 * WINDOW_NS) {
		clock_restart(c, offset, now_ns);
		return;
	}
	int64_t off_by = offset - offset_ns(c, now_ns);
	if (off_by > CLOCK_JUMP_NS || off_by < -CLOCK_JUMP_NS) {
		if (++c->odd >= ODD_RUN) clock_restart(c, offset, now_ns);
		return;
	}
	c->odd = 0;
	if (now_ns - c->window_ns > WINDOW_NS) {
		clock_turn_window(c, offset, now_ns);
	} else if (offset < drifted(c, c->offset_ns, now_ns - c->offset_at_ns)) {
		c->offset_ns = offset;
		c->offset_at_ns = now_ns;
	}
}

void ts_peer_clock_rtt(struct ts_peer_clock *c, int64_t rtt_ns)
{
	if (rtt_ns <= 0 || rtt_ns > RTT_MAX_NS) return;
	if (!c->rtt_ns || rtt_ns < c->rtt_ns)
		c->rtt_ns = rtt_ns;
	else /* another way may have become longer for good */
		c->rtt_ns += (rtt_ns - c->rtt_ns) / 64;
}

/* ---- a stream ---- */

void ts_timeline_restart(struct ts_timeline *t)
{
	*t = (struct ts_timeline){0};
}

static int64_t wall_at(const struct ts_timeline *t, uint32_t rtp)
{
	return t->wall_ns + (int64_t)(int32_t)(rtp - t->rtp) * TS_NS_PER_S / t->clock_hz;
}

static void anchor(struct ts_timeline *t, uint32_t rtp, int64_t wall_ns)
{
	t->rtp = rtp;
	t->wall_ns = wall_ns;
	t->known = true;
	t->odd = false;
}

static void reconcile(struct ts_timeline *t, uint32_t rtp, int64_t wall_ns)
{
	int64_t known_ns = wall_at(t, rtp), off_by = wall_ns - known_ns;
	if (off_by < PAIR_JUMP_NS && off_by > -PAIR_JUMP_NS) {
		anchor(t, rtp, known_ns + off_by / SMOOTH);
		return;
	}
	int64_t since_ns = off_by - t->odd_ns;
	if (t->odd && since_ns < PAIR_SAME_NS && since_ns > -PAIR_SAME_NS) {
		anchor(t, rtp, wall_ns);
		return;
	}
	t->odd = true;
	t->odd_ns = off_by;
}

static void use_pair(
	struct ts_timeline *t, uint32_t rtp, int64_t wall_ns, uint32_t clock_hz, int64_t now_ns)
{
	if (t->known && (clock_hz != t->clock_hz || now_ns - t->at_ns > STALE_NS))
		ts_timeline_restart(t);
	t->clock_hz = clock_hz;
	t->at_ns = now_ns;
	if (t->known)
		reconcile(t, rtp, wall_ns);
	else
		anchor(t, rtp, wall_ns);
}

void ts_timeline_report(struct ts_timeline *t, struct ts_peer_clock *clock, uint64_t ntp,
	uint32_t rtp, uint32_t clock_hz, int64_t now_ns)
{
	/* a sender without a wall clock may write zeros, or seconds since it was switched on (RFC
	 * 3550 6.4.1): a clock like another, as long as all its streams go by it */
	if (!ntp || clock_hz < CLOCK_HZ_MIN) return;
	int64_t wall_ns = ts_wall_ns_from_ntp(ntp);
	clock_sample(clock, wall_ns, now_ns);
	t->lag_ns[t->n_lags++ % TS_TIMELINE_LAGS] = now_ns - wall_ns - offset_ns(clock, now_ns);
	if (t->captured_ns && now_ns - t->captured_ns < CAPTURED_NS) return;
	use_pair(t, rtp, wall_ns, clock_hz, now_ns);
}

void ts_timeline_captured(
	struct ts_timeline *t, uint64_t ntp, uint32_t rtp, uint32_t clock_hz, int64_t now_ns)
{
	if (!ntp || clock_hz < CLOCK_HZ_MIN) return;
	/* what reports said is of another kind: it is not averaged with it */
	if (!t->captured_ns || now_ns - t->captured_ns >= CAPTURED_NS) t->known = false;
	use_pair(t, rtp, ts_wall_ns_from_ntp(ntp), clock_hz, now_ns);
	t->captured_ns = now_ns;
}

/* Does the stream go by the clock at all? */
static bool is_trusted(const struct ts_timeline *t)
{
	unsigned n = t->n_lags < TS_TIMELINE_LAGS ? t->n_lags : TS_TIMELINE_LAGS;
	for (unsigned i = 0; i < n; i++)
		if (t->lag_ns[i] < LAG_MAX_NS) return true;
	return n == 0; /* only abs-capture-time so far: other streams' reports told the clock */
}

int64_t ts_timeline_capture_ns(const struct ts_timeline *t, const struct ts_peer_clock *clock,
	uint32_t rtp, int64_t arrival_ns)
{
	if (!t->known || !clock->known || arrival_ns - t->at_ns > STALE_NS || !is_trusted(t))
		return TS_CAPTURE_UNKNOWN;
	int64_t capture_ns = wall_at(t, rtp) + offset_ns(clock, arrival_ns);
	int64_t age_ns = arrival_ns - capture_ns;
	if (age_ns > AGE_MAX_NS || age_ns < -FUTURE_MAX_NS) return TS_CAPTURE_UNKNOWN;
	return capture_ns - clock->rtt_ns / 2;
}
