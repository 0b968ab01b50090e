#include "transport/rtp/rivals.h"

#include "base/clock.h"
#include <math.h>

#define STANDS_NS (3 * TS_NS_PER_S)
#define QUEUE_NS (50 * TS_NS_PER_MS)
#define GONE_NS (30 * TS_NS_PER_MS)
#define TEST_NS TS_NS_PER_S
#define LEAD_NS (100 * TS_NS_PER_MS) /* feedback, beside the round trip */
#define SHARE 0.7
#define LESS 0.9     /* or there was less to leave out than that */
#define SHRINKS 0.15 /* seconds a second; alone it would be 0.3 and more */
#define AGAIN_NS (5 * TS_NS_PER_S)
#define AGAIN_PRESENT_NS (20 * TS_NS_PER_S)

static void begin_test(struct ts_rivals *r, const struct ts_rivals_input *in, int64_t now_ns)
{
	r->began_ns = now_ns;
	r->before_bps = in->app_limited ? 0 : in->sent_bps;
	r->before_ns = 0;
}

static void end_test(struct ts_rivals *r, bool present, int64_t now_ns)
{
	r->present = present;
	r->began_ns = 0;
	r->next_ns = now_ns + (present ? AGAIN_PRESENT_NS : AGAIN_NS);
}

static void go_on(struct ts_rivals *r, const struct ts_rivals_input *in, int64_t now_ns)
{
	int64_t lead_ns = in->rtt_ns + LEAD_NS, since_ns = now_ns - r->began_ns;
	if (since_ns < lead_ns) return;
	if (!r->before_ns) r->before_ns = in->queue_ns;
	if (since_ns < lead_ns + TEST_NS) return;
	bool tested = r->before_bps > 0, shrinks = r->before_ns - in->queue_ns >= SHRINKS * TEST_NS,
	     less = !tested || in->sent_bps < LESS * r->before_bps;
	r->ours = (tested && shrinks) || !in->passes;
	end_test(r, in->passes && !shrinks && (less || r->present), now_ns);
}

void ts_rivals_update(struct ts_rivals *r, const struct ts_rivals_input *in, int64_t now_ns)
{
	r->ours = false;
	if (!r->empty_ns || in->queue_ns <= GONE_NS) r->empty_ns = now_ns;
	if (in->queue_ns <= QUEUE_NS) {
		if (r->began_ns || in->queue_ns <= GONE_NS) end_test(r, false, now_ns);
		return;
	}
	if (r->began_ns)
		go_on(r, in, now_ns);
	else if (now_ns >= r->next_ns &&
		(r->present || in->drains || now_ns - r->empty_ns >= STANDS_NS))
		begin_test(r, in, now_ns);
}

double ts_rivals_cap_bps(const struct ts_rivals *r)
{
	return r->began_ns && r->before_bps > 0 ? SHARE * r->before_bps : HUGE_VAL;
}
