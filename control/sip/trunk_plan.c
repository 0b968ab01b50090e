#include "control/sip/trunk_plan.h"

enum {
	FIRST_MS = 2000,
	LAST_MS = 120 * 1000,
	RETRY_AFTER_MAX_S = 3600,
	REFRESH_LEAST_MS = 1000,
};

const char *ts_trunk_state_name(enum ts_trunk_state state)
{
	static const char *const names[] = {[TS_TRUNK_STATIC] = "static",
		[TS_TRUNK_REGISTERING] = "registering",
		[TS_TRUNK_REGISTERED] = "registered",
		[TS_TRUNK_FAILED] = "failed",
		[TS_TRUNK_REFUSED] = "refused"};
	return names[state];
}

/* By up to a quarter. */
static uint32_t shortened(uint32_t ms, uint32_t random)
{
	return ms - (uint32_t)((uint64_t)(ms / 4) * (random & 0xffff) / 0xffff);
}

void ts_trunk_plan_init(struct ts_trunk_plan *plan, uint32_t expires_s)
{
	*plan = (struct ts_trunk_plan){.state = TS_TRUNK_REGISTERING, .expires_s = expires_s};
}

/* Time for a few tries is left even of a registration that nearly ends. */
uint32_t ts_trunk_plan_ok(struct ts_trunk_plan *plan, uint32_t granted_s, uint32_t random)
{
	if (!granted_s || granted_s > TS_TRUNK_EXPIRES_MAX_S) granted_s = plan->expires_s;
	uint32_t ms = shortened(granted_s * 800, random);
	plan->state = TS_TRUNK_REGISTERED;
	plan->failures = plan->wrong = 0;
	plan->lengthened = false;
	return ms < REFRESH_LEAST_MS ? REFRESH_LEAST_MS : ms;
}

uint32_t ts_trunk_plan_failed(struct ts_trunk_plan *plan, uint32_t retry_after_s, uint32_t random)
{
	uint32_t ms = FIRST_MS;
	for (unsigned i = 0; i < plan->failures && ms < LAST_MS; i++) ms *= 2;
	if (ms > LAST_MS) ms = LAST_MS;
	ms = shortened(ms, random);
	if (retry_after_s > RETRY_AFTER_MAX_S) retry_after_s = RETRY_AFTER_MAX_S;
	if (ms < retry_after_s * 1000) ms = retry_after_s * 1000;
	plan->state = TS_TRUNK_FAILED;
	plan->failures++;
	return ms;
}

bool ts_trunk_plan_wrong(struct ts_trunk_plan *plan)
{
	if (++plan->wrong < TS_TRUNK_WRONG_MAX) return true;
	plan->state = TS_TRUNK_REFUSED;
	return false;
}

bool ts_trunk_plan_too_brief(struct ts_trunk_plan *plan, uint32_t min_s)
{
	if (plan->lengthened || min_s <= plan->expires_s || min_s > TS_TRUNK_EXPIRES_MAX_S)
		return false;
	plan->expires_s = min_s;
	plan->lengthened = true;
	return true;
}
