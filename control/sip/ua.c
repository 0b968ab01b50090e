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
#include "control/sip/hook.h"
#include "control/sip/name.h"
#include "control/sip/registrar.h"
#include "control/sip/trace.h"
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum {
	HASH_SIZE = 4096,
	FDS_MAX = 65536,
	OVERFLOW_RETRY_MS = 10,
	CLOSE_MAX_MS = 2000,
	LAST_MAX = 65536,
	THROTTLE_ADDRESSES = 4096,
	RINGS_A_TURN = 64, /* of events and of commands; then others have their turn */
};

/* ---- events, towards control */

static void push_event(struct ts_sip_ua *ua, struct ts_sip_event *event);

static void retry_overflow(void *arg)
{
	struct ts_sip_ua *ua = arg;
	while (ua->overflow.head) {
		if (ts_ring_push(&ua->events, ua->overflow.head->data)) break;
		g_queue_pop_head(&ua->overflow);
	}
	if (ua->overflow.head)
		tmr_start(&ua->overflow_timer, OVERFLOW_RETRY_MS, retry_overflow, ua);
	ts_loop_post(ua->control, &ua->events_task);
}

/* Messages of a trace are dropped first; other events wait, in order. They are few: a call has a
 * handful, and calls are limited. */
static void push_event(struct ts_sip_ua *ua, struct ts_sip_event *event)
{
	if (event->type == TS_SIP_MESSAGE && ts_ring_count(&ua->events) > TS_SIP_EVENTS / 2) {
		g_free(event);
		return;
	}
	if (ua->overflow.head || ts_ring_push(&ua->events, event)) {
		g_queue_push_tail(&ua->overflow, event);
		tmr_start(&ua->overflow_timer, OVERFLOW_RETRY_MS, retry_overflow, ua);
		return;
	}
	ts_loop_post(ua->control, &ua->events_task);
}

void ts_sip_emit(struct ts_sip_ua *ua, struct ts_sip_event *event)
{
	size_t len = event->sdp ? event->sdp_len : 0;
	struct ts_sip_event *copy = g_malloc(sizeof(*copy) + len + 1);
	*copy = *event;
	copy->at_ns = ts_now_ns();
	if (event->sdp) {
		char *text = (char *)(copy + 1);
		memcpy(text, event->sdp, len);
		text[len] = '\0';
		copy->sdp = text;
	}
	push_event(ua, copy);
}

bool ts_sip_is_behind(struct ts_sip_ua *ua)
{
	return ua->overflow.head || ts_ring_count(&ua->events) > TS_SIP_EVENTS / 2;
}

static void handle_events(struct ts_task *task)
{
	struct ts_sip_ua *ua = ts_container_of(task, struct ts_sip_ua, events_task);
	struct ts_sip_event *event;
	int n = 0;
	for (; n < RINGS_A_TURN && (event = ts_ring_pop(&ua->events)); n++) {
		ua->handler(ua->arg, event);
		g_free(event);
	}
	if (n == RINGS_A_TURN) {
		ts_loop_post(ua->control, task);
		return;
	}
	if (!atomic_load(&ua->closed) || !ua->done) return;
	void (*done)(void *) = ua->done;
	ua->done = NULL;
	done(ua->done_arg);
}

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

/* ---- commands, from control */

static size_t copy_text(char **at, const char **field, size_t len)
{
	if (!*field) return 0;
	memcpy(*at, *field, len);
	(*at)[len] = '\0';
	*field = *at;
	*at += len + 1;
	return len;
}

static void free_order(struct ts_sip_command *order)
{
	ts_trunk_config_unref(order->trunk);
	g_free(order);
}

int ts_sip_ua_command(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	size_t n_text = command->text ? strlen(command->text) : 0,
	       n_name = command->name ? strlen(command->name) : 0,
	       n_headers = command->headers ? strlen(command->headers) : 0,
	       n_sdp = command->sdp ? command->sdp_len : 0,
	       n_by = command->by_trunk ? strlen(command->by_trunk) : 0,
	       n_hop = command->hop ? strlen(command->hop) : 0;
	struct ts_sip_command *order = g_malloc(
		sizeof(*order) + n_text + n_name + n_headers + n_sdp + n_by + n_hop + 6);
	char *at = (char *)(order + 1);
	*order = *command;
	copy_text(&at, &order->text, n_text);
	copy_text(&at, &order->name, n_name);
	copy_text(&at, &order->headers, n_headers);
	copy_text(&at, &order->sdp, n_sdp);
	copy_text(&at, &order->by_trunk, n_by);
	copy_text(&at, &order->hop, n_hop);
	if (order->trunk) ts_trunk_config_ref(order->trunk);
	if (ts_ring_push(&ua->orders, order)) {
		free_order(order);
		ts_error("sip commands", "error=full");
		return TS_EFULL;
	}
	if (!atomic_exchange(&ua->woken, true)) mqueue_push(ua->wake, 0, NULL);
	return 0;
}

uint64_t ts_sip_ua_new_call(struct ts_sip_ua *ua)
{
	return atomic_fetch_add(&ua->next_key, 1);
}

/* No packet is sent. */
bool ts_sip_route_to(const struct sa *to, char out[TS_SIP_ADDR_MAX])
{
	struct sa from;
	socklen_t len = sizeof(from.u);
	int fd = socket(sa_af(to), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && !connect(fd, &to->u.sa, to->len) && !getsockname(fd, &from.u.sa, &len);
	if (fd >= 0) close(fd);
	from.len = len;
	return ok && !sa_ntop(&from, out, TS_SIP_ADDR_MAX);
}

static enum ts_sip_protocol protocol_of_uri(const struct uri *uri)
{
	struct pl value;
	if (!pl_strcasecmp(&uri->scheme, "sips")) return TS_SIP_TLS;
	if (msg_param_decode(&uri->params, "transport", &value)) return TS_SIP_UDP;
	return !pl_strcasecmp(&value, "tls")    ? TS_SIP_TLS
		: !pl_strcasecmp(&value, "tcp") ? TS_SIP_TCP
						: TS_SIP_UDP;
}

static bool decode_callable(struct uri *uri, const char *text)
{
	const struct pl pl = {text, strlen(text)};
	for (const char *c = text; *c; c++)
		if (!g_ascii_isgraph(*c) || strchr("<>\"", *c)) return false;
	if (uri_decode(uri, &pl) || !uri->host.l) return false;
	for (size_t i = 0; i < uri->host.l; i++)
		if (!g_ascii_isalnum(uri->host.p[i]) && !strchr(".-_:", uri->host.p[i]))
			return false;
	return !pl_strcasecmp(&uri->scheme, "sip") || !pl_strcasecmp(&uri->scheme, "sips");
}

/* A host that is a name will be looked up later, and judged then: here it is the first address we
 * listen on. */
int ts_sip_ua_local(struct ts_sip_ua *ua, const char *text, char out[TS_SIP_ADDR_MAX])
{
	struct uri uri;
	struct sa to;
	bool proxied = *ua->config->proxy;
	if (!decode_callable(&uri, text)) return TS_EINVAL;
	enum ts_sip_protocol protocol = protocol_of_uri(&uri);
	uint16_t port = uri.port ? uri.port : protocol == TS_SIP_TLS ? SIP_PORT_TLS : SIP_PORT;
	bool numeric = !sa_set(&to, &uri.host, port);
	/* IPv4 in IPv6's clothes */
	if (!numeric && memchr(uri.host.p, ':', uri.host.l)) return TS_EAUTH;
	if (numeric &&
		(proxied ? ts_sip_target_never(&to.u.sa)
			 : !ts_sip_target_ok(&ua->target_policy, &to.u.sa, protocol, NULL)))
		return TS_EAUTH;
	if (proxied)
		numeric = decode_callable(&uri, ua->config->proxy) && !sa_set(&to, &uri.host, port);
	if (!numeric || !ts_sip_route_to(&to, out))
		g_strlcpy(out, ua->config->listen[0].address, TS_SIP_ADDR_MAX);
	return 0;
}

int ts_sip_ua_local_hop(struct ts_sip_ua *ua, const char *text, char out[TS_SIP_ADDR_MAX])
{
	struct ts_sip_way *way = ts_sip_way_to(text);
	if (!way) return TS_EINVAL;
	if (!ts_sip_route_to(&way->hop[0].addr, out))
		g_strlcpy(out, ua->config->listen[0].address, TS_SIP_ADDR_MAX);
	ts_sip_way_free(way);
	return 0;
}

enum ts_sip_protocol ts_sip_ua_protocol(const struct ts_sip_ua *ua, const char *text)
{
	struct uri uri;
	return decode_callable(&uri, *ua->config->proxy ? ua->config->proxy : text)
		? protocol_of_uri(&uri)
		: TS_SIP_UDP;
}

static bool is_host_ours(const struct ts_sip_ua *ua, const struct uri *uri)
{
	const struct ts_sip_config *config = ua->config;
	struct sa named, own;
	const uint16_t port = uri->port              ? uri->port
		: protocol_of_uri(uri) == TS_SIP_TLS ? SIP_PORT_TLS
						     : SIP_PORT;
	bool advertised = *config->advertise && !pl_strcasecmp(&uri->host, config->advertise);
	bool numeric = !sa_set(&named, &uri->host, port);
	for (size_t i = 0; i < config->n_listen; i++) {
		if (config->listen[i].port != port) continue;
		if (advertised) return true;
		if (numeric && !sa_set_str(&own, config->listen[i].address, port) &&
			sa_cmp(&own, &named, SA_ADDR))
			return true;
	}
	return false;
}

int ts_sip_ua_is_here(const struct ts_sip_ua *ua, const char *text, char user[TS_SIP_TEXT_MAX])
{
	struct uri uri;
	return decode_callable(&uri, text) && is_host_ours(ua, &uri) &&
		ts_sip_called(user, TS_SIP_TEXT_MAX, text, strlen(text));
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
	const int most = id == WAKE_ORDERS ? RINGS_A_TURN : INT_MAX;
	struct ts_sip_command *order;
	int n = 0;
	for (; n < most && (order = ts_ring_pop(&ua->orders)); n++) {
		if (order->type == TS_SIP_DO_TRUNK || order->type == TS_SIP_DO_TRUNK_REMOVE)
			ts_sip_trunks_order(ua->trunks, order);
		else
			ts_sip_call_order(ua, order);
		free_order(order);
	}
	if (n == most && !atomic_exchange(&ua->woken, true))
		mqueue_push(ua->wake, WAKE_ORDERS, NULL);
	if (id == WAKE_CLOSE) end_all(ua);
	if (id == WAKE_STOP) re_cancel();
}

/* ---- sockets */

static const enum sip_transp transports[] = {[TS_SIP_UDP] = SIP_TRANSP_UDP,
	[TS_SIP_TCP] = SIP_TRANSP_TCP,
	[TS_SIP_TLS] = SIP_TRANSP_TLS};

static int verify_servers(struct ts_sip_ua *ua)
{
	ua->tls_clients = ts_tls_clients_new(
		tls_openssl_context(ua->tls), ua->config->ca, ua->config->verify_servers);
	if (ua->tls_clients) return 0;
	ts_error("sip authorities", "error=unusable ca=%s", TS_LOG_STR(ua->config->ca));
	return TS_EIO;
}

static int load_certificate(struct ts_sip_ua *ua)
{
	const struct ts_sip_config *config = ua->config;
	g_autofree char *cert = NULL, *key = NULL;
	gsize n_cert = 0, n_key = 0;
	if (!g_file_get_contents(config->cert, &cert, &n_cert, NULL) ||
		!g_file_get_contents(config->key, &key, &n_key, NULL)) {
		ts_error("sip certificate", "error=unreadable cert=%s key=%s",
			TS_LOG_STR(config->cert), TS_LOG_STR(config->key));
		return TS_EIO;
	}
	if (tls_alloc(&ua->tls, TLS_METHOD_SSLV23, NULL, NULL)) return TS_ENOMEM;
	if (tls_set_certificate_pem(ua->tls, cert, n_cert, key, n_key)) {
		ts_error("sip certificate", "error=unusable cert=%s", TS_LOG_STR(config->cert));
		return TS_EIO;
	}
	return verify_servers(ua);
}

/* The socket that libre has made for a listener. */
struct made {
	int fd;
	fd_h *handler;
	void *object;
};

static int on_reading(int fd, fd_h *handler, void *object, void *arg)
{
	*(struct made *)arg = (struct made){fd, handler, object};
	return 0;
}

static int guard(struct ts_sip_ua *ua, enum ts_sip_protocol protocol, const struct made *made)
{
	int rc = TS_EIO;
	if (made->fd >= 0 && protocol == TS_SIP_UDP) rc = ts_sip_watch_socket(ua, made->object);
	if (made->fd >= 0 && protocol != TS_SIP_UDP)
		rc = ts_sip_conns_listen(ua->conns, made->fd, made->handler, made->object);
	if (rc)
		ts_error("sip listen", "error=unguarded reason=%s",
			made->fd < 0 ? "hook" : ts_strerror(rc));
	return rc;
}

static int add_listener(struct ts_sip_ua *ua, const struct ts_sip_listen *listen)
{
	struct made made = {.fd = -1};
	struct sa sa;
	int rc = 0, err = sa_set_str(&sa, listen->address, listen->port);
	if (!err && listen->protocol == TS_SIP_TLS && !ua->tls) rc = load_certificate(ua);
	if (rc) return rc;
	ts_sip_hook(on_reading, &made);
	if (!err) err = sip_transp_add(ua->sip, transports[listen->protocol], &sa, ua->tls);
	ts_sip_hook(NULL, NULL);
	if (!err) return guard(ua, listen->protocol, &made);
	ts_error("sip listen", "protocol=%d address=%s port=%u error=%s", listen->protocol,
		listen->address, listen->port, strerror(err));
	return TS_EIO;
}

/* Libre chooses where it sends from by the address that the system would, which within this machine
 * is 127.0.0.1. */
static int open_door(struct ts_sip_ua *ua)
{
	struct made made = {.fd = -1};
	struct sa sa;
	socklen_t len = sizeof(sa.u);
	int err = sa_set_str(&sa, TS_SIP_INNER_LISTENS, 0);
	ts_sip_hook(on_reading, &made);
	if (!err) err = sip_transp_add(ua->sip, SIP_TRANSP_TCP, &sa, NULL);
	ts_sip_hook(NULL, NULL);
	if (!err && (made.fd < 0 || getsockname(made.fd, &sa.u.sa, &len))) err = EIO;
	if (!err && !ts_sip_conns_listen_door(ua->conns, made.fd, made.handler, made.object)) {
		ts_sip_door_set_port(ua->door, sa_port(&sa));
		return 0;
	}
	ts_error("sip websocket", "error=%s", err ? strerror(err) : "unguarded");
	return TS_EIO;
}

/* Without name servers only numeric addresses can be called. */
static void open_dns(struct ts_sip_ua *ua)
{
	struct sa server[8];
	uint32_t n = G_N_ELEMENTS(server);
	char domain[256];
	size_t n_own = MIN(ua->config->n_dns, G_N_ELEMENTS(server));
	for (n = 0; n < n_own; n++)
		if (sa_decode(&server[n], ua->config->dns[n], strlen(ua->config->dns[n]))) break;
	if (n_own) {
		if (dnsc_alloc(&ua->dns, NULL, server, n)) ua->dns = NULL;
		return;
	}
	n = G_N_ELEMENTS(server);
	if (dns_srv_get(domain, sizeof(domain), server, &n)) n = 0;
	if (dnsc_alloc(&ua->dns, NULL, server, n)) ua->dns = NULL;
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
	open_dns(ua);
	if (sip_alloc(&ua->sip, ua->dns, HASH_SIZE, HASH_SIZE, HASH_SIZE, ua->config->software,
		    NULL, ua) ||
		hash_alloc(&ua->by_id, HASH_SIZE) || mqueue_alloc(&ua->wake, on_wake, ua) ||
		sip_listen(&ua->requests, ua->sip, true, ts_sip_on_request, ua) ||
		sip_listen(&ua->responses, ua->sip, false, ts_sip_on_response, ua))
		return TS_ENOMEM;
	sip_set_trace_handler(ua->sip, on_trace);
	for (size_t i = 0; i < ua->config->n_listen; i++) {
		int rc = add_listener(ua, &ua->config->listen[i]);
		if (rc) return rc;
	}
	return ua->door ? open_door(ua) : 0;
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
	ua->events_task.fn = handle_events;
	ua->next_key = 1;
	ua->target_policy = config->target;
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

static void free_rings(struct ts_sip_ua *ua)
{
	void *item;
	while (ua->events.slots && (item = ts_ring_pop(&ua->events))) g_free(item);
	while (ua->orders.slots && (item = ts_ring_pop(&ua->orders))) free_order(item);
	g_queue_clear_full(&ua->overflow, g_free);
	ts_ring_fini(&ua->events);
	ts_ring_fini(&ua->orders);
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
	free_rings(ua);
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
