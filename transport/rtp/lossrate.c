#include "transport/rtp/lossrate.h"

#include "base/clock.h"

enum { WINDOW_PACKETS = 50 };
#define WINDOW_NS (500 * TS_NS_PER_MS)
#define WINDOW_LONGEST_NS (3 * TS_NS_PER_S)
#define TEST_NS (1200 * TS_NS_PER_MS)
#define TEST_LEAD_NS (200 * TS_NS_PER_MS) /* until the lower rate shows */
#define LOW 0.02
#define QUEUE_LOW 0.01 /* where packets wait as well */
#define HIGH 0.10
#define UP_PER_S 0.08
#define UP_BPS_PER_S 1000.0
#define UP_LONGEST_S 3.0
#define FREE_ABOVE 2.0 /* times the target: such a cap means nothing any more */
#define TEST_SHARE 0.85
#define TEST_LEAST 0.3 /* of the rate before: a measured rate may be wrong */
#define TEST_MOST 0.95
#define STAYS 0.5 /* of the loss before */
#define INHERENT_MAX 0.35
#define INHERENT_SINKS 0.3
#define HELD_NS (5 * TS_NS_PER_S)
/* a window: TCP halves, but seldom; and where delay lowers nothing, more */
#define QUEUE_SHARE 0.92
#define RIVALS_SHARE 0.80

void ts_lossrate_init(struct ts_lossrate *l)
{
	*l = (struct ts_lossrate){.cap_bps = TS_LOSSRATE_FREE};
}

void ts_lossrate_packet(struct ts_lossrate *l, int64_t sent_ns, bool lost)
{
	if (!l->window_ns) l->window_ns = sent_ns;
	if (sent_ns < l->from_ns) return;
	l->told++;
	l->lost += lost;
}

void ts_lossrate_found(struct ts_lossrate *l, int64_t sent_ns)
{
	if (sent_ns >= l->from_ns && l->lost) l->lost--;
}

static void lower(struct ts_lossrate *l, const struct ts_lossrate_input *in)
{
	double bps = TEST_SHARE * in->acked_bps / (1 - l->inherent);
	if (bps < TEST_LEAST * in->target_bps) bps = TEST_LEAST * in->target_bps;
	if (bps > TEST_MOST * in->target_bps) bps = TEST_MOST * in->target_bps;
	l->cap_bps = bps;
}

static void begin_test(struct ts_lossrate *l, double share, const struct ts_lossrate_input *in)
{
	l->testing = true;
	l->before = share;
	l->before_bps = in->target_bps;
	lower(l, in);
}

static void end_test(struct ts_lossrate *l, double share, bool queue)
{
	l->testing = false;
	if (queue) return;
	if (share > INHERENT_MAX || share < STAYS * l->before) {
		l->inherent = share < l->inherent ? share : l->inherent;
		return;
	}
	double least = share < l->before ? share : l->before;
	if (least > l->inherent) l->inherent = least;
	if (l->inherent > INHERENT_MAX) l->inherent = INHERENT_MAX;
	l->cap_bps = l->before_bps;
}

static void grow(struct ts_lossrate *l, const struct ts_lossrate_input *in, int64_t now_ns)
{
	double s = l->grown_ns ? (double)(now_ns - l->grown_ns) / TS_NS_PER_S : 0;
	if (s < 0) s = 0;
	if (s > UP_LONGEST_S) s = UP_LONGEST_S;
	l->cap_bps += (UP_PER_S * l->cap_bps + UP_BPS_PER_S) * s;
	if (l->cap_bps > FREE_ABOVE * in->target_bps) l->cap_bps = TS_LOSSRATE_FREE;
}

static void hold(
	struct ts_lossrate *l, double share, const struct ts_lossrate_input *in, int64_t now_ns)
{
	double give = in->rivals ? RIVALS_SHARE : in->queue ? QUEUE_SHARE : 1;
	double bps = give * in->target_bps;
	if (!l->held_ns || in->queue) l->held_ns = now_ns;
	if (bps < l->cap_bps) l->cap_bps = bps;
	if (now_ns - l->held_ns >= HELD_NS) begin_test(l, share, in);
}

static void judge(
	struct ts_lossrate *l, double share, const struct ts_lossrate_input *in, int64_t now_ns)
{
	double beyond = (share - l->inherent) / (1 - l->inherent);
	if (l->testing) {
		end_test(l, share, in->queue);
	} else if (beyond > HIGH) {
		begin_test(l, share, in);
	} else if (beyond > (in->queue ? QUEUE_LOW : LOW)) {
		hold(l, share, in, now_ns);
	} else {
		grow(l, in, now_ns);
	}
	if (beyond <= LOW || beyond > HIGH) l->held_ns = 0;
	if (share < l->inherent) l->inherent += INHERENT_SINKS * (share - l->inherent);
	l->grown_ns = now_ns;
}

void ts_lossrate_update(struct ts_lossrate *l, const struct ts_lossrate_input *in, int64_t now_ns)
{
	int64_t age_ns = now_ns - l->window_ns;
	if (!l->told || age_ns < (l->testing ? TEST_NS : WINDOW_NS)) return;
	if (l->told < WINDOW_PACKETS && age_ns < WINDOW_LONGEST_NS) return;
	judge(l, (double)l->lost / l->told, in, now_ns);
	l->told = l->lost = 0;
	l->window_ns = now_ns;
	if (l->testing) l->from_ns = now_ns + TEST_LEAD_NS;
}

void ts_lossrate_report(
	struct ts_lossrate *l, double share, const struct ts_lossrate_input *in, int64_t now_ns)
{
	judge(l, share, in, now_ns);
}

void ts_lossrate_passed(struct ts_lossrate *l, double bps)
{
	if (!l->testing && l->cap_bps < bps) l->cap_bps = bps;
}
