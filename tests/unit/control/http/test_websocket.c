#include "base/error.h"
#include "control/http/http.h"
#include "control/http/websocket.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/client.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" /* RFC 6455 1.3 */
#define ASK "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: other, sip\r\n"

static struct ts_loop *loop;
static struct ts_http *http;
static uint16_t port;
struct owner {
	struct ts_websocket *ws;
};
static atomic_int n_opened, n_messages, n_closed;

static void on_opened(void *arg)
{
	(void)arg;
	atomic_fetch_add(&n_opened, 1);
}

static void on_message(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	struct owner *owner = arg;
	atomic_fetch_add(&n_messages, 1);
	if (len == 4 && !memcmp(data, "drop", 4)) {
		ts_websocket_drop(owner->ws);
		free(owner);
	} else if (len == 3 && !memcmp(data, "bye", 3)) {
		ts_websocket_close(owner->ws, TS_CLOSE_GOING, "");
	} else {
		ts_websocket_send(owner->ws, kind, data, len);
	}
}

static void on_closed(void *arg)
{
	free(arg);
	atomic_fetch_add(&n_closed, 1);
}

static const struct ts_websocket_events events = {on_opened, on_message, on_closed};

static void handle(void *arg, struct ts_request *request)
{
	struct owner *owner = calloc(1, sizeof(*owner));
	const bool any = !strcmp(ts_request_path(request), "/any");
	const struct ts_websocket_config config = {.protocol = "sip",
		.message_max = 1000,
		.queue_max = 4000,
		.events = &events,
		.arg = owner,
		.protocol_optional = any,
		.send_buffer_bytes = any ? 4096 : 0};
	(void)arg;
	owner->ws = ts_websocket_check(request, &config) ? ts_websocket_accept(request, &config)
							 : NULL;
	if (!owner->ws) free(owner);
}

static void make(void *arg)
{
	const struct ts_http_config config = {.listen = {.addr = "127.0.0.1"},
		.max_connections = 10,
		.max_per_address = 10,
		.timeout_s = 30,
		.request_ms = 500,
		.max_body_bytes = 1000};
	(void)arg;
	if (ts_http_create(&http, loop, &config, handle, NULL)) abort();
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
	n_opened = n_messages = n_closed = 0;
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

static void wait_until(atomic_int *counter, int value)
{
	while (atomic_load(counter) < value) ts_on_loop(loop, nothing, NULL);
}

static const struct response *ask(const char *headers)
{
	return ts_fetch(port, "GET", "/", headers, NULL);
}

static void refuses_handshakes(void **state)
{
	static const struct {
		const char *name, *headers;
		int status;
	} rows[] = {
		{"a plain request", "", 426},
		{"no Upgrade", "Connection: Upgrade\r\n" KEY VERSION PROTOCOL, 426},
		{"another", "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION PROTOCOL, 426},
		{"no Connection", "Upgrade: websocket\r\n" KEY VERSION PROTOCOL, 426},
		{"version 8", ASK KEY "Sec-WebSocket-Version: 8\r\n" PROTOCOL, 426},
		{"no key", ASK VERSION PROTOCOL, 400},
		{"a short key", ASK VERSION PROTOCOL "Sec-WebSocket-Key: dGhl\r\n", 400},
		{"no base64",
			ASK VERSION PROTOCOL "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ%==\r\n",
			400},
		{"no protocol", ASK KEY VERSION, 400},
		{"another protocol", ASK KEY VERSION "Sec-WebSocket-Protocol: sips, xsip\r\n", 400},
	};
	char value[256];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct response *r = ask(rows[i].headers);
		if (r->status != rows[i].status) fail_msg("%s: %d", rows[i].name, r->status);
		if (r->status == 426)
			assert_string_equal(ts_fetched(r, "Sec-WebSocket-Version", value), "13");
	}
	assert_int_equal(atomic_load(&n_opened), 0);
	assert_int_equal(atomic_load(&n_closed), 0);
}

/* Reads the head of the answer, nothing more. */
static int dial_as(const char *path, const char *headers, char head[1024])
{
	size_t n = 0;
	int fd = ts_dial(port);
	ts_send_request(fd, "GET", path, headers, NULL);
	while (n < 1023 && (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4)))
		assert_int_equal(recv(fd, head + n++, 1, 0), 1);
	head[n] = '\0';
	assert_non_null(strstr(head, "HTTP/1.1 101 "));
	assert_non_null(strstr(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	return fd;
}

static int dial(void)
{
	char head[1024];
	int fd = dial_as("/", ASK KEY VERSION PROTOCOL, head);
	assert_non_null(strstr(head, "Sec-WebSocket-Protocol: sip\r\n"));
	return fd;
}

static void say(int fd, int opcode, const char *text)
{
	uint8_t frame[140] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | strlen(text))};
	memcpy(frame + 6, text, strlen(text)); /* the mask is zero */
	ts_send(fd, frame, 6 + strlen(text));
}

static void hear(int fd, const void *bytes, size_t len)
{
	uint8_t got[140];
	assert_int_equal(recv(fd, got, len, MSG_WAITALL), len);
	assert_memory_equal(got, bytes, len);
}

static void hear_end(int fd)
{
	char byte;
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	close(fd);
}

static void echoes(void **state)
{
	(void)state;
	int fd = dial();
	for (int i = 0; i < 20; i++) {
		say(fd, 1, "hello");
		hear(fd, "\x81\x05hello", 7);
	}
	say(fd, 9, "p");
	hear(fd, "\x8a\x01p", 3);
	say(fd, 8, "\x03\xe8");
	hear(fd, "\x88\x02\x03\xe8", 4);
	hear_end(fd);
	wait_until(&n_closed, 1);
	assert_int_equal(atomic_load(&n_messages), 20);
}

/* Where a subprotocol is optional, the one that is known is told, and no other. */
static void a_protocol_may_be_optional(void **state)
{
	static const char *const headers[] = {ASK KEY VERSION,
		ASK KEY VERSION "Sec-WebSocket-Protocol: x, tessera.bearer.secret\r\n",
		ASK KEY VERSION PROTOCOL};
	(void)state;
	for (int i = 0; i < 3; i++) {
		char head[1024];
		int fd = dial_as("/any", headers[i], head);
		assert_int_equal(strstr(head, "Sec-WebSocket-Protocol: ") != NULL, i == 2);
		assert_null(strstr(head, "secret"));
		say(fd, 1, "hello");
		hear(fd, "\x81\x05hello", 7);
		close(fd);
	}
	wait_until(&n_closed, 3);
}

/* It waits for longer than a request may take. */
static void outlives_request_ms(void **state)
{
	(void)state;
	int fd = dial();
	usleep(900 * 1000);
	say(fd, 1, "still");
	hear(fd, "\x81\x05still", 7);
	close(fd);
	wait_until(&n_closed, 1);
}

static void closes_from_within(void **state)
{
	(void)state;
	int fd = dial();
	say(fd, 1, "bye");
	hear(fd, "\x88\x02\x03\xe9", 4);
	say(fd, 8, "\x03\xe9");
	hear_end(fd);
	wait_until(&n_closed, 1);
	fd = dial();
	say(fd, 1, "drop");
	hear_end(fd);
	assert_int_equal(atomic_load(&n_closed), 1); /* the owner had gone */
}

static void ends_with_the_server(void **state)
{
	(void)state;
	int a = dial(), b = dial();
	wait_until(&n_opened, 2);
	ts_on_loop(loop, unmake, NULL);
	assert_int_equal(atomic_load(&n_closed), 2);
	hear_end(a);
	hear_end(b);
	ts_on_loop(loop, make, NULL);
}

/* Nothing is left of those who go at once. */
static void survives_hurry(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		int fd = ts_dial(port);
		ts_send_request(fd, "GET", "/", ASK KEY VERSION PROTOCOL, NULL);
		if (i & 1) say(fd, 1, "hello");
		close(fd);
	}
	int fd = dial();
	say(fd, 1, "hello");
	hear(fd, "\x81\x05hello", 7);
	close(fd);
	wait_until(&n_closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_handshakes, setup, teardown),
		cmocka_unit_test_setup_teardown(echoes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_protocol_may_be_optional, setup, teardown),
		cmocka_unit_test_setup_teardown(outlives_request_ms, setup, teardown),
		cmocka_unit_test_setup_teardown(closes_from_within, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_with_the_server, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_hurry, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
