/* Raw bytes at a real server: what is refused by 400 and closed, and what is taken. Bodies of
 * requests that are refused must not be read as the next request. */
#include "base/counter.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/control/api_server.h"
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET "GET /healthz HTTP/1.1\r\n"
#define POST "POST /v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\n"
#define POST0 "POST /v1/rooms HTTP/1.0\r\nHost: 127.0.0.1\r\n"
#define JSON "Content-Type: application/json\r\n"
#define CHUNKED POST JSON "Transfer-Encoding: chunked\r\n\r\n"
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
	ROW("chunk extensions",
		POST JSON "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n[]\r\n0\r\n\r\n", 422),
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
	ROW("length and chunks",
		POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
	ROW("chunks and length",
		POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400),
	ROW("chunked twice",
		POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		400),
	ROW("chunked in HTTP/1.0", POST0 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
	ROW("gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
	ROW("chunked, identity", POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501),
	ROW("xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
	ROW("identity", POST "Transfer-Encoding: identity\r\n\r\n", 501),
	ROW("empty coding", POST "Transfer-Encoding: \r\n\r\n", 501),
	ROW("blank before the colon", GET "Host: x\r\nA : b\r\n\r\n", 400),
	ROW("tab before the colon", GET "Host: x\r\nA\t: b\r\n\r\n", 400),
	ROW("blank before the colon of a coding",
		POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
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
	ROW("a NUL in the path",
		"GET /healthz\0x HTTP/1.1\r\n"
		"Host: x\r\n\r\n",
		400),
	ROW("a NUL in the query", "GET /v1/events?room=a\0x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a NUL before the query", "GET /healthz\0?a=b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("0x01 in the query", "GET /healthz?a=\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a tab in the query", "GET /healthz?a=b\tc HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a blank in the query", "GET /healthz?a=b c HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a blank in the path", "GET /healthz c HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a fragment behind the query", "GET /healthz?a#c HTTP/1.1\r\nHost: x\r\n\r\n", 400),
	ROW("a plus in the query", "GET /healthz?a+b=c+d&&e&=f HTTP/1.1\r\nHost: x\r\n\r\n", 200),
	ROW("an empty query", "GET /healthz? HTTP/1.1\r\nHost: x\r\n\r\n", 200),
	ROW("LF behind a chunk's size", CHUNKED "2\n[]\r\n0\r\n\r\n", 400),
	ROW("LF behind an extension", CHUNKED "2;a=b\n[]\r\n0\r\n\r\n", 400),
	ROW("a NUL in an extension", CHUNKED "2;a=\0b\r\n[]\r\n0\r\n\r\n", 400),
	ROW("LF behind a chunk", CHUNKED "1\r\n[\n1\r\n]\r\n0\r\n\r\n", 400),
	ROW("LF behind the second chunk's size", CHUNKED "1\r\n[\r\n1\n]\r\n0\r\n\r\n", 400),
	ROW("CR behind a chunk's size", CHUNKED "2\r[]\r\n0\r\n\r\n", 400),
	ROW("a blank behind a chunk's size", CHUNKED "2 \r\n[]\r\n0\r\n\r\n", 400),
	ROW("LF behind the first trailer", CHUNKED "2\r\n[]\r\n0\r\nA: b\nC: d\r\n\r\n", 400),
	ROW("a blank before a trailer's colon", CHUNKED "2\r\n[]\r\n0\r\nA : b\r\n\r\n", 400),
	ROW("a NUL in a trailer", CHUNKED "2\r\n[]\r\n0\r\nA: b\0c\r\n\r\n", 400),
	ROW("a chunk of 0x2", POST JSON "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
		400),
	ROW("a chunk of +2", POST JSON "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
		400),
	ROW("a chunk without its end",
		POST JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n", 400),
};

/* Chunks that another reader may cut otherwise: whatever is answered, nothing of them is served as
 * a request. */
static const struct {
	const char *what, *first, *second; /* second: NULL, or sent later */
	bool well_formed;
} chunked[] = {
	{"good", CHUNKED "2\r\n[]\r\n0\r\n\r\n", NULL, true},
	{"trailers", CHUNKED "2\r\n[]\r\n0\r\nA: b\r\nC:d\r\n\r\n", NULL, true},
	{"LF behind the only trailer", CHUNKED "2\r\n[]\r\n0\r\nA: b\n\r\n", NULL, false},
	{"LF behind the last chunk's size", CHUNKED "2\r\n[]\r\n0\n\r\n", NULL, false},
	{"LF at the end of all", CHUNKED "2\r\n[]\r\n0\r\n\n", NULL, false},
	{"LF behind the last chunk", CHUNKED "2\r\n[]\n0\r\n\r\n", NULL, false},
	{"size and data apart, good", CHUNKED "2\r\n", "[]\r\n0\r\n\r\n", true},
	{"size and data apart", CHUNKED "2\n", "[]\r\n0\r\n\r\n", false},
	{"within the line", CHUNKED "2;a", "=b\r\n[]\r\n0\r\n\r\n", false},
	{"within the data", CHUNKED "2\r\n[", "]\r\n0\r\n\r\n", true},
	{"within CR LF", CHUNKED "1\r\n[\r", "\n1\r\n]\r\n0\r\n\r\n", true},
};

/* libmicrohttpd 1.0 and later refuse by themselves what control/http/strict.h says of them: by 400
 * whatever it was, or without a word, and chunk extensions too. */
static bool reader_is_strict(void)
{
	return strncmp(MHD_get_version(), "0.9.", 4) != 0;
}

static bool is_refusal(int status)
{
	return status == 400 || status == 413 || status >= 500;
}

static bool is_answered(size_t row, int status)
{
	if (status == rows[row].status) return true;
	if (!reader_is_strict()) return false;
	if (is_refusal(rows[row].status)) return status == 0 || status == 400;
	return strcmp(rows[row].what, "chunk extensions") == 0 && status == 400;
}

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
		bool bad = is_refusal(rows[i].status);
		if (bad) send(fd, next, sizeof(next) - 1, MSG_NOSIGNAL);
		ts_read_response(fd, 1, r);
		bool good = is_answered(i, r->status) && (!bad || is_closed(fd)) &&
			ts_count_get(TS_C_HTTP_REQUESTS) <= served + 1;
		if (!good)
			print_error("%s: %d, %ld served\n", rows[i].what, r->status,
				(long)(ts_count_get(TS_C_HTTP_REQUESTS) - served));
		n_bad += !good;
		close(fd);
	}
	assert_int_equal(n_bad, 0);
	if (!reader_is_strict()) assert_true(ts_count_get(TS_C_HTTP_MALFORMED) > 30);
	free(r);
}

/* A strict reader serves what follows good chunks, and refuses the others. */
static bool is_taken_rightly(size_t row, int status, int fd, int64_t served)
{
	bool closed = (chunked[row].well_formed && reader_is_strict()) || is_closed(fd);
	int64_t now = ts_count_get(TS_C_HTTP_REQUESTS);
	if (!reader_is_strict()) return status == 422 && closed && now == served + 1;
	if (!chunked[row].well_formed) return status == 400 && closed && now == served;
	return status == 422 && now <= served + 2;
}

static void serves_nothing_behind_chunks(void **state)
{
	static const char next[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	struct response *r = calloc(1, sizeof(*r));
	int n_bad = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(chunked) / sizeof(chunked[0]); i++) {
		int fd = ts_dial(ts_server.port);
		int64_t served = ts_count_get(TS_C_HTTP_REQUESTS);
		ts_send(fd, chunked[i].first, strlen(chunked[i].first));
		/* another request is answered: the first part was read by then */
		if (chunked[i].second)
			ts_fetch(ts_server.port, "GET", "/healthz", "", NULL), served++;
		if (chunked[i].second) ts_send(fd, chunked[i].second, strlen(chunked[i].second));
		send(fd, next, sizeof(next) - 1, MSG_NOSIGNAL);
		ts_read_response(fd, 1, r);
		bool good = is_taken_rightly(i, r->status, fd, served);
		if (!good)
			print_error("%s: %d, %ld served\n", chunked[i].what, r->status,
				(long)(ts_count_get(TS_C_HTTP_REQUESTS) - served));
		n_bad += !good;
		/* the next row counts from when this one's second request has been counted */
		if (chunked[i].well_formed && reader_is_strict()) ts_read_response(fd, 1, r);
		close(fd);
	}
	assert_int_equal(n_bad, 0);
	free(r);
}

static size_t count_lines(const char *text, const char *name)
{
	size_t n = 0;
	for (const char *at = text; (at = strcasestr(at, name)); at += strlen(name)) n++;
	return n;
}

/* What follows one is read as its body: a second head would be. */
static void refuses_by_one_head(void **state)
{
	static const char *const requests[] = {"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "GET /\r\n\r\n", CHUNKED "zz\r\n",
		CHUNKED "2\n[]\r\n0\r\n\r\n"};
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		char text[4096] = "";
		int fd = ts_dial(ts_server.port);
		size_t len = 0;
		ts_send(fd, requests[i], strlen(requests[i]));
		for (ssize_t n; len < sizeof(text) - 1 &&
			(n = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0;)
			len += (size_t)n;
		close(fd);
		/* a status line of its own; the page may name the version too */
		if (count_lines(text, "HTTP/1.1 4") + count_lines(text, "HTTP/1.1 5") != 1 ||
			count_lines(text, "\nConnection:") != 1 ||
			count_lines(text, "\nContent-Length:") != 1)
			fail_msg("%s: %s", requests[i], text);
	}
}

/* Read as no name that anything has, and cut nowhere. */
static void takes_an_escaped_nul_for_no_name(void **state)
{
	static const struct {
		const char *target;
		int status;
	} asked[] = {{"/healthz%00", 404}, {"/healthz%00x", 404}, {"/v1/rooms/a%00b", 404},
		{"/v1/rooms/%00", 404}, {"/v1/events?room=a%00b", 400},
		{"/v1/events?room%00=a&room=%00", 400}};
	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		int status = ts_fetch(ts_server.port, "GET", asked[i].target, "", NULL)->status;
		if (status != asked[i].status) fail_msg("%s: %d", asked[i].target, status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			reads_what_cannot_be_misread, ts_server_setup, ts_server_teardown),
		cmocka_unit_test_setup_teardown(
			serves_nothing_behind_chunks, ts_server_setup, ts_server_teardown),
		cmocka_unit_test_setup_teardown(
			refuses_by_one_head, ts_server_setup, ts_server_teardown),
		cmocka_unit_test_setup_teardown(
			takes_an_escaped_nul_for_no_name, ts_server_setup, ts_server_teardown)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
