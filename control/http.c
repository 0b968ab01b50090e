#include "control/http.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "control/http_visits.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LISTEN_BACKLOG = 128,
	HEADERS_MAX_BYTES = 16 * 1024,   /* of one connection: request line, headers, and MHD's own needs */
	DISCARD_MAX_BYTES = 1024 * 1024, /* of a body that is too large, so that its sender gets to read why */
	EXTRA_HEADERS = 4,
	STREAM_BLOCK_BYTES = 4096,
	STREAM_SEND_BYTES = 64 * 1024,
	CUT_CONNECTIONS = 64, /* that are on their way out, beyond max_connections; more wait in the listen queue */
};

#define TLS_PRIORITIES "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

struct ts_http {
	struct MHD_Daemon *daemon;
	struct ts_loop *loop;
	struct ts_watch watch;
	struct ts_timer timer;
	struct ts_http_visits visits;
	struct ts_http_config config;
	ts_http_handler handler;
	void *arg;
	uint16_t port;
	GQueue waiting; /* suspended requests, by their `link` */
	bool resumed;   /* one of them was, since MHD began to run last */
	int listener;
	struct ts_http *retired;     /* one with an older certificate, until its last connection ends; a list */
	struct ts_http **retired_in; /* of one that is: where its successor holds it */
};

enum state { RECEIVING, RUNNING, WAITING, REPLIED, GONE };

struct ts_request {
	struct ts_http *http;
	struct MHD_Connection *connection;
	const char *method, *path;
	enum state state;
	struct ts_watch watch; /* of the socket, while WAITING */
	GList link;            /* in http->waiting */

	GByteArray *body;
	size_t discarded;
	bool too_large;

	char address[INET6_ADDRSTRLEN];

	struct MHD_Response *response;
	unsigned status;
	struct {
		const char *name, *value;
	} extra[EXTRA_HEADERS];
	size_t n_extra;

	ts_stream_read read; /* NULL: the response is a whole body */
	void *read_arg;

	void (*end)(void *arg, bool delivered);
	void *end_arg;
};

/* ---- one request */

static void finish(struct ts_request *request, bool delivered)
{
	void (*end)(void *, bool) = request->end;
	request->end = NULL;
	if (end) end(request->end_arg, delivered);
}

/* Takes it out of the queue and lets MHD call on_request once more: in its next run, which it does not ask for by itself
 * when somebody else drives it. */
static void resume(struct ts_request *request, enum state state)
{
	struct ts_http *http = request->http;
	ts_loop_unwatch(http->loop, &request->watch);
	g_queue_unlink(&http->waiting, &request->link);
	request->state = state;
	MHD_resume_connection(request->connection);
	http->resumed = true;
	ts_loop_timer_set(http->loop, &http->timer, ts_now_ns());
}

static void on_hangup(struct ts_watch *watch, uint32_t epoll_events)
{
	struct ts_request *request = ts_container_of(watch, struct ts_request, watch);
	(void)epoll_events;
	resume(request, GONE);
	finish(request, false);
}

static int socket_of(const struct ts_request *request)
{
	return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* MHD does not look at suspended connections, so the hang-up of a waiting client is ours to see. */
static void suspend(struct ts_request *request)
{
	request->state = WAITING;
	request->watch.fn = on_hangup;
	request->watch.fd = socket_of(request);
	request->link.data = request;
	g_queue_push_tail_link(&request->http->waiting, &request->link);
	MHD_suspend_connection(request->connection);
	if (ts_loop_watch(request->http->loop, &request->watch, EPOLLRDHUP))
		ts_warn("http watch failed", "a client that goes away will not be noticed");
}

/* Who takes a reply slowly is waited for as well, but not who reads a stream: that has its own measure. */
static enum MHD_Result send_response(struct ts_request *request)
{
	ts_count(TS_C_HTTP_REQUESTS);
	if (!request->read) ts_http_visit_wait(&request->http->visits, request->connection);
	return request->response ? MHD_queue_response(request->connection, request->status, request->response) : MHD_NO;
}

static enum MHD_Result run(struct ts_request *request)
{
	request->state = RUNNING;
	ts_http_visit_stop(&request->http->visits, request->connection);
	request->http->handler(request->http->arg, request);
	if (request->state == REPLIED) return send_response(request);
	suspend(request);
	return MHD_YES;
}

static enum MHD_Result take_body(struct ts_request *request, const char *data, size_t *size)
{
	if (!request->too_large && *size <= request->http->config.max_body_bytes - request->body->len) {
		g_byte_array_append(request->body, (const uint8_t *)data, (guint)*size);
	} else {
		request->too_large = true;
		request->discarded += *size;
	}
	*size = 0;
	return request->discarded <= DISCARD_MAX_BYTES ? MHD_YES : MHD_NO;
}

static struct ts_request *begin(struct ts_http *http, struct MHD_Connection *connection)
{
	struct ts_request *request = g_new0(struct ts_request, 1);
	request->http = http;
	request->connection = connection;
	request->body = g_byte_array_new();
	return request;
}

const char *ts_request_address(const struct ts_request *request)
{
	return request->address;
}

/* A body that is announced as too large to be even thrown away is not waited for: the reply goes out before it. */
static bool announces_too_much(struct ts_request *request)
{
	const char *length = ts_request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
	return length && strtoull(length, NULL, 10) > DISCARD_MAX_BYTES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *data, size_t *data_size, void **con_cls)
{
	struct ts_request *request = *con_cls;
	(void)version;
	if (!request) {
		*con_cls = request = begin(cls, connection);
		request->path = url;
		request->method = method;
		ts_http_visit_client(&request->http->visits, connection, request->address);
		if (!announces_too_much(request)) return MHD_YES;
		request->too_large = true;
		return run(request);
	}
	if (*data_size) return take_body(request, data, data_size);
	switch (request->state) {
	case RECEIVING: return run(request);
	case REPLIED: return send_response(request);
	default: return MHD_NO; /* gone: closes the connection */
	}
}

static void on_completed(
	void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode code)
{
	struct ts_http *http = cls;
	struct ts_request *request = *con_cls;
	ts_http_visit_wait(&http->visits, connection);
	if (!request) return;
	*con_cls = NULL;
	finish(request, request->state == REPLIED && code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	if (request->response) MHD_destroy_response(request->response);
	g_byte_array_unref(request->body);
	g_free(request);
}

const char *ts_request_method(const struct ts_request *request)
{
	return request->method;
}
const char *ts_request_path(const struct ts_request *request)
{
	return request->path;
}
bool ts_request_too_large(const struct ts_request *request)
{
	return request->too_large;
}

const char *ts_request_header(const struct ts_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result find_query(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	const char **want = cls;
	(void)kind;
	if (strcmp(key, want[0]) != 0) return MHD_YES;
	want[1] = value ? value : "";
	return MHD_NO;
}

/* Not MHD_lookup_connection_value: that one ignores case, and cannot tell "?name" from no name. */
const char *ts_request_query(const struct ts_request *request, const char *name)
{
	const char *want[2] = {name, NULL};
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, find_query, want);
	return want[1];
}

const char *ts_request_body(const struct ts_request *request, size_t *len)
{
	*len = request->body->len;
	g_byte_array_append(request->body, (const uint8_t *)"", 1);
	g_byte_array_set_size(request->body, (guint)*len);
	return (const char *)request->body->data;
}

void ts_request_on_end(struct ts_request *request, void (*end)(void *arg, bool delivered), void *arg)
{
	request->end = end;
	request->end_arg = arg;
}

void ts_request_add_header(struct ts_request *request, const char *name, const char *value)
{
	g_assert(request->n_extra < EXTRA_HEADERS);
	request->extra[request->n_extra].name = name;
	request->extra[request->n_extra++].value = value;
}

/* ---- the reply */

static void start_response(struct ts_request *request, const char *type)
{
	if (type) ts_reply_header(request, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	ts_reply_header(request, "X-Content-Type-Options", "nosniff");
	for (size_t i = 0; i < request->n_extra; i++)
		ts_reply_header(request, request->extra[i].name, request->extra[i].value);
}

void ts_reply(struct ts_request *request, int status, const char *type, const void *body, size_t len, enum ts_body how)
{
	static const enum MHD_ResponseMemoryMode modes[] = {
		[TS_BODY_COPY] = MHD_RESPMEM_MUST_COPY,
		[TS_BODY_STATIC] = MHD_RESPMEM_PERSISTENT,
		[TS_BODY_FREE] = MHD_RESPMEM_MUST_FREE,
	};
	g_assert(!request->response);
	request->status = (unsigned)status;
	request->response = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, modes[how]);
	if (!request->response) { /* out of memory: the connection is closed instead */
		if (how == TS_BODY_FREE) free((void *)(uintptr_t)body);
		return;
	}
	start_response(request, type);
}

void ts_reply_header(struct ts_request *request, const char *name, const char *value)
{
	if (request->response) MHD_add_response_header(request->response, name, value);
}

void ts_reply_send(struct ts_request *request)
{
	g_assert(request->state == RUNNING || request->state == WAITING);
	if (request->state == WAITING)
		resume(request, REPLIED);
	else
		request->state = REPLIED;
}

/* ---- streams */

/* MHD asks for more. With nothing to give the connection sleeps; on_request is not called again when it wakes, this is. */
static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t cap)
{
	struct ts_request *request = cls;
	(void)pos;
	if (request->state == GONE) return MHD_CONTENT_READER_END_WITH_ERROR;
	long n = request->read(request->read_arg, buf, cap);
	if (n == TS_STREAM_END) return MHD_CONTENT_READER_END_OF_STREAM;
	if (!n) suspend(request);
	return n;
}

void ts_reply_stream(struct ts_request *request, const char *type, ts_stream_read read, void *arg)
{
	int bytes = STREAM_SEND_BYTES;
	g_assert(!request->response);
	request->status = MHD_HTTP_OK;
	request->read = read;
	request->read_arg = arg;
	request->response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_stream, request, NULL);
	setsockopt(socket_of(request), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	start_response(request, type);
}

void ts_stream_wake(struct ts_request *request)
{
	if (request->read && request->state == WAITING) resume(request, REPLIED);
}

void ts_stream_cut(struct ts_request *request)
{
	if (request->state == WAITING) {
		on_hangup(&request->watch, 0);
	} else if (request->state != GONE) {
		request->state = GONE;
		shutdown(socket_of(request), SHUT_RDWR); /* MHD sees it as the client's doing */
	}
}

/* ---- the daemon */

static void free_retired(struct ts_http *http);

static bool is_done(const struct ts_http *http)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	return http->retired_in && info && !info->num_connections;
}

static void run_daemon(struct ts_http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;
	http->resumed = false;
	MHD_run(http->daemon);
	if (is_done(http)) {
		free_retired(http);
		return;
	}
	if (http->resumed) /* by a handler in this very run: MHD's timeout does not know it */
		ts_loop_timer_set(http->loop, &http->timer, ts_now_ns());
	else if (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES)
		ts_loop_timer_set(http->loop, &http->timer, ts_now_ns() + (int64_t)timeout_ms * TS_NS_PER_MS);
	else
		ts_loop_timer_cancel(http->loop, &http->timer);
}

static void on_ready(struct ts_watch *watch, uint32_t epoll_events)
{
	(void)epoll_events;
	run_daemon(ts_container_of(watch, struct ts_http, watch));
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	(void)now_ns;
	run_daemon(ts_container_of(timer, struct ts_http, timer));
}

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *fmt, va_list args)
{
	(void)cls;
	if (!ts_log_enabled(TS_LOG_DEBUG)) return;
	g_autofree char *text = g_strdup_vprintf(fmt, args);
	ts_debug("http", "text=%s", TS_LOG_STR(g_strchomp(text)));
}

static size_t keep_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls, (void)connection;
	return strlen(text);
}

static socklen_t make_address(struct sockaddr_storage *out, const struct ts_endpoint *endpoint)
{
	struct sockaddr_in *four = (void *)out;
	struct sockaddr_in6 *six = (void *)out;
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, endpoint->addr, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(endpoint->port);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, endpoint->addr, &six->sin6_addr) != 1) return 0;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(endpoint->port);
	return sizeof(*six);
}

/* Not left to MHD, which does not say why it failed. */
static int open_listener(const struct ts_endpoint *endpoint, uint16_t *port)
{
	struct sockaddr_storage address;
	socklen_t len = make_address(&address, endpoint);
	int on = 1, fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (!len) errno = EAFNOSUPPORT;
	if (fd >= 0 && len && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
		!bind(fd, (struct sockaddr *)&address, len) && !listen(fd, LISTEN_BACKLOG) &&
		!getsockname(fd, (struct sockaddr *)&address, &len)) {
		*port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
							   : ((struct sockaddr_in6 *)&address)->sin6_port);
		return fd;
	}
	ts_error("http listen failed", "addr=%s port=%u error=%s", endpoint->addr, endpoint->port,
		TS_LOG_STR(g_strerror(errno)));
	if (fd >= 0) close(fd);
	return -1;
}

static struct MHD_Daemon *start_daemon(struct ts_http *http, int listener)
{
	const struct ts_http_config *config = &http->config;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)config->cert_pem},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)config->key_pem},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
		{MHD_OPTION_END, 0, NULL},
	};
	if (!config->cert_pem) tls[0].option = MHD_OPTION_END;
	/* clang-format off */
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
				(config->cert_pem ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, http,
				MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, /* first: it serves the options after it */
				MHD_OPTION_LISTEN_SOCKET, listener,
				MHD_OPTION_CONNECTION_LIMIT, config->max_connections + CUT_CONNECTIONS,
				MHD_OPTION_CONNECTION_TIMEOUT, config->timeout_s,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX_BYTES,
				MHD_OPTION_STRICT_FOR_CLIENT, 1,
				MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
				MHD_OPTION_NOTIFY_CONNECTION, ts_http_visit_notify, &http->visits,
				MHD_OPTION_ARRAY, tls,
				MHD_OPTION_END);
	/* clang-format on */
}

static struct ts_http *make(
	struct ts_loop *loop, const struct ts_http_config *config, ts_http_handler handler, void *arg)
{
	struct ts_http *http = g_new0(struct ts_http, 1);
	http->loop = loop;
	http->config = *config;
	http->handler = handler;
	http->arg = arg;
	http->watch.fn = on_ready;
	http->timer.fn = on_timer;
	g_queue_init(&http->waiting);
	ts_http_visits_init(&http->visits, loop, &http->config);
	return http;
}

/* [take] http and its listener, on failure too. */
static int start(struct ts_http **out, struct ts_http *http)
{
	if (http->listener >= 0 && !(http->daemon = start_daemon(http, http->listener))) {
		close(http->listener);
		ts_error("http not started", "tls=%d; a certificate and its key must be PEM and fit",
			http->config.cert_pem != NULL);
	}
	http->config.cert_pem = http->config.key_pem = NULL; /* the caller's, and read by now */
	if (!http->daemon) {
		ts_http_visits_fini(&http->visits);
		g_free(http);
		return TS_EIO;
	}
	http->watch.fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	*out = http;
	if (!ts_loop_watch(http->loop, &http->watch, EPOLLIN)) return 0;
	ts_http_destroy(out);
	return TS_EIO;
}

int ts_http_create(struct ts_http **out, struct ts_loop *loop, const struct ts_http_config *config,
	ts_http_handler handler, void *arg)
{
	struct ts_http *http = make(loop, config, handler, arg);
	http->listener = open_listener(&config->listen, &http->port);
	return start(out, http);
}

/* MHD reads certificates only at its start. So a second daemon takes over the listening socket, and the first one stays until
 * its connections have ended. */
int ts_http_set_certificate(struct ts_http **httpp, const char *cert_pem, const char *key_pem)
{
	struct ts_http *old = *httpp, *fresh = make(old->loop, &old->config, old->handler, old->arg), *started;
	fresh->config.cert_pem = cert_pem;
	fresh->config.key_pem = key_pem;
	fresh->port = old->port;
	fresh->listener = fcntl(old->listener, F_DUPFD_CLOEXEC, 0);
	if (start(&started, fresh)) return TS_EINVAL;
	close(MHD_quiesce_daemon(old->daemon));
	fresh->retired = old;
	old->retired_in = &fresh->retired;
	*httpp = fresh;
	ts_loop_timer_set(old->loop, &old->timer, ts_now_ns()); /* it may have no connection at all */
	return 0;
}

void ts_http_destroy(struct ts_http **httpp)
{
	struct ts_http *http = *httpp;
	*httpp = NULL;
	if (!http) return;
	while (http->waiting.head) { /* MHD refuses to stop with suspended connections */
		struct ts_request *request = http->waiting.head->data;
		resume(request, GONE);
		finish(request, false);
	}
	ts_http_destroy(&http->retired);
	ts_loop_unwatch(http->loop, &http->watch);
	ts_loop_timer_cancel(http->loop, &http->timer);
	MHD_stop_daemon(http->daemon);
	ts_http_visits_fini(&http->visits);
	g_free(http);
}

/* The last connection with an older certificate ended: out of the list, whose rest the successor keeps. */
static void free_retired(struct ts_http *http)
{
	*http->retired_in = http->retired;
	if (http->retired) http->retired->retired_in = http->retired_in;
	http->retired = NULL;
	ts_http_destroy(&http);
}

uint16_t ts_http_port(const struct ts_http *http)
{
	return http->port;
}
