#include "control/webhooks/verdict.h"

#include <glib.h>

enum ts_verdict ts_verdict_of(int status)
{
	if (status >= 200 && status < 300) return TS_VERDICT_DELIVERED;
	if (status == 410) return TS_VERDICT_GONE;
	if (status >= 300 && status < 500 && status != 408 && status != 425 && status != 429)
		return TS_VERDICT_REFUSED;
	return TS_VERDICT_LATER;
}

int64_t ts_verdict_wait_ms(
	unsigned failures, int64_t base_ms, int64_t max_ms, int64_t retry_after_s, uint32_t random)
{
	int64_t wait_ms = base_ms;
	for (unsigned i = 1; i < failures && wait_ms < max_ms; i++) wait_ms *= 2;
	wait_ms = MIN(wait_ms, max_ms);
	wait_ms = wait_ms / 2 + random % (wait_ms / 2 + 1);
	return MAX(wait_ms, CLAMP(retry_after_s, 0, TS_RETRY_AFTER_MAX_S) * 1000);
}
