/* Raw bytes on a connection to our HTTP server (libmicrohttpd and our request object): what reaches
 * the handler is text, bodies are bounded, and whatever one connection says, the next one is
 * answered. The first byte says where the bytes are split into two writes. */
#include "base/loop.h"
#include "control/http/core.h"
#include "control/http/guard.h"
#include "control/http/query.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TURNS_MAX = 60, BODY_MAX = 4096 };

static struct ts_config config;
static struct ts_http *http;

static void handle(void *arg, struct ts_request *request)
{
	static const char *const headers[] = {
		"Host", "Content-Type", "Authorization", "Origin", "X-Forwarded-For", "If-Match"};
	char out[200];
	size_t len;
	int number = 0;
	(void)arg;
	if (!*ts_request_method(request) || !*ts_request_address(request)) abort();
	const char *body = ts_request_body(request, &len), *path = ts_request_path(request);
	if (len > BODY_MAX || body[len]) abort();
	ts_url_decode(out, sizeof(out), path, strlen(path));
	ts_query_text(request, "name", out, sizeof(out));
	ts_query_int(request, "max_height", 1, 100, &number);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		ts_request_header(request, headers[i]);
	ts_guard_host_ok(&config, ts_request_header(request, "Host"));
	if (ts_request_too_large(request)) number = 413;
	ts_reply(request, number == 413 ? 413 : 200, "text/plain", "ok", 2, TS_BODY_STATIC);
	ts_reply_header(request, "X-Number", "1");
	ts_reply_send(request);
}

static void make(void)
{
	struct ts_loop *loop;
	struct ts_http_config c = {.listen = {.addr = "127.0.0.1"},
		.max_connections = 64,
		.max_per_address = 64,
		.timeout_s = 5,
		.request_ms = 5000,
		.max_body_bytes = BODY_MAX};
	ts_config_init_defaults(&config);
	if (ts_loop_create(&loop, "fuzz") || ts_http_create(&http, loop, &c, handle, NULL)) abort();
}

/* False: the other side has closed. */
static bool drain(int fd)
{
	char buf[4096];
	ssize_t n;
	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {}
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static void put(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		MHD_run(http->daemon);
		if (n <= 0 || !drain(fd)) return;
		data += n;
		len -= (size_t)n;
	}
}

/* libFuzzer's timer may interrupt it. */
static bool connect_to(int fd, const struct sockaddr_in *at)
{
	while (connect(fd, (const struct sockaddr *)at, sizeof(*at))) {
		if (errno == EISCONN) return true;
		if (errno != EINTR && errno != EALREADY) return false;
	}
	return true;
}

static int open_connection(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(ts_http_port(http))};
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !connect_to(fd, &at)) abort();
	MHD_run(http->daemon);
	return fd;
}

/* Without ports that wait. */
static void close_connection(int fd)
{
	struct linger now = {.l_onoff = 1};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	MHD_run(http->daemon);
}

/* libmicrohttpd may leave a connection to its time-out, but not the others with it. */
static void ask_honestly(void)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	int fd = open_connection(), turns = 0;
	char answer[13] = "";
	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0) abort();
	while (recv(fd, answer, 12, MSG_DONTWAIT) != 12) {
		if (++turns == 10000) abort();
		MHD_run(http->daemon);
	}
	if (strcmp(answer, "HTTP/1.1 200")) abort();
	close_connection(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!http) make();
	if (!size) return 0;
	size_t split = data[0] < size - 1 ? data[0] : size - 1;
	int turns = 0, fd = open_connection();
	put(fd, data + 1, split);
	put(fd, data + 1 + split, size - 1 - split);
	shutdown(fd, SHUT_WR);
	while (drain(fd) && ++turns < TURNS_MAX) MHD_run(http->daemon);
	if (turns == TURNS_MAX) ask_honestly();
	close_connection(fd);
	return 0;
}
