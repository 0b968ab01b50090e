#include "transport/rtp/budget.h"

#include "base/clock.h"

#define SHARE 0.65
#define HOLDS_S 0.5
#define LIMITED 0.8
#define FREE 0.5

void ts_budget_sent(struct ts_budget *b, uint32_t bytes, double target_bps, int64_t now_ns)
{
	double flow_bps = SHARE * target_bps, most = HOLDS_S * flow_bps;
	if (b->filled_ns && now_ns > b->filled_ns)
		b->bits += flow_bps * (double)(now_ns - b->filled_ns) / TS_NS_PER_S;
	if (!b->filled_ns || now_ns > b->filled_ns) b->filled_ns = now_ns;
	if (b->bits > most) b->bits = most;
	b->bits -= 8.0 * bytes;
	if (b->bits < -most) b->bits = -most;
	if (b->bits > LIMITED * most) b->limited = true;
	if (b->bits < FREE * most) b->limited = false;
}
