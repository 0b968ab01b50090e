#include "transport/rtp/probing.h"

#include "base/clock.h"
#include <math.h>

enum { PACKETS_MIN = 4, BYTES_MIN = 3000, FIRST_BYTES = 6000, FAILED_OFTEN = 3 };
#define FIRST_FACTOR 3.0
#define FACTOR 2.0
#define WANTED_SHARE 1.15 /* of what is wanted: the target is to reach it with room */
#define LASTS_NS (20 * TS_NS_PER_MS)
#define LASTS_LONGEST_NS (100 * TS_NS_PER_MS)
#define LASTS_JITTERS 4
#define PATIENCE_NS (1500 * TS_NS_PER_MS)
#define AGAIN_NS (5 * TS_NS_PER_S)
#define AGAIN_LATER_NS (10 * TS_NS_PER_S)
#define BYTES_SHARE 0.8
#define FASTER_MAX 2.0
#define SLOWER 0.9
#define FILLED_SHARE 0.95
#define PASSED 0.7

static void failed(struct ts_probing *p, int64_t now_ns)
{
	p->flying = false;
	p->n_failed++;
	ts_probing_defer(p, now_ns + (p->n_failed < FAILED_OFTEN ? AGAIN_NS : AGAIN_LATER_NS));
}

static uint32_t bytes_of(double bps, int64_t jitter_ns)
{
	int64_t lasts_ns = LASTS_JITTERS * jitter_ns;
	if (lasts_ns < LASTS_NS) lasts_ns = LASTS_NS;
	if (lasts_ns > LASTS_LONGEST_NS) lasts_ns = LASTS_LONGEST_NS;
	double bytes = bps / 8 * (double)lasts_ns / TS_NS_PER_S;
	if (bytes > TS_PROBE_BYTES_MAX) bytes = TS_PROBE_BYTES_MAX;
	return bytes > BYTES_MIN ? (uint32_t)bytes : BYTES_MIN;
}

bool ts_probing_next(struct ts_probing *p, struct ts_probe *out, const struct ts_probing_input *in,
	int64_t now_ns)
{
	if (p->flying && now_ns - p->asked_ns > PATIENCE_NS) failed(p, p->asked_ns + PATIENCE_NS);
	if (p->flying || now_ns < p->due_ns || in->wanted_bps <= in->target_bps) return false;
	double bps = (p->n_probes ? FACTOR : FIRST_FACTOR) * in->target_bps;
	if (bps <= 0 || bps > WANTED_SHARE * in->wanted_bps) bps = WANTED_SHARE * in->wanted_bps;
	if (bps > UINT32_MAX) bps = UINT32_MAX;
	const bool first = in->target_bps <= 0;
	uint32_t bytes = bytes_of(bps, in->jitter_ns);
	if (first && bytes > FIRST_BYTES) bytes = FIRST_BYTES;
	uint8_t cluster = (uint8_t)(p->probe.cluster == UINT8_MAX ? 1 : p->probe.cluster + 1);
	*p = (struct ts_probing){.flying = true,
		.n_probes = p->n_probes + (p->n_probes < UINT32_MAX),
		.n_failed = p->n_failed,
		.filled = p->filled,
		.first = first,
		.asked_ns = now_ns,
		.probe = {.cluster = cluster, .bps = (uint32_t)bps, .bytes = bytes}};
	*out = p->probe;
	return true;
}

void ts_probing_told(struct ts_probing *p, uint8_t cluster, int64_t sent_ns, uint32_t bytes)
{
	if (!p->flying || cluster != p->probe.cluster) return;
	if (!p->told || sent_ns < p->first_sent_ns) p->first_sent_ns = sent_ns;
	if (!p->told || sent_ns >= p->last_sent_ns) {
		p->last_sent_ns = sent_ns;
		p->last_sent_bytes = bytes;
	}
	p->told++;
	p->told_bytes += bytes;
}

void ts_probing_arrived(
	struct ts_probing *p, uint8_t cluster, int64_t sent_ns, int64_t arrived_ns, uint32_t bytes)
{
	if (!p->flying || cluster != p->probe.cluster) return;
	if (!p->packets) p->first_arrived_ns = arrived_ns;
	/* of the asking, which is not far from the sending */
	double sent_ms = (double)(sent_ns - p->asked_ns) / TS_NS_PER_MS;
	double arrived_ms = (double)(arrived_ns - p->first_arrived_ns) / TS_NS_PER_MS;
	p->packets++;
	p->bytes += bytes;
	p->sent_ms += sent_ms;
	p->sent_squared += sent_ms * sent_ms;
	p->arrived_ms += arrived_ms;
	p->arrived_squared += arrived_ms * arrived_ms;
	p->product += sent_ms * arrived_ms;
}

/* The standard error of the slope of the line through arrivals. */
static double doubt(const struct ts_probing *p, double stretch)
{
	double n = p->packets, spread = p->sent_squared - p->sent_ms * p->sent_ms / n;
	double rest = p->arrived_squared - p->arrived_ms * p->arrived_ms / n -
		stretch * stretch * spread;
	return rest > 0 ? sqrt(rest / (n - 2) / spread) : 0;
}

/* n packets span n - 1 gaps: the last one that left does not count. */
static double shown_bps(const struct ts_probing *p)
{
	int64_t sent_ns = p->last_sent_ns - p->first_sent_ns;
	double n = p->packets, spread = n * p->sent_squared - p->sent_ms * p->sent_ms;
	if (sent_ns <= 0 || spread <= 0) return 0;
	double sent_bps = 8.0 * TS_NS_PER_S * (double)(p->told_bytes - p->last_sent_bytes) /
		(double)sent_ns;
	double stretch = (n * p->product - p->sent_ms * p->arrived_ms) / spread;
	if (stretch < 1 / FASTER_MAX) return 0;
	if (p->first) stretch -= doubt(p, stretch) / 2;
	if (stretch > 1 / SLOWER) return FILLED_SHARE * sent_bps / stretch;
	return stretch > 1 ? sent_bps / stretch : sent_bps;
}

double ts_probing_result(struct ts_probing *p, int64_t now_ns)
{
	if (!p->flying || p->packets < PACKETS_MIN || p->bytes < BYTES_SHARE * p->probe.bytes)
		return 0;
	/* what left faster than it was to shows no more than was asked for */
	double bps = shown_bps(p), most = 1.2 * p->probe.bps;
	if (bps > most) bps = most;
	p->filled = bps > 0 && bps < PASSED * p->probe.bps;
	if (bps < PASSED * p->probe.bps) {
		failed(p, now_ns);
		return bps;
	}
	p->flying = false;
	p->n_failed = 0;
	ts_probing_defer(p, now_ns);
	return bps;
}

void ts_probing_defer(struct ts_probing *p, int64_t until_ns)
{
	if (until_ns > p->due_ns) p->due_ns = until_ns;
}

bool ts_probing_filled(const struct ts_probing *p)
{
	return p->filled;
}
