#include "mixer/source/decode_budget.h"

#define UNIT_X TS_NS_PER_S

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void ts_decode_budget_init(struct ts_decode_budget *b, int64_t now_ns)
{
	*b = (struct ts_decode_budget){.since_ns = now_ns,
		.at_ns = now_ns,
		.cpu_ns = TS_BUDGET_CPU_BURST_NS,
		.units_x = TS_BUDGET_UNITS_BURST * UNIT_X};
}

bool ts_decode_budget_allows(const struct ts_decode_budget *b, int64_t now_ns)
{
	return now_ns >= b->until_ns;
}

void ts_decode_budget_resume(struct ts_decode_budget *b, int64_t now_ns)
{
	b->until_ns = least(b->until_ns, now_ns);
	b->since_ns = least(b->since_ns, now_ns);
}

/* What has come in since. Ten seconds fill everything. */
static void refill(struct ts_decode_budget *b, int64_t now_ns)
{
	int64_t span_ns = now_ns - b->at_ns;
	if (span_ns <= 0) return;
	b->at_ns = now_ns;
	span_ns = least(span_ns, 10 * TS_NS_PER_S);
	b->cpu_ns = least(
		b->cpu_ns + span_ns * TS_BUDGET_CPU_PERCENT / 100, TS_BUDGET_CPU_BURST_NS);
	b->units_x = least(
		b->units_x + span_ns * TS_BUDGET_UNITS_PER_S, TS_BUDGET_UNITS_BURST * UNIT_X);
	/* a mean over about a second */
	b->used_ns -= b->used_ns / 1024 * least(span_ns / (TS_NS_PER_S / 1024), 1024);
}

static enum ts_budget_verdict pause_from(struct ts_decode_budget *b, int64_t now_ns)
{
	bool again = b->pause_ns && now_ns - b->until_ns < TS_BUDGET_FORGET_NS;
	b->pause_ns = again ? least(2 * b->pause_ns, TS_BUDGET_PAUSE_MAX_NS) : TS_BUDGET_PAUSE_NS;
	b->until_ns = now_ns + b->pause_ns;
	int64_t span_ns = now_ns - b->since_ns;
	b->rate = (int)(b->units * TS_NS_PER_S / (span_ns > TS_NS_PER_MS ? span_ns : TS_NS_PER_MS));
	b->since_ns = b->until_ns;
	b->units = 0;
	b->cpu_ns = 0;
	b->units_x = 0;
	b->used_ns = 0;
	return TS_BUDGET_EXCEEDED;
}

enum ts_budget_verdict ts_decode_budget_spend(struct ts_decode_budget *b, int64_t now_ns,
	int64_t cpu_ns, int64_t waited_ns, int64_t share_ns)
{
	refill(b, now_ns);
	b->cpu_ns -= cpu_ns;
	b->units_x -= UNIT_X;
	b->used_ns += cpu_ns;
	if (now_ns - b->since_ns >= 10 * TS_NS_PER_S) {
		b->since_ns = now_ns;
		b->units = 0;
	}
	b->units++;
	if (b->cpu_ns < 0 || b->units_x < 0) return pause_from(b, now_ns);
	if (waited_ns > TS_BUDGET_LATE_NS && b->used_ns > share_ns) return pause_from(b, now_ns);
	return waited_ns > TS_BUDGET_BEHIND_NS ? TS_BUDGET_BEHIND : TS_BUDGET_GO_ON;
}
