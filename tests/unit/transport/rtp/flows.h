/* flows - senders that share a bottleneck in simulated time: ours, by transport/rtp/estimate.h, and
 * TCP-like ones.
 *
 *   each ms: sender --> bottleneck --> receiver --feedback each 50, later 100 ms, may be lost--+
 *              ^------ estimate <--------------------------------------------------------------+
 *
 * A sender of ours paces at its target (or at app_bps, if that is less) and sends probes when the
 * estimate asks for them. A TCP-like one: slow start, one packet more each round trip, half at a
 * loss.
 * Thread  the test's.
 */
#ifndef TS_TESTS_UNIT_TRANSPORT_RTP_FLOWS_H
#define TS_TESTS_UNIT_TRANSPORT_RTP_FLOWS_H

#include "base/clock.h"
#include "tests/unit/common/bottleneck.h"
#include "transport/rtp/estimate.h"

enum { TS_FLOWS_MAX = 4, TS_FLOWS_SAMPLES = 3000, TS_FLOWS_WAITS = 5000 };
#define TS_FLOWS_SAMPLE_NS (100 * TS_NS_PER_MS)

struct ts_flow_config {
	bool tcp;
	int64_t begins_ns;
	uint32_t start_bps;  /* 0: 300 kbit/s */
	uint32_t app_bps;    /* 0: as much as the target */
	uint32_t wanted_bps; /* up to which probes are asked for */
	/* instead of both: the steps of a ladder as mixer/scene/tier.h chooses them, whose pictures
	 * need so many percent of a step's rate */
	uint32_t ladder_percent;
};

struct ts_flows_config {
	const char *name;
	/* of the link; in every other period low_bps, if there are periods */
	uint32_t bps, low_bps;
	int64_t period_ns, lasts_ns;
	uint32_t queue_bytes;
	int64_t delay_ns, jitter_ns, stall_ns, stall_every_ns; /* one way; back: delay_ns */
	double loss, feedback_loss, clock_ppm;
	int64_t clock_jumps_ns; /* the peer's, at half time */
	struct ts_flow_config flow[TS_FLOWS_MAX];
	int n_flows;
};

struct ts_flow_sample {
	uint32_t link_bps, target_bps, arrived_bps; /* arrived: over the last second */
	uint32_t wait_ms;                           /* in the queue, now */
	bool app_limited;
};

struct ts_flows_result {
	int n_samples;
	struct ts_flow_sample sample[TS_FLOWS_MAX][TS_FLOWS_SAMPLES];
	uint32_t waits[TS_FLOWS_WAITS + 1]; /* packets of our flows by ms in the queue */
	uint64_t dropped, lost;
	int n_probes;
};

/* Runs it from the start to its end; the same each time. */
void ts_flows_run(const struct ts_flows_config *config, struct ts_flows_result *out);

/* Means over the samples from one time to another. */
double ts_flows_target_bps(const struct ts_flows_result *r, int flow, double from_s, double to_s);
double ts_flows_arrived_bps(const struct ts_flows_result *r, int flow, double from_s, double to_s);
/* p 0 to 1, over packets of ours; and over time. */
int ts_flows_wait_ms(const struct ts_flows_result *r, double p);
int ts_flows_wait_time_ms(const struct ts_flows_result *r, double p);
/* When the target first reached bps after from_s, in s; 1e9: it did not. */
double ts_flows_reaches_s(const struct ts_flows_result *r, int flow, double bps, double from_s);

#endif
