#include "transport/rtp/queueing.h"

#include "base/clock.h"

#define WINDOW_NS (75 * TS_NS_PER_S)
#define JUMP_NS (3 * TS_NS_PER_S)
#define DRIFT_NS_PER_S (250 * TS_NS_PER_US)

static void begin(struct ts_queueing *q, int64_t way_ns, int64_t now_ns)
{
	*q = (struct ts_queueing){.started = true,
		.base_ns = way_ns,
		.base_before_ns = way_ns,
		.way_ns = way_ns,
		.window_ns = now_ns,
		.now_ns = now_ns};
}

void ts_queueing_way(struct ts_queueing *q, int64_t way_ns, int64_t rtt_ns, int64_t now_ns)
{
	int64_t moved_ns = way_ns - q->way_ns, since_ns = now_ns - q->now_ns;
	if (!q->started || moved_ns > JUMP_NS || moved_ns < -JUMP_NS) {
		begin(q, way_ns, now_ns);
		return;
	}
	q->way_ns = way_ns;
	q->now_ns = now_ns;
	if (since_ns > 0 && since_ns < JUMP_NS) {
		q->base_ns += since_ns * DRIFT_NS_PER_S / TS_NS_PER_S;
		q->base_before_ns += since_ns * DRIFT_NS_PER_S / TS_NS_PER_S;
	}
	if (now_ns - q->window_ns > WINDOW_NS) {
		q->base_before_ns = q->base_ns;
		q->base_ns = way_ns;
		q->window_ns = now_ns;
	}
	if (way_ns < q->base_ns) q->base_ns = way_ns;
	if (ts_queueing_ns(q) > rtt_ns) begin(q, way_ns, now_ns);
}

int64_t ts_queueing_ns(const struct ts_queueing *q)
{
	if (!q->started) return 0;
	int64_t base_ns = q->base_ns < q->base_before_ns ? q->base_ns : q->base_before_ns;
	return q->way_ns > base_ns ? q->way_ns - base_ns : 0;
}
