#include "mixer/scene/refresh.h"

#include <string.h>

enum { LOSS_BAD = 20 /* permille */, BAD_REPORTS = 2 };
#define REQUESTS_NS (20 * TS_NS_PER_S)
#define HEALTHY_NS (60 * TS_NS_PER_S)

static bool turn_on(struct ts_refresh *r, int64_t now_ns)
{
	const bool was_on = r->on;
	r->bad_ns = now_ns;
	r->on = true;
	return !was_on;
}

bool ts_refresh_run(struct ts_refresh *r, const struct ts_network *network, int64_t now_ns)
{
	if (network->reports != r->reports) {
		r->reports = network->reports;
		r->bad_reports = network->loss_permille >= LOSS_BAD ? r->bad_reports + 1 : 0;
		if (r->bad_reports >= BAD_REPORTS) {
			r->bad_reports = BAD_REPORTS; /* they need not count for ever */
			return turn_on(r, now_ns);
		}
	}
	if (!r->on || now_ns - r->bad_ns < HEALTHY_NS) return false;
	r->on = false;
	return true;
}

bool ts_refresh_keyframe_request(struct ts_refresh *r, int64_t now_ns)
{
	memmove(r->request_ns, r->request_ns + 1, sizeof r->request_ns - sizeof r->request_ns[0]);
	r->request_ns[TS_REFRESH_REQUESTS - 1] = now_ns;
	if (!r->request_ns[0] || now_ns - r->request_ns[0] >= REQUESTS_NS) return false;
	return turn_on(r, now_ns);
}
