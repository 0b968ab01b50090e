#include "base/counter.h"
#include "control/api.h"
#include "control/handlers.h"
#include "control/problem.h"
#include <stdlib.h>

void ts_get_metrics(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)api, (void)param;
	/* A counter may gain a digit between the two calls. */
	size_t cap = ts_count_print(NULL, 0) + 64;
	char *text = malloc(cap);
	if (!text) {
		ts_problem(request, 503, NULL, NULL, "out of memory");
		return;
	}
	size_t len = ts_count_print(text, cap);
	ts_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8", text, len < cap ? len : cap - 1,
		TS_BODY_FREE);
	ts_reply_header(request, "Cache-Control", "no-store");
	ts_reply_send(request);
}

void ts_get_health(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)api, (void)param;
	ts_reply_json(request, json_pack("{s:s}", "status", "ok"), NULL);
}
