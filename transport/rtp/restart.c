#include "transport/rtp/restart.h"

#include "base/clock.h"
#include "transport/rtp/rtp.h"

enum {
	RUN_MIN = 3,
	STEP_MAX = 16, /* some of the run may be lost */
};
#define RUN_NS (50 * TS_NS_PER_MS)
#define PAUSE_NS (2 * TS_NS_PER_S)

bool ts_restart_behind(struct ts_restart *r, uint16_t seq, int64_t now_ns)
{
	int step = r->n ? ts_seq_diff(seq, r->seq) : 0;
	if (r->n && step == 0) return false; /* a network that doubles */
	if (step < 1 || step > STEP_MAX || now_ns - r->last_ns > PAUSE_NS) {
		r->n = 0;
		r->since_ns = now_ns;
	}
	r->n++;
	r->seq = seq;
	r->last_ns = now_ns;
	if (r->n < RUN_MIN || now_ns - r->since_ns < RUN_NS) return false;
	r->n = 0;
	return true;
}
