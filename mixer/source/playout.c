#include "mixer/source/playout.h"

#include "base/clock.h"
#include "base/media.h"
#include "mixer/source/pictures.h"
#include <stdlib.h>

enum { MEAN_SMOOTH = 32, SPREAD_SINK = 128, INTERVAL_SMOOTH = 8, QUEUED = TS_PICTURES_QUEUED - 2 };
#define SPREAD_FIRST_NS (10 * TS_NS_PER_MS)
#define MARGIN_NS (2 * TS_NS_PER_MS)
#define SLACK_MIN_NS (4 * TS_NS_PER_MS)
#define SLACK_MAX_NS (28 * TS_NS_PER_MS)
#define JUMP_NS (500 * TS_NS_PER_MS)
#define INTERVAL_FIRST_NS (33 * TS_NS_PER_MS)
#define INTERVAL_MAX_NS (200 * TS_NS_PER_MS)
#define WAIT_MAX_NS (200 * TS_NS_PER_MS)

void ts_playout_init(struct ts_playout *p)
{
	*p = (struct ts_playout){.spread_ns = SPREAD_FIRST_NS, .interval_ns = INTERVAL_FIRST_NS};
}

int64_t ts_playout_wait_max_ns(struct ts_playout *p, int64_t ready_ns)
{
	int64_t since_ns = ready_ns - p->ready_ns;
	p->ready_ns = ready_ns;
	if (since_ns >= 0 && since_ns < INTERVAL_MAX_NS)
		p->interval_ns += (since_ns - p->interval_ns) / INTERVAL_SMOOTH;
	int64_t most_ns = p->interval_ns * QUEUED;
	return most_ns < WAIT_MAX_NS ? most_ns : WAIT_MAX_NS;
}

int64_t ts_playout_slack_ns(struct ts_playout *p, uint32_t timestamp_rtp, int64_t due_ns)
{
	int64_t rtp_ns = (int64_t)(int32_t)(timestamp_rtp - p->rtp) * TS_NS_PER_S /
		TS_VIDEO_CLOCK_HZ;
	int64_t moved_ns = due_ns - p->due_ns - rtp_ns;
	p->rtp = timestamp_rtp;
	p->due_ns = due_ns;
	if (!p->started || llabs(moved_ns) > JUMP_NS) {
		p->started = true;
		p->off_ns = p->mean_ns = 0;
	} else {
		p->off_ns += moved_ns;
		p->mean_ns += (p->off_ns - p->mean_ns) / MEAN_SMOOTH;
	}
	int64_t spread_ns = 2 * llabs(p->off_ns - p->mean_ns);
	p->spread_ns -= p->spread_ns / SPREAD_SINK;
	if (spread_ns > p->spread_ns) p->spread_ns = spread_ns;
	if (p->spread_ns > SLACK_MAX_NS) p->spread_ns = SLACK_MAX_NS;
	int64_t slack_ns = p->spread_ns + MARGIN_NS;
	return slack_ns < SLACK_MIN_NS    ? SLACK_MIN_NS
		: slack_ns > SLACK_MAX_NS ? SLACK_MAX_NS
					  : slack_ns;
}
