#include "transport/rtp/probing.h"

#include "base/clock.h"

enum { PACKETS_MIN = 4, BYTES_MIN = 3000, FAILED_OFTEN = 3 };
#define FIRST_FACTOR 3.0
#define FACTOR 2.0
#define WANTED_SHARE 1.15 /* of what is wanted: the target is to reach it with room */
#define LASTS_NS (20 * TS_NS_PER_MS)
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
	p->due_ns = now_ns + (p->n_failed < FAILED_OFTEN ? AGAIN_NS : AGAIN_LATER_NS);
}

bool ts_probing_next(struct ts_probing *p, struct ts_probe *out, double target_bps,
	double wanted_bps, int64_t now_ns)
{
	if (p->flying && now_ns - p->asked_ns > PATIENCE_NS) failed(p, now_ns);
	if (p->flying || now_ns < p->due_ns || wanted_bps <= target_bps) return false;
	double bps = (p->n_probes ? FACTOR : FIRST_FACTOR) * target_bps;
	if (bps > WANTED_SHARE * wanted_bps) bps = WANTED_SHARE * wanted_bps;
	if (bps > UINT32_MAX) bps = UINT32_MAX;
	double bytes = bps / 8 * LASTS_NS / TS_NS_PER_S;
	uint8_t cluster = (uint8_t)(p->probe.cluster == UINT8_MAX ? 1 : p->probe.cluster + 1);
	unsigned n_probes = p->n_probes + (p->n_probes < UINT32_MAX), n_failed = p->n_failed;
	*p = (struct ts_probing){.flying = true,
		.n_probes = n_probes,
		.n_failed = n_failed,
		.asked_ns = now_ns,
		.probe = {.cluster = cluster,
			.bps = (uint32_t)bps,
			.bytes = bytes > BYTES_MIN ? (uint32_t)bytes : BYTES_MIN}};
	*out = p->probe;
	return true;
}

void ts_probing_packet(
	struct ts_probing *p, uint8_t cluster, int64_t sent_ns, int64_t arrived_ns, uint32_t bytes)
{
	if (!p->flying || cluster != p->probe.cluster) return;
	if (!p->packets || sent_ns < p->first_sent_ns) p->first_sent_ns = sent_ns;
	if (!p->packets || sent_ns >= p->last_sent_ns) {
		p->last_sent_ns = sent_ns;
		p->last_sent_bytes = bytes;
	}
	if (!p->packets || arrived_ns < p->first_arrived_ns) {
		p->first_arrived_ns = arrived_ns;
		p->first_arrived_bytes = bytes;
	}
	if (!p->packets || arrived_ns > p->last_arrived_ns) p->last_arrived_ns = arrived_ns;
	p->packets++;
	p->bytes += bytes;
}

/* n packets span n - 1 gaps: the last one that left, the first one that came do not count. */
static double shown_bps(const struct ts_probing *p)
{
	int64_t sent_ns = p->last_sent_ns - p->first_sent_ns;
	int64_t arrived_ns = p->last_arrived_ns - p->first_arrived_ns;
	if (sent_ns <= 0 || arrived_ns <= 0) return 0;
	double sent_bps = 8.0 * TS_NS_PER_S * (double)(p->bytes - p->last_sent_bytes) / sent_ns;
	double arrived_bps = 8.0 * TS_NS_PER_S * (double)(p->bytes - p->first_arrived_bytes) /
		arrived_ns;
	if (arrived_bps > FASTER_MAX * sent_bps) return 0;
	if (arrived_bps < SLOWER * sent_bps) return FILLED_SHARE * arrived_bps;
	return sent_bps < arrived_bps ? sent_bps : arrived_bps;
}

double ts_probing_result(struct ts_probing *p, int64_t now_ns)
{
	if (!p->flying || p->packets < PACKETS_MIN || p->bytes < BYTES_SHARE * p->probe.bytes)
		return 0;
	/* what left faster than it was to shows no more than was asked for */
	double bps = shown_bps(p), most = 1.2 * p->probe.bps;
	if (bps > most) bps = most;
	if (bps < PASSED * p->probe.bps) {
		failed(p, now_ns);
		return bps;
	}
	p->flying = false;
	p->n_failed = 0;
	p->due_ns = now_ns;
	return bps;
}

void ts_probing_defer(struct ts_probing *p, int64_t until_ns)
{
	if (until_ns > p->due_ns) p->due_ns = until_ns;
}
