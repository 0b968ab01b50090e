#include "transport/rtp/bursts.h"

#include "base/clock.h"

#define BURST_NS (5 * TS_NS_PER_MS)
#define BURST_LONGEST_NS (100 * TS_NS_PER_MS)
#define PAUSE_NS (2 * TS_NS_PER_S)
#define JUMP_NS (3 * TS_NS_PER_S)
#define JITTER_WEIGHT 16

static void begin(struct ts_bursts *b, int64_t sent_ns, int64_t arrived_ns)
{
	b->now = (struct ts_burst){sent_ns, sent_ns, arrived_ns, arrived_ns};
	b->has_now = true;
}

static bool belongs(const struct ts_burst *burst, int64_t sent_ns, int64_t arrived_ns)
{
	if (sent_ns - burst->first_sent_ns <= BURST_NS) return true;
	int64_t arrived_step = arrived_ns - burst->arrived_ns;
	return arrived_step < sent_ns - burst->sent_ns && arrived_step <= BURST_NS &&
		arrived_step >= 0 && arrived_ns - burst->first_arrived_ns < BURST_LONGEST_NS;
}

enum ts_bursts_news ts_bursts_packet(
	struct ts_bursts *b, int64_t sent_ns, int64_t arrived_ns, struct ts_bursts_step *out)
{
	if (!b->has_now) {
		begin(b, sent_ns, arrived_ns);
		return TS_BURSTS_NONE;
	}
	if (sent_ns < b->now.first_sent_ns) return TS_BURSTS_NONE;
	int64_t sent_step = sent_ns - b->now.sent_ns;
	int64_t drift = arrived_ns - b->now.arrived_ns - sent_step;
	if (sent_step > PAUSE_NS || drift > JUMP_NS || drift < -JUMP_NS) {
		b->has_before = false;
		begin(b, sent_ns, arrived_ns);
		return TS_BURSTS_AFRESH;
	}
	if (belongs(&b->now, sent_ns, arrived_ns)) {
		b->now.sent_ns = sent_ns;
		b->now.arrived_ns = arrived_ns;
		return TS_BURSTS_NONE;
	}
	bool step = b->has_before;
	out->sent_ns = b->now.sent_ns - b->before.sent_ns;
	out->arrived_ns = b->now.arrived_ns - b->before.arrived_ns;
	int64_t off_ns = out->arrived_ns - out->sent_ns;
	if (step) b->jitter_ns += ((off_ns < 0 ? -off_ns : off_ns) - b->jitter_ns) / JITTER_WEIGHT;
	b->before = b->now;
	b->has_before = true;
	begin(b, sent_ns, arrived_ns);
	return step ? TS_BURSTS_STEP : TS_BURSTS_NONE;
}
