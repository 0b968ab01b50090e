#include "control/http/deferred.h"

static void on_request_end(void *arg, bool delivered)
{
	struct ts_deferred *deferred = arg;
	deferred->request = NULL;
	if (deferred->on_end) deferred->on_end(deferred, delivered);
	ts_deferred_release(deferred);
}

void ts_deferred_begin(struct ts_deferred *deferred, struct ts_request *request)
{
	ts_ref_init(&deferred->holders, 2);
	deferred->request = request;
	ts_request_on_end(request, on_request_end, deferred);
}

void ts_deferred_release(struct ts_deferred *deferred)
{
	if (ts_ref_put(&deferred->holders)) deferred->destroy(deferred);
}
