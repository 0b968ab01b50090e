#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/http/http.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/client.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BODY_MAX = 64 * 1024, CONNECTIONS_MAX = 40, WAITING_MAX = 64 };

static struct ts_loop *loop;
static struct ts_http *http;
static uint16_t port;

/* /wait holds requests here; the rest is answered at once */
static struct ts_request *waiting[WAITING_MAX];
static atomic_int n_waiting, n_delivered, n_lost;

static void on_end(void *arg, bool delivered)
{
	struct ts_request **slot = arg;
	if (slot) *slot = NULL;
	atomic_fetch_add(delivered ? &n_delivered : &n_lost, 1);
}

static void reply_text(struct ts_request *request, int status, const char *text)
{
	ts_reply(request, status, "text/plain", text, strlen(text), TS_BODY_COPY);
	ts_reply_send(request);
}

static char large[16 * 1024 * 1024]; /* more than sockets hold */

static long read_nothing(void *arg, char *buf, size_t cap)
{
	(void)arg, (void)buf, (void)cap;
	return 0;
}

static void handle(void *arg, struct ts_request *request)
{
	const char *path = ts_request_path(request), *query;
	size_t len;
	assert_ptr_equal(arg, &loop);
	if (ts_request_too_large(request)) {
		reply_text(request, 413, "too large");
	} else if (!strcmp(path, "/wait")) {
		int slot = atomic_load(&n_waiting);
		waiting[slot] = request;
		ts_request_on_end(request, on_end, &waiting[slot]);
		atomic_store(&n_waiting, slot + 1);
	} else if (!strcmp(path, "/stream")) {
		ts_request_on_end(request, on_end, NULL);
		ts_reply_stream(request, "text/plain", read_nothing, NULL);
		ts_reply_send(request);
	} else if (!strcmp(path, "/large")) {
		ts_request_on_end(request, on_end, NULL);
		ts_reply(request, 200, NULL, large, sizeof(large), TS_BODY_STATIC);
		ts_reply_send(request);
	} else if (!strcmp(path, "/echo")) {
		const char *body = ts_request_body(request, &len);
		ts_request_on_end(request, on_end, NULL);
		ts_reply(request, 200, NULL, body, len, TS_BODY_COPY);
		ts_reply_header(request, "X-Method", ts_request_method(request));
		ts_reply_send(request);
	} else {
		query = ts_request_query(request, "q");
		ts_request_add_header(request, "X-Client", ts_request_address(request));
		/* MHD sends no empty header */
		ts_request_add_header(request, "X-Query",
			!query           ? "none"
				: *query ? query
					 : "empty");
		reply_text(request, 200, path);
	}
}

static void make(void *arg)
{
	const struct ts_http_config config = {.listen = {.addr = "127.0.0.1"},
		.max_connections = CONNECTIONS_MAX,
		.max_per_address = CONNECTIONS_MAX,
		.timeout_s = 30,
		.request_ms = 60000,
		.max_body_bytes = BODY_MAX};
	if (ts_http_create(&http, loop, arg ? arg : &config, handle, &loop)) abort();
	port = ts_http_port(http);
}

static void unmake(void *arg)
{
	(void)arg;
	ts_http_destroy(&http);
}

static int setup(void **state)
{
	(void)state;
	n_waiting = n_delivered = n_lost = 0;
	if (ts_loop_create(&loop, "control") || ts_loop_start(loop)) return -1;
	ts_on_loop(loop, make, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ts_on_loop(loop, unmake, NULL);
	ts_loop_destroy(&loop);
	return 0;
}

static void nothing(void *arg)
{
	(void)arg;
}

/* Until the loop has seen it; the test's time limit ends it otherwise. */
static void wait_until(atomic_int *counter, int value)
{
	while (atomic_load(counter) < value) ts_on_loop(loop, nothing, NULL);
}

static void answer_all(void *arg)
{
	(void)arg;
	for (int i = 0; i < atomic_load(&n_waiting); i++)
		if (waiting[i]) reply_text(waiting[i], 201, "late");
}

static void answers(void **state)
{
	char value[256];
	(void)state;
	const struct response *r = ts_fetch(port, "GET", "/a%2fb?x=1&q=%41+b&Q=2", "", NULL);
	assert_int_equal(r->status, 200);
	assert_string_equal(r->body, "/a%2fb");
	assert_string_equal(ts_fetched(r, "X-Query", value), "%41 b");
	assert_string_equal(ts_fetched(r, "X-Content-Type-Options", value), "nosniff");
	assert_string_equal(ts_fetched(r, "Content-Type", value), "text/plain");
	r = ts_fetch(port, "GET", "/x?q", "", NULL);
	assert_string_equal(ts_fetched(r, "X-Query", value), "empty");
	r = ts_fetch(port, "GET", "/x?Q=1", "", NULL);
	assert_string_equal(ts_fetched(r, "X-Query", value), "none");
	r = ts_fetch(port, "HEAD", "/x", "", NULL);
	assert_int_equal(r->status, 200);
	assert_string_equal(ts_fetched(r, "Content-Length", value), "2");
	r = ts_fetch(port, "PROPFIND", "/echo", "", "body");
	assert_string_equal(ts_fetched(r, "X-Method", value), "PROPFIND");
	assert_string_equal(r->body, "body");
	wait_until(&n_delivered, 1);
}

static void keeps_connections(void **state)
{
	struct response *r = malloc(sizeof(*r));
	int fd = ts_dial(port);
	(void)state;
	for (int i = 0; i < 50; i++) {
		char body[16];
		snprintf(body, sizeof(body), "n%d", i);
		ts_send_request(fd, "POST", "/echo", "", body);
		ts_read_response(fd, 1, r);
		assert_int_equal(r->status, 200);
		assert_string_equal(r->body, body);
	}
	close(fd);
	free(r);
}

static void limits_bodies(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		int status;
	} rows[] = {{"empty", 0, 200}, {"small", 1, 200}, {"exactly the limit", BODY_MAX, 200},
		{"one more", BODY_MAX + 1, 413}, {"much more", 300 * 1024, 413}};
	char *body = malloc(300 * 1024 + 1);
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(body, 'b', rows[i].size);
		body[rows[i].size] = '\0';
		const struct response *r = ts_fetch(port, "POST", "/echo", "", body);
		if (r->status != rows[i].status) fail_msg("%s: %d", rows[i].name, r->status);
		if (r->status == 200) assert_int_equal(r->body_len, rows[i].size);
		r = ts_fetch(port, "POST", "/echo", "Expect: 100-continue\r\n", body);
		if (r->status != rows[i].status)
			fail_msg("%s, expecting: %d", rows[i].name, r->status);
	}
	free(body);
}

static void refuses_what_is_announced_too_large(void **state)
{
	(void)state;
	const struct response *r = ts_fetch(
		port, "POST", "/echo", "Content-Length: 999999999999\r\n", NULL);
	assert_int_equal(r->status, 413);
}

static void limits_chunked_bodies(void **state)
{
	static char chunk[4096 + 16];
	struct response *r = malloc(sizeof(*r));
	int fd = ts_dial(port);
	(void)state;
	int n = snprintf(chunk, sizeof(chunk), "1000\r\n");
	memset(chunk + n, 'c', 4096);
	memcpy(chunk + n + 4096, "\r\n", 2);
	ts_send_request(fd, "POST", "/echo", "Transfer-Encoding: chunked\r\n", NULL);
	for (int i = 0; i < 17; i++) ts_send(fd, chunk, (size_t)n + 4098);
	ts_send(fd, "0\r\n\r\n", 5);
	ts_read_response(fd, 1, r);
	assert_int_equal(r->status, 413);
	close(fd);

	/* an endless one is cut off */
	fd = ts_dial(port);
	ts_send_request(fd, "POST", "/echo", "Transfer-Encoding: chunked\r\n", NULL);
	char byte;
	for (int i = 0; i < 4096; i++) {
		if (recv(fd, &byte, 1, MSG_DONTWAIT) == 0) break;
		ts_send(fd, chunk, (size_t)n + 4098);
	}
	ts_read_response(fd, 1, r);
	assert_int_equal(r->status, 0);
	close(fd);
	free(r);
}

static void survives_malformed_requests(void **state)
{
	static const char *const requests[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		": : :\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n"
		"hello",
		"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
		"GET /\xff\xfe?q=%zz%&&==& HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	};
	static char header[40000];
	struct response *r = malloc(sizeof(*r));
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = ts_dial(port);
		ts_send(fd, requests[i], strlen(requests[i]));
		shutdown(fd, SHUT_WR);
		ts_read_response(fd, 1, r);
		close(fd);
	}
	int n = snprintf(header, sizeof(header), "GET / HTTP/1.1\r\nHost: x\r\nX: ");
	memset(header + n, 'h', sizeof(header) - (size_t)n);
	int fd = ts_dial(port);
	ts_send(fd, header, sizeof(header));
	ts_read_response(fd, 1, r);
	assert_int_not_equal(r->status, 200);
	close(fd);
	free(r);
	assert_int_equal(ts_fetch(port, "GET", "/alive", "", NULL)->status, 200);
}

static void answers_many_later(void **state)
{
	enum { N = 32 };
	int fd[N];
	struct response *r = malloc(sizeof(*r));
	(void)state;
	for (int i = 0; i < N; i++) {
		fd[i] = ts_dial(port);
		ts_send_request(fd[i], "POST", "/wait", "", "offer");
	}
	wait_until(&n_waiting, N);
	assert_int_equal(ts_fetch(port, "GET", "/meanwhile", "", NULL)->status, 200);
	ts_on_loop(loop, answer_all, NULL);
	for (int i = 0; i < N; i++) {
		ts_read_response(fd[i], 1, r);
		assert_int_equal(r->status, 201);
		assert_string_equal(r->body, "late");
	}
	wait_until(&n_delivered, N);
	assert_int_equal(n_lost, 0);

	/* the connections go on */
	ts_send_request(fd[3], "GET", "/again", "", NULL);
	ts_read_response(fd[3], 1, r);
	assert_int_equal(r->status, 200);
	for (int i = 0; i < N; i++) close(fd[i]);
	free(r);
}

static void notices_who_goes_away(void **state)
{
	enum { N = 8 };
	struct linger reset = {.l_onoff = 1};
	int fd[N];
	(void)state;
	for (int i = 0; i < N; i++) {
		fd[i] = ts_dial(port);
		ts_send_request(fd[i], "POST", "/wait", "", "offer");
	}
	wait_until(&n_waiting, N);
	for (int i = 0; i < N; i++) {
		if (i % 2) setsockopt(fd[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd[i]);
	}
	wait_until(&n_lost, N);
	assert_int_equal(n_delivered, 0);
	assert_int_equal(ts_fetch(port, "GET", "/alive", "", NULL)->status, 200);
}

static void stopping_ends_who_waits(void **state)
{
	struct response *r = malloc(sizeof(*r));
	int fd = ts_dial(port), idle = ts_dial(port);
	(void)state;
	ts_send_request(fd, "POST", "/wait", "", "offer");
	wait_until(&n_waiting, 1);
	ts_on_loop(loop, unmake, NULL);
	assert_int_equal(n_lost, 1);
	ts_read_response(fd, 1, r);
	assert_int_equal(r->status, 0);
	ts_on_loop(loop, make, NULL);
	close(fd);
	close(idle);
	free(r);
}

/* Clients beyond the limit wait until there is room. */
static void limits_connections(void **state)
{
	int fd[CONNECTIONS_MAX + 10];
	struct response *r = malloc(sizeof(*r));
	(void)state;
	for (int i = 0; i < CONNECTIONS_MAX + 10; i++) fd[i] = ts_dial(port);
	for (int i = 0; i < CONNECTIONS_MAX; i++) close(fd[i]);
	for (int i = CONNECTIONS_MAX; i < CONNECTIONS_MAX + 10; i++) {
		ts_send_request(fd[i], "GET", "/", "", NULL);
		ts_read_response(fd[i], 1, r);
		assert_int_equal(r->status, 200);
		close(fd[i]);
	}
	free(r);
}

/* Another server in place of the one of setup. */
static void make_impatient(unsigned max_connections, unsigned max_per_address, unsigned request_ms)
{
	struct ts_http_config config = {.listen = {.addr = "127.0.0.1"},
		.max_connections = max_connections,
		.max_per_address = max_per_address,
		.timeout_s = 30,
		.request_ms = request_ms,
		.max_body_bytes = BODY_MAX};
	ts_on_loop(loop, unmake, NULL);
	ts_on_loop(loop, make, &config);
}

/* A byte of each now and then, until the server has had enough; the test's time limit ends it
 * otherwise. */
static void trickle(const char *const *head, size_t n)
{
	int fd[8];
	char byte;
	for (size_t i = 0; i < n; i++) {
		fd[i] = ts_dial(port);
		ts_send(fd[i], head[i], strlen(head[i]));
	}
	for (size_t open = n; open; usleep(20000)) {
		for (size_t i = 0; i < n; i++) {
			if (fd[i] < 0) continue;
			ts_send(fd[i], "x", 1);
			if (recv(fd[i], &byte, 1, MSG_DONTWAIT) < 0) continue;
			close(fd[i]);
			fd[i] = -1;
			open--;
		}
	}
}

static void cuts_slow_requests(void **state)
{
	static const char *const slow[] = {"G", "GET / HTTP/1.1\r\nHost: x\r\nX: ",
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"};
	int64_t before = ts_count_get(TS_C_HTTP_CUT_SLOW);
	struct response *r = malloc(sizeof(*r));
	(void)state;
	make_impatient(40, 40, 1500);
	int stream = ts_dial(port), waits = ts_dial(port), idle = ts_dial(port),
	    unread = ts_dial(port);
	ts_send_request(stream, "GET", "/stream", "", NULL);
	ts_send_request(waits, "POST", "/wait", "", "offer");
	ts_send_request(idle, "GET", "/first", "", NULL);
	ts_send_request(unread, "GET", "/large", "", NULL);
	ts_read_response(stream, 0, r);
	assert_int_equal(r->status, 200);
	ts_read_response(idle, 1, r);
	assert_int_equal(r->status, 200);

	trickle(slow, sizeof(slow) / sizeof(slow[0]));
	ts_read_response(idle, 0, r); /* whose second request never came */
	assert_int_equal(r->status, 0);
	assert_int_equal(atomic_load(&n_lost), 1); /* the large reply, which nobody took */
	assert_true(ts_count_get(TS_C_HTTP_CUT_SLOW) - before == 5);

	/* who is served is not in a hurry */
	ts_on_loop(loop, answer_all, NULL);
	ts_read_response(waits, 1, r);
	assert_int_equal(r->status, 201);
	char byte;
	assert_int_equal(recv(stream, &byte, 1, MSG_DONTWAIT), -1);
	for (int i = 0; i < 3; i++) { /* nor is who comes again and again */
		usleep(600000);
		ts_send_request(waits, "GET", "/again", "", NULL);
		ts_read_response(waits, 1, r);
	}
	close(stream), close(waits), close(idle), close(unread);
	free(r);
}

static void of_too_many_the_longest_idle_gives_way(void **state)
{
	enum { N = 8 };
	int fd[N + 4];
	struct response *r = malloc(sizeof(*r));
	(void)state;
	make_impatient(2 * N, N, 60000);
	for (int i = 0; i < N; i++) {
		fd[i] = ts_dial(port);
		ts_send_request(fd[i], i == 1 ? "POST" : "GET",
			i == 0           ? "/stream"
				: i == 1 ? "/wait"
					 : "/x",
			"", i == 1 ? "o" : NULL);
		if (i != 1) ts_read_response(fd[i], i > 1, r);
	}
	wait_until(&n_waiting, 1);
	for (int i = N; i < N + 4; i++) {
		fd[i] = ts_dial(port);
		ts_send_request(fd[i], "GET", "/x", "", NULL);
		ts_read_response(fd[i], 1, r);
		assert_int_equal(r->status, 200);
	}
	for (int i = 2; i < N + 4; i++) { /* 0 and 1 are served, 2 to 5 gave way */
		if (i >= 6) ts_send_request(fd[i], "GET", "/again", "", NULL);
		ts_read_response(fd[i], 1, r);
		if (r->status != (i < 6 ? 0 : 200)) fail_msg("%d: %d", i, r->status);
	}
	ts_on_loop(loop, answer_all, NULL);
	ts_read_response(fd[1], 1, r);
	assert_int_equal(r->status, 201);
	for (int i = 0; i < N + 4; i++) close(fd[i]);
	free(r);
}

/* Whoever forgot http.trusted_proxies reads it once. */
static void a_proxy_that_is_not_trusted_is_told_once(void **state)
{
	struct ts_http_config config = {.listen = {.addr = "127.0.0.1"},
		.max_connections = 4,
		.max_per_address = 4,
		.timeout_s = 30,
		.request_ms = 60000};
	char text[4096];
	int fd[2], saved = dup(STDERR_FILENO);
	(void)state;
	ts_on_loop(loop, unmake, NULL);
	ts_on_loop(loop, make, &config);
	assert_int_equal(pipe(fd), 0);
	dup2(fd[1], STDERR_FILENO);
	ts_fetch(port, "GET", "/x", "", NULL);
	for (int i = 0; i < 3; i++)
		ts_fetch(port, "GET", "/x", "X-Forwarded-For: 198.51.100.7\r\n", NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd[1]);
	ssize_t n = read(fd[0], text, sizeof(text) - 1);
	close(fd[0]);
	assert_true(n > 0);
	text[n] = '\0';
	const char *once = strstr(text, "x-forwarded-for ignored");
	assert_non_null(once);
	assert_null(strstr(once + 1, "x-forwarded-for ignored"));
}

static void believes_proxies_that_it_trusts(void **state)
{
	char *proxy[] = {"127.0.0.0/8"}, value[256];
	struct ts_http_config config = {.listen = {.addr = "127.0.0.1"},
		.max_connections = 4,
		.max_per_address = 1,
		.timeout_s = 30,
		.request_ms = 60000,
		.trusted_proxies = {proxy, 1}};
	(void)state;
	const struct response *r = ts_fetch(
		port, "GET", "/x", "X-Forwarded-For: 198.51.100.7\r\n", NULL);
	assert_string_equal(ts_fetched(r, "X-Client", value), "127.0.0.1");
	ts_on_loop(loop, unmake, NULL);
	ts_on_loop(loop, make, &config);
	int other[3] = {ts_dial(port), ts_dial(port), ts_dial(port)};
	r = ts_fetch(port, "GET", "/x", "X-Forwarded-For: 198.51.100.7\r\n", NULL);
	assert_string_equal(ts_fetched(r, "X-Client", value), "198.51.100.7");
	r = ts_fetch(port, "GET", "/x",
		"x-forwarded-for: 1.2.3.4\r\nX-FORWARDED-FOR: 198.51.100.8,127.0.0.2\r\n", NULL);
	assert_string_equal(ts_fetched(r, "X-Client", value), "198.51.100.8");
	r = ts_fetch(port, "GET", "/x", "", NULL);
	assert_string_equal(ts_fetched(r, "X-Client", value), "127.0.0.1");
	for (int i = 0; i < 3; i++) close(other[i]);
}

static void refuses_a_taken_port(void **state)
{
	const struct ts_http_config config = {.listen = {.addr = "127.0.0.1", .port = port},
		.max_connections = 4,
		.max_per_address = 4,
		.timeout_s = 5,
		.request_ms = 10000};
	struct ts_http *second = NULL;
	(void)state;
	assert_int_equal(ts_http_create(&second, loop, &config, handle, &loop), TS_EIO);
	assert_null(second);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(answers),
		T(keeps_connections),
		T(limits_bodies),
		T(refuses_what_is_announced_too_large),
		T(limits_chunked_bodies),
		T(survives_malformed_requests),
		T(answers_many_later),
		T(notices_who_goes_away),
		T(stopping_ends_who_waits),
		T(limits_connections),
		T(refuses_a_taken_port),
		T(cuts_slow_requests),
		T(of_too_many_the_longest_idle_gives_way),
		T(believes_proxies_that_it_trusts),
		T(a_proxy_that_is_not_trusted_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
