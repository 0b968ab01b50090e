#include "transport/rtp/aimd.h"

#include "base/clock.h"

#define BETA 0.85
#define UP_PER_S 0.08
#define UP_MIN_BPS_PER_S 4000.0
#define UP_LONGEST_S 1.0
#define ACKED_SHARE_MAX 1.5
#define ACKED_MORE_BPS 10000.0
#define RESPONSE_NS (100 * TS_NS_PER_MS) /* what feedback adds to a round trip */
#define DECREASE_MIN_NS (10 * TS_NS_PER_MS)
#define DECREASE_MAX_NS (200 * TS_NS_PER_MS)
#define LIMITED_DECREASE_NS (500 * TS_NS_PER_MS)
#define PASSES 0.8 /* of what was sent arrives: what we send is not too much */
#define USED 0.65  /* of the target, at least: else less is sent than may be */
#define FRAME_HZ 30.0
#define PACKET_BITS (1200 * 8.0)
/* of the link's capacity: weight of a new value, squared error by bit/s, and how many deviations
 * near is */
#define CAPACITY_WEIGHT 0.05
#define DEVIATION_START 400.0
#define DEVIATION_MAX 2500.0
#define NEAR_SQUARED 9.0
#define QUEUE_NS (50 * TS_NS_PER_MS)
#define DRAIN_BELOW 0.6
#define DRAIN_SHARE 0.2
#define DRAIN_LONGEST_NS (3 * TS_NS_PER_S)
#define DRAINED_NS (30 * TS_NS_PER_MS)

static double clamped(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

void ts_aimd_init(struct ts_aimd *a, double start_bps, double min_bps, double max_bps)
{
	*a = (struct ts_aimd){.bps = start_bps, .min_bps = min_bps, .max_bps = max_bps};
}

static void learn_capacity(struct ts_aimd *a, double bps)
{
	if (bps <= 0) return;
	if (a->capacity_bps <= 0) {
		a->capacity_bps = bps;
		a->deviation = DEVIATION_START;
		return;
	}
	double error = bps - a->capacity_bps;
	a->capacity_bps += CAPACITY_WEIGHT * error;
	a->deviation += CAPACITY_WEIGHT * (error * error / a->capacity_bps - a->deviation);
	a->deviation = clamped(a->deviation, DEVIATION_START, DEVIATION_MAX);
}

static bool is_far(const struct ts_aimd *a, double bps)
{
	double error = bps - a->capacity_bps;
	return error * error > NEAR_SQUARED * a->deviation * a->capacity_bps;
}

/* A packet of the size that frames of this rate have, each response time. */
static double additive_bps_per_s(const struct ts_aimd *a, int64_t rtt_ns)
{
	double frame_bits = a->bps / FRAME_HZ;
	double packets = frame_bits > PACKET_BITS ? frame_bits / PACKET_BITS : 1;
	double packet_bits = frame_bits / (double)(int64_t)(packets + 0.999);
	double up = packet_bits * TS_NS_PER_S / (double)(rtt_ns + RESPONSE_NS);
	return up > UP_MIN_BPS_PER_S ? up : UP_MIN_BPS_PER_S;
}

static void increase(struct ts_aimd *a, const struct ts_aimd_input *in, int64_t now_ns)
{
	double s = (double)(now_ns - a->updated_ns) / TS_NS_PER_S;
	double most = ACKED_SHARE_MAX * in->acked_bps + ACKED_MORE_BPS;
	if (in->app_limited || in->acked_bps <= 0 || s <= 0) return;
	s = s < UP_LONGEST_S ? s : UP_LONGEST_S;
	if (a->capacity_bps > 0 && in->acked_bps > a->capacity_bps && is_far(a, in->acked_bps))
		a->capacity_bps = 0;
	double up = a->capacity_bps > 0 || in->queue_ns > QUEUE_NS
		? additive_bps_per_s(a, in->rtt_ns)
		: UP_PER_S * a->bps;
	double bps = a->bps + up * s;
	if (bps > most) bps = most;
	if (bps > a->bps) a->bps = bps;
}

static bool may_decrease(const struct ts_aimd *a, const struct ts_aimd_input *in, int64_t now_ns)
{
	int64_t wait_ns = in->rtt_ns < DECREASE_MIN_NS ? DECREASE_MIN_NS
		: in->rtt_ns > DECREASE_MAX_NS         ? DECREASE_MAX_NS
						       : in->rtt_ns;
	return !a->decreased_ns || now_ns - a->decreased_ns >= wait_ns ||
		(in->acked_lately_bps > 0 && in->acked_lately_bps < a->bps / 2);
}

static void drain(struct ts_aimd *a, double acked_bps, int64_t now_ns)
{
	if (!a->drain_until_ns) a->drain_until_ns = now_ns + DRAIN_LONGEST_NS;
	a->drain_bps = DRAIN_SHARE * acked_bps;
}

/* What was not sent has filled no queue: others did, and less is known to be free. */
static void decrease_unused(struct ts_aimd *a, double acked_bps, int64_t now_ns)
{
	if (a->decreased_ns && now_ns - a->decreased_ns < LIMITED_DECREASE_NS) return;
	double bps = BETA * a->bps;
	if (bps < acked_bps) bps = acked_bps;
	if (bps < a->bps) a->bps = bps;
	a->decreased_ns = now_ns;
}

/* Much less is sent than the target, and most of it arrives: loss by rivals is no measure. */
static bool is_unused(const struct ts_aimd *a, const struct ts_aimd_input *in, double acked_bps)
{
	return (in->app_limited && acked_bps >= PASSES * in->sent_bps) ||
		(in->sent_bps < USED * a->bps && acked_bps >= DRAIN_BELOW * in->sent_bps);
}

static void decrease(struct ts_aimd *a, const struct ts_aimd_input *in, int64_t now_ns)
{
	double acked_bps = in->acked_bps;
	if (in->acked_lately_bps > 0 && in->acked_lately_bps < acked_bps)
		acked_bps = in->acked_lately_bps;
	if (is_unused(a, in, acked_bps)) {
		decrease_unused(a, acked_bps, now_ns);
		return;
	}
	/* what was not sent does not arrive either */
	double used_bps = in->sent_bps < a->bps ? in->sent_bps : a->bps;
	double bps = BETA * (acked_bps > 0 ? acked_bps : a->bps);
	if (bps > a->bps && a->capacity_bps > 0) bps = BETA * a->capacity_bps;
	if (bps < a->bps) a->bps = bps;
	if (a->capacity_bps > 0 && acked_bps < a->capacity_bps && is_far(a, acked_bps))
		a->capacity_bps = 0;
	learn_capacity(a, acked_bps);
	a->decreased_ns = now_ns;
	if (acked_bps > 0 && acked_bps < DRAIN_BELOW * used_bps) drain(a, acked_bps, now_ns);
}

/* What we send less for a while arrives less, too: that is no measure. */
static bool is_over(const struct ts_aimd *a, const struct ts_aimd_input *in)
{
	bool passes = in->acked_lately_bps >= PASSES * in->sent_bps;
	if (in->ours) return true;
	if (in->usage != TS_USAGE_OVER) return false;
	return !passes || !(in->rivals || in->tested || a->drain_until_ns);
}

void ts_aimd_update(struct ts_aimd *a, const struct ts_aimd_input *in, int64_t now_ns)
{
	if (!a->updated_ns) a->updated_ns = now_ns;
	if (a->drain_until_ns) {
		if (in->acked_lately_bps > 0) a->drain_bps = DRAIN_SHARE * in->acked_lately_bps;
		if (now_ns >= a->drain_until_ns || in->queue_ns < DRAINED_NS || in->rivals)
			a->drain_until_ns = 0;
	}
	if (is_over(a, in)) {
		if (may_decrease(a, in, now_ns)) decrease(a, in, now_ns);
		a->hold = true;
	} else if (in->usage == TS_USAGE_UNDER || a->hold || a->drain_until_ns || in->tested) {
		a->hold = in->usage == TS_USAGE_UNDER;
	} else {
		increase(a, in, now_ns);
	}
	a->bps = clamped(a->bps, a->min_bps, a->max_bps);
	if (now_ns > a->updated_ns) a->updated_ns = now_ns;
}

void ts_aimd_set(struct ts_aimd *a, double bps)
{
	a->bps = clamped(bps, a->min_bps, a->max_bps);
	a->capacity_bps = 0;
}

double ts_aimd_bps(const struct ts_aimd *a)
{
	if (!a->drain_until_ns) return a->bps;
	return clamped(a->drain_bps, a->min_bps, a->bps);
}
