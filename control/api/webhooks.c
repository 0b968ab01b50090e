/* webhooks - /v1/webhooks: who is sent events. */
#include "control/webhooks/webhooks.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/api/webhooks.h"
#include "control/events/event_log.h"
#include "control/events/events.h"
#include "control/http/deferred.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/json/json.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <glib.h>
#include <string.h>

static void on_event(void *arg, const struct ts_event *event)
{
	struct ts_api *api = arg;
	ts_webhooks_event(api->webhooks, event->kind, event->id,
		event->api->bytes + event->api->data_at, event->api->data_len);
}

static void on_changed(void *arg)
{
	struct ts_api *api = arg;
	ts_events_tap(api->events, ts_webhooks_any(api->webhooks) ? on_event : NULL, api);
}

void ts_webhook_events(struct ts_api *api)
{
	ts_webhooks_watch(api->webhooks, on_changed, api);
}

/* ---- handlers */

static const struct ts_hook *find(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = ts_webhooks_find(api->webhooks, param[0]);
	if (!hook)
		ts_problem(request, 404, "no-such-webhook", NULL, "there is no webhook \"%.64s\"",
			param[0]);
	return hook;
}

void ts_get_webhooks(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	json_t *array = json_array();
	const struct ts_hook *hook;
	(void)param;
	for (size_t i = 0; (hook = ts_webhooks_at(api->webhooks, i)); i++)
		json_array_append_new(array, ts_webhook_json(api->webhooks, hook));
	ts_reply_json(request, ts_items_json(array), NULL);
}

void ts_get_webhook(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = find(api, request, param);
	if (hook) ts_reply_json(request, ts_webhook_json(api->webhooks, hook), NULL);
}

static void refuse(struct ts_request *request, int rc, const struct ts_shape_error *error)
{
	if (rc == TS_EINVAL)
		ts_problem(request, 422, "webhook", error->pointer, "%s", error->detail);
	else if (rc == TS_EEXIST)
		ts_problem(request, 409, "webhook-of-file", NULL,
			"the webhook stands in the configuration file, and stays as it is");
	else if (rc == TS_ELIMIT)
		ts_problem(request, 409, "too-many-webhooks", NULL,
			"the server has as many webhooks as it may have");
	else
		ts_reply_later(request, rc);
}

void ts_post_webhooks(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_shape_error error = {"", ""};
	const struct ts_hook *hook;
	char location[80];
	(void)param;
	json_t *body = ts_body_read(request, &ts_shape_webhook, TS_USE_BODY);
	if (!body) return;
	const int rc = ts_webhooks_put(api->webhooks, NULL, body, &hook, &error);
	json_decref(body);
	if (rc) {
		refuse(request, rc, &error);
		return;
	}
	g_snprintf(location, sizeof(location), "/v1/webhooks/%s", hook->id);
	ts_json_make(request, 201, ts_webhook_json(api->webhooks, hook));
	ts_reply_header(request, "Location", location);
	ts_reply_send(request);
}

void ts_patch_webhook(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	struct ts_shape_error error = {"", ""};
	const struct ts_hook *hook = find(api, request, param);
	json_t *patch = hook ? ts_body_read(request, &ts_shape_webhook, TS_USE_PATCH) : NULL;
	if (!patch) return;
	json_t *settings = ts_hook_settings(hook);
	int rc = settings ? ts_body_merge(settings, patch) : TS_ENOMEM;
	/* null takes away what is needed */
	if (!rc && !ts_shape_check(&ts_shape_webhook, TS_USE_BODY, settings, &error))
		rc = TS_EINVAL;
	if (!rc) rc = ts_webhooks_put(api->webhooks, hook->id, settings, &hook, &error);
	json_decref(settings);
	json_decref(patch);
	if (rc)
		refuse(request, rc, &error);
	else
		ts_reply_json(request, ts_webhook_json(api->webhooks, hook), NULL);
}

void ts_delete_webhook(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = find(api, request, param);
	if (!hook) return;
	const struct ts_shape_error none = {0};
	const int rc = ts_webhooks_remove(api->webhooks, hook->id);
	if (rc)
		refuse(request, rc, &none);
	else
		ts_reply_nothing(request);
}

/* ---- dead letters */

void ts_get_dead_letters(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = find(api, request, param);
	if (hook)
		ts_reply_json(
			request, ts_items_json(ts_webhook_letters_json(api->webhooks, hook)), NULL);
}

void ts_delete_dead_letters(
	struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = find(api, request, param);
	if (!hook) return;
	ts_courier_clear_letters(ts_webhooks_courier(api->webhooks), hook->id);
	ts_reply_nothing(request);
}

void ts_post_redeliver(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = find(api, request, param);
	if (!hook) return;
	ts_courier_redeliver(ts_webhooks_courier(api->webhooks), hook->id);
	ts_json_make(request, 202, ts_webhook_json(api->webhooks, hook));
	ts_reply_send(request);
}

/* ---- the test button */

struct test {
	struct ts_deferred reply; /* first */
};

static void destroy(struct ts_deferred *deferred)
{
	g_free(ts_container_of(deferred, struct test, reply));
}

static void on_tested(void *arg, const struct ts_courier_tested *result)
{
	struct test *test = arg;
	if (test->reply.request && !result) {
		ts_problem(test->reply.request, 503, "again", NULL, "it could not be tested now");
	} else if (test->reply.request) {
		const bool delivered = result->status >= 200 && result->status < 300;
		ts_reply_json(test->reply.request,
			json_pack("{s:b, s:o, s:o, s:I}", "delivered", delivered, "status",
				result->status ? json_integer(result->status) : json_null(),
				"error", *result->error ? json_string(result->error) : json_null(),
				"ms", (json_int_t)result->ms),
			NULL);
	}
	ts_deferred_release(&test->reply);
}

void ts_post_webhook_test(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_hook *hook = find(api, request, param);
	if (!hook) return;
	struct test *test = g_new0(struct test, 1);
	test->reply.destroy = destroy;
	if (ts_courier_test(ts_webhooks_courier(api->webhooks), hook->id, on_tested, test)) {
		g_free(test);
		ts_problem(request, 429, "too-many-requests", NULL, "too many tests at once");
		return;
	}
	ts_deferred_begin(&test->reply, request);
}
