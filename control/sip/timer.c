#include "control/sip/timer.h"
#include <string.h>
#include <strings.h>

enum { MAX_S = 86400, GRACE_S = 32 };

bool ts_sip_timer_parse(const char *value, uint32_t *seconds, enum ts_sip_refresher *refresher)
{
	uint64_t v = 0;
	value += strspn(value, " \t");
	if (*value < '0' || *value > '9') return false;
	for (; *value >= '0' && *value <= '9'; value++)
		if ((v = v * 10 + (uint64_t)(*value - '0')) > UINT32_MAX) return false;
	*seconds = (uint32_t)v;
	if (refresher) *refresher = TS_REFRESHER_NONE;
	while (*(value += strspn(value, " \t;"))) {
		size_t len = strcspn(value, ";");
		if (refresher && !strncasecmp(value, "refresher=uac", 13))
			*refresher = TS_REFRESHER_UAC;
		if (refresher && !strncasecmp(value, "refresher=uas", 13))
			*refresher = TS_REFRESHER_UAS;
		value += len;
	}
	return true;
}

static uint32_t clamp(uint32_t seconds)
{
	return seconds < MAX_S ? seconds : MAX_S;
}

bool ts_sip_timer_answer(struct ts_sip_timer *out, const struct ts_sip_timer_fields *request,
	const struct ts_sip_timer_policy *policy)
{
	struct ts_sip_timer timer = {0};
	uint32_t floor_s = request->min_s > policy->min_s ? request->min_s : policy->min_s;
	if (request->expires_s && request->expires_s < policy->min_s) {
		/* one that knows no timers cannot act on 422: the proxy that put it there gets a
		 * longer one (9, table 2) */
		if (request->supported) return false;
		timer.interval_s = floor_s;
	} else {
		timer.interval_s = request->expires_s;
	}
	if (!timer.interval_s) timer.interval_s = policy->expires_s;
	*out = (struct ts_sip_timer){0};
	if (!timer.interval_s) return true;
	if (timer.interval_s < floor_s && !request->expires_s) timer.interval_s = floor_s;
	timer.interval_s = clamp(timer.interval_s);
	/* a peer without timers cannot refresh; the others choose, and if they do not, they do it:
	 * theirs is the NAT */
	if (!request->supported)
		timer.refresher = TS_REFRESHER_UAS;
	else
		timer.refresher = request->refresher ? request->refresher : TS_REFRESHER_UAC;
	timer.require = timer.refresher == TS_REFRESHER_UAC;
	*out = timer;
	return true;
}

void ts_sip_timer_read(struct ts_sip_timer *out, const struct ts_sip_timer_fields *response,
	const struct ts_sip_timer_policy *policy)
{
	uint32_t said_s = response->expires_s;
	*out = (struct ts_sip_timer){
		/* one second would have us refresh twice in it */
		.interval_s = said_s && said_s < policy->min_s ? policy->min_s : clamp(said_s),
		.refresher = response->refresher ? response->refresher : TS_REFRESHER_UAC,
	};
}

uint32_t ts_sip_timer_refresh_ms(const struct ts_sip_timer *timer)
{
	return timer->interval_s * 500;
}

uint32_t ts_sip_timer_expire_ms(const struct ts_sip_timer *timer)
{
	uint32_t early_s = timer->interval_s / 3 < GRACE_S ? timer->interval_s / 3 : GRACE_S;
	return (timer->interval_s - early_s) * 1000;
}
