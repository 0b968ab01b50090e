#include "control/machines/budget.h"
#include "base/clock.h"

bool ts_budget_take(struct ts_budget *b, double frames, int64_t now_ns)
{
	const double earned = (double)(now_ns - b->at_ns) / TS_NS_PER_S * TS_BUDGET_PER_S;
	b->spent = b->spent > earned ? b->spent - earned : 0;
	b->at_ns = now_ns;
	b->spent += frames;
	return b->spent <= TS_BUDGET_BURST;
}

bool ts_lag_drop(struct ts_lag *lag, uint32_t lost)
{
	lag->dropped += lost;
	lag->weight += lost;
	return lag->weight < TS_LAG_MAX;
}

void ts_lag_pass(struct ts_lag *lag)
{
	lag->weight = lag->weight > 0.2 ? lag->weight - 0.2 : 0;
}

uint32_t ts_lag_told(struct ts_lag *lag)
{
	const uint32_t dropped = lag->dropped;
	lag->dropped = 0;
	return dropped;
}
