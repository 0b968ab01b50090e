#include "mixer/sink/retry.h"

#include "base/clock.h"

enum { PAUSE_MOST_S = 30, DOUBLINGS_MAX = 5 };
#define LASTED_NS (10 * TS_NS_PER_S)

void ts_retry_live(struct ts_retry *r, int64_t now_ns)
{
	r->live_ns = now_ns;
}

int64_t ts_retry_lost(struct ts_retry *r, int64_t now_ns)
{
	if (r->live_ns && now_ns - r->live_ns >= LASTED_NS) r->lost = 0;
	r->live_ns = 0;
	const unsigned doublings = r->lost < DOUBLINGS_MAX ? r->lost : DOUBLINGS_MAX;
	int64_t pause_s = INT64_C(1) << doublings;
	if (pause_s > PAUSE_MOST_S) pause_s = PAUSE_MOST_S;
	r->lost++;
	return now_ns + pause_s * TS_NS_PER_S;
}
