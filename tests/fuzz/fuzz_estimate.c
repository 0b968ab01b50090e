/* The estimate of what a way carries, told anything: { u8 what and how long since, then what that
 * takes }*. The target stays within its limits, and so do the probes that are asked for. */
#include "base/bytes.h"
#include "base/clock.h"
#include "transport/rtp/estimate.h"
#include <stdlib.h>

enum { SENT, STEPS, RAW, REPORT, LIMIT, PROBE, PACKETS_MAX = 64 };

static const struct ts_estimate_config config = {300000, 50000, 20000000};

static int64_t raw_i64(struct ts_rd *r)
{
	uint64_t high = ts_rd_u32(r);
	return (int64_t)(high << 32 | ts_rd_u32(r));
}

/* As a peer would tell it: steps in 250 us, lost ones between. */
static size_t steps(struct ts_rd *r, struct ts_estimate_packet *packet, int64_t now_ns)
{
	size_t n = ts_rd_u8(r) % PACKETS_MAX;
	int64_t sent_ns = now_ns - ts_rd_u8(r) * 10 * TS_NS_PER_MS;
	int64_t arrived_ns = sent_ns + ts_rd_u16(r) * TS_NS_PER_MS;
	for (size_t i = 0; i < n; i++) {
		uint8_t step = ts_rd_u8(r), late = ts_rd_u8(r);
		sent_ns += step * 250 * TS_NS_PER_US;
		arrived_ns += step * 250 * TS_NS_PER_US + (late & 31) * TS_NS_PER_MS;
		packet[i] = (struct ts_estimate_packet){.sent_ns = sent_ns,
			.arrived_ns = late & 32 ? TS_ESTIMATE_LOST : arrived_ns,
			.bytes = step * 8u,
			.probe = late >> 6,
			.late = step & 1};
	}
	return n;
}

static size_t raw(struct ts_rd *r, struct ts_estimate_packet *packet)
{
	size_t n = ts_rd_u8(r) % PACKETS_MAX;
	for (size_t i = 0; i < n; i++) {
		packet[i].sent_ns = raw_i64(r);
		packet[i].arrived_ns = raw_i64(r);
		packet[i].bytes = ts_rd_u32(r);
		packet[i].probe = ts_rd_u8(r);
		packet[i].late = packet[i].bytes & 1;
	}
	return n;
}

static void must_be_sane(struct ts_estimate *e, uint32_t wanted_bps, int64_t now_ns)
{
	struct ts_probe probe;
	uint32_t bps = ts_estimate_bps(e);
	if (bps < config.min_bps || bps > config.max_bps) abort();
	(void)ts_estimate_app_limited(e);
	if (!ts_estimate_probe(e, &probe, wanted_bps, now_ns)) return;
	if (!probe.cluster || !probe.bytes || wanted_bps <= bps) abort();
	if (probe.bps <= bps / 2 || probe.bps > config.max_bps * 1.2) abort();
	if (probe.bytes > probe.bps / 80 + 3000) abort(); /* 100 ms of it, or 3 kB */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const int64_t since_ns[8] = {0, 1, TS_NS_PER_MS, 7 * TS_NS_PER_MS, 50 * TS_NS_PER_MS,
		100 * TS_NS_PER_MS, TS_NS_PER_S, 40 * TS_NS_PER_S};
	struct ts_estimate_packet packet[PACKETS_MAX];
	struct ts_estimate *e = NULL;
	struct ts_rd r = ts_rd(data, len);
	int64_t now_ns = TS_NS_PER_S;
	if (ts_estimate_create(&e, &config)) return 0;
	while (ts_rd_left(&r) >= 4) {
		uint8_t what = ts_rd_u8(&r);
		uint32_t wanted_bps = 0;
		now_ns += since_ns[what >> 5];
		switch (what & 31) {
		case SENT: ts_estimate_sent(e, ts_rd_u16(&r), now_ns); break;
		case STEPS:
			ts_estimate_feedback(e, packet, steps(&r, packet, now_ns), now_ns);
			break;
		case RAW: ts_estimate_feedback(e, packet, raw(&r, packet), now_ns); break;
		case REPORT: {
			uint16_t permille = ts_rd_u16(&r);
			ts_estimate_report(e, permille, (int32_t)ts_rd_u32(&r) * 1000LL, now_ns);
			break;
		}
		case LIMIT: ts_estimate_limit(e, ts_rd_u32(&r), now_ns); break;
		case PROBE: wanted_bps = ts_rd_u32(&r); break;
		default: ts_estimate_sent(e, what * 40u, now_ns - TS_NS_PER_S); break;
		}
		must_be_sane(e, wanted_bps, now_ns);
	}
	ts_estimate_destroy(&e);
	return 0;
}
