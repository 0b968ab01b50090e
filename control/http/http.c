#include "control/http/http.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "control/http/core.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LISTEN_BACKLOG = 128,
	/* of one connection: request line, headers, and MHD's own needs */
	HEADERS_MAX_BYTES = 16 * 1024,
	/* that are on their way out, beyond max_connections; more wait in the listen queue */
	CUT_CONNECTIONS = 64,
};

/* 1: what RFC 9112 says MUST. Before, it is strict.h alone: the older option sends two heads to who
 * names no host. */
#if MHD_VERSION >= 0x00097701
#define STRICTNESS MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1
#else
#define STRICTNESS MHD_OPTION_STRICT_FOR_CLIENT, 0
#endif
#define TLS_PRIORITIES "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

/* ---- libmicrohttpd on the loop */

static void free_retired(struct ts_http *http);

static bool is_done(const struct ts_http *http)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		http->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
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
		ts_loop_timer_set(
			http->loop, &http->timer, ts_now_ns() + (int64_t)timeout_ms * TS_NS_PER_MS);
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

/* ---- its start and end */

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
		*port = ntohs(address.ss_family == AF_INET
				? ((struct sockaddr_in *)&address)->sin_port
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
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
				MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG |
				(config->cert_pem ? MHD_USE_TLS : 0),
				0, NULL, NULL, ts_request_receive, http,
				/* first: it serves the options after it */
				MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				MHD_OPTION_LISTEN_SOCKET, listener,
				MHD_OPTION_CONNECTION_LIMIT,
				config->max_connections + CUT_CONNECTIONS,
				MHD_OPTION_CONNECTION_TIMEOUT, config->timeout_s,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX_BYTES,
				STRICTNESS,
				MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
				MHD_OPTION_URI_LOG_CALLBACK, ts_request_open, http,
				MHD_OPTION_NOTIFY_COMPLETED, ts_request_complete, http,
				MHD_OPTION_NOTIFY_CONNECTION, ts_http_visit_notify, &http->visits,
				MHD_OPTION_ARRAY, tls,
				MHD_OPTION_END);
	/* clang-format on */
}

static struct ts_http *make(struct ts_loop *loop, const struct ts_http_config *config,
	ts_http_handler handler, void *arg)
{
	struct ts_http *http = g_new0(struct ts_http, 1);
	http->loop = loop;
	http->config = *config;
	http->handler = handler;
	http->arg = arg;
	http->watch.fn = on_ready;
	http->timer.fn = on_timer;
	g_queue_init(&http->waiting);
	g_queue_init(&http->websockets);
	ts_http_visits_init(&http->visits, loop, &http->config, ts_request_free);
	return http;
}

/* [take] http and its listener, on failure too. */
static int start(struct ts_http **out, struct ts_http *http)
{
	if (http->listener >= 0 && !(http->daemon = start_daemon(http, http->listener))) {
		close(http->listener);
		ts_error("http not started",
			"tls=%d; a certificate and its key must be PEM and fit",
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

/* MHD reads certificates only at its start. So a second daemon takes over the listening socket, and
 * the first one stays until its connections have ended. */
int ts_http_set_certificate(struct ts_http **httpp, const char *cert_pem, const char *key_pem)
{
	struct ts_http *old = *httpp,
		       *fresh = make(old->loop, &old->config, old->handler, old->arg), *started;
	fresh->config.cert_pem = cert_pem;
	fresh->config.key_pem = key_pem;
	fresh->port = old->port;
	fresh->listener = fcntl(old->listener, F_DUPFD_CLOEXEC, 0);
	if (start(&started, fresh)) return TS_EINVAL;
	close(MHD_quiesce_daemon(old->daemon));
	fresh->retired = old;
	old->retired_in = &fresh->retired;
	*httpp = fresh;
	/* it may have no connection at all */
	ts_loop_timer_set(old->loop, &old->timer, ts_now_ns());
	return 0;
}

void ts_http_destroy(struct ts_http **httpp)
{
	struct ts_http *http = *httpp;
	*httpp = NULL;
	if (!http) return;
	/* or MHD refuses to stop */
	while (http->waiting.head) ts_request_abandon(http->waiting.head->data);
	while (http->websockets.head) ts_websocket_end(http->websockets.head->data);
	ts_http_destroy(&http->retired);
	ts_loop_unwatch(http->loop, &http->watch);
	ts_loop_timer_cancel(http->loop, &http->timer);
	MHD_stop_daemon(http->daemon);
	ts_http_visits_fini(&http->visits);
	g_free(http);
}

/* The last connection with an older certificate ended: out of the list, whose rest the successor
 * keeps. */
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
