#include "control/sip/stream.h"
#include "tests/unit/base/cmocka_all.h"
#include <string.h>

static void writes_the_length(void **state)
{
	static const struct {
		const char *name, *in, *out; /* NULL: none */
	} rows[] = {
		{"without", "A: b\r\n\r\nbody", "A: b\r\nContent-Length: 4\r\n\r\nbody"},
		{"right", "A: b\r\nContent-Length: 4\r\n\r\nbody",
			"A: b\r\nContent-Length: 4\r\n\r\nbody"},
		{"too short: what follows is body", "A: b\r\nL : 1\r\n\r\nINVITE",
			"A: b\r\nContent-Length: 6\r\n\r\nINVITE"},
		{"two, one folded", "A: b\r\ncontent-length:\r\n 9\r\nl: 0\r\n\r\n",
			"A: b\r\nContent-Length: 0\r\n\r\n"},
		{"a name that only begins so", "Length: 1\r\nlx: 2\r\n\r\n",
			"Length: 1\r\nlx: 2\r\nContent-Length: 0\r\n\r\n"},
		{"line ends of LF alone", "A: b\nC: d\n\nx",
			"A: b\nC: d\nContent-Length: 1\r\n\r\nx"},
		{"line ends before it", "\r\n\r\nA: b\r\n\r\n",
			"A: b\r\nContent-Length: 0\r\n\r\n"},
		{"no end of the header", "A: b\r\nC: d\r\n", NULL},
		{"nothing", "", NULL},
		{"no first line", "Content-Length: 4\r\nA: b\r\n\r\nbody", NULL},
	};
	char out[256];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = ts_sip_stream_from(out, sizeof(out), rows[i].in, strlen(rows[i].in));
		out[n] = '\0';
		if (strcmp(out, rows[i].out ? rows[i].out : ""))
			fail_msg("%s: %s", rows[i].name, out);
	}
	assert_int_equal(ts_sip_stream_from(out, 10, "A: b\r\n\r\n", 8), 0);
}

static void knows_keepalives(void **state)
{
	(void)state;
	assert_true(ts_sip_stream_is_keepalive("\r\n\r\n", 4));
	assert_true(ts_sip_stream_is_keepalive("\r\n", 2));
	assert_false(ts_sip_stream_is_keepalive("", 0));
	assert_false(ts_sip_stream_is_keepalive("\r\nA", 3));
}

static void shows_the_address(void **state)
{
	static const char seen[] = "127.83.73.80";
	static const char in[] = "Via: SIP/2.0/WS a.invalid;received=127.83.73.80;x\r\n\r\n"
				 ";received=127.83.73.80";
	char out[128];
	(void)state;
	size_t n = ts_sip_stream_to(out, sizeof(out), in, sizeof(in) - 1, seen, "2001:db8::1");
	out[n] = '\0';
	assert_string_equal(out,
		"Via: SIP/2.0/WS a.invalid;received=2001:db8::1;x\r\n\r\n"
		";received=127.83.73.80"); /* bodies stay */
	n = ts_sip_stream_to(out, sizeof(out), "A: b\r\n\r\n", 8, seen, "x");
	assert_int_equal(n, 8);
	assert_memory_equal(out, "A: b\r\n\r\n", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_length),
		cmocka_unit_test(knows_keepalives),
		cmocka_unit_test(shows_the_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
