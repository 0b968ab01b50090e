/* Everything of libre is made on the control thread before the sip thread starts and freed after it
 * was joined: in between only the sip thread touches it. mqueue_push is the one function of libre
 * that control calls. */
#include "control/sip/ua.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/thread.h"
#include "control/sip/conn.h"
#include "control/sip/core.h"
#include "control/sip/door.h"
#include "control/sip/name.h"
#include "control/sip/registrar.h"
#include "control/sip/trace.h"
#include <limits.h>
#include <string.h>

enum {
	HASH_SIZE = 4096,
	FDS_MAX = 65536,
	CLOSE_MAX_MS = 2000,
	LAST_MAX = 65536,
	THROTTLE_ADDRESSES = 4096,
};

/* ---- the trace */

static void emit_message(struct ts_sip_call *call, bool sent, const char *message, size_t len)
{
	char text[TS_SIP_TRACE_BYTES];
	struct ts_sip_event event = {
		.type = TS_SIP_MESSAGE, .call = call->key, .sent = sent, .sdp = text};
	event.sdp_len = ts_sip_trace_text(text, sizeof(text), message, len);
	ts_sip_emit(call->ua, &event);
}

/* libre tells nothing of a CANCEL but that it came. */
static void note_reason(struct ts_sip_call *call, const char *message, size_t len)
{
	static const char name[] = "\r\nReason:";
	if (len < 7 || memcmp(message, "CANCEL ", 7) != 0) return;
	const char *end = memmem(message, len, "\r\n\r\n", 4);
	const char *at = memmem(
		message, end ? (size_t)(end + 2 - message) : len, name, sizeof(name) - 1);
	if (!at) return;
	at += sizeof(name) - 1;
	const char *stop = memchr(at, '\r', len - (size_t)(at - message));
	if (stop) ts_sip_reason_parse(&call->reason, at, (size_t)(stop - at));
}

static void on_trace(bool sent, enum sip_transp tp, const struct sa *src, const struct sa *dst,
	const uint8_t *pkt, size_t len, void *arg)
{
	struct ts_sip_ua *ua = arg;
	const char *message = (const char *)pkt;
	const struct ts_sip_span id = ts_sip_head_call_id(message, len);
	struct ts_sip_call *call = ts_sip_call_with_id(ua, &id);
	(void)tp, (void)src, (void)dst;
	if (!id.p) return;
	if (call) {
		if (!sent) note_reason(call, message, len);
		emit_message(call, sent, message, len);
	} else if (!sent && len <= LAST_MAX) {
		ua->last_len = len;
		ua->last = g_realloc(ua->last, len + 1);
		memcpy(ua->last, message, len);
	}
}

void ts_sip_trace_last(struct ts_sip_call *call)
{
	struct ts_sip_ua *ua = call->ua;
	if (ua->last_len) emit_message(call, false, ua->last, ua->last_len);
	ua->last_len = 0;
}

uint64_t ts_sip_ua_new_call(struct ts_sip_ua *ua)
{
	return atomic_fetch_add(&ua->next_key, 1);
}

static bool is_to_be_ended(gpointer key, gpointer value, gpointer arg)
{
	struct ts_sip_call *call = value;
	uint64_t **at = arg;
	(void)key;
	*(*at)++ = call->key;
	return false;
}

void ts_sip_maybe_closed(struct ts_sip_ua *ua)
{
	if (!atomic_load(&ua->closing) || g_hash_table_size(ua->by_key) ||
		!ts_sip_trunks_gone(ua->trunks))
		return;
	atomic_store(&ua->closed, true);
	ts_loop_post(ua->control, &ua->events_task);
}

static void on_close_timer(void *arg)
{
	struct ts_sip_ua *ua = arg;
	atomic_store(&ua->closed, true);
	ts_loop_post(ua->control, &ua->events_task);
}

static void end_all(struct ts_sip_ua *ua)
{
	size_t n = g_hash_table_size(ua->by_key);
	uint64_t *keys = g_new(uint64_t, n + 1), *at = keys;
	g_hash_table_foreach(ua->by_key, (GHFunc)(void (*)(void))is_to_be_ended, &at);
	for (size_t i = 0; i < n; i++) {
		const struct ts_sip_command hangup = {
			.type = TS_SIP_DO_HANGUP, .call = keys[i], .code = 503};
		ts_sip_call_order(ua, &hangup);
	}
	g_free(keys);
	ts_sip_trunks_close(ua->trunks);
	tmr_start(&ua->close_timer, CLOSE_MAX_MS, on_close_timer, ua);
	ts_sip_maybe_closed(ua);
}

enum { WAKE_ORDERS, WAKE_CLOSE, WAKE_STOP };

static void on_wake(int id, void *data, void *arg)
{
	struct ts_sip_ua *ua = arg;
	(void)data;
	atomic_store(&ua->woken, false);
	/* what was told before the end is done before it */
	const int most = id == WAKE_ORDERS ? TS_SIP_RINGS_A_TURN : INT_MAX;
	struct ts_sip_command *order;
	int n = 0;
	for (; n < most && (order = ts_ring_pop(&ua->orders)); n++) {
		if (order->type == TS_SIP_DO_TRUNK || order->type == TS_SIP_DO_TRUNK_REMOVE)
			ts_sip_trunks_order(ua->trunks, order);
		else
			ts_sip_call_order(ua, order);
		ts_sip_free_order(order);
	}
	if (n == most && !atomic_exchange(&ua->woken, true))
		mqueue_push(ua->wake, WAKE_ORDERS, NULL);
	if (id == WAKE_CLOSE) end_all(ua);
	if (id == WAKE_STOP) re_cancel();
}

/* libre's table is indexed by descriptors, which are the process's. The first size that it is told
 * stays: before poll_method_set. */
static void set_fd_table(void)
{
	fd_setsize((int)MIN(ts_descriptors_limit(), FDS_MAX));
}

static int open_sip(struct ts_sip_ua *ua)
{
	ts_sip_capture_debug();
	if (libre_init()) return TS_EIO;
	set_fd_table();
	poll_method_set(METHOD_EPOLL);
	ua->conns = ts_sip_conns_new(ua);
	ts_sip_open_dns(ua);
	if (sip_alloc(&ua->sip, ua->dns, HASH_SIZE, HASH_SIZE, HASH_SIZE, ua->config->software,
		    NULL, ua) ||
		hash_alloc(&ua->by_id, HASH_SIZE) || mqueue_alloc(&ua->wake, on_wake, ua) ||
		sip_listen(&ua->requests, ua->sip, true, ts_sip_on_request, ua) ||
		sip_listen(&ua->responses, ua->sip, false, ts_sip_on_response, ua))
		return TS_ENOMEM;
	sip_set_trace_handler(ua->sip, on_trace);
	for (size_t i = 0; i < ua->config->n_listen; i++) {
		int rc = ts_sip_add_listener(ua, &ua->config->listen[i]);
		if (rc) return rc;
	}
	return ua->door ? ts_sip_open_door(ua) : 0;
}

int ts_sip_ua_is_websocket(const char *hop)
{
	return g_str_has_prefix(hop, "tcp " TS_SIP_INNER_ADDRESS ":");
}

int ts_sip_ua_websocket(struct ts_sip_ua *ua, struct ts_request *request)
{
	if (ua->door) ts_sip_door_open(ua->door, request);
	return ua->door != NULL;
}

/* ---- life */

static void *run(void *arg)
{
	int err = re_main(NULL);
	(void)arg;
	if (err) ts_error("sip thread", "error=%s", strerror(err));
	return NULL;
}

int ts_sip_ua_create(struct ts_sip_ua **out, struct ts_loop *control,
	const struct ts_sip_config *config, ts_sip_handler handler, void *arg)
{
	struct ts_sip_ua *ua = g_new0(struct ts_sip_ua, 1);
	const struct ts_throttle_config rate = {
		.period_ns = TS_NS_PER_S / config->invites_per_second,
		.burst = config->invites_per_second * 2,
		.max_addresses = THROTTLE_ADDRESSES};
	*ua = (struct ts_sip_ua){
		.config = config, .control = control, .handler = handler, .arg = arg};
	ua->events_task.fn = ts_sip_handle_events;
	ua->next_key = 1;
	ua->target_policy = config->target;
	g_queue_init(&ua->late);
	g_queue_init(&ua->overflow);
	ua->by_key = g_hash_table_new(g_int64_hash, g_int64_equal);
	ua->per_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ua->dialled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ua->throttle = ts_throttle_new(&rate);
	ua->messages = ts_sip_front_messages();
	ua->answers = ts_sip_front_answers();
	ua->inner = ts_sip_in_requests(config);
	g_queue_init(&ua->refused.queue);
	g_queue_init(&ua->answered.queue);
	ua->auth = ts_sip_auth_new(config);
	ua->trunks = ts_sip_trunks_new(ua);
	ua->door = config->websocket.on ? ts_sip_door_new(control) : NULL;
	ua->registrar = config->registrar ? ts_sip_registrar_new(ua) : NULL;
	*out = ua;
	int rc = ts_ring_init(&ua->events, TS_SIP_EVENTS);
	if (!rc) rc = ts_ring_init(&ua->orders, TS_SIP_COMMANDS);
	if (!rc) rc = open_sip(ua);
	if (!rc) rc = ts_thread_start(&ua->thread, "sip", run, ua);
	ua->started = !rc;
	if (rc) ts_sip_ua_destroy(out);
	return rc;
}

void ts_sip_ua_close(struct ts_sip_ua *ua, void (*done)(void *arg), void *arg)
{
	ua->done = done;
	ua->done_arg = arg;
	atomic_store(&ua->closing, true);
	mqueue_push(ua->wake, WAKE_CLOSE, NULL);
}

static void free_calls(struct ts_sip_ua *ua)
{
	GHashTableIter iter;
	gpointer value;
	for (;;) {
		g_hash_table_iter_init(&iter, ua->by_key);
		if (!g_hash_table_iter_next(&iter, NULL, &value)) return;
		ts_sip_call_drop(value, 0, "stopped", false);
	}
}

void ts_sip_ua_destroy(struct ts_sip_ua **uap)
{
	struct ts_sip_ua *ua = *uap;
	*uap = NULL;
	if (!ua) return;
	if (ua->started) {
		mqueue_push(ua->wake, WAKE_STOP, NULL);
		pthread_join(ua->thread, NULL);
	}
	free_calls(ua);
	ts_sip_late_free(ua);
	ts_sip_door_free(ua->door);
	ua->door = NULL;
	ts_sip_trunks_free(ua->trunks);
	ts_sip_registrar_free(ua->registrar);
	ua->registrar = NULL; /* connections that end tell it */
	tmr_cancel(&ua->close_timer);
	ts_sip_unwatch_sockets(ua);
	ts_sip_kept_forget(ua);
	mem_deref(ua->requests);
	mem_deref(ua->responses);
	if (ua->sip) sip_close(ua->sip, true);
	mem_deref(ua->sip);
	ts_sip_conns_free(ua->conns);
	mem_deref(ua->tls);
	ts_tls_clients_free(ua->tls_clients);
	mem_deref(ua->dns);
	mem_deref(ua->wake);
	mem_deref(ua->by_id);
	tmr_cancel(&ua->overflow_timer);
	libre_close();
	ts_sip_free_rings(ua);
	g_hash_table_unref(ua->by_key);
	g_hash_table_unref(ua->per_address);
	g_hash_table_unref(ua->dialled);
	ts_throttle_free(ua->throttle);
	ts_throttle_free(ua->inner);
	ts_throttle_free(ua->messages);
	ts_throttle_free(ua->answers);
	ts_sip_auth_free(ua->auth);
	g_free(ua->proxy_realm);
	g_free(ua->last);
	g_free(ua);
}
