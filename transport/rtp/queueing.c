#include "transport/rtp/queueing.h"

#include "base/clock.h"

#define WINDOW_NS (30 * TS_NS_PER_S)
#define JUMP_NS (3 * TS_NS_PER_S)

void ts_queueing_way(struct ts_queueing *q, int64_t way_ns, int64_t now_ns)
{
	int64_t moved_ns = way_ns - q->way_ns;
	if (!q->started || moved_ns > JUMP_NS || moved_ns < -JUMP_NS) {
		q->started = true;
		q->base_ns = q->base_before_ns = way_ns;
		q->window_ns = now_ns;
	}
	q->way_ns = way_ns;
	if (now_ns - q->window_ns > WINDOW_NS) {
		q->base_before_ns = q->base_ns;
		q->base_ns = way_ns;
		q->window_ns = now_ns;
	}
	if (way_ns < q->base_ns) q->base_ns = way_ns;
}

int64_t ts_queueing_ns(const struct ts_queueing *q)
{
	if (!q->started) return 0;
	int64_t base_ns = q->base_ns < q->base_before_ns ? q->base_ns : q->base_before_ns;
	return q->way_ns - base_ns;
}
