/* The values of Session-Expires and Min-SE, as a request and as an answer. */
#include "control/sip/timer.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct ts_sip_timer_policy policy = {1800, 90};
	struct ts_sip_timer_fields fields = {.supported = len & 1, .required = len & 2};
	struct ts_sip_timer timer;
	char *value = strndup((const char *)data, len);
	if (!value) abort();
	if (ts_sip_timer_parse(value, &fields.expires_s, &fields.refresher) &&
		ts_sip_timer_answer(&timer, &fields, &policy) && timer.interval_s &&
		(timer.interval_s < policy.min_s ||
			ts_sip_timer_refresh_ms(&timer) > ts_sip_timer_expire_ms(&timer)))
		abort();
	ts_sip_timer_read(&timer, &fields, &policy);
	free(value);
	return 0;
}
