/* Raw bytes at a real server: what is refused by 400 and closed, and what is taken. Bodies of requests that are refused must not be
 * read as the next request. */
#include "base/counter.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET "GET /healthz HTTP/1.1\r\n"
#define POST "POST /v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
#define POST0 "POST /v1/rooms HTTP/1.0\r\nHost: 127.0.0.1\r\n"
#define JSON "Content-Type: application/json\r\n"
#define ROW(what, bytes, status)                       \
	{                                              \
		what, bytes, sizeof(bytes) - 1, status \
	}

static const struct {
	const char *what, *bytes;
	size_t len;
	int status;
} rows[] = {
	ROW("plain", GET "Host: x\r\n\r\n", 200),
	ROW("no blank behind the colon", GET "Host:x\r\n\r\n", 200),
	ROW("blanks about a value", GET "Host: x\r\nA: \t b \t\r\nB:\r\n\r\n", 200),
	ROW("an empty line before", "\r\n" GET "Host: x\r\n\r\n", 200),
	ROW("bytes beyond ASCII", GET "Host: x\r\nA: caf\xe9\r\n\r\n", 200),
	ROW("IPv6", GET "Host: [::1]:8080\r\n\r\n", 200),
	ROW("HTTP/1.0 without Host", "GET /healthz HTTP/1.0\r\n\r\n", 200),
	ROW("absolute form", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
	ROW("chunked", POST JSON "Transfer-Encoding: Chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n", 422),
	ROW("chunk extensions", POST JSON "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n[]\r\n0\r\n\r\n", 422),
	ROW("a length", POST JSON "Content-Length: 2\r\n\r\n[]", 422),
	ROW("zeroes before", POST JSON "Content-Length: 002\r\n\r\n[]", 422),

	ROW("two lengths", POST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
	ROW("equal lengths", POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
	ROW("a list of lengths", POST "Content-Length: 2, 2\r\n\r\n{}", 400),
	ROW("+2", POST "Content-Length: +2\r\n\r\n{}", 400),
	ROW("-2", POST "Content-Length: -2\r\n\r\n{}", 400),
	ROW("0x2", POST "Content-Length: 0x2\r\n\r\n{}", 400),
	ROW("empty length", POST "Content-Length: \r\n\r\n{}", 400),
	ROW("2 2", POST "Content-Length: 2 2\r\n\r\n{}", 400),
	ROW("19 digits", POST "Content-Length: 1000000000000000000\r\n\r\n{}", 400),
	ROW("2^64 + 2", POST "Content-Length: 18446744073709551618\r\n\r\n{}", 413),
	ROW("length and chunks", POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
	ROW("chunks and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400),
	ROW("chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
	ROW("chunked in HTTP/1.0", POST0 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
	ROW("gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
	ROW("chunked, identity", POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
	ROW("xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
	ROW("identity", POST "Transfer-Encoding: identity\r\n\r\n", 501),
	ROW("empty coding", POST "Transfer-Encoding: \r\n\r\n", 501),
	ROW("blank before the colon", GET "Host: x\r\nA : b\r\n\r\n", 400),
	ROW("tab before the colon", GET "Host: x\r\nA\t: b\r\n\r\n", 400),
	ROW("blank before the colon of a coding", POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
	ROW("folded", GET "Host: x\r\nA: b\r\n c\r\nD: e\r\n\r\n", 400),
	ROW("folded by a tab", GET "Host: x\r\nA: b\r\n\tc\r\n\r\n", 400),
	ROW("folded length", POST "Content-Length:\r\n 2\r\n\r\n{}", 400),
	ROW("blank before the first name", GET " A: b\r\nHost: x\r\n\r\n", 400),
	ROW("two hosts", GET "Host: x\r\nHost: y\r\n\r\n", 400),
	ROW("equal hosts", GET "Host: x\r\nhost: x\r\n\r\n", 400),
	ROW("no host", GET "A: b\r\n\r\n", 400),
	ROW("two hosts in HTTP/1.0", "GET /healthz HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400),
	ROW("a list of hosts", GET "Host: x, y\r\n\r\n", 400),
	ROW("blank in the host", GET "Host: x y\r\n\r\n", 400),
	ROW("user in the host", GET "Host: u@x\r\n\r\n", 400),
	ROW("path in the host", GET "Host: x/y\r\n\r\n", 400),
	ROW("port of letters", GET "Host: x:y\r\n\r\n", 400),
	ROW("another host in the target", "GET http://y/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("no colon", GET "Host: x\r\nA\r\n\r\n", 400),
	ROW("no name", GET ": b\r\nHost: x\r\n\r\n", 400),
	ROW("a name that is none", GET "Host: x\r\nA(b: c\r\n\r\n", 400),
	ROW("bytes beyond ASCII in a name", GET "Host: x\r\nA\xe9: c\r\n\r\n", 400),
	ROW("NUL in a value", GET "Host: x\r\nA: b\0c\r\nD: e\r\n\r\n", 400),
	ROW("NUL in the last value", GET "Host: x\0y\r\n\r\n", 400),
	ROW("NUL in a length",
		POST "Content-Length: 2\0"
		     "3\r\n\r\n{}",
		400),
	ROW("NUL in a coding", POST "Transfer-Encoding: chunked\0x\r\n\r\n0\r\n\r\n", 400),
	ROW("NUL in a name", GET "Host: x\r\nA\0b: c\r\nD: e\r\n\r\n", 400),
	ROW("CR in a value", GET "Host: x\r\nA: b\rX: y\r\n\r\n", 400),
	ROW("0x01 in a value", GET "Host: x\r\nA: \x01\r\n\r\n", 400),
	ROW("LF alone", "GET /healthz HTTP/1.1\nHost: x\n\n", 400),
	ROW("LF alone in one line", GET "Host: x\nA: b\r\n\r\n", 400),
	ROW("LF alone behind the request line", "GET /healthz HTTP/1.1\nHost: x\r\n\r\n", 400),
	ROW("two blanks in the request line", "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a fragment", "GET /healthz#a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a method that is none", "G@T /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a target that is none", "GET healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("another scheme", "GET ftp://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("HTTP/0.9", "GET /healthz\r\n\r\n", 400),
	ROW("small letters", "GET /healthz http/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 505),
	ROW("a chunk of 0x2", POST JSON "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", 400),
	ROW("a chunk of +2", POST JSON "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n", 400),
	ROW("a chunk without its end", POST JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n", 400),
};

/* Not closed in time counts as left open. */
static bool is_closed(int fd)
{
	char rest[512];
	ssize_t n;
	while ((n = recv(fd, rest, sizeof(rest), 0)) > 0) continue; /* of the reason */
	return !n || (n < 0 && errno == ECONNRESET);
}

static void reads_what_cannot_be_misread(void **state)
{
	static const char next[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	struct response *r = calloc(1, sizeof(*r));
	int n_bad = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = ts_dial(ts_server.port);
		int64_t served = ts_count_get(TS_C_HTTP_REQUESTS);
		ts_send(fd, rows[i].bytes, rows[i].len);
		bool bad = rows[i].status == 400 || rows[i].status == 413 || rows[i].status >= 500;
		if (bad) send(fd, next, sizeof(next) - 1, MSG_NOSIGNAL);
		ts_read_response(fd, 1, r);
		bool good = r->status == rows[i].status && (!bad || is_closed(fd)) &&
			ts_count_get(TS_C_HTTP_REQUESTS) <= served + 1;
		if (!good)
			print_error("%s: %d, %ld served\n", rows[i].what, r->status,
				(long)(ts_count_get(TS_C_HTTP_REQUESTS) - served));
		n_bad += !good;
		close(fd);
	}
	assert_int_equal(n_bad, 0);
	assert_true(ts_count_get(TS_C_HTTP_MALFORMED) > 30);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_what_cannot_be_misread, ts_server_setup, ts_server_teardown)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
