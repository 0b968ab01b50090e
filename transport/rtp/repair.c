#include "transport/rtp/repair.h"
#include "base/clock.h"

/* A packet asked for again comes nearly always, and sooner than a keyframe, of which packets are
 * lost as well: so there is time for half a dozen attempts. */
#define PATIENCE_MIN_NS (300 * TS_NS_PER_MS)
#define PATIENCE_MAX_NS (1000 * TS_NS_PER_MS)
#define PATIENCE_NO_NACK_NS (20 * TS_NS_PER_MS)
#define LONG_RTT_NS (300 * TS_NS_PER_MS)
#define ASK_AGAIN_MIN_NS (20 * TS_NS_PER_MS)
#define REORDER_MAX_NS (10 * TS_NS_PER_MS)
#define RTT_GUESS_NS (100 * TS_NS_PER_MS) /* until a report or an answer tells */
#define ANSWER_MAX_NS TS_NS_PER_S

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t ts_repair_rtt_ns(const struct ts_repair *p)
{
	const int64_t ns = p->is_told && p->answer_ns > p->rtt_ns ? p->answer_ns : p->rtt_ns;
	return least(ns, ANSWER_MAX_NS);
}

bool ts_repair_is_short(const struct ts_repair *p)
{
	return p->rtt_ns >= LONG_RTT_NS;
}

int64_t ts_repair_patience_ns(const struct ts_repair *p, bool asks)
{
	if (!asks) return PATIENCE_NO_NACK_NS;
	int64_t ns = 5 * least(p->rtt_ns ? p->rtt_ns : RTT_GUESS_NS, PATIENCE_MAX_NS);
	if (ts_repair_is_short(p)) ns /= 2; /* then what was asked for is there */
	return ns < PATIENCE_MIN_NS ? PATIENCE_MIN_NS : least(ns, PATIENCE_MAX_NS);
}

static int64_t ask_again_ns(const struct ts_repair *p)
{
	/* A quarter more than a round trip: an answer that is just a little late is not asked for
	 * twice. Before that is known sooner than may be needed: the first picture waits for it,
	 * and a double costs little. */
	int64_t ns = ts_repair_rtt_ns(p);
	ns = ns ? ns + ns / 4 : RTT_GUESS_NS / 2;
	return ns < ASK_AGAIN_MIN_NS ? ASK_AGAIN_MIN_NS : ns;
}

int64_t ts_repair_due_ns(const struct ts_repair *p, const struct ts_request *q, bool asks)
{
	const int64_t end = q->since_ns + ts_repair_patience_ns(p, asks);
	if (!asks) return end;
	return least(end, q->asked ? q->asked_ns + ask_again_ns(p) : q->since_ns + p->reorder_ns);
}

void ts_repair_told(struct ts_repair *p, int64_t rtt_ns)
{
	if (rtt_ns <= 0) return;
	p->answer_ns -= p->answer_ns / 4;
	p->rtt_ns = rtt_ns;
	p->is_told = true;
}

/* Answers tell how long they take seconds before reports do: at the start, and when a queue builds
 * up on the way. Requests that are repeated in the meantime would make that longer. */
bool ts_repair_answered(struct ts_repair *p, const struct ts_request *q, int64_t now_ns)
{
	int64_t ns = now_ns - q->asked_ns;
	if (!q->asked) return false;
	/* sooner than the way is long: it answers an earlier request */
	const bool earlier = q->asked_again && p->is_told && ns < p->rtt_ns * 3 / 4;
	if (earlier) ns = now_ns - q->since_ns;
	if ((q->asked_again && !earlier) || ns <= 0) return false;
	if (!p->is_told)
		p->rtt_ns += p->rtt_ns ? (ns - p->rtt_ns) / 4 : ns;
	else if (ns > p->answer_ns)
		p->answer_ns = least(ns, ANSWER_MAX_NS);
	return true;
}

void ts_repair_in_order(struct ts_repair *p)
{
	p->reorder_ns -= p->reorder_ns / 16;
}

void ts_repair_late(struct ts_repair *p, const struct ts_request *q, int64_t now_ns)
{
	const int64_t ns = now_ns - q->since_ns;
	if (q->asked && ns > p->reorder_ns) p->reorder_ns = least(ns * 5 / 4, REORDER_MAX_NS);
}
